use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample_interviews");

/// What an interview goes through.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The file's name without its ending.
    #[serde(default, skip_deserializing)]
    pub name: String,
    pub title: String,
    pub minutes: u16,
    /// For the interviewer, before it begins.
    #[serde(default)]
    pub introduction: String,
    pub topics: Vec<Topic>,
}

/// One subject of the conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub name: String,
    pub title: String,
    pub minutes: u16,
    /// An open question.
    pub question: String,
    /// Points that a good conversation may touch.
    pub listen_for: Vec<String>,
    #[serde(default)]
    pub follow_ups: Vec<String>,
    /// Exercises that fit here, by name.
    #[serde(default)]
    pub exercises: Vec<String>,
}

/// Why there is no such script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("no interview is named {name:?}")]
    Unknown { name: String },
    #[error("could not read {}: {problem}", .path.display())]
    Unreadable {
        path: PathBuf,
        problem: std::io::Error,
    },
    #[error("{file}, line {line}: {message}")]
    Toml {
        file: String,
        line: usize,
        message: String,
    },
    #[error("{file}: {key}: {problem}")]
    Invalid {
        file: String,
        key: String,
        problem: String,
    },
}

impl Script {
    /// All scripts in this binary.
    ///
    /// # Errors
    /// Where one of them is not valid, which the tests exclude.
    pub fn shipped() -> Result<Vec<Self>, ScriptError> {
        let mut files: Vec<_> = SHIPPED.files().collect();
        files.sort_by_key(|file| file.path().to_owned());
        files
            .into_iter()
            .map(|file| Self::read(file.path(), file.contents_utf8().unwrap_or_default()))
            .collect()
    }

    /// A script by its name in this binary, or by the path of its file.
    ///
    /// # Errors
    /// Where there is none, or it is not valid.
    pub fn find(name: &str) -> Result<Self, ScriptError> {
        let shipped = SHIPPED
            .get_file(format!("{name}.toml"))
            .and_then(|file| Some((file.path(), file.contents_utf8()?)));
        if let Some((path, text)) = shipped {
            return Self::read(path, text);
        }
        let path = Path::new(name);
        if !path.is_file() {
            return Err(ScriptError::Unknown {
                name: name.to_owned(),
            });
        }
        let text = fs::read_to_string(path).map_err(|problem| ScriptError::Unreadable {
            path: path.to_owned(),
            problem,
        })?;
        Self::read(path, &text)
    }

    fn read(path: &Path, text: &str) -> Result<Self, ScriptError> {
        let file = path.display().to_string();
        let mut script: Self = toml::from_str(text).map_err(|error| ScriptError::Toml {
            file: file.clone(),
            line: error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1),
            message: error.message().to_owned(),
        })?;
        script.name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match script.problem() {
            Some((key, problem)) => Err(ScriptError::Invalid { file, key, problem }),
            None => Ok(script),
        }
    }

    fn problem(&self) -> Option<(String, String)> {
        if self.topics.is_empty() {
            return Some(("topics".to_owned(), "there are none".to_owned()));
        }
        for (at, topic) in self.topics.iter().enumerate() {
            let key = |what: &str| format!("topics[{at}].{what}");
            if topic.name.trim().is_empty() {
                return Some((key("name"), "is empty".to_owned()));
            }
            if self
                .topics
                .iter()
                .take(at)
                .any(|other| other.name == topic.name)
            {
                return Some((key("name"), format!("{:?} is there twice", topic.name)));
            }
            if topic.listen_for.is_empty() {
                return Some((key("listen_for"), "needs at least one point".to_owned()));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise;

    #[test]
    fn shipped_scripts_are_valid_and_name_exercises_that_exist() {
        let scripts = Script::shipped().unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        assert_eq!(names, ["backend-engineer", "database-performance"]);
        let exercises = exercise::shipped_names();
        for script in &scripts {
            for topic in &script.topics {
                for name in &topic.exercises {
                    assert!(
                        exercises.contains(name),
                        "{}: no exercise {name}",
                        topic.name
                    );
                }
            }
        }
    }

    #[test]
    fn problems_are_told_with_their_place() {
        let text = "title = \"x\"\nminutes = 5\nfoo = 1\n";
        let Err(error) = Script::read(Path::new("s.toml"), text) else {
            panic!("read");
        };
        assert!(
            error
                .to_string()
                .starts_with("s.toml, line 3: unknown field `foo`"),
            "{error}"
        );
    }
}
