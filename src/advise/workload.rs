use std::collections::BTreeSet;

use crate::catalog::{Catalog, TableId};
use crate::query::{Query, StatementKind, analyze};
use crate::rewrite::numbered;
use crate::source::StatementText;

use super::LeftOut;

/// One statement of a workload.
#[derive(Debug, Clone)]
pub struct WorkloadStatement {
    pub text: StatementText,
    /// How often it runs, relative to the others.
    pub calls: f64,
}

/// A statement that can be planned.
#[derive(Debug)]
pub(super) struct Statement {
    pub text: StatementText,
    pub calls: f64,
    pub query: Query,
    /// With placeholders that PostgreSQL knows.
    pub sql: String,
    /// The tables that it reads or writes; partitions and their partitioned table count as one another.
    pub tables: BTreeSet<TableId>,
}

/// The statements that can be planned; those that cannot are named with the reason.
pub(super) fn read(
    workload: &[WorkloadStatement],
    catalog: &Catalog,
) -> (Vec<Statement>, Vec<LeftOut>) {
    let mut statements = Vec::new();
    let mut left_out = Vec::new();
    for one in workload {
        let mut leave = |reason: String| {
            left_out.push(LeftOut {
                statement: one.text.clone(),
                reason,
            });
        };
        match analyze(&one.text, catalog) {
            Err(error) => leave(error.to_string()),
            Ok(query) if matches!(query.kind, StatementKind::Other) => {
                leave("it has no plan of its own".to_owned());
            }
            Ok(query) => {
                let sql = numbered(&query, catalog).sql;
                let tables = tables(&query, catalog);
                statements.push(Statement {
                    text: one.text.clone(),
                    calls: one.calls,
                    query,
                    sql,
                    tables,
                });
            }
        }
    }
    (statements, left_out)
}

fn tables(query: &Query, catalog: &Catalog) -> BTreeSet<TableId> {
    let mut tables: BTreeSet<TableId> = query
        .relations
        .iter()
        .filter_map(|relation| query.table_of(relation.id))
        .collect();
    if let StatementKind::Insert { target, .. } = &query.kind {
        tables.extend(target);
    }
    let mut all = tables.clone();
    for table in tables {
        all.extend(catalog.children_of(table));
        all.extend(catalog.table(table).partition_of);
    }
    all
}
