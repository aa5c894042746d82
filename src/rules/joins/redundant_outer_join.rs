use std::collections::BTreeSet;

use crate::query::facts::{DuplicatesHarmless, KeyProof, Side};
use crate::query::{Block, Expr, Join, JoinKind, Query, RelationId, one_line};
use crate::rewrite::{RemovedSide, remove_joins};

use super::outer_join_is_inner::weaker_kind;
use super::postgresql;
use super::support::{removable_side, table_name};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// An outer join whose nullable side nothing reads, and which cannot change how often rows come.
pub struct RedundantOuterJoin;

static INFO: RuleInfo = RuleInfo {
    name: "redundant-outer-join",
    summary: "an outer join that can be left out without changing the rows",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds LEFT and RIGHT joins to a table (or derived table, view, CTE) of which no column is used, \
            where each row of the other side finds at most one partner, or where copies of a row cannot matter \
            (DISTINCT, EXISTS, IN, UNION, GROUP BY with min and max). Such a join neither adds nor drops nor repeats rows.",
        why_it_is_slow: "Where the joined side is unique by a plain key, PostgreSQL (since 9.0) leaves the join out by \
            itself: it is clutter then, and the finding is of severity info. Where only DISTINCT or EXISTS makes the copies harmless, \
            or the key is deferrable, it does not: the table is read and joined, and the copies are sorted away again.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE addresses (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, city text);",
        example_statistics: "",
        example: "SELECT DISTINCT c.id, c.name\nFROM customers c\nLEFT JOIN addresses a ON a.customer_id = c.id;",
        use_instead: "SELECT DISTINCT c.id, c.name\nFROM customers c;",
        trade_off: "None for the rows. If the join is there to be used later, add it then.",
        interview_question: "This query joins a table and shows none of its columns. When may the join go?",
        good_answer: &[
            "An outer join keeps every row of its own side, so it can only repeat rows, never drop them.",
            "It repeats none if the join columns are a key of the other table: primary key, unique constraint, or a unique index that covers these rows.",
            "Even without a key the copies do not matter under DISTINCT, EXISTS, IN or min/max.",
            "count(*) and sum() do see the copies.",
            "PostgreSQL removes a LEFT JOIN to a unique key by itself: the plan does not show the table.",
        ],
    },
};

/// A side of an outer join that can go, and why.
pub(in crate::rules) type RedundantSide<'q> = (RemovedSide<'q>, Reason);

/// Why a side can go.
pub(in crate::rules) enum Reason {
    Unique(KeyProof),
    Harmless(DuplicatesHarmless),
    NeverMatches,
}

impl Rule for RedundantOuterJoin {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            check_block(context, block, findings);
        }
    }
}

fn check_block(context: &StatementContext<'_>, block: &Block, findings: &mut Vec<Finding>) {
    let mut removed = Vec::new();
    let mut removed_by_planner = Vec::new();
    for &(side, ref reason) in redundant_sides(context, block) {
        removed.push(side);
        let conjuncts: Vec<&Expr> = side.join.on.iter().collect();
        let by_planner = context
            .facts
            .matches_at_most_once(side.join.side(side.side), &conjuncts)
            .is_some_and(|proof| {
                postgresql::removes(context, block, side, &proof, &removed_by_planner)
            });
        if by_planner {
            removed_by_planner.push(side);
        }
        findings.push(report(context, block, &removed, reason, by_planner));
    }
}

/// The sides of the outer joins of one of the statement's own blocks that can go, each after those before it; worked
/// out once for all rules.
pub(super) fn redundant_sides<'c, 'q>(
    context: &'c StatementContext<'q>,
    block: &Block,
) -> &'c [RedundantSide<'q>] {
    context
        .redundant_sides
        .get_or_init(|| {
            let query: &'q Query = context.query;
            query
                .own_blocks()
                .map(|block| (block.id, find_redundant_sides(context, block)))
                .collect()
        })
        .get(&block.id)
        .map_or(&[], Vec::as_slice)
}

fn find_redundant_sides<'q>(
    context: &StatementContext<'_>,
    block: &'q Block,
) -> Vec<RedundantSide<'q>> {
    let joins = block.joins();
    let mut removed: Vec<RemovedSide<'_>> = Vec::new();
    let mut found = Vec::new();
    // removing one join can make the next removable
    while let Some((side, reason)) = joins
        .iter()
        .filter(|join| !removed.iter().any(|gone| std::ptr::eq(gone.join, **join)))
        .find_map(|join| removable(context, block, join, &removed))
    {
        removed.push(side);
        found.push((side, reason));
    }
    found
}

/// The relations in the sides that can go.
pub(super) fn redundant_relations(
    context: &StatementContext<'_>,
    block: &Block,
) -> BTreeSet<RelationId> {
    redundant_sides(context, block)
        .iter()
        .flat_map(|(gone, _)| gone.join.side(gone.side).relations())
        .collect()
}

/// The nullable side of an outer join, if it can go once the sides in `removed` are gone.
fn removable<'q>(
    context: &StatementContext<'_>,
    block: &'q Block,
    join: &'q Join,
    removed: &[RemovedSide<'q>],
) -> Option<(RemovedSide<'q>, Reason)> {
    let side = match join.kind {
        JoinKind::Left => Side::Right,
        JoinKind::Right => Side::Left,
        // a full join of which a predicate further up leaves only one side's rows
        JoinKind::Full => match weaker_kind(context, block, join)?.0 {
            JoinKind::Left => Side::Right,
            JoinKind::Right => Side::Left,
            _ => return None,
        },
        _ => return None,
    };
    let candidate = RemovedSide { join, side };
    if !removable_side(context, block, candidate, removed) {
        return None;
    }
    let tree = join.side(side);
    let conjuncts: Vec<&Expr> = join.on.iter().collect();
    if context.facts.contradictory(&conjuncts) {
        return Some((candidate, Reason::NeverMatches));
    }
    if let Some(proof) = context.facts.matches_at_most_once(tree, &conjuncts) {
        return Some((candidate, Reason::Unique(proof)));
    }
    let reason = context.facts.duplicates_harmless(block)?;
    Some((candidate, Reason::Harmless(reason)))
}

fn report(
    context: &StatementContext<'_>,
    block: &Block,
    removed: &[RemovedSide<'_>],
    reason: &Reason,
    planner_removes: bool,
) -> Finding {
    let query = context.query;
    let gone = removed[removed.len() - 1];
    let relations: Vec<RelationId> = gone.join.side(gone.side).relations();
    let named = relations.first().map(|relation| query.relation(*relation));
    let alias = named.map_or("", |relation| relation.alias.as_str());
    let condition = gone
        .join
        .constraint_span
        .map_or_else(String::new, |span| one_line(&query.file, span));
    let message = match reason {
        Reason::Unique(_) => format!(
            "the outer join to {alias} is not needed: no column of it is used, and each row finds at most one partner"
        ),
        Reason::Harmless(_) => format!(
            "the outer join to {alias} only repeats rows, and the copies do not matter here"
        ),
        Reason::NeverMatches => {
            format!("the outer join to {alias} never finds a partner, and no column of it is used")
        }
    };
    let mut why = vec![match reason {
        Reason::Unique(proof) => {
            format!("known from the schema: {proof} makes {alias} unique for \"{condition}\"")
        }
        Reason::Harmless(reason) => {
            format!("no key makes {alias} unique for \"{condition}\", but {reason}")
        }
        Reason::NeverMatches => format!("\"{condition}\" is never true"),
    }];
    let version = postgresql::version(context);
    why.push(match reason {
        _ if planner_removes => format!(
            "{version} leaves this join out of the plan by itself, as all versions since 9.0 do: it is clutter, not cost"
        ),
        Reason::Unique(proof) => format!(
            "{version} does not remove this join by itself ({}): the table is read and joined for nothing",
            postgresql::why_kept(proof)
        ),
        Reason::Harmless(_) => format!(
            "{version} does not remove this join by itself (only a key would tell it to): the table is read and joined, \
             and the copies are thrown away again"
        ),
        Reason::NeverMatches => {
            format!("{version} does not remove this join by itself, though it may skip the scan")
        }
    });
    let severity = if planner_removes {
        Severity::Info
    } else {
        Severity::Warning
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        gone.join.span,
        message,
    );
    finding.relation = named.map(|relation| relation.alias.clone());
    finding.table = named.and_then(|relation| table_name(context, relation.id));
    finding.why = why;
    finding.label = Some(format!("no column of {alias} is used"));
    finding
        .facts
        .insert("removed_by_planner".to_owned(), planner_removes.into());
    if relations.len() > 1 {
        let aliases: Vec<&str> = relations
            .iter()
            .map(|relation| query.relation(*relation).alias.as_str())
            .collect();
        finding.facts.insert("aliases".to_owned(), aliases.into());
    }
    finding.fixes.extend(rewrite(
        context,
        remove_joins(query, block, removed),
        Safety::Equivalent,
        "none: the rows stay the same",
    ));
    finding
}
