mod only_key_read;
mod without_parent;

use only_key_read::{Proof, only_key_read};

use std::collections::BTreeSet;

use super::postgresql;
use super::redundant_outer_join::redundant_relations;
use super::support::{locks, table_name, written_relation};
use crate::query::{Block, BlockRole, Expr, RelationId, one_line};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// An inner join to a referenced table of which only the key is used.
pub struct RedundantInnerJoin;

static INFO: RuleInfo = RuleInfo {
    name: "redundant-inner-join",
    summary: "an inner join along a foreign key to a table of which nothing else is used",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds inner joins from a table to the table that its validated foreign key references, where nothing of the \
            referenced table is used but the key columns. Each row finds exactly one partner, and what is read of its key stands in the \
            foreign key as well: in the select list, in conditions, in a join that only passes through the table. Rows whose foreign key \
            is NULL find none, so with a nullable column an IS NOT NULL takes the join's place. In UPDATE and DELETE too.",
        why_it_is_slow: "PostgreSQL (as of 18) never removes an inner join by itself: the referenced table is read, or its index \
            searched once for each row.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int);",
        example_statistics: "",
        example: "SELECT o.id, o.total\nFROM orders o\nJOIN customers c ON c.id = o.customer_id;",
        use_instead: "SELECT o.id, o.total\nFROM orders o;",
        trade_off: "Relies on the foreign key: without it, orders of unknown customers would show up.",
        interview_question: "The query joins customers only to reach orders. What must hold so that the join can go?",
        good_answer: &[
            "A foreign key from the join column to customers, validated, so every value has a partner.",
            "The referenced column is a key, so there is only one partner.",
            "The column is NOT NULL, or rows with NULL are kept out with IS NOT NULL.",
            "No other column of customers is used; customers.id itself may be, as orders.customer_id has the same value.",
            "PostgreSQL removes only LEFT JOINs by itself, not inner ones.",
        ],
    },
};

impl Rule for RedundantInnerJoin {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            let joins = matches!(
                block.role,
                BlockRole::Select | BlockRole::Update | BlockRole::Delete
            );
            if !joins || locks(context, block) {
                continue;
            }
            let mut told = redundant_relations(context, block);
            told.extend(written_relation(block));
            check_block(context, block, told, findings);
        }
    }
}

/// Looks at the relations again and again: one that goes may have been the last that read another.
fn check_block(
    context: &StatementContext<'_>,
    block: &Block,
    mut told: BTreeSet<RelationId>,
    findings: &mut Vec<Finding>,
) {
    let relations = block.relations();
    let mut gone: Vec<&Expr> = Vec::new();
    let mut found = true;
    while std::mem::take(&mut found) {
        for relation in &relations {
            if told.contains(relation) {
                continue;
            }
            let Some(proof) = only_key_read(context, block, *relation, &gone) else {
                continue;
            };
            // its own place may be taken by one that is gone
            if told.contains(&proof.child) && !gone.is_empty() {
                continue;
            }
            let after = gone.iter().any(|conjunct| conjunct.reads(*relation));
            findings.push(report(context, block, *relation, &proof, after));
            told.insert(*relation);
            gone.extend(&proof.conditions);
            found = true;
        }
    }
}

/// The finding; `after` another relation is gone that reads this one.
fn report(
    context: &StatementContext<'_>,
    block: &Block,
    parent: RelationId,
    proof: &Proof<'_>,
    after: bool,
) -> Finding {
    let query = context.query;
    let relation = query.relation(parent);
    let child = query.relation(proof.child);
    let which = if proof.nullable.is_empty() {
        format!("each row of {}", child.alias)
    } else {
        format!("each row of {} whose foreign key is not NULL", child.alias)
    };
    let rest = if proof.key_is_read {
        format!(
            "its key, all that is used of it, stands in {} as well",
            child.alias
        )
    } else {
        "nothing else of it is used".to_owned()
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        relation.span,
        format!(
            "the join to {} is not needed: {which} has exactly one partner there, and {rest}",
            relation.alias
        ),
    );
    finding.relation = Some(relation.alias.clone());
    finding.table = table_name(context, parent);
    finding.label = Some(format!("only the key of {} is used", relation.alias));
    let condition = proof
        .conditions
        .iter()
        .map(|conjunct| one_line(&query.file, conjunct.span))
        .collect::<Vec<_>>()
        .join(" AND ");
    finding.why = vec![
        format!(
            "known from the schema: foreign key {} of {} is validated, so \"{condition}\" finds one row {}",
            proof.constraint,
            child.alias,
            if proof.nullable.is_empty() {
                "always"
            } else {
                "unless it is NULL"
            }
        ),
        format!(
            "{} does not remove inner joins to other tables by itself: {} is read, or its index searched for each row, for nothing",
            postgresql::version(context),
            relation.alias
        ),
    ];
    if !proof.nullable.is_empty() {
        finding.why.push(
            "rows whose foreign key is NULL have no partner: IS NOT NULL keeps them out".to_owned(),
        );
    }
    if after {
        let reason = "its last reader is a join that is not needed either: that one goes first";
        finding.why.push(reason.to_owned());
        return finding;
    }
    let tradeoff = "relies on the foreign key";
    finding.fixes.extend(
        without_parent::edits(context, block, relation, proof)
            .and_then(|edits| rewrite(context, edits, Safety::Equivalent, tradeoff)),
    );
    finding
}
