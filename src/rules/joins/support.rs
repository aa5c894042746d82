//! What the rules about joins share.

use std::collections::{BTreeSet, HashMap};

use crate::query::facts::{NullSet, Place, Side};
use crate::query::{
    Block, BlockId, BlockRole, ColumnRef, Distinct, Expr, ExprKind, Join, JoinConstraint, JoinKind,
    JoinTree, Query, Reader, RelationId, RelationSource, RowLocks,
};
use crate::rewrite::RemovedSide;
use crate::rules::StatementContext;

/// `schema.table` of a relation that is a table or view.
pub(in crate::rules) fn table_name(
    context: &StatementContext<'_>,
    relation: RelationId,
) -> Option<String> {
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
    if locks_any(context, block, &relations) || block.role == BlockRole::Merge {
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
        || written_relation(block).is_some_and(|target| relations.contains(&target))
    {
        return false;
    }
    // conditions inside the side, of the join itself, and of what is gone already
    let mut ignored: Vec<&Join> = tree.joins();
    ignored.push(candidate.join);
    let mut gone: BTreeSet<RelationId> = relations.clone();
    for side in removed {
        ignored.push(side.join);
        ignored.extend(side.join.side(side.side).joins());
        gone.extend(side.join.side(side.side).relations());
    }
    let unread_items = unread_items(context, block);
    let unread = facts
        .references(&relations, &ignored)
        .into_iter()
        .all(|reference| {
            matches!(reference.place, Place::Select(item)
                if reference.block == block.id && unread_items.contains(&item))
                || inside_of(context, block.id, reference.block, &gone)
                || reference.place == Place::FromFunction
                    && reference.block == block.id
                    && called_by(context, &gone, reference.expr)
        });
    unread && !feeds_natural_join(block, candidate.join)
}

/// The select items of a block that nobody reads: columns of a derived table or CTE that the query around it does not name.
fn unread_items(context: &StatementContext<'_>, block: &Block) -> BTreeSet<usize> {
    let readers: Vec<RelationId> = match block
        .expression
        .map(|id| context.query.expression(id).reader)
    {
        Some(Reader::Relation(relation)) => vec![relation],
        Some(Reader::Cte(cte)) if !context.query.cte(cte).recursive => {
            context.query.cte(cte).references.clone()
        }
        _ => return BTreeSet::new(),
    };
    if block.distinct != Distinct::No || readers.is_empty() {
        return BTreeSet::new();
    }
    let mut unread: BTreeSet<usize> = (0..block.select.len())
        .filter(|item| !block.select[*item].expr.has_set_returning())
        .collect();
    let readers: BTreeSet<RelationId> = readers.into_iter().collect();
    for reference in context.facts.references(&readers, &[]) {
        reference.expr.walk(&mut |part| match part.kind {
            ExprKind::Column(column) if readers.contains(&column.relation) => {
                unread.remove(&column.column);
            }
            ExprKind::WholeRow(relation) if readers.contains(&relation) => unread.clear(),
            _ => {}
        });
    }
    unread
}

/// Whether the block takes row locks (`FOR UPDATE`).
pub(super) fn locks(context: &StatementContext<'_>, block: &Block) -> bool {
    block
        .expression
        .is_some_and(|id| context.query.expression(id).locks())
}

/// Whether the block takes row locks on one of some relations.
fn locks_any(
    context: &StatementContext<'_>,
    block: &Block,
    relations: &BTreeSet<RelationId>,
) -> bool {
    let Some(expression) = block.expression.map(|id| context.query.expression(id)) else {
        return false;
    };
    match &expression.row_locks {
        RowLocks::None => false,
        RowLocks::All => true,
        RowLocks::Of(locked) => relations
            .iter()
            .any(|relation| locked.contains(&context.query.relation(*relation).alias)),
    }
}

/// Whether `inner` is part of a lateral item among `relations` of block `outer`.
fn inside_of(
    context: &StatementContext<'_>,
    outer: BlockId,
    inner: BlockId,
    relations: &BTreeSet<RelationId>,
) -> bool {
    let mut at = inner;
    while at != outer {
        match reading_relation(context, at) {
            Some(relation) if relations.contains(&relation) => return true,
            Some(relation) => at = context.query.relation(relation).block,
            None => return false,
        }
    }
    false
}

/// The relation of an outer block that reads a block's rows.
fn reading_relation(context: &StatementContext<'_>, block: BlockId) -> Option<RelationId> {
    let mut expression = context.query.block(block).expression?;
    loop {
        match context.query.expression(expression).reader {
            Reader::Relation(relation) => return Some(relation),
            Reader::SetOperation { parent } => expression = parent,
            _ => return None,
        }
    }
}

/// Whether a function call in FROM belongs to one of some relations.
fn called_by(
    context: &StatementContext<'_>,
    relations: &BTreeSet<RelationId>,
    call: &Expr,
) -> bool {
    relations.iter().any(|relation| {
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

/// The target of a block that writes.
pub(super) fn written_relation(block: &Block) -> Option<RelationId> {
    match block.role {
        BlockRole::Update | BlockRole::Delete | BlockRole::Merge => {
            block.from.first()?.relations().first().copied()
        }
        BlockRole::Select | BlockRole::Insert => None,
    }
}

/// The relations that inner joins alone connect with a relation, and the conditions that hold of their rows.
pub(super) struct InnerRegion<'b> {
    /// Relations in the region that no outer join fills up with NULLs.
    pub(super) present: BTreeSet<RelationId>,
    /// Relations in the region under the nullable side of an outer join.
    pub(super) nullable: BTreeSet<RelationId>,
    pub(super) conditions: Vec<&'b Expr>,
    /// Whether the region is the whole FROM, so that WHERE belongs to it.
    pub(super) whole: bool,
}

/// The inner region of a relation, as the joins are written.
pub(super) fn inner_region(block: &Block, relation: RelationId) -> Option<InnerRegion<'_>> {
    inner_region_of(block, relation, &JoinKinds::default())
}

/// The inner region of a relation, with the joins as they are in truth.
pub(super) fn inner_region_of<'b>(
    block: &'b Block,
    relation: RelationId,
    kinds: &JoinKinds,
) -> Option<InnerRegion<'b>> {
    let path = block.path_of_relation(relation)?;
    let mut top: Option<&Join> = None;
    let mut whole = true;
    for (join, _) in &path.steps {
        if !matches!(kinds.of(join), JoinKind::Inner | JoinKind::Cross) {
            whole = false;
            break;
        }
        top = Some(join);
    }
    let mut region = InnerRegion {
        present: BTreeSet::new(),
        nullable: BTreeSet::new(),
        conditions: Vec::new(),
        whole,
    };
    if whole {
        for tree in &block.from {
            collect_region(tree, false, kinds, &mut region);
        }
        region.conditions.extend(&block.filter);
    } else if let Some(join) = top {
        collect_join(join, false, kinds, &mut region);
    } else {
        region.present.insert(relation);
    }
    Some(region)
}

fn collect_region<'b>(
    tree: &'b JoinTree,
    nullable: bool,
    kinds: &JoinKinds,
    region: &mut InnerRegion<'b>,
) {
    match tree {
        JoinTree::Relation(relation) => {
            if nullable {
                region.nullable.insert(*relation);
            } else {
                region.present.insert(*relation);
            }
        }
        JoinTree::Join(join) => collect_join(join, nullable, kinds, region),
    }
}

fn collect_join<'b>(
    join: &'b Join,
    nullable: bool,
    kinds: &JoinKinds,
    region: &mut InnerRegion<'b>,
) {
    let kind = kinds.of(join);
    if !nullable && matches!(kind, JoinKind::Inner | JoinKind::Cross) {
        region.conditions.extend(&join.on);
    }
    let left = nullable || matches!(kind, JoinKind::Right | JoinKind::Full);
    let right = nullable || matches!(kind, JoinKind::Left | JoinKind::Full);
    collect_region(&join.left, left, kinds, region);
    collect_region(&join.right, right, kinds, region);
}

/// What joins are in truth, where predicates make an outer join an inner one or a full join a left or right one.
#[derive(Default)]
pub(super) struct JoinKinds(HashMap<*const Join, JoinKind>);

impl JoinKinds {
    /// What a join is, as far as it is known.
    pub(super) fn of(&self, join: &Join) -> JoinKind {
        self.0
            .get(&std::ptr::from_ref(join))
            .copied()
            .unwrap_or(join.kind)
    }

    /// Remembers what a join is.
    pub(super) fn learn(&mut self, join: &Join, kind: JoinKind) {
        self.0.insert(std::ptr::from_ref(join), kind);
    }
}

/// Whether a conjunct is one of some, not merely the same text.
pub(super) fn is_one_of(conjunct: &Expr, conditions: &[&Expr]) -> bool {
    conditions
        .iter()
        .any(|condition| std::ptr::eq(*condition, conjunct))
}

/// Which conjuncts of a list are among some conditions, by their numbers.
pub(super) fn numbers_of(list: &[Expr], conditions: &[&Expr]) -> Vec<usize> {
    (0..list.len())
        .filter(|number| is_one_of(&list[*number], conditions))
        .collect()
}

/// Whether all of some conditions stand in the ON of a join or in WHERE, not in the ON of a join further out.
pub(super) fn are_covered(conditions: &[&Expr], join: &Join, block: &Block) -> bool {
    conditions.iter().all(|condition| {
        join.on
            .iter()
            .chain(&block.filter)
            .any(|conjunct| std::ptr::eq(conjunct, *condition))
    })
}

/// Whether a relation is there in each row of a join tree.
pub(super) fn is_present(tree: &JoinTree, relation: RelationId) -> bool {
    is_present_with(tree, relation, &JoinKinds::default())
}

/// As [`is_present`], with the joins as they are in truth.
pub(super) fn is_present_with(tree: &JoinTree, relation: RelationId, kinds: &JoinKinds) -> bool {
    match tree {
        JoinTree::Relation(found) => *found == relation,
        JoinTree::Join(join) => {
            let kind = kinds.of(join);
            let left = matches!(kind, JoinKind::Right | JoinKind::Full);
            let right = matches!(kind, JoinKind::Left | JoinKind::Full);
            !left && is_present_with(&join.left, relation, kinds)
                || !right && is_present_with(&join.right, relation, kinds)
        }
    }
}

/// Predicates further up that drop every row in which `relations`, filled up by `join`, are NULL: those around the join in
/// its block, and those of the block that reads this one as a derived table or CTE.
/// Source: the same walk as reduce_outer_joins in PostgreSQL's prepjointree.c.
pub(super) fn rejecting_predicates<'q: 'b, 'b>(
    context: &StatementContext<'q>,
    block: &'b Block,
    join: &Join,
    relations: &BTreeSet<RelationId>,
    kinds: &JoinKinds,
) -> Vec<&'b Expr> {
    let Some(path) = block.path_of_join(join) else {
        return Vec::new();
    };
    let mut candidates: Vec<&Expr> = conditions_along(&path.steps, kinds);
    candidates.extend(&block.filter);
    // a condition on a grouping column drops whole groups of filled-up rows
    let grouping = block.group_by.expressions();
    candidates.extend(block.having.iter().filter(|conjunct| {
        matches!(block.group_by, crate::query::GroupBy::Expressions(_))
            && !conjunct.has_aggregate()
            && conjunct
                .columns()
                .into_iter()
                .filter(|column| relations.contains(&column.relation))
                .all(|column| grouping.iter().any(|key| key.as_column() == Some(column)))
    }));
    let nulls = NullSet::Relations(relations.clone());
    let mut found = rejecting(context, candidates, &nulls);
    if found.is_empty() {
        found = rejecting_groups(context, block, join, relations);
    }
    if found.is_empty() {
        found = rejecting_of_readers(context, block, &nulls);
    }
    found
}

/// Conditions of HAVING on aggregates that drop every group of filled-up rows, where such rows share no group with others:
/// each row of the other side has groups of its own.
fn rejecting_groups<'b>(
    context: &StatementContext<'_>,
    block: &'b Block,
    join: &Join,
    relations: &BTreeSet<RelationId>,
) -> Vec<&'b Expr> {
    let candidates: Vec<&Expr> = block
        .having
        .iter()
        .filter(|conjunct| conjunct.has_aggregate())
        .collect();
    let kept = match join.kind {
        JoinKind::Left => &join.left,
        JoinKind::Right => &join.right,
        _ => return Vec::new(),
    };
    if candidates.is_empty() || !matches!(block.group_by, crate::query::GroupBy::Expressions(_)) {
        return Vec::new();
    }
    let nullable = context.facts.nullable_relations(block);
    let apart = kept
        .relations()
        .iter()
        .all(|relation| !nullable.contains(relation))
        && context
            .facts
            .tell_rows_apart(block.group_by.expressions(), kept);
    if !apart {
        return Vec::new();
    }
    rejecting(
        context,
        candidates,
        &NullSet::InWholeGroups(relations.clone()),
    )
}

fn rejecting<'b>(
    context: &StatementContext<'_>,
    candidates: Vec<&'b Expr>,
    nulls: &NullSet,
) -> Vec<&'b Expr> {
    candidates
        .into_iter()
        .filter(|conjunct| !conjunct.is_constant() && context.facts.rejects(conjunct, nulls))
        .collect()
}

/// The conditions of joins around a place in FROM that drop its rows.
pub(super) fn conditions_along<'b>(steps: &[(&'b Join, Side)], kinds: &JoinKinds) -> Vec<&'b Expr> {
    let mut conditions = Vec::new();
    for (outer, side) in steps {
        let applies = match kinds.of(outer) {
            JoinKind::Inner | JoinKind::Cross => true,
            JoinKind::Left => *side == Side::Right,
            JoinKind::Right => *side == Side::Left,
            JoinKind::Full => false,
        };
        if applies {
            conditions.extend(&outer.on);
        }
    }
    conditions
}

/// Predicates of the block that reads a block's rows, and of those around that, on columns that are NULL with `nulls`.
fn rejecting_of_readers<'q>(
    context: &StatementContext<'q>,
    block: &Block,
    nulls: &NullSet,
) -> Vec<&'q Expr> {
    let Some(reader) = only_reader(context, block) else {
        return Vec::new();
    };
    let grouping = block.group_by.expressions();
    let columns: BTreeSet<ColumnRef> = block
        .select
        .iter()
        .enumerate()
        .filter(|(_, item)| {
            context.facts.is_null_when(&item.expr, nulls)
                && (!block.is_grouped() || grouping.contains(&item.expr))
        })
        .map(|(column, _)| ColumnRef {
            relation: reader,
            column,
        })
        .collect();
    let query: &'q Query = context.query;
    let outer = query.block(query.relation(reader).block);
    let Some(path) = outer.path_of_relation(reader) else {
        return Vec::new();
    };
    if columns.is_empty() || outer.role == BlockRole::Merge {
        return Vec::new();
    }
    let nulls = NullSet::Columns(columns);
    // as the joins are written: what they are in truth may rest on this very block
    let mut candidates = conditions_along(&path.steps, &JoinKinds::default());
    candidates.extend(&outer.filter);
    let found = rejecting(context, candidates, &nulls);
    if found.is_empty() {
        return rejecting_of_readers(context, outer, &nulls);
    }
    found
}

/// The one relation that reads the rows of a block, each of which stands for itself: where a condition on a column drops
/// rows, the block need not have made them.
fn only_reader(context: &StatementContext<'_>, block: &Block) -> Option<RelationId> {
    let expression = context.query.expression(block.expression?);
    if expression.limit.is_some()
        || expression.offset.is_some()
        || expression.locks()
        || block.role != BlockRole::Select
        || matches!(block.distinct, Distinct::On(_))
        || matches!(block.group_by, crate::query::GroupBy::Sets(_))
        || block.is_single_group()
        || context.facts.is_volatile_block(block.id)
        || block.select.iter().any(|item| item.expr.has_window())
    {
        return None;
    }
    match expression.reader {
        Reader::Relation(relation) => Some(relation),
        Reader::Cte(cte) => match context.query.cte(cte) {
            cte if cte.recursive => None,
            cte => match cte.references.as_slice() {
                [only] => Some(*only),
                _ => None,
            },
        },
        _ => None,
    }
}
