use super::support::report_kinds;
use crate::index::ProposalKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A search inside text that only trigrams can serve.
pub struct TrigramIndex;

static INFO: RuleInfo = RuleInfo {
    name: "trigram-index",
    summary: "a search inside text that only trigrams can serve",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds the similarity operators of pg_trgm on large tables without a trigram index. LIKE and ILIKE with a leading \
            wildcard, alone or in LIKE ANY, SIMILAR TO, and regular expressions, are reported by `leading-wildcard`, with the same index.",
        why_it_is_slow: "A B-tree is ordered by the beginning of the text; without one the whole table is read.",
        example_schema: "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL, note text NOT NULL, tags text[] NOT NULL, doc jsonb NOT NULL);",
        example_statistics: "[tables.events]\nrows = 2_000_000\n[tables.events.columns.note]\nwidth = 600",
        example: "SELECT id FROM events WHERE note %> 'connection lost';",
        use_instead: "CREATE INDEX ON events USING gin (note gin_trgm_ops);\nSELECT id FROM events WHERE note %> 'connection lost';",
        trade_off: "A trigram index is large and slow to write; patterns of fewer than three characters do not profit.",
        interview_question: "How do you make LIKE '%abc%' fast?",
        good_answer: &[
            "pg_trgm with GIN or GiST.",
            "Full-text search where words are meant.",
            "At least three characters in the pattern.",
        ],
    },
};

impl Rule for TrigramIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        report_kinds(context, &INFO, &[ProposalKind::Trigram], findings);
    }
}
