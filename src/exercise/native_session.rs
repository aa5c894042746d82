use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use postgres::Client;
use postgres::error::SqlState;

use super::ExerciseError;
use super::native::connect;
use crate::sandbox::SandboxError;

/// A session on a server of the user's own; it is a [`Client`] in use.
pub struct NativeSession {
    client: Client,
    url: String,
    database: Option<String>,
    /// Told by whoever watches the size of the database: how large it may be, and whether it was larger.
    size: Option<(u64, Arc<AtomicBool>)>,
}

impl NativeSession {
    pub(super) fn begin(
        url: &str,
        database: Option<&str>,
        size: Option<(u64, Arc<AtomicBool>)>,
    ) -> Result<Self, ExerciseError> {
        Ok(Self {
            client: connect(url, database)?,
            url: url.to_owned(),
            database: database.map(str::to_owned),
            size,
        })
    }

    /// Does some work; a statement of it that runs past the deadline is ended. Where the server ended the session, this
    /// is a new one afterwards.
    pub(super) fn within<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        let milliseconds = deadline.as_millis().max(1);
        let set = format!("SET statement_timeout = {milliseconds}");
        if self.client.batch_execute(&set).is_err() {
            // In a transaction that has failed nothing else can be done, and one that was ended between two
            // statements is seen here first.
            if self.client.is_closed() {
                return Err(self.begin_again());
            }
        }
        let result = work(&mut self.client);
        match result {
            Err(error) if error.sqlstate() == Some(&SqlState::QUERY_CANCELED) => {
                Err(SandboxError::Deadline { after: deadline })
            }
            // The end of the connection may be seen after the error that announces it.
            Err(error)
                if self.client.is_closed()
                    || error.sqlstate() == Some(&SqlState::ADMIN_SHUTDOWN) =>
            {
                Err(match self.begin_again() {
                    SandboxError::Crashed { .. } => SandboxError::Deadline { after: deadline },
                    other => other,
                })
            }
            other => other,
        }
    }

    /// A new session, and why the old one ended.
    fn begin_again(&mut self) -> SandboxError {
        let limit = self
            .size
            .as_ref()
            .and_then(|(limit, grown)| grown.swap(false, Ordering::SeqCst).then_some(*limit));
        match connect(&self.url, self.database.as_deref()) {
            Ok(client) => self.client = client,
            Err(error) => {
                return SandboxError::Unexpected {
                    message: error.to_string(),
                };
            }
        }
        match limit {
            Some(limit) => SandboxError::DiskLimit { limit },
            None => SandboxError::Crashed { message: None },
        }
    }
}

impl Deref for NativeSession {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for NativeSession {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}
