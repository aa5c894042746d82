use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A range over a large table that is stored in that order.
pub struct BrinIndex;

static INFO: RuleInfo = RuleInfo {
    name: "brin-index",
    summary: "a range over a large table that is stored in that order",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds ranges over a column whose values follow the physical order of a large table, where a BRIN index of a few pages is enough.",
        why_it_is_slow: "The table is read whole, or a B-tree of many megabytes is kept for what a summary per page range can tell.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "[tables.events]\nrows = 80_000_000\n[tables.events.columns.at]\ndistinct = -1\ncorrelation = 0.999\nmin = \"2020-01-01\"\nmax = \"2027-01-01\"",
        example: "SELECT count(DISTINCT kind) FROM events WHERE at >= '2026-10-01' AND at < '2026-11-01';",
        use_instead: "CREATE INDEX ON events USING brin (at);\nSELECT count(DISTINCT kind) FROM events WHERE at >= '2026-10-01' AND at < '2026-11-01';",
        trade_off: "It reads whole page ranges: slower than a B-tree for few rows, useless when the order is lost by updates.",
        interview_question: "When is BRIN better than a B-tree?",
        good_answer: &[
            "A large table that is appended to, and ranges over time.",
            "It is a thousand times smaller.",
            "Correlation near 1 is needed.",
        ],
    },
};

impl Rule for BrinIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Brin], findings);
    }
}
