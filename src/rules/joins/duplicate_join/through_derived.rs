use std::collections::BTreeMap;

use super::same_row::{Proof, equal_in, numbers_in_filter_and_on};
use crate::catalog::{ColumnId, TableId};
use crate::query::{
    Block, ColumnRef, Distinct, Expr, Query, QueryBody, QueryExpressionId, RelationId,
    RelationSource,
};
use crate::rules::StatementContext;
use crate::rules::joins::support::{JoinKinds, inner_region_of, locks};

/// A table whose rows an item of FROM shows: the item itself, or a table inside a derived table, view or CTE that keeps
/// its rows apart.
pub(super) struct Leaf {
    table: TableId,
    /// The table's own place, perhaps in a block further in.
    pub(super) relation: RelationId,
    /// Which columns of the item show which of the table.
    pub(super) shown: BTreeMap<ColumnId, usize>,
}

/// Two items of FROM that show the same row of a table.
pub(super) struct SharedRow {
    /// The item that stays.
    pub(super) first: RelationId,
    pub(super) first_leaf: Leaf,
    /// The item that is not needed, the table itself where one of the two is that.
    pub(super) second: RelationId,
    pub(super) second_leaf: Leaf,
    pub(super) proof: Proof,
}

/// Two items of a block, one of them at least no plain table, that show the same row of a table in each of the block's rows.
pub(super) fn shared_row(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    (one, other): (RelationId, RelationId),
) -> Option<SharedRow> {
    let is_table = |relation: RelationId| {
        matches!(
            context.query.relation(relation).source,
            RelationSource::Table(_)
        )
    };
    let (first, second) = match (is_table(one), is_table(other)) {
        (true, true) => return None,
        (true, false) => (other, one),
        _ => (one, other),
    };
    let region = inner_region_of(block, second, kinds)?;
    if !region.present.contains(&first) || !region.present.contains(&second) {
        return None;
    }
    let mut second_leaves = leaves(context, second);
    for first_leaf in leaves(context, first) {
        for at in 0..second_leaves.len() {
            if second_leaves[at].table != first_leaf.table {
                continue;
            }
            let found = same_key(
                context,
                block,
                &region.conditions,
                (first, &first_leaf),
                (second, &second_leaves[at]),
            );
            if let Some(proof) = found {
                return Some(SharedRow {
                    first,
                    first_leaf,
                    second,
                    second_leaf: second_leaves.swap_remove(at),
                    proof,
                });
            }
        }
    }
    None
}

/// The tables whose rows an item of FROM shows, each of its rows one of theirs.
pub(super) fn leaves(context: &StatementContext<'_>, relation: RelationId) -> Vec<Leaf> {
    let item = context.query.relation(relation);
    if item.sampled {
        return Vec::new();
    }
    match &item.source {
        RelationSource::Table(table) if !context.facts.has_children(*table) => vec![Leaf {
            table: *table,
            relation,
            shown: item
                .columns
                .iter()
                .enumerate()
                .filter_map(|(at, column)| Some((column.catalog?, at)))
                .collect(),
        }],
        RelationSource::Derived(query) | RelationSource::View { query, .. } => {
            leaves_of_query(context, *query)
        }
        RelationSource::Cte(cte) if !context.query.cte(*cte).recursive => {
            leaves_of_query(context, context.query.cte(*cte).query)
        }
        _ => Vec::new(),
    }
}

fn leaves_of_query(context: &StatementContext<'_>, query: QueryExpressionId) -> Vec<Leaf> {
    let Some(block) = plain_block(context, query).filter(|block| block.distinct == Distinct::No)
    else {
        return Vec::new();
    };
    // as the joins are written: what they are in truth may rest on the very condition that would go
    let kinds = JoinKinds::default();
    let mut found = Vec::new();
    for relation in block.relations() {
        let present = inner_region_of(block, relation, &kinds)
            .is_some_and(|region| region.whole && region.present.contains(&relation));
        if !present {
            continue;
        }
        for mut leaf in leaves(context, relation) {
            let outside = |inside: usize| {
                block.select.iter().position(|item| {
                    item.expr.as_column()
                        == Some(ColumnRef {
                            relation,
                            column: inside,
                        })
                })
            };
            leaf.shown = leaf
                .shown
                .into_iter()
                .filter_map(|(column, inside)| Some((column, outside(inside)?)))
                .collect();
            found.push(leaf);
        }
    }
    found
}

/// The block of a query expression that joins, filters and picks columns, and does nothing else but perhaps DISTINCT.
pub(super) fn plain_block<'q>(
    context: &StatementContext<'q>,
    query: QueryExpressionId,
) -> Option<&'q Block> {
    let statement: &'q Query = context.query;
    let expression = statement.expression(query);
    if expression.limit.is_some() || expression.offset.is_some() {
        return None;
    }
    let block = match expression.body {
        QueryBody::Select(block) => statement.block(block),
        QueryBody::Nested(inner) => return plain_block(context, inner),
        _ => return None,
    };
    let plain = context.facts.shows_rows_of_from(block)
        && !locks(context, block)
        && !context.facts.is_volatile_block(block.id);
    plain.then_some(block)
}

/// The proof that two items show the same row: conditions that compare a whole key of the table with itself.
pub(super) fn same_key(
    context: &StatementContext<'_>,
    block: &Block,
    conditions: &[&Expr],
    (first, first_leaf): (RelationId, &Leaf),
    (second, second_leaf): (RelationId, &Leaf),
) -> Option<Proof> {
    for key in context.facts.relation_keys(second_leaf.relation) {
        let Some((columns, not_null)) = key_columns(context, &key) else {
            continue;
        };
        let mut used = Vec::new();
        let equal = columns.iter().all(|column| {
            let (Some(a), Some(b)) = (first_leaf.shown.get(column), second_leaf.shown.get(column))
            else {
                return false;
            };
            let own = ColumnRef {
                relation: first,
                column: *a,
            };
            let other = ColumnRef {
                relation: second,
                column: *b,
            };
            match equal_in(conditions, own, other) {
                Some(conditions) => {
                    used.extend(conditions);
                    true
                }
                None => false,
            }
        });
        if equal {
            let (filter, on) = numbers_in_filter_and_on(block, second, &used)?;
            return Some(Proof {
                key: key.proof,
                filter,
                on,
                not_null: not_null
                    .iter()
                    .filter_map(|column| second_leaf.shown.get(column).copied())
                    .collect(),
                outer: false,
            });
        }
    }
    None
}

/// The columns of a table's key, and those of them that may be NULL; `None` for a key over expressions, over a part of
/// the rows, or over nothing.
pub(super) fn key_columns(
    context: &StatementContext<'_>,
    key: &crate::query::facts::UniqueKey,
) -> Option<(Vec<ColumnId>, Vec<ColumnId>)> {
    if !key.condition.is_empty() || key.columns.is_empty() {
        return None;
    }
    let mut columns = Vec::new();
    let mut not_null = Vec::new();
    for expr in &key.columns {
        let column = expr.as_column()?;
        let relation = context.query.relation(column.relation);
        let id = relation.columns.get(column.column)?.catalog?;
        columns.push(id);
        if context.facts.column_may_be_null(column) {
            not_null.push(id);
        }
    }
    Some((columns, not_null))
}
