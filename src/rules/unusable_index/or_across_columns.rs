use std::collections::BTreeSet;

use crate::catalog::{Table, TableId, quote_identifier};
use crate::query::{
    BinaryOp, Block, BlockRole, ColumnRef, Distinct, Expr, ExprKind, GroupBy, QueryBody, Reader,
    RelationId, RelationSource,
};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};
use crate::source::Span;

use super::access::{
    Bound, best_access, bounds, can_be_indexed, column_of, index_on_column, rows_of,
};
use super::comparison::{PlacedCondition, Test, placed_conditions, sides};
use super::index_sql::{INDEX_COST, create_index};
use super::pattern::starts_open;
use super::verdict::{column_names, evidence, has_few_rows, is_small, served_otherwise, tell_rows};

/// An arm that leaves more of the rows than this is not worth an index.
const POOR_FRACTION: f64 = 0.1;
/// An arm served by an index leaves no more than this.
const SERVED_FRACTION: f64 = 0.25;

/// OR between conditions on different columns, of which an index serves not all.
pub struct OrAcrossColumns;

static INFO: RuleInfo = RuleInfo {
    name: "or-across-columns",
    summary: "OR over different columns or tables, where not every arm has an index",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds OR between conditions on different columns of a table where at least one arm has no index, and OR between conditions on \
            different tables of a join, in the condition of a join, and with IN (SELECT ...) or EXISTS, which is only a filter below OR. Silent where each arm has an index (PostgreSQL joins their bitmaps), where an arm leaves too many rows for \
            any index to pay, and where another condition already leads to few rows.",
        why_it_is_slow: "A row may pass by any arm, so one arm without an index means that every row is read. Where the arms are on different tables, \
            no table can be narrowed down before the join: the whole join is made, and filtered afterwards.",
        example_schema: "CREATE TABLE calls (id int PRIMARY KEY, caller text NOT NULL, callee text NOT NULL);\nCREATE INDEX calls_caller ON calls (caller);",
        example_statistics: "",
        example: "SELECT id FROM calls\nWHERE caller = '555-0100' OR callee = '555-0100';",
        use_instead: "CREATE INDEX calls_callee ON calls (callee);",
        trade_off: "One more index. Across tables, UNION of two queries uses an index on each side, but removes duplicates of the whole row: \
            have a key in the select list.",
        interview_question: "WHERE a = 1 OR b = 2 with an index on each: what does the plan look like? And if a and b are in two joined tables?",
        good_answer: &[
            "BitmapOr of two bitmap index scans, then one heap scan.",
            "Each arm needs its index; one composite index on (a, b) does not serve b alone.",
            "Across tables there is no BitmapOr: write UNION (or UNION ALL with the arms kept apart).",
            "UNION removes duplicates, so the select list needs a key to keep the same rows.",
        ],
    },
};

impl Rule for OrAcrossColumns {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for block in context.query.own_blocks() {
            if block.role == BlockRole::Merge {
                continue;
            }
            let placed = placed_conditions(context, block);
            for (at, condition) in placed.iter().enumerate() {
                if let ExprKind::Or(arms) = &condition.resolved.kind {
                    findings.extend(check(context, block, placed, at, arms));
                }
            }
        }
    }
}

fn check(
    context: &StatementContext<'_>,
    block: &Block,
    placed: &[PlacedCondition<'_>],
    at: usize,
    arms: &[Expr],
) -> Option<Finding> {
    let conjunct = placed.get(at)?.conjunct;
    if !arms
        .iter()
        .all(|arm| arm.has_columns() || arm.has_subquery())
    {
        return None;
    }
    let beside: Vec<Expr> = placed
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != at)
        .map(|(_, condition)| condition.resolved.clone())
        .collect();
    if arms.iter().any(Expr::has_subquery) {
        return with_subquery(context, block, conjunct, arms, &beside);
    }
    let relations: BTreeSet<RelationId> = arms.iter().flat_map(Expr::relations).collect();
    let single: Option<Vec<RelationId>> = arms
        .iter()
        .map(|arm| {
            let mut own = arm.relations().into_iter();
            own.next().filter(|_| own.next().is_none())
        })
        .collect();
    let Some(single) = single else {
        return in_join(context, block, conjunct, arms, &beside);
    };
    if relations.len() == 1 {
        same_table(context, conjunct, arms, *single.first()?, &beside)
    } else {
        across_tables(context, block, conjunct, arms, &single, &beside)
    }
}

fn table_of<'a>(
    context: &StatementContext<'a>,
    relation: RelationId,
) -> Option<(TableId, &'a Table)> {
    match context.query.relation(relation).source {
        RelationSource::Table(id) => Some((id, context.catalog.table(id))),
        _ => None,
    }
}

/// An arm as indexes see it.
struct Arm {
    bounds: Vec<Bound>,
    fraction: f64,
    served: bool,
}

fn read_arm(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    arm: &Expr,
    beside: &[Expr],
) -> Option<Arm> {
    let bounds = bounds(context, table, relation, std::slice::from_ref(arm));
    if bounds.is_empty() {
        return None;
    }
    let fraction = bounds.iter().map(|bound| bound.fraction).product();
    let with: Vec<Expr> = beside.iter().chain([arm]).cloned().collect();
    let without =
        best_access(context, table, relation, beside).map_or(1.0, |access| access.fraction);
    // an index serves the arm if the arm narrows down what is read
    let served = best_access(context, table, relation, &with).is_some_and(|access| {
        access.fraction < without && access.fraction <= SERVED_FRACTION.max(fraction)
    });
    Some(Arm {
        bounds,
        fraction,
        served,
    })
}

fn same_table(
    context: &StatementContext<'_>,
    conjunct: &Expr,
    arms: &[Expr],
    relation: RelationId,
    beside: &[Expr],
) -> Option<Finding> {
    let (_, table) = table_of(context, relation)?;
    if !can_be_indexed(table) || is_small(context, table) {
        return None;
    }
    let own: Vec<Expr> = beside
        .iter()
        .filter(|condition| condition.relations() == BTreeSet::from([relation]))
        .cloned()
        .collect();
    let read: Vec<Arm> = arms
        .iter()
        .map(|arm| read_arm(context, table, relation, arm, &own))
        .collect::<Option<_>>()?;
    let columns: BTreeSet<ColumnRef> = arms
        .iter()
        .flat_map(Expr::columns)
        .filter(|column| column.relation == relation)
        .collect();
    let worth = read.iter().map(|arm| arm.fraction).sum::<f64>() <= POOR_FRACTION;
    if columns.len() < 2 || read.iter().all(|arm| arm.served) || !worth {
        return None;
    }
    let whole: f64 = read.iter().map(|arm| arm.fraction).sum();
    if served_otherwise(context, table, relation, &own, Some(whole)) {
        return None;
    }
    let any_served = read.iter().any(|arm| arm.served);
    let rows = rows_of(table);
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        if any_served || rows.is_some() {
            Severity::Warning
        } else {
            Severity::Info
        },
        evidence(table),
        conjunct.span,
        if any_served {
            "an arm of this OR has no index, so the indexes on the others are of no use".to_owned()
        } else {
            "the arms of this OR have no indexes: every row is read".to_owned()
        },
    );
    finding.relation = Some(context.query.relation(relation).alias.clone());
    finding.table = Some(table.name.to_string());
    let missing: Vec<ColumnRef> = read
        .iter()
        .filter(|arm| !arm.served)
        .filter_map(|arm| arm.bounds.iter().find_map(|bound| bound.key.as_column()))
        .collect();
    finding.columns = column_names(table, &missing.iter().copied().collect());
    finding.label = Some("each arm needs an index".to_owned());
    finding.why.push(
        "PostgreSQL can join the bitmaps of several indexes (BitmapOr), but only if every arm has one".to_owned(),
    );
    tell_rows(&mut finding, rows);
    let mut seen = BTreeSet::new();
    for column in missing.into_iter().filter(|column| seen.insert(*column)) {
        if let Some(column) = column_of(table, column) {
            finding.fixes.push(create_index(
                format!(
                    "CREATE INDEX ON {} ({});",
                    table.name.to_short_sql(),
                    quote_identifier(&column.name)
                ),
                INDEX_COST,
            ));
        }
    }
    Some(finding)
}

/// OR in the condition of a join, each arm of which looks up the same table by a value of another one.
fn in_join(
    context: &StatementContext<'_>,
    block: &Block,
    conjunct: &Expr,
    arms: &[Expr],
    beside: &[Expr],
) -> Option<Finding> {
    let own = block.relations();
    let (first, others) = arms.split_first()?;
    let looked_up = first.relations().into_iter().find(|relation| {
        others.iter().all(|arm| arm.reads(*relation))
            && own.contains(relation)
            && table_of(context, *relation).is_some_and(|(_, table)| {
                arms.iter()
                    .flat_map(Expr::relations)
                    .filter(|other| other != relation)
                    .all(|other| has_few_rows(context, other, beside, table))
            })
    })?;
    same_table(context, conjunct, arms, looked_up, beside)
}

/// OR of a condition that an index serves with IN (SELECT ...) or EXISTS, which would be looked up as well if it stood
/// alone.
fn with_subquery(
    context: &StatementContext<'_>,
    block: &Block,
    conjunct: &Expr,
    arms: &[Expr],
    beside: &[Expr],
) -> Option<Finding> {
    let (asking, plain): (Vec<&Expr>, Vec<&Expr>) = arms.iter().partition(|arm| arm.has_subquery());
    let relation = plain.first()?.relations().into_iter().next()?;
    let (_, table) = table_of(context, relation)?;
    if !can_be_indexed(table) || is_small(context, table) {
        return None;
    }
    let own: Vec<Expr> = beside
        .iter()
        .filter(|condition| condition.relations() == BTreeSet::from([relation]))
        .cloned()
        .collect();
    for arm in &plain {
        let read = arm
            .reads_only(relation)
            .then(|| read_arm(context, table, relation, arm, &own))
            .flatten()?;
        if !read.served || read.fraction > POOR_FRACTION {
            return None;
        }
    }
    let looked_up: Vec<ColumnRef> = asking
        .iter()
        .map(|arm| looked_up_by_subquery(context, relation, table, arm))
        .collect::<Option<_>>()?;
    if served_otherwise(context, table, relation, &own, None) {
        return None;
    }
    let rows = rows_of(table);
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        Severity::Warning,
        evidence(table),
        conjunct.span,
        format!(
            "an arm of this OR is a subquery, so every row of {} is read",
            context.query.relation(relation).alias
        ),
    );
    finding.relation = Some(context.query.relation(relation).alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = column_names(table, &looked_up.iter().copied().collect());
    finding.label = Some("no index serves both arms".to_owned());
    finding.why.push(
        "below OR a subquery is a filter: it cannot become a join, nor part of a BitmapOr; as queries of their own, joined by UNION, each arm uses its index".to_owned(),
    );
    tell_rows(&mut finding, rows);
    finding.fixes.extend(as_union(context, block, conjunct));
    Some(finding)
}

/// The indexed column by which the few rows of a subquery would be looked up in the table: `column IN (SELECT ...)`,
/// `EXISTS (SELECT ... WHERE inner.x = column)`.
fn looked_up_by_subquery(
    context: &StatementContext<'_>,
    relation: RelationId,
    table: &Table,
    arm: &Expr,
) -> Option<ColumnRef> {
    let query = context.query;
    let (id, operand) = match &arm.kind {
        ExprKind::InSubquery {
            operand,
            query,
            negated: false,
        } => (*query, Some(operand)),
        ExprKind::Exists(query) => (*query, None),
        _ => return None,
    };
    let QueryBody::Select(inner) = query.expression(id).body else {
        return None;
    };
    let inner = query.block(inner);
    if inner.is_grouped() || query.expression(id).limit.is_some() {
        return None;
    }
    let of_inner = inner.relations();
    let column = match operand {
        Some(operand) => operand.as_column(),
        None => inner.filter.iter().find_map(|condition| {
            let (written, test) = sides(condition).into_iter().find(|(written, _)| {
                written
                    .as_column()
                    .is_some_and(|column| column.relation == relation)
            })?;
            match test {
                Test::Compare(BinaryOp::Eq, value)
                    if value
                        .relations()
                        .iter()
                        .all(|relation| of_inner.contains(relation)) =>
                {
                    written.as_column()
                }
                _ => None,
            }
        }),
    }?;
    let few = of_inner
        .iter()
        .any(|inner| has_few_rows(context, *inner, &[], table));
    (column.relation == relation && few && index_on_column(context, table, column, &[]).is_some())
        .then_some(column)
}

fn across_tables(
    context: &StatementContext<'_>,
    block: &Block,
    conjunct: &Expr,
    arms: &[Expr],
    single: &[RelationId],
    beside: &[Expr],
) -> Option<Finding> {
    let own = block.relations();
    let mut any_index = false;
    let mut largest: Option<f64> = None;
    for (arm, relation) in arms.iter().zip(single) {
        let (_, table) = table_of(context, *relation)?;
        // a column of a block around is a value here
        if !own.contains(relation) || !can_be_indexed(table) {
            return None;
        }
        let conditions: Vec<Expr> = beside
            .iter()
            .filter(|condition| condition.relations() == BTreeSet::from([*relation]))
            .cloned()
            .collect();
        if served_otherwise(context, table, *relation, &conditions, None) {
            return None;
        }
        match read_arm(context, table, *relation, arm, &[]) {
            Some(read) if read.fraction > POOR_FRACTION => return None,
            Some(read) => any_index |= read.served,
            None if is_open_pattern(arm) => any_index |= has_trigrams(context, table),
            None => return None,
        }
        if let Some(rows) = rows_of(table).filter(|_| !is_small(context, table)) {
            largest = Some(largest.map_or(rows, |largest: f64| largest.max(rows)));
        }
    }
    let statistics = single.iter().all(|relation| {
        table_of(context, *relation).is_some_and(|(_, table)| table.statistics.is_some())
    });
    if statistics && largest.is_none() {
        return None;
    }
    let first = context.query.relation(*single.first()?);
    let (_, table) = table_of(context, first.id)?;
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        if any_index || largest.is_some() {
            Severity::Warning
        } else {
            Severity::Info
        },
        evidence(table),
        conjunct.span,
        "the arms of this OR are on different tables: the whole join is made before it is filtered"
            .to_owned(),
    );
    finding.relation = Some(first.alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = column_names(
        table,
        &arms
            .iter()
            .flat_map(Expr::columns)
            .filter(|column| column.relation == first.id)
            .collect(),
    );
    finding.label = Some("no table can be narrowed down first".to_owned());
    finding.why.push(
        "BitmapOr works within one table; across tables each arm needs a query of its own, joined by UNION".to_owned(),
    );
    finding.fixes.extend(as_union(context, block, conjunct));
    Some(finding)
}

/// Whether an arm is a pattern without a fixed start, which trigrams may serve.
fn is_open_pattern(arm: &Expr) -> bool {
    let sides = sides(arm);
    !sides.is_empty() && sides.iter().all(|(_, test)| starts_open(test))
}

fn has_trigrams(context: &StatementContext<'_>, table: &Table) -> bool {
    table.indexes.iter().any(|id| {
        context.catalog.index(*id).keys.iter().any(|key| {
            key.opclass
                .as_deref()
                .is_some_and(|class| class.ends_with("trgm_ops"))
        })
    })
}

/// The statement once for each arm, joined by UNION.
fn as_union(context: &StatementContext<'_>, block: &Block, conjunct: &Expr) -> Option<Fix> {
    let ExprKind::Or(arms) = &conjunct.kind else {
        return None;
    };
    let query = context.query;
    let expression = query.expression(block.expression?);
    let plain = block.role == BlockRole::Select
        && expression.reader == Reader::Client
        && expression.ctes.is_empty()
        && expression.order_by.is_empty()
        && expression.limit.is_none()
        && expression.offset.is_none()
        && !expression.locks()
        && block.distinct == Distinct::No
        && block.group_by == GroupBy::None
        && !block.is_grouped()
        && !block.select.iter().any(|item| item.expr.has_window())
        && expression.span == query.span
        && block.filter.iter().any(|own| std::ptr::eq(own, conjunct))
        && !query
            .tokens
            .iter()
            .any(|token| query.file.slice(token.span) == "?");
    if !plain {
        return None;
    }
    let text = query.text();
    let copies: Option<Vec<String>> = arms
        .iter()
        .map(|arm| {
            let arm_text = query.file.slice(arm.span);
            crate::rewrite::apply_edits(
                text,
                query.span.start,
                &[Edit::replace(conjunct.span, arm_text)],
            )
        })
        .collect();
    let whole = Span::new(query.span.start, query.span.end);
    rewrite(
        context,
        vec![Edit::replace(whole, copies?.join("\nUNION\n"))],
        Safety::Review,
        "UNION removes duplicates of the whole row: the same rows where the select list holds a key of each table",
    )
}
