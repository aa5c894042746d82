use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::native::Native;
use super::native_session::NativeSession;
use super::overseer::Overseer;
use super::stock::{DATABASE, Stock, server_options};
use super::{Connection, ExerciseError, remove_orphaned_files};
use crate::sandbox::{SandboxError, Server, ServerOptions, bytes_on_disk};

/// How sessions of a candidate are set up: plans are the same on every machine.
const SESSION: &str =
    "SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'";

/// Disk that the embedded server needs beside an exercise's data: it keeps up to max_wal_size of its log, also after
/// a statement that was stopped.
const LEAST_ROOM: u64 = 400_000_000;

/// What a candidate may use.
#[derive(Debug, Clone, Copy)]
pub struct CandidateLimits {
    /// For each statement.
    pub deadline: Duration,
    /// Disk.
    pub max_bytes: u64,
}

/// The server on which a candidate works, with an exercise's data.
pub struct CandidateServer {
    kind: Kind,
    limits: CandidateLimits,
}

enum Kind {
    Embedded {
        server: Arc<Server>,
        data: PathBuf,
    },
    Native {
        /// Declared first: it watches the database, and has to end before it.
        overseer: Overseer,
        native: Native,
        address: String,
    },
}

impl CandidateServer {
    /// The embedded server on a data folder, which is filled with the data of the start where it does not exist.
    ///
    /// # Errors
    /// Those of the server and of the file system.
    pub fn embedded(
        stock: &Stock,
        data: PathBuf,
        limits: CandidateLimits,
    ) -> Result<Self, ExerciseError> {
        if !data.is_dir() {
            stock.copy_to(&data)?;
        }
        let limits = CandidateLimits {
            max_bytes: limits.max_bytes.max(bytes_on_disk(&data) + LEAST_ROOM),
            ..limits
        };
        let server = Server::start(ServerOptions {
            // The prompt's own deadline comes first; this is for other clients.
            statement_deadline: Some(limits.deadline + Duration::from_secs(1)),
            max_bytes: Some(limits.max_bytes),
            ..server_options(data.clone())
        })?;
        Ok(Self {
            kind: Kind::Embedded {
                server: Arc::new(server),
                data,
            },
            limits,
        })
    }

    /// A database of its own on the server on which the exercise was loaded, and a role that owns its tables and
    /// nothing else; both are dropped with this value.
    ///
    /// # Errors
    /// Those of the server: none but a superuser can make such a role.
    pub fn native(stock: &Stock, limits: CandidateLimits) -> Result<Self, ExerciseError> {
        let mut native = stock.native_copy()?;
        let address = native.make_candidate(limits.deadline)?;
        let role = native.role().unwrap_or_default().to_owned();
        let overseer = Overseer::start(&native, &role, limits.deadline, limits.max_bytes)?;
        Ok(Self {
            kind: Kind::Native {
                overseer,
                native,
                address,
            },
            limits,
        })
    }

    /// Address and password for other clients.
    ///
    /// # Errors
    /// Where the embedded server has ended and does not start again.
    pub fn url(&self) -> Result<String, ExerciseError> {
        match &self.kind {
            Kind::Embedded { server, .. } => Ok(server.url(DATABASE)?),
            Kind::Native { address, .. } => Ok(address.clone()),
        }
    }

    /// A session of the candidate.
    ///
    /// # Errors
    /// Those of the server.
    pub fn connect(&self) -> Result<Connection, ExerciseError> {
        let mut connection = match &self.kind {
            Kind::Embedded { server, .. } => Connection::Embedded(server.connect(DATABASE)?),
            Kind::Native {
                overseer, address, ..
            } => Connection::Native(NativeSession::begin(
                address,
                None,
                Some((self.limits.max_bytes, overseer.grown())),
            )?),
        };
        self.set_up(&mut connection)?;
        Ok(connection)
    }

    fn set_up(&self, connection: &mut Connection) -> Result<(), SandboxError> {
        connection.within(self.limits.deadline, |client| {
            Ok(client.batch_execute(SESSION)?)
        })
    }

    /// After an error for which the server ended the session: settings are made again, and what the statement left on
    /// disk is removed.
    ///
    /// # Errors
    /// Those of the server.
    pub fn recover(
        &self,
        connection: &mut Connection,
        error: &SandboxError,
    ) -> Result<(), ExerciseError> {
        if matches!(error, SandboxError::Postgres(_)) {
            return Ok(());
        }
        let Kind::Embedded { server, data } = &self.kind else {
            return Ok(self.set_up(connection)?);
        };
        let files = server.data_directory();
        let mut in_place = || -> Result<(), SandboxError> {
            self.set_up(connection)?;
            connection.within(self.limits.deadline, |client| {
                remove_orphaned_files(client, &files)
            })
        };
        match in_place() {
            Ok(()) => Ok(()),
            Err(error) if !matches!(error, SandboxError::DiskLimit { .. }) => Err(error.into()),
            // A server with a limit ends again as long as the files are there.
            Err(_) => {
                server.kill();
                let cleaner = Server::start(server_options(data.clone()))?;
                let mut session = cleaner.connect(DATABASE)?;
                remove_orphaned_files(&mut session, &files)?;
                drop(session);
                cleaner.stop();
                *connection = self.connect()?;
                Ok(())
            }
        }
    }

    /// Puts the data of the start in place; the address stays.
    ///
    /// # Errors
    /// Those of the server and of the file system.
    pub fn reset(&self, stock: &Stock) -> Result<Connection, ExerciseError> {
        match &self.kind {
            Kind::Embedded { server, data } => {
                server.kill();
                if data.exists() {
                    fs::remove_dir_all(data).map_err(ExerciseError::file(data))?;
                }
                stock.copy_to(data)?;
            }
            Kind::Native { native, .. } => stock.make_again(native)?,
        }
        self.connect()
    }

    /// What ends the statement that a session runs at the moment; it can be called from another thread.
    pub fn interrupter(&self, connection: &Connection) -> Box<dyn Fn() + Send> {
        match (&self.kind, connection) {
            (Kind::Embedded { server, .. }, _) => {
                let server = Arc::clone(server);
                Box::new(move || server.kill())
            }
            (Kind::Native { .. }, Connection::Native(session)) => {
                let token = session.cancel_token();
                Box::new(move || {
                    let _ = token.cancel_query(postgres::NoTls);
                })
            }
            (Kind::Native { .. }, Connection::Embedded(_)) => Box::new(|| ()),
        }
    }

    /// Starts a server that has ended, so that other clients find it.
    pub fn keep_running(&self) {
        if let Kind::Embedded { server, .. } = &self.kind {
            let _ = server.port();
        }
    }
}
