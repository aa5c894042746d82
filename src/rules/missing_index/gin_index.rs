use super::any_of_array::report_any_of_array;
use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A containment search without a GIN index.
pub struct GinIndex;

static INFO: RuleInfo = RuleInfo {
    name: "gin-index",
    summary: "a containment search without a GIN index",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds @>, ?, && and @@ on jsonb, arrays and tsvector without an index that serves them, and `value = ANY (array \
            column)`, which no index serves unless it is written `array column @> ARRAY[value]`.",
        why_it_is_slow: "Each document is taken apart and compared: the table is read whole.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "",
        example: "SELECT id FROM events WHERE tags @> ARRAY['x'];",
        use_instead: "CREATE INDEX ON events USING gin (tags);\nSELECT id FROM events WHERE tags @> ARRAY['x'];",
        trade_off: "GIN is slower to write than a B-tree and keeps a pending list that VACUUM merges.",
        interview_question: "Which index serves jsonb containment?",
        good_answer: &[
            "GIN; jsonb_path_ops is smaller and serves @> only.",
            "An expression index for one field.",
        ],
    },
};

impl Rule for GinIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Gin], findings);
        report_any_of_array(context, &INFO, findings);
    }
}
