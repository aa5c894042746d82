use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::DatabaseState;
use super::{Answer, ExerciseError, LeftOut, Limits, Pack, Verdict};

/// One candidate's work on one exercise, saved after every step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub exercise: String,
    pub variant: Option<u64>,
    pub seed: u64,
    pub started_at: Timestamp,
    /// Hints taken so far.
    pub hints: usize,
    /// The solution was shown.
    pub revealed: bool,
    /// The rewritten query, where the candidate saved one.
    pub query: Option<String>,
    /// The answer as it was when the session was last looked at.
    pub answer: String,
    /// The database at the start.
    pub start: Option<DatabaseState>,
    /// What the database held beyond that when the session was last looked at, and what does not count.
    #[serde(default)]
    pub uncounted: Vec<String>,
    pub events: Vec<Event>,
    /// Where the candidate's server is, while one runs.
    #[serde(default)]
    pub url: Option<String>,
    /// It is on a server of the user's own, and its data is gone when that ends.
    #[serde(default)]
    pub native: bool,
    #[serde(skip)]
    folder: PathBuf,
    #[serde(skip)]
    lock: Option<Arc<File>>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: EventKind,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EventKind {
    /// A statement was run.
    Statement {
        sql: String,
        milliseconds: f64,
        /// Why it failed, or what became of it.
        result: String,
        #[serde(default)]
        failed: bool,
    },
    /// A plan was asked for.
    Plan {
        query: String,
        plan: String,
    },
    Hint {
        number: usize,
    },
    Saved {
        query: String,
    },
    Checked {
        passed: bool,
        points: u32,
        blocks: u64,
        answer: String,
        message: String,
    },
    Reset,
    Revealed,
}

const STATE: &str = "session.json";

/// The variable that names the folder where sessions are kept.
pub const STATE_VARIABLE: &str = "WHYSLOW_STATE";

impl Session {
    /// The session of an exercise that was begun before; `None` where there is none.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn find(name: &str) -> Result<Option<Self>, ExerciseError> {
        Self::find_in(&state_folder(), name)
    }

    /// The same, where sessions are kept in another folder than [`state_folder`].
    ///
    /// # Errors
    /// As [`Session::find`].
    pub fn find_in(state: &Path, name: &str) -> Result<Option<Self>, ExerciseError> {
        let folder = folder_of(state, name);
        let path = folder.join(STATE);
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(ExerciseError::file(&path))?;
        let mut session: Self = serde_json::from_str(&text)
            .map_err(|error| ExerciseError::file(&path)(std::io::Error::other(error)))?;
        session.folder = folder;
        Ok(Some(session))
    }

    /// Begins one; what was left of an earlier one is removed.
    ///
    /// # Errors
    /// Where its folder cannot be written to.
    pub fn begin(pack: &Pack, variant: Option<u64>, seed: u64) -> Result<Self, ExerciseError> {
        let folder = folder_of(&state_folder(), &pack.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(ExerciseError::file(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(ExerciseError::file(&folder))?;
        let session = Self {
            exercise: pack.name.clone(),
            variant,
            seed,
            started_at: Timestamp::now(),
            hints: 0,
            revealed: false,
            query: None,
            answer: String::new(),
            start: None,
            uncounted: Vec::new(),
            events: Vec::new(),
            url: None,
            native: false,
            folder,
            lock: None,
        };
        session.save()?;
        Ok(session)
    }

    /// Where the server's data is.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The file that keeps the prompt's history.
    pub fn history_file(&self) -> PathBuf {
        self.folder.join("history.txt")
    }

    /// Makes the data folder this process's own, until the session is dropped. Whether that was possible: another
    /// process may have it.
    ///
    /// # Errors
    /// Where the lock file cannot be opened.
    pub fn lock(&mut self) -> Result<bool, ExerciseError> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(ExerciseError::file(&path))?;
        let mine = file.try_lock().is_ok();
        if mine {
            self.lock = Some(Arc::new(file));
        }
        Ok(mine)
    }

    /// Notes what happened, and saves.
    ///
    /// # Errors
    /// Where its file cannot be written.
    pub fn note(&mut self, what: EventKind) -> Result<(), ExerciseError> {
        self.events.push(Event {
            at: Timestamp::now(),
            what,
        });
        self.save()
    }

    /// Notes a verdict.
    ///
    /// # Errors
    /// As [`Session::note`].
    pub fn note_verdict(&mut self, verdict: &Verdict) -> Result<(), ExerciseError> {
        self.note(EventKind::Checked {
            passed: verdict.passed,
            points: verdict.points,
            blocks: verdict.blocks.after,
            answer: self.answer.clone(),
            message: verdict.message.clone(),
        })
    }

    /// Writes the session to its file; a reader sees the old one or the new one.
    ///
    /// # Errors
    /// Where that is not possible.
    pub fn save(&self) -> Result<(), ExerciseError> {
        let path = self.folder.join(STATE);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.flush()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(ExerciseError::file(&path))
    }

    /// Points that hints have cost; all of them once the solution was shown.
    pub fn hint_points(&self, pack: &Pack) -> u32 {
        if self.revealed {
            return super::MAX_POINTS;
        }
        let hints = pack.manifest.hints.iter().take(self.hints);
        hints.map(|hint| hint.points).sum()
    }

    /// Statements that were run since the start and do not count: deleted rows, settings, views, functions. Those that
    /// ran at the prompt are known by their text; where none did, other clients were let in, and what they left behind
    /// is read from the database's state.
    pub fn left_out(&self, limits: &Limits) -> Vec<LeftOut> {
        let since = self
            .events
            .iter()
            .rposition(|event| matches!(event.what, EventKind::Reset))
            .map_or(0, |at| at + 1);
        let mut left_out: Vec<LeftOut> = Vec::new();
        let mut at_prompt = false;
        for event in self.events.iter().skip(since) {
            if let EventKind::Statement { sql, failed, .. } = &event.what {
                at_prompt = true;
                if !failed && has_effect(sql) {
                    left_out.extend(Answer::read(sql, limits).left_out);
                }
            }
        }
        if !at_prompt {
            left_out.extend(self.uncounted.iter().map(|what| LeftOut {
                sql: what.clone(),
                reason: "only indexes, extended statistics, ANALYZE and VACUUM count",
            }));
        }
        left_out
    }

    /// Minutes until the candidate first changed the database: when there was a first hypothesis.
    pub fn first_change_after(&self) -> Option<f64> {
        let first = self.events.iter().find(|event| match &event.what {
            EventKind::Statement { sql, .. } => {
                let first = sql.split_whitespace().next().unwrap_or_default();
                ["create", "drop", "alter"].contains(&first.to_ascii_lowercase().as_str())
            }
            EventKind::Saved { .. } => true,
            _ => false,
        })?;
        Some((first.at.as_second() - self.started_at.as_second()) as f64 / 60.0)
    }

    /// Minutes until the first check that showed an improvement.
    pub fn first_success_after(&self) -> Option<f64> {
        let first = self
            .events
            .iter()
            .find(|event| matches!(event.what, EventKind::Checked { points, .. } if points > 0))?;
        Some((first.at.as_second() - self.started_at.as_second()) as f64 / 60.0)
    }

    /// Minutes since it was begun.
    pub fn minutes(&self) -> f64 {
        let end = self
            .events
            .last()
            .map_or_else(Timestamp::now, |event| event.at);
        (end.as_second() - self.started_at.as_second()) as f64 / 60.0
    }
}

/// Whether a statement does something to the database or the session; transactions are seen through.
fn has_effect(sql: &str) -> bool {
    let first = sql
        .trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(')
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    ![
        "select",
        "values",
        "table",
        "explain",
        "show",
        "begin",
        "start",
        "commit",
        "end",
        "rollback",
        "savepoint",
        "release",
        "prepare",
        "execute",
        "deallocate",
        "fetch",
        "declare",
        "close",
        "discard",
        "checkpoint",
        "listen",
        "notify",
    ]
    .contains(&first.as_str())
}

/// Where sessions are kept: WHYSLOW_STATE, else the user's folder for application data.
pub fn state_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(STATE_VARIABLE) {
        return folder.into();
    }
    directories::ProjectDirs::from("", "", "whyslow").map_or_else(
        || std::env::temp_dir().join("whyslow-state"),
        |dirs| dirs.data_local_dir().to_owned(),
    )
}

fn folder_of(state: &Path, name: &str) -> PathBuf {
    let plain: String = Path::new(name)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    state.join("exercises").join(plain)
}
