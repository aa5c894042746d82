//! What the rules about superfluous work share.

use crate::catalog::IndexTarget;
use crate::query::{
    Block, ColumnRef, Distinct, Expr, ExprKind, FunctionCall, FunctionKind, Literal, QueryBody,
    QueryExpression, Reader, RelationId, RelationSource,
};
use crate::rules::joins::support::table_name;
use crate::rules::{Finding, Safety, StatementContext};

/// Says which relation a finding is about.
pub(super) fn about(context: &StatementContext<'_>, finding: &mut Finding, relation: RelationId) {
    finding.relation = Some(context.query.relation(relation).alias.clone());
    finding.table = table_name(context, relation);
}

/// Says which relation a finding is about, where the block reads only one.
pub(super) fn about_only(context: &StatementContext<'_>, finding: &mut Finding, block: &Block) {
    if let [only] = block.relations().as_slice() {
        about(context, finding, *only);
    }
}

/// What can be claimed of a rewrite that keeps the rows but not the order in which they are read: where something in the
/// statement picks rows by the order that they happen to come in, another plan may pick others.
pub(super) fn safety_of_same_rows(context: &StatementContext<'_>) -> Safety {
    if depends_on_input_order(context) {
        Safety::Review
    } else {
        Safety::Equivalent
    }
}

/// Whether the result hangs on the order in which rows happen to come: LIMIT without a total order, DISTINCT ON, or a
/// function that sees the order.
pub(super) fn depends_on_input_order(context: &StatementContext<'_>) -> bool {
    let query = context.query;
    query.expressions.iter().any(|expression| {
        (expression.limit.is_some() || expression.offset.is_some())
            && !is_fence(expression)
            && expression.reader != Reader::Exists
            && !has_total_order(context, expression)
    }) || query.blocks.iter().any(|block| {
        matches!(block.distinct, Distinct::On(_))
            || query
                .expressions_of(block)
                .into_iter()
                .any(|expr| expr.any(&sees_input_order))
    })
}

/// Whether OFFSET 0 is all that a query expression has of LIMIT and OFFSET: it drops no row.
pub(super) fn is_fence(expression: &QueryExpression) -> bool {
    expression.limit.is_none()
        && expression
            .offset
            .as_ref()
            .is_some_and(|offset| constant_integer(offset) == Some(0))
}

/// Whether an expression is a call whose value hangs on the order in which its rows come.
pub(super) fn sees_input_order(expr: &Expr) -> bool {
    let ExprKind::Function(call) = &expr.kind else {
        return false;
    };
    match call.kind {
        FunctionKind::Aggregate => call.order_by.is_empty() && !ignores_order(call),
        // ties in the window's order are broken by chance
        FunctionKind::Window => {
            let by_rank = matches!(
                call.name.as_str(),
                "rank" | "dense_rank" | "percent_rank" | "cume_dist"
            );
            let whole_partition = call
                .over
                .as_ref()
                .is_some_and(|window| window.order_by.is_empty() && window.frame.is_none());
            !(by_rank || whole_partition && ignores_order(call))
        }
        _ => false,
    }
}

/// Whether an aggregate gives the same for any order of its rows. Those of users and extensions count as order-sensitive.
pub(super) fn ignores_order(call: &FunctionCall) -> bool {
    if matches!(call.name.as_str(), "sum" | "avg") {
        // sums of floating-point numbers depend on their order in the last digits only
        return true;
    }
    call.distinct
        || matches!(
            call.name.as_str(),
            "count"
                | "min"
                | "max"
                | "bool_and"
                | "bool_or"
                | "every"
                | "bit_and"
                | "bit_or"
                | "bit_xor"
                | "any_value"
                | "stddev"
                | "stddev_pop"
                | "stddev_samp"
                | "variance"
                | "var_pop"
                | "var_samp"
                | "corr"
                | "covar_pop"
                | "covar_samp"
                | "regr_count"
                | "regr_slope"
                | "percentile_cont"
                | "percentile_disc"
                | "mode"
                | "range_agg"
                | "range_intersect_agg"
                | "grouping"
        )
}

/// Whether the ORDER BY of a query expression leaves no ties.
pub(super) fn has_total_order(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
) -> bool {
    if expression.order_by.is_empty() {
        return rows_without_limit(context, expression) == RowCount::AtMostOne;
    }
    let facts = &context.facts;
    let QueryBody::Select(block) = expression.body else {
        return false;
    };
    let block = context.query.block(block);
    let ordered = |expr: &Expr| expression.order_by.iter().any(|key| key.expr == *expr);
    let by_output = facts.block_keys(block).into_iter().any(|key| {
        !key.nulls_repeat
            && key.columns.iter().all(|column| {
                block
                    .select
                    .get(*column)
                    .is_some_and(|item| ordered(&item.expr))
            })
    });
    by_output
        || !block.is_grouped()
            && block.distinct == Distinct::No
            && facts.from_keys(block).into_iter().any(|key| {
                !key.nulls_repeat
                    && key
                        .columns
                        .iter()
                        .all(|column| ordered(column) || facts.is_fixed(block, column))
            })
}

/// How many rows a query expression has before its own LIMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowCount {
    AtMostOne,
    Any,
}

/// How many rows a query expression has before its own LIMIT and OFFSET.
pub(super) fn rows_without_limit(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
) -> RowCount {
    let one = match &expression.body {
        QueryBody::Select(block) => one_row_block(context, context.query.block(*block)),
        QueryBody::Nested(inner) => context.facts.at_most_one_row(*inner).is_some(),
        QueryBody::Values(rows) => rows.len() <= 1,
        QueryBody::SetOperation { .. } | QueryBody::Write(_) | QueryBody::Unknown => false,
    };
    if one {
        RowCount::AtMostOne
    } else {
        RowCount::Any
    }
}

/// Whether a block surely has at most one row.
pub(super) fn one_row_block(context: &StatementContext<'_>, block: &Block) -> bool {
    let facts = &context.facts;
    facts
        .block_keys(block)
        .iter()
        .any(|key| key.columns.is_empty())
        || !block.from.is_empty() && facts.has_fixed_key(block)
}

/// A whole number that is known when the statement is written: a literal, behind casts, or arithmetic of such.
pub(super) fn constant_integer(expr: &Expr) -> Option<i128> {
    use crate::query::{BinaryOp, UnaryOp};
    match &expr.kind {
        ExprKind::Literal(Literal::Number(number)) => number.replace('_', "").parse().ok(),
        ExprKind::Cast { operand, data_type } if data_type.is_numeric() => match &operand.kind {
            ExprKind::Literal(Literal::String(text)) => text.trim().parse().ok(),
            _ => constant_integer(operand),
        },
        ExprKind::Unary { op, operand } => match op {
            UnaryOp::Minus => constant_integer(operand)?.checked_neg(),
            UnaryOp::Plus => constant_integer(operand),
            UnaryOp::Other => None,
        },
        ExprKind::Binary { op, left, right } => {
            let (left, right) = (constant_integer(left)?, constant_integer(right)?);
            match op {
                BinaryOp::Plus => left.checked_add(right),
                BinaryOp::Minus => left.checked_sub(right),
                BinaryOp::Multiply => left.checked_mul(right),
                BinaryOp::Divide => left.checked_div(right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Rows of a table by its statistics.
pub(super) fn rows_of(context: &StatementContext<'_>, relation: RelationId) -> Option<f64> {
    let table = context.facts.base_table(relation)?.table;
    Some(context.catalog.table(table).statistics.as_ref()?.rows)
}

/// Whether the statistics say that every table in a block's FROM is so small that reading it whole is no matter.
pub(super) fn reads_small_tables_only(context: &StatementContext<'_>, block: &Block) -> bool {
    let relations = block.relations();
    !relations.is_empty()
        && relations.iter().all(|relation| {
            matches!(
                context.query.relation(*relation).source,
                RelationSource::Table(_)
            ) && rows_of(context, *relation).is_some_and(|rows| rows < SMALL_ROWS)
        })
}

/// Rows that fit into a few pages.
const SMALL_ROWS: f64 = 1_000.0;

/// Whether an index over all rows starts with a column of a relation.
pub(super) fn starts_an_index(context: &StatementContext<'_>, column: ColumnRef) -> bool {
    let Some((table, id)) = context.facts.base_column(column) else {
        return false;
    };
    let table = context.catalog.table(table);
    context.catalog.indexes_of(table).any(|index| {
        index.valid
            && index.predicate.is_none()
            && index
                .keys
                .first()
                .is_some_and(|key| matches!(key.target, IndexTarget::Column(first) if first == id))
    })
}

/// Rows of a block that its conditions are likely to leave, by the statistics: those of its largest relation. `None`
/// where a table has no statistics.
pub(super) fn estimated_rows(context: &StatementContext<'_>, block: &Block) -> Option<f64> {
    let conditions: Vec<&Expr> = context.facts.passed_conditions(block).collect();
    let mut most: f64 = 1.0;
    for relation in block.relations() {
        let mut rows = rows_of(context, relation)?;
        for condition in &conditions {
            rows *= kept_fraction(context, relation, condition);
        }
        most = most.max(rows);
    }
    Some(most)
}

/// The fraction of a relation's rows that pass `column = constant`; 1 for other conditions.
fn kept_fraction(context: &StatementContext<'_>, relation: RelationId, condition: &Expr) -> f64 {
    let Some((left, right)) = crate::query::as_equality(condition) else {
        return 1.0;
    };
    let (column, value) = match (left.as_column(), right.as_column()) {
        (Some(column), None) => (column, right),
        (None, Some(column)) => (column, left),
        _ => return 1.0,
    };
    if column.relation != relation || !value.is_constant() {
        return 1.0;
    }
    let Some((table, id)) = context.facts.base_column(column) else {
        return 1.0;
    };
    let table = context.catalog.table(table);
    let (Some(sizes), Some(statistics)) = (&table.statistics, &table.column(id).statistics) else {
        return 1.0;
    };
    let frequency = match &value.kind {
        ExprKind::Literal(Literal::String(text) | Literal::Number(text)) => {
            statistics.frequency(text)
        }
        _ => None,
    };
    frequency
        .or_else(|| Some(1.0 / statistics.distinct_values(sizes.rows)?))
        .unwrap_or(1.0)
        .clamp(0.0, 1.0)
}
