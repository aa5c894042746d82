use crate::query::{Block, BlockRole, Expr, ExprKind, QueryBody, QueryExpression};
use crate::source::Span;

use super::support::{about_only, estimated_rows, one_row_block};
use crate::catalog::Volatility;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// Sorting by a random number.
pub struct OrderByRandom;

static INFO: RuleInfo = RuleInfo {
    name: "order-by-random",
    summary: "ORDER BY random() reads and sorts all rows to pick a few",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds ORDER BY whose first key is a random value: random(), gen_random_uuid() or an expression over them, also by alias or number, \
            and in windows. With LIMIT it is a warning, without one information. Silent where the statistics say that the tables are small.",
        why_it_is_slow: "Each row gets a number, and all of them are compared to find the few smallest. No index can help, and the work grows with the table, \
            not with the number of rows that are wanted.",
        example_schema: "CREATE TABLE quotes (id int PRIMARY KEY, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT body FROM quotes ORDER BY random() LIMIT 1;",
        use_instead: "SELECT body FROM quotes\nWHERE id >= (SELECT min(id) + floor(random() * (max(id) - min(id) + 1))::int FROM quotes)\nORDER BY id\nLIMIT 1;",
        trade_off: "Picking by a random key prefers rows behind gaps in the key. TABLESAMPLE SYSTEM reads whole pages, so that rows of a page come together; \
            BERNOULLI is even but reads the whole table. Choose by how even it has to be.",
        interview_question: "How do you pick one random row of a table with a hundred million rows?",
        good_answer: &[
            "ORDER BY random() LIMIT 1 reads all of them.",
            "A random value between min(id) and max(id), then the first row at or behind it by the primary key: a few blocks.",
            "Gaps make that uneven: try again on a miss, or keep a dense number or a stored random column with an index.",
            "TABLESAMPLE, or tsm_system_rows, for samples; not even, but fast.",
        ],
    },
};

impl Rule for OrderByRandom {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for expression in &context.query.expressions {
            if expression.view.is_none() {
                findings.extend(check(context, expression));
            }
        }
        for block in context.query.own_blocks() {
            if block.role == BlockRole::Select {
                check_windows(context, block, findings);
            }
        }
    }
}

fn check(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let first = expression.order_by.first()?;
    let (block, key) = match expression.body {
        QueryBody::Select(block) => (context.query.block(block), &first.expr),
        _ => return None,
    };
    if !is_random(context, key) || one_row_block(context, block) {
        return None;
    }
    let limited = expression
        .limit
        .as_ref()
        .is_some_and(|limit| limit.count.is_some());
    report(
        context,
        block,
        expression.order_by_span.unwrap_or(key.span),
        limited,
    )
}

fn check_windows(context: &StatementContext<'_>, block: &Block, findings: &mut Vec<Finding>) {
    for item in &block.select {
        item.expr.walk(&mut |part| {
            let ExprKind::Function(call) = &part.kind else {
                return;
            };
            let first = call
                .over
                .as_ref()
                .and_then(|window| window.order_by.first());
            if first.is_some_and(|key| is_random(context, &key.expr)) {
                findings.extend(report(context, block, part.span, false));
            }
        });
    }
}

fn report(
    context: &StatementContext<'_>,
    block: &Block,
    span: Span,
    limited: bool,
) -> Option<Finding> {
    let sampled = block
        .relations()
        .iter()
        .any(|relation| context.query.relation(*relation).sampled);
    let few = estimated_rows(context, block).is_some_and(|rows| rows < FEW_ROWS);
    if block.from.is_empty() || sampled || few {
        return None;
    }
    let severity = if limited {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        severity,
        Evidence::Schema,
        span,
        if limited {
            "all rows are read and sorted by chance, to keep a few".to_owned()
        } else {
            "all rows are sorted by chance".to_owned()
        },
    );
    about_only(context, &mut finding, block);
    finding.why = vec![
        "no index can give a random order: the work grows with the table, not with the rows that are wanted".to_owned(),
        "pick by a random key value instead (id >= a random number ORDER BY id LIMIT n), or use TABLESAMPLE".to_owned(),
    ];
    Some(finding)
}

/// Rows that are sorted in no time.
const FEW_ROWS: f64 = 1_000.0;

/// Whether an expression is a random value for each row.
fn is_random(context: &StatementContext<'_>, expr: &Expr) -> bool {
    expr.any(&|part| {
        matches!(&part.kind, ExprKind::Function(call)
            if matches!(call.name.as_str(), "random" | "random_normal" | "gen_random_uuid" | "uuid_generate_v4" | "uuidv4" | "gen_random_bytes")
                && (context.facts.function_volatility(&call.name) == Volatility::Volatile))
    })
}
