use crate::query::{
    BinaryOp, Block, BlockRole, Distinct, Expr, ExprKind, FunctionCall, FunctionKind, QueryBody,
    QueryExpressionId, RelationId, RelationSource, one_line,
};
use crate::source::Span;

use super::support::{about_only, constant_integer, reads_small_tables_only, rows_of};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A window function over many rows of which one is kept.
pub struct WindowForOneRow;

static INFO: RuleInfo = RuleInfo {
    name: "window-for-one-row",
    summary: "a window function numbers all rows to keep one",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds subqueries with row_number() (without PARTITION BY also rank and dense_rank) of which only number 1 is kept, window functions over a whole \
            table of which one row is looked up by its key, and windows over everything under DISTINCT or LIMIT 1. \
            With PARTITION BY the finding is information, unless the statistics say that the groups are large. Silent for the first n rows, n > 1.",
        why_it_is_slow: "The window function needs all rows, sorted, before the filter sees the number. ORDER BY ... LIMIT 1 takes the first entry of an index, \
            and for one row per group DISTINCT ON or a LATERAL subquery with LIMIT 1 does.",
        example_schema: "CREATE TABLE readings (id int PRIMARY KEY, sensor_id int NOT NULL, taken_at timestamptz NOT NULL, value int NOT NULL);\n\
            CREATE INDEX ON readings (taken_at);",
        example_statistics: "",
        example: "SELECT r.value\nFROM (SELECT value, row_number() OVER (ORDER BY taken_at DESC) AS n FROM readings) r\nWHERE r.n = 1;",
        use_instead: "SELECT value\nFROM readings\nORDER BY taken_at DESC\nLIMIT 1;",
        trade_off: "DISTINCT ON still reads all rows, though in the order of an index without a sort. A LATERAL subquery for each group reads one row per group, \
            but needs a list of the groups, and is the slower one when groups are small.",
        interview_question: "How do you get the latest row of each group, and what decides between the ways?",
        good_answer: &[
            "row_number() = 1, DISTINCT ON with ORDER BY, LATERAL with LIMIT 1 for each group, or NOT EXISTS a later one.",
            "With few large groups LATERAL and an index (group, time DESC) read one entry for each group.",
            "With many small groups one pass with DISTINCT ON or the window is better.",
            "Ties: row_number and DISTINCT ON keep any one of them, rank keeps all.",
        ],
    },
};

impl Rule for WindowForOneRow {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if block.role != BlockRole::Select {
                continue;
            }
            for relation in block.relations() {
                findings.extend(check_relation(context, block, relation));
            }
            findings.extend(check_whole(context, block));
        }
    }
}

/// The block of a derived table, or of a CTE that is read once.
fn inner_block<'q>(
    context: &StatementContext<'q>,
    relation: RelationId,
) -> Option<(QueryExpressionId, &'q Block)> {
    let query = context.query;
    let id = match query.relation(relation).source {
        RelationSource::Derived(id) => id,
        RelationSource::Cte(cte) => {
            let cte = query.cte(cte);
            if cte.recursive || cte.references.len() != 1 {
                return None;
            }
            cte.query
        }
        _ => return None,
    };
    let expression = query.expression(id);
    if expression.limit.is_some() || expression.offset.is_some() {
        return None;
    }
    let QueryBody::Select(block) = expression.body else {
        return None;
    };
    let block = query.block(block);
    (block.view.is_none() && block.distinct == Distinct::No).then_some((id, block))
}

fn check_relation(
    context: &StatementContext<'_>,
    outer: &Block,
    relation: RelationId,
) -> Option<Finding> {
    let (id, inner) = inner_block(context, relation)?;
    if !inner.select.iter().any(|item| item.expr.has_window())
        || reads_small_tables_only(context, inner)
    {
        return None;
    }
    numbered_first(context, outer, relation, inner)
        .or_else(|| looked_up(context, outer, relation, id, inner))
}

fn as_window(expr: &Expr) -> Option<&FunctionCall> {
    match &expr.kind {
        ExprKind::Function(call) if call.kind == FunctionKind::Window => Some(call),
        ExprKind::Cast { operand, .. } => as_window(operand),
        _ => None,
    }
}

/// `row_number() ... = 1`.
fn numbered_first(
    context: &StatementContext<'_>,
    outer: &Block,
    relation: RelationId,
    inner: &Block,
) -> Option<Finding> {
    let query = context.query;
    let call = context
        .facts
        .passed_conditions(outer)
        .filter_map(|condition| keeps_first(condition, relation))
        .find_map(|column| as_window(&inner.select.get(column)?.expr))?;
    let window = call.over.as_ref()?;
    let span = inner
        .select
        .iter()
        .find(|item| as_window(&item.expr) == Some(call))?
        .span;
    let with_ties = matches!(call.name.as_str(), "rank" | "dense_rank");
    if !(call.name == "row_number" || with_ties && window.partition_by.is_empty()) {
        return None;
    }
    if window.partition_by.is_empty() {
        let mut finding = report(
            context,
            inner,
            span,
            Severity::Warning,
            "all rows are numbered to keep the first".to_owned(),
        );
        finding.why.push(if with_ties {
            "ORDER BY ... FETCH FIRST 1 ROW WITH TIES (PostgreSQL 13) gives the same and can use an index".to_owned()
        } else {
            "ORDER BY ... LIMIT 1 gives the same and can use an index".to_owned()
        });
        return Some(finding);
    }
    let keys: Vec<String> = window
        .partition_by
        .iter()
        .map(|expr| one_line(&query.file, expr.span))
        .collect();
    let group_size = rows_per_group(context, &window.partition_by);
    let (severity, evidence) = match group_size {
        Some(rows) if rows >= LARGE_GROUP => (Severity::Warning, Evidence::Statistics),
        // PostgreSQL can hardly do better where groups are small
        Some(_) => return None,
        None => (Severity::Info, Evidence::Schema),
    };
    let mut finding = report(
        context,
        inner,
        span,
        severity,
        format!(
            "all rows are numbered to keep the first of each {}",
            keys.join(", ")
        ),
    );
    finding.evidence = evidence;
    if let Some(rows) = group_size {
        finding
            .facts
            .insert("rows_per_group".to_owned(), rows.into());
        finding
            .why
            .push(format!("about {rows:.0} rows in a group by the statistics"));
    }
    finding.why.push(format!(
        "DISTINCT ON ({0}) with ORDER BY {0}, ... does without numbers; a LATERAL subquery with LIMIT 1 for each {0} reads one row for each, given an index",
        keys.join(", ")
    ));
    Some(finding)
}

/// From this size on a subquery for each group reads less than all rows.
const LARGE_GROUP: f64 = 20.0;

fn rows_per_group(context: &StatementContext<'_>, keys: &[Expr]) -> Option<f64> {
    let mut groups = 1.0;
    let mut rows = None;
    for key in keys {
        let column = key.as_column()?;
        let (table, id) = context.facts.base_column(column)?;
        let all = rows_of(context, column.relation)?;
        let statistics = context
            .catalog
            .table(table)
            .column(id)
            .statistics
            .as_ref()?;
        groups *= statistics.distinct_values(all)?;
        rows = Some(all);
    }
    Some((rows? / groups).max(1.0))
}

/// The column of which a condition keeps number 1 only.
fn keeps_first(condition: &Expr, relation: RelationId) -> Option<usize> {
    let ExprKind::Binary { op, left, right } = &condition.kind else {
        return None;
    };
    let (column, op, number) = match (left.as_column(), right.as_column()) {
        (Some(column), None) => (column, op.clone(), constant_integer(right)?),
        (None, Some(column)) => (column, op.commuted()?, constant_integer(left)?),
        _ => return None,
    };
    let first = matches!(
        (op, number),
        (BinaryOp::Eq | BinaryOp::LtEq, 1) | (BinaryOp::Lt, 2)
    );
    (first && column.relation == relation).then_some(column.column)
}

/// A row that is looked up by its key after a window went over all rows.
fn looked_up(
    context: &StatementContext<'_>,
    outer: &Block,
    relation: RelationId,
    id: QueryExpressionId,
    inner: &Block,
) -> Option<Finding> {
    let facts = &context.facts;
    let own = std::collections::BTreeSet::from([relation]);
    let by_constant = |condition: &&Expr| condition.relations() == own;
    let conditions: Vec<&Expr> = facts.passed_conditions(outer).filter(by_constant).collect();
    let fixed = crate::query::facts::determined(facts, &own, &conditions);
    let shows_fixed = |column: usize| {
        fixed
            .iter()
            .any(|expr| expr.as_column().is_some_and(|known| known.column == column))
    };
    let key = facts.output_keys(id).into_iter().find(|key| {
        !key.columns.is_empty() && key.columns.iter().all(|column| shows_fixed(*column))
    })?;
    // a filter on a column by which every window is partitioned is applied first
    let mut windows = Vec::new();
    for item in &inner.select {
        item.expr.walk(&mut |part| {
            if let ExprKind::Function(call) = &part.kind {
                windows.extend(call.over.as_ref());
            }
        });
    }
    let applied_first = key.columns.iter().any(|column| {
        inner.select.get(*column).is_some_and(|item| {
            windows
                .iter()
                .all(|window| window.partition_by.contains(&item.expr))
        })
    });
    if applied_first {
        return None;
    }
    let span = inner
        .select
        .iter()
        .find(|item| item.expr.has_window())?
        .span;
    let mut finding = report(
        context,
        inner,
        span,
        Severity::Warning,
        "the window goes over all rows to show one".to_owned(),
    );
    finding.why.push(
        "the filter by the key comes after the window: count or fetch what this one row needs with a subquery by index instead".to_owned(),
    );
    Some(finding)
}

/// Windows over everything under DISTINCT or LIMIT 1: an aggregate, or ORDER BY ... LIMIT 1.
fn check_whole(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let expression = context.query.expression(block.expression?);
    let one = expression
        .limit
        .as_ref()
        .and_then(|limit| limit.count.as_ref())
        .and_then(constant_integer)
        == Some(1);
    let all_windows = !block.select.is_empty()
        && block.select.iter().all(|item| {
            as_window(&item.expr)
                .and_then(|call| call.over.as_ref())
                .is_some_and(|window| window.partition_by.is_empty())
        });
    if !all_windows
        || !(one || block.distinct == Distinct::All)
        || block.from.is_empty()
        || reads_small_tables_only(context, block)
    {
        return None;
    }
    let span = block
        .select
        .iter()
        .map(|item| item.span)
        .reduce(Span::union)?;
    let mut finding = report(
        context,
        block,
        span,
        Severity::Warning,
        "a value is computed for all rows to show it once".to_owned(),
    );
    finding
        .why
        .push("a plain aggregate, or ORDER BY ... LIMIT 1, gives one row at once".to_owned());
    Some(finding)
}

fn report(
    context: &StatementContext<'_>,
    inner: &Block,
    span: Span,
    severity: Severity,
    message: String,
) -> Finding {
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        severity,
        Evidence::Schema,
        span,
        message,
    );
    about_only(context, &mut finding, inner);
    finding.why.push(
        "the window function needs all rows in order before the filter sees its result".to_owned(),
    );
    finding
}
