use std::collections::BTreeSet;

use crate::catalog::Table;
use crate::query::{
    BinaryOp, Block, BlockRole, Expr, ExprKind, GroupBy, JoinTree, LikeKind, Literal, QueryBody,
    QueryExpressionId, RelationId, Truth, one_line,
};

use super::support::{about, rows_of};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// UPDATE or DELETE that meets every row.
pub struct WriteWithoutPredicate;

static INFO: RuleInfo = RuleInfo {
    name: "write-without-predicate",
    summary: "UPDATE or DELETE without a condition that filters",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds UPDATE and DELETE without WHERE, or with one that is true for every row: true, 1 = 1, a NOT NULL column compared with itself, \
            IS NOT NULL on a NOT NULL column, LIKE '%' on one. A join with the tables of FROM or USING and a subquery count as a condition, \
            unless nothing in them compares a column of the table that is written: a single row of FROM or USING, or an EXISTS, then lets all rows pass or none.",
        why_it_is_slow: "Every row is written: a new row version for each UPDATE, in the table and in the indexes, as much write-ahead log again, and a lock on every \
            row until the transaction ends. The table is about twice as large afterwards. Very often the condition was simply forgotten.",
        example_schema: "CREATE TABLE employees (id int PRIMARY KEY, department int NOT NULL, salary int NOT NULL);",
        example_statistics: "",
        example: "UPDATE employees SET salary = salary + 100 WHERE 1 = 1;",
        use_instead: "UPDATE employees SET salary = salary + 100 WHERE department = 7;",
        trade_off: "Where all rows are meant: TRUNCATE empties a table at once (it takes an exclusive lock and needs CASCADE or no foreign keys to it); \
            an UPDATE of a large table goes better in batches by key, with a condition that leaves out the rows that are right already.",
        interview_question: "You have to change a column in all rows of a table with 200 million rows that is in use. How?",
        good_answer: &[
            "One UPDATE would lock all rows, double the table and hold back VACUUM as long as it runs.",
            "Batches by primary key range, committed one by one, with pauses; only rows that really change (IS DISTINCT FROM).",
            "A constant for all rows: ADD COLUMN ... DEFAULT, which since PostgreSQL 11 writes no row.",
            "To delete everything: TRUNCATE, or drop a partition.",
        ],
    },
};

impl Rule for WriteWithoutPredicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for block in context.query.own_blocks() {
            if matches!(block.role, BlockRole::Update | BlockRole::Delete) {
                findings.extend(check(context, block));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let relations = block.relations();
    let target = *relations.first()?;
    // a LATERAL item or an inner join with a derived table may leave rows out
    if relations
        .iter()
        .skip(1)
        .any(|relation| context.query.relation(*relation).lateral)
    {
        return None;
    }
    let conditions: Vec<&Expr> = block
        .filter
        .iter()
        .chain(block.joins().into_iter().flat_map(|join| &join.on))
        .collect();
    let real: Vec<&Expr> = conditions
        .iter()
        .copied()
        .filter(|conjunct| !is_always_true(context, block, conjunct))
        .collect();
    if !real.is_empty() {
        return all_or_none(context, block, target, &real);
    }
    let written = !conditions.is_empty();
    let query = context.query;
    let verb = match block.role {
        BlockRole::Delete => "DELETE",
        _ => "UPDATE",
    };
    let table = query.relation(target);
    let span = block
        .clauses
        .filter
        .filter(|_| written)
        .unwrap_or(block.span);
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        span,
        if written {
            format!(
                "{verb} meets every row of {}: \"{}\" is always true",
                table.alias,
                one_line(&query.file, span)
            )
        } else {
            format!("{verb} without WHERE meets every row of {}", table.alias)
        },
    );
    about(context, &mut finding, target);
    tell_rows(context, &mut finding, target);
    finding.why.push(match block.role {
        BlockRole::Delete => match referring_table(context, target) {
            Some(other) => format!(
                "TRUNCATE, which empties a table at once, is refused as long as {other} refers to it, unless that is emptied with it (CASCADE)"
            ),
            None => "if the table is to be emptied, TRUNCATE does it at once, without a row version for each row".to_owned(),
        },
        _ => "if all rows are meant, write them in batches by key, and leave out those that are right already".to_owned(),
    });
    finding.label = Some("filters nothing".to_owned());
    Some(finding)
}

/// A table is not larger than this where somebody may well mean all of its rows.
const FEW_ROWS: f64 = 10.0;

/// Conditions of which none looks at the row that is written: they let all rows pass, or none.
fn all_or_none(
    context: &StatementContext<'_>,
    block: &Block,
    target: RelationId,
    conditions: &[&Expr],
) -> Option<Finding> {
    let query = context.query;
    let looks_at_row = conditions.iter().any(|conjunct| conjunct.reads(target))
        || context
            .facts
            .references(&BTreeSet::from([target]), &[])
            .iter()
            .any(|reference| reference.block != block.id);
    if looks_at_row || rows_of(context, target).is_some_and(|rows| rows <= FEW_ROWS) {
        return None;
    }
    let asks_subquery = conditions
        .iter()
        .all(|conjunct| asks_a_table(context, conjunct));
    let others: Vec<RelationId> = block.relations().into_iter().skip(1).collect();
    let others_are_one_row = !others.is_empty()
        && conditions.iter().all(|conjunct| {
            let read = conjunct.relations();
            !read.is_empty() && !conjunct.has_subquery()
        })
        && others.iter().all(|relation| {
            query.table_of(*relation).is_some()
                && context.facts.is_one_row_by_constants(block, *relation)
        });
    let written = query.relation(target);
    let verb = match block.role {
        BlockRole::Delete => "DELETE",
        _ => "UPDATE",
    };
    let message = if others_are_one_row {
        let names: Vec<&str> = others
            .iter()
            .map(|relation| query.relation(*relation).alias.as_str())
            .collect();
        format!(
            "no condition ties {} to {}: {verb} meets every row of {} or none",
            written.alias,
            names.join(", "),
            written.alias
        )
    } else if others.is_empty() && asks_subquery {
        format!(
            "the subquery does not look at the row of {}: {verb} meets every row or none",
            written.alias
        )
    } else {
        return None;
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        block.clauses.filter.unwrap_or(block.span),
        message,
    );
    about(context, &mut finding, target);
    tell_rows(context, &mut finding, target);
    finding.why.push(format!(
        "add the condition that compares a column of {} with one of the other table; a column that both have belongs to the innermost one unless it is written with its table",
        written.alias
    ));
    finding.label = Some("the same for every row".to_owned());
    Some(finding)
}

/// `[NOT] EXISTS (SELECT ... FROM table ...)`
fn asks_a_table(context: &StatementContext<'_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Not(operand) => asks_a_table(context, operand),
        ExprKind::Exists(id) => match context.query.expression(*id).body {
            QueryBody::Select(block) => {
                let block = context.query.block(block);
                !block.from.is_empty() && !block.is_grouped()
            }
            _ => false,
        },
        _ => false,
    }
}

fn tell_rows(context: &StatementContext<'_>, finding: &mut Finding, target: RelationId) {
    if let Some(rows) = rows_of(context, target) {
        finding.facts.insert("rows".to_owned(), rows.into());
        finding.why.push(format!(
            "{rows:.0} rows by the statistics, all locked until the transaction ends"
        ));
    }
}

/// Another table whose foreign key refers to the one that a relation reads.
fn referring_table(context: &StatementContext<'_>, target: RelationId) -> Option<String> {
    let id = context.query.table_of(target)?;
    let refers = |table: &&Table| {
        table.id != id
            && table.foreign_keys.iter().any(|key| {
                context
                    .catalog
                    .referenced_columns(key)
                    .is_some_and(|(other, _)| other.id == id)
            })
    };
    let table = context.catalog.tables().find(refers)?;
    Some(table.name.to_short_sql())
}

/// Whether a condition is true for every row that there can be.
fn is_always_true(context: &StatementContext<'_>, block: &Block, expr: &Expr) -> bool {
    let always = |expr: &Expr| is_always_true(context, block, expr);
    match &expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => *value,
        ExprKind::And(arms) => arms.iter().all(always),
        ExprKind::Or(arms) => arms.iter().any(always),
        ExprKind::Not(operand) => is_never_true_or_null(context, block, operand),
        ExprKind::Cast { operand, data_type } => {
            *data_type == crate::catalog::Type::Bool
                && (always(operand)
                    || matches!(&operand.kind, ExprKind::Literal(Literal::String(text))
                        if matches!(text.to_ascii_lowercase().as_str(), "t" | "true" | "on" | "yes" | "1")))
        }
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::Eq | BinaryOp::LtEq | BinaryOp::GtEq => {
                same_value(context, block, left, right)
            }
            BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::Gt => compare_numbers(left, right)
                .is_some_and(|order| match op {
                    BinaryOp::NotEq => order.is_ne(),
                    BinaryOp::Lt => order.is_lt(),
                    _ => order.is_gt(),
                }),
            _ => false,
        },
        ExprKind::IsDistinct {
            left,
            right,
            negated: true,
        } => left == right && !context.facts.is_volatile(left),
        ExprKind::IsNull {
            operand,
            negated: true,
        } => never_null(context, block, operand),
        ExprKind::Exists(query) => is_a_bare_row(context, *query),
        ExprKind::InSubquery {
            operand,
            query,
            negated: false,
        } => never_null(context, block, operand) && shows_whole_column(context, operand, *query),
        ExprKind::IsTruth {
            operand,
            value: Truth::True,
            negated: false,
        } => always(operand),
        ExprKind::Like {
            operand,
            pattern,
            kind: LikeKind::Like | LikeKind::ILike,
            negated: false,
            ..
        } => {
            matches!(&pattern.kind, ExprKind::Literal(Literal::String(text)) if !text.is_empty() && text.bytes().all(|byte| byte == b'%'))
                && never_null(context, block, operand)
        }
        _ => false,
    }
}

/// `SELECT 1`, without FROM and WHERE.
fn is_a_bare_row(context: &StatementContext<'_>, id: QueryExpressionId) -> bool {
    let expression = context.query.expression(id);
    let QueryBody::Select(block) = expression.body else {
        return false;
    };
    let block = context.query.block(block);
    block.from.is_empty()
        && block.filter.is_empty()
        && block.having.is_empty()
        && block.group_by == GroupBy::None
        && expression.limit.is_none()
        && expression.offset.is_none()
}

/// Whether a subquery shows all values of the very column that is looked for in it.
fn shows_whole_column(
    context: &StatementContext<'_>,
    operand: &Expr,
    id: QueryExpressionId,
) -> bool {
    let expression = context.query.expression(id);
    let QueryBody::Select(inner) = expression.body else {
        return false;
    };
    let inner = context.query.block(inner);
    let ([item], [JoinTree::Relation(relation)]) = (inner.select.as_slice(), inner.from.as_slice())
    else {
        return false;
    };
    let (Some(own), Some(shown)) = (operand.as_column(), item.expr.as_column()) else {
        return false;
    };
    let table = context.query.table_of(*relation);
    inner.filter.is_empty()
        && inner.having.is_empty()
        && inner.group_by == GroupBy::None
        && expression.limit.is_none()
        && expression.offset.is_none()
        && !context.query.relation(*relation).sampled
        && shown.relation == *relation
        && own.column == shown.column
        && table.is_some()
        && table == context.query.table_of(own.relation)
}

fn is_never_true_or_null(context: &StatementContext<'_>, block: &Block, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => !value,
        ExprKind::Not(operand) => is_always_true(context, block, operand),
        ExprKind::IsNull {
            operand,
            negated: false,
        } => never_null(context, block, operand),
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::Gt => {
                same_value(context, block, left, right)
            }
            BinaryOp::Eq => compare_numbers(left, right).is_some_and(|order| order.is_ne()),
            _ => false,
        },
        _ => false,
    }
}

/// Whether two sides surely have the same value, and none is NULL.
fn same_value(context: &StatementContext<'_>, block: &Block, left: &Expr, right: &Expr) -> bool {
    if compare_numbers(left, right).is_some_and(|order| order.is_eq()) {
        return true;
    }
    left == right
        && !context.facts.is_volatile(left)
        && !left.has_subquery()
        && never_null(context, block, left)
        && !left.any(&|part| matches!(part.kind, ExprKind::Parameter(_)))
        && reads_only(left, &block.relations())
}

/// Whether an expression is never NULL, whatever the condition says.
fn never_null(context: &StatementContext<'_>, block: &Block, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(column) => {
            !context.facts.column_may_be_null(*column)
                && !context
                    .facts
                    .nullable_relations(block)
                    .contains(&column.relation)
        }
        ExprKind::Literal(literal) => *literal != Literal::Null,
        _ => false,
    }
}

fn reads_only(expr: &Expr, relations: &[RelationId]) -> bool {
    expr.relations()
        .iter()
        .all(|relation| relations.contains(relation))
}

fn compare_numbers(left: &Expr, right: &Expr) -> Option<std::cmp::Ordering> {
    let left = super::support::constant_integer(left)?;
    let right = super::support::constant_integer(right)?;
    Some(left.cmp(&right))
}
