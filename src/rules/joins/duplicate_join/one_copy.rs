use super::same_row::Proof;
use crate::catalog::quote_identifier;
use crate::query::facts::Side;
use crate::query::{Block, JoinConstraint, JoinTree, RelationId};
use crate::rewrite::{Edit, RemovedSide, exchange_conjuncts, remove_from_item, remove_joins};
use crate::rules::StatementContext;
use crate::rules::joins::outer_join_is_inner::keyword_edit;
use crate::rules::joins::renaming::{NameOf, Renaming};
use crate::rules::joins::support::{JoinKinds, inner_region_of};
use crate::source::Span;

/// Edits that take the second copy away and let everything read the first.
pub(super) fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    (first, second): (RelationId, RelationId),
    proof: &Proof,
    name_in_first: &NameOf<'_>,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let path = block.path_of_relation(second)?;
    let mut edits = Vec::new();
    let mut gone: Vec<Span> = Vec::new();
    let mut moved = Vec::new();
    let renaming = Renaming {
        from: second,
        alias: quote_identifier(&query.relation(first).alias),
        name: name_in_first,
        bare_names: false,
    };
    match path.steps.first() {
        None => {
            let removal = remove_from_item(query, block, path.item)?;
            gone.push(removal.span);
            edits.push(removal);
        }
        Some((join, side)) => {
            if !matches!(join.side(*side), JoinTree::Relation(_))
                || *side != Side::Right
                || join.constraint != JoinConstraint::On && !join.on.is_empty()
            {
                return None;
            }
            for (number, conjunct) in join.on.iter().enumerate() {
                if !proof.on.contains(&number) {
                    moved.push(renaming.text_of(context, conjunct)?);
                }
            }
            edits.extend(remove_joins(
                query,
                block,
                &[RemovedSide { join, side: *side }],
            ));
            gone.push(join.span);
        }
    }
    for column in &proof.not_null {
        let name = name_in_first(*column)?;
        moved.push(format!(
            "{}.{} IS NOT NULL",
            renaming.alias,
            quote_identifier(&name)
        ));
    }
    // what is left of ON may move to WHERE only where nothing between the two fills rows up
    if !moved.is_empty() && !inner_region_of(block, second, kinds)?.whole {
        return None;
    }
    // a join that is inner only by a predicate on the second copy has to say so once that reads the first
    for join in block.joins() {
        let removed = gone.iter().any(|span| span.contains(join.keyword_span));
        let kind = kinds.of(join);
        if !removed && kind != join.kind {
            edits.push(keyword_edit(query, join, kind));
        }
    }
    edits.extend(exchange_conjuncts(query, block, &proof.filter, &moved)?);
    gone.extend(
        proof
            .filter
            .iter()
            .filter_map(|number| block.filter.get(*number))
            .map(|conjunct| conjunct.span),
    );
    // what is left reads the first copy
    for reader in &query.blocks {
        for (_, expr) in context.facts.placed_expressions(reader) {
            renaming.edit(context, expr, &gone, &mut edits)?;
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    Some(edits)
}
