use std::collections::HashMap;
use std::str::FromStr;

use globset::{GlobSet, GlobSetBuilder};
use thiserror::Error;

use super::{Severity, nearest_rule, by_name};

/// What a rule's findings count as, where the user says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The rule's findings are dropped.
    Off,
    /// The rule's findings all have this severity.
    Severity(Severity),
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        match text {
            "off" => Ok(Self::Off),
            "info" => Ok(Self::Severity(Severity::Info)),
            "warning" => Ok(Self::Severity(Severity::Warning)),
            "error" => Ok(Self::Severity(Severity::Error)),
            _ => Err(LevelError::UnknownLevel(text.to_owned())),
        }
    }
}

/// A level that cannot be set.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum LevelError {
    #[error("unknown level {0:?}: use off, info, warning or error")]
    UnknownLevel(String),
    #[error("no rule is named {name:?}{}", suggestion(.nearest))]
    UnknownRule {
        name: String,
        nearest: Option<&'static str>,
    },
    #[error("{glob:?} is not a path pattern: {message}")]
    BadGlob { glob: String, message: String },
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean {name:?}?"),
        None => "; `whyslow rules` lists them all".to_owned(),
    }
}

/// The levels that the user set; later settings win over earlier ones.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    everywhere: HashMap<&'static str, Level>,
    by_path: Vec<(GlobSet, &'static str, Level)>,
}

impl Levels {
    /// Sets the level of a rule, everywhere or in files whose path matches one of `globs`.
    ///
    /// # Errors
    /// Where no rule has that name, or a pattern cannot be read.
    pub fn set(&mut self, globs: &[String], rule: &str, level: Level) -> Result<(), LevelError> {
        let name = by_name(rule)
            .map(|found| found.info().name)
            .ok_or_else(|| LevelError::UnknownRule {
                name: rule.to_owned(),
                nearest: nearest_rule(rule),
            })?;
        if globs.is_empty() {
            self.everywhere.insert(name, level);
        } else {
            self.by_path.push((glob_set(globs)?, name, level));
        }
        Ok(())
    }

    /// The level of a rule in a file, where the user set one.
    pub fn of(&self, rule: &str, path: Option<&str>) -> Option<Level> {
        let overridden = path.and_then(|path| {
            let path = path.strip_prefix("./").unwrap_or(path);
            self.by_path
                .iter()
                .rev()
                .find(|(globs, name, _)| *name == rule && globs.is_match(path))
        });
        overridden
            .map(|(_, _, level)| *level)
            .or_else(|| self.everywhere.get(rule).copied())
    }
}

/// Path patterns as one matcher; `*` does not cross folders, `**` does.
///
/// # Errors
/// Where one of them cannot be read.
pub fn glob_set(globs: &[String]) -> Result<GlobSet, LevelError> {
    let bad = |glob: &str, error: &globset::Error| LevelError::BadGlob {
        glob: glob.to_owned(),
        message: error.kind().to_string(),
    };
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let built = globset::GlobBuilder::new(glob)
            .literal_separator(true)
            .build()
            .map_err(|error| bad(glob, &error))?;
        builder.add(built);
    }
    builder.build().map_err(|error| bad(&globs.join(", "), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_matching_path_wins_over_everywhere() {
        let mut levels = Levels::default();
        let rule = "syntax-error";
        levels.set(&[], rule, Level::Severity(Severity::Warning)).unwrap();
        levels.set(&["old/**".to_owned()], rule, Level::Off).unwrap();
        levels
            .set(&["old/new/*.sql".to_owned()], rule, Level::Severity(Severity::Info))
            .unwrap();
        assert_eq!(levels.of(rule, Some("q.sql")), Some(Level::Severity(Severity::Warning)));
        assert_eq!(levels.of(rule, Some("./old/q.sql")), Some(Level::Off));
        assert_eq!(
            levels.of(rule, Some("old/new/q.sql")),
            Some(Level::Severity(Severity::Info))
        );
        assert_eq!(levels.of(rule, Some("old/new/deep/q.sql")), Some(Level::Off));
        assert_eq!(levels.of("unused-ignore", Some("q.sql")), None);
    }

    #[test]
    fn an_unknown_rule_is_refused_with_the_nearest_name() {
        let error = Levels::default().set(&[], "sintax-error", Level::Off).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no rule is named \"sintax-error\"; did you mean \"syntax-error\"?"
        );
    }
}
