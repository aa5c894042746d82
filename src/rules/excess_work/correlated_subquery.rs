use std::collections::BTreeSet;

use crate::query::{
    Block, BlockRole, ColumnRef, Expr, ExprKind, QueryBody, QueryExpressionId, RelationId,
    as_equality, one_line,
};

use super::count_for_existence::is_existence_question;
use super::support::{
    about_only, constant_integer, estimated_rows, one_row_block, rows_of, starts_an_index,
};
use crate::index::table_pages;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A scalar subquery that is run for each row.
pub struct CorrelatedSubquery;

static INFO: RuleInfo = RuleInfo {
    name: "correlated-subquery",
    summary: "a scalar subquery is run for each row of the query around it",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds scalar subqueries that read columns of the query around them, where that query has many rows. A warning where the statistics say that \
            the inner table is large and no index serves the subquery, or that the outer rows are thousands; information where sizes are not known. \
            Silent for one outer row, for small tables, and for few outer rows with an index. EXISTS and IN, which become joins, are not meant.",
        why_it_is_slow: "PostgreSQL does not turn a scalar subquery into a join: it runs it once for each outer row (SubPlan in the plan, loops = number of rows). \
            Without an index each run reads the whole inner table; with one it is still a descent into the index for each row.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int NOT NULL);",
        example_statistics: "",
        example: "SELECT c.name,\n  (SELECT sum(o.total) FROM orders o WHERE o.customer_id = c.id) AS total\nFROM customers c;",
        use_instead: "SELECT c.name, o.total\nFROM customers c\nLEFT JOIN (\n  SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id\n) o ON o.customer_id = c.id;",
        trade_off: "The join computes the value for all groups: better when the outer query shows most of them, worse when it shows a few, where the subquery with an index \
            is right. count needs coalesce(..., 0) after the LEFT JOIN.",
        interview_question: "The plan shows SubPlan 1 with loops=100000. What does it mean, and how do you rewrite it?",
        good_answer: &[
            "The subquery ran 100,000 times, once for each outer row; its cost and time are per loop.",
            "LEFT JOIN to a derived table that is grouped by the correlation column; coalesce for counts.",
            "LEFT JOIN LATERAL ... LIMIT 1 or DISTINCT ON for \"the latest\", with an index on (key, time).",
            "For a few outer rows and an index the subquery is fine.",
            "The subquery gives NULL where nothing matches, so an inner join would lose rows.",
        ],
    },
};

impl Rule for CorrelatedSubquery {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if block.role != BlockRole::Select
                || !has_scalar_subquery(block)
                || one_row_source(context, block)
            {
                continue;
            }
            for item in &block.select {
                collect(context, block, &item.expr, true, findings);
            }
            for expr in block.filter.iter().chain(&block.having) {
                collect(context, block, expr, false, findings);
            }
        }
    }
}

fn has_scalar_subquery(block: &Block) -> bool {
    let shown = block.select.iter().map(|item| &item.expr);
    shown
        .chain(&block.filter)
        .chain(&block.having)
        .any(|expr| expr.any(&|part| matches!(part.kind, ExprKind::ScalarSubquery(_))))
}

/// Whether the subquery would be run for one row at most.
fn one_row_source(context: &StatementContext<'_>, block: &Block) -> bool {
    block.from.is_empty() || !block.is_grouped() && one_row_block(context, block)
}

fn collect(
    context: &StatementContext<'_>,
    block: &Block,
    expr: &Expr,
    shown: bool,
    findings: &mut Vec<Finding>,
) {
    if is_existence_question(context, expr) {
        return;
    }
    if let ExprKind::ScalarSubquery(id) = expr.kind {
        findings.extend(check(context, block, expr, id, shown));
    }
    for child in expr.children() {
        collect(context, block, child, shown, findings);
    }
}

/// How the rows of a subquery are found.
enum Access {
    /// At most one row, by a key.
    Key,
    Index,
    /// The whole table is read.
    Scan,
}

/// Outer rows up to which a subquery by index is as good as a join.
const FEW_ROWS: f64 = 1_000.0;
/// LIMIT up to which a subquery by index in the select list is as good as a join.
const SHORT_PAGE: i128 = 1_000;
/// Inner rows up to which reading the whole table for each row is no matter.
const SMALL_TABLE: f64 = 1_000.0;

fn check(
    context: &StatementContext<'_>,
    outer: &Block,
    expr: &Expr,
    id: QueryExpressionId,
    shown: bool,
) -> Option<Finding> {
    let query = context.query;
    let QueryBody::Select(inner) = query.expression(id).body else {
        return None;
    };
    let inner = query.block(inner);
    if inner.from.is_empty() || !is_correlated(context, outer, inner) {
        return None;
    }
    let access = access(context, inner)?;
    // the rows that are left when the other conditions have been checked
    let joined = outer
        .relations()
        .iter()
        .filter_map(|relation| context.advice().joined_rows.get(relation).copied())
        .reduce(f64::max);
    let outer_rows =
        estimated_rows(context, outer).map(|rows| joined.map_or(rows, |joined| joined.min(rows)));
    let inner_rows = inner
        .relations()
        .into_iter()
        .map(|relation| rows_of(context, relation))
        .try_fold(0.0_f64, |most, rows| rows.map(|rows| most.max(rows)));
    let page = shown.then(|| page_size(context, outer)).flatten();
    let few = page.is_some_and(|rows| rows <= SHORT_PAGE)
        || outer_rows.is_some_and(|rows| rows <= FEW_ROWS);
    let severity = match (&access, outer_rows, inner_rows) {
        (Access::Key, ..) if few => return None,
        (Access::Key, ..) => Severity::Info,
        (Access::Index, ..) if few => return None,
        (Access::Index, Some(rows), Some(_)) if is_cheaper_than_a_pass(context, inner, rows) => {
            Severity::Info
        }
        (Access::Index, Some(_), _) => Severity::Warning,
        (Access::Index, None, _) => Severity::Info,
        (Access::Scan, Some(rows), _) if rows <= 2.0 => return None,
        (Access::Scan, _, Some(rows)) if rows <= SMALL_TABLE => return None,
        (Access::Scan, Some(_), Some(_)) => Severity::Warning,
        (Access::Scan, ..) => Severity::Info,
    };
    let evidence = if outer_rows.is_some() && inner_rows.is_some() {
        Evidence::Statistics
    } else {
        Evidence::Schema
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        evidence,
        expr.span,
        "this subquery is run once for each row of the query around it".to_owned(),
    );
    about_only(context, &mut finding, inner);
    match outer_rows {
        Some(rows) => {
            finding
                .why
                .push(format!("some {rows:.0} outer rows by the statistics"));
            finding.facts.insert("outer_rows".to_owned(), rows.into());
        }
        None => finding
            .why
            .push("no statistics: the number of outer rows is not known".to_owned()),
    }
    finding.why.push(
        match access {
            Access::Key => {
                "each run finds one row by its key; a LEFT JOIN finds them all in one pass"
            }
            Access::Index => "each run descends into an index; a join reads the rows in one pass",
            Access::Scan => "no index serves it, so that each run reads the whole table",
        }
        .to_owned(),
    );
    finding.why.push(advice(context, inner, &access));
    Some(finding)
}

/// Blocks of a descent into an index.
const DESCENT: f64 = 3.0;

/// Whether the runs by index together read less than twice what one pass over the inner table does.
fn is_cheaper_than_a_pass(context: &StatementContext<'_>, inner: &Block, outer_rows: f64) -> bool {
    let conditions: Vec<&Expr> = context.facts.passed_conditions(inner).collect();
    let columns = correlation_columns(inner, &conditions);
    columns.iter().any(|(column, _)| {
        let Some((id, position)) = context.facts.base_column(*column) else {
            return false;
        };
        let table = context.catalog.table(id);
        let (Some(sizes), Some(statistics)) =
            (&table.statistics, &table.column(position).statistics)
        else {
            return false;
        };
        let pages = table_pages(context.catalog, table, sizes.rows);
        starts_an_index(context, *column)
            && statistics
                .distinct_values(sizes.rows)
                .is_some_and(|values| outer_rows * (DESCENT + sizes.rows / values) < pages * 2.0)
    })
}

fn page_size(context: &StatementContext<'_>, outer: &Block) -> Option<i128> {
    let expression = context.query.expression(outer.expression?);
    let limit = constant_integer(expression.limit.as_ref()?.count.as_ref()?)?;
    // rows are skipped before the select list is computed only where nothing sorts by it
    (!outer.is_grouped()).then_some(limit)
}

/// Whether an expression of the subquery reads the outer block.
fn is_correlated(context: &StatementContext<'_>, outer: &Block, inner: &Block) -> bool {
    let outside: BTreeSet<RelationId> = outer.relations().into_iter().collect();
    context.query.blocks.iter().any(|block| {
        block.view.is_none()
            && inner.span.contains(block.span)
            && context
                .query
                .expressions_of(block)
                .into_iter()
                .any(|expr| expr.reads_any(&outside))
    })
}

/// The columns of a block that its conditions compare with something outside of it.
fn correlation_columns<'q>(
    inner: &'q Block,
    conditions: &[&'q Expr],
) -> Vec<(ColumnRef, &'q Expr)> {
    let own: BTreeSet<RelationId> = inner.relations().into_iter().collect();
    conditions
        .iter()
        .filter_map(|condition| {
            let (left, right) = as_equality(condition)?;
            for (side, other) in [(left, right), (right, left)] {
                if let Some(column) = side.as_column()
                    && own.contains(&column.relation)
                    && !other.reads_any(&own)
                {
                    return Some((column, other));
                }
            }
            None
        })
        .collect()
}

fn access(context: &StatementContext<'_>, inner: &Block) -> Option<Access> {
    let facts = &context.facts;
    if facts.has_fixed_key(inner) {
        return Some(Access::Key);
    }
    let conditions: Vec<&Expr> = facts.passed_conditions(inner).collect();
    let columns = correlation_columns(inner, &conditions);
    let served = columns
        .iter()
        .any(|(column, _)| starts_an_index(context, *column));
    let known = inner
        .relations()
        .iter()
        .all(|relation| facts.base_table(*relation).is_some());
    if served {
        Some(Access::Index)
    } else if known {
        Some(Access::Scan)
    } else {
        None
    }
}

fn advice(context: &StatementContext<'_>, inner: &Block, access: &Access) -> String {
    let query = context.query;
    let conditions: Vec<&Expr> = context.facts.passed_conditions(inner).collect();
    let keys: Vec<String> = correlation_columns(inner, &conditions)
        .into_iter()
        .filter(|(_, other)| !other.is_constant())
        .filter_map(|(column, _)| {
            let relation = query.relation(column.relation);
            Some(relation.columns.get(column.column)?.name.clone())
        })
        .collect();
    let limited = inner
        .expression
        .is_some_and(|id| query.expression(id).limit.is_some());
    let list = inner
        .clauses
        .select
        .map(|span| one_line(&query.file, span))
        .unwrap_or_default();
    if matches!(access, Access::Key) {
        return "LEFT JOIN the table by its key, and take the column from it".to_owned();
    }
    if limited || !inner.is_grouped() {
        return format!(
            "an index on ({}) and the sort columns makes each run short; or LEFT JOIN (SELECT DISTINCT ON ({0}) ...) by {0}",
            keys.join(", ")
        );
    }
    if keys.is_empty() {
        return "compute it once for all groups, and join the result".to_owned();
    }
    format!(
        "LEFT JOIN (SELECT {0}, {list} ... GROUP BY {0}) and take the value from there, with coalesce for counts",
        keys.join(", ")
    )
}
