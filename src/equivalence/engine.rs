//! The PostgreSQL that decides the databases: one session, with deadlines.

use std::time::{Duration, Instant};

use postgres::types::ToSql;
use postgres::{Client, Row, Statement};

use crate::sandbox::{SandboxError, Server, Session};

/// A connection to a server that holds the schema, its tables empty.
pub(super) struct Engine {
    link: Link,
    /// No statement runs past it.
    deadline: Instant,
    /// Run at the start of every session.
    setup: String,
    /// Counts the sessions: prepared statements of an earlier one are gone.
    session: u64,
    prepared: Vec<(String, u64, Statement)>,
}

enum Link {
    Embedded {
        session: Box<Session>,
        _server: Server,
    },
    Direct(Box<Client>),
}

/// What a statement came to.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refused it, or it raised an error.
    Statement { message: String },
    /// It did not end in time.
    Deadline,
    /// The server is gone.
    Server(SandboxError),
}

impl Engine {
    pub fn embedded(server: Server, session: Session, setup: String) -> Result<Self, Failure> {
        Self::begin(
            Link::Embedded {
                session: Box::new(session),
                _server: server,
            },
            setup,
        )
    }

    pub fn direct(client: Client, setup: String) -> Result<Self, Failure> {
        Self::begin(Link::Direct(Box::new(client)), setup)
    }

    fn begin(link: Link, setup: String) -> Result<Self, Failure> {
        let mut engine = Self {
            link,
            deadline: Instant::now() + Duration::from_secs(60),
            setup: setup.clone(),
            session: 0,
            prepared: Vec::new(),
        };
        engine.run(&setup)?;
        Ok(engine)
    }

    /// Statements started later end by then.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Runs statements without parameters, several at once if need be.
    pub fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.work(None, |client| client.batch_execute(sql))
    }

    /// Rows of a statement that is kept prepared.
    pub fn query(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        self.query_within(None, sql, parameters)
    }

    /// As [`Self::query`], within a time of its own.
    pub fn query_within(
        &mut self,
        limit: Option<Duration>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let statement = self.prepare(sql)?;
        self.work(limit, |client| client.query(&statement, parameters))
    }

    /// Parameter and column types of a statement.
    pub fn prepare(&mut self, sql: &str) -> Result<Statement, Failure> {
        let session = self.session;
        self.prepared.retain(|(_, of, _)| *of == session);
        if let Some((_, _, statement)) = self.prepared.iter().find(|(text, _, _)| text == sql) {
            return Ok(statement.clone());
        }
        let statement = self.work(None, |client| client.prepare(sql))?;
        if self.prepared.len() >= 24 {
            self.prepared.remove(0);
        }
        self.prepared
            .push((sql.to_owned(), self.session, statement.clone()));
        Ok(statement)
    }

    fn work<T>(
        &mut self,
        limit: Option<Duration>,
        work: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, Failure> {
        let remaining = self.remaining();
        if remaining.is_zero() {
            return Err(Failure::Deadline);
        }
        let limit = limit.map_or(remaining, |limit| limit.min(remaining));
        let result = match &mut self.link {
            Link::Embedded { session, .. } => {
                session.within(limit, |client| work(client).map_err(SandboxError::from))
            }
            Link::Direct(client) => {
                let milliseconds = limit.as_millis().max(1);
                client
                    .batch_execute(&format!("SET statement_timeout = {milliseconds}"))
                    .and_then(|()| work(client))
                    .map_err(SandboxError::from)
            }
        };
        match result {
            Ok(value) => Ok(value),
            Err(SandboxError::Postgres(error)) => match error.as_db_error() {
                Some(db) if db.code() == &postgres::error::SqlState::QUERY_CANCELED => {
                    Err(Failure::Deadline)
                }
                Some(db) => Err(Failure::Statement {
                    message: db.message().to_owned(),
                }),
                None => Err(Failure::Server(SandboxError::Postgres(error))),
            },
            Err(error @ (SandboxError::Deadline { .. } | SandboxError::Crashed { .. })) => {
                self.session += 1;
                self.prepared.clear();
                let setup = self.setup.clone();
                if let Link::Embedded { session, .. } = &mut self.link {
                    session
                        .batch_execute(&setup)
                        .map_err(|error| Failure::Server(error.into()))?;
                }
                match error {
                    SandboxError::Deadline { .. } => Err(Failure::Deadline),
                    other => Err(Failure::Statement {
                        message: other.to_string(),
                    }),
                }
            }
            Err(other) => Err(Failure::Server(other)),
        }
    }
}
