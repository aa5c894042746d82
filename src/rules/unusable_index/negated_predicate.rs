use std::collections::BTreeSet;

use crate::catalog::{Column, Table, quote_identifier};
use crate::index::literal_text;
use crate::query::{
    BinaryOp, Block, BlockRole, ColumnRef, Expr, ExprKind, GroupBy, RelationSource, Truth,
};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

use super::access::{best_access, bounds, can_be_indexed, column_of, is_applicable, rows_of};
use super::comparison::{placed_conditions, resolve};
use super::index_sql::{INDEX_COST, create_index, unqualified_text};
use super::verdict::{is_small, readable, served_otherwise, text};

/// A negation that leaves few rows.
pub struct NegatedPredicate;

static INFO: RuleInfo = RuleInfo {
    name: "negated-predicate",
    summary: "a negation leaves few rows, but no index can be searched for it",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds `<>`, NOT IN and NOT (...) with constants where the statistics say that the excluded values make up nearly all rows, \
            and proposes a partial index over the rest. Silent without statistics, where the rest is common, and where a partial index or \
            another condition already leads to few rows.",
        why_it_is_slow: "A B-tree can be searched for a value or a range, not for everything else. So PostgreSQL reads the whole table for \
            the few rows that are not done, not closed, not sent.",
        example_schema: "CREATE TABLE tasks (id int PRIMARY KEY, status text NOT NULL, worker_id int NOT NULL);\nCREATE INDEX tasks_status ON tasks (status);",
        example_statistics: "[tables.tasks]\nrows = 900_000\n[tables.tasks.columns.status]\nvalues = { done = 0.98, open = 0.015, held = 0.005 }",
        example: "SELECT id FROM tasks\nWHERE status <> 'done';",
        use_instead: "CREATE INDEX tasks_open ON tasks (worker_id) WHERE status <> 'done';\nSELECT id FROM tasks\nWHERE status <> 'done';",
        trade_off: "The partial index is small and only written for rows that match; but only queries that state the condition can use it. \
            IN with the values that are wanted works with the plain index, and misses values that are added later.",
        interview_question: "99 % of the tasks are done, and status <> 'done' reads the whole table in spite of the index on status. What would you do?",
        good_answer: &[
            "No B-tree search for 'anything but': a partial index WHERE status <> 'done'.",
            "The key of the partial index can be what the query sorts, groups or joins by.",
            "Or name the wanted values: status IN ('queued', 'failed').",
            "The plain index on status is hardly ever worth its upkeep then.",
        ],
    },
};

impl Rule for NegatedPredicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        let query = context.query;
        for block in query.own_blocks() {
            if block.role == BlockRole::Merge {
                continue;
            }
            let placed = placed_conditions(context, block);
            for (at, condition) in placed.iter().enumerate() {
                // Thousands of conjuncts are not copied for each that is no exclusion.
                if exclusion(&condition.resolved).is_none() {
                    continue;
                }
                let beside: Vec<Expr> = placed
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != at)
                    .map(|(_, condition)| condition.resolved.clone())
                    .collect();
                findings.extend(check(
                    context,
                    block,
                    condition.conjunct,
                    &condition.resolved,
                    &beside,
                ));
            }
        }
    }
}

/// A condition that excludes values of one column.
struct Exclusion {
    column: ColumnRef,
    values: Vec<String>,
    /// Whether NULL passes.
    keeps_null: bool,
}

fn exclusion(expr: &Expr) -> Option<Exclusion> {
    let excluded = |operand: &Expr, values: &[&Expr], keeps_null: bool| {
        Some(Exclusion {
            column: operand.as_column()?,
            values: values
                .iter()
                .map(|value| literal_text(value))
                .collect::<Option<_>>()?,
            keeps_null,
        })
    };
    match &expr.kind {
        ExprKind::Binary {
            op: BinaryOp::NotEq,
            left,
            right,
        } => excluded(left, &[right], false).or_else(|| excluded(right, &[left], false)),
        ExprKind::InList {
            operand,
            list,
            negated: true,
        } => excluded(operand, &list.iter().collect::<Vec<_>>(), false),
        ExprKind::QuantifiedArray {
            op: BinaryOp::NotEq,
            operand,
            array,
            all: true,
        } => match &array_members(array)?.kind {
            ExprKind::Array(members) => {
                excluded(operand, &members.iter().collect::<Vec<_>>(), false)
            }
            _ => None,
        },
        ExprKind::IsDistinct {
            left,
            right,
            negated: false,
        } => excluded(left, &[right], true).or_else(|| excluded(right, &[left], true)),
        ExprKind::IsTruth {
            operand,
            value: value @ (Truth::True | Truth::False),
            negated: true,
        } => Some(Exclusion {
            column: operand.as_column()?,
            values: vec![(*value == Truth::True).to_string()],
            keeps_null: true,
        }),
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::Binary {
                op: BinaryOp::Eq,
                left,
                right,
            } => excluded(left, &[right], false).or_else(|| excluded(right, &[left], false)),
            ExprKind::InList {
                operand,
                list,
                negated: false,
            } => excluded(operand, &list.iter().collect::<Vec<_>>(), false),
            _ => None,
        },
        _ => None,
    }
}

/// An array behind its cast.
fn array_members(array: &Expr) -> Option<&Expr> {
    match &array.kind {
        ExprKind::Cast { operand, .. } => array_members(operand),
        ExprKind::Array(_) => Some(array),
        _ => None,
    }
}

/// Fraction of the rows that an exclusion leaves, where the statistics know the values.
fn left_over(column: &Column, exclusion: &Exclusion) -> Option<f64> {
    let statistics = column.statistics.as_ref()?;
    let known: Vec<f64> = exclusion
        .values
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|value| statistics.frequency(value))
        .collect();
    if known.is_empty() {
        return None;
    }
    let nulls = if exclusion.keeps_null {
        0.0
    } else {
        statistics.null_fraction
    };
    Some((1.0 - known.iter().sum::<f64>() - nulls).max(0.0))
}

fn check(
    context: &StatementContext<'_>,
    block: &Block,
    conjunct: &Expr,
    resolved: &Expr,
    beside: &[Expr],
) -> Option<Finding> {
    let exclusion = exclusion(resolved)?;
    let relation = exclusion.column.relation;
    let RelationSource::Table(id) = context.query.relation(relation).source else {
        return None;
    };
    let table = context.catalog.table(id);
    let column = column_of(table, exclusion.column)?;
    let rows = rows_of(table)?;
    let rest = left_over(column, &exclusion)?;
    if rest > context.thresholds.selective_fraction
        || !can_be_indexed(table)
        || is_small(context, table)
    {
        return None;
    }
    let own: Vec<Expr> = beside
        .iter()
        .filter(|condition| condition.relations() == BTreeSet::from([relation]))
        .cloned()
        .collect();
    if served_otherwise(context, table, relation, &own, Some(rest))
        || has_partial_index(context, table, relation, resolved, beside)
    {
        return None;
    }
    let inner = context.query.relation(relation);
    let direct = block.relations().contains(&relation);
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        Severity::Warning,
        Evidence::Statistics,
        conjunct.span,
        format!(
            "{} leaves {} of {} rows, and no index can be searched for it",
            text(context, conjunct),
            readable((rows * rest).max(1.0)),
            readable(rows)
        ),
    );
    finding.relation = Some(inner.alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = vec![column.name.clone()];
    finding.label = Some("a B-tree is searched for values, not for all others".to_owned());
    finding.facts.insert("rows".to_owned(), rows.into());
    finding.facts.insert("fraction".to_owned(), rest.into());
    finding.why = vec![format!(
        "the excluded values make up {:.2} % of the rows, by the statistics",
        (1.0 - rest) * 100.0
    )];
    if direct {
        finding.fixes.extend(partial_index(
            context, block, table, relation, conjunct, &own,
        ));
    }
    Some(finding)
}

/// Whether a partial index exists whose predicate this condition is needed for, or one that serves the whole.
fn has_partial_index(
    context: &StatementContext<'_>,
    table: &Table,
    relation: crate::query::RelationId,
    condition: &Expr,
    beside: &[Expr],
) -> bool {
    let with: Vec<&Expr> = beside.iter().chain([condition]).collect();
    let without: Vec<&Expr> = beside.iter().collect();
    context.catalog.indexes_of(table).any(|index| {
        index.predicate.is_some()
            && is_applicable(context, relation, index, &with)
            && (!is_applicable(context, relation, index, &without)
                || best_access(context, table, relation, beside).is_some())
    })
}

fn partial_index(
    context: &StatementContext<'_>,
    block: &Block,
    table: &Table,
    relation: crate::query::RelationId,
    conjunct: &Expr,
    own: &[Expr],
) -> Option<crate::rules::Fix> {
    if conjunct.relations() != BTreeSet::from([relation]) || !is_constant_condition(conjunct) {
        return None;
    }
    let predicate = unqualified_text(context, table, conjunct)?;
    let keys = key_columns(context, block, table, relation, conjunct, own);
    if keys.is_empty() {
        return None;
    }
    Some(create_index(
        format!(
            "CREATE INDEX ON {} ({}) WHERE {predicate};",
            table.name.to_short_sql(),
            keys.join(", ")
        ),
        &format!(
            "{INDEX_COST}, but only for the rows that match; serves queries that state the condition"
        ),
    ))
}

fn is_constant_condition(conjunct: &Expr) -> bool {
    !conjunct.any(&|part| matches!(part.kind, ExprKind::Parameter(_) | ExprKind::Function(_)))
}

/// What the query looks up, sorts or groups by, else the column itself.
fn key_columns(
    context: &StatementContext<'_>,
    block: &Block,
    table: &Table,
    relation: crate::query::RelationId,
    conjunct: &Expr,
    own: &[Expr],
) -> Vec<String> {
    let excluded = conjunct.columns();
    let name =
        |column: ColumnRef| column_of(table, column).map(|column| quote_identifier(&column.name));
    let mut keys: Vec<String> = bounds(context, table, relation, own)
        .iter()
        .filter(|bound| bound.equality)
        .filter_map(|bound| bound.key.as_column())
        .filter(|column| !excluded.contains(column))
        .filter_map(name)
        .collect();
    let mut wanted: Vec<Expr> = Vec::new();
    if let GroupBy::Expressions(list) = &block.group_by {
        wanted.extend(list.iter().cloned());
    } else if let Some(expression) = block.expression {
        wanted.extend(
            context
                .query
                .expression(expression)
                .order_by
                .iter()
                .filter(|key| !key.descending)
                .map(|key| key.expr.clone()),
        );
    }
    for expr in wanted {
        match resolve(context, &expr).as_column() {
            Some(column) if column.relation == relation => keys.extend(name(column)),
            _ => break,
        }
    }
    if keys.is_empty() {
        keys.extend(excluded.into_iter().next().and_then(name));
    }
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    keys.truncate(3);
    keys
}
