use std::collections::BTreeSet;

use crate::catalog::ColumnId;
use crate::query::facts::NullSet;
use crate::query::{
    Block, BlockRole, ColumnRef, Distinct, Expr, ExprKind, FunctionKind, GroupBy, RelationId,
    RelationSource, one_line,
};
use crate::rewrite::remove_items;
use crate::source::Span;

use super::support::about;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// A GROUP BY expression whose value the others fix.
pub struct NeedlessGroupByColumn;

static INFO: RuleInfo = RuleInfo {
    name: "needless-group-by-column",
    summary: "GROUP BY names a column that depends on the others",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds expressions in GROUP BY that make no group of their own: columns of a table whose key is grouped by, \
            columns that equal another grouping column, repetitions and constants. Silent with ROLLUP, CUBE and GROUPING SETS, \
            and where the key may be NULL in several rows.",
        why_it_is_slow: "Every grouping column is compared (or hashed) for every row, and carried in the hash table or sort. PostgreSQL 9.6 \
            and later leave out plain columns that follow from a primary key by themselves (18 also from other unique keys), \
            so these are clutter, severity info; expressions over them, such as lower(name), are computed and compared.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int NOT NULL);",
        example_statistics: "",
        example: "SELECT c.id, c.name, c.city, sum(o.total)\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nGROUP BY c.id, c.name, c.city;",
        use_instead: "SELECT c.id, c.name, c.city, sum(o.total)\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nGROUP BY c.id;",
        trade_off: "The query then needs the primary key: PostgreSQL refuses to drop it while a view depends on it, and other database systems may refuse the query.",
        interview_question: "You group by a primary key. Which other columns may the select list show?",
        good_answer: &[
            "All columns of the same table: they depend on the key, and the SQL standard calls it functional dependency.",
            "PostgreSQL accepts it for a primary key only, not for UNIQUE NOT NULL.",
            "Columns of joined tables do not count, even where the join finds one row.",
            "A UNIQUE column with NULLs does not keep rows apart: all NULLs fall into one group.",
            "Under ROLLUP each column makes a level of subtotals, so none is superfluous.",
        ],
    },
};

impl Rule for NeedlessGroupByColumn {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if block.role == BlockRole::Select {
                findings.extend(check(context, block));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let GroupBy::Expressions(list) = &block.group_by else {
        return None;
    };
    let removed = removable(context, block, list);
    let Some((first, others)) = removed.split_first() else {
        return check_unique_key(context, block, list);
    };
    let query = context.query;
    let mut span = list.get(*first)?.span;
    for other in others {
        span = span.union(list.get(*other)?.span);
    }
    let names: Vec<String> = removed
        .iter()
        .filter_map(|at| list.get(*at))
        .map(|expr| one_line(&query.file, expr.span))
        .collect();
    let kept: Vec<String> = list
        .iter()
        .enumerate()
        .filter(|(at, _)| !removed.contains(at))
        .map(|(_, expr)| one_line(&query.file, expr.span))
        .collect();
    let has_one_value = removed
        .iter()
        .filter_map(|at| list.get(*at))
        .all(|expr| expr.as_column().is_some() && context.facts.is_fixed(block, expr));
    let planner_drops = removed
        .iter()
        .filter_map(|at| list.get(*at))
        .all(|expr| expr.as_column().is_some());
    let severity = if planner_drops {
        Severity::Info
    } else {
        Severity::Warning
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        span,
        format!(
            "{} makes no further groups: {} is enough",
            names.join(", "),
            kept.join(", ")
        ),
    );
    let relations: BTreeSet<RelationId> = removed
        .iter()
        .filter_map(|at| list.get(*at))
        .flat_map(Expr::relations)
        .collect();
    if let (Some(relation), 1) = (relations.first(), relations.len()) {
        about(context, &mut finding, *relation);
    }
    finding.columns = removed
        .iter()
        .filter_map(|at| list.get(*at)?.as_column())
        .filter_map(|column| {
            let known = query.relation(column.relation).columns.get(column.column)?;
            Some(known.name.clone())
        })
        .collect();
    finding.why = vec![
        format!(
            "known from the schema: within a group of {} the value is always the same",
            kept.join(", ")
        ),
        if has_one_value {
            "the conditions leave one value of it"
        } else if planner_drops {
            "PostgreSQL leaves out columns that follow from a grouped primary key by itself (9.6 and later)"
        } else {
            "it is computed for every row and compared in every group"
        }
        .to_owned(),
    ];
    finding.label = Some("depends on the other grouping columns".to_owned());
    let spans: Vec<Span> = list.iter().map(|expr| expr.span).collect();
    if let Some(edits) = remove_items(query, &spans, &removed) {
        finding.fixes.extend(rewrite(
            context,
            edits,
            Safety::Equivalent,
            "the query needs the key from now on; the rows stay the same",
        ));
    }
    Some(finding)
}

/// A table that is grouped by a unique key and by columns that depend on it: they have to stay as long as they are shown
/// bare, because PostgreSQL takes only a primary key for functional dependency.
fn check_unique_key(
    context: &StatementContext<'_>,
    block: &Block,
    list: &[Expr],
) -> Option<Finding> {
    let query = context.query;
    let columns: Vec<ColumnRef> = list.iter().filter_map(Expr::as_column).collect();
    for relation in block.relations() {
        let keys = context.facts.relation_keys(relation).into_iter();
        for key in keys.filter(|key| key.condition.is_empty() && !key.columns.is_empty()) {
            let parts: Option<Vec<ColumnRef>> = key.columns.iter().map(Expr::as_column).collect();
            let Some(parts) = parts else { continue };
            let grouped = parts
                .iter()
                .all(|part| columns.contains(part) && !context.facts.column_may_be_null(*part));
            if !grouped || primary_key(context, relation).as_ref() == Some(&parts) {
                continue;
            }
            let dependent: Vec<&Expr> = list
                .iter()
                .filter(|expr| {
                    expr.as_column().is_some_and(|column| {
                        column.relation == relation && !parts.contains(&column)
                    })
                })
                .collect();
            let Some(span) = dependent.iter().map(|expr| expr.span).reduce(Span::union) else {
                continue;
            };
            let names: Vec<String> = dependent
                .iter()
                .map(|expr| one_line(&query.file, expr.span))
                .collect();
            let mut finding = Finding::at(
                query,
                INFO.name,
                Severity::Info,
                Evidence::Schema,
                span,
                format!("{} makes no further groups", names.join(", ")),
            );
            about(context, &mut finding, relation);
            finding.why = vec![
                format!("known from the schema: {} keeps the rows of the table apart", key.proof),
                "PostgreSQL lets other columns be shown bare only for a primary key: group by that, or wrap them in min()".to_owned(),
            ];
            return Some(finding);
        }
    }
    None
}

/// Numbers of grouping expressions that can all go, in order.
fn removable(context: &StatementContext<'_>, block: &Block, list: &[Expr]) -> Vec<usize> {
    // keep primary keys rather than what depends on them
    let mut candidates: Vec<usize> = (0..list.len()).collect();
    candidates.sort_by_key(|at| (is_primary_key_part(context, &list[*at]), usize::MAX - at));
    let mut removed: BTreeSet<usize> = BTreeSet::new();
    for at in candidates {
        let kept: Vec<&Expr> = list
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at && !removed.contains(other))
            .map(|(_, expr)| expr)
            .collect();
        if !kept.is_empty()
            && stays_legal(context, block, &list[at], &kept)
            && depends_on(context, block, &list[at], &kept)
        {
            removed.insert(at);
        }
    }
    removed.into_iter().collect()
}

fn is_primary_key_part(context: &StatementContext<'_>, expr: &Expr) -> bool {
    expr.as_column().is_some_and(|column| {
        primary_key(context, column.relation).is_some_and(|key| key.contains(&column))
    })
}

/// The columns of a relation's primary key, where PostgreSQL takes it for functional dependency.
/// Source: check_functional_grouping in pg_constraint.c.
fn primary_key(context: &StatementContext<'_>, relation: RelationId) -> Option<Vec<ColumnRef>> {
    let item = context.query.relation(relation);
    let RelationSource::Table(table) = item.source else {
        return None;
    };
    let key = context.catalog.table(table).primary_key.as_ref()?;
    if key.deferrable {
        return None;
    }
    let place = |id: &ColumnId| {
        item.columns
            .iter()
            .position(|column| column.catalog == Some(*id))
            .map(|column| ColumnRef { relation, column })
    };
    key.columns.iter().map(place).collect()
}

/// Whether the kept expressions fix the value of another.
fn depends_on(context: &StatementContext<'_>, block: &Block, expr: &Expr, kept: &[&Expr]) -> bool {
    if kept.contains(&expr) || context.facts.is_fixed(block, expr) {
        return true;
    }
    if context.facts.is_volatile(expr)
        || expr.has_subquery()
        || expr.any(&|part| matches!(part.kind, ExprKind::Unresolved(_) | ExprKind::Other { .. }))
    {
        return false;
    }
    let columns = expr.columns();
    let rows: Vec<RelationId> = expr
        .relations()
        .into_iter()
        .filter(|relation| !columns.iter().any(|column| column.relation == *relation))
        .collect();
    rows.is_empty() && columns.is_subset(&determined(context, block, kept))
}

/// All columns of a block that have one value in a group of `kept`.
fn determined(
    context: &StatementContext<'_>,
    block: &Block,
    kept: &[&Expr],
) -> BTreeSet<ColumnRef> {
    let facts = &context.facts;
    let passed: Vec<&Expr> = facts.passed_conditions(block).collect();
    let mut known: BTreeSet<ColumnRef> = kept.iter().filter_map(|expr| expr.as_column()).collect();
    let relations = block.relations();
    loop {
        let before = known.len();
        for column in known.clone() {
            known.extend(facts.equal_columns(block, column));
        }
        for relation in &relations {
            // NULL in a column that is never NULL marks a row that an outer join filled up: all its columns are NULL then
            let fixed = facts.relation_keys(*relation).iter().any(|key| {
                (key.condition.is_empty() || facts.implies_all(&passed, &key.condition))
                    && key.columns.iter().all(|part| {
                        part.as_column().is_some_and(|column| {
                            known.contains(&column)
                                && (!facts.column_may_be_null(column)
                                    || passed.iter().any(|conjunct| {
                                        facts.rejects(conjunct, &NullSet::Column(column))
                                    }))
                        })
                    })
            });
            if fixed {
                known.extend(
                    (0..context.query.relation(*relation).columns.len()).map(|column| ColumnRef {
                        relation: *relation,
                        column,
                    }),
                );
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// Whether PostgreSQL accepts the block with only `kept` in GROUP BY.
fn stays_legal(
    context: &StatementContext<'_>,
    block: &Block,
    removed: &Expr,
    kept: &[&Expr],
) -> bool {
    let own: BTreeSet<RelationId> = block.relations().into_iter().collect();
    let shown: BTreeSet<RelationId> = own
        .iter()
        .copied()
        .filter(|relation| {
            primary_key(context, *relation).is_some_and(|key| {
                key.iter()
                    .all(|column| kept.iter().any(|expr| expr.as_column() == Some(*column)))
            })
        })
        .collect();
    let mut after_grouping: Vec<&Expr> = block.select.iter().map(|item| &item.expr).collect();
    after_grouping.extend(&block.having);
    after_grouping.extend(&block.other);
    if let Distinct::On(exprs) = &block.distinct {
        after_grouping.extend(exprs);
    }
    if let Some(expression) = block.expression {
        after_grouping.extend(
            context
                .query
                .expression(expression)
                .order_by
                .iter()
                .map(|key| &key.expr),
        );
    }
    let inner_is_legal = || {
        let relations = removed.relations();
        relations.is_subset(&shown)
            || !context
                .facts
                .references(&relations, &[])
                .into_iter()
                .any(|reference| reference.block != block.id)
    };
    after_grouping
        .into_iter()
        .all(|expr| is_grouped(expr, kept, &own, &shown))
        && inner_is_legal()
}

fn is_grouped(
    expr: &Expr,
    kept: &[&Expr],
    own: &BTreeSet<RelationId>,
    shown: &BTreeSet<RelationId>,
) -> bool {
    if kept.contains(&expr) {
        return true;
    }
    match &expr.kind {
        ExprKind::Column(column) => {
            !own.contains(&column.relation) || shown.contains(&column.relation)
        }
        ExprKind::WholeRow(relation) => !own.contains(relation) || shown.contains(relation),
        ExprKind::Function(call) if call.kind == FunctionKind::Aggregate => true,
        _ => expr
            .children()
            .into_iter()
            .all(|child| is_grouped(child, kept, own, shown)),
    }
}
