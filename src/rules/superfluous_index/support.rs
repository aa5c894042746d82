//! What the rules about existing indexes share.

use indexmap::IndexMap;

use crate::catalog::{Column, Index, IndexTarget, Table};
use crate::index::literal_text;
use crate::query::{BinaryOp, Block, Expr, ExprKind, Facts, Query, RelationId, Truth};
use crate::rules::{Evidence, Finding, Fix, FixKind, Safety, SchemaContext, Severity};

/// A finding about an index.
pub(super) fn about_index(
    context: &SchemaContext<'_>,
    rule: &'static str,
    severity: Severity,
    evidence: Evidence,
    index: &Index,
    message: String,
) -> Finding {
    let table = context.catalog.table(index.table);
    Finding {
        rule,
        severity,
        evidence,
        location: index.location.clone(),
        statement: None,
        relation: Some(table.name.name.clone()),
        table: Some(table.name.to_string()),
        columns: key_names(table, index),
        index: Some(index.name.to_string()),
        message,
        why: Vec::new(),
        label: None,
        facts: IndexMap::new(),
        fixes: Vec::new(),
    }
}

/// The names of the key's plain columns.
pub(super) fn key_names(table: &Table, index: &Index) -> Vec<String> {
    index
        .keys
        .iter()
        .filter_map(|key| match key.target {
            IndexTarget::Column(column) => Some(table.column(column).name.clone()),
            IndexTarget::Expression(_) => None,
        })
        .collect()
}

/// DROP INDEX, for a person to decide.
pub(super) fn drop_index(index: &Index, tradeoff: &str) -> Fix {
    Fix {
        kind: FixKind::DropIndex,
        sql: format!("DROP INDEX {}", index.name.to_sql()),
        safety: Safety::Review,
        tradeoff: tradeoff.to_owned(),
        edits: Vec::new(),
    }
}

/// The only key of an index, where it is a plain column.
pub(super) fn only_column<'a>(table: &'a Table, index: &Index) -> Option<&'a Column> {
    match index.keys.as_slice() {
        [key] => match key.target {
            IndexTarget::Column(column) => Some(table.column(column)),
            IndexTarget::Expression(_) => None,
        },
        _ => None,
    }
}

/// The indexes of ordinary tables that no partitioned index brought along.
pub(super) fn own_indexes<'a>(context: &SchemaContext<'a>) -> impl Iterator<Item = &'a Index> {
    let catalog = context.catalog;
    catalog
        .indexes()
        .filter(|index| index.parent.is_none() && catalog.table(index.table).partition_of.is_none())
}

/// How a query asks for a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// `= value`; `None` where the value is not in the text (a parameter, another column).
    Equal(Option<String>),
    Range,
    /// LIKE, ILIKE or a regular expression.
    Pattern {
        prefix: bool,
    },
    Other,
}

/// How the queries ask for a table's column, each with the relation and block that it stands in.
pub(super) fn asked<'q>(
    context: &SchemaContext<'q>,
    table: &Table,
    column: usize,
) -> Vec<(&'q Query, &'q Block, RelationId, Asked)> {
    let mut all = Vec::new();
    for query in context.queries {
        let facts = Facts::new(query, context.schema);
        for block in &query.blocks {
            let conditions = block
                .filter
                .iter()
                .chain(block.joins().into_iter().flat_map(|join| &join.on));
            for conjunct in conditions {
                for reference in conjunct.columns() {
                    let base = facts.base_column(reference);
                    if base.is_some_and(|(id, found)| id == table.id && found.0 == column) {
                        for asked in forms(conjunct, reference) {
                            all.push((query, block, reference.relation, asked));
                        }
                    }
                }
            }
        }
    }
    all
}

fn forms(conjunct: &Expr, column: crate::query::ColumnRef) -> Vec<Asked> {
    let is_it = |expr: &Expr| expr.as_collated_column() == Some(column);
    match &conjunct.kind {
        ExprKind::Or(arms) | ExprKind::And(arms) => {
            arms.iter().flat_map(|arm| forms(arm, column)).collect()
        }
        ExprKind::Column(found) if *found == column => vec![Asked::Equal(Some("true".to_owned()))],
        ExprKind::Not(operand) if is_it(operand) => vec![Asked::Equal(Some("false".to_owned()))],
        ExprKind::IsTruth {
            operand,
            value,
            negated: false,
        } if is_it(operand) => match value {
            Truth::True => vec![Asked::Equal(Some("true".to_owned()))],
            Truth::False => vec![Asked::Equal(Some("false".to_owned()))],
            Truth::Unknown => vec![Asked::Other],
        },
        ExprKind::Binary { op, left, right } if is_it(left) || is_it(right) => {
            let other = if is_it(left) { right } else { left };
            match op {
                BinaryOp::Eq => vec![Asked::Equal(literal_text(other))],
                op if op.is_range() => vec![Asked::Range],
                BinaryOp::Regex { .. } => vec![Asked::Pattern { prefix: false }],
                _ => vec![Asked::Other],
            }
        }
        ExprKind::InList {
            operand,
            list,
            negated: false,
        } if is_it(operand) => list
            .iter()
            .map(|member| Asked::Equal(literal_text(member)))
            .collect(),
        ExprKind::QuantifiedArray { operand, .. } | ExprKind::InSubquery { operand, .. }
            if is_it(operand) =>
        {
            vec![Asked::Equal(None)]
        }
        ExprKind::Between { operand, .. } if is_it(operand) => vec![Asked::Range],
        ExprKind::Like {
            operand, pattern, ..
        } if is_it(operand) => {
            let prefix =
                literal_text(pattern).is_some_and(|pattern| !pattern.starts_with(['%', '_']));
            vec![Asked::Pattern { prefix }]
        }
        _ => vec![Asked::Other],
    }
}
