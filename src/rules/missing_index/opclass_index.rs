use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A prefix search that needs another operator class.
pub struct OpclassIndex;

static INFO: RuleInfo = RuleInfo {
    name: "opclass-index",
    summary: "a prefix search that needs another operator class",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds LIKE 'abc%' on a column whose index cannot serve it because the collation is not C.",
        why_it_is_slow: "In most collations the order of texts is not the order of their characters, so a plain B-tree cannot find a prefix.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "",
        example: "SELECT id FROM events WHERE note LIKE 'abc%';",
        use_instead: "CREATE INDEX ON events (note text_pattern_ops);\nSELECT id FROM events WHERE note LIKE 'abc%';",
        trade_off: "text_pattern_ops serves equality and prefixes, not ORDER BY in the column's collation.",
        interview_question: "LIKE 'abc%' does not use the index. What is missing?",
        good_answer: &[
            "The C collation, or text_pattern_ops.",
            "LIKE '%abc' cannot use a B-tree in any case.",
        ],
    },
};

impl Rule for OpclassIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::OperatorClass], findings);
    }
}
