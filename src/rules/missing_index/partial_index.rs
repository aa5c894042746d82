use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A rare constant that an index for just those rows would serve.
pub struct PartialIndex;

static INFO: RuleInfo = RuleInfo {
    name: "partial-index",
    summary: "a rare constant that an index for just those rows would serve",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds conditions with a constant that few rows hold, by the statistics, where an index over those rows alone is much smaller than a full one.",
        why_it_is_slow: "Without it the table is read whole, or a full index is kept for values that nobody searches.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "[tables.events]\nrows = 2_000_000\n[tables.events.columns.kind]\nvalues = { 1 = 0.97, 9 = 0.002 }\ndistinct = 8\n[tables.events.columns.at]\ndistinct = -1\nmin = \"2020-01-01\"\nmax = \"2027-01-01\"",
        example: "SELECT id FROM events WHERE kind = 9 AND at > '2026-01-01';",
        use_instead: "CREATE INDEX ON events (at) WHERE kind = 9;\nSELECT id FROM events WHERE kind = 9 AND at > '2026-01-01';",
        trade_off: "It serves only queries that ask for this value as a constant, not as a parameter of a generic plan.",
        interview_question: "97 % of the orders are done, 3 % are open. Which index serves the open ones?",
        good_answer: &[
            "A partial index WHERE status = 'open'.",
            "It is small, and writes of done orders do not touch it.",
            "The query must imply the predicate.",
        ],
    },
};

impl Rule for PartialIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Partial], findings);
    }
}
