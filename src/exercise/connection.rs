use std::time::Duration;

use postgres::Client;
use postgres::error::SqlState;

use crate::sandbox::{SandboxError, Session};

/// A session on the database of an exercise.
pub enum Connection {
    Embedded(Session),
    /// On a server of the user's own.
    Native(Client),
}

impl Connection {
    /// Does some work; a statement of it that runs past the deadline is ended. On the embedded server the session may
    /// then be another one (see [`Session::within`]).
    ///
    /// # Errors
    /// [`SandboxError::Deadline`], and those of the work.
    pub fn within<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        match self {
            Self::Embedded(session) => session.within(deadline, work),
            Self::Native(client) => {
                client.batch_execute(&format!(
                    "SET statement_timeout = {}",
                    deadline.as_millis().max(1)
                ))?;
                work(client).map_err(|error| match error.sqlstate() {
                    Some(&SqlState::QUERY_CANCELED) => SandboxError::Deadline { after: deadline },
                    _ => error,
                })
            }
        }
    }
}
