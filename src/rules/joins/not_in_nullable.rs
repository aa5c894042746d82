use super::postgresql;
use crate::query::{Expr, ExprKind, QueryBody, QueryExpressionId, one_line};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// NOT IN over a column that may be NULL.
pub struct NotInNullable;

static INFO: RuleInfo = RuleInfo {
    name: "not-in-nullable",
    summary: "NOT IN (subquery) over a column that may be NULL",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds NOT IN (SELECT column ...) where the column can be NULL: by its declaration, or because an outer join fills \
            it up, and no predicate keeps NULL out.",
        why_it_is_slow: "One NULL in the list makes NOT IN true for no row at all: the result is empty. And because of this rule PostgreSQL \
            cannot turn NOT IN into an anti join: the subquery is run as a filter for each row, from a hash table where it fits into work_mem, \
            else from a list that is searched again and again.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);",
        example_statistics: "",
        example: "SELECT name FROM customers\nWHERE id NOT IN (SELECT customer_id FROM orders);",
        use_instead: "SELECT c.name FROM customers c\nWHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);",
        trade_off: "NOT EXISTS gives rows where NOT IN gave none: that is nearly always what was meant, but it is another result.",
        interview_question: "Why does this NOT IN return nothing, and why is it slow?",
        good_answer: &[
            "x NOT IN (1, NULL) is NULL, never true.",
            "NOT EXISTS does not have this trap, and is planned as an anti join.",
            "Keeping NULL out (WHERE column IS NOT NULL) mends the result, not the plan.",
        ],
    },
};

impl Rule for NotInNullable {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for block in context.query.own_blocks() {
            for expr in context.query.expressions_of(block) {
                look(context, expr, false, findings);
            }
        }
    }
}

fn look(
    context: &StatementContext<'_>,
    expr: &Expr,
    negated_around: bool,
    findings: &mut Vec<Finding>,
) {
    match &expr.kind {
        ExprKind::InSubquery {
            operand,
            query,
            negated,
        } if *negated != negated_around => {
            findings.extend(check(context, expr, operand, *query));
        }
        ExprKind::Not(operand) => return look(context, operand, !negated_around, findings),
        _ => {}
    }
    for child in expr.children() {
        look(context, child, false, findings);
    }
}

fn check(
    context: &StatementContext<'_>,
    expr: &Expr,
    operand: &Expr,
    query: QueryExpressionId,
) -> Option<Finding> {
    let width = match &operand.kind {
        ExprKind::Row(members) => members.len(),
        _ => 1,
    };
    let facts = &context.facts;
    let output = &context.query.expression(query).output;
    // an unknown table may have any column
    let known = context
        .query
        .relations
        .iter()
        .all(|relation| relation.columns_known);
    if !known || facts.query.has_unresolved {
        return None;
    }
    let column =
        (0..width.min(output.len())).find(|column| facts.output_may_be_null(query, *column))?;
    let name = shown_name(context, query, column)?;
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expr.span,
        format!("NOT IN over {name}, which may be NULL: one NULL, and no row passes"),
    );
    finding.columns = vec![output.get(column)?.name.clone()];
    finding.label = Some("NULL in the list makes this never true".to_owned());
    finding.why = vec![
        format!("known from the schema: nothing keeps {name} of the subquery from being NULL"),
        format!(
            "{} cannot plan NOT IN as an anti join: the subquery is a filter that every row is checked against",
            postgresql::version(context)
        ),
        format!(
            "use NOT EXISTS (SELECT 1 ... WHERE {name} = {}) instead",
            one_line(&context.query.file, operand.span)
        ),
    ];
    Some(finding)
}

/// What to call an output column that may be NULL: as the arm of a set operation writes it that lets NULL in.
fn shown_name(
    context: &StatementContext<'_>,
    query: QueryExpressionId,
    column: usize,
) -> Option<String> {
    let expression = context.query.expression(query);
    match &expression.body {
        QueryBody::Select(block) => {
            let item = context.query.block(*block).select.get(column)?;
            Some(if item.star || item.expr.as_column().is_some() {
                item.name.clone()
            } else {
                one_line(&context.query.file, item.expr.span)
            })
        }
        QueryBody::SetOperation { left, right, .. } => [left, right]
            .into_iter()
            .find(|arm| context.facts.output_may_be_null(**arm, column))
            .and_then(|arm| shown_name(context, *arm, column)),
        QueryBody::Nested(inner) => shown_name(context, *inner, column),
        _ => Some(expression.output.get(column)?.name.clone()),
    }
}
