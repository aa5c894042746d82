use std::collections::{BTreeMap, BTreeSet};

use super::through_derived::{key_columns, plain_block};
use crate::catalog::{ColumnId, quote_identifier};
use crate::query::facts::KeyProof;
use crate::query::{
    BinaryOp, Block, ColumnRef, Distinct, Expr, ExprKind, JoinTree, QueryExpressionId, RelationId,
    RelationSource, as_equality,
};
use crate::rewrite::{Edit, remove_conjuncts};
use crate::rules::StatementContext;
use crate::rules::joins::renaming::Renaming;
use crate::rules::joins::support::{JoinKinds, inner_region_of};

/// A condition that looks a row of a table up by its own key: IN, = ANY or EXISTS over the same table.
pub(super) struct OwnKeySubquery<'q> {
    /// The conjunct's number in WHERE.
    pub(super) number: usize,
    pub(super) conjunct: &'q Expr,
    pub(super) outer: RelationId,
    pub(super) inner: RelationId,
    pub(super) key: KeyProof,
    /// Key columns of the outer relation that may be NULL.
    not_null: Vec<usize>,
    /// The subquery's conditions, without those that compare the key.
    conditions: Vec<&'q Expr>,
}

/// The conjuncts of a block's WHERE that look up a row that is there already.
pub(super) fn own_key_subqueries<'q>(
    context: &StatementContext<'q>,
    block: &'q Block,
) -> Vec<OwnKeySubquery<'q>> {
    // as the joins are written: what they are in truth may rest on the very condition that would go
    let kinds = JoinKinds::default();
    block
        .filter
        .iter()
        .enumerate()
        .filter_map(|(number, conjunct)| {
            let (query, operands) = match &conjunct.kind {
                ExprKind::InSubquery {
                    operand,
                    query,
                    negated: false,
                }
                | ExprKind::QuantifiedSubquery {
                    op: BinaryOp::Eq,
                    operand,
                    query,
                    all: false,
                } => (*query, parts(operand)),
                ExprKind::Exists(query) => (*query, &[][..]),
                _ => return None,
            };
            let inner_block = filtering_block(context, query)?;
            let [JoinTree::Relation(inner)] = inner_block.from.as_slice() else {
                return None;
            };
            block.relations().into_iter().find_map(|outer| {
                let present = inner_region_of(block, outer, &kinds)
                    .is_some_and(|region| region.whole && region.present.contains(&outer));
                (present && is_same_table(context, outer, *inner))
                    .then(|| looked_up(context, inner_block, operands, outer, *inner))?
                    .map(|(key, not_null, conditions)| OwnKeySubquery {
                        number,
                        conjunct,
                        outer,
                        inner: *inner,
                        key,
                        not_null,
                        conditions,
                    })
            })
        })
        .collect()
}

fn parts(operand: &Expr) -> &[Expr] {
    match &operand.kind {
        ExprKind::Row(parts) => parts,
        _ => std::slice::from_ref(operand),
    }
}

/// The block of a subquery that only filters and picks columns; DISTINCT changes nothing for IN and EXISTS.
fn filtering_block<'q>(
    context: &StatementContext<'q>,
    query: QueryExpressionId,
) -> Option<&'q Block> {
    if !context.query.expression(query).ctes.is_empty() {
        return None;
    }
    plain_block(context, query).filter(|block| !matches!(block.distinct, Distinct::On(_)))
}

fn is_same_table(context: &StatementContext<'_>, outer: RelationId, inner: RelationId) -> bool {
    let (a, b) = (context.query.relation(outer), context.query.relation(inner));
    match (&a.source, &b.source) {
        (RelationSource::Table(one), RelationSource::Table(other)) => {
            one == other && !a.sampled && !b.sampled && !context.facts.has_children(*one)
        }
        _ => false,
    }
}

/// A key of the table that the subquery compares with itself, its columns that may be NULL in the outer relation, and the
/// subquery's other conditions.
fn looked_up<'q>(
    context: &StatementContext<'_>,
    inner_block: &'q Block,
    operands: &[Expr],
    outer: RelationId,
    inner: RelationId,
) -> Option<(KeyProof, Vec<usize>, Vec<&'q Expr>)> {
    let catalog_column = |column: ColumnRef| -> Option<ColumnId> {
        let relation = context.query.relation(column.relation);
        relation.columns.get(column.column)?.catalog
    };
    // where each column of the table is compared with itself: by IN, or by the conjunct of that number
    let mut compared: BTreeMap<ColumnId, (usize, Option<usize>)> = BTreeMap::new();
    let mut compare = |a: &Expr, b: &Expr, by: Option<usize>| -> Option<()> {
        let (a, b) = (a.as_column()?, b.as_column()?);
        let own = if a.relation == outer && b.relation == inner {
            a
        } else if a.relation == inner && b.relation == outer {
            b
        } else {
            return None;
        };
        let column = catalog_column(a)?;
        (catalog_column(b)? == column).then(|| {
            compared.entry(column).or_insert((own.column, by));
        })
    };
    for (operand, item) in operands.iter().zip(&inner_block.select) {
        // a part of IN that is not compared with the same column stays a condition: leave such a subquery alone
        compare(operand, &item.expr, None)?;
    }
    for (number, conjunct) in inner_block.filter.iter().enumerate() {
        if let Some((left, right)) = as_equality(conjunct) {
            let _ = compare(left, right, Some(number));
        }
    }
    for key in context.facts.relation_keys(inner) {
        let Some((columns, nullable)) = key_columns(context, &key) else {
            continue;
        };
        if !columns.iter().all(|column| compared.contains_key(column)) {
            continue;
        }
        let gone: BTreeSet<usize> = compared.values().filter_map(|(_, by)| *by).collect();
        // each comparison of a column with itself says that it is not NULL, beyond the key too
        let mut not_null: Vec<usize> = compared
            .iter()
            .filter(|(column, _)| nullable.contains(column) || !columns.contains(column))
            .map(|(_, (own, _))| *own)
            .filter(|own| {
                context.facts.column_may_be_null(ColumnRef {
                    relation: outer,
                    column: *own,
                })
            })
            .collect();
        not_null.dedup();
        let conditions = inner_block
            .filter
            .iter()
            .enumerate()
            .filter(|(number, _)| !gone.contains(number))
            .map(|(_, conjunct)| conjunct)
            .collect();
        return Some((key.proof, not_null, conditions));
    }
    None
}

/// Edits that put the subquery's conditions in its place. `None` where the text does not allow it.
pub(super) fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    found: &OwnKeySubquery<'_>,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let inner_block = query.relation(found.inner).block;
    // deeper subqueries that read the inner copy would have to be renamed in several places
    let read_deeper = context
        .facts
        .references(&BTreeSet::from([found.inner]), &[])
        .iter()
        .any(|reference| reference.block != inner_block);
    if read_deeper {
        return None;
    }
    let name = |column: usize| {
        query
            .relation(found.outer)
            .columns
            .get(column)
            .map(|column| column.name.clone())
    };
    let renaming = Renaming {
        from: found.inner,
        alias: quote_identifier(&query.relation(found.outer).alias),
        name: &name,
        bare_names: true,
    };
    let mut texts = Vec::new();
    for condition in &found.conditions {
        texts.push(renaming.text_of(context, condition)?);
    }
    for column in &found.not_null {
        texts.push(format!(
            "{}.{} IS NOT NULL",
            renaming.alias,
            quote_identifier(&name(*column)?)
        ));
    }
    if texts.is_empty() {
        return remove_conjuncts(query, block, &[found.number]);
    }
    Some(vec![Edit::replace(
        found.conjunct.span,
        texts.join(" AND "),
    )])
}
