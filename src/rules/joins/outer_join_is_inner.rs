use std::collections::BTreeSet;

use super::postgresql;
use super::redundant_outer_join::redundant_sides;
use super::support::{JoinKinds, is_present, rejecting_predicates, table_name};
use crate::query::facts::NullSet;
use crate::query::{Block, Expr, Join, JoinKind, Query, RelationId, one_line};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// An outer join whose filled-up rows a predicate further up drops again.
pub struct OuterJoinIsInner;

static INFO: RuleInfo = RuleInfo {
    name: "outer-join-is-inner",
    summary: "an outer join whose unmatched rows a predicate drops again",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds LEFT, RIGHT and FULL joins followed by a predicate that no row without a partner can pass: \
            a comparison, IN, BETWEEN, LIKE or IS NOT NULL on a column of the nullable side in WHERE, in HAVING over a grouping column, \
            or in the ON of an inner join above; a comparison with what COALESCE or CASE makes of the NULLs; HAVING with an aggregate \
            of the nullable side where each group is one row of the other. The join keeps nothing that an inner join would not keep.",
        why_it_is_slow: "Of strict predicates PostgreSQL finds this out by itself and plans an inner join, so it costs no time; through \
            COALESCE, CASE and aggregates it does not see, and keeps the outer join and its order. It costs the reader: \
            LEFT promises rows that never come, and whoever meant them has a wrong result. The predicate then belongs into ON.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total int);",
        example_statistics: "",
        example: "SELECT c.name, o.total\nFROM customers c\nLEFT JOIN orders o ON o.customer_id = c.id\nWHERE o.total > 100;",
        use_instead: "SELECT c.name, o.total\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nWHERE o.total > 100;",
        trade_off: "The rewrite keeps today's rows. If the unmatched rows were wanted, move the predicate into ON instead.",
        interview_question: "A LEFT JOIN and a WHERE on the joined table: which rows survive?",
        good_answer: &[
            "For a row without partner the joined columns are NULL, and a comparison with NULL is not true.",
            "So WHERE removes exactly the rows that LEFT had kept.",
            "A condition in ON decides about partners, a condition in WHERE about rows.",
            "IS NULL, COALESCE and OR with the other side can let them through.",
            "PostgreSQL turns it into an inner join itself: the plan shows no Left Join.",
        ],
    },
};

impl Rule for OuterJoinIsInner {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            let redundant = redundant_sides(context, block);
            for join in block.joins() {
                if !redundant
                    .iter()
                    .any(|(side, _)| std::ptr::eq(side.join, join))
                {
                    findings.extend(check(context, block, join));
                }
            }
        }
    }
}

/// What an outer join is in truth, the predicates that make it so, and the relations whose NULLs they drop.
pub(super) type Weaker<'b> = (JoinKind, Vec<&'b Expr>, Vec<RelationId>);

/// What an outer join is in truth; `None` where it is what it says.
pub(super) fn weaker_kind<'q: 'b, 'b>(
    context: &StatementContext<'q>,
    block: &'b Block,
    join: &Join,
) -> Option<Weaker<'b>> {
    if block.role == crate::query::BlockRole::Merge
        || matches!(join.kind, JoinKind::Inner | JoinKind::Cross)
    {
        return None;
    }
    // what is known of the joins around it comes first
    let mut kinds = JoinKinds::default();
    let path = block.path_of_join(join)?;
    for (outer, _) in path.steps.iter().rev() {
        if let Some((kind, _, _)) = weaker_within(context, block, outer, &kinds) {
            kinds.learn(outer, kind);
        }
    }
    weaker_within(context, block, join, &kinds)
}

/// What all joins of a block are in truth.
pub(super) fn real_kinds(context: &StatementContext<'_>, block: &Block) -> JoinKinds {
    let mut kinds = JoinKinds::default();
    for join in block.joins() {
        if let Some((kind, _, _)) = weaker_kind(context, block, join) {
            kinds.learn(join, kind);
        }
    }
    kinds
}

/// Writes a join as what it is.
pub(super) fn keyword_edit(query: &Query, join: &Join, kind: JoinKind) -> Edit {
    let keywords = match kind {
        JoinKind::Left => "LEFT JOIN",
        JoinKind::Right => "RIGHT JOIN",
        _ => "JOIN",
    };
    let keywords = match join.constraint {
        crate::query::JoinConstraint::Natural(_) => format!("NATURAL {keywords}"),
        _ => keywords.to_owned(),
    };
    let lower = query
        .file
        .slice(join.keyword_span)
        .chars()
        .any(|c| c.is_ascii_lowercase());
    Edit::replace(
        join.keyword_span,
        if lower {
            keywords.to_lowercase()
        } else {
            keywords
        },
    )
}

fn weaker_within<'q: 'b, 'b>(
    context: &StatementContext<'q>,
    block: &'b Block,
    join: &Join,
    kinds: &JoinKinds,
) -> Option<Weaker<'b>> {
    let left: BTreeSet<RelationId> = join.left.relations().into_iter().collect();
    let right: BTreeSet<RelationId> = join.right.relations().into_iter().collect();
    let rejecting =
        |side: &BTreeSet<RelationId>| rejecting_predicates(context, block, join, side, kinds);
    match join.kind {
        JoinKind::Left => {
            let predicates = rejecting(&right);
            (!predicates.is_empty())
                .then(|| (JoinKind::Inner, predicates, right.into_iter().collect()))
        }
        JoinKind::Right => {
            let predicates = rejecting(&left);
            (!predicates.is_empty())
                .then(|| (JoinKind::Inner, predicates, left.into_iter().collect()))
        }
        JoinKind::Full => {
            let (no_left, no_right) = (rejecting(&left), rejecting(&right));
            match (no_left.is_empty(), no_right.is_empty()) {
                (true, true) => None,
                // rows need a left row: those of the right side alone are dropped
                (false, true) => Some((JoinKind::Left, no_left, left.into_iter().collect())),
                (true, false) => Some((JoinKind::Right, no_right, right.into_iter().collect())),
                (false, false) => Some((
                    JoinKind::Inner,
                    [no_left, no_right].concat(),
                    right.into_iter().collect(),
                )),
            }
        }
        JoinKind::Inner | JoinKind::Cross => None,
    }
}

fn check(context: &StatementContext<'_>, block: &Block, join: &Join) -> Option<Finding> {
    let (kind, predicates, relations) = weaker_kind(context, block, join)?;
    let query = context.query;
    let predicate = predicates.first()?;
    // what aggregates of NULLs are counts where the predicate is of HAVING; elsewhere there are none
    let rejected = |relation: RelationId| {
        let nulls = NullSet::InWholeGroups(BTreeSet::from([relation]));
        context.facts.rejects(predicate, &nulls)
    };
    let whose_nulls = relations
        .iter()
        .copied()
        .find(|relation| rejected(*relation))
        .or(relations.first().copied())?;
    // a side that is itself an outer join is known by the relation that is there in each of its rows
    let sides = [&join.left, &join.right];
    let present = |relation: RelationId| sides.iter().any(|side| is_present(side, relation));
    let known_by = [whose_nulls]
        .into_iter()
        .chain(relations.iter().copied())
        .find(|relation| present(*relation))
        .unwrap_or(whose_nulls);
    let relation = query.relation(known_by);
    let written = one_line(&query.file, join.keyword_span).to_uppercase();
    let (name, keywords) = match kind {
        JoinKind::Left => ("a left join", "LEFT JOIN"),
        JoinKind::Right => ("a right join", "RIGHT JOIN"),
        _ => ("an inner join", "JOIN"),
    };
    let planned = if postgresql::sees_rejection(context, predicate, &relations) {
        format!(
            "{} plans it as {name} by itself, so it costs no time; if the unmatched rows were wanted, the predicate belongs into ON",
            postgresql::version(context)
        )
    } else {
        format!(
            "{} does not see it (it does not work out what COALESCE, CASE or an aggregate of NULLs gives): it plans the \
             {written}, and cannot change the order of the joins; if the unmatched rows were wanted, the predicate is wrong",
            postgresql::version(context)
        )
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Info,
        Evidence::Schema,
        join.span,
        format!(
            "the {written} to {} is {name}: a predicate drops the rows without a partner",
            relation.alias
        ),
    );
    finding.relation = Some(relation.alias.clone());
    finding.table = table_name(context, relation.id);
    finding.label = Some(format!("keeps no more rows than {keywords}"));
    finding.why = vec![
        format!(
            "\"{}\" is not true when the columns of {} are NULL",
            one_line(&query.file, predicate.span),
            query.relation(whose_nulls).alias
        ),
        planned,
    ];
    let edits = vec![keyword_edit(query, join, kind)];
    let tradeoff = "the same rows; says what happens";
    finding
        .fixes
        .extend(rewrite(context, edits, Safety::Equivalent, tradeoff));
    Some(finding)
}
