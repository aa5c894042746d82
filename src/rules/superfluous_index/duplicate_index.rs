use super::likeness::{is_duplicate, is_free};
use super::support::{about_index, drop_index, own_indexes};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// An index that another one repeats.
pub struct DuplicateIndex;

static INFO: RuleInfo = RuleInfo {
    name: "duplicate-index",
    summary: "an index that another one repeats",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds two indexes of one table with the same method, keys, order, operator classes, collations, predicate and included columns. The one that enforces nothing can go.",
        why_it_is_slow: "Every INSERT and most UPDATEs write both; both take memory and disk; queries use only one.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_kind ON events (kind);\nCREATE INDEX events_kind_again ON events (kind);",
        use_instead: "CREATE INDEX events_kind ON events (kind);",
        trade_off: "None for reads. DROP INDEX takes a short exclusive lock; use CONCURRENTLY on a live table.",
        interview_question: "How do you find indexes that can be dropped without looking at a single query?",
        good_answer: &[
            "Two with the same definition: one can go.",
            "One that is the first columns of another.",
            "Never the one behind a constraint or the replica identity.",
        ],
    },
};

impl Rule for DuplicateIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let all: Vec<_> = own_indexes(context).collect();
        for (number, index) in all.iter().enumerate() {
            if !is_free(context.catalog, index) {
                continue;
            }
            let twin = all.iter().enumerate().find(|(other, twin)| {
                twin.constraint.is_none()
                    && is_duplicate(&context.facts, index, twin)
                    // of two equal ones the later goes
                    && (*other < number || !is_duplicate(&context.facts, twin, index))
            });
            let Some((_, twin)) = twin else { continue };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                format!("index {} repeats {}", index.name.name, twin.name.name),
            );
            finding.why = vec![
                "known from the schema: method, keys, order, operator classes and predicate are the same".to_owned(),
                "each write maintains both, queries use one".to_owned(),
            ];
            finding.fixes.push(drop_index(index, "none for reads"));
            findings.push(finding);
        }
    }
}
