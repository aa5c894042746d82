use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage};
use serde_json::Value;

use super::explain::{
    EXPLAIN_GENERIC, EXPLAIN_PLAIN, ExplainFailure, explain, explain_with_values,
};
use super::hypothetical::Hypothetical;
use super::index_statistics::{IndexSize, index_size};
use super::page::Page;
use super::relation_file::RelationFile;
use super::schema_sql::{SchemaSql, foreign_types, is_stored};
use super::statistics_sql::{restore_column, restore_columns, restore_relation};
use super::width::estimated_heap_pages;
use super::{
    HypotheticalChange, HypotheticalIndex, Parameters, PlannedQuery, Planner, PlannerDescription,
    PlannerError, ServerKind, StatisticsKind,
};
use crate::catalog::{Catalog, IndexId, IndexStatistics, QualifiedName, Table, TableKind};
use crate::sandbox::{SandboxError, Server, ServerOptions, Session};

/// The database of the copy.
const DATABASE: &str = "postgres";
/// Settings of the source that plans depend on; others stay with it.
const PLANNER_SETTINGS: &[&str] = &[
    "seq_page_cost",
    "random_page_cost",
    "cpu_tuple_cost",
    "cpu_index_tuple_cost",
    "cpu_operator_cost",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "min_parallel_table_scan_size",
    "min_parallel_index_scan_size",
    "effective_cache_size",
    "work_mem",
    "hash_mem_multiplier",
    "max_parallel_workers_per_gather",
    "max_parallel_workers",
    "parallel_leader_participation",
    "default_statistics_target",
    "constraint_exclusion",
    "cursor_tuple_fraction",
    "from_collapse_limit",
    "join_collapse_limit",
    "geqo",
    "geqo_threshold",
    "effective_io_concurrency",
    "enable_async_append",
    "enable_bitmapscan",
    "enable_gathermerge",
    "enable_hashagg",
    "enable_hashjoin",
    "enable_incremental_sort",
    "enable_indexscan",
    "enable_indexonlyscan",
    "enable_material",
    "enable_memoize",
    "enable_mergejoin",
    "enable_nestloop",
    "enable_parallel_append",
    "enable_parallel_hash",
    "enable_partition_pruning",
    "enable_partitionwise_join",
    "enable_partitionwise_aggregate",
    "enable_presorted_aggregate",
    "enable_seqscan",
    "enable_sort",
    "enable_tidscan",
    "TimeZone",
    "DateStyle",
];

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
            self.forget()?;
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

    /// Takes the changes back.
    fn forget(&mut self) -> Result<(), PlannerError> {
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

fn unavailable(error: SandboxError) -> PlannerError {
    PlannerError::Unavailable {
        message: error.to_string(),
    }
}

fn has_known_partitions(catalog: &Catalog, table: &Table) -> bool {
    matches!(table.kind, TableKind::Partitioned { .. })
        && catalog
            .tables()
            .any(|partition| partition.partition_of == Some(table.id))
}

/// Those of the source; where they are not known, PostgreSQL's defaults, which the embedded server lowers for some.
fn planner_settings(catalog: &Catalog) -> Vec<(String, String)> {
    let mut settings = vec![
        ("max_parallel_workers_per_gather".to_owned(), "2".to_owned()),
        ("max_parallel_workers".to_owned(), "8".to_owned()),
        ("jit".to_owned(), "off".to_owned()),
        ("plan_cache_mode".to_owned(), "force_custom_plan".to_owned()),
        ("check_function_bodies".to_owned(), "off".to_owned()),
        ("client_min_messages".to_owned(), "warning".to_owned()),
    ];
    for (name, value) in &catalog.server.settings {
        if PLANNER_SETTINGS.contains(&name.as_str()) {
            settings.retain(|(known, _)| known != name);
            settings.push((name.clone(), value.clone()));
        }
    }
    if !catalog.search_path.is_empty() {
        let path: Vec<String> = catalog
            .search_path
            .iter()
            .map(|name| crate::catalog::quote_identifier(name))
            .collect();
        settings.push(("search_path".to_owned(), path.join(", ")));
    }
    settings
}

/// The planner treats LIKE and `~` by whether the database's collation is C. The embedded server sorts by code point
/// whatever the name is; where the source's is not known, it is taken to be en_US.UTF-8, as mostly in production.
fn set_collation(session: &mut Session, catalog: &Catalog) -> Result<(), PlannerError> {
    let name = match catalog.server.collation.as_deref() {
        Some("C" | "POSIX") => "C",
        _ => "en_US.UTF-8",
    };
    session
        .batch_execute(&format!(
            "UPDATE pg_catalog.pg_database SET datcollate = '{name}', datctype = '{name}', datcollversion = NULL \
             WHERE datname = pg_catalog.current_database()"
        ))
        .map_err(|error| unavailable(SandboxError::from(error)))
}

fn load_schema(
    session: &mut Session,
    catalog: &Catalog,
    notes: &mut Vec<String>,
) -> Result<(), PlannerError> {
    let mut refused = Vec::new();
    let extensions: HashSet<&str> = catalog.extensions.iter().map(String::as_str).collect();
    let extensions: Vec<String> = extensions
        .into_iter()
        .map(|name| {
            format!(
                "CREATE EXTENSION IF NOT EXISTS {}",
                crate::catalog::quote_identifier(name)
            )
        })
        .collect();
    run_all(session, &extensions, &mut refused)?;
    if !refused.is_empty() {
        notes.push(format!(
            "extensions that the embedded server does not have: {}",
            summary(&refused, 20)
        ));
    }
    let opaque = unknown_types(session, catalog)?;
    if !opaque.is_empty() {
        let mut names: Vec<&str> = opaque.iter().map(String::as_str).collect();
        names.sort_unstable();
        notes.push(format!(
            "types that the embedded server does not have are planned as text: {}",
            names.join(", ")
        ));
    }
    let schema = SchemaSql::new(catalog, &opaque);
    let mut refused = Vec::new();
    run_all(session, &schema.statements, &mut refused)?;
    if !refused.is_empty() {
        notes.push(format!("left out of the schema: {}", summary(&refused, 5)));
    }
    Ok(())
}

/// Runs everything in one transaction; where that fails, statement by statement, without those that are refused.
fn run_all(
    session: &mut Session,
    statements: &[String],
    refused: &mut Vec<(String, String)>,
) -> Result<(), PlannerError> {
    if statements.is_empty() {
        return Ok(());
    }
    let all = format!("BEGIN;\n{};\nCOMMIT", statements.join(";\n"));
    let Err(error) = session.batch_execute(&all) else {
        return Ok(());
    };
    if error.as_db_error().is_none() {
        return Err(unavailable(SandboxError::from(error)));
    }
    // Nothing to roll back where the text could not be parsed at all.
    let _ = session.batch_execute("ROLLBACK");
    for statement in statements {
        if let Err(error) = session.batch_execute(statement) {
            let Some(message) = error.as_db_error().map(|error| error.message().to_owned()) else {
                return Err(unavailable(SandboxError::from(error)));
            };
            refused.push((statement.clone(), message));
        }
    }
    Ok(())
}

fn summary(refused: &[(String, String)], limit: usize) -> String {
    let mut parts: Vec<String> = refused
        .iter()
        .take(limit)
        .map(|(statement, message)| {
            let start: String = statement.chars().take(60).collect();
            format!("{start} ({message})")
        })
        .collect();
    if refused.len() > limit {
        parts.push(format!("and {} more", refused.len() - limit));
    }
    parts.join("; ")
}

fn unknown_types(
    session: &mut Session,
    catalog: &Catalog,
) -> Result<HashSet<String>, PlannerError> {
    let mut unknown = HashSet::new();
    for name in foreign_types(catalog) {
        // A type with a modifier (vector(3)) is known by its name alone.
        let bare = name.split('(').next().unwrap_or(&name).trim().to_owned();
        let known = session
            .query_one("SELECT pg_catalog.to_regtype($1) IS NOT NULL", &[&bare])
            .map(|row| row.get::<_, bool>(0))
            // Not a name that can be looked up.
            .unwrap_or(false);
        if !known {
            unknown.insert(name);
        }
    }
    Ok(unknown)
}

/// Pages and rows of a table as the planner is to see them: as they are known, or estimated from rows and widths.
fn heap_size(catalog: &Catalog, table: &Table) -> Option<(f64, f64, f64)> {
    let statistics = table.statistics.as_ref()?;
    let pages = statistics
        .pages
        .unwrap_or_else(|| estimated_heap_pages(catalog, &table.columns, statistics.rows));
    // Statistics by hand say nothing of VACUUM: taken as done.
    let visible = statistics
        .all_visible_pages
        .unwrap_or(if statistics.pages.is_some() {
            0.0
        } else {
            pages
        });
    Some((pages, statistics.rows, visible))
}

/// Sends calls of the restoring functions, many at once; those that are refused are counted in the notes.
fn restore(
    session: &mut Session,
    calls: &[String],
    notes: &mut Vec<String>,
) -> Result<(), PlannerError> {
    let mut failed = Vec::new();
    for chunk in calls.chunks(200) {
        let sql = format!("SELECT {}", chunk.join(", "));
        if session.batch_execute(&sql).is_err() {
            for call in chunk {
                if let Err(error) = session.batch_execute(&format!("SELECT {call}")) {
                    let Some(error) = error.as_db_error() else {
                        return Err(unavailable(SandboxError::from(error)));
                    };
                    failed.push(error.message().to_owned());
                }
            }
        }
    }
    if !failed.is_empty() {
        let count = failed.len();
        failed.dedup();
        failed.truncate(3);
        notes.push(format!(
            "{count} statistics could not be used: {}",
            failed.join("; ")
        ));
    }
    Ok(())
}

fn restore_tables(
    session: &mut Session,
    catalog: &Catalog,
    notes: &mut Vec<String>,
) -> Result<(), PlannerError> {
    let mut calls = Vec::new();
    for table in catalog.tables().filter(|table| is_stored(table)) {
        if let Some((pages, rows, visible)) = heap_size(catalog, table) {
            calls.push(restore_relation(&table.name, pages, rows, visible));
        }
        calls.extend(restore_columns(
            &table.name,
            &table.columns,
            has_known_partitions(catalog, table),
        ));
    }
    restore(session, &calls, notes)?;
    super::extended_statistics::restore(session, catalog, notes);
    Ok(())
}

/// Sizes of all indexes: known, or estimated; the rows of a partial index as the planner estimates its predicate.
fn index_sizes(session: &mut Session, catalog: &Catalog) -> HashMap<IndexId, IndexSize> {
    let mut sizes = HashMap::new();
    // The indexes of a partitioned table have no storage; those of its partitions have.
    for table in catalog
        .tables()
        .filter(|table| is_stored(table) && !has_known_partitions(catalog, table))
    {
        for index in catalog.indexes_of(table).filter(|index| index.valid) {
            let partial_rows = match &index.predicate {
                Some(predicate)
                    if !index
                        .statistics
                        .as_ref()
                        .is_some_and(IndexStatistics::is_counted) =>
                {
                    let query = format!(
                        "SELECT FROM {} WHERE {}",
                        table.name.to_sql(),
                        predicate.text
                    );
                    explain(session, EXPLAIN_PLAIN, &query)
                        .ok()
                        .and_then(|explained| PlannedQuery::from_explain(explained, Vec::new()))
                        .map(|plan| plan.rows)
                }
                _ => None,
            };
            if let Some(size) = index_size(catalog, table, index, partial_rows) {
                sizes.insert(index.id, size);
            }
        }
    }
    sizes
}

fn restore_indexes(
    session: &mut Session,
    catalog: &Catalog,
    sizes: &HashMap<IndexId, IndexSize>,
    notes: &mut Vec<String>,
) -> Result<(), PlannerError> {
    let mut calls = Vec::new();
    for index in catalog.indexes() {
        if let Some(size) = sizes.get(&index.id) {
            calls.push(restore_relation(&index.name, size.pages, size.rows, 0.0));
        }
        let expressions = index
            .statistics
            .iter()
            .flat_map(|statistics| &statistics.expressions);
        for (position, statistics) in expressions {
            if let Some(name) = index_column_name(session, &index.name, *position) {
                calls.extend(restore_column(&index.name, &name, false, statistics));
            }
        }
    }
    restore(session, &calls, notes)
}

/// What the server calls a column of an index, by its position from 0.
fn index_column_name(
    session: &mut Session,
    index: &QualifiedName,
    position: usize,
) -> Option<String> {
    let number = i16::try_from(position + 1).ok()?;
    session
        .query_opt(
            "SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass($1) AND attnum = $2",
            &[&index.to_sql(), &number],
        )
        .ok()
        .flatten()
        .and_then(|row| row.try_get(0).ok())
}

/// Paths of all relation files of the copy, by name.
fn relation_files(session: &mut Session) -> Result<HashMap<QualifiedName, String>, PlannerError> {
    let messages = session
        .simple_query(
            "SELECT n.nspname, c.relname, pg_catalog.pg_relation_filepath(c.oid) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid >= 16384 AND c.relkind IN ('r', 'i', 'm') AND n.nspname NOT LIKE 'pg\\_%'",
        )
        .map_err(|error| unavailable(SandboxError::from(error)))?;
    Ok(messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((
                QualifiedName::new(row.get(0)?, row.get(1)?),
                row.get(2)?.to_owned(),
            )),
            _ => None,
        })
        .collect())
}

fn set_heap_files(
    catalog: &Catalog,
    data: &Path,
    files: &HashMap<QualifiedName, String>,
) -> std::io::Result<()> {
    for table in catalog.tables().filter(|table| is_stored(table)) {
        if let (Some(path), Some((pages, _, _))) =
            (files.get(&table.name), heap_size(catalog, table))
        {
            let length = table
                .statistics
                .as_ref()
                .and_then(|statistics| statistics.file_pages)
                .unwrap_or(pages);
            RelationFile::new(data, path).set_pages(length.max(0.0) as u64)?;
        }
    }
    Ok(())
}

fn set_index_files(
    catalog: &Catalog,
    data: &Path,
    files: &HashMap<QualifiedName, String>,
    sizes: &HashMap<IndexId, IndexSize>,
) -> std::io::Result<()> {
    for index in catalog.indexes() {
        let (Some(path), Some(size)) = (files.get(&index.name), sizes.get(&index.id)) else {
            continue;
        };
        let file = RelationFile::new(data, path);
        let pages = size.file_pages.max(0.0) as u64;
        if let Some(counts) = size.gin {
            file.create_with(&Page::gin_metapage(counts), pages.max(1))?;
            continue;
        }
        if pages == 0 {
            continue;
        }
        let mut least = 1;
        if let Some(level) = size.level.filter(|_| pages > 1)
            && file.set_btree_level(level)?
        {
            least = u64::from(level) + 2;
        }
        file.set_pages(pages.max(least))?;
    }
    Ok(())
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
