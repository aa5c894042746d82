use std::path::Path;

use include_dir::{Dir, include_dir};

use super::{Pack, PackError, PackFiles, pack};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample_exercises");

/// Why an exercise could not be found or read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("no exercise is named {name:?}")]
    Unknown {
        name: String,
        nearest: Option<String>,
    },
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// The names of the packs in this binary, in alphabetical order.
pub fn shipped_names() -> Vec<String> {
    let mut names: Vec<String> = SHIPPED
        .dirs()
        .filter_map(|folder| folder.path().file_name()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// All packs in this binary, from the easy to the hard ones.
///
/// # Errors
/// Where one of them is no valid pack, which the tests exclude.
pub fn shipped() -> Result<Vec<Pack>, PackError> {
    let mut packs = shipped_names()
        .into_iter()
        .map(|name| {
            let files = shipped_files(&name).unwrap_or_default();
            Pack::from_files(name, files)
        })
        .collect::<Result<Vec<_>, _>>()?;
    packs.sort_by_key(|pack| (pack.manifest.level, pack.manifest.minutes));
    Ok(packs)
}

/// A pack by its name in this binary, or by the path of its folder.
///
/// # Errors
/// Where there is none, or it is not valid.
pub fn find(name: &str) -> Result<Pack, CatalogueError> {
    let is_path = name.contains(['/', '\\']);
    if !is_path && let Some(files) = shipped_files(name) {
        return Ok(Pack::from_files(name.to_owned(), files)?);
    }
    let folder = Path::new(name);
    if folder.join(pack::MANIFEST).is_file() || (folder.is_dir() && is_path) {
        return Ok(Pack::read(folder)?);
    }
    let nearest = shipped_names()
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known);
    Err(CatalogueError::Unknown {
        name: name.to_owned(),
        nearest,
    })
}

fn shipped_files(name: &str) -> Option<PackFiles> {
    let folder = SHIPPED.get_dir(name)?;
    let mut files = PackFiles::default();
    for file in folder
        .files()
        .chain(folder.dirs().flat_map(|inner| inner.files()))
    {
        let path = file.path().strip_prefix(folder.path()).ok()?;
        let path = path.to_str()?.replace('\\', "/");
        files.0.insert(path, file.contents_utf8()?.to_owned());
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shipped_packs_are_valid() {
        let packs = shipped().unwrap_or_else(|error| panic!("{error}"));
        assert!(packs.len() >= 24, "only {} packs", packs.len());
        for pack in &packs {
            assert!(!pack.wrong.is_empty(), "{} has no wrong answers", pack.name);
        }
    }

    /// Words that tell what is wrong, or what helps.
    const TELLING: &[&str] = &[
        "bad",
        "brin",
        "cast",
        "correlated",
        "covering",
        "duplicate",
        "fan",
        "fast",
        "gin",
        "implicit",
        "keyset",
        "missing",
        "partial",
        "prefix",
        "redundant",
        "selective",
        "slow",
        "stale",
        "superfluous",
        "trigram",
        "unused",
        "useless",
        "wrong",
    ];

    #[test]
    fn names_do_not_leak_the_answer() {
        for pack in shipped().unwrap_or_else(|error| panic!("{error}")) {
            let texts = [
                pack.name.as_str(),
                &pack.manifest.title,
                &pack.schema,
                &pack.query,
            ];
            for text in texts {
                let words = text.split(|letter: char| !letter.is_alphanumeric());
                let lower: Vec<String> = words.map(str::to_lowercase).collect();
                let told = TELLING.iter().find(|word| {
                    lower.iter().any(|other| other == *word) && !is_extension(text, word)
                });
                assert_eq!(told, None, "{}", pack.name);
            }
            assert!(!pack.schema.contains("--"), "{}: a comment", pack.name);
            assert!(!pack.query.contains("--"), "{}: a comment", pack.name);
        }
    }

    /// Extensions are named as they are, several where one would tell.
    fn is_extension(schema: &str, word: &str) -> bool {
        schema
            .lines()
            .filter(|line| line.to_lowercase().contains(word))
            .all(|line| line.starts_with("CREATE EXTENSION"))
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion() {
        let Err(CatalogueError::Unknown { nearest, .. }) = find("nigth-shift") else {
            panic!("found");
        };
        assert_eq!(nearest.as_deref(), Some("night-shift"));
    }
}
