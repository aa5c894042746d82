use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// Why the embedded PostgreSQL could not do what was asked.
#[derive(Debug, Error)]
pub enum SandboxError {
    #[error(
        "this whyslow was built without the embedded PostgreSQL: use --database, or build with default features"
    )]
    NotBuilt,
    #[error(
        "cannot find the whyslow program to run the embedded PostgreSQL with: set WHYSLOW_BIN to its path"
    )]
    ProgramNotFound,
    #[error("the embedded PostgreSQL did not start: {message}")]
    Start { message: String },
    #[error("the embedded PostgreSQL could not be reached: {message}; run the command again")]
    Connect { message: String },
    /// The server was stopped and started again on the same data; open sessions are gone.
    #[error("stopped after {} s, the deadline: raise --timeout to let it run longer", .after.as_secs_f64())]
    Deadline { after: Duration },
    /// The engine gave up; it was started again on the same data.
    #[error("the embedded PostgreSQL crashed on this statement and was started again, with the data as before it{}",
        .message.as_deref().map(|m| format!(" ({m})")).unwrap_or_default())]
    Crashed { message: Option<String> },
    /// The data folder outgrew [`super::ServerOptions::max_bytes`].
    #[error("the data grew past {} MB, the limit of this sandbox: generate fewer rows (--rows table=N)", .limit / 1_000_000)]
    DiskLimit { limit: u64 },
    #[error("{what} {}: {source}", .path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}", postgres_message(.0))]
    Postgres(#[from] postgres::Error),
    #[error("{message}")]
    Unexpected { message: String },
}

impl SandboxError {
    /// The SQLSTATE, where the server gave one.
    pub fn sqlstate(&self) -> Option<&postgres::error::SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }
}

impl SandboxError {
    /// Whether the server said that it ends the session with this error.
    pub(super) fn ends_session(&self) -> bool {
        use postgres::error::Severity;
        match self {
            Self::Postgres(error) => error.as_db_error().is_some_and(|db| {
                matches!(
                    db.parsed_severity(),
                    Some(Severity::Fatal | Severity::Panic)
                )
            }),
            _ => false,
        }
    }
}

/// A server error in one line: message, detail and hint.
pub(super) fn postgres_message(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => {
            let mut text = db.message().to_owned();
            for more in [db.detail(), db.hint()].into_iter().flatten() {
                text.push_str("; ");
                text.push_str(more);
            }
            text
        }
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(inner) = source {
                let inner_text = inner.to_string();
                if !text.contains(&inner_text) {
                    text.push_str(": ");
                    text.push_str(&inner_text);
                }
                source = inner.source();
            }
            text
        }
    }
}
