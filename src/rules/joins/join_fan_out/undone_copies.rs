use std::collections::BTreeSet;

use crate::query::facts::{Place, Side};
use crate::query::{
    Block, Distinct, Expr, ExprKind, GroupBy, JoinConstraint, JoinTree, RelationId,
};
use crate::rewrite::{Edit, RemovedSide, exchange_conjuncts, remove_from_item, remove_joins};
use crate::rules::joins::postgresql;
use crate::rules::joins::support::{are_covered, inner_region, is_one_of, numbers_of, table_name};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{Evidence, Finding, Safety, Severity, StatementContext};

/// DISTINCT, or GROUP BY without aggregates, over joins that only filter.
pub(super) fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let distinct = block.distinct == Distinct::All && !block.is_grouped();
    let grouped = block.distinct == Distinct::No
        && matches!(block.group_by, GroupBy::Expressions(_))
        && block.having.is_empty()
        && !block.select.iter().any(|item| item.expr.has_aggregate())
        && !orders_by_aggregate(context, block);
    if !distinct && !grouped
        || block
            .select
            .iter()
            .any(|item| item.expr.has_window() || context.facts.is_volatile(&item.expr))
    {
        return None;
    }
    let unread: Vec<RelationId> = block
        .relations()
        .into_iter()
        .filter(|relation| only_filters(context, block, *relation))
        .collect();
    let mut filters: Vec<RelationId> = unread
        .iter()
        .copied()
        .filter(|relation| multiplies(context, block, *relation))
        .collect();
    let last = *filters.last()?;
    // without the filters the rows must be unique, else DISTINCT has other work to do
    if !unique_without(context, block, &filters) {
        filters = with_those_between(block, &unread, &filters)?;
        if !unique_without(context, block, &filters) {
            return None;
        }
    }
    let query = context.query;
    let names = filters
        .iter()
        .map(|relation| query.relation(*relation).alias.clone())
        .collect::<Vec<_>>()
        .join(" and ");
    let word = if distinct { "DISTINCT" } else { "GROUP BY" };
    let relation = query.relation(last);
    let mut finding = Finding::at(
        query,
        super::INFO.name,
        Severity::Warning,
        Evidence::Schema,
        relation.span,
        format!("the join to {names} only filters, and multiplies rows that {word} merges again"),
    );
    finding.relation = Some(relation.alias.clone());
    finding.table = table_name(context, last);
    finding.label = Some("one copy for each match".to_owned());
    finding.why = vec![
        format!(
            "known from the schema: no key makes {names} unique for the join, and no column of it is shown"
        ),
        format!("without the join the rows are unique already: {word} has nothing else to do"),
        format!(
            "{} does not turn the join into a semi join by itself; EXISTS is one: it stops at the first match and makes no copies",
            postgresql::version(context)
        ),
    ];
    let tradeoff = "the same rows; without ORDER BY they may come in another order";
    finding.fixes.extend(
        exists_edits(context, block, &filters, distinct)
            .and_then(|edits| rewrite(context, edits, Safety::Equivalent, tradeoff)),
    );
    Some(finding)
}

fn orders_by_aggregate(context: &StatementContext<'_>, block: &Block) -> bool {
    block.expression.is_some_and(|expression| {
        let own = context.query.own_expressions_of(expression);
        own.into_iter()
            .any(|expr| expr.has_aggregate() || expr.has_window())
    })
}

/// The conditions of an inner region that read a relation.
fn own_conditions(block: &Block, relation: RelationId) -> Option<Vec<&Expr>> {
    let region = inner_region(block, relation)?;
    (region.whole && region.present.contains(&relation)).then(|| {
        region
            .conditions
            .into_iter()
            .filter(|conjunct| conjunct.reads(relation))
            .collect()
    })
}

/// Some filters with the unread relations that conditions tie to them: those that lead to them from what is shown.
fn with_those_between(
    block: &Block,
    unread: &[RelationId],
    filters: &[RelationId],
) -> Option<Vec<RelationId>> {
    let mut tied: BTreeSet<RelationId> = filters.iter().copied().collect();
    loop {
        let next = unread.iter().copied().find(|relation| {
            !tied.contains(relation)
                && own_conditions(block, *relation)
                    .into_iter()
                    .flatten()
                    .any(|conjunct| conjunct.reads_any(&tied))
        });
        match next {
            Some(relation) => tied.insert(relation),
            None => break,
        };
    }
    (tied.len() > filters.len()).then(|| {
        let relations = block.relations().into_iter();
        relations
            .filter(|relation| tied.contains(relation))
            .collect()
    })
}

/// Whether a relation can match several times by the conditions that read it.
fn multiplies(context: &StatementContext<'_>, block: &Block, relation: RelationId) -> bool {
    own_conditions(block, relation).is_some_and(|conditions| {
        context
            .facts
            .matches_at_most_once(&JoinTree::Relation(relation), &conditions)
            .is_none()
    })
}

/// Whether a relation is only read by conditions of inner joins and WHERE.
fn only_filters(context: &StatementContext<'_>, block: &Block, relation: RelationId) -> bool {
    let facts = &context.facts;
    let Some(conditions) = own_conditions(block, relation) else {
        return false;
    };
    let connects = conditions
        .iter()
        .any(|conjunct| conjunct.relations().len() > 1);
    let read_elsewhere = facts
        .references(&BTreeSet::from([relation]), &[])
        .into_iter()
        .any(|reference| {
            !(matches!(reference.place, Place::JoinCondition | Place::Filter)
                && is_one_of(reference.expr, &conditions))
        });
    connects
        && !read_elsewhere
        && context.query.relation(relation).columns_known
        && !facts.is_volatile_relation(relation)
}

/// Whether the rows of a block are unique when some relations are taken out of its FROM.
fn unique_without(context: &StatementContext<'_>, block: &Block, filters: &[RelationId]) -> bool {
    let mut rest = block.clone();
    rest.distinct = Distinct::No;
    rest.group_by = GroupBy::None;
    rest.from = block
        .from
        .iter()
        .filter_map(|tree| without(tree, filters))
        .collect();
    rest.filter
        .retain(|conjunct| !filters.iter().any(|relation| conjunct.reads(*relation)));
    !rest.from.is_empty()
        && context
            .facts
            .undistinct_keys(&rest)
            .iter()
            .any(|key| !key.nulls_repeat)
}

/// A join tree without some relations, of which none is preserved by an outer join.
fn without(tree: &JoinTree, gone: &[RelationId]) -> Option<JoinTree> {
    match tree {
        JoinTree::Relation(relation) => (!gone.contains(relation)).then(|| tree.clone()),
        JoinTree::Join(join) => match (without(&join.left, gone), without(&join.right, gone)) {
            (Some(left), Some(right)) => {
                let mut copy = (**join).clone();
                copy.left = left;
                copy.right = right;
                copy.on
                    .retain(|conjunct| !gone.iter().any(|relation| conjunct.reads(*relation)));
                Some(JoinTree::Join(Box::new(copy)))
            }
            (left, right) => left.or(right),
        },
    }
}

/// The joins to `filters` as EXISTS, and DISTINCT (or GROUP BY) away.
fn exists_edits(
    context: &StatementContext<'_>,
    block: &Block,
    filters: &[RelationId],
    distinct: bool,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let text = |expr: &Expr| {
        let text = query.file.slice(expr.span);
        match expr.kind {
            ExprKind::Or(_) if !text.starts_with('(') => format!("({text})"),
            _ => text.to_owned(),
        }
    };
    let mut edits = Vec::new();
    let mut added = Vec::new();
    let mut removed: Vec<RemovedSide<'_>> = Vec::new();
    let mut in_filter = BTreeSet::new();
    for relation in filters {
        let conditions = own_conditions(block, *relation)?;
        // a condition on two of them would need both in one EXISTS
        if conditions.iter().any(|conjunct| {
            filters
                .iter()
                .filter(|other| conjunct.reads(**other))
                .count()
                > 1
        }) {
            return None;
        }
        let path = block.path_of_relation(*relation)?;
        let mut kept = Vec::new();
        match path.steps.first() {
            None => edits.push(remove_from_item(query, block, path.item)?),
            Some((join, side)) => {
                if *side != Side::Right
                    || !matches!(join.constraint, JoinConstraint::On | JoinConstraint::None)
                {
                    return None;
                }
                kept.extend(
                    join.on
                        .iter()
                        .filter(|conjunct| !conjunct.reads(*relation))
                        .map(text),
                );
                if !are_covered(&conditions, join, block) {
                    return None;
                }
                removed.push(RemovedSide { join, side: *side });
            }
        }
        in_filter.extend(numbers_of(&block.filter, &conditions));
        let item = query.file.slice(query.relation(*relation).span);
        let inner = conditions
            .iter()
            .map(|conjunct| text(conjunct))
            .collect::<Vec<_>>()
            .join(" AND ");
        added.push(format!("EXISTS (SELECT 1 FROM {item} WHERE {inner})"));
        added.extend(kept);
    }
    edits.extend(remove_joins(query, block, &removed));
    let in_filter: Vec<usize> = in_filter.into_iter().collect();
    edits.extend(exchange_conjuncts(query, block, &in_filter, &added)?);
    if distinct {
        let word = block.clauses.distinct?;
        let list = block.clauses.select?;
        edits.push(Edit::delete(crate::source::Span::new(
            word.start, list.start,
        )));
    } else {
        let clause = block.clauses.group_by?;
        let before = query.file.text().get(..clause.start)?.trim_end().len();
        edits.push(Edit::delete(crate::source::Span::new(before, clause.end)));
    }
    Some(edits)
}
