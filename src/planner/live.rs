use std::sync::Arc;

use postgres::Client;
use serde_json::Value;

use super::embedded::rows;
use super::explain::{
    EXPLAIN_GENERIC, EXPLAIN_PLAIN, ExplainFailure, explain, explain_with_values,
    placeholder_count, single_statement,
};
use super::{
    EmbeddedPlanner, EmbeddedPlannerOptions, HypotheticalChange, HypotheticalIndex, Parameters,
    PlannedQuery, Planner, PlannerDescription, PlannerError, ServerKind, StatisticsKind,
};
use crate::catalog::live::{LiveConnection, SnapshotFilter, take_snapshot};
use crate::catalog::{quote_identifier, quote_literal};

/// Makes the planner that stands in where a live server cannot suppose indexes.
pub type Substitute =
    Box<dyn FnOnce(&mut LiveConnection) -> Result<Box<dyn Planner>, PlannerError> + Send>;

/// A live server: plans as it would, in read-only transactions that are rolled back. Hypothetical indexes go through
/// HypoPG where the server has it, else to a planner without data that is fed from this server's statistics.
pub struct LivePlanner {
    connection: LiveConnection,
    hypopg: Option<HypoPg>,
    substitute: Option<Substitute>,
    without_data: Option<Box<dyn Planner>>,
    deadline_seconds: f64,
}

/// The embedded planner, fed from a snapshot that is taken of the live server when it is first needed.
pub fn embedded_substitute(options: EmbeddedPlannerOptions) -> Substitute {
    Box::new(move |connection| {
        let snapshot =
            take_snapshot(connection, &SnapshotFilter::default(), |_| ()).map_err(|error| {
                PlannerError::Unavailable {
                    message: error.to_string(),
                }
            })?;
        let options = EmbeddedPlannerOptions {
            statistics: StatisticsKind::Live,
            ..options
        };
        let planner = EmbeddedPlanner::start(Arc::new(snapshot.into_catalog()), options)?;
        Ok(Box::new(planner))
    })
}

struct HypoPg {
    version: String,
    schema: String,
    /// `hypopg_hide_index` came with 1.4.
    hides: bool,
}

impl LivePlanner {
    /// On an open connection. `deadline_seconds` is the longest that planning one query may take. `substitute` makes
    /// the planner for hypothetical indexes where HypoPG is missing; it is called when it is first needed.
    ///
    /// # Errors
    /// The server went away.
    pub fn new(
        mut connection: LiveConnection,
        deadline_seconds: f64,
        substitute: Option<Substitute>,
    ) -> Result<Self, PlannerError> {
        let answer = rows(
            &mut connection,
            "SELECT e.extversion, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n \
             ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'",
        )
        .map_err(|error| gone(&error))?;
        let hypopg = answer.into_iter().next().and_then(|row| {
            let mut fields = row.into_iter().flatten();
            let version = fields.next()?;
            let schema = fields.next()?;
            let minor: u32 = version
                .split('.')
                .nth(1)
                .and_then(|minor| minor.parse().ok())
                .unwrap_or(0);
            Some(HypoPg {
                hides: minor >= 4 || !version.starts_with("1."),
                version,
                schema: quote_identifier(&schema),
            })
        });
        Ok(Self {
            connection,
            hypopg,
            substitute,
            without_data: None,
            deadline_seconds,
        })
    }

    /// The connection, for further questions to the same server.
    pub fn connection(&mut self) -> &mut LiveConnection {
        &mut self.connection
    }

    fn without_data(&mut self) -> Result<&mut Box<dyn Planner>, PlannerError> {
        if self.without_data.is_none() {
            let start = self.substitute.take().ok_or_else(|| PlannerError::Unavailable {
                message: "the server does not have HypoPG (CREATE EXTENSION hypopg), and this build has no embedded PostgreSQL to suppose indexes with".to_owned(),
            })?;
            self.without_data = Some(start(&mut self.connection)?);
        }
        self.without_data
            .as_mut()
            .ok_or_else(|| PlannerError::Unavailable {
                message: "it is starting".to_owned(),
            })
    }

    fn on_server(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        let milliseconds = (self.deadline_seconds * 1000.0).clamp(1.0, 2e9) as u64;
        self.connection
            .batch_execute(&format!(
                "BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}; SET LOCAL lock_timeout = '5s'; \
                 SET LOCAL plan_cache_mode = force_custom_plan"
            ))
            .map_err(|error| gone(&error))?;
        let planned = self.in_transaction(query, parameters, changes);
        if let Some(hypopg) = self.hypopg.as_ref().filter(|_| !changes.is_empty()) {
            // Its indexes live in the session, not in the transaction.
            let shown = if hypopg.hides {
                format!("SELECT {}.hypopg_unhide_all_indexes(); ", hypopg.schema)
            } else {
                String::new()
            };
            let _ = self.connection.batch_execute("ROLLBACK");
            let _ = self
                .connection
                .batch_execute(&format!("{shown}SELECT {}.hypopg_reset()", hypopg.schema));
        } else {
            let _ = self.connection.batch_execute("ROLLBACK");
        }
        planned
    }

    fn in_transaction(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        let mut indexes = Vec::new();
        for change in changes {
            let Some(hypopg) = &self.hypopg else { break };
            indexes.extend(hypopg.apply(&mut self.connection, change)?);
        }
        let explained = match parameters {
            Parameters::Values(values) => explain_with_values(&mut self.connection, query, values),
            Parameters::Generic if self.connection.version() >= 160_000 => {
                explain(&mut self.connection, EXPLAIN_GENERIC, query)
            }
            Parameters::Generic => explain_generic_before_16(&mut self.connection, query),
        };
        let explained = explained.map_err(|failure| self.deadline_or(failure))?;
        PlannedQuery::from_explain(explained, indexes).ok_or_else(|| PlannerError::Query {
            message: "EXPLAIN returned no plan".to_owned(),
            hint: None,
            position: None,
        })
    }

    fn deadline_or(&self, failure: ExplainFailure) -> PlannerError {
        match failure.into_planner_error() {
            PlannerError::Query { message, .. } if message.contains("statement timeout") => {
                PlannerError::Deadline {
                    seconds: self.deadline_seconds,
                }
            }
            other => other,
        }
    }
}

/// Without values, and without EXPLAIN's option for it: a prepared statement whose plan must be generic.
fn explain_generic_before_16(client: &mut Client, query: &str) -> Result<Value, ExplainFailure> {
    let count = placeholder_count(&single_statement(query)?);
    if count == 0 {
        return explain(client, EXPLAIN_PLAIN, query);
    }
    if client
        .batch_execute("SET LOCAL plan_cache_mode = force_generic_plan")
        .is_err()
    {
        return Err(ExplainFailure::Connection);
    }
    explain_with_values(client, query, &vec![None; count])
}

impl HypoPg {
    fn apply(
        &self,
        client: &mut Client,
        change: &HypotheticalChange,
    ) -> Result<Option<HypotheticalIndex>, PlannerError> {
        let sql = change.sql();
        let failed = |error: postgres::Error| match error.as_db_error() {
            Some(error) => PlannerError::Change {
                sql: sql.clone(),
                message: error.message().to_owned(),
                hint: Some(format!("HypoPG {} was asked", self.version)),
            },
            None => gone(&error),
        };
        let schema = &self.schema;
        match change {
            HypotheticalChange::CreateIndex { sql } => {
                let created = rows(
                    client,
                    &format!(
                        "SELECT h.indexname, pg_catalog.ceil({schema}.hypopg_relation_size(h.indexrelid) / 8192.0) \
                         FROM {schema}.hypopg_create_index({}) h",
                        quote_literal(sql)
                    ),
                )
                .map_err(failed)?;
                let mut fields = created
                    .into_iter()
                    .next()
                    .unwrap_or_default()
                    .into_iter()
                    .flatten();
                let name = fields.next().ok_or_else(|| PlannerError::Change {
                    sql: sql.clone(),
                    message: "HypoPG made no index of it".to_owned(),
                    hint: None,
                })?;
                let pages = fields
                    .next()
                    .and_then(|pages| pages.parse().ok())
                    .unwrap_or(0.0);
                Ok(Some(HypotheticalIndex {
                    name,
                    partitions: Vec::new(),
                    sql: sql.clone(),
                    pages,
                    rows: 0.0,
                    used: false,
                }))
            }
            HypotheticalChange::DropIndex { schema: of, name } if self.hides => {
                let full = match of {
                    Some(of) => format!("{}.{}", quote_identifier(of), quote_identifier(name)),
                    None => quote_identifier(name),
                };
                rows(
                    client,
                    &format!(
                        "SELECT {schema}.hypopg_hide_index({}::pg_catalog.regclass::oid)",
                        quote_literal(&full)
                    ),
                )
                .map_err(failed)?;
                Ok(None)
            }
            HypotheticalChange::DropIndex { .. } => Err(PlannerError::Change {
                sql,
                message: format!("HypoPG {} cannot leave an index out; 1.4 can", self.version),
                hint: None,
            }),
        }
    }
}

fn gone(error: &postgres::Error) -> PlannerError {
    PlannerError::ServerGone {
        hint: error.as_db_error().map(|error| error.message().to_owned()),
    }
}

impl Planner for LivePlanner {
    fn plan_with_parameters(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        if changes.is_empty() || self.hypopg.is_some() {
            return self.on_server(query, parameters, changes);
        }
        self.without_data()?
            .plan_with_parameters(query, parameters, changes)
    }

    fn description(&self) -> PlannerDescription {
        let substitute = self
            .without_data
            .as_ref()
            .map(|planner| planner.description());
        PlannerDescription {
            server_version: self.connection.version_text().to_owned(),
            server: ServerKind::Live,
            statistics: StatisticsKind::Live,
            hypothetical_by: match (&self.hypopg, &substitute) {
                (Some(hypopg), _) => Some(format!("HypoPG {}", hypopg.version)),
                (None, Some(substitute)) => substitute.hypothetical_by.clone(),
                (None, None) => None,
            },
            notes: substitute
                .map(|substitute| substitute.notes)
                .unwrap_or_default(),
        }
    }
}
