use std::collections::BTreeSet;

use super::outer_join_is_inner::{keyword_edit, real_kinds};
use super::postgresql;
use super::support::{JoinKinds, inner_region_of, locks, mentions, table_name};
use crate::catalog::quote_identifier;
use crate::query::facts::{KeyProof, Side};
use crate::query::{
    Block, BlockRole, ColumnRef, Expr, ExprKind, Join, JoinConstraint, JoinKind, JoinTree,
    RelationId, RelationSource, as_equality,
};
use crate::rewrite::{
    Edit, RemovedSide, add_conjunct, remove_conjuncts, remove_from_item, remove_joins, verified,
};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    Severity, StatementContext,
};
use crate::source::Span;

/// The same row of a table joined twice.
pub struct DuplicateJoin;

static INFO: RuleInfo = RuleInfo {
    name: "duplicate-join",
    summary: "the same row of a table joined twice",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds a table that is joined twice so that both copies are the same row: a self join on the whole key, or two joins \
            with the same condition on a unique key. Everything that is read of the second copy can be read of the first.",
        why_it_is_slow: "The table is read or searched twice. PostgreSQL 18 removes some self joins on a key by itself (inner joins, plain \
            unique index); 17 and earlier remove none, and no version removes a doubled outer join whose columns are used.",
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
            if block.role != BlockRole::Select || locks(context, block) {
                continue;
            }
            let relations = block.relations();
            let kinds = real_kinds(context, block);
            for (at, second) in relations.iter().enumerate() {
                let first = relations[..at].iter().find_map(|first| {
                    let proof = same_row(context, block, &kinds, *first, *second)?;
                    Some((*first, proof))
                });
                if let Some((first, proof)) = first {
                    findings.push(report(context, block, &kinds, (first, *second), &proof));
                }
            }
        }
    }
}

/// Why two relations show the same row.
struct Proof {
    key: KeyProof,
    /// The condition that joins the second copy, by numbers of WHERE conjuncts and of the join's own ON.
    filter: Vec<usize>,
    on: Vec<usize>,
    /// Columns of the first copy that must not be NULL.
    not_null: Vec<usize>,
    outer: bool,
}

fn same_row(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let query = context.query;
    let (RelationSource::Table(a), RelationSource::Table(b)) = (
        &query.relation(first).source,
        &query.relation(second).source,
    ) else {
        return None;
    };
    if a != b
        || query.relation(first).sampled
        || query.relation(second).sampled
        || context.facts.has_children(*a)
    {
        return None;
    }
    let path = block.path_of_relation(second)?;
    let outer = path
        .steps
        .first()
        .and_then(|(join, side)| match (kinds.of(join), side) {
            (JoinKind::Left, Side::Right) => Some(*join),
            _ => None,
        });
    match outer {
        Some(join) => same_by_outer_join(context, block, join, first, second),
        None => same_by_inner_join(context, block, kinds, first, second),
    }
}

fn same_by_inner_join(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let facts = &context.facts;
    let region = inner_region_of(block, second, kinds)?;
    if !region.present.contains(&first) || !region.present.contains(&second) {
        return None;
    }
    for key in facts.relation_keys(second) {
        if !key.condition.is_empty() || key.columns.is_empty() {
            continue;
        }
        let Some(columns) = key
            .columns
            .iter()
            .map(|column| column.as_column())
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let mut used: Vec<&Expr> = Vec::new();
        let equal = columns.iter().all(|column| {
            let own = ColumnRef {
                relation: first,
                column: column.column,
            };
            match equal_in(&region.conditions, own, *column) {
                Some(conditions) => {
                    used.extend(conditions);
                    true
                }
                None => false,
            }
        });
        if !equal {
            continue;
        }
        let not_null = columns
            .iter()
            .filter(|column| facts.column_may_be_null(**column))
            .map(|column| column.column)
            .collect();
        let path = block.path_of_relation(second)?;
        let on = path
            .steps
            .first()
            .map(|(join, _)| join.on.as_slice())
            .unwrap_or_default();
        let numbers = |list: &[Expr]| -> Vec<usize> {
            (0..list.len())
                .filter(|number| {
                    used.iter()
                        .any(|condition| std::ptr::eq(*condition, &list[*number]))
                })
                .collect()
        };
        return Some(Proof {
            key: key.proof,
            filter: numbers(&block.filter),
            on: numbers(on),
            not_null,
            outer: false,
        });
    }
    None
}

/// The conditions that make two columns equal: one that compares them, or two that compare each with the same expression.
fn equal_in<'b>(
    conditions: &[&'b Expr],
    first: ColumnRef,
    second: ColumnRef,
) -> Option<Vec<&'b Expr>> {
    let equalities: Vec<(&Expr, &Expr, &'b Expr)> = conditions
        .iter()
        .filter_map(|condition| {
            as_equality(condition).map(|(left, right)| (left, right, *condition))
        })
        .collect();
    let other_side = |column: ColumnRef| {
        equalities
            .iter()
            .filter_map(move |(left, right, condition)| {
                if left.as_column() == Some(column) {
                    Some((*right, *condition))
                } else if right.as_column() == Some(column) {
                    Some((*left, *condition))
                } else {
                    None
                }
            })
    };
    if let Some((_, condition)) =
        other_side(second).find(|(other, _)| other.as_column() == Some(first))
    {
        return Some(vec![condition]);
    }
    // only the condition of the second copy goes; the first keeps its own
    other_side(second)
        .find(|(value, _)| {
            !mentions(value, first.relation)
                && !matches!(
                    value.kind,
                    ExprKind::Function(_) | ExprKind::ScalarSubquery(_)
                )
                && other_side(first).any(|(other, _)| other == *value)
        })
        .map(|(_, condition)| vec![condition])
        // or they are equal through further columns, whose conditions stay
        .or_else(|| chained(&equalities, first, second).then(Vec::new))
}

/// Whether equalities of columns of one type lead from a column to another.
fn chained(equalities: &[(&Expr, &Expr, &Expr)], first: ColumnRef, second: ColumnRef) -> bool {
    let mut reached = BTreeSet::from([first]);
    loop {
        let before = reached.len();
        for (left, right, _) in equalities {
            let (Some(a), Some(b)) = (left.as_column(), right.as_column()) else {
                continue;
            };
            if left.data_type.is_none() || left.data_type != right.data_type {
                continue;
            }
            if reached.contains(&a) {
                reached.insert(b);
            } else if reached.contains(&b) {
                reached.insert(a);
            }
        }
        if reached.contains(&second) {
            return true;
        }
        if reached.len() == before {
            return false;
        }
    }
}

fn same_by_outer_join(
    context: &StatementContext<'_>,
    block: &Block,
    join: &Join,
    first: RelationId,
    second: RelationId,
) -> Option<Proof> {
    let facts = &context.facts;
    if !matches!(join.right, JoinTree::Relation(_)) || join.constraint != JoinConstraint::On {
        return None;
    }
    let conditions: Vec<&Expr> = join.on.iter().collect();
    let key = facts.matches_at_most_once(&join.right, &conditions)?;
    let all: Vec<usize> = (0..join.on.len()).collect();
    // the first copy is there in each row, and meets itself: the whole ON compares a key with itself
    let itself = present_left(&join.left, first)
        && join.on.iter().all(|conjunct| {
            facts
                .column_pair(conjunct, second)
                .is_some_and(|(own, other)| {
                    other.relation == first
                        && own.column == other.column
                        && !facts.column_may_be_null(other)
                })
        });
    if itself {
        return Some(Proof {
            key,
            filter: Vec::new(),
            on: all,
            not_null: Vec::new(),
            outer: true,
        });
    }
    // or both copies are joined by the same condition
    let first_path = block.path_of_relation(first)?;
    let (first_join, side) = first_path.steps.first()?;
    let twin = first_join.kind == JoinKind::Left
        && *side == Side::Right
        && matches!(first_join.right, JoinTree::Relation(_))
        && on_left_spine(&join.left, first_join)
        && first_join.on.len() == join.on.len()
        && join.on.iter().all(|conjunct| {
            !facts.is_volatile(conjunct)
                && !conjunct.has_subquery()
                && first_join
                    .on
                    .iter()
                    .any(|other| same_but_for(other, first, conjunct, second))
        });
    twin.then_some(Proof {
        key,
        filter: Vec::new(),
        on: all,
        not_null: Vec::new(),
        outer: true,
    })
}

fn present_left(tree: &JoinTree, relation: RelationId) -> bool {
    match tree {
        JoinTree::Relation(found) => *found == relation,
        JoinTree::Join(join) => {
            let (left, right) = join.nullable_sides();
            !left && present_left(&join.left, relation)
                || !right && present_left(&join.right, relation)
        }
    }
}

/// Whether a join is reached from a tree by left sides of left and inner joins alone.
fn on_left_spine(tree: &JoinTree, wanted: &Join) -> bool {
    match tree {
        JoinTree::Relation(_) => false,
        JoinTree::Join(join) => {
            std::ptr::eq(&**join, wanted)
                || matches!(
                    join.kind,
                    JoinKind::Left | JoinKind::Inner | JoinKind::Cross
                ) && on_left_spine(&join.left, wanted)
        }
    }
}

/// Whether two conjuncts are the same but for the alias, sides of an equality in either order.
fn same_but_for(
    first_conjunct: &Expr,
    first: RelationId,
    second_conjunct: &Expr,
    second: RelationId,
) -> bool {
    let mapped = second_conjunct.map_columns(&|column| {
        ExprKind::Column(ColumnRef {
            relation: if column.relation == second {
                first
            } else {
                column.relation
            },
            column: column.column,
        })
    });
    if mapped == *first_conjunct {
        return true;
    }
    match (as_equality(&mapped), as_equality(first_conjunct)) {
        (Some((a, b)), Some((c, d))) => a == d && b == c,
        _ => false,
    }
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
    if let Some(rewritten) = edits(context, block, kinds, (first, second), proof)
        .and_then(|edits| verified(query, context.catalog, edits))
    {
        finding.fixes.push(Fix {
            kind: FixKind::Rewrite,
            sql: rewritten.sql,
            safety: Safety::Equivalent,
            tradeoff: "none: the rows stay the same".to_owned(),
            edits: rewritten.edits,
        });
    }
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

fn edits(
    context: &StatementContext<'_>,
    block: &Block,
    kinds: &JoinKinds,
    (first, second): (RelationId, RelationId),
    proof: &Proof,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let path = block.path_of_relation(second)?;
    let mut edits = Vec::new();
    let mut gone: Vec<Span> = Vec::new();
    let mut moved = Vec::new();
    let alias = quote_identifier(&query.relation(first).alias);
    match path.steps.first() {
        None => {
            let removal = remove_from_item(block, path.item)?;
            gone.push(removal.span);
            edits.push(removal);
        }
        Some((join, side)) => {
            if !matches!(join.side(*side), JoinTree::Relation(_))
                || *side != Side::Right
                || join.constraint != JoinConstraint::On && !join.on.is_empty()
            {
                return None;
            }
            for (number, conjunct) in join.on.iter().enumerate() {
                if !proof.on.contains(&number) {
                    moved.push(renamed(context, conjunct, second, &alias)?);
                }
            }
            edits.extend(remove_joins(
                query,
                block,
                &[RemovedSide { join, side: *side }],
            ));
            gone.push(join.span);
        }
    }
    for column in &proof.not_null {
        let name = &query.relation(first).columns.get(*column)?.name;
        moved.push(format!("{alias}.{} IS NOT NULL", quote_identifier(name)));
    }
    // what is left of ON may move to WHERE only where nothing between the two fills rows up
    if !moved.is_empty() && !inner_region_of(block, second, kinds)?.whole {
        return None;
    }
    // a join that is inner only by a predicate on the second copy has to say so once that reads the first
    for join in block.joins() {
        let removed = gone.iter().any(|span| span.contains(join.keyword_span));
        let kind = kinds.of(join);
        if !removed && kind != join.kind {
            edits.push(keyword_edit(query, join, kind));
        }
    }
    let clause_gone = proof.filter.len() == block.filter.len() && !block.filter.is_empty();
    if clause_gone && !moved.is_empty() {
        edits.push(Edit::replace(
            block.clauses.filter?,
            format!("WHERE {}", moved.join(" AND ")),
        ));
    } else {
        edits.extend(remove_conjuncts(query, block, &proof.filter)?);
        if !moved.is_empty() {
            edits.push(add_conjunct(query, block, &moved.join(" AND "))?);
        }
    }
    gone.extend(
        proof
            .filter
            .iter()
            .filter_map(|number| block.filter.get(*number))
            .map(|conjunct| conjunct.span),
    );
    // what is left reads the first copy
    for reader in &query.blocks {
        for (_, expr) in context.facts.placed_expressions(reader) {
            rename(context, expr, second, &alias, &gone, &mut edits)?;
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    Some(edits)
}

/// Edits that let an expression read another alias; `None` where its columns are not written as `alias.column`.
fn rename(
    context: &StatementContext<'_>,
    expr: &Expr,
    from: RelationId,
    alias: &str,
    gone: &[Span],
    edits: &mut Vec<Edit>,
) -> Option<()> {
    let mut all_written = true;
    expr.walk(&mut |part| {
        let reads = match part.kind {
            ExprKind::Column(column) => (column.relation == from).then_some(Some(column.column)),
            ExprKind::WholeRow(relation) => (relation == from).then_some(None),
            _ => None,
        };
        let Some(column) = reads else { return };
        if gone.iter().any(|span| span.contains(part.span)) {
            return;
        }
        let text = context.query.file.slice(part.span);
        let name = column
            .and_then(|column| context.query.relation(from).columns.get(column))
            .map(|column| &column.name);
        match (name, text.contains('.') && !text.ends_with('*')) {
            (Some(name), true) => edits.push(Edit::replace(
                part.span,
                format!("{alias}.{}", quote_identifier(name)),
            )),
            _ => all_written = false,
        }
    });
    all_written.then_some(())
}

/// A conjunct's text with another alias.
fn renamed(
    context: &StatementContext<'_>,
    conjunct: &Expr,
    from: RelationId,
    alias: &str,
) -> Option<String> {
    let mut edits = Vec::new();
    rename(context, conjunct, from, alias, &[], &mut edits)?;
    let text = crate::rewrite::apply_edits(
        context.query.file.slice(conjunct.span),
        conjunct.span.start,
        &edits,
    )?;
    Some(match conjunct.kind {
        ExprKind::Or(_) if !text.starts_with('(') => format!("({text})"),
        _ => text,
    })
}
