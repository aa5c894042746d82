use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use postgres::Client;

use super::SandboxError;
use super::server::{Generation, Shared};

/// A connection to a [`super::Server`]; it is a [`postgres::Client`] in use. The server takes one at a time:
/// drop it before connecting again.
pub struct Session {
    client: Client,
    server: Arc<Shared>,
    database: String,
    generation: Generation,
}

impl Session {
    pub(super) fn new(
        client: Client,
        server: Arc<Shared>,
        database: String,
        generation: Generation,
    ) -> Self {
        Self {
            client,
            server,
            database,
            generation,
        }
    }

    /// The database that it is connected to.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Does some work within a deadline. Past it the server is killed and started again on the same data; then, as
    /// after a crash of the engine, this session is a new one: settings, prepared statements and an open
    /// transaction of the old one are gone.
    ///
    /// # Errors
    /// [`SandboxError::Deadline`], [`SandboxError::Crashed`], [`SandboxError::DiskLimit`], and those of the work.
    pub fn within<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        let (finished, waiting) = mpsc::channel::<()>();
        let (server, generation) = (&self.server, self.generation);
        let client = &mut self.client;
        let (result, expired) = thread::scope(|scope| {
            let watchdog = scope.spawn(move || match waiting.recv_timeout(deadline) {
                Err(RecvTimeoutError::Timeout) => server.kill_generation(generation),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => false,
            });
            let result = work(client);
            drop(finished);
            (result, watchdog.join().unwrap_or(false))
        });
        if expired {
            // also where the work was done at the last moment: what it left in the old session is gone
            self.reconnect()?;
            return Err(SandboxError::Deadline { after: deadline });
        }
        match result {
            Err(error) if error.ends_session() || self.client.is_closed() || !self.answers() => {
                let why = self.server.why_it_ended(generation);
                self.server.kill_generation(generation);
                self.reconnect()?;
                Err(why)
            }
            other => other,
        }
    }

    /// The error of a broken connection may be seen before its end is.
    fn answers(&mut self) -> bool {
        self.client.is_valid(Duration::from_secs(5)).is_ok()
    }

    /// After the server process has ended: a new one, and a new connection to it.
    fn reconnect(&mut self) -> Result<(), SandboxError> {
        let (client, generation) = self.server.connect(&self.database)?;
        self.client = client;
        self.generation = generation;
        Ok(())
    }
}

impl Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}
