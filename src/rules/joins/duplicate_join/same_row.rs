use std::collections::BTreeSet;

use super::through_derived::{leaves, same_key};
use crate::query::facts::{KeyProof, Side};
use crate::query::{
    Block, ColumnRef, Expr, ExprKind, Join, JoinConstraint, JoinKind, JoinTree, RelationId,
    RelationSource, as_equality,
};
use crate::rules::StatementContext;
use crate::rules::joins::support::{JoinKinds, inner_region_of, is_present, numbers_of};

/// Why two relations show the same row.
pub(super) struct Proof {
    pub(super) key: KeyProof,
    /// The condition that joins the second copy, by numbers of WHERE conjuncts and of the join's own ON.
    pub(super) filter: Vec<usize>,
    pub(super) on: Vec<usize>,
    /// Columns of the second copy whose counterparts in the first must not be NULL.
    pub(super) not_null: Vec<usize>,
    pub(super) outer: bool,
}

/// Whether two tables in a block's FROM are the same row of one table.
pub(super) fn same_row(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let query = context.query;
    let (RelationSource::Table(a), RelationSource::Table(b)) = (
        &query.relation(first).source,
        &query.relation(second).source,
    ) else {
        return None;
    };
    if a != b
        || query.relation(first).sampled
        || query.relation(second).sampled
        || context.facts.has_children(*a)
    {
        return None;
    }
    let path = block.path_of_relation(second)?;
    let outer = path
        .steps
        .first()
        .and_then(|(join, side)| match (kinds.of(join), side) {
            (JoinKind::Left, Side::Right) => Some(*join),
            _ => None,
        });
    match outer {
        Some(join) => same_by_outer_join(context, block, join, first, second),
        None => same_by_inner_join(context, block, kinds, first, second),
    }
}

fn same_by_inner_join(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let region = inner_region_of(block, second, kinds)?;
    if !region.present.contains(&first) || !region.present.contains(&second) {
        return None;
    }
    let (own, other) = (
        leaves(context, first).pop()?,
        leaves(context, second).pop()?,
    );
    same_key(
        context,
        block,
        &region.conditions,
        (first, &own),
        (second, &other),
    )
}

/// Which conjuncts of WHERE and of a relation's own ON are among some conditions, by their numbers.
pub(super) fn numbers_in_filter_and_on(
    block: &Block,
    relation: RelationId,
    conditions: &[&Expr],
) -> Option<(Vec<usize>, Vec<usize>)> {
    let path = block.path_of_relation(relation)?;
    let on = path
        .steps
        .first()
        .map(|(join, _)| join.on.as_slice())
        .unwrap_or_default();
    Some((
        numbers_of(&block.filter, conditions),
        numbers_of(on, conditions),
    ))
}

/// The conditions that make two columns equal: one that compares them, or two that compare each with the same expression.
pub(super) fn equal_in<'b>(
    conditions: &[&'b Expr],
    first: ColumnRef,
    second: ColumnRef,
) -> Option<Vec<&'b Expr>> {
    let equalities: Vec<(&Expr, &Expr, &'b Expr)> = conditions
        .iter()
        .filter_map(|condition| {
            as_equality(condition).map(|(left, right)| (left, right, *condition))
        })
        .collect();
    let other_side = |column: ColumnRef| {
        equalities
            .iter()
            .filter_map(move |(left, right, condition)| {
                if left.as_column() == Some(column) {
                    Some((*right, *condition))
                } else if right.as_column() == Some(column) {
                    Some((*left, *condition))
                } else {
                    None
                }
            })
    };
    if let Some((_, condition)) =
        other_side(second).find(|(other, _)| other.as_column() == Some(first))
    {
        return Some(vec![condition]);
    }
    // only the condition of the second copy goes; the first keeps its own
    other_side(second)
        .find(|(value, _)| {
            !value.reads(first.relation)
                && !matches!(
                    value.kind,
                    ExprKind::Function(_) | ExprKind::ScalarSubquery(_)
                )
                && other_side(first).any(|(other, _)| other == *value)
        })
        .map(|(_, condition)| vec![condition])
        // or they are equal through further columns, whose conditions stay
        .or_else(|| chained(&equalities, first, second).then(Vec::new))
}

/// Whether equalities of columns of one type lead from a column to another.
fn chained(equalities: &[(&Expr, &Expr, &Expr)], first: ColumnRef, second: ColumnRef) -> bool {
    let mut reached = BTreeSet::from([first]);
    loop {
        let before = reached.len();
        for (left, right, _) in equalities {
            let (Some(a), Some(b)) = (left.as_column(), right.as_column()) else {
                continue;
            };
            if left.data_type.is_none() || left.data_type != right.data_type {
                continue;
            }
            if reached.contains(&a) {
                reached.insert(b);
            } else if reached.contains(&b) {
                reached.insert(a);
            }
        }
        if reached.contains(&second) {
            return true;
        }
        if reached.len() == before {
            return false;
        }
    }
}

fn same_by_outer_join(
    context: &StatementContext<'_>,
    block: &Block,
    join: &Join,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let facts = &context.facts;
    if !matches!(join.right, JoinTree::Relation(_)) || join.constraint != JoinConstraint::On {
        return None;
    }
    let conditions: Vec<&Expr> = join.on.iter().collect();
    let key = facts.matches_at_most_once(&join.right, &conditions)?;
    // the first copy is there in each row, and meets itself: the whole ON compares a key with itself
    let itself = is_present(&join.left, first)
        && join.on.iter().all(|conjunct| {
            facts
                .column_pair(conjunct, second)
                .is_some_and(|(own, other)| {
                    other.relation == first
                        && own.column == other.column
                        && !facts.column_may_be_null(other)
                })
        });
    // or both copies are joined by the same condition: the first by an inner join, or both by outer ones
    let same = itself
        || joined_by_inner_twin(context, block, join, first, second)
        || joined_by_outer_twin(context, block, join, first, second);
    same.then(|| Proof {
        key,
        filter: Vec::new(),
        on: (0..join.on.len()).collect(),
        not_null: Vec::new(),
        outer: true,
    })
}

/// Whether an outer join to `first` before an outer join to `second` has the very conditions of that.
fn joined_by_outer_twin(
    context: &StatementContext<'_>,
    block: &Block,
    join: &Join,
    first: RelationId,
    second: RelationId,
) -> bool {
    let Some(path) = block.path_of_relation(first) else {
        return false;
    };
    let Some((first_join, side)) = path.steps.first() else {
        return false;
    };
    first_join.kind == JoinKind::Left
        && *side == Side::Right
        && matches!(first_join.right, JoinTree::Relation(_))
        && on_left_spine(&join.left, first_join)
        && first_join.on.len() == join.on.len()
        && join.on.iter().all(|conjunct| {
            !context.facts.is_volatile(conjunct)
                && !conjunct.has_subquery()
                && first_join
                    .on
                    .iter()
                    .any(|other| same_but_for(other, first, conjunct, second))
        })
}

/// Whether every row that the block keeps has passed the conditions of an outer join to `second` with `first` in its place:
/// then the outer join finds that very row.
fn joined_by_inner_twin(
    context: &StatementContext<'_>,
    block: &Block,
    join: &Join,
    first: RelationId,
    second: RelationId,
) -> bool {
    let kept = block.path_of_join(join).is_some_and(|path| {
        path.steps.iter().all(|(outer, side)| match outer.kind {
            JoinKind::Inner | JoinKind::Cross => true,
            JoinKind::Left => *side == Side::Left,
            JoinKind::Right => *side == Side::Right,
            JoinKind::Full => false,
        })
    });
    let passed: Vec<&Expr> = context.facts.passed_conditions(block).collect();
    kept && join.on.iter().all(|conjunct| {
        as_equality(conjunct).is_some()
            && !context.facts.is_volatile(conjunct)
            && !conjunct.has_subquery()
            && passed
                .iter()
                .any(|other| same_but_for(other, first, conjunct, second))
    })
}

/// Whether a join is reached from a tree by left sides of left and inner joins alone.
fn on_left_spine(tree: &JoinTree, wanted: &Join) -> bool {
    match tree {
        JoinTree::Relation(_) => false,
        JoinTree::Join(join) => {
            std::ptr::eq(&**join, wanted)
                || matches!(
                    join.kind,
                    JoinKind::Left | JoinKind::Inner | JoinKind::Cross
                ) && on_left_spine(&join.left, wanted)
        }
    }
}

/// Whether two conjuncts are the same but for the alias, sides of an equality in either order.
fn same_but_for(
    first_conjunct: &Expr,
    first: RelationId,
    second_conjunct: &Expr,
    second: RelationId,
) -> bool {
    let mapped = second_conjunct.map_columns(&|column| {
        ExprKind::Column(ColumnRef {
            relation: if column.relation == second {
                first
            } else {
                column.relation
            },
            column: column.column,
        })
    });
    if mapped == *first_conjunct {
        return true;
    }
    match (as_equality(&mapped), as_equality(first_conjunct)) {
        (Some((a, b)), Some((c, d))) => a == d && b == c,
        _ => false,
    }
}
