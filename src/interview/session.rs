use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Script;
use crate::exercise::{ExerciseError, Session, state_folder};

/// One conversation with one candidate, saved after every step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interview {
    pub script: String,
    pub candidate: String,
    pub started_at: Timestamp,
    /// Number of the topic that is being discussed.
    pub current: usize,
    pub finished: bool,
    /// By the topic's name.
    pub topics: BTreeMap<String, TopicNotes>,
    #[serde(skip)]
    path: PathBuf,
}

/// What was noted about a topic.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TopicNotes {
    /// Numbers of the points that were mentioned.
    pub mentioned: BTreeSet<usize>,
    pub notes: Vec<String>,
    /// Seconds spent on it.
    pub seconds: u64,
    pub skipped: bool,
    /// The interviewer's impression, 0 to 4.
    pub impression: Option<u8>,
    /// Exercises that were begun here.
    pub exercises: BTreeSet<String>,
}

impl Interview {
    /// The conversation with that candidate, where it was begun before; else a new one.
    ///
    /// # Errors
    /// Where its file cannot be read or written.
    pub fn open(script: &Script, candidate: &str) -> io::Result<(Self, bool)> {
        if let Some(interview) = Self::find(&script.name, candidate)? {
            return Ok((interview, true));
        }
        let path = path_of(&script.name, candidate);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let interview = Self {
            script: script.name.clone(),
            candidate: candidate.to_owned(),
            started_at: Timestamp::now(),
            current: 0,
            finished: false,
            topics: BTreeMap::new(),
            path,
        };
        interview.save()?;
        Ok((interview, false))
    }

    /// The conversation with that candidate; `None` where there was none.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn find(script: &str, candidate: &str) -> io::Result<Option<Self>> {
        let path = path_of(script, candidate);
        if !path.is_file() {
            return Ok(None);
        }
        let mut interview: Self =
            serde_json::from_str(&fs::read_to_string(&path)?).map_err(io::Error::other)?;
        interview.path = path;
        Ok(Some(interview))
    }

    /// Where the sessions of its exercises are kept, apart from those of other candidates.
    pub fn state_folder(&self) -> PathBuf {
        self.path.with_extension("")
    }

    /// The candidate's session on an exercise of this interview; `None` where it was not begun.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn exercise_session(&self, name: &str) -> Result<Option<Session>, ExerciseError> {
        Session::find_in(&self.state_folder(), name)
    }

    /// Writes it to its file; a reader sees the old one or the new one.
    ///
    /// # Errors
    /// Where that is not possible.
    pub fn save(&self) -> io::Result<()> {
        let folder = self.path.parent().map_or_else(PathBuf::new, PathBuf::from);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.flush()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// The notes on a topic.
    pub fn notes(&mut self, topic: &str) -> &mut TopicNotes {
        self.topics.entry(topic.to_owned()).or_default()
    }

    /// Marks a point as mentioned, or takes the mark off. Whether it is marked now.
    pub fn tick(&mut self, topic: &str, point: usize) -> bool {
        let mentioned = &mut self.notes(topic).mentioned;
        if mentioned.remove(&point) {
            return false;
        }
        mentioned.insert(point)
    }

    /// Minutes spent on all topics.
    pub fn minutes(&self) -> f64 {
        self.topics.values().map(|notes| notes.seconds).sum::<u64>() as f64 / 60.0
    }
}

fn path_of(script: &str, candidate: &str) -> PathBuf {
    let plain: String = candidate
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    // Names that differ only in signs are those of different people.
    let mark = if plain == candidate {
        String::new()
    } else {
        let digest = Sha256::digest(candidate.as_bytes());
        let hex: String = digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("-{hex}")
    };
    state_folder()
        .join("interviews")
        .join(format!("{script}-{plain}{mark}.json"))
}
