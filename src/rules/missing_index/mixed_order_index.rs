use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// An order of ascending and descending columns that no index has.
pub struct MixedOrderIndex;

static INFO: RuleInfo = RuleInfo {
    name: "mixed-order-index",
    summary: "an order of ascending and descending columns that no index has",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds ORDER BY with ascending and descending columns and LIMIT where no index has that mixture.",
        why_it_is_slow: "An index can be read forwards or backwards, not both at once: all rows are sorted to show a few.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "",
        example: "SELECT id FROM events ORDER BY kind, at DESC LIMIT 10;",
        use_instead: "CREATE INDEX ON events (kind, at DESC);\nSELECT id FROM events ORDER BY kind, at DESC LIMIT 10;",
        trade_off: "One more index for one order.",
        interview_question: "When does DESC in CREATE INDEX matter?",
        good_answer: &[
            "Only in a mixture: a single column or a uniform order is read backwards.",
            "NULLS FIRST and LAST count too.",
        ],
    },
};

impl Rule for MixedOrderIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::MixedOrder], findings);
    }
}
