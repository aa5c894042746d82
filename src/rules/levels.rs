use std::collections::HashMap;
use std::str::FromStr;

use thiserror::Error;

use super::{Severity, by_name, nearest_rule};
use crate::source::PathPatterns;

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
    by_path: Vec<(PathPatterns, &'static str, Level)>,
}

impl Levels {
    /// Sets the level of a rule, everywhere or in the files that `paths` match.
    ///
    /// # Errors
    /// Where no rule has that name.
    pub fn set(
        &mut self,
        paths: Option<&PathPatterns>,
        rule: &str,
        level: Level,
    ) -> Result<(), LevelError> {
        let name = by_name(rule)
            .map(|found| found.info().name)
            .ok_or_else(|| LevelError::UnknownRule {
                name: rule.to_owned(),
                nearest: nearest_rule(rule),
            })?;
        match paths {
            Some(paths) => self.by_path.push((paths.clone(), name, level)),
            None => {
                self.everywhere.insert(name, level);
            }
        }
        Ok(())
    }

    /// The levels that hold in one file, or for findings without a file.
    pub fn in_file(&self, path: Option<&str>) -> FileLevels {
        let mut levels = self.everywhere.clone();
        if let Some(path) = path {
            for (paths, name, level) in &self.by_path {
                if paths.matches(path) {
                    levels.insert(name, *level);
                }
            }
        }
        FileLevels(levels)
    }
}

/// The levels that hold in one file.
#[derive(Debug, Clone, Default)]
pub struct FileLevels(HashMap<&'static str, Level>);

impl FileLevels {
    /// The level of a rule, where the user set one.
    pub fn of(&self, rule: &str) -> Option<Level> {
        self.0.get(rule).copied()
    }

    /// Whether the user switched a rule off.
    pub fn is_off(&self, rule: &str) -> bool {
        self.of(rule) == Some(Level::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_matching_path_wins_over_everywhere() {
        let paths = |glob: &str| PathPatterns::new("", &[glob.to_owned()]).unwrap();
        let mut levels = Levels::default();
        let rule = "syntax-error";
        let info = Level::Severity(Severity::Info);
        let warning = Level::Severity(Severity::Warning);
        levels.set(None, rule, warning).unwrap();
        levels
            .set(Some(&paths("old/**")), rule, Level::Off)
            .unwrap();
        levels
            .set(Some(&paths("old/new/*.sql")), rule, info)
            .unwrap();
        assert_eq!(levels.in_file(Some("q.sql")).of(rule), Some(warning));
        assert!(levels.in_file(Some("./old/q.sql")).is_off(rule));
        assert_eq!(levels.in_file(Some("old/new/q.sql")).of(rule), Some(info));
        assert!(levels.in_file(Some("old/new/deep/q.sql")).is_off(rule));
        assert_eq!(levels.in_file(None).of("unused-ignore"), None);
    }

    #[test]
    fn an_unknown_rule_is_refused_with_the_nearest_name() {
        let error = Levels::default()
            .set(None, "sintax-error", Level::Off)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "no rule is named \"sintax-error\"; did you mean \"syntax-error\"?"
        );
    }
}
