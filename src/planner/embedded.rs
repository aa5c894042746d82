use std::sync::Arc;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage};
use serde_json::Value;

use super::explain::{EXPLAIN_GENERIC, ExplainFailure, explain, explain_with_values};
use super::hypothetical::Hypothetical;
use super::schema_copy::{load_schema, planner_settings, set_collation};
use super::schema_sql::is_stored;
use super::statistics_copy::{
    index_sizes, relation_files, restore_indexes, restore_tables, set_heap_files, set_index_files,
};
use super::{
    HypotheticalChange, HypotheticalIndex, Parameters, PlannedQuery, Planner, PlannerDescription,
    PlannerError, ServerKind, StatisticsKind,
};
use crate::catalog::{Catalog, Table, TableKind};
use crate::sandbox::{SandboxError, Server, ServerOptions, Session};

/// The database of the copy.
const DATABASE: &str = "postgres";

/// How the embedded planner is started.
#[derive(Debug, Clone)]
pub struct EmbeddedPlannerOptions {
    /// Where the catalog's statistics come from.
    pub statistics: StatisticsKind,
    /// Planning one query may take so long.
    pub deadline: Duration,
    /// Of the server process.
    pub server: ServerOptions,
}

impl Default for EmbeddedPlannerOptions {
    fn default() -> Self {
        Self {
            statistics: StatisticsKind::Snapshot,
            deadline: Duration::from_secs(30),
            server: ServerOptions::default(),
        }
    }
}

/// The embedded PostgreSQL with an empty copy of a schema, told the statistics of the real one.
pub struct EmbeddedPlanner {
    session: Session,
    server: Server,
    catalog: Arc<Catalog>,
    deadline: Duration,
    description: PlannerDescription,
    hypothetical: Option<Hypothetical>,
    applied: Option<Applied>,
}

struct Applied {
    changes: Vec<HypotheticalChange>,
    indexes: Vec<HypotheticalIndex>,
}

impl EmbeddedPlanner {
    /// Starts a server, makes the schema and gives it the statistics of the catalog. Tables without any get
    /// PostgreSQL's own guess for a table that was never analyzed (10 pages).
    ///
    /// # Errors
    /// [`PlannerError::Unavailable`]: this build has no embedded server, or it does not start. Parts of the schema
    /// that it refuses (operator classes or functions of extensions) are left out and named in the description's notes.
    pub fn start(
        catalog: Arc<Catalog>,
        options: EmbeddedPlannerOptions,
    ) -> Result<Self, PlannerError> {
        let EmbeddedPlannerOptions {
            statistics,
            deadline,
            server,
        } = options;
        let mut server_options = server;
        server_options.settings.extend(planner_settings(&catalog));
        let server = Server::start(server_options).map_err(unavailable)?;
        let mut notes = Vec::new();
        let mut session = server.connect(DATABASE).map_err(unavailable)?;
        load_schema(&mut session, &catalog, &mut notes)?;
        let files = relation_files(&mut session)?;
        let data = server.data_directory();
        let file_error = |error: std::io::Error| PlannerError::Unavailable {
            message: format!("cannot write to the embedded server's data folder: {error}"),
        };
        set_heap_files(&catalog, &data, &files).map_err(file_error)?;
        restore_tables(&mut session, &catalog, &mut notes)?;
        let sizes = index_sizes(&mut session, &catalog);
        restore_indexes(&mut session, &catalog, &sizes, &mut notes)?;
        set_collation(&mut session, &catalog)?;
        // What was read so far has left the indexes' first pages in the buffers; a new session reads them again. The
        // checkpoint keeps the old session from writing them over ours while it ends.
        session
            .batch_execute("CHECKPOINT")
            .map_err(|error| unavailable(SandboxError::from(error)))?;
        drop(session);
        set_index_files(&catalog, &data, &files, &sizes).map_err(file_error)?;
        let mut session = server.connect(DATABASE).map_err(unavailable)?;
        let version = session
            .query_one("SHOW server_version", &[])
            .map(|row| row.get::<_, String>(0))
            .map_err(|error| unavailable(SandboxError::from(error)))?;
        let unknown = catalog
            .tables()
            .filter(|table| {
                is_stored(table)
                    && table.statistics.is_none()
                    && !has_known_partitions(&catalog, table)
            })
            .count();
        if unknown > 0 && statistics != StatisticsKind::None {
            notes.push(format!(
                "{unknown} tables have no statistics: PostgreSQL takes 10 pages of 8 kB for each, as for a table that was never analyzed"
            ));
        }
        let hypothetical = Hypothetical::new(&mut session, server.data_directory())?;
        Ok(Self {
            session,
            server,
            catalog,
            deadline,
            description: PlannerDescription {
                hypothetical_by: Some(format!("PostgreSQL {version} (embedded)")),
                server_version: version,
                server: ServerKind::Embedded,
                statistics,
                notes,
            },
            hypothetical: Some(hypothetical),
            applied: None,
        })
    }

    /// The server process, for tests and for showing its plans as text.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The session that plans, with the changes of the last call in place. Only one can be open.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Puts the changes in place: nothing to do where the last call had the same.
    fn apply(&mut self, changes: &[HypotheticalChange]) -> Result<(), PlannerError> {
        let kept = self.applied.as_ref().map_or(0, |applied| {
            if changes.starts_with(&applied.changes) {
                applied.changes.len()
            } else {
                usize::MAX
            }
        });
        if kept == changes.len() {
            return Ok(());
        }
        if kept == usize::MAX || kept == 0 {
            self.take_back()?;
        }
        let mut applied = self.applied.take();
        if applied.is_none() {
            self.batch("BEGIN")?;
        }
        let first = applied.as_ref().map_or(0, |applied| applied.changes.len());
        for change in changes.get(first..).unwrap_or_default() {
            let catalog = Arc::clone(&self.catalog);
            let Some(hypothetical) = &mut self.hypothetical else {
                return Err(PlannerError::ServerGone { hint: None });
            };
            let deadline = self.deadline;
            let mut outcome = None;
            let sent = self.session.within(deadline, |client| {
                outcome = Some(hypothetical.apply(client, &catalog, change));
                Ok(())
            });
            let made = match (sent, outcome) {
                (Ok(()), Some(made)) => made,
                (Err(error), _) => Err(self.lost(error)),
                (Ok(()), None) => Err(PlannerError::ServerGone { hint: None }),
            };
            match made {
                Ok(index) => {
                    let applied = applied.get_or_insert_with(|| Applied {
                        changes: Vec::new(),
                        indexes: Vec::new(),
                    });
                    applied.changes.push(change.clone());
                    applied.indexes.extend(index);
                }
                Err(error) => {
                    self.roll_back();
                    return Err(error);
                }
            }
        }
        self.applied = applied;
        Ok(())
    }

    /// Takes the changes of the last call back, which the next call does otherwise.
    ///
    /// # Errors
    /// [`PlannerError::ServerGone`]: the server does not answer.
    pub fn take_back(&mut self) -> Result<(), PlannerError> {
        if self.applied.take().is_some() {
            self.batch("ROLLBACK")?;
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        self.applied = None;
        // Without a transaction, or without a server, there is nothing left to take back.
        let _ = self.session.batch_execute("ROLLBACK");
    }

    fn batch(&mut self, sql: &str) -> Result<(), PlannerError> {
        self.session
            .batch_execute(sql)
            .map_err(|error| self.lost(SandboxError::from(error)))
    }

    /// After the server had to be started again, the changes are gone.
    fn lost(&mut self, error: SandboxError) -> PlannerError {
        self.applied = None;
        match error {
            SandboxError::Deadline { after } => PlannerError::Deadline {
                seconds: after.as_secs_f64(),
            },
            other => PlannerError::ServerGone {
                hint: Some(other.to_string()),
            },
        }
    }
}

impl Planner for EmbeddedPlanner {
    fn plan_with_parameters(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        self.apply(changes)?;
        let mut outcome: Option<Result<Value, ExplainFailure>> = None;
        let sent = self.session.within(self.deadline, |client| {
            outcome = Some(match parameters {
                Parameters::Generic => explain(client, EXPLAIN_GENERIC, query),
                Parameters::Values(values) => explain_with_values(client, query, values),
            });
            match &outcome {
                // What ended the session is for the session to find out.
                Some(Err(ExplainFailure::Connection)) => Err(SandboxError::Unexpected {
                    message: "no answer".to_owned(),
                }),
                _ => Ok(()),
            }
        });
        if let Err(error) = sent {
            return Err(self.lost(error));
        }
        match outcome {
            Some(Ok(explained)) => {
                let indexes = self
                    .applied
                    .as_ref()
                    .map(|applied| applied.indexes.clone())
                    .unwrap_or_default();
                PlannedQuery::from_explain(explained, indexes).ok_or_else(|| PlannerError::Query {
                    message: "EXPLAIN returned no plan".to_owned(),
                    hint: None,
                    position: None,
                })
            }
            Some(Err(failure)) => {
                self.roll_back();
                Err(failure.into_planner_error())
            }
            None => Err(PlannerError::ServerGone { hint: None }),
        }
    }

    fn description(&self) -> PlannerDescription {
        self.description.clone()
    }
}

pub(super) fn unavailable(error: SandboxError) -> PlannerError {
    PlannerError::Unavailable {
        message: error.to_string(),
    }
}

pub(super) fn has_known_partitions(catalog: &Catalog, table: &Table) -> bool {
    matches!(table.kind, TableKind::Partitioned { .. })
        && catalog
            .tables()
            .any(|partition| partition.partition_of == Some(table.id))
}

/// Sends a query of our own and reads its rows as text.
pub(super) fn rows(
    client: &mut Client,
    sql: &str,
) -> Result<Vec<Vec<Option<String>>>, postgres::Error> {
    Ok(client
        .simple_query(sql)?
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        })
        .collect())
}
