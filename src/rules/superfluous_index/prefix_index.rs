use super::likeness::{is_free, is_prefix};
use super::support::{about_index, drop_index, own_indexes};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// An index whose columns are the first of another.
pub struct PrefixIndex;

static INFO: RuleInfo = RuleInfo {
    name: "prefix-index",
    summary: "an index whose columns are the first of another",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds a B-tree whose key columns are the first columns of a longer B-tree with the same order, operator classes, collations and predicate. The longer one serves what the shorter one serves.",
        why_it_is_slow: "Each write maintains both. The longer index is larger, so a search in it can read a block more; that rarely pays for a second index.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_kind ON events (kind);\nCREATE INDEX events_kind_at ON events (kind, at);",
        use_instead: "CREATE INDEX events_kind_at ON events (kind, at);",
        trade_off: "The longer index is larger: where the short one is used very often and the other columns are wide, keep both.",
        interview_question: "There are indexes on (a) and on (a, b). Which do you drop?",
        good_answer: &[
            "The one on (a): a B-tree on (a, b) is ordered by a first.",
            "Not the other way round, and not (b).",
            "Keep it if it is unique, partial in another way, or much smaller and hot.",
        ],
    },
};

impl Rule for PrefixIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            if !is_free(context.catalog, index) {
                continue;
            }
            let table = context.catalog.table(index.table);
            let Some(longer) = context
                .catalog
                .indexes_of(table)
                .find(|other| is_prefix(&context.facts, index, other))
            else {
                continue;
            };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                format!(
                    "index {} holds the first columns of {}",
                    index.name.name, longer.name.name
                ),
            );
            finding.why = vec![
                format!(
                    "known from the schema: {} begins with the same keys, so it serves the same searches",
                    longer.name.name
                ),
                "each write maintains both".to_owned(),
            ];
            finding.fixes.push(drop_index(
                index,
                "the longer index is larger: a search in it may read a block more",
            ));
            findings.push(finding);
        }
    }
}
