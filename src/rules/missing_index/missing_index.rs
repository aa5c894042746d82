use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

use super::support::report_kinds;

/// Conditions, a join or an order that no index serves.
pub struct MissingIndex;

static INFO: RuleInfo = RuleInfo {
    name: "missing-index",
    summary: "conditions, a join or an order that no index of the table serves",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Looks at what each block asks of each table: equalities, IN, IS NULL, ranges, joins, ORDER BY with LIMIT, \
            min and max; through views, derived tables, CTEs, EXISTS and IN. Compares the blocks read with the indexes that exist \
            (leading columns, order, direction, partial predicates, expressions, operator classes, collations) and with each \
            candidate, by PostgreSQL's own formulas, and reports the simplest index that at least halves them. With statistics \
            small tables and conditions that keep many rows are left alone; without, the finding is of severity info.",
        why_it_is_slow: "Without a fitting index PostgreSQL reads the whole table and throws most of it away: the time grows \
            with the table, not with the result.",
        example_schema: "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, placed_at timestamptz NOT NULL, total numeric(10,2) NOT NULL);",
        example_statistics: "",
        example: "SELECT id, total FROM orders WHERE customer_id = 42 ORDER BY placed_at DESC LIMIT 10;",
        use_instead: "CREATE INDEX ON orders (customer_id, placed_at);\n\
            SELECT id, total FROM orders WHERE customer_id = 42 ORDER BY placed_at DESC LIMIT 10;",
        trade_off: "An index takes space and makes each insert slower, and updates of its columns no longer heap-only. \
            Prefer one index that serves several queries to one for each.",
        interview_question: "Which index would you create for this query, in which order do its columns stand, and why?",
        good_answer: &[
            "Columns compared by equality come first, then the one sorted by, then a range: after a range the rest of the index is not in order.",
            "ORDER BY ... LIMIT can stop after a few entries if the index has the order; it can be read backwards, so DESC matters only in a mixture.",
            "A condition that keeps a large part of the table does not profit: reading pages in order is cheaper than jumping.",
            "A foreign key does not make an index on its columns.",
            "What it costs: space, slower writes, fewer heap-only updates; CREATE INDEX CONCURRENTLY on a table in use.",
        ],
    },
};

impl Rule for MissingIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        let kinds = [ProposalKind::Plain, ProposalKind::Gist];
        report_kinds(context, &INFO, &kinds, findings);
    }
}
