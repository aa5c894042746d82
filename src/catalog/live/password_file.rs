use std::path::PathBuf;

use postgres::Config;
use postgres::config::Host;

/// The password that `~/.pgpass` (or PGPASSFILE) holds for a server.
pub(super) fn find(
    config: &Config,
    environment: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let path = environment("PGPASSFILE").map(PathBuf::from).or_else(|| {
        if cfg!(windows) {
            environment("APPDATA")
                .map(|folder| PathBuf::from(folder).join("postgresql").join("pgpass.conf"))
        } else {
            environment("HOME").map(|folder| PathBuf::from(folder).join(".pgpass"))
        }
    })?;
    if !is_private(&path) {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let host = match config.get_hosts().first()? {
        Host::Tcp(host) => host.clone(),
        // libpq looks for localhost where the socket is in the usual folder.
        #[cfg(unix)]
        Host::Unix(_) => "localhost".to_owned(),
    };
    let port = config
        .get_ports()
        .first()
        .copied()
        .unwrap_or(5432)
        .to_string();
    let user = config.get_user()?;
    search(
        &text,
        [&host, &port, config.get_dbname().unwrap_or(user), user],
    )
}

/// Others must not be able to read it, as libpq demands.
#[cfg(unix)]
fn is_private(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(path: &std::path::Path) -> bool {
    path.is_file()
}

/// The first line `host:port:database:user:password` that fits; `*` fits everything.
fn search(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let fields = fields(line);
            let fits = wanted
                .iter()
                .zip(&fields)
                .all(|(wanted, field)| field == "*" || field == wanted);
            (fits && fields.len() == 5)
                .then(|| fields.last().cloned())
                .flatten()
        })
}

/// Splits at colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let taken = match character {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let Some(field) = fields.last_mut() {
            field.extend(taken);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        let text = "# comment\nother:*:*:ann:no\n*:5432:shop:ann:a\\:b:c\n*:*:*:*:late\n";
        assert_eq!(
            search(text, ["h", "5432", "shop", "ann"]).as_deref(),
            Some("a:b:c")
        );
        assert_eq!(
            search(text, ["h", "5433", "shop", "ann"]).as_deref(),
            Some("late")
        );
        assert_eq!(search("h:1:d:u", ["h", "1", "d", "u"]), None);
    }
}
