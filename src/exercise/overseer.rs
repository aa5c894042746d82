use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use postgres::Client;

use super::native::{Native, connect};
use super::{Connection, ExerciseError};

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// Ends what a candidate's role does on a server of the user's own, where it runs past the deadline or takes too much
/// disk: `statement_timeout` is the candidate's to change, and PostgreSQL has no limit for a database's size.
pub(super) struct Overseer {
    grown: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Watch {
    url: String,
    database: String,
    role: String,
    deadline: Duration,
    max_bytes: u64,
    grown: Arc<AtomicBool>,
}

impl Overseer {
    /// Watches the role of a database.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub(super) fn start(
        native: &Native,
        role: &str,
        deadline: Duration,
        max_bytes: u64,
    ) -> Result<Self, ExerciseError> {
        let mut client = connect(native.url(), None)?;
        let grown = Arc::new(AtomicBool::new(false));
        let watch = Watch {
            url: native.url().to_owned(),
            database: native.database().to_owned(),
            role: role.to_owned(),
            deadline: deadline + Duration::from_secs(1),
            max_bytes,
            grown: Arc::clone(&grown),
        };
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("overseer".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    // A connection that is lost is made again; nothing else can be done here.
                    if watch.look(&mut client).is_err()
                        && client.is_closed()
                        && let Ok(again) = connect(&watch.url, None)
                    {
                        client = again;
                    }
                }
            })
            .map_err(ExerciseError::file("the overseer's thread"))?;
        Ok(Self {
            grown,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Set when sessions were ended since the database had grown too large; whoever tells the candidate clears it.
    pub(super) fn grown(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.grown)
    }
}

impl Drop for Overseer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Watch {
    fn look(&self, client: &mut Client) -> Result<(), ExerciseError> {
        client.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE usename = $1 AND state <> 'idle' AND query_start < clock_timestamp() - $2::float8 * interval '1 s'",
            &[&self.role, &self.deadline.as_secs_f64()],
        )?;
        let size: Option<i64> = client
            .query_one(
                "SELECT pg_database_size(oid) FROM (SELECT $1::name AS name) wanted \
                 LEFT JOIN pg_database ON datname = name",
                &[&self.database],
            )?
            .try_get(0)?;
        if size.is_some_and(|size| u64::try_from(size).unwrap_or_default() > self.max_bytes) {
            self.grown.store(true, Ordering::SeqCst);
            client.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1",
                &[&self.role],
            )?;
            // The rows of statements that were undone still take their room.
            if let Connection::Native(session) =
                &mut Connection::native(&self.url, Some(&self.database))?
            {
                session.batch_execute("VACUUM")?;
            }
        }
        Ok(())
    }
}
