use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobBuilder;
use ignore::WalkBuilder;
use thiserror::Error;

use super::SourceFile;

/// Why an input could not be read; [`InputError::remedy`] says what to do about it.
#[derive(Debug, Error)]
pub enum InputError {
    #[error("{path} does not exist")]
    Missing { path: String },
    #[error("{path} cannot be read: {error}")]
    Unreadable { path: String, error: io::Error },
    #[error("{path} is not valid UTF-8 (first at line {line})")]
    NotUtf8 { path: String, line: usize },
    #[error("{path} is UTF-16")]
    Utf16 { path: String },
    #[error("{path} is an archive of pg_dump, not SQL")]
    DumpArchive { path: String },
    #[error("{path} is a binary file, not SQL")]
    Binary { path: String },
    #[error("there is no .sql file in {path}")]
    EmptyFolder { path: String },
    #[error("no file matches {pattern}")]
    NoMatch { pattern: String },
    #[error("{pattern} is not a pattern: {reason}")]
    BadPattern { pattern: String, reason: String },
}

impl InputError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Missing { .. } => "check the path; it counts from the current folder".to_owned(),
            Self::Unreadable { .. } => "check its permissions".to_owned(),
            Self::NotUtf8 { path, .. } => {
                format!("convert it, for example with: iconv -f LATIN1 -t UTF-8 {path}")
            }
            Self::Utf16 { path } => {
                format!("convert it, for example with: iconv -f UTF-16 -t UTF-8 {path}")
            }
            Self::DumpArchive { path } => {
                format!("make SQL of it with: pg_restore --schema-only --file=schema.sql {path}")
            }
            Self::Binary { .. } => "give files that hold SQL".to_owned(),
            Self::EmptyFolder { .. } => {
                "give a folder that holds some, or the files themselves".to_owned()
            }
            Self::NoMatch { .. } => {
                "check the pattern, and quote it so that the shell leaves it alone".to_owned()
            }
            Self::BadPattern { .. } => {
                "use * for any characters, ** for any folders, {a,b} for alternatives".to_owned()
            }
        }
    }
}

/// One text to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Input {
    /// Standard input, written `-`.
    Stdin,
    File(PathBuf),
}

/// The name under which standard input is shown.
pub const STDIN_NAME: &str = "<stdin>";

impl Input {
    /// Reads it whole.
    ///
    /// # Errors
    /// Where it cannot be read or is not UTF-8 text.
    pub fn read(&self) -> Result<Arc<SourceFile>, InputError> {
        let (path, bytes) = match self {
            Self::Stdin => {
                let mut bytes = Vec::new();
                io::stdin()
                    .lock()
                    .read_to_end(&mut bytes)
                    .map_err(|error| InputError::Unreadable {
                        path: STDIN_NAME.to_owned(),
                        error,
                    })?;
                (STDIN_NAME.to_owned(), bytes)
            }
            Self::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
                (shown(path), bytes)
            }
        };
        decode(path, bytes)
    }
}

/// The texts that the words on a command line mean: files, folders (every `*.sql` below, sorted, without what
/// `.gitignore` excludes), patterns, and `-`. Nothing is read yet.
///
/// # Errors
/// At the first word that means nothing.
pub fn find_inputs(words: &[impl AsRef<Path>]) -> Result<Vec<Input>, InputError> {
    let mut inputs = Vec::new();
    for word in words {
        let path = word.as_ref();
        let word = &path.to_string_lossy();
        if word == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let files = sql_files_below(path);
                if files.is_empty() {
                    return Err(InputError::EmptyFolder { path: shown(path) });
                }
                inputs.extend(files.into_iter().map(Input::File));
            }
            Ok(_) => inputs.push(Input::File(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_pattern(word) => {
                inputs.extend(matching(word)?.into_iter().map(Input::File));
            }
            Err(error) => return Err(unreadable(path, error)),
        }
    }
    // The same file may be named twice, by itself and by its folder.
    let mut seen = std::collections::HashSet::new();
    inputs.retain(|input| seen.insert(input.clone()));
    Ok(inputs)
}

/// All `*.sql` files below a folder, sorted by path.
pub(super) fn sql_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = WalkBuilder::new(folder)
        .require_git(false)
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
        })
        .collect();
    files.sort();
    files
}

fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?', '[', '{'])
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>, InputError> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let matcher = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| InputError::BadPattern {
            pattern: pattern.to_owned(),
            reason: error.kind().to_string(),
        })?
        .compile_matcher();
    let base: PathBuf = Path::new(pattern)
        .components()
        .take_while(|component| !is_pattern(&component.as_os_str().to_string_lossy()))
        .collect();
    let start = if base.as_os_str().is_empty() {
        Path::new(".")
    } else {
        base.as_path()
    };
    let mut files: Vec<PathBuf> = WalkBuilder::new(start)
        .require_git(false)
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| {
            entry
                .path()
                .strip_prefix("./")
                .unwrap_or(entry.path())
                .to_owned()
        })
        .filter(|path| matcher.is_match(path))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(InputError::NoMatch {
            pattern: pattern.to_owned(),
        });
    }
    Ok(files)
}

fn unreadable(path: &Path, error: io::Error) -> InputError {
    if error.kind() == io::ErrorKind::NotFound {
        InputError::Missing { path: shown(path) }
    } else {
        InputError::Unreadable {
            path: shown(path),
            error,
        }
    }
}

/// A path as messages show it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The text of a file: a byte order mark is left out.
fn decode(path: String, bytes: Vec<u8>) -> Result<Arc<SourceFile>, InputError> {
    if bytes.starts_with(b"PGDMP") {
        return Err(InputError::DumpArchive { path });
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(InputError::Utf16 { path });
    }
    if bytes.contains(&0) {
        return Err(InputError::Binary { path });
    }
    match String::from_utf8(bytes) {
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => Ok(SourceFile::new(path, rest)),
            None => Ok(SourceFile::new(path, text)),
        },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let controls = bytes
                .iter()
                .take(8000)
                .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
                .count();
            // Text in another encoding has letters that are no UTF-8, but hardly any control characters.
            if controls > 8 {
                return Err(InputError::Binary { path });
            }
            let line = bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
            Err(InputError::NotUtf8 { path, line })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[Input], root: &Path) -> Vec<String> {
        inputs
            .iter()
            .map(|input| match input {
                Input::Stdin => "-".to_owned(),
                Input::File(path) => path
                    .strip_prefix(root)
                    .unwrap_or(path)
                    .display()
                    .to_string(),
            })
            .collect()
    }

    #[test]
    fn folders_patterns_and_files_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("b/deep")).unwrap();
        for name in [
            "b/2.sql",
            "b/1.sql",
            "b/deep/3.SQL",
            "b/x.txt",
            "b/ignored.sql",
            "a.sql",
        ] {
            std::fs::write(root.join(name), "SELECT 1").unwrap();
        }
        std::fs::write(root.join(".gitignore"), "ignored.sql\n").unwrap();
        let word = |name: &str| root.join(name).display().to_string();
        let found =
            find_inputs(&[word("b"), "-".to_owned(), word("a.sql"), word("b/*.sql")]).unwrap();
        assert_eq!(
            names(&found, root),
            ["b/1.sql", "b/2.sql", "b/deep/3.SQL", "-", "a.sql"]
        );
        let found = find_inputs(&[word("b/ignored.sql"), word("**/1.{sql,txt}")]).unwrap();
        assert_eq!(names(&found, root), ["b/ignored.sql", "b/1.sql"]);
        for (name, message) in [
            ("none.sql", "does not exist"),
            ("*.nothing", "no file matches"),
            ("b/[", "is not a pattern"),
        ] {
            let error = find_inputs(&[word(name)]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_a_remedy() {
        let decoded = |bytes: &[u8]| decode("f".to_owned(), bytes.to_vec());
        assert_eq!(decoded(b"\xef\xbb\xbfSELECT 1").unwrap().text(), "SELECT 1");
        assert!(matches!(
            decoded(b"a\nb\nM\xfcller").unwrap_err(),
            InputError::NotUtf8 { line: 3, .. }
        ));
        assert!(matches!(
            decoded(b"a\0b").unwrap_err(),
            InputError::Binary { .. }
        ));
        assert!(matches!(
            decoded(b"\xff\xfeS\0").unwrap_err(),
            InputError::Utf16 { .. }
        ));
        assert!(matches!(
            decoded(b"PGDMP\x01\x0e").unwrap_err(),
            InputError::DumpArchive { .. }
        ));
        assert!(decoded(b"").unwrap().text().is_empty());
    }
}
