use serde::{Deserialize, Serialize};

/// What became of an answer: passed, or the first thing that was not right, in the order in which they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Passed,
    /// A statement of it fails.
    Error,
    /// It returns other rows.
    Rows,
    /// It makes another statement slow.
    Guard,
    /// It reads too many blocks.
    Blocks,
    /// It needs more new indexes than allowed.
    Indexes,
    /// Its new indexes are too large.
    IndexBytes,
    /// All of it was left out: nothing counts.
    LeftOut,
}

impl Outcome {
    /// As it is written in exercise.toml.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Error => "error",
            Self::Rows => "rows",
            Self::Guard => "guard",
            Self::Blocks => "blocks",
            Self::Indexes => "indexes",
            Self::IndexBytes => "index-bytes",
            Self::LeftOut => "left-out",
        }
    }
}
