use std::collections::BTreeSet;

use super::counting_aggregates;
use crate::query::{Block, Expr, GroupBy, JoinTree, RelationId, one_line};
use crate::rules::joins::support::table_name;
use crate::rules::{Evidence, Finding, Severity, StatementContext};

/// An aggregate of a row that a join repeats: of an order, once for each of its items.
pub(super) fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    if !block.is_grouped() {
        return None;
    }
    let aggregates = counting_aggregates(block);
    let relations = block.relations();
    for (expr, call) in &aggregates {
        let read: BTreeSet<RelationId> = call.arguments.iter().flat_map(Expr::relations).collect();
        let (Some(one), 1) = (read.first().copied(), read.len()) else {
            continue;
        };
        if !relations.contains(&one) {
            continue;
        }
        let Some(many) = relations
            .iter()
            .copied()
            .find(|other| is_many_of(context, block, *other, one))
        else {
            continue;
        };
        // what is summed beside it shows which rows are meant
        let beside = aggregates.iter().any(|(_, other)| {
            other.star
                || other.arguments.iter().any(|argument| {
                    argument
                        .relations()
                        .into_iter()
                        .any(|relation| relation != one)
                })
        });
        let counts = call.name == "count";
        if is_looked_up(context, block, one, many, beside) || counts && !beside {
            continue;
        }
        return Some(report(context, expr, one, many));
    }
    None
}

/// Whether each row of `child` belongs to one row of `parent`, which can have many: by the conditions on the two alone.
fn is_many_of(
    context: &StatementContext<'_>,
    block: &Block,
    child: RelationId,
    parent: RelationId,
) -> bool {
    if child == parent || !context.query.relation(child).columns_known {
        return false;
    }
    let pair = BTreeSet::from([child, parent]);
    let conditions: Vec<&Expr> = block
        .joins()
        .into_iter()
        .flat_map(|join| &join.on)
        .chain(&block.filter)
        .filter(|conjunct| {
            let read = conjunct.relations();
            read == pair || read == BTreeSet::from([child])
        })
        .collect();
    let between: Vec<&Expr> = conditions
        .iter()
        .copied()
        .filter(|conjunct| conjunct.reads(parent))
        .collect();
    let facts = &context.facts;
    !between.is_empty()
        && facts.base_table(child).is_some()
        && facts
            .matches_at_most_once(&JoinTree::Relation(child), &conditions)
            .is_none()
        && facts
            .matches_at_most_once(&JoinTree::Relation(parent), &between)
            .is_some()
}

/// Whether the value is looked up for each row of `many`, as a price for each order line, so that its copies are meant: the
/// groups are not made of `one`, or of what it belongs to.
fn is_looked_up(
    context: &StatementContext<'_>,
    block: &Block,
    one: RelationId,
    many: RelationId,
    beside: bool,
) -> bool {
    let GroupBy::Expressions(keys) = &block.group_by else {
        let relations = block.relations();
        let place = |relation| relations.iter().position(|other| *other == relation);
        // over all rows only the order in which the tables are named tells what is counted
        return !(matches!(block.group_by, GroupBy::None) && beside && place(one) < place(many));
    };
    let mut above = BTreeSet::from([one]);
    let mut todo = vec![one];
    while let Some(child) = todo.pop() {
        for parent in block.relations() {
            if is_many_of(context, block, child, parent) && above.insert(parent) {
                todo.push(parent);
            }
        }
    }
    let read: BTreeSet<RelationId> = keys.iter().flat_map(Expr::relations).collect();
    read.is_empty() || !read.is_subset(&above)
}

fn report(
    context: &StatementContext<'_>,
    expr: &Expr,
    one: RelationId,
    many: RelationId,
) -> Finding {
    let query = context.query;
    let (one, many) = (query.relation(one), query.relation(many));
    let mut finding = Finding::at(
        query,
        super::INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expr.span,
        format!(
            "{} takes each row of {} once for each of its rows in {}",
            one_line(&query.file, expr.span),
            one.alias,
            many.alias
        ),
    );
    finding.relation = Some(many.alias.clone());
    finding.table = table_name(context, many.id);
    finding.label = Some(format!("the join to {} repeats it", many.alias));
    finding.why = vec![
        format!(
            "known from the schema: a row of {} can have many partners in {}, and the join makes a copy for each",
            one.alias, many.alias
        ),
        format!(
            "aggregate {} for itself, in a derived table or a lateral subquery, and join the result; of a key, count(DISTINCT ...) \
             counts each once",
            many.alias
        ),
    ];
    finding
}
