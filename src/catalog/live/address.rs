use std::str::FromStr;

use postgres::Config;
use postgres::config::{Host, SslMode};

use super::connection::ConnectionError;
use super::encryption::Encryption;
use super::password_file;

/// Where to connect, with everything that libpq would take from the environment.
pub(super) struct Address {
    pub config: Config,
    pub encryption: Encryption,
    /// Certificates to trust instead of the usual ones: `sslrootcert`.
    pub root_certificate: Option<String>,
}

impl Address {
    /// Reads a URL (`postgres://user@host/database`) or `key=value` pairs. What it leaves open comes from PGHOST,
    /// PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGSSLMODE, PGSSLROOTCERT and the password file, as in libpq.
    pub(super) fn read(
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectionError> {
        let (text, mode) = take_parameter(text, "sslmode");
        let (text, root_certificate) = take_parameter(&text, "sslrootcert");
        let (text, _) = take_parameter(&text, "passfile");
        // The driver's message would quote the text, and with it a password.
        let mut config = Config::from_str(&text).map_err(|_| ConnectionError::Address)?;
        let mode = mode
            .or_else(|| environment("PGSSLMODE"))
            .unwrap_or_else(|| "prefer".to_owned());
        let encryption = Encryption::from_name(&mode).ok_or(ConnectionError::SslMode { mode })?;
        config.ssl_mode(match encryption {
            Encryption::Disable => SslMode::Disable,
            Encryption::Prefer => SslMode::Prefer,
            Encryption::Require | Encryption::Verify => SslMode::Require,
        });
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(environment("PGHOST").as_deref().unwrap_or("localhost"));
        }
        if config.get_ports().is_empty()
            && let Some(port) = environment("PGPORT").and_then(|port| port.parse().ok())
        {
            config.port(port);
        }
        if config.get_user().is_none() {
            let user = environment("PGUSER")
                .or_else(|| environment("USER"))
                .or_else(|| environment("USERNAME"));
            config.user(user.as_deref().unwrap_or("postgres"));
        }
        if config.get_dbname().is_none()
            && let Some(database) = environment("PGDATABASE")
        {
            config.dbname(&database);
        }
        if config.get_password().is_none() {
            let password =
                environment("PGPASSWORD").or_else(|| password_file::find(&config, &environment));
            if let Some(password) = password {
                config.password(password);
            }
        }
        if config.get_application_name().is_none() {
            config.application_name("whyslow");
        }
        let root_certificate = root_certificate.or_else(|| environment("PGSSLROOTCERT"));
        Ok(Self {
            config,
            encryption,
            root_certificate,
        })
    }

    /// Whether every host is the folder of a Unix socket.
    pub(super) fn is_socket(config: &Config) -> bool {
        let hosts = config.get_hosts();
        !hosts.is_empty() && hosts.iter().all(|host| !matches!(host, Host::Tcp(_)))
    }

    /// User, host, port and database, for messages: never the password.
    pub(super) fn describe(config: &Config) -> String {
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => config
                .get_hostaddrs()
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let user = config.get_user().unwrap_or("");
        let database = config.get_dbname().unwrap_or(user);
        format!("database {database} on {host}:{port} as {user}")
    }
}

/// Takes a parameter that the driver does not know out of a URL or of `key=value` pairs.
fn take_parameter(text: &str, name: &str) -> (String, Option<String>) {
    if text.contains("://") {
        let Some((base, query)) = text.split_once('?') else {
            return (text.to_owned(), None);
        };
        let mut found = None;
        let rest: Vec<&str> = query
            .split('&')
            .filter(|pair| match pair.split_once('=') {
                Some((key, value)) if key == name => {
                    found = Some(value.to_owned());
                    false
                }
                _ => true,
            })
            .collect();
        let query = rest.join("&");
        let separator = if query.is_empty() { "" } else { "?" };
        return (format!("{base}{separator}{query}"), found);
    }
    let mut found = None;
    let rest: Vec<&str> = text
        .split_whitespace()
        .filter(|pair| match pair.split_once('=') {
            Some((key, value)) if key == name => {
                found = Some(value.trim_matches('\'').to_owned());
                false
            }
            _ => true,
        })
        .collect();
    match found {
        Some(value) => (rest.join(" "), Some(value)),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Address, ConnectionError> {
        Address::read(text, |name| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_fills_in_what_the_url_leaves_open() {
        let environment = [
            ("PGHOST", "db.example"),
            ("PGPORT", "6000"),
            ("PGUSER", "ann"),
            ("PGPASSWORD", "secret"),
        ];
        let address = read("postgres:///shop?sslmode=verify-full", &environment).ok();
        let address = address.as_ref();
        assert_eq!(
            address
                .map(|address| Address::describe(&address.config))
                .as_deref(),
            Some("database shop on db.example:6000 as ann")
        );
        assert_eq!(
            address.map(|address| address.encryption),
            Some(Encryption::Verify)
        );
        assert_eq!(
            address.and_then(|address| address.config.get_password()),
            Some(b"secret".as_slice())
        );
        let own = read("host=h user=bob password=own sslmode=require", &environment).ok();
        assert_eq!(
            own.and_then(|address| address.config.get_password().map(<[u8]>::to_vec)),
            Some(b"own".to_vec())
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_is_a_socket() {
        for (text, socket) in [
            ("host=/run/postgresql dbname=shop", true),
            ("postgres://%2Frun%2Fpostgresql/shop", true),
            ("host=db dbname=shop", false),
            ("host=/run/postgresql,db dbname=shop", false),
        ] {
            let address = read(text, &[]).ok();
            assert_eq!(
                address.map(|address| Address::is_socket(&address.config)),
                Some(socket),
                "{text}"
            );
        }
    }

    #[test]
    fn no_message_holds_a_password() {
        for text in [
            "postgres://u:topsecret@h:nonsense/d",
            "password=topsecret nonsense",
            "postgres://u:topsecret@h/d?sslmode=x",
        ] {
            let message = read(text, &[])
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert!(
                !message.is_empty() && !message.contains("topsecret"),
                "{text}: {message}"
            );
        }
    }
}
