use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A condition on an expression that no index holds.
pub struct ExpressionIndex;

static INFO: RuleInfo = RuleInfo {
    name: "expression-index",
    summary: "a condition on an expression that no index holds",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds conditions on a function or expression of columns, such as lower(email) = ..., where an index on that expression would find the rows.",
        why_it_is_slow: "The expression is computed for every row of the table.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "",
        example: "SELECT id FROM events WHERE doc ->> 'country' = 'FI';",
        use_instead: "CREATE INDEX ON events ((doc ->> 'country'));\nSELECT id FROM events WHERE doc ->> 'country' = 'FI';",
        trade_off: "The expression is computed at each write; only the same expression uses the index; it needs ANALYZE for estimates.",
        interview_question: "WHERE lower(email) = $1 is slow although email is indexed. Why?",
        good_answer: &[
            "The index is ordered by email, not by lower(email).",
            "An index on the expression, or citext.",
            "The function has to be immutable.",
        ],
    },
};

impl Rule for ExpressionIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Expression], findings);
    }
}
