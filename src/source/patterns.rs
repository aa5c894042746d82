use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use thiserror::Error;

/// A pattern that cannot be read.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{glob:?} is not a path pattern: {message}")]
pub struct PatternError {
    pub glob: String,
    pub message: String,
}

/// Path patterns relative to a folder; `*` does not cross folders, `**` does.
#[derive(Debug, Clone)]
pub struct PathPatterns {
    root: PathBuf,
    globs: GlobSet,
}

impl PathPatterns {
    /// Patterns relative to `root`, itself relative to the working folder.
    ///
    /// # Errors
    /// Where one of the patterns cannot be read.
    pub fn new(root: impl Into<PathBuf>, globs: &[String]) -> Result<Self, PatternError> {
        let mut builder = GlobSetBuilder::new();
        for glob in globs {
            // A folder's name means all that is in it.
            for pattern in [glob.clone(), format!("{}/**", glob.trim_end_matches('/'))] {
                let built = GlobBuilder::new(&pattern)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| PatternError {
                        glob: glob.clone(),
                        message: error.kind().to_string(),
                    })?;
                builder.add(built);
            }
        }
        let globs = builder.build().map_err(|error| PatternError {
            glob: globs.join(", "),
            message: error.kind().to_string(),
        })?;
        let root: PathBuf = root.into();
        Ok(Self {
            root: if root.as_os_str().is_empty() {
                resolved(Path::new("."))
            } else {
                resolved(&root)
            },
            globs,
        })
    }

    /// Whether a path (relative to the working folder, or absolute) matches one of them.
    pub fn matches(&self, path: &str) -> bool {
        if self.globs.is_empty() {
            return false;
        }
        let absolute = resolved(Path::new(path));
        match absolute.strip_prefix(&self.root) {
            Ok(relative) => self.globs.is_match(relative),
            Err(_) => self.globs.is_match(&absolute),
        }
    }
}

/// Absolute, with `..` taken out of the text: the file need not exist.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut resolved = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            other => resolved.push(other),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_to_their_root() {
        let globs = ["old/*.sql".to_owned(), "vendor/".to_owned()];
        let here = PathPatterns::new("", &globs).unwrap();
        assert!(here.matches("old/a.sql"));
        assert!(here.matches("./old/a.sql"));
        assert!(!here.matches("old/deep/a.sql"));
        assert!(here.matches("vendor/deep/a.sql"));
        let below = PathPatterns::new("db", &globs).unwrap();
        assert!(below.matches("db/old/a.sql"));
        assert!(!below.matches("old/a.sql"));
        assert!(!PathPatterns::new("", &[]).unwrap().matches("a.sql"));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let error = PathPatterns::new("", &["a[".to_owned()]).unwrap_err();
        assert_eq!(error.glob, "a[");
    }
}
