mod multiplied_sums;
mod repeated_values;
mod undone_copies;

use super::support::locks;
use crate::query::{Block, BlockRole, Expr, ExprKind, FunctionCall, FunctionKind, functions};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
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
            result is wrong (severity error); (3) sum, avg or count of rows that a join to their many side repeats, as of orders joined \
            to their items, where the groups are made of those rows or of what they belong to. A value that is looked up for each row, \
            as a price for each order line, is meant to be taken each time.",
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
                    multiplied_sums::check(context, block)
                        .or_else(|| repeated_values::check(context, block))
                        .or_else(|| undone_copies::check(context, block)),
                );
            }
        }
    }
}

/// The aggregates of a block's select list and HAVING whose result grows or shifts with each copy of a row.
fn counting_aggregates(block: &Block) -> Vec<(&Expr, &FunctionCall)> {
    let mut found = Vec::new();
    let shown = block.select.iter().map(|item| &item.expr);
    for expr in shown.chain(&block.having) {
        expr.walk(&mut |part| {
            if let ExprKind::Function(call) = &part.kind
                && call.kind == FunctionKind::Aggregate
                && !call.distinct
                && !functions::ignores_duplicates(&call.name)
                && matches!(
                    call.name.as_str(),
                    "sum" | "count" | "avg" | "string_agg" | "array_agg" | "jsonb_agg" | "json_agg"
                )
            {
                found.push((part, &**call));
            }
        });
    }
    found
}
