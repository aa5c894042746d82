use crate::query::{
    BinaryOp, Block, BlockRole, Expr, ExprKind, FunctionCall, FunctionKind, GroupBy, QueryBody,
    QueryExpressionId, RelationSource,
};
use crate::rewrite::Edit;
use crate::source::Span;

use super::support::{about_only, constant_integer};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// Counting all rows to learn whether there is one.
pub struct CountForExistence;

static INFO: RuleInfo = RuleInfo {
    name: "count-for-existence",
    summary: "count(*) compared with 0 counts all rows, EXISTS stops at the first",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds counts that are only compared with nothing: > 0, >= 1, <> 0, = 0, < 1, whether the count is a scalar subquery, \
            a lateral derived table or the query itself. Silent where the number is used (> 1, = 3, shown), and for parameters.",
        why_it_is_slow: "count reads all rows that match, EXISTS stops at the first one. PostgreSQL does not turn one into the other, \
            and only EXISTS becomes a semi-join (or an anti-join), which it can run as a hash join once instead of a subquery for each row.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers);",
        example_statistics: "",
        example: "SELECT c.name FROM customers c\nWHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0;",
        use_instead: "SELECT c.name FROM customers c\nWHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);",
        trade_off: "None. count(column) counts values that are not NULL: EXISTS then needs column IS NOT NULL as well.",
        interview_question: "How do you find the customers without orders, and why not by counting?",
        good_answer: &[
            "NOT EXISTS: an anti-join, which stops at the first order of each customer.",
            "count(*) = 0 reads every order of every customer, one subquery for each.",
            "LEFT JOIN ... WHERE orders.id IS NULL does the same as NOT EXISTS; NOT IN does not where NULL is possible.",
            "An index on orders (customer_id) serves all of them.",
        ],
    },
};

impl Rule for CountForExistence {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            for expr in context.query.expressions_of(block) {
                expr.walk(&mut |part| {
                    findings.extend(check_comparison(context, block, part));
                });
            }
            findings.extend(check_whole_query(context, block));
            findings.extend(check_having(context, block));
        }
    }
}

/// What a comparison of a count asks: (the count, whether there is a row).
fn asks_existence(expr: &Expr) -> Option<(&Expr, bool)> {
    let ExprKind::Binary { op, left, right } = &expr.kind else {
        return None;
    };
    let (count, op, number) = match (constant_integer(right), constant_integer(left)) {
        (Some(number), None) => (&**left, op.clone(), number),
        (None, Some(number)) => (&**right, op.commuted()?, number),
        _ => return None,
    };
    let exists = match (op, number) {
        (BinaryOp::Gt | BinaryOp::NotEq, 0) | (BinaryOp::GtEq, 1) => true,
        (BinaryOp::Eq | BinaryOp::LtEq, 0) | (BinaryOp::Lt, 1) => false,
        _ => return None,
    };
    Some((count, exists))
}

/// The call, where an expression is a plain count.
fn as_count(expr: &Expr) -> Option<&FunctionCall> {
    match &expr.kind {
        ExprKind::Function(call)
            if call.name == "count"
                && call.kind == FunctionKind::Aggregate
                && call.order_by.is_empty()
                && (call.star || call.arguments.len() == 1) =>
        {
            Some(call)
        }
        ExprKind::Cast { operand, data_type } if data_type.is_integer() => as_count(operand),
        _ => None,
    }
}

/// The block of a query expression that is nothing but a count, and the count.
fn counting_block<'q>(
    context: &StatementContext<'q>,
    id: QueryExpressionId,
) -> Option<(&'q Block, &'q FunctionCall)> {
    let expression = context.query.expression(id);
    let positive_limit = expression.limit.as_ref().is_none_or(|limit| {
        limit
            .count
            .as_ref()
            .is_none_or(|count| constant_integer(count).is_some_and(|count| count > 0))
    });
    if expression.offset.is_some() || !positive_limit || !expression.ctes.is_empty() {
        return None;
    }
    let QueryBody::Select(block) = expression.body else {
        return None;
    };
    let block = context.query.block(block);
    let [item] = block.select.as_slice() else {
        return None;
    };
    let call = as_count(&item.expr)?;
    (block.group_by == GroupBy::None && block.having.is_empty() && !block.from.is_empty())
        .then_some((block, call))
}

/// Whether an expression compares the count of a scalar subquery with nothing.
pub(super) fn is_existence_question(context: &StatementContext<'_>, expr: &Expr) -> bool {
    asks_existence(expr).is_some_and(|(count, _)| {
        matches!(unwrapped(count).kind, ExprKind::ScalarSubquery(id) if counting_block(context, id).is_some())
    })
}

fn check_comparison(context: &StatementContext<'_>, outer: &Block, expr: &Expr) -> Option<Finding> {
    let (count, exists) = asks_existence(expr)?;
    let count = unwrapped(count);
    match &count.kind {
        ExprKind::ScalarSubquery(id) => {
            let (block, call) = counting_block(context, *id)?;
            let mut finding = report(context, block, expr.span, exists);
            if let Some(subquery) = existence_text(context, block, call) {
                let mut text = existence(&subquery, exists);
                // an unnamed output column would change its name
                let unnamed = outer
                    .select
                    .iter()
                    .any(|item| std::ptr::eq(&item.expr, expr) && item.span == expr.span);
                if unnamed && exists {
                    text.push_str(" AS \"?column?\"");
                }
                let safety = if context.facts.is_volatile_query(*id) {
                    Safety::Review
                } else {
                    Safety::Equivalent
                };
                finding.fixes.extend(rewrite(
                    context,
                    vec![Edit::replace(expr.span, text)],
                    safety,
                    "none: the rows stay the same",
                ));
            }
            Some(finding)
        }
        ExprKind::Column(column) => {
            let relation = context.query.relation(column.relation);
            let RelationSource::Derived(id) = relation.source else {
                return None;
            };
            let (block, _) = counting_block(context, id)?;
            // the number may be shown as well
            let readers = context
                .facts
                .references(&std::collections::BTreeSet::from([column.relation]), &[]);
            (relation.lateral && readers.len() == 1)
                .then(|| report(context, block, expr.span, exists))
        }
        _ => None,
    }
}

/// A count that coalesce(..., 0) or a cast wraps needlessly.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Function(call) if call.name == "coalesce" => match call.arguments.as_slice() {
            [count, zero] if constant_integer(zero) == Some(0) => unwrapped(count),
            _ => expr,
        },
        ExprKind::Cast { operand, data_type } if data_type.is_integer() => unwrapped(operand),
        _ => expr,
    }
}

/// `SELECT count(*) > 0 FROM ...`
fn check_whole_query(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let [item] = block.select.as_slice() else {
        return None;
    };
    if block.role != BlockRole::Select
        || block.group_by != GroupBy::None
        || !block.having.is_empty()
        || block.from.is_empty()
        || block.distinct != crate::query::Distinct::No
    {
        return None;
    }
    let mut comparisons: Vec<(&Expr, &FunctionCall, bool)> = Vec::new();
    let mut aggregates = 0;
    item.expr.walk(&mut |part| {
        if let Some((count, exists)) = asks_existence(part)
            && let Some(call) = as_count(count)
        {
            comparisons.push((part, call, exists));
        }
        if matches!(&part.kind, ExprKind::Function(call) if call.kind == FunctionKind::Aggregate) {
            aggregates += 1;
        }
    });
    let [(comparison, call, exists)] = comparisons.as_slice() else {
        return None;
    };
    let own = block.relations();
    let reads_outside = {
        let mut all = item.expr.relations();
        for argument in call.arguments.iter().chain(&call.filter) {
            all.retain(|relation| !argument.reads(*relation));
        }
        all.iter().any(|relation| own.contains(relation))
    };
    if aggregates != 1 || reads_outside {
        return None;
    }
    let mut finding = report(context, block, comparison.span, *exists);
    let plain_end = block.clauses.filter.or(block.clauses.from)?.end;
    let expression = context.query.expression(block.expression?);
    let plain = expression.order_by.is_empty()
        && expression.limit.is_none()
        && expression.offset.is_none()
        && !item.expr.has_subquery();
    if let (true, Some(from), Some(subquery)) = (
        plain,
        block.clauses.from,
        existence_text(context, block, call),
    ) {
        let mut text = existence(&subquery, *exists);
        if *exists && std::ptr::eq(*comparison, &item.expr) && item.span == comparison.span {
            text.push_str(" AS \"?column?\"");
        }
        let safety = if context.facts.is_volatile_block(block.id) {
            Safety::Review
        } else {
            Safety::Equivalent
        };
        finding.fixes.extend(rewrite(
            context,
            vec![
                Edit::replace(comparison.span, text),
                crate::rewrite::delete_clause(context.query, Span::new(from.start, plain_end)),
            ],
            safety,
            "none: the result stays the same",
        ));
    }
    Some(finding)
}

/// `LEFT JOIN ... GROUP BY ... HAVING count(orders.id) = 0`, the count being shown nowhere.
fn check_having(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    if block.role != BlockRole::Select || !matches!(block.group_by, GroupBy::Expressions(_)) {
        return None;
    }
    let nullable = context.facts.nullable_relations(block);
    let (condition, column, exists) = block.having.iter().find_map(|condition| {
        let (count, exists) = asks_existence(condition)?;
        let call = as_count(count)?;
        let column = call.arguments.first()?.as_column()?;
        (call.filter.is_none() && nullable.contains(&column.relation))
            .then_some((condition, column, exists))
    })?;
    let expression = context.query.expression(block.expression?);
    let counts_shown = block
        .select
        .iter()
        .map(|item| &item.expr)
        .chain(expression.order_by.iter().map(|key| &key.expr))
        .any(Expr::has_aggregate);
    if counts_shown || block.having.len() > 1 {
        return None;
    }
    let mut finding = report(context, block, condition.span, exists);
    super::support::about(context, &mut finding, column.relation);
    finding
        .why
        .push("the join and the groups are made only for this question".to_owned());
    Some(finding)
}

fn existence(subquery: &str, exists: bool) -> String {
    if exists {
        format!("EXISTS ({subquery})")
    } else {
        format!("NOT EXISTS ({subquery})")
    }
}

/// `SELECT 1 FROM ...` with the rows that are counted.
fn existence_text(
    context: &StatementContext<'_>,
    block: &Block,
    call: &FunctionCall,
) -> Option<String> {
    let query = context.query;
    let from = query.file.slice(block.clauses.from?);
    let mut conditions: Vec<String> = Vec::new();
    for argument in &call.arguments {
        if context.facts.may_be_null(argument, block.id) {
            conditions.push(format!("{} IS NOT NULL", operand_text(query, argument)));
        }
    }
    if let Some(filter) = &call.filter {
        conditions.push(format!("({})", query.file.slice(filter.span)));
    }
    let filter = block.clauses.filter.map(|span| query.file.slice(span));
    Some(match (filter, conditions.is_empty()) {
        (None, true) => format!("SELECT 1 {from}"),
        (Some(filter), true) => format!("SELECT 1 {from} {filter}"),
        (None, false) => format!("SELECT 1 {from} WHERE {}", conditions.join(" AND ")),
        (Some(filter), false) => format!(
            "SELECT 1 {from} WHERE ({}) AND {}",
            filter.get("WHERE".len()..)?.trim(),
            conditions.join(" AND ")
        ),
    })
}

fn operand_text(query: &crate::query::Query, expr: &Expr) -> String {
    let text = query.file.slice(expr.span);
    if expr.as_column().is_some() {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

fn report(context: &StatementContext<'_>, counted: &Block, span: Span, exists: bool) -> Finding {
    let at_most_one = context
        .facts
        .from_keys(counted)
        .iter()
        .any(|key| key.columns.is_empty());
    let severity = if at_most_one {
        Severity::Info
    } else {
        Severity::Warning
    };
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        severity,
        Evidence::Schema,
        span,
        format!(
            "all rows are counted to learn {}",
            if exists {
                "whether there is one"
            } else {
                "that there is none"
            }
        ),
    );
    about_only(context, &mut finding, counted);
    finding.why = vec![format!(
        "count reads every row that matches; {} stops at the first, and can be run as {}",
        if exists { "EXISTS" } else { "NOT EXISTS" },
        if exists {
            "a semi-join"
        } else {
            "an anti-join"
        }
    )];
    finding
}
