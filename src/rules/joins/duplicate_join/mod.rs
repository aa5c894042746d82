mod one_copy;
mod own_key_subquery;
mod same_row;
mod through_derived;

use own_key_subquery::{OwnKeySubquery, own_key_subqueries};
use same_row::{Proof, same_row};
use through_derived::{SharedRow, shared_row};

use super::outer_join_is_inner::real_kinds;
use super::postgresql;
use super::support::{JoinKinds, locks, table_name, written_relation};
use crate::query::facts::Side;
use crate::query::{Block, BlockRole, Expr, JoinKind, JoinTree, RelationId, RelationSource};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// The same row of a table joined twice.
pub struct DuplicateJoin;

static INFO: RuleInfo = RuleInfo {
    name: "duplicate-join",
    summary: "the same row of a table joined twice",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds a table that is read twice so that both copies are the same row: a self join on the whole key, two joins with \
            the same condition on a unique key, a table joined by its key with a derived table, view or CTE that shows that very row, or \
            a subquery (id IN (SELECT id FROM ...), EXISTS) that looks each row up by its own key. Everything that is read of the second \
            copy can be read of the first.",
        why_it_is_slow: "The table is read or searched twice. PostgreSQL 18 removes some self joins on a key by itself (inner joins, also \
            those that derived tables and IN become, on a plain unique index); 17 and earlier remove none, and no version removes a \
            doubled outer join whose columns are used, or looks through LIMIT, GROUP BY or a materialized CTE.",
        example_schema: "CREATE TABLE legs (id int PRIMARY KEY, miles int, code int);",
        example_statistics: "",
        example: "SELECT l1.id, l1.miles, l2.code\nFROM legs l1\nJOIN legs l2 ON l2.id = l1.id\nWHERE l2.miles > 0;",
        use_instead: "SELECT l1.id, l1.miles, l1.code\nFROM legs l1\nWHERE l1.miles > 0;",
        trade_off: "None for the rows.",
        interview_question: "Two aliases of one table, joined on its primary key. What does the second one add?",
        good_answer: &[
            "Nothing: with the same key it is the same row.",
            "Generated SQL often does this, one join for each filter.",
            "With a nullable unique column rows with NULL do not even meet themselves.",
            "The same in other clothes: WHERE id IN (SELECT id FROM the same table WHERE ...). The conditions can stand in WHERE.",
        ],
    },
};

impl Rule for DuplicateJoin {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            let reads = matches!(
                block.role,
                BlockRole::Select | BlockRole::Update | BlockRole::Delete
            );
            let joins =
                block.from.len() > 1 || matches!(block.from.as_slice(), [JoinTree::Join(_)]);
            let subqueries = block.filter.iter().any(Expr::has_subquery);
            if !reads || !joins && !subqueries || locks(context, block) {
                continue;
            }
            if joins {
                check_items(context, block, &real_kinds(context, block), findings);
            }
            if subqueries {
                for found in own_key_subqueries(context, block) {
                    findings.push(report_subquery(context, block, &found));
                }
            }
        }
    }
}

fn check_items(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    findings: &mut Vec<Finding>,
) {
    let relations = block.relations();
    let target = written_relation(block);
    for (at, second) in relations.iter().enumerate() {
        if target == Some(*second) {
            continue;
        }
        let before = &relations[..at];
        // a copy that an inner join adds later stands in for one that an outer join may leave out
        let after = if is_outer_joined(block, kinds, *second) {
            &relations[at + 1..]
        } else {
            &[]
        };
        let same = before.iter().chain(after).find_map(|first| {
            let proof = same_row(context, block, kinds, *first, *second)?;
            Some((*first, proof))
        });
        if let Some((first, proof)) = same {
            findings.push(report(context, block, kinds, (first, *second), &proof));
            continue;
        }
        let shared = before
            .iter()
            .find_map(|first| shared_row(context, block, kinds, (*first, *second)));
        if let Some(shared) = shared {
            findings.push(report_shared(context, block, kinds, &shared));
        }
    }
}

fn is_outer_joined(block: &Block, kinds: &JoinKinds, relation: RelationId) -> bool {
    block.path_of_relation(relation).is_some_and(|path| {
        path.steps
            .first()
            .is_some_and(|(join, side)| kinds.of(join) == JoinKind::Left && *side == Side::Right)
    })
}

fn report(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    (first, second): (RelationId, RelationId),
    proof: &Proof,
) -> Finding {
    let query = context.query;
    let (a, b) = (query.relation(first), query.relation(second));
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        b.span,
        format!(
            "{} and {} are the same row of one table: the second join is not needed",
            a.alias, b.alias
        ),
    );
    finding.relation = Some(b.alias.clone());
    finding.table = table_name(context, second);
    finding.label = Some(format!("the same row as {}", a.alias));
    finding.facts.insert(
        "aliases".to_owned(),
        vec![a.alias.as_str(), b.alias.as_str()].into(),
    );
    finding.why = vec![
        format!(
            "known from the schema: {} makes the row unique, and both copies have the same key",
            proof.key
        ),
        planner_note(context, proof.outer),
    ];
    let edits = one_copy::edits(context, block, kinds, (first, second), proof, &|column| {
        Some(a.columns.get(column)?.name.clone())
    });
    finding.fixes.extend(fix(context, edits));
    finding
}

/// What PostgreSQL does about it. Source: remove_useless_self_joins in analyzejoins.c, from 18 on.
fn planner_note(context: &StatementContext<'_>, outer: bool) -> String {
    let version = postgresql::version(context);
    if outer {
        format!("{version} does not remove the second copy by itself: the table is read twice")
    } else if postgresql::major_version(context).is_some_and(|major| major < 18) {
        format!("{version} removes no self join by itself (18 does): the table is read twice")
    } else {
        "PostgreSQL 18 removes such a self join by itself where it is an inner join on a plain unique index; 17 and earlier \
         read the table twice"
            .to_owned()
    }
}

fn fix(context: &StatementContext<'_>, edits: Option<Vec<Edit>>) -> Option<Fix> {
    let tradeoff = "none: the rows stay the same";
    rewrite(context, edits?, Safety::Equivalent, tradeoff)
}

/// A row that a derived table, view or CTE shows already.
fn report_shared(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    shared: &SharedRow,
) -> Finding {
    let query = context.query;
    let (a, b) = (query.relation(shared.first), query.relation(shared.second));
    let removable = matches!(b.source, RelationSource::Table(_)) && !a.lateral;
    let shown = |column: usize| {
        let id = b.columns.get(column)?.catalog?;
        let shown = shared.first_leaf.shown.get(&id)?;
        Some(a.columns.get(*shown)?.name.clone())
    };
    let fix = removable
        .then(|| {
            one_copy::edits(
                context,
                block,
                kinds,
                (shared.first, shared.second),
                &shared.proof,
                &shown,
            )
        })
        .flatten();
    let fix = self::fix(context, fix);
    let table = table_name(context, shared.second_leaf.relation).unwrap_or_default();
    let mut finding = Finding::at(
        query,
        INFO.name,
        if fix.is_some() {
            Severity::Warning
        } else {
            Severity::Info
        },
        Evidence::Schema,
        b.span,
        format!(
            "{} and {} show the same row of {table}: it is read twice",
            a.alias, b.alias
        ),
    );
    finding.relation = Some(b.alias.clone());
    finding.table = Some(table);
    finding.label = Some(format!("a row that {} has read already", a.alias));
    let mut aliases = vec![a.alias.as_str(), b.alias.as_str()];
    for leaf in [&shared.first_leaf, &shared.second_leaf] {
        let alias = query.relation(leaf.relation).alias.as_str();
        if query
            .block(query.relation(leaf.relation).block)
            .view
            .is_none()
            && !aliases.contains(&alias)
        {
            aliases.push(alias);
        }
    }
    finding.facts.insert("aliases".to_owned(), aliases.into());
    finding.why = vec![
        format!(
            "known from the schema: {} makes the row unique, and both have the same key",
            shared.proof.key
        ),
        planner_note(context, false),
    ];
    if fix.is_none() {
        finding.why.push(match a.source {
            RelationSource::View { .. } => format!(
                "let the view show every column that is wanted of the row, or join the tables of {} directly",
                a.alias
            ),
            _ => format!(
                "let {} show every column that is wanted of the row; then {} is not needed",
                a.alias, b.alias
            ),
        });
    }
    finding.fixes.extend(fix);
    finding
}

/// A subquery on the row's own key.
fn report_subquery(
    context: &StatementContext<'_>,
    block: &Block,
    found: &OwnKeySubquery<'_>,
) -> Finding {
    let query = context.query;
    let (outer, inner) = (query.relation(found.outer), query.relation(found.inner));
    let table = table_name(context, found.outer).unwrap_or_default();
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        found.conjunct.span,
        format!(
            "the subquery looks each row of {table} up by its own key: its conditions can stand in WHERE"
        ),
    );
    finding.relation = Some(inner.alias.clone());
    finding.table = Some(table);
    finding.label = Some(format!("finds the row of {} itself again", outer.alias));
    let mut aliases = vec![outer.alias.as_str()];
    if inner.alias != outer.alias {
        aliases.push(inner.alias.as_str());
    }
    finding.facts.insert("aliases".to_owned(), aliases.into());
    finding.why = vec![
        format!(
            "known from the schema: {} makes the row unique, and the subquery asks for the same key",
            found.key
        ),
        planner_note(context, false),
    ];
    finding
        .fixes
        .extend(fix(context, own_key_subquery::edits(context, block, found)));
    finding
}
