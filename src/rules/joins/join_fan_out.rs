use std::collections::BTreeSet;

use super::postgresql;
use super::support::{inner_region, locks, table_name};
use crate::query::facts::{Place, Side};
use crate::query::{
    Block, BlockRole, Distinct, Expr, ExprKind, FunctionKind, GroupBy, Join, JoinConstraint,
    JoinKind, JoinTree, RelationId, functions, one_line,
};
use crate::rewrite::{
    Edit, RemovedSide, add_conjunct, remove_conjuncts, remove_from_item, remove_joins,
};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// A join that multiplies rows for nothing, or that makes sums wrong.
pub struct JoinFanOut;

static INFO: RuleInfo = RuleInfo {
    name: "join-fan-out",
    summary: "a join that multiplies rows: DISTINCT undoes it, or sums count rows several times",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds (1) DISTINCT or GROUP BY that only undoes the copies made by a join to the many side of a relationship, where \
            that side is nothing but a filter: EXISTS asks the same without the copies; (2) sum, count or avg over two joins to many \
            sides that have nothing to do with each other: each row of the one is counted once for each row of the other, and the \
            result is wrong (severity error).",
        why_it_is_slow: "All pairs are built first, and then sorted or hashed to be thrown away. EXISTS stops at the first match.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int);",
        example_statistics: "",
        example: "SELECT DISTINCT c.id, c.name\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nWHERE o.total > 100;",
        use_instead: "SELECT c.id, c.name\nFROM customers c\nWHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 100);",
        trade_off: "None for the rows; the order of rows without ORDER BY may differ. For sums: aggregate each side for itself first.",
        interview_question: "Why does this query need DISTINCT, and what would you write instead?",
        good_answer: &[
            "The join repeats a customer once for each order.",
            "Only existence is asked for: EXISTS (a semi join) makes no copies.",
            "Two independent one-to-many joins multiply each other: sums over them are wrong, not only slow.",
            "Aggregate in a derived table or lateral subquery before joining.",
        ],
    },
};

impl Rule for JoinFanOut {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if block.role == BlockRole::Select && !locks(context, block) {
                findings.extend(
                    multiplied_sums(context, block).or_else(|| undone_copies(context, block)),
                );
            }
        }
    }
}

/// DISTINCT, or GROUP BY without aggregates, over joins that only filter.
fn undone_copies(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let distinct = block.distinct == Distinct::All && !block.is_grouped();
    let grouped = block.distinct == Distinct::No
        && matches!(block.group_by, GroupBy::Expressions(_))
        && block.having.is_empty()
        && !block.select.iter().any(|item| item.expr.has_aggregate());
    if !distinct && !grouped
        || block
            .select
            .iter()
            .any(|item| item.expr.has_window() || context.facts.is_volatile(&item.expr))
    {
        return None;
    }
    let filters: Vec<RelationId> = block
        .relations()
        .into_iter()
        .filter(|relation| is_multiplying_filter(context, block, *relation))
        .collect();
    let last = *filters.last()?;
    // without the filters the rows must be unique, else DISTINCT has other work to do
    if !unique_without(context, block, &filters) {
        return None;
    }
    let query = context.query;
    let names = filters
        .iter()
        .map(|relation| query.relation(*relation).alias.clone())
        .collect::<Vec<_>>()
        .join(" and ");
    let word = if distinct { "DISTINCT" } else { "GROUP BY" };
    let relation = query.relation(last);
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        relation.span,
        format!("the join to {names} only filters, and multiplies rows that {word} merges again"),
    );
    finding.relation = Some(relation.alias.clone());
    finding.table = table_name(context, last);
    finding.label = Some("one copy for each match".to_owned());
    finding.why = vec![
        format!(
            "known from the schema: no key makes {names} unique for the join, and no column of it is shown"
        ),
        format!("without the join the rows are unique already: {word} has nothing else to do"),
        format!(
            "{} does not turn the join into a semi join by itself; EXISTS is one: it stops at the first match and makes no copies",
            postgresql::version(context)
        ),
    ];
    let tradeoff = "the same rows; without ORDER BY they may come in another order";
    finding.fixes.extend(
        exists_edits(context, block, &filters, distinct)
            .and_then(|edits| rewrite(context, edits, Safety::Equivalent, tradeoff)),
    );
    Some(finding)
}

/// The conditions of an inner region that read a relation.
fn own_conditions(block: &Block, relation: RelationId) -> Option<Vec<&Expr>> {
    let region = inner_region(block, relation)?;
    (region.whole && region.present.contains(&relation)).then(|| {
        region
            .conditions
            .into_iter()
            .filter(|conjunct| conjunct.reads(relation))
            .collect()
    })
}

/// Whether a relation is only read by conditions of inner joins and WHERE, and can match several times.
fn is_multiplying_filter(
    context: &StatementContext<'_>,
    block: &Block,
    relation: RelationId,
) -> bool {
    let facts = &context.facts;
    let Some(conditions) = own_conditions(block, relation) else {
        return false;
    };
    let connects = conditions
        .iter()
        .any(|conjunct| conjunct.relations().len() > 1);
    let read_elsewhere = facts
        .references(&BTreeSet::from([relation]), &[])
        .into_iter()
        .any(|reference| {
            !(matches!(reference.place, Place::JoinCondition | Place::Filter)
                && conditions
                    .iter()
                    .any(|known| std::ptr::eq(*known, reference.expr)))
        });
    connects
        && !read_elsewhere
        && context.query.relation(relation).columns_known
        && !facts.is_volatile_relation(relation)
        && facts
            .matches_at_most_once(&JoinTree::Relation(relation), &conditions)
            .is_none()
}

/// Whether the rows of a block are unique when some relations are taken out of its FROM.
fn unique_without(context: &StatementContext<'_>, block: &Block, filters: &[RelationId]) -> bool {
    let mut rest = block.clone();
    rest.distinct = Distinct::No;
    rest.group_by = GroupBy::None;
    rest.from = block
        .from
        .iter()
        .filter_map(|tree| without(tree, filters))
        .collect();
    rest.filter
        .retain(|conjunct| !filters.iter().any(|relation| conjunct.reads(*relation)));
    !rest.from.is_empty()
        && context
            .facts
            .undistinct_keys(&rest)
            .iter()
            .any(|key| !key.nulls_repeat)
}

/// A join tree without some relations, of which none is preserved by an outer join.
fn without(tree: &JoinTree, gone: &[RelationId]) -> Option<JoinTree> {
    match tree {
        JoinTree::Relation(relation) => (!gone.contains(relation)).then(|| tree.clone()),
        JoinTree::Join(join) => match (without(&join.left, gone), without(&join.right, gone)) {
            (Some(left), Some(right)) => {
                let mut copy = (**join).clone();
                copy.left = left;
                copy.right = right;
                copy.on
                    .retain(|conjunct| !gone.iter().any(|relation| conjunct.reads(*relation)));
                Some(JoinTree::Join(Box::new(copy)))
            }
            (left, right) => left.or(right),
        },
    }
}

/// The joins to `filters` as EXISTS, and DISTINCT (or GROUP BY) away.
fn exists_edits(
    context: &StatementContext<'_>,
    block: &Block,
    filters: &[RelationId],
    distinct: bool,
) -> Option<Vec<Edit>> {
    let query = context.query;
    let text = |expr: &Expr| {
        let text = query.file.slice(expr.span);
        match expr.kind {
            ExprKind::Or(_) if !text.starts_with('(') => format!("({text})"),
            _ => text.to_owned(),
        }
    };
    let mut edits = Vec::new();
    let mut added = Vec::new();
    let mut removed: Vec<RemovedSide<'_>> = Vec::new();
    let mut in_filter = BTreeSet::new();
    for relation in filters {
        let conditions = own_conditions(block, *relation)?;
        // a condition on two of them would need both in one EXISTS
        if conditions.iter().any(|conjunct| {
            filters
                .iter()
                .filter(|other| conjunct.reads(**other))
                .count()
                > 1
        }) {
            return None;
        }
        let path = block.path_of_relation(*relation)?;
        let mut kept = Vec::new();
        match path.steps.first() {
            None => edits.push(remove_from_item(block, path.item)?),
            Some((join, side)) => {
                if *side != Side::Right
                    || !matches!(join.constraint, JoinConstraint::On | JoinConstraint::None)
                {
                    return None;
                }
                kept.extend(
                    join.on
                        .iter()
                        .filter(|conjunct| !conjunct.reads(*relation))
                        .map(text),
                );
                let covered = conditions.iter().all(|condition| {
                    join.on
                        .iter()
                        .chain(&block.filter)
                        .any(|conjunct| std::ptr::eq(conjunct, *condition))
                });
                if !covered {
                    return None;
                }
                removed.push(RemovedSide { join, side: *side });
            }
        }
        in_filter.extend((0..block.filter.len()).filter(|number| {
            conditions
                .iter()
                .any(|condition| std::ptr::eq(*condition, &block.filter[*number]))
        }));
        let item = query.file.slice(query.relation(*relation).span);
        let inner = conditions
            .iter()
            .map(|conjunct| text(conjunct))
            .collect::<Vec<_>>()
            .join(" AND ");
        added.push(format!("EXISTS (SELECT 1 FROM {item} WHERE {inner})"));
        added.extend(kept);
    }
    edits.extend(remove_joins(query, block, &removed));
    let in_filter: Vec<usize> = in_filter.into_iter().collect();
    let added = added.join(" AND ");
    if in_filter.len() == block.filter.len() && !in_filter.is_empty() {
        edits.push(Edit::replace(
            block.clauses.filter?,
            format!("WHERE {added}"),
        ));
    } else {
        edits.extend(remove_conjuncts(query, block, &in_filter)?);
        edits.push(add_conjunct(query, block, &added)?);
    }
    if distinct {
        let word = block.clauses.distinct?;
        let list = block.clauses.select?;
        edits.push(Edit::delete(crate::source::Span::new(
            word.start, list.start,
        )));
    } else {
        let clause = block.clauses.group_by?;
        let before = query.file.text().get(..clause.start)?.trim_end().len();
        edits.push(Edit::delete(crate::source::Span::new(before, clause.end)));
    }
    Some(edits)
}

/// Aggregates that count rows, over two many sides that are joined to the same rows independently of each other.
fn multiplied_sums(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    if !block.is_grouped() {
        return None;
    }
    let mut counted: BTreeSet<RelationId> = BTreeSet::new();
    let mut example = None;
    for item in block
        .select
        .iter()
        .map(|item| &item.expr)
        .chain(&block.having)
    {
        item.walk(&mut |expr| {
            let ExprKind::Function(call) = &expr.kind else {
                return;
            };
            let multiplies = call.kind == FunctionKind::Aggregate
                && !call.distinct
                && !functions::ignores_duplicates(&call.name)
                && matches!(
                    call.name.as_str(),
                    "sum" | "count" | "avg" | "string_agg" | "array_agg" | "jsonb_agg" | "json_agg"
                );
            if multiplies && !call.star {
                counted.extend(
                    call.arguments
                        .iter()
                        .flat_map(|argument| argument.relations()),
                );
                example.get_or_insert(expr);
            }
        });
    }
    let example = example?;
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
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Error,
        Evidence::Schema,
        example.span,
        format!(
            "{} counts rows several times: {} and {} multiply each other",
            one_line(&query.file, example.span),
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
        "3 rows here and 4 there make 12 pairs: the sum of the 3 is taken 4 times".to_owned(),
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
