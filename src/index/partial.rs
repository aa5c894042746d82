//! Indexes over the rows with a rare constant only.

use crate::catalog::{ColumnId, Type};
use crate::query::{BinaryOp, BoundSchema, Expr, ExprKind, Literal};

use super::candidates::{Candidate, column_of};
use super::condition::{Condition, Operator};
use super::definition::{IndexDefinition, KeyDefinition};
use super::model::{BlockModel, TableModel};
use super::proposal::ProposalKind;

/// A value in fewer of the rows than this is rare: an index on it alone is small.
pub(super) const RARE: f64 = 0.05;
/// A column with more values than this is no status or flag.
const FEW_VALUES: f64 = 50.0;

/// The same index for the rows with a rare constant only.
pub(super) fn partial(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    whole: &IndexDefinition,
) -> Option<Candidate> {
    let rare: Vec<&Condition> = table
        .constant
        .iter()
        .filter(|condition| is_rare(table, condition))
        .collect();
    let chosen = rare
        .iter()
        .min_by(|a, b| a.selectivity.total_cmp(&b.selectivity))?;
    let predicate = predicate_of(model, table, chosen)?;
    let mut keys: Vec<KeyDefinition> = whole
        .keys
        .iter()
        .filter(|key| key.expr != chosen.key)
        .cloned()
        .collect();
    if keys.is_empty() {
        if is_found_already(model, table, chosen) {
            return None;
        }
        let first = table
            .table
            .primary_key
            .as_ref()
            .and_then(|key| key.columns.first().copied());
        let column = first.or_else(|| {
            column_of(table, &chosen.key)
                .and_then(|column| table.table.column_by_name(&column.name))
        })?;
        keys.push(KeyDefinition::plain(column_expr(table, column)));
    }
    Some(Candidate {
        definition: IndexDefinition {
            keys,
            predicate: vec![predicate],
            ..whole.clone()
        },
        kind: ProposalKind::Partial,
        extension: None,
    })
}

/// Whether an index begins with the condition's column, or holds by its predicate the rows that the condition leaves.
fn is_found_already(model: &BlockModel<'_>, table: &TableModel<'_>, condition: &Condition) -> bool {
    let premises: Vec<&Expr> = table.premises.iter().collect();
    table.indexes.iter().any(|index| {
        let definition = &index.definition;
        let leads = definition
            .keys
            .first()
            .is_some_and(|key| key.expr == condition.key);
        let predicate: Vec<Expr> = definition
            .predicate
            .iter()
            .map(|conjunct| BoundSchema::for_relation(conjunct, table.flat.id))
            .collect();
        leads
            || definition
                .predicate
                .iter()
                .any(|conjunct| conjunct.columns() == condition.key.columns())
                && model.facts.implies_all(&premises, &predicate)
    })
}

fn column_expr(table: &TableModel<'_>, id: ColumnId) -> Expr {
    Expr::typed(
        ExprKind::Column(crate::query::ColumnRef {
            relation: BoundSchema::TABLE,
            column: id.0,
        }),
        crate::source::Span::default(),
        table
            .table
            .columns
            .get(id.0)
            .map(|column| column.data_type.clone()),
    )
}

/// Whether a condition picks a value that the statistics show to be rare, in a column with few values.
fn is_rare(table: &TableModel<'_>, condition: &Condition) -> bool {
    let Some(column) = column_of(table, &condition.key) else {
        return false;
    };
    // one tenant or customer of many: the next query asks for another
    let refers = table.table.foreign_keys.iter().any(|key| {
        key.columns.iter().any(|id| {
            table
                .table
                .columns
                .get(id.0)
                .is_some_and(|one| one.name == column.name)
        })
    });
    if refers && matches!(condition.operator, Operator::Equal { .. }) {
        return false;
    }
    let Some(statistics) = &column.statistics else {
        return false;
    };
    let few = table.estimator.distinct(&condition.key) <= FEW_VALUES;
    match (&condition.operator, &condition.value) {
        (Operator::Equal { .. }, Some(value)) => {
            let frequency = table
                .estimator
                .known_frequency(&condition.key, value)
                .unwrap_or(condition.selectivity);
            // one of many that are all alike is nothing special: the next query asks for another
            let average = (1.0 - statistics.null_fraction)
                / table.estimator.distinct(&condition.key).max(1.0);
            few && !statistics.most_common.is_empty()
                && frequency <= RARE
                && frequency <= average / 2.0
        }
        (Operator::IsNull, _) => !column.not_null && statistics.null_fraction <= RARE,
        (Operator::IsNotNull, _) => 1.0 - statistics.null_fraction <= RARE,
        _ => false,
    }
}

/// The condition as the predicate of an index.
fn predicate_of(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    condition: &Condition,
) -> Option<Expr> {
    let column = column_of(table, &condition.key)?;
    let data_type = model.catalog.base_type(&column.data_type);
    let key = condition.key.clone();
    let kind = match (&condition.operator, &condition.value) {
        (Operator::IsNull, _) => ExprKind::IsNull {
            operand: Box::new(key),
            negated: false,
        },
        (Operator::IsNotNull, _) => ExprKind::IsNull {
            operand: Box::new(key),
            negated: true,
        },
        (Operator::Equal { .. }, Some(value)) => match data_type {
            Type::Bool if matches!(value.as_str(), "true" | "t") => key.kind,
            Type::Bool => ExprKind::Not(Box::new(key)),
            numeric => {
                let literal = if numeric.is_numeric() {
                    Literal::Number(value.clone())
                } else {
                    Literal::String(value.clone())
                };
                let right = Expr::typed(
                    ExprKind::Literal(literal),
                    condition.span,
                    Some(column.data_type.clone()),
                );
                ExprKind::Binary {
                    op: BinaryOp::Eq,
                    left: Box::new(key),
                    right: Box::new(right),
                }
            }
        },
        _ => return None,
    };
    Some(Expr::typed(kind, condition.span, Some(Type::Bool)))
}
