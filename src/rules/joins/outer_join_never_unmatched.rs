use super::outer_join_is_inner::{keyword_edit, weaker_kind};
use super::postgresql;
use super::redundant_outer_join::redundant_sides;
use super::support::table_name;
use crate::catalog::ColumnId;
use crate::query::facts::Side;
use crate::query::{Join, JoinKind, JoinTree, RelationId};
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
        what_it_does: "Finds LEFT and RIGHT joins whose condition is exactly a validated foreign key with NOT NULL columns, to the whole key \
            it references and with no further condition. Every row has its partner, so an inner join gives the same rows.",
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
            let redundant = redundant_sides(context, block);
            for join in block.joins() {
                let told = redundant
                    .iter()
                    .any(|(side, _)| std::ptr::eq(side.join, join))
                    || weaker_kind(context, block, join).is_some();
                if !told {
                    findings.extend(check(context, join));
                }
            }
        }
    }
}

fn check(context: &StatementContext<'_>, join: &Join) -> Option<Finding> {
    let (parent_side, child_side) = match join.kind {
        JoinKind::Left => (Side::Right, Side::Left),
        JoinKind::Right => (Side::Left, Side::Right),
        _ => return None,
    };
    let JoinTree::Relation(parent) = join.side(parent_side) else {
        return None;
    };
    let (key, child) = always_matching_key(context, join, *parent, join.side(child_side))?;
    let query = context.query;
    let parent = query.relation(*parent);
    let child = query.relation(child);
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
            "known from the schema: foreign key {key} is validated, and its columns are NOT NULL"
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

/// The foreign key that gives each row of `other` a partner in `parent` by the join's whole condition, and the relation that
/// has it.
fn always_matching_key(
    context: &StatementContext<'_>,
    join: &Join,
    parent: RelationId,
    other: &JoinTree,
) -> Option<(String, RelationId)> {
    let facts = &context.facts;
    let mut child = None;
    let mut pairs: Vec<(ColumnId, ColumnId)> = Vec::new();
    let parent_table = facts.base_table(parent)?.table;
    let mut child_table = None;
    for conjunct in &join.on {
        let (parent_column, child_column) = facts.column_pair(conjunct, parent)?;
        if *child.get_or_insert(child_column.relation) != child_column.relation {
            return None;
        }
        let (table, child_id) = facts.base_column(child_column)?;
        child_table = Some(table);
        let (_, parent_id) = facts.base_column(parent_column)?;
        if context.catalog.table(table).column(child_id).not_null {
            pairs.push((child_id, parent_id));
        } else {
            return None;
        }
    }
    let child = child?;
    if !is_present(other, child) {
        return None;
    }
    let key = facts.foreign_key(child_table?, parent_table, &pairs)?;
    Some((key.name.clone(), child))
}

/// Whether a relation of a tree is there in each of its rows.
fn is_present(tree: &JoinTree, relation: RelationId) -> bool {
    match tree {
        JoinTree::Relation(found) => *found == relation,
        JoinTree::Join(join) => {
            let (left, right) = join.nullable_sides();
            !left && is_present(&join.left, relation) || !right && is_present(&join.right, relation)
        }
    }
}
