//! Indexes that exist and that a workload gives no reason for.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Index, IndexId, IndexMethod, TableId};
use crate::index::IndexDefinition;
use crate::planner::PlannedQuery;
use crate::query::BoundSchema;

use super::cost::Sized;
use super::workload::Statement;

/// An index to have a look at.
#[derive(Debug, Clone, PartialEq)]
pub struct SuperfluousIndex {
    /// `schema.index`.
    pub index: String,
    /// `schema.table`.
    pub table: String,
    pub sql: String,
    /// Where it is known.
    pub bytes: Option<f64>,
    pub reason: String,
}

/// Indexes of the workload's tables that no plan reads, or whose keys an advised index begins with. Those behind
/// constraints, of foreign keys and of replica identity are not among them.
pub(super) fn superfluous(
    catalog: &Catalog,
    schema: &BoundSchema<'_>,
    statements: &[Statement],
    plans: &[&PlannedQuery],
    taken: &[Sized],
) -> Vec<SuperfluousIndex> {
    let tables: BTreeSet<TableId> = statements
        .iter()
        .flat_map(|statement| statement.tables.iter().copied())
        .collect();
    let names: BTreeSet<&str> = plans
        .iter()
        .flat_map(|plan| plan.indexes.iter().map(String::as_str))
        .collect();
    catalog
        .indexes()
        .filter(|index| tables.contains(&index.table) && index.parent.is_none())
        .filter(|index| !is_fixed(catalog, index))
        .filter_map(|index| {
            let covering = taken
                .iter()
                .find(|taken| begins_with(schema, taken, index))
                .map(|taken| taken.candidate.sql.clone());
            let reason = match covering {
                Some(sql) => format!(
                    "its keys lead {}",
                    sql.trim_start_matches("CREATE INDEX ON ")
                ),
                None if serves_foreign_key(catalog, index) || is_read(catalog, index, &names) => {
                    return None;
                }
                None => "no statement of this workload reads it".to_owned(),
            };
            Some(SuperfluousIndex {
                index: index.name.to_string(),
                table: catalog.table(index.table).name.to_string(),
                sql: format!("DROP INDEX {}", index.name.to_sql()),
                bytes: index
                    .statistics
                    .as_ref()
                    .map(|statistics| statistics.pages * 8192.0),
                reason,
            })
        })
        .collect()
}

/// Whether an index does more than find rows.
fn is_fixed(catalog: &Catalog, index: &Index) -> bool {
    index.unique
        || index.constraint.is_some()
        || catalog.table(index.table).replica_identity == Some(index.id)
}

/// Whether a foreign key looks its rows up by it when the other table's rows are deleted.
fn serves_foreign_key(catalog: &Catalog, index: &Index) -> bool {
    let leading: Vec<_> = index.leading_columns().collect();
    catalog.table(index.table).foreign_keys.iter().any(|key| {
        leading
            .get(..key.columns.len())
            .is_some_and(|first| key.columns.iter().all(|column| first.contains(column)))
    })
}

fn is_read(catalog: &Catalog, index: &Index, names: &BTreeSet<&str>) -> bool {
    let parts = |id: IndexId| {
        catalog
            .indexes()
            .filter(move |part| part.parent == Some(id))
    };
    names.contains(index.name.name.as_str())
        || parts(index.id).any(|part| {
            names.contains(part.name.name.as_str())
                || parts(part.id).any(|part| names.contains(part.name.name.as_str()))
        })
}

/// Whether an advised index can be read wherever an existing one can: it has the same keys at its beginning.
fn begins_with(schema: &BoundSchema<'_>, taken: &Sized, index: &Index) -> bool {
    if index.table != taken.candidate.table || index.method != IndexMethod::Btree {
        return false;
    }
    IndexDefinition::existing(schema, index).is_some_and(|existing| {
        existing.predicate.is_empty() && taken.candidate.definition.contains(&existing)
    })
}
