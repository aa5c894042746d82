use crate::query::{
    Block, BlockRole, Distinct, Expr, ExprKind, JoinTree, Literal, QueryBody, QueryExpression,
    QueryExpressionId, Reader, RelationSource, StatementKind,
};

use super::support::{RowCount, about_only, constant_integer, rows_without_limit};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// LIMIT over rows in no order.
pub struct LimitWithoutOrder;

static INFO: RuleInfo = RuleInfo {
    name: "limit-without-order",
    summary: "LIMIT without ORDER BY leaves it to chance which rows come",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds LIMIT, FETCH FIRST and OFFSET without ORDER BY where more than one row is possible and it matters which ones come: \
            at the top, in derived tables, CTEs, IN and scalar subqueries. Silent under EXISTS, for LIMIT 0, for single rows (by a key, or an aggregate), \
            where only constants or a count are read, where rows are locked, and for the batches of an UPDATE or DELETE.",
        why_it_is_slow: "It is not slow, it is wrong on another day: which rows come depends on the plan, on the physical order of the table, on a parallel scan \
            and on synchronized scans. An ANALYZE or an UPDATE changes the result. An ORDER BY further out comes too late: the rows are picked by then.",
        example_schema: "CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL, opened_at timestamptz NOT NULL);",
        example_statistics: "",
        example: "SELECT a.owner\nFROM (SELECT owner FROM accounts LIMIT 5) a\nORDER BY a.owner;",
        use_instead: "SELECT a.owner\nFROM (SELECT owner FROM accounts ORDER BY opened_at, id LIMIT 5) a\nORDER BY a.owner;",
        trade_off: "ORDER BY costs a sort unless an index gives the order: with one, LIMIT reads as few rows as before.",
        interview_question: "A test that reads LIMIT 10 without ORDER BY fails now and then. What happens?",
        good_answer: &[
            "Without ORDER BY, SQL promises no order, so any ten rows are right.",
            "PostgreSQL gives them in the order in which the plan finds them: after UPDATE a row moves, a parallel or synchronized scan starts elsewhere.",
            "The sort columns must end in a unique one, or ties are still left to chance.",
            "An index on the sort columns makes ORDER BY ... LIMIT cheap.",
        ],
    },
};

impl Rule for LimitWithoutOrder {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for expression in &context.query.expressions {
            if expression.view.is_none() {
                findings.extend(check(context, expression));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let query = context.query;
    let limited = expression
        .limit
        .as_ref()
        .is_some_and(|limit| limit.count.is_some());
    let skips = expression
        .offset
        .as_ref()
        .is_some_and(|offset| constant_integer(offset) != Some(0) && !offset.is_null_literal());
    if !(limited || skips) || is_ordered(context, expression) || expression.locks() {
        return None;
    }
    let count = expression
        .limit
        .as_ref()
        .and_then(|limit| limit.count.as_ref())
        .and_then(constant_integer);
    if count == Some(0)
        || rows_without_limit(context, expression) == RowCount::AtMostOne
        || !chosen_rows_matter(context, expression)
        || comes_in_order(context, expression.id, 0)
        || shows_one_value(context, expression)
    {
        return None;
    }
    let words = if limited { "LIMIT" } else { "OFFSET" };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expression.limit_span.unwrap_or(expression.span),
        format!("{words} without ORDER BY: it is left to chance which rows come"),
    );
    if let QueryBody::Select(block) = expression.body {
        about_only(context, &mut finding, query.block(block));
    }
    finding.why = vec![
        "the plan decides which rows are found first; an UPDATE, another plan or a parallel scan changes the result".to_owned(),
        match expression.reader {
            Reader::Client => "add ORDER BY with a unique column last".to_owned(),
            _ => "an ORDER BY of the query around it comes too late: add one here, with a unique column last".to_owned(),
        },
    ];
    finding.label = Some("in no order".to_owned());
    Some(finding)
}

/// Whether the reader sees which rows were chosen.
fn chosen_rows_matter(context: &StatementContext<'_>, expression: &QueryExpression) -> bool {
    let query = context.query;
    match expression.reader {
        Reader::Exists => false,
        // the batches of a job that comes back for the rest
        Reader::Membership | Reader::Array => !expression
            .parent
            .is_some_and(|block| query.block(block).role != BlockRole::Select),
        Reader::Relation(relation) => reads_columns(context, relation),
        Reader::Scalar => !only_existence_matters(context, expression),
        Reader::Cte(cte) => {
            let batch = query.cte(cte).references.iter().any(|relation| {
                query.block(query.relation(*relation).block).role != BlockRole::Select
            }) || matches!(
                query.kind,
                StatementKind::Update { .. } | StatementKind::Delete { .. }
            );
            !batch
                && query
                    .cte(cte)
                    .references
                    .iter()
                    .any(|relation| reads_columns(context, *relation))
        }
        _ => true,
    }
}

fn is_ordered(context: &StatementContext<'_>, expression: &QueryExpression) -> bool {
    let mut keys = expression.order_by.iter();
    keys.any(|key| !orders_nothing(context, &key.expr))
}

/// Whether a key of ORDER BY orders nothing: NULL, (SELECT NULL). A number is the place of a column.
fn orders_nothing(context: &StatementContext<'_>, key: &Expr) -> bool {
    !matches!(&key.kind, ExprKind::Literal(literal) if *literal != Literal::Null)
        && is_constant(context, key)
}

fn is_constant(context: &StatementContext<'_>, key: &Expr) -> bool {
    let query = context.query;
    match &key.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Cast { operand, .. } => is_constant(context, operand),
        ExprKind::ScalarSubquery(id) => match query.expression(*id).body {
            QueryBody::Select(block) => {
                let block = query.block(block);
                block.from.is_empty()
                    && block
                        .select
                        .iter()
                        .all(|item| is_constant(context, &item.expr))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a value is only asked for being NULL, and is NULL exactly where there is no row.
fn only_existence_matters(context: &StatementContext<'_>, expression: &QueryExpression) -> bool {
    let query = context.query;
    let QueryBody::Select(block) = expression.body else {
        return false;
    };
    let never_null = query
        .block(block)
        .select
        .iter()
        .all(|item| !context.facts.may_be_null(&item.expr, block));
    let is_asked = |part: &Expr| {
        matches!(&part.kind, ExprKind::IsNull { operand, .. }
            if matches!(operand.kind, ExprKind::ScalarSubquery(id) if id == expression.id))
    };
    never_null
        && expression.parent.is_some_and(|parent| {
            query
                .expressions_of(query.block(parent))
                .into_iter()
                .any(|expr| expr.any(&is_asked))
        })
}

/// Whether anything reads a column of a relation: a mere count(*) does not see which rows it counts.
fn reads_columns(context: &StatementContext<'_>, relation: crate::query::RelationId) -> bool {
    let block = context.query.block(context.query.relation(relation).block);
    block.relations().len() > 1
        || !context
            .facts
            .references(&std::collections::BTreeSet::from([relation]), &[])
            .is_empty()
}

/// Whether the rows come in an order that the author gave them further down: no promise, but no chance either.
fn comes_in_order(context: &StatementContext<'_>, id: QueryExpressionId, depth: usize) -> bool {
    let query = context.query;
    let expression = query.expression(id);
    if depth > 16 {
        return false;
    }
    if is_ordered(context, expression) {
        return true;
    }
    match &expression.body {
        QueryBody::Nested(inner) => comes_in_order(context, *inner, depth + 1),
        QueryBody::Values(_) => true,
        QueryBody::Select(block) => {
            let block: &Block = query.block(*block);
            if block.is_grouped() || block.distinct != Distinct::No {
                return false;
            }
            match block.from.as_slice() {
                [] => true,
                [JoinTree::Relation(relation)] => match &query.relation(*relation).source {
                    RelationSource::Function { .. } => true,
                    RelationSource::Derived(inner) | RelationSource::View { query: inner, .. } => {
                        comes_in_order(context, *inner, depth + 1)
                    }
                    RelationSource::Cte(cte) if !query.cte(*cte).recursive => {
                        comes_in_order(context, query.cte(*cte).query, depth + 1)
                    }
                    _ => false,
                },
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether all rows look the same: constants, and columns that the conditions fix.
fn shows_one_value(context: &StatementContext<'_>, expression: &QueryExpression) -> bool {
    let QueryBody::Select(block) = expression.body else {
        return false;
    };
    let block = context.query.block(block);
    let fixed = |expr: &Expr| {
        !expr.any(&|part| matches!(part.kind, ExprKind::WholeRow(_)))
            && context.facts.is_fixed(block, expr)
    };
    block.select.iter().all(|item| fixed(&item.expr))
}
