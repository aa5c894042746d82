//! What PostgreSQL's planner does about joins by itself.

use super::outer_join_is_inner::weaker_kind;
use super::support::removable_side;
use crate::query::facts::{KeyProof, NullSet, Side};
use crate::query::{
    Block, Distinct, Expr, ExprKind, JoinKind, JoinTree, QueryBody, QueryExpressionId, RelationId,
    RelationSource,
};
use crate::rewrite::RemovedSide;
use crate::rules::StatementContext;

/// The newest version whose planner this knows.
const NEWEST: u32 = 18;

/// `PostgreSQL 17` where the server of the statistics is known, else the newest version that this speaks of.
pub(super) fn version(context: &StatementContext<'_>) -> String {
    match major_version(context) {
        Some(major) => format!("PostgreSQL {major}"),
        None => format!("PostgreSQL (as of {NEWEST})"),
    }
}

/// The major version of the server that the statistics are from.
pub(super) fn major_version(context: &StatementContext<'_>) -> Option<u32> {
    context.catalog.server.version.map(|number| number / 10_000)
}

/// Whether the planner sees that a predicate drops rows in which some relations are NULL.
/// Source: find_nonnullable_rels in clauses.c, which looks for strict operators and functions alone.
pub(super) fn sees_rejection(
    context: &StatementContext<'_>,
    predicate: &Expr,
    relations: &[RelationId],
) -> bool {
    let nulls = NullSet::Relations(relations.iter().copied().collect());
    match &predicate.kind {
        ExprKind::And(arms) => arms
            .iter()
            .filter(|arm| context.facts.rejects(arm, &nulls))
            .any(|arm| sees_rejection(context, arm, relations)),
        ExprKind::Or(arms) => arms
            .iter()
            .all(|arm| sees_rejection(context, arm, relations)),
        ExprKind::Binary { .. } | ExprKind::Case { .. } | ExprKind::Function(_) => {
            !predicate.has_aggregate() && context.facts.is_null_when(predicate, &nulls)
        }
        _ => !predicate.has_aggregate(),
    }
}

/// What the planner sees of a side of a join.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// A table, perhaps through subqueries that are pulled up.
    Table,
    /// A subquery that is planned by itself.
    Subquery,
    /// Several relations, a function, values: nothing that a join is removed for.
    Other,
}

/// Whether the planner leaves an outer join out that is unique by `proof`, after it has left out the sides in `removed`.
/// Source: join_is_removable, rel_supports_distinctness and query_is_distinct_for in analyzejoins.c; partial unique indexes
/// do not count, as their predicates are checked later (check_index_predicates).
pub(super) fn removes(
    context: &StatementContext<'_>,
    block: &Block,
    side: RemovedSide<'_>,
    proof: &KeyProof,
    removed: &[RemovedSide<'_>],
) -> bool {
    is_unique(context, block, side.join.side(side.side), proof)
        && removable_side(context, block, side, removed)
}

fn is_unique(
    context: &StatementContext<'_>,
    block: &Block,
    tree: &JoinTree,
    proof: &KeyProof,
) -> bool {
    match (seen(context, block, tree), proof.origin()) {
        (
            Seen::Table,
            KeyProof::PrimaryKey { deferrable, .. } | KeyProof::UniqueConstraint { deferrable, .. },
        ) => !deferrable,
        (Seen::Table, KeyProof::UniqueIndex { partial, .. }) => !partial,
        (
            Seen::Subquery,
            KeyProof::Distinct | KeyProof::GroupBy | KeyProof::SetOperation | KeyProof::SingleGroup,
        ) => true,
        _ => false,
    }
}

fn seen(context: &StatementContext<'_>, block: &Block, tree: &JoinTree) -> Seen {
    match tree {
        JoinTree::Relation(relation) => seen_relation(context, *relation),
        JoinTree::Join(join) => {
            let kind = weaker_kind(context, block, join).map_or(join.kind, |(kind, _, _)| kind);
            let (kept, gone) = match kind {
                JoinKind::Left => (Side::Left, Side::Right),
                JoinKind::Right => (Side::Right, Side::Left),
                _ => return Seen::Other,
            };
            let conditions: Vec<&Expr> = join.on.iter().collect();
            let removed = context
                .facts
                .matches_at_most_once(join.side(gone), &conditions)
                .is_some_and(|proof| is_unique(context, block, join.side(gone), &proof));
            if removed {
                seen(context, block, join.side(kept))
            } else {
                Seen::Other
            }
        }
    }
}

fn seen_relation(context: &StatementContext<'_>, relation: RelationId) -> Seen {
    match &context.query.relation(relation).source {
        RelationSource::Table(_) => Seen::Table,
        RelationSource::Derived(query) | RelationSource::View { query, .. } => {
            seen_query(context, *query)
        }
        RelationSource::Cte(cte) => {
            let cte = context.query.cte(*cte);
            if cte.recursive || cte.materialized == Some(true) || cte.references.len() != 1 {
                Seen::Other
            } else {
                seen_query(context, cte.query)
            }
        }
        RelationSource::Function { .. } | RelationSource::Unknown { .. } => Seen::Other,
    }
}

/// Source: is_simple_subquery in prepjointree.c.
fn seen_query(context: &StatementContext<'_>, query: QueryExpressionId) -> Seen {
    let expression = context.query.expression(query);
    let block = match &expression.body {
        QueryBody::Select(block) => context.query.block(*block),
        QueryBody::SetOperation { .. } => return Seen::Subquery,
        QueryBody::Nested(inner) => return seen_query(context, *inner),
        _ => return Seen::Other,
    };
    let simple = expression.limit.is_none()
        && expression.offset.is_none()
        && !expression.locks()
        && !block.is_grouped()
        && block.distinct == Distinct::No
        && !block.select.iter().any(|item| item.expr.has_window());
    match block.from.as_slice() {
        _ if !simple => Seen::Subquery,
        [tree] => seen(context, block, tree),
        _ => Seen::Other,
    }
}

/// Why the planner keeps an outer join that is unique by `proof`.
pub(super) fn why_kept(proof: &KeyProof) -> &'static str {
    match proof.origin() {
        KeyProof::PrimaryKey {
            deferrable: true, ..
        }
        | KeyProof::UniqueConstraint {
            deferrable: true, ..
        } => "it does not rely on deferrable constraints",
        KeyProof::UniqueIndex { partial: true, .. } => "it does not rely on partial indexes here",
        KeyProof::LimitOne => "it does not look at LIMIT 1",
        _ => "it removes joins to single tables and to subqueries with DISTINCT or GROUP BY only",
    }
}
