//! What the rules about joins share.

use std::collections::BTreeSet;

use crate::query::facts::Place;
use crate::query::{Block, BlockRole, Join, JoinConstraint, JoinTree, RelationId, RelationSource};
use crate::rewrite::RemovedSide;
use crate::rules::StatementContext;

/// `schema.table` of a relation that is a table or view.
pub(super) fn table_name(context: &StatementContext<'_>, relation: RelationId) -> Option<String> {
    match context.query.relation(relation).source {
        RelationSource::Table(table) | RelationSource::View { table, .. } => {
            Some(context.catalog.table(table).name.to_string())
        }
        _ => None,
    }
}

/// Whether nothing outside of a join's side reads the side (the join's own condition aside, and the sides that are
/// already gone), and leaving it out has no other effect.
pub(super) fn removable_side(
    context: &StatementContext<'_>,
    block: &Block,
    candidate: RemovedSide<'_>,
    removed: &[RemovedSide<'_>],
) -> bool {
    let facts = &context.facts;
    let tree = candidate.join.side(candidate.side);
    let relations: BTreeSet<RelationId> = tree.relations().into_iter().collect();
    let expression = block.expression.map(|id| context.query.expression(id));
    if expression.is_some_and(|expression| expression.locks) || block.role == BlockRole::Merge {
        return false;
    }
    if relations
        .iter()
        .any(|relation| facts.is_volatile_relation(*relation))
        || candidate
            .join
            .on
            .iter()
            .any(|conjunct| facts.is_volatile(conjunct))
        || is_written(context, &relations)
    {
        return false;
    }
    // conditions inside the side, of the join itself, and of what is gone already
    let mut ignored: Vec<&Join> = tree.joins();
    ignored.push(candidate.join);
    let mut gone_relations = BTreeSet::new();
    for side in removed {
        ignored.push(side.join);
        ignored.extend(side.join.side(side.side).joins());
        gone_relations.extend(side.join.side(side.side).relations());
    }
    let inner = |block_id| {
        // a lateral item inside the side, or inside one that is gone
        let mut at = Some(block_id);
        while let Some(id) = at {
            if id == block.id {
                return false;
            }
            match reading_relation(context, id) {
                Some(relation)
                    if relations.contains(&relation) || gone_relations.contains(&relation) =>
                {
                    return true;
                }
                Some(relation) => at = Some(context.query.relation(relation).block),
                None => return false,
            }
        }
        false
    };
    let unread = facts
        .references(&relations, &ignored)
        .into_iter()
        .all(|reference| {
            inner(reference.block)
                || reference.place == Place::FromFunction
                    && reference.block == block.id
                    && tree_functions_only(context, tree, &gone_relations, reference.expr)
        });
    unread && !feeds_natural_join(block, candidate.join)
}

/// The relation of an outer block that reads a block's rows.
fn reading_relation(
    context: &StatementContext<'_>,
    block: crate::query::BlockId,
) -> Option<RelationId> {
    let mut expression = context.query.block(block).expression?;
    loop {
        match context.query.expression(expression).reader {
            crate::query::Reader::Relation(relation) => return Some(relation),
            crate::query::Reader::SetOperation { parent } => expression = parent,
            _ => return None,
        }
    }
}

/// Whether a function call in FROM belongs to the side itself or to one that is gone.
fn tree_functions_only(
    context: &StatementContext<'_>,
    tree: &JoinTree,
    gone: &BTreeSet<RelationId>,
    call: &crate::query::Expr,
) -> bool {
    tree.relations().iter().chain(gone).any(|relation| {
        matches!(&context.query.relation(*relation).source, RelationSource::Function { calls, .. }
            if calls.iter().any(|own| std::ptr::eq(own, call)))
    })
}

/// Whether a NATURAL join around a join would find other common columns without it.
fn feeds_natural_join(block: &Block, join: &Join) -> bool {
    block.path_of_join(join).is_some_and(|path| {
        path.steps
            .iter()
            .any(|(outer, _)| matches!(outer.constraint, JoinConstraint::Natural(_)))
    })
}

/// Whether one of the relations is the target of a write.
fn is_written(context: &StatementContext<'_>, relations: &BTreeSet<RelationId>) -> bool {
    use crate::query::StatementKind as Kind;
    match context.query.kind {
        Kind::Update { target, .. } | Kind::Delete { target, .. } | Kind::Merge { target, .. } => {
            relations.contains(&target)
        }
        _ => false,
    }
}
