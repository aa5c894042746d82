use crate::query::facts::{DuplicatesHarmless, KeyProof, NullSet};
use crate::query::{
    Block, BlockRole, Distinct, Expr, ExprKind, FunctionCall, FunctionKind, GroupBy, Reader,
    functions, one_line,
};
use crate::rewrite::{Edit, word_within};
use crate::source::Span;

use super::support::{about, about_only, depends_on_input_order, safety_of_same_rows};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// DISTINCT over what is unique already, or whose copies the reader does not mind.
pub struct NeedlessDistinct;

static INFO: RuleInfo = RuleInfo {
    name: "needless-distinct",
    summary: "DISTINCT over rows or values that are unique already",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds SELECT DISTINCT and DISTINCT ON whose output holds a key of the joined rows (followed through joins to one \
            partner, GROUP BY, derived tables, views and CTEs), DISTINCT under EXISTS, IN, ANY and set operations without ALL, which \
            do not see copies, and aggregates with DISTINCT over a key, or that give the same anyway (min, max, bool_or). \
            Silent where a join repeats the rows, or where the key may be NULL more than once.",
        why_it_is_slow: "PostgreSQL sorts or hashes all rows to remove copies that do not exist, and cannot give the first row before it \
            has seen the last. count(DISTINCT x) sorts every group. Only under EXISTS does it leave DISTINCT out by itself.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int NOT NULL);",
        example_statistics: "",
        example: "SELECT DISTINCT o.id, c.name\nFROM orders o\nJOIN customers c ON c.id = o.customer_id;",
        use_instead: "SELECT o.id, c.name\nFROM orders o\nJOIN customers c ON c.id = o.customer_id;",
        trade_off: "None for the rows. Their order was never promised, but DISTINCT by sorting may have given one by chance: write ORDER BY where it matters.",
        interview_question: "When can DISTINCT be left out without looking at the data?",
        good_answer: &[
            "When a key of the rows is in the select list, and no join repeats them: each further table is joined by a key of its own.",
            "A UNIQUE column that may be NULL is no such key: several rows can have NULL, and DISTINCT folds them.",
            "The key of the nullable side of an outer join is NULL for every row without partner.",
            "DISTINCT added because \"rows came twice\" usually hides a join to a many-side that EXISTS should replace.",
            "The plan shows what it costs: Unique over Sort, or HashAggregate.",
        ],
    },
};

/// Why DISTINCT removes nothing, or nothing that matters.
enum Reason {
    Unique(KeyProof),
    Unseen(DuplicatesHarmless),
}

impl Rule for NeedlessDistinct {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if block.role == BlockRole::Select {
                findings.extend(check_select(context, block));
            }
            for expr in context.query.expressions_of(block) {
                expr.walk(&mut |part| {
                    if let ExprKind::Function(call) = &part.kind
                        && call.kind == FunctionKind::Aggregate
                        && call.distinct
                    {
                        findings.extend(check_aggregate(context, block, part, call));
                    }
                });
            }
        }
    }
}

fn check_select(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let reason = match &block.distinct {
        Distinct::No => return None,
        Distinct::All => unique_output(context, block).or_else(|| unseen(context, block))?,
        Distinct::On(exprs) => unique_by(context, block, exprs)?,
    };
    let clause = block.clauses.distinct?;
    let list = block.clauses.select?;
    let query = context.query;
    let written = match block.distinct {
        Distinct::On(_) => "DISTINCT ON",
        _ => "DISTINCT",
    };
    let exists = matches!(reason, Reason::Unseen(DuplicatesHarmless::Exists));
    let severity = if exists {
        Severity::Info
    } else {
        Severity::Warning
    };
    let (message, why) = match &reason {
        Reason::Unique(proof) => (
            format!("{written} removes nothing: the rows are unique already"),
            format!(
                "known from the schema: {proof} keeps the rows apart, and no join repeats them"
            ),
        ),
        Reason::Unseen(reason) => (
            format!("{written} removes copies that do not matter"),
            format!("{reason}"),
        ),
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        clause,
        message,
    );
    about_only(context, &mut finding, block);
    finding.why.push(why);
    finding.why.push(
        if exists {
            "PostgreSQL leaves DISTINCT out of an EXISTS by itself: it is clutter, not cost"
        } else {
            "PostgreSQL sorts or hashes all rows to find copies"
        }
        .to_owned(),
    );
    finding.label = Some("not needed".to_owned());
    // DISTINCT ON makes the statement look as if it picked by order: over a key it does not
    let safety = if matches!(block.distinct, Distinct::On(_)) && !depends_elsewhere(context, block)
    {
        Safety::Equivalent
    } else {
        safety_of_same_rows(context)
    };
    finding.fixes.extend(rewrite(
        context,
        vec![Edit::delete(Span::new(clause.start, list.start))],
        safety,
        "none: the rows stay the same",
    ));
    Some(finding)
}

/// Whether something but the DISTINCT ON of `block` picks rows by the order in which they come.
fn depends_elsewhere(context: &StatementContext<'_>, block: &Block) -> bool {
    let others = context
        .query
        .blocks
        .iter()
        .filter(|other| other.id != block.id)
        .any(|other| matches!(other.distinct, Distinct::On(_)));
    let limited = context
        .query
        .expressions
        .iter()
        .any(|expression| expression.limit.is_some() || expression.offset.is_some());
    others || limited && depends_on_input_order(context)
}

fn returns_sets(block: &Block) -> bool {
    block
        .select
        .iter()
        .any(|item| item.expr.has_set_returning())
}

fn unique_output(context: &StatementContext<'_>, block: &Block) -> Option<Reason> {
    if returns_sets(block) {
        return None;
    }
    context
        .facts
        .undistinct_keys(block)
        .into_iter()
        .find(|key| !key.nulls_repeat)
        .map(|key| Reason::Unique(key.proof))
}

fn unseen(context: &StatementContext<'_>, block: &Block) -> Option<Reason> {
    let expression = block.expression?;
    let volatile = block
        .select
        .iter()
        .any(|item| context.facts.is_volatile(&item.expr));
    if volatile {
        return None;
    }
    let reason = context.facts.reader_ignores_duplicates(expression)?;
    // removing copies early can pay when the rows are joined afterwards
    if reason == DuplicatesHarmless::Reader {
        let Reader::Relation(relation) = context.query.expression(expression).reader else {
            return None;
        };
        let reading = context.query.block(context.query.relation(relation).block);
        if reading.relations().len() > 1 {
            return None;
        }
    }
    Some(Reason::Unseen(reason))
}

/// Whether no two rows of FROM share the expressions of DISTINCT ON.
fn unique_by(context: &StatementContext<'_>, block: &Block, exprs: &[Expr]) -> Option<Reason> {
    if returns_sets(block) {
        return None;
    }
    let facts = &context.facts;
    let by_output = facts.undistinct_keys(block).into_iter().find(|key| {
        !key.nulls_repeat
            && key.columns.iter().all(|column| {
                block
                    .select
                    .get(*column)
                    .is_some_and(|item| exprs.contains(&item.expr))
            })
    });
    if let Some(key) = by_output {
        return Some(Reason::Unique(key.proof));
    }
    if block.is_grouped() {
        return None;
    }
    let passed: Vec<&Expr> = facts.passed_conditions(block).collect();
    facts
        .from_keys(block)
        .into_iter()
        .find(|key| {
            key.columns.iter().all(|column| {
                let shown = exprs.contains(column)
                    || facts.is_fixed(block, column)
                    || column.as_column().is_some_and(|column| {
                        facts
                            .equal_columns(block, column)
                            .into_iter()
                            .any(|equal| exprs.iter().any(|expr| expr.as_column() == Some(equal)))
                    });
                let repeats = key.nulls_repeat
                    && !column.as_column().is_some_and(|column| {
                        passed
                            .iter()
                            .any(|conjunct| facts.rejects(conjunct, &NullSet::Column(column)))
                    });
                shown && !repeats
            })
        })
        .map(|key| Reason::Unique(key.proof))
}

fn check_aggregate(
    context: &StatementContext<'_>,
    block: &Block,
    expr: &Expr,
    call: &FunctionCall,
) -> Option<Finding> {
    let query = context.query;
    let [argument] = call.arguments.as_slice() else {
        return None;
    };
    if context.facts.is_volatile(argument) {
        return None;
    }
    let why = if functions::ignores_duplicates(&call.name) {
        format!("{} gives the same however often a value comes", call.name)
    } else if matches!(call.name.as_str(), "count" | "sum" | "avg") {
        let proof = unique_in_group(context, block, argument)?;
        format!(
            "known from the schema: {proof} makes {} unique within each group, and {} passes over NULL",
            one_line(&query.file, argument.span),
            call.name
        )
    } else {
        return None;
    };
    let distinct = word_within(query, expr.span, "distinct")?;
    if distinct.end > argument.span.start {
        return None;
    }
    let text = query
        .file
        .slice(Span::new(distinct.end, argument.span.start));
    let blanks = text.len() - text.trim_start().len();
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expr.span,
        format!(
            "DISTINCT in {} removes nothing that matters",
            one_line(&query.file, expr.span)
        ),
    );
    if let Some(column) = argument.as_column() {
        about(context, &mut finding, column.relation);
        finding.columns = query
            .relation(column.relation)
            .columns
            .get(column.column)
            .map(|column| column.name.clone())
            .into_iter()
            .collect();
    }
    finding.why = vec![
        why,
        "with DISTINCT the aggregate sorts the values of every group, and cannot run in parallel"
            .to_owned(),
    ];
    finding.label = Some("DISTINCT is not needed".to_owned());
    finding.fixes.extend(rewrite(
        context,
        vec![Edit::delete(Span::new(
            distinct.start,
            distinct.end + blanks,
        ))],
        Safety::Equivalent,
        "none: the result stays the same",
    ));
    Some(finding)
}

/// Why a column has no value twice within a group (NULL aside).
fn unique_in_group(
    context: &StatementContext<'_>,
    block: &Block,
    argument: &Expr,
) -> Option<KeyProof> {
    let column = argument.as_column()?;
    if !block.relations().contains(&column.relation) {
        return None;
    }
    let facts = &context.facts;
    let grouping: &[Expr] = match &block.group_by {
        GroupBy::Expressions(list) => list,
        GroupBy::None | GroupBy::Sets(_) => &[],
    };
    facts
        .from_keys(block)
        .into_iter()
        .find(|key| {
            let same = |expr: &Expr| {
                expr.as_column() == Some(column)
                    || expr
                        .as_column()
                        .is_some_and(|other| facts.equal_columns(block, other).contains(&column))
            };
            let alone = key.columns.iter().all(&same);
            let together = !key.nulls_repeat
                && key.columns.iter().all(|expr| {
                    same(expr) || grouping.contains(expr) || facts.is_fixed(block, expr)
                });
            alone || together
        })
        .map(|key| key.proof)
}
