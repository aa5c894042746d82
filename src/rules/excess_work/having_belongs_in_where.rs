use crate::query::{Block, BlockRole, Expr, ExprKind, GroupBy, one_line};
use crate::rewrite::{add_conjunct, remove_having};
use crate::source::Span;

use super::support::about_only;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// A condition in HAVING that needs no groups.
pub struct HavingBelongsInWhere;

static INFO: RuleInfo = RuleInfo {
    name: "having-belongs-in-where",
    summary: "HAVING filters by a grouping column, which WHERE can do before grouping",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds conditions in HAVING over grouping columns alone, without an aggregate. In WHERE they drop the same groups before they are made. \
            Silent with ROLLUP, CUBE and GROUPING SETS, where the column is NULL in the subtotals, and for volatile functions.",
        why_it_is_slow: "PostgreSQL moves such a condition into WHERE by itself, so that it costs nothing: the finding is of severity info. \
            It costs the reader, who looks for an aggregate, and databases and tools that do not move it. A condition with a subquery stays in HAVING, \
            and is a warning.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, total int NOT NULL);",
        example_statistics: "",
        example: "SELECT status, sum(total)\nFROM orders\nGROUP BY status\nHAVING status <> 'cancelled' AND sum(total) > 100;",
        use_instead: "SELECT status, sum(total)\nFROM orders\nWHERE status <> 'cancelled'\nGROUP BY status\nHAVING sum(total) > 100;",
        trade_off: "None.",
        interview_question: "What is the difference between WHERE and HAVING, and does it matter for speed?",
        good_answer: &[
            "WHERE filters rows before grouping and can use an index; HAVING filters groups and may use aggregates.",
            "A condition on grouping columns means the same in both.",
            "PostgreSQL moves it into WHERE itself unless there are grouping sets, volatile functions or subqueries in it.",
            "With ROLLUP it is not the same: the subtotal rows have NULL in the column.",
        ],
    },
};

impl Rule for HavingBelongsInWhere {
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
    let GroupBy::Expressions(grouping) = &block.group_by else {
        return None;
    };
    if grouping.is_empty() {
        return None;
    }
    let moved: Vec<usize> = (0..block.having.len())
        .filter(|at| needs_no_groups(context, block, &block.having[*at]))
        .collect();
    let query = context.query;
    let conditions: Vec<&Expr> = moved
        .iter()
        .filter_map(|at| block.having.get(*at))
        .collect();
    let span = conditions
        .iter()
        .map(|expr| expr.span)
        .reduce(Span::union)?;
    let subqueries = conditions.iter().any(|condition| condition.has_subquery());
    let severity = if subqueries {
        Severity::Warning
    } else {
        Severity::Info
    };
    let texts: Vec<String> = conditions
        .iter()
        .map(|condition| {
            let text = query.file.slice(condition.span);
            match condition.kind {
                ExprKind::Or(_) => format!("({text})"),
                _ => text.to_owned(),
            }
        })
        .collect();
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        span,
        format!(
            "\"{}\" needs no groups: WHERE drops the same rows before grouping",
            one_line(&query.file, span)
        ),
    );
    about_only(context, &mut finding, block);
    finding.why.push(
        if subqueries {
            "PostgreSQL leaves a condition with a subquery in HAVING: all groups are made first"
        } else {
            "PostgreSQL moves it into WHERE by itself: it is clutter, not cost"
        }
        .to_owned(),
    );
    let edits = remove_having(query, block, &moved).and_then(|mut edits| {
        edits.push(add_conjunct(query, block, &texts.join(" AND "))?);
        Some(edits)
    });
    if let Some(edits) = edits {
        finding.fixes.extend(rewrite(
            context,
            edits,
            Safety::Equivalent,
            "none: the rows stay the same",
        ));
    }
    Some(finding)
}

/// Whether a condition has the same value for every row of a group.
fn needs_no_groups(context: &StatementContext<'_>, block: &Block, condition: &Expr) -> bool {
    let own = block.relations();
    let reads_own = condition
        .columns()
        .iter()
        .any(|column| own.contains(&column.relation));
    let correlated = condition.subqueries().into_iter().any(|subquery| {
        let body = context.query.expression(subquery).span;
        let relations = own.iter().copied().collect();
        context
            .facts
            .references(&relations, &[])
            .into_iter()
            .any(|reference| body.contains(context.query.block(reference.block).span))
    });
    reads_own
        && !correlated
        && !condition.has_aggregate()
        && !condition.has_window()
        && !context.facts.is_volatile(condition)
        && !condition.any(&|part| {
            matches!(
                part.kind,
                ExprKind::Unresolved(_) | ExprKind::Other { .. } | ExprKind::WholeRow(_)
            )
        })
}
