//! How the indexes that there are serve a set of conditions, and how many rows that leaves.

use crate::catalog::{Catalog, Column, Index, IndexMethod, Table, TableKind};
use crate::index::{Estimator, literal_text, table_pages};
use crate::query::{BinaryOp, BoundSchema, ColumnRef, Expr, ExprKind, RelationId};
use crate::rules::StatementContext;
use crate::source::Span;

use super::operator_types::{cast_of_column, value_type};

/// Fraction of the rows that hold one value where statistics are missing. Source: DEFAULT_NUM_DISTINCT of selfuncs.h.
const ASSUMED_EQUALITY: f64 = 0.005;
/// Source: DEFAULT_INEQ_SEL of selfuncs.h.
const ASSUMED_RANGE: f64 = 1.0 / 3.0;
/// Source: DEFAULT_RANGE_INEQ_SEL of selfuncs.h.
const ASSUMED_CLOSED_RANGE: f64 = 0.005;

/// Conditions that are looked at beside another: each of a long row would look at all others.
const MOST_CONDITIONS: usize = 200;

/// A condition as an index on its key would use it.
pub(super) struct Bound {
    /// Over the relation's columns, in key form.
    pub key: Expr,
    pub equality: bool,
    /// Fraction of the rows that it leaves.
    pub fraction: f64,
}

/// What the best index leaves to read.
pub(super) struct Access {
    pub fraction: f64,
    pub unique: bool,
}

/// An expression without the casts that PostgreSQL adds by itself, so that a query's and an index's can be compared.
pub(super) fn key_form(context: &StatementContext<'_>, expr: &Expr) -> Expr {
    crate::index::key_form(context.catalog, expr)
}

/// The column of a table that a reference means.
pub(super) fn column_of(table: &Table, column: ColumnRef) -> Option<&Column> {
    table.columns.get(column.column)
}

/// Rows of a table, where statistics are there.
pub(super) fn rows_of(table: &Table) -> Option<f64> {
    table.statistics.as_ref().map(|statistics| statistics.rows)
}

/// Pages of a table, where statistics are there.
pub(super) fn pages_of(catalog: &Catalog, table: &Table) -> Option<f64> {
    rows_of(table).map(|rows| table_pages(catalog, table, rows))
}

/// Fraction of the rows in which a column has a value, known or not.
pub(super) fn equality_fraction(
    catalog: &Catalog,
    table: &Table,
    column: ColumnRef,
    value: Option<&str>,
) -> f64 {
    let key = ExprKind::Column(ColumnRef {
        relation: BoundSchema::TABLE,
        column: column.column,
    });
    Estimator::new(catalog, table).equality(&Expr::new(key, Span::default()), value)
}

/// The bounds that conditions put on a relation's columns and expressions.
pub(super) fn bounds(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    conditions: &[Expr],
) -> Vec<Bound> {
    let mut found = Vec::new();
    for condition in conditions.iter().take(MOST_CONDITIONS) {
        add_bounds(context, table, relation, condition, &mut found);
    }
    // two open ranges on one key are a closed one
    let mut merged: Vec<Bound> = Vec::new();
    for bound in found {
        if bound.equality {
            merged.push(bound);
            continue;
        }
        match merged
            .iter_mut()
            .find(|known| !known.equality && known.key == bound.key)
        {
            Some(known) => known.fraction = known.fraction.min(ASSUMED_CLOSED_RANGE),
            None => merged.push(bound),
        }
    }
    merged
}

fn add_bounds(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    condition: &Expr,
    found: &mut Vec<Bound>,
) {
    let mine = |expr: &Expr| expr.reads_only(relation);
    let apart = |expr: &Expr| !expr.reads(relation);
    let comparable = |key: &Expr, value: &Expr| match (&key.data_type, value_type(value)) {
        (Some(key), Some(value)) => cast_of_column(context.catalog, key, value).is_none(),
        _ => true,
    };
    let fraction = |key: &Expr, value: Option<&Expr>| {
        let text = value.and_then(literal_text);
        match key.as_column() {
            Some(column) => equality_fraction(context.catalog, table, column, text.as_deref()),
            None => ASSUMED_EQUALITY,
        }
    };
    let mut add = |key: &Expr, equality: bool, fraction: f64| {
        found.push(Bound {
            key: key_form(context, key),
            equality,
            fraction: fraction.min(1.0),
        });
    };
    match &condition.kind {
        ExprKind::And(arms) => {
            for arm in arms {
                add_bounds(context, table, relation, arm, found);
            }
        }
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            let (key, value, op) = if mine(left) && apart(right) {
                (left, right, op.clone())
            } else if mine(right) && apart(left) {
                match op.commuted() {
                    Some(op) => (right, left, op),
                    None => return,
                }
            } else {
                return;
            };
            if !comparable(key, value) || value.has_subquery() && op != BinaryOp::Eq {
                return;
            }
            match op {
                BinaryOp::Eq => add(key, true, fraction(key, Some(value))),
                BinaryOp::NotEq => {}
                _ => add(key, false, ASSUMED_RANGE),
            }
        }
        ExprKind::InList {
            operand,
            list,
            negated: false,
        } if mine(operand)
            && list
                .iter()
                .all(|value| apart(value) && comparable(operand, value)) =>
        {
            let sum = list
                .iter()
                .map(|value| fraction(operand, Some(value)))
                .sum();
            add(operand, true, sum);
        }
        ExprKind::QuantifiedArray {
            op: BinaryOp::Eq,
            operand,
            array,
            all: false,
        } if mine(operand) && apart(array) => {
            add(operand, true, 10.0 * fraction(operand, None));
        }
        ExprKind::Between {
            operand,
            low,
            high,
            negated: false,
        } if mine(operand) && comparable(operand, low) && comparable(operand, high) => {
            add(operand, false, ASSUMED_CLOSED_RANGE);
        }
        ExprKind::IsNull {
            operand,
            negated: false,
        } if mine(operand) => {
            let nulls = operand
                .as_column()
                .and_then(|column| column_of(table, column))
                .and_then(|column| column.statistics.as_ref())
                .map_or(ASSUMED_EQUALITY, |statistics| statistics.null_fraction);
            add(operand, true, nulls);
        }
        ExprKind::Column(column) if column.relation == relation => {
            add(
                condition,
                true,
                equality_fraction(context.catalog, table, *column, Some("true")),
            );
        }
        ExprKind::Not(operand) => {
            if let Some(column) = operand
                .as_column()
                .filter(|column| column.relation == relation)
            {
                add(
                    operand,
                    true,
                    equality_fraction(context.catalog, table, column, Some("false")),
                );
            }
        }
        _ => {}
    }
}

/// Whether an index may be used under conditions: it is valid, and its predicate follows from them.
pub(super) fn is_applicable(
    context: &StatementContext<'_>,
    relation: RelationId,
    index: &Index,
    conditions: &[&Expr],
) -> bool {
    if !index.valid {
        return false;
    }
    let Some(bound) = context.schema.index(index.id) else {
        return false;
    };
    let predicate: Vec<Expr> = bound
        .predicate
        .iter()
        .map(|conjunct| BoundSchema::for_relation(conjunct, relation))
        .collect();
    context.facts.implies_all(conditions, &predicate)
}

/// The keys of an index over a relation's columns, in key form.
pub(super) fn index_keys(
    context: &StatementContext<'_>,
    relation: RelationId,
    index: &Index,
) -> Vec<Expr> {
    context
        .schema
        .index(index.id)
        .map_or_else(Vec::new, |bound| {
            bound
                .keys
                .iter()
                .map(|key| key_form(context, &BoundSchema::for_relation(key, relation)))
                .collect()
        })
}

/// The cheapest way that the indexes give to the rows that pass `conditions`; `None` where no index helps.
pub(super) fn best_access(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    conditions: &[Expr],
) -> Option<Access> {
    let bounds = bounds(context, table, relation, conditions);
    let premises: Vec<&Expr> = conditions.iter().collect();
    let mut best: Option<Access> = None;
    for index in context.catalog.indexes_of(table) {
        if !is_applicable(context, relation, index, &premises) {
            continue;
        }
        let Some(access) = access_by(context, relation, index, &bounds) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|best| access.fraction < best.fraction)
        {
            best = Some(access);
        }
    }
    best
}

fn access_by(
    context: &StatementContext<'_>,
    relation: RelationId,
    index: &Index,
    bounds: &[Bound],
) -> Option<Access> {
    let keys = index_keys(context, relation, index);
    let mut fraction = 1.0;
    let mut matched = 0;
    for key in &keys {
        if let Some(bound) = bounds
            .iter()
            .find(|bound| bound.equality && bound.key == *key)
        {
            fraction *= bound.fraction;
            matched += 1;
            continue;
        }
        if let Some(range) = bounds.iter().find(|bound| bound.key == *key)
            && index.method != IndexMethod::Hash
        {
            fraction *= range.fraction;
            return Some(Access {
                fraction,
                unique: false,
            });
        }
        if !matches!(index.method, IndexMethod::Btree | IndexMethod::Hash) {
            continue;
        }
        break;
    }
    (matched > 0).then_some(Access {
        fraction,
        unique: index.unique && index.predicate.is_none() && matched == keys.len(),
    })
}

/// An index whose part to read a comparison of the bare `column` would bound: the keys before it have equalities.
pub(super) fn index_on_column<'a>(
    context: &StatementContext<'a>,
    table: &Table,
    column: ColumnRef,
    conditions: &[Expr],
) -> Option<&'a Index> {
    let catalog: &'a crate::catalog::Catalog = context.catalog;
    let bounds = bounds(context, table, column.relation, conditions);
    let premises: Vec<&Expr> = conditions.iter().collect();
    table
        .indexes
        .iter()
        .map(|id| catalog.index(*id))
        .filter(|index| {
            matches!(
                index.method,
                IndexMethod::Btree | IndexMethod::Hash | IndexMethod::Brin
            )
        })
        .filter(|index| is_applicable(context, column.relation, index, &premises))
        .find(|index| {
            let keys = index_keys(context, column.relation, index);
            keys.iter()
                .find(|key| {
                    key.as_column() == Some(column)
                        || !bounds
                            .iter()
                            .any(|bound| bound.equality && bound.key == **key)
                })
                .is_some_and(|key| key.as_column() == Some(column))
        })
}

/// Whether an index holds an expression where a comparison of it could bound what is read.
pub(super) fn is_indexed(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    key: &Expr,
    conditions: &[Expr],
) -> bool {
    let wanted = key_form(context, key);
    let premises: Vec<&Expr> = conditions.iter().collect();
    context.catalog.indexes_of(table).any(|index| {
        is_applicable(context, relation, index, &premises)
            && index_keys(context, relation, index).contains(&wanted)
    })
}

/// Whether a table is one that indexes can be made on.
pub(super) fn can_be_indexed(table: &Table) -> bool {
    matches!(
        table.kind,
        TableKind::Ordinary | TableKind::Partitioned { .. } | TableKind::MaterializedView { .. }
    )
}
