//! The statistics of the real tables for the embedded server's empty copy: catalog rows, and the lengths of the files.

use std::collections::HashMap;
use std::path::Path;

use postgres::SimpleQueryMessage;

use super::embedded::{has_known_partitions, unavailable};
use super::explain::{EXPLAIN_PLAIN, explain};
use super::index_statistics::{IndexSize, index_size};
use super::page::Page;
use super::relation_file::RelationFile;
use super::schema_sql::is_stored;
use super::statistics_sql::{RestoreCall, restore_column, restore_columns, restore_relation};
use super::width::estimated_heap_pages;
use super::{PlannedQuery, PlannerError};
use crate::catalog::{Catalog, IndexId, IndexStatistics, QualifiedName, Table};
use crate::sandbox::{SandboxError, Session};

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

/// Sends calls of the restoring functions, many at once; what cannot be used is named in the notes.
fn restore(
    session: &mut Session,
    calls: &[RestoreCall],
    notes: &mut Vec<String>,
) -> Result<(), PlannerError> {
    let mut failed = Vec::new();
    for chunk in calls.chunks(200) {
        let all: Vec<&str> = chunk.iter().map(|call| call.sql.as_str()).collect();
        match session.simple_query(&format!("SELECT {}", all.join(", "))) {
            Ok(messages) => {
                let row = messages.iter().find_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                failed.extend(
                    chunk
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| row.is_some_and(|row| row.get(*at) == Some("f")))
                        .map(|(_, call)| format!("{} (a value does not fit its type)", call.of)),
                );
            }
            Err(_) => {
                for call in chunk {
                    if let Err(error) = session.batch_execute(&format!("SELECT {}", call.sql)) {
                        let Some(error) = error.as_db_error() else {
                            return Err(unavailable(SandboxError::from(error)));
                        };
                        failed.push(format!("{} ({})", call.of, error.message()));
                    }
                }
            }
        }
    }
    if !failed.is_empty() {
        let more = failed.len().saturating_sub(3);
        failed.truncate(3);
        if more > 0 {
            failed.push(format!("and {more} more"));
        }
        notes.push(format!(
            "statistics that could not be used, or not as a whole: {}",
            failed.join("; ")
        ));
    }
    Ok(())
}

pub(super) fn restore_tables(
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
pub(super) fn index_sizes(session: &mut Session, catalog: &Catalog) -> HashMap<IndexId, IndexSize> {
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

pub(super) fn restore_indexes(
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
pub(super) fn relation_files(
    session: &mut Session,
) -> Result<HashMap<QualifiedName, String>, PlannerError> {
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

pub(super) fn set_heap_files(
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

pub(super) fn set_index_files(
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
