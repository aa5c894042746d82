use std::collections::HashSet;
use std::hash::Hash;

use crate::query::{BinaryOp, Block, Expr, ExprKind, Literal};

use super::support::about;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A list of hundreds of values in the text of a query.
pub struct HugeInList;

static INFO: RuleInfo = RuleInfo {
    name: "huge-in-list",
    summary: "hundreds of values are written into the query's text",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds IN and NOT IN lists, = ANY (ARRAY[...]), = ANY ('{...}') and chains of OR over one column with more values than the threshold huge-in-list, \
            200 by default. An array that is passed as one parameter, and IN (SELECT ...), are not reported.",
        why_it_is_slow: "The text is sent, parsed and planned anew for every call; each list length is another statement for the plan cache and for \
            pg_stat_statements. The planner estimates every value on its own, and an index scan is started for each. A chain of OR is worse: \
            every arm is a condition of its own.",
        example_schema: "CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL);",
        example_statistics: "",
        example: "SELECT name FROM products WHERE id IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201);",
        use_instead: "PREPARE names (int[]) AS\nSELECT p.name FROM unnest($1) AS wanted (id) JOIN products p ON p.id = wanted.id;",
        trade_off: "With an array parameter the planner does not see the values and assumes a number of them. For many thousands of values \
            a temporary table with an index and ANALYZE gives better plans.",
        interview_question: "An application builds IN lists with thousands of ids. What would you change?",
        good_answer: &[
            "One array parameter: = ANY($1), or a join with unnest($1): one statement text, one plan.",
            "Duplicates in a join with unnest repeat rows: use DISTINCT, or ANY.",
            "A temporary table for very many values, with ANALYZE.",
            "Where do the ids come from? Often from another query, and a join does without the list.",
        ],
    },
};

impl Rule for HugeInList {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for block in context.query.own_blocks() {
            for expr in context.query.expressions_of(block) {
                check(context, block, expr, findings);
            }
        }
    }
}

fn check(context: &StatementContext<'_>, block: &Block, expr: &Expr, findings: &mut Vec<Finding>) {
    let most = context.thresholds.huge_in_list;
    let found = match &expr.kind {
        ExprKind::InList { operand, list, .. } if list.len() > most => {
            Some((&**operand, list.iter().collect::<Vec<_>>()))
        }
        ExprKind::QuantifiedArray { operand, array, .. } => {
            let written = written_array(array);
            if let Some(values) = written.filter(|values| values.len() > most) {
                findings.push(report(context, block, expr, operand, &values));
                return;
            }
            match &array_elements(array) {
                Some(elements) if elements.len() > most => Some((&**operand, elements.clone())),
                _ => None,
            }
        }
        ExprKind::Or(_) => {
            let arms = arms(expr);
            match chain(&arms).filter(|(_, values)| values.len() > most) {
                Some(found) => Some(found),
                None => {
                    for arm in arms {
                        check(context, block, arm, findings);
                    }
                    return;
                }
            }
        }
        _ => None,
    };
    match found {
        Some((operand, values)) => findings.push(report(context, block, expr, operand, &values)),
        None => {
            for child in expr.children() {
                check(context, block, child, findings);
            }
        }
    }
}

fn array_elements(array: &Expr) -> Option<Vec<&Expr>> {
    match &array.kind {
        ExprKind::Array(elements) => Some(elements.iter().collect()),
        ExprKind::Cast { operand, .. } => array_elements(operand),
        _ => None,
    }
}

/// The elements of `'{1,2,3}'`; those in quotes that hold commas count for more than one.
fn written_array(array: &Expr) -> Option<Vec<&str>> {
    match &array.kind {
        ExprKind::Cast { operand, .. } => written_array(operand),
        ExprKind::Literal(Literal::String(text)) => {
            let elements = text.trim().strip_prefix('{')?.strip_suffix('}')?;
            (!elements.contains('"')).then(|| elements.split(',').map(str::trim).collect())
        }
        _ => None,
    }
}

/// The arms of an OR, however it is nested.
fn arms(expr: &Expr) -> Vec<&Expr> {
    let mut arms = Vec::new();
    let mut open = vec![expr];
    while let Some(next) = open.pop() {
        match &next.kind {
            ExprKind::Or(inner) => open.extend(inner.iter().rev()),
            _ => arms.push(next),
        }
    }
    arms
}

/// The operand and the values of `x = 1 OR x = 2 OR ...`.
fn chain<'e>(arms: &[&'e Expr]) -> Option<(&'e Expr, Vec<&'e Expr>)> {
    let mut operand: Option<&Expr> = None;
    let mut values = Vec::with_capacity(arms.len());
    for arm in arms {
        let ExprKind::Binary {
            op: BinaryOp::Eq,
            left,
            right,
        } = &arm.kind
        else {
            return None;
        };
        if **operand.get_or_insert(&**left) != **left {
            return None;
        }
        values.push(&**right);
    }
    Some((operand?, values))
}

fn report<T: Eq + Hash>(
    context: &StatementContext<'_>,
    block: &Block,
    expr: &Expr,
    operand: &Expr,
    values: &[T],
) -> Finding {
    let distinct = values.iter().collect::<HashSet<_>>().len();
    let count = values.len();
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        expr.span,
        format!("{count} values are written into the query"),
    );
    if let Some(column) = operand.columns().first() {
        if block.relations().contains(&column.relation) {
            about(context, &mut finding, column.relation);
        }
        finding.columns = context
            .query
            .relations
            .get(column.relation.0)
            .and_then(|relation| relation.columns.get(column.column))
            .map(|column| column.name.clone())
            .into_iter()
            .collect();
    }
    if distinct < count {
        finding.why.push(format!(
            "only {distinct} of them are different: the list can be shortened"
        ));
    }
    finding.why.extend([
        "the text is parsed and planned anew for every call, and every list length is another statement".to_owned(),
        "pass the values as one array parameter: = ANY ($1), or join with unnest($1) or VALUES; for many thousands, a temporary table with ANALYZE".to_owned(),
    ]);
    finding.facts.insert("values".to_owned(), count.into());
    finding
        .facts
        .insert("distinct_values".to_owned(), distinct.into());
    finding
}
