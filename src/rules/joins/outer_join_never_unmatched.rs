use super::outer_join_is_inner::{keyword_edit, real_kinds};
use super::postgresql;
use super::redundant_outer_join::redundant_sides;
use super::support::{JoinKinds, conditions_along, is_present_with, table_name};
use crate::catalog::ColumnId;
use crate::query::facts::{NullSet, Side};
use crate::query::{Block, ColumnRef, Expr, Join, JoinKind, JoinTree, RelationId, one_line};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// An outer join along a foreign key that always finds a partner.
pub struct OuterJoinNeverUnmatched;

static INFO: RuleInfo = RuleInfo {
    name: "outer-join-never-unmatched",
    summary: "an outer join along a NOT NULL foreign key: every row has a partner",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds LEFT and RIGHT joins whose condition is exactly a validated foreign key, to the whole key it references and \
            with no further condition, where its columns are NOT NULL or a predicate keeps NULLs out. Every row has its partner, so an \
            inner join gives the same rows. In a chain of such joins each is found.",
        why_it_is_slow: "PostgreSQL does not use foreign keys to turn an outer join into an inner one. An outer join fixes the order: \
            the planner cannot start with the referenced table when a condition there is selective.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int);",
        example_statistics: "",
        example: "SELECT o.id, c.name\nFROM orders o\nLEFT JOIN customers c ON c.id = o.customer_id;",
        use_instead: "SELECT o.id, c.name\nFROM orders o\nJOIN customers c ON c.id = o.customer_id;",
        trade_off: "The inner join relies on the foreign key: if that is dropped later, rows can disappear.",
        interview_question: "What does a foreign key with NOT NULL tell you about a LEFT JOIN to the referenced table?",
        good_answer: &[
            "Each row has exactly one partner, so LEFT and INNER give the same rows.",
            "The planner may join in any order only with an inner join.",
            "NOT VALID keys, nullable columns and further conditions in ON break the argument.",
        ],
    },
};

impl Rule for OuterJoinNeverUnmatched {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            let joins = block.joins();
            if joins.is_empty() {
                continue;
            }
            let redundant = redundant_sides(context, block);
            let mut kinds = real_kinds(context, block);
            // a partner that is always there has its own partners: until nothing more follows
            let mut found = true;
            while std::mem::take(&mut found) {
                for join in &joins {
                    let told = redundant
                        .iter()
                        .any(|(side, _)| std::ptr::eq(side.join, *join));
                    if told || kinds.of(join) != join.kind {
                        continue;
                    }
                    if let Some(finding) = check(context, block, join, &kinds) {
                        findings.push(finding);
                        kinds.learn(join, JoinKind::Inner);
                        found = true;
                    }
                }
            }
        }
    }
}

fn check(
    context: &StatementContext<'_>,
    block: &Block,
    join: &Join,
    kinds: &JoinKinds,
) -> Option<Finding> {
    let (parent_side, child_side) = match join.kind {
        JoinKind::Left => (Side::Right, Side::Left),
        JoinKind::Right => (Side::Left, Side::Right),
        _ => return None,
    };
    let JoinTree::Relation(parent) = join.side(parent_side) else {
        return None;
    };
    let matched = always_matching_key(context, block, join, *parent, child_side)?;
    if !is_present_with(join.side(child_side), matched.child, kinds) {
        return None;
    }
    let query = context.query;
    let parent = query.relation(*parent);
    let child = query.relation(matched.child);
    let not_null = match matched.rejecting {
        Some(predicate) => format!(
            "\"{}\" lets no NULL in its columns through",
            one_line(&query.file, predicate.span)
        ),
        None => "its columns are NOT NULL".to_owned(),
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Info,
        Evidence::Schema,
        join.span,
        format!(
            "every row of {} has a partner in {}: the outer join is an inner join",
            child.alias, parent.alias
        ),
    );
    finding.relation = Some(parent.alias.clone());
    finding.table = table_name(context, parent.id);
    finding.label = Some("always finds a partner".to_owned());
    finding.why = vec![
        format!(
            "known from the schema: foreign key {} is validated, and {not_null}",
            matched.key
        ),
        format!(
            "{} does not use foreign keys for this: it keeps the outer join, and cannot start with {}, \
             where an inner join leaves the join order free",
            postgresql::version(context),
            parent.alias
        ),
    ];
    let edits = vec![keyword_edit(query, join, JoinKind::Inner)];
    if matches!(
        join.constraint,
        crate::query::JoinConstraint::On | crate::query::JoinConstraint::Using(_)
    ) {
        let tradeoff = "relies on the foreign key";
        finding
            .fixes
            .extend(rewrite(context, edits, Safety::Equivalent, tradeoff));
    }
    Some(finding)
}

/// The foreign key that gives each row a partner.
struct Matched<'b> {
    key: String,
    /// The relation that has it.
    child: RelationId,
    /// The predicate that keeps rows out whose foreign key is NULL, where its columns may be NULL.
    rejecting: Option<&'b Expr>,
}

/// The foreign key that gives each row of a join's `child_side` a partner in `parent` by the join's whole condition.
fn always_matching_key<'b>(
    context: &StatementContext<'_>,
    block: &'b Block,
    join: &'b Join,
    parent: RelationId,
    child_side: Side,
) -> Option<Matched<'b>> {
    let facts = &context.facts;
    let mut child = None;
    let mut pairs: Vec<(ColumnId, ColumnId)> = Vec::new();
    let parent_table = facts.base_table(parent)?.table;
    let mut origin = None;
    let mut rejecting = None;
    for conjunct in &join.on {
        let (parent_column, child_column) = facts.column_pair(conjunct, parent)?;
        if *child.get_or_insert(child_column.relation) != child_column.relation {
            return None;
        }
        let (reader, table, child_id) = facts.origin_column(child_column)?;
        // the columns of one row
        if *origin.get_or_insert((reader, table)) != (reader, table) {
            return None;
        }
        let (_, parent_id) = facts.base_column(parent_column)?;
        if facts.column_may_be_null(child_column) {
            rejecting = Some(null_rejecting(
                context,
                block,
                join,
                child_side,
                child_column,
            )?);
        }
        pairs.push((child_id, parent_id));
    }
    let (_, child_table) = origin?;
    let key = facts.foreign_key(child_table, parent_table, &pairs)?;
    Some(Matched {
        key: key.name.clone(),
        child: child?,
        rejecting,
    })
}

/// A predicate that no row passes in which a column of a join's side is NULL, before the join or after it.
fn null_rejecting<'b>(
    context: &StatementContext<'_>,
    block: &'b Block,
    join: &'b Join,
    side: Side,
    column: ColumnRef,
) -> Option<&'b Expr> {
    let path = block.path_of_join(join)?;
    let mut candidates = context.facts.passed_in_tree(join.side(side));
    candidates.extend(conditions_along(&path.steps, &JoinKinds::default()));
    candidates.extend(&block.filter);
    let nulls = NullSet::Column(column);
    candidates
        .into_iter()
        .find(|conjunct| context.facts.rejects(conjunct, &nulls))
}
