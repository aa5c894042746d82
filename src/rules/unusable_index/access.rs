//! How the indexes that there are serve a set of conditions, and how many rows that leaves.

use crate::catalog::{Column, ColumnId, Index, IndexMethod, Table, TableKind, Type};
use crate::query::{
    BinaryOp, BoundSchema, ColumnRef, Expr, ExprKind, Literal, RelationId, UnaryOp,
};
use crate::rules::StatementContext;

use super::operator_types::{cast_of_column, is_relabelling, value_type};

/// Fraction of the rows that hold one value where statistics are missing. Source: DEFAULT_NUM_DISTINCT of selfuncs.h.
const ASSUMED_EQUALITY: f64 = 0.005;
/// Source: DEFAULT_INEQ_SEL of selfuncs.h.
const ASSUMED_RANGE: f64 = 1.0 / 3.0;
/// Source: DEFAULT_RANGE_INEQ_SEL of selfuncs.h.
const ASSUMED_CLOSED_RANGE: f64 = 0.005;
/// Bytes of a row that are not its values: tuple header, item pointer.
const ROW_OVERHEAD: f64 = 28.0;
const PAGE_BYTES: f64 = 8192.0;

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
    let mut copy = expr.clone();
    strip(context, &mut copy);
    copy
}

fn strip(context: &StatementContext<'_>, expr: &mut Expr) {
    while let ExprKind::Cast { operand, data_type } = &expr.kind {
        let literal = matches!(operand.kind, ExprKind::Literal(Literal::String(_)));
        let relabelled = operand
            .data_type
            .as_ref()
            .is_some_and(|from| is_relabelling(context.catalog, from, data_type));
        if !literal && !relabelled {
            break;
        }
        *expr = (**operand).clone();
    }
    for child in expr.children_mut() {
        strip(context, child);
    }
}

/// The text of a constant as the statistics write values.
pub(super) fn literal_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text) | Literal::Number(text)) => Some(text.clone()),
        ExprKind::Literal(Literal::Boolean(value)) => Some(value.to_string()),
        ExprKind::Cast { operand, .. } => literal_text(operand),
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => literal_text(operand).map(|text| format!("-{text}")),
        _ => None,
    }
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
pub(super) fn pages_of(table: &Table) -> Option<f64> {
    let statistics = table.statistics.as_ref()?;
    if let Some(pages) = statistics.pages {
        return Some(pages);
    }
    let width: f64 = table.columns.iter().map(column_width).sum();
    Some((statistics.rows * (width + ROW_OVERHEAD) / PAGE_BYTES).ceil())
}

fn column_width(column: &Column) -> f64 {
    let known = column
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.width);
    known.unwrap_or(match column.data_type {
        Type::Bool => 1.0,
        Type::Int2 => 2.0,
        Type::Int4 | Type::Float4 | Type::Date => 4.0,
        Type::Int8 | Type::Float8 | Type::Timestamp | Type::TimestampTz => 8.0,
        Type::Uuid | Type::Interval => 16.0,
        _ => 24.0,
    })
}

/// Fraction of the rows in which a column has a value, known or not. Source: var_eq_const of selfuncs.c.
pub(super) fn equality_fraction(table: &Table, column: &Column, value: Option<&str>) -> f64 {
    let rows = rows_of(table);
    let Some(statistics) = &column.statistics else {
        return match rows {
            Some(rows) if is_unique(table, column) => 1.0 / rows.max(1.0),
            _ if column.data_type == Type::Bool => 0.5,
            _ => ASSUMED_EQUALITY,
        };
    };
    if let Some(frequency) = value.and_then(|value| statistics.frequency(value)) {
        return frequency;
    }
    let rows = rows.unwrap_or(100_000.0).max(1.0);
    let Some(distinct) = statistics.distinct_values(rows) else {
        return ASSUMED_EQUALITY;
    };
    let listed: f64 = statistics.most_common.iter().map(|(_, f)| f).sum();
    let rest =
        (1.0 - statistics.null_fraction - if value.is_some() { listed } else { 0.0 }).max(0.0);
    let others = if value.is_some() {
        distinct - statistics.most_common.len() as f64
    } else {
        distinct
    };
    (rest / others.max(1.0)).clamp(1.0 / rows, 1.0)
}

fn is_unique(table: &Table, column: &Column) -> bool {
    let single = |columns: &[ColumnId]| matches!(columns, [only] if table.columns.get(only.0).is_some_and(|own| own.name == column.name));
    table
        .primary_key
        .iter()
        .chain(&table.unique_keys)
        .any(|key| single(&key.columns))
}

/// The bounds that conditions put on a relation's columns and expressions.
pub(super) fn bounds(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    conditions: &[Expr],
) -> Vec<Bound> {
    let mut found = Vec::new();
    for condition in conditions {
        add_bounds(context, table, relation, condition, &mut found);
    }
    // two open ranges on one key are a closed one
    let mut merged: Vec<Bound> = Vec::new();
    for bound in found {
        match merged
            .iter_mut()
            .find(|known| known.key == bound.key && !known.equality && !bound.equality)
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
    let mine = |expr: &Expr| {
        let relations = expr.relations();
        relations.len() == 1 && relations.contains(&relation)
    };
    let apart = |expr: &Expr| !expr.relations().contains(&relation);
    let comparable = |key: &Expr, value: &Expr| match (&key.data_type, value_type(value)) {
        (Some(key), Some(value)) => cast_of_column(context.catalog, key, value).is_none(),
        _ => true,
    };
    let fraction = |key: &Expr, value: Option<&Expr>| {
        let text = value.and_then(literal_text);
        match key.as_column().and_then(|column| column_of(table, column)) {
            Some(column) => equality_fraction(table, column, text.as_deref()),
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
            if !comparable(key, value) || !value.subqueries().is_empty() && op != BinaryOp::Eq {
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
            add(condition, true, boolean_fraction(table, *column, true));
        }
        ExprKind::Not(operand) => {
            if let Some(column) = operand
                .as_column()
                .filter(|column| column.relation == relation)
            {
                add(operand, true, boolean_fraction(table, column, false));
            }
        }
        _ => {}
    }
}

fn boolean_fraction(table: &Table, column: ColumnRef, value: bool) -> f64 {
    column_of(table, column).map_or(0.5, |column| {
        equality_fraction(table, column, Some(if value { "true" } else { "false" }))
    })
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
