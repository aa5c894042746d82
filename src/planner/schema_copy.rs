//! The embedded server's empty copy of a schema: settings, collation, extensions, types, tables, indexes, views.

use std::collections::HashSet;

use super::PlannerError;
use super::embedded::unavailable;
use super::schema_sql::{SchemaSql, foreign_types};
use crate::catalog::Catalog;
use crate::sandbox::{SandboxError, Session};

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

/// Those of the source; where they are not known, PostgreSQL's defaults, which the embedded server lowers for some.
pub(super) fn planner_settings(catalog: &Catalog) -> Vec<(String, String)> {
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
pub(super) fn set_collation(session: &mut Session, catalog: &Catalog) -> Result<(), PlannerError> {
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

pub(super) fn load_schema(
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
