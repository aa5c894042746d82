use std::io;
use std::path::PathBuf;

use crate::catalog::StatisticsTomlError;
use crate::equivalence::CompareError;
use crate::sandbox::SandboxError;

use super::PackError;

/// Why an exercise could not be loaded or graded.
#[derive(Debug, thiserror::Error)]
pub enum ExerciseError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("{pack}/data.toml, {problem}")]
    Data {
        pack: String,
        problem: StatisticsTomlError,
    },
    /// A statement of the pack fails: the author's to mend.
    #[error("{pack}/{file}: {problem}\n{sql}")]
    Statement {
        pack: String,
        file: String,
        sql: String,
        problem: SandboxError,
    },
    #[error(transparent)]
    Server(#[from] SandboxError),
    #[error("could not compare with the reference on small databases: {0}")]
    Compare(#[from] CompareError),
    /// Another process has the session's data.
    #[error("{exercise} is open in another terminal: end it there with \\q")]
    InUse { exercise: String },
    #[error("{}: {problem}", .path.display())]
    File { path: PathBuf, problem: io::Error },
}

impl From<postgres::Error> for ExerciseError {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error.into())
    }
}

impl ExerciseError {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |problem| Self::File { path, problem }
    }
}
