//! What an index costs on writes.

use crate::catalog::{ColumnId, TableId};
use crate::index::IndexDefinition;
use crate::planner::PlannedQuery;
use crate::query::StatementKind;

use super::workload::Statement;

/// Comparisons on the way down: those of one page by binary search, and 50 operators for each page entered.
/// Source: `btcostestimate` of selfuncs.c (DEFAULT_PAGE_CPU_MULTIPLIER).
const DESCENT_OPERATORS: f64 = 50.0;
const CPU_OPERATOR_COST: f64 = 0.0025;
const CPU_INDEX_TUPLE_COST: f64 = 0.005;
/// The leaf becomes dirty and is written back: one page in sequence, as a checkpoint writes many at once.
const LEAF_WRITE_COST: f64 = 1.0;

/// How many rows of a table a statement writes, and which columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Writes {
    pub table: TableId,
    pub rows: f64,
    /// `None`: whole rows come or go.
    pub columns: Option<Vec<ColumnId>>,
}

/// What a statement writes, by its plan.
pub(super) fn writes(statement: &Statement, plan: &PlannedQuery) -> Option<Writes> {
    let query = &statement.query;
    let (table, columns) = match &query.kind {
        StatementKind::Insert { target, .. } => ((*target)?, None),
        StatementKind::Update {
            target, columns, ..
        } => (query.table_of(*target)?, Some(columns.clone())),
        StatementKind::Delete { target, .. } | StatementKind::Merge { target, .. } => {
            (query.table_of(*target)?, None)
        }
        StatementKind::Select(_) | StatementKind::Other => return None,
    };
    // without RETURNING the topmost node gives no rows
    let rows = plan
        .plan
        .get("Plan")
        .and_then(|root| root.get("Plans"))
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|child| child.get("Plan Rows").and_then(serde_json::Value::as_f64))
        .fold(plan.rows, f64::max)
        .max(1.0);
    Some(Writes {
        table,
        rows,
        columns,
    })
}

/// The cost of one entry written.
pub(super) fn entry_cost(pages: f64) -> f64 {
    // some 200 entries lead from one page to the next level
    let height = (pages.max(1.0).ln() / 200.0_f64.ln()).ceil().max(0.0);
    let comparisons = (pages.max(1.0) * 200.0).log2();
    (DESCENT_OPERATORS * (height + 1.0) + comparisons) * CPU_OPERATOR_COST
        + CPU_INDEX_TUPLE_COST
        + LEAF_WRITE_COST
}

/// What keeping an index up to date costs one call of a statement. `covered` is the share of the table's rows that it
/// holds.
pub(super) fn maintenance(
    writes: &Writes,
    definition: &IndexDefinition,
    pages: f64,
    covered: f64,
) -> f64 {
    let touched = writes.columns.as_ref().is_none_or(|columns| {
        columns.iter().any(|column| {
            definition.include.contains(column)
                || definition
                    .keys
                    .iter()
                    .map(|key| &key.expr)
                    .chain(&definition.predicate)
                    .flat_map(|expr| expr.columns())
                    .any(|used| used.column == column.0)
        })
    });
    if touched {
        writes.rows * covered * entry_cost(pages)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;
    use crate::index::candidate_indexes;
    use crate::query::{BoundSchema, Facts, analyze_text};
    use crate::source::SourceFile;

    #[test]
    fn an_update_of_other_columns_costs_an_index_nothing() {
        let catalog = load_schema(&[SourceFile::new(
            "s.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int);",
        )]);
        let schema = BoundSchema::new(&catalog);
        let query = analyze_text("q.sql", "SELECT id FROM t WHERE a = 1", &catalog).unwrap();
        let on_a = candidate_indexes(&Facts::new(&query, &schema)).remove(0);
        let writes = |columns: Option<Vec<ColumnId>>| Writes {
            table: on_a.table,
            rows: 10.0,
            columns,
        };
        let cost = |columns| maintenance(&writes(columns), &on_a.definition, 1000.0, 1.0);
        assert_eq!(cost(Some(vec![ColumnId(2)])), 0.0);
        assert!(cost(Some(vec![ColumnId(1)])) > 10.0);
        assert_eq!(cost(Some(vec![ColumnId(1)])), cost(None));
    }
}
