use super::likeness::{is_duplicate, is_free};
use super::support::{about_index, drop_index, own_indexes};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// An index that repeats the one behind a constraint.
pub struct ConstraintIndexDuplicate;

static INFO: RuleInfo = RuleInfo {
    name: "constraint-index-duplicate",
    summary: "an index that repeats the one behind a constraint",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds an index with the same keys as the index that PostgreSQL makes for a PRIMARY KEY or UNIQUE constraint.",
        why_it_is_slow: "The constraint's index serves every search already; the second one is only written.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_id ON events (id);",
        use_instead: "SELECT 1;",
        trade_off: "None for reads.",
        interview_question: "Do you need an index on a primary key?",
        good_answer: &[
            "No: the constraint makes a unique index by itself.",
            "The same for UNIQUE constraints.",
            "A foreign key, on the other hand, makes none on its own side.",
        ],
    },
};

impl Rule for ConstraintIndexDuplicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            if !is_free(context.catalog, index) {
                continue;
            }
            let table = context.catalog.table(index.table);
            let behind = context
                .catalog
                .indexes_of(table)
                .find(|other| other.constraint.is_some() && is_duplicate(index, other));
            let Some(behind) = behind else { continue };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                format!(
                    "index {} repeats the one behind constraint {}",
                    index.name.name, behind.name.name
                ),
            );
            finding.why = vec![
                format!(
                    "known from the schema: constraint {} has an index with the same keys",
                    behind.name.name
                ),
                "each write maintains both, queries use one".to_owned(),
            ];
            finding.fixes.push(drop_index(index, "none for reads"));
            findings.push(finding);
        }
    }
}
