use std::collections::BTreeSet;

use super::postgresql;
use super::redundant_outer_join::redundant_relations;
use super::support::{inner_region, locks, table_name};
use crate::catalog::ColumnId;
use crate::query::facts::{Place, Side};
use crate::query::{
    Block, BlockRole, ColumnRef, Expr, JoinKind, JoinTree, Relation, RelationId, one_line,
};
use crate::rewrite::{
    Edit, RemovedSide, add_conjunct, remove_conjuncts, remove_from_item, remove_joins,
};
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
            referenced table is used but the key columns in that join condition. Each row finds exactly one partner; rows whose foreign \
            key is NULL find none, so with a nullable column an IS NOT NULL takes the join's place.",
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
            "No other column of customers is used.",
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
            if block.role != BlockRole::Select || locks(context, block) {
                continue;
            }
            let told = redundant_relations(context, block);
            for relation in block.relations() {
                if !told.contains(&relation) {
                    findings.extend(check(context, block, relation));
                }
            }
        }
    }
}

/// Why a relation can go.
struct Proof {
    constraint: String,
    child: RelationId,
    /// Foreign-key columns that may be NULL.
    nullable: Vec<ColumnRef>,
}

fn check(context: &StatementContext<'_>, block: &Block, parent: RelationId) -> Option<Finding> {
    let (proof, conditions) = redundant(context, block, parent)?;
    let query = context.query;
    let relation = query.relation(parent);
    let child = query.relation(proof.child);
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        relation.span,
        format!(
            "the join to {} is not needed: each row of {} has exactly one partner there, and nothing else of it is used",
            relation.alias, child.alias
        ),
    );
    finding.relation = Some(relation.alias.clone());
    finding.table = table_name(context, parent);
    finding.label = Some(format!("only the key of {} is used", relation.alias));
    let condition = conditions
        .iter()
        .map(|conjunct| one_line(&query.file, conjunct.span))
        .collect::<Vec<_>>()
        .join(" AND ");
    finding.why = vec![
        format!(
            "known from the schema: foreign key {} of {} is validated, so \"{condition}\" always finds one row",
            proof.constraint, child.alias
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
    let tradeoff = "relies on the foreign key";
    finding.fixes.extend(
        edits(context, block, relation, &proof, &conditions)
            .and_then(|edits| rewrite(context, edits, Safety::Equivalent, tradeoff)),
    );
    Some(finding)
}

fn redundant<'b>(
    context: &StatementContext<'_>,
    block: &'b Block,
    parent: RelationId,
) -> Option<(Proof, Vec<&'b Expr>)> {
    let facts = &context.facts;
    let parent_table = facts.base_table(parent)?.table;
    let region = inner_region(block, parent)?;
    let own: Vec<&Expr> = region
        .conditions
        .iter()
        .copied()
        .filter(|conjunct| conjunct.reads(parent))
        .collect();
    if own.is_empty() {
        return None;
    }
    // nothing but these conditions may read the table
    let elsewhere = facts
        .references(&BTreeSet::from([parent]), &[])
        .into_iter()
        .any(|reference| {
            !(matches!(reference.place, Place::JoinCondition | Place::Filter)
                && own.iter().any(|known| std::ptr::eq(*known, reference.expr)))
        });
    if elsewhere {
        return None;
    }
    let mut child = None;
    let mut pairs: Vec<(ColumnId, ColumnId)> = Vec::new();
    let mut child_columns = Vec::new();
    for conjunct in &own {
        let (parent_column, child_column) = facts.column_pair(conjunct, parent)?;
        if *child.get_or_insert(child_column.relation) != child_column.relation {
            return None;
        }
        let (_, child_id) = facts.base_column(child_column)?;
        let (_, parent_id) = facts.base_column(parent_column)?;
        pairs.push((child_id, parent_id));
        child_columns.push(child_column);
    }
    let child = child?;
    let filled_up = region.nullable.contains(&child);
    if !filled_up && !region.present.contains(&child) {
        return None;
    }
    let child_table = facts.base_table(child)?.table;
    let key = facts.foreign_key(child_table, parent_table, &pairs)?;
    let nullable: Vec<ColumnRef> = child_columns
        .into_iter()
        .filter(|column| filled_up || facts.column_may_be_null(*column))
        .collect();
    // with NULL in a part of a composite key the row has no partner, whatever MATCH says
    Some((
        Proof {
            constraint: key.name.clone(),
            child,
            nullable,
        },
        own,
    ))
}

fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    parent: &Relation,
    proof: &Proof,
    conditions: &[&Expr],
) -> Option<Vec<Edit>> {
    let query = context.query;
    let path = block.path_of_relation(parent.id)?;
    let in_filter: Vec<usize> = (0..block.filter.len())
        .filter(|number| {
            conditions
                .iter()
                .any(|condition| std::ptr::eq(*condition, &block.filter[*number]))
        })
        .collect();
    let mut kept: Vec<String> = Vec::new();
    let mut edits = match path.steps.first() {
        None => {
            if block.from.len() < 2 {
                return None;
            }
            vec![remove_from_item(block, path.item)?]
        }
        Some((join, side)) => {
            if !matches!(join.kind, JoinKind::Inner | JoinKind::Cross)
                || !matches!(join.side(*side), JoinTree::Relation(_))
            {
                return None;
            }
            // what else ON asks for moves to WHERE
            kept.extend(
                join.on
                    .iter()
                    .filter(|conjunct| {
                        !conditions
                            .iter()
                            .any(|condition| std::ptr::eq(*condition, *conjunct))
                    })
                    .map(|conjunct| {
                        let text = query.file.slice(conjunct.span);
                        match conjunct.kind {
                            crate::query::ExprKind::Or(_) if !text.starts_with('(') => {
                                format!("({text})")
                            }
                            _ => text.to_owned(),
                        }
                    }),
            );
            let side = match side {
                Side::Left => Side::Left,
                Side::Right => Side::Right,
            };
            // conditions in the ON of a join further out stay where they are, which this rewrite does not cover
            let covered = conditions.iter().all(|condition| {
                join.on
                    .iter()
                    .any(|conjunct| std::ptr::eq(conjunct, *condition))
                    || block
                        .filter
                        .iter()
                        .any(|conjunct| std::ptr::eq(conjunct, *condition))
            });
            if !covered {
                return None;
            }
            remove_joins(query, block, &[RemovedSide { join, side }])
        }
    };
    let whole = inner_region(block, parent.id)?.whole;
    let child = query.relation(proof.child);
    for column in &proof.nullable {
        let name = child.columns.get(column.column)?;
        kept.push(format!(
            "{}.{} IS NOT NULL",
            crate::catalog::quote_identifier(&child.alias),
            crate::catalog::quote_identifier(&name.name)
        ));
    }
    if !kept.is_empty() {
        if !whole {
            return None;
        }
        let added = kept.join(" AND ");
        if in_filter.len() == block.filter.len() && !in_filter.is_empty() {
            // WHERE loses all it had: its place is taken
            let clause = block.clauses.filter?;
            edits.push(Edit::replace(clause, format!("WHERE {added}")));
            return Some(edits);
        }
        edits.push(add_conjunct(query, block, &added)?);
    }
    edits.extend(remove_conjuncts(query, block, &in_filter)?);
    Some(edits)
}
