use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// An index that finds the rows, and could answer the query alone.
pub struct CoveringIndex;

static INFO: RuleInfo = RuleInfo {
    name: "covering-index",
    summary: "an index that finds the rows, and could answer the query alone",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds queries that read few columns of many rows through an index, where INCLUDE would let an index-only scan answer them without the table.",
        why_it_is_slow: "Each row that the index finds is fetched from the table, often one page for each row.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);\nCREATE INDEX ON events (kind);",
        example_statistics: "[tables.events]\nrows = 5_000_000\n[tables.events.columns.kind]\ndistinct = 500\n[tables.events.columns.note]\nwidth = 200",
        example: "SELECT at FROM events WHERE kind = 3;",
        use_instead: "CREATE INDEX ON events (kind) INCLUDE (at);\nSELECT at FROM events WHERE kind = 3;",
        trade_off: "A larger index; UPDATEs of the included columns write it; the table must be vacuumed for the pages to be visible to all.",
        interview_question: "What must hold for an index-only scan?",
        good_answer: &[
            "All columns that the query reads are in the index.",
            "The visibility map says that the pages are visible to all: VACUUM.",
            "INCLUDE columns do not take part in the search.",
        ],
    },
};

impl Rule for CoveringIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Covering], findings);
    }
}
