use super::same_row::Proof;
use crate::catalog::quote_identifier;
use crate::query::facts::Side;
use crate::query::{Block, Expr, ExprKind, JoinConstraint, JoinTree, RelationId};
use crate::rewrite::{
    Edit, RemovedSide, add_conjunct, apply_edits, remove_conjuncts, remove_from_item, remove_joins,
};
use crate::rules::StatementContext;
use crate::rules::joins::outer_join_is_inner::keyword_edit;
use crate::rules::joins::support::{JoinKinds, inner_region_of};
use crate::source::Span;

/// What the kept copy calls a column of the copy that goes; `None` where it does not show it.
pub(super) type NameInFirst<'a> = dyn Fn(usize) -> Option<String> + 'a;

/// Edits that take the second copy away and let everything read the first.
pub(super) fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    (first, second): (RelationId, RelationId),
    proof: &Proof,
    name_in_first: &NameInFirst<'_>,
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
            let removal = remove_from_item(block, path.item)?;
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
    let clause_gone = proof.filter.len() == block.filter.len() && !block.filter.is_empty();
    if clause_gone && !moved.is_empty() {
        edits.push(Edit::replace(
            block.clauses.filter?,
            format!("WHERE {}", moved.join(" AND ")),
        ));
    } else {
        edits.extend(remove_conjuncts(query, block, &proof.filter)?);
        if !moved.is_empty() {
            edits.push(add_conjunct(query, block, &moved.join(" AND "))?);
        }
    }
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

/// Lets expressions read one alias instead of another.
pub(super) struct Renaming<'a> {
    pub(super) from: RelationId,
    /// As SQL writes it.
    pub(super) alias: String,
    pub(super) name: &'a NameInFirst<'a>,
    /// Whether columns may be written without their alias.
    pub(super) bare_names: bool,
}

impl Renaming<'_> {
    /// Adds the edits for an expression; `None` where its columns are not written as `alias.column`, or the other alias
    /// does not show one.
    pub(super) fn edit(
        &self,
        context: &StatementContext<'_>,
        expr: &Expr,
        gone: &[Span],
        edits: &mut Vec<Edit>,
    ) -> Option<()> {
        let mut all_written = true;
        expr.walk(&mut |part| {
            let reads = match part.kind {
                ExprKind::Column(column) => {
                    (column.relation == self.from).then_some(Some(column.column))
                }
                ExprKind::WholeRow(relation) => (relation == self.from).then_some(None),
                _ => None,
            };
            let Some(column) = reads else { return };
            if gone.iter().any(|span| span.contains(part.span)) {
                return;
            }
            let text = context.query.file.slice(part.span);
            let written = self.bare_names || text.contains('.');
            match column.and_then(self.name) {
                Some(name) if written && !text.ends_with('*') => edits.push(Edit::replace(
                    part.span,
                    format!("{}.{}", self.alias, quote_identifier(&name)),
                )),
                _ => all_written = false,
            }
        });
        all_written.then_some(())
    }

    /// A conjunct's text that reads the other alias.
    pub(super) fn text_of(
        &self,
        context: &StatementContext<'_>,
        conjunct: &Expr,
    ) -> Option<String> {
        let mut edits = Vec::new();
        self.edit(context, conjunct, &[], &mut edits)?;
        let text = apply_edits(
            context.query.file.slice(conjunct.span),
            conjunct.span.start,
            &edits,
        )?;
        Some(match conjunct.kind {
            ExprKind::Or(_) if !text.starts_with('(') => format!("({text})"),
            _ => text,
        })
    }
}
