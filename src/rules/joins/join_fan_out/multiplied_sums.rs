use std::collections::BTreeSet;

use super::counting_aggregates;
use crate::query::{Block, Expr, Join, JoinKind, JoinTree, RelationId, one_line};
use crate::rules::joins::support::table_name;
use crate::rules::{Evidence, Finding, Severity, StatementContext};

/// Aggregates that count rows, over two many sides that are joined to the same rows independently of each other.
pub(super) fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    if !block.is_grouped() {
        return None;
    }
    let aggregates: Vec<_> = counting_aggregates(block)
        .into_iter()
        .filter(|(_, call)| !call.star)
        .collect();
    let counted: BTreeSet<RelationId> = aggregates
        .iter()
        .flat_map(|(_, call)| &call.arguments)
        .flat_map(Expr::relations)
        .collect();
    let (example, _) = aggregates.first()?;
    let many: Vec<(RelationId, BTreeSet<RelationId>)> = block
        .relations()
        .into_iter()
        .filter_map(|relation| {
            let partners = many_side_of(context, block, relation)?;
            Some((relation, partners))
        })
        .collect();
    // two many sides of one partner, neither joined through the other
    let (first, second) = many.iter().enumerate().find_map(|(at, (a, a_partners))| {
        many[at + 1..].iter().find_map(|(b, b_partners)| {
            let independent = !a_partners.contains(b)
                && !b_partners.contains(a)
                && !a_partners.is_disjoint(b_partners);
            (independent && (counted.contains(a) || counted.contains(b))).then_some((*a, *b))
        })
    })?;
    let query = context.query;
    let (a, b) = (query.relation(first), query.relation(second));
    let pair = BTreeSet::from([first, second]);
    let mut names: Vec<String> = aggregates
        .iter()
        .filter(|(expr, _)| expr.reads_any(&pair))
        .map(|(expr, _)| one_line(&query.file, expr.span))
        .collect();
    names.dedup();
    let take = if names.len() == 1 { "takes" } else { "take" };
    let mut finding = Finding::at(
        query,
        super::INFO.name,
        Severity::Error,
        Evidence::Schema,
        example.span,
        format!(
            "{} {take} rows several times: {} and {} multiply each other",
            names.join(" and "),
            a.alias,
            b.alias
        ),
    );
    finding.relation = Some(b.alias.clone());
    finding.table = table_name(context, second);
    finding.label = Some("each value comes once for each row of the other side".to_owned());
    finding.why = vec![
        format!(
            "known from the schema: a row can have many partners in {} and many in {}, and nothing connects the two",
            a.alias, b.alias
        ),
        "3 rows here and 4 there make 12 pairs: each of the 3 is taken 4 times, each of the 4 three times"
            .to_owned(),
        "aggregate each side for itself, in a derived table or a lateral subquery, and join the results".to_owned(),
    ];
    Some(finding)
}

/// The relations that a relation is joined to as the many side; `None` where it is not.
fn many_side_of(
    context: &StatementContext<'_>,
    block: &Block,
    relation: RelationId,
) -> Option<BTreeSet<RelationId>> {
    let facts = &context.facts;
    let conditions: Vec<&Expr> = joins_around(block, relation)
        .iter()
        .flat_map(|join| &join.on)
        .chain(&block.filter)
        .filter(|conjunct| conjunct.reads(relation))
        .collect();
    let partners: BTreeSet<RelationId> = conditions
        .iter()
        .flat_map(|conjunct| conjunct.relations())
        .filter(|other| *other != relation && block.relations().contains(other))
        .collect();
    let many = !partners.is_empty()
        && context.query.relation(relation).columns_known
        && facts
            .matches_at_most_once(&JoinTree::Relation(relation), &conditions)
            .is_none()
        && facts.base_table(relation).is_some();
    // the partner itself is one row for each of these rows
    let one = partners.iter().any(|partner| {
        let to_partner: Vec<&Expr> = conditions
            .iter()
            .copied()
            .filter(|conjunct| conjunct.reads(*partner))
            .collect();
        facts
            .matches_at_most_once(&JoinTree::Relation(*partner), &to_partner)
            .is_some()
    });
    (many && one).then_some(partners)
}

fn joins_around(block: &Block, relation: RelationId) -> Vec<&Join> {
    block
        .path_of_relation(relation)
        .map(|path| {
            path.steps
                .iter()
                .map(|(join, _)| *join)
                .filter(|join| join.kind != JoinKind::Full)
                .collect()
        })
        .unwrap_or_default()
}
