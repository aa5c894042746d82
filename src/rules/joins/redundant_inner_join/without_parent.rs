use super::only_key_read::Proof;
use crate::catalog::quote_identifier;
use crate::query::facts::Side;
use crate::query::{Block, ExprKind, JoinKind, JoinTree, Relation};
use crate::rewrite::{Edit, RemovedSide, exchange_conjuncts, remove_from_item, remove_joins};
use crate::rules::StatementContext;
use crate::rules::joins::renaming::Renaming;
use crate::rules::joins::support::{are_covered, inner_region, is_one_of, numbers_of};
use crate::source::Span;

/// Edits that take the referenced relation out, and let what reads its key read the foreign key.
pub(super) fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    parent: &Relation,
    proof: &Proof<'_>,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let child = query.relation(proof.child);
    let name_of = |column: usize| {
        let column = proof.stands_in.get(&column)?;
        Some(child.columns.get(column.column)?.name.clone())
    };
    let renaming = Renaming {
        from: parent.id,
        alias: quote_identifier(&child.alias),
        name: &name_of,
        bare_names: false,
    };
    let in_filter = numbers_of(&block.filter, &proof.conditions);
    let path = block.path_of_relation(parent.id)?;
    let mut gone: Vec<Span> = Vec::new();
    let mut kept: Vec<String> = Vec::new();
    let mut edits = match path.steps.first() {
        None => {
            let removal = remove_from_item(query, block, path.item)?;
            gone.push(removal.span);
            vec![removal]
        }
        Some((join, side)) => {
            // conditions in the ON of a join further out stay where they are, which this rewrite does not cover
            if !are_covered(&proof.conditions, join, block)
                || !matches!(join.kind, JoinKind::Inner | JoinKind::Cross)
                || !matches!(join.side(*side), JoinTree::Relation(_))
            {
                return None;
            }
            // what else ON asks for moves to WHERE
            for conjunct in &join.on {
                if !is_one_of(conjunct, &proof.conditions) {
                    kept.push(renaming.text_of(context, conjunct)?);
                }
            }
            // the other side stays where it is
            gone.push(match side {
                Side::Right => Span::new(join.keyword_span.start, join.span.end),
                Side::Left => Span::new(join.left_span.start, join.right_span.start),
            });
            if *side == Side::Left {
                gone.push(Span::new(join.right_span.end, join.span.end));
            }
            remove_joins(query, block, &[RemovedSide { join, side: *side }])
        }
    };
    for column in &proof.nullable {
        let name = child.columns.get(column.column)?;
        kept.push(format!(
            "{}.{} IS NOT NULL",
            renaming.alias,
            quote_identifier(&name.name)
        ));
    }
    if !kept.is_empty() && !inner_region(block, parent.id)?.whole {
        return None;
    }
    edits.extend(exchange_conjuncts(query, block, &in_filter, &kept)?);
    gone.extend(in_filter.iter().map(|number| block.filter[*number].span));
    for reader in &query.blocks {
        for (_, expr) in context.facts.placed_expressions(reader) {
            renaming.edit(context, expr, &gone, &mut edits)?;
        }
    }
    keep_output_names(block, parent, &mut edits);
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    Some(edits)
}

/// A select item that is the bare key keeps its name where the foreign key has another.
fn keep_output_names(block: &Block, parent: &Relation, edits: &mut [Edit]) {
    for item in &block.select {
        let is_bare_key = item.span == item.expr.span
            && matches!(item.expr.kind, ExprKind::Column(column) if column.relation == parent.id);
        if !is_bare_key {
            continue;
        }
        let name = quote_identifier(&item.name);
        for edit in edits.iter_mut().filter(|edit| edit.span == item.span) {
            if !edit.replacement.ends_with(&format!(".{name}")) {
                edit.replacement = format!("{} AS {name}", edit.replacement);
            }
        }
    }
}
