use super::support::{about_index, own_indexes};
use crate::catalog::{IndexMethod, quote_identifier};
use crate::rules::{
    Asked, Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext,
    Severity,
};
use crate::rules::{Fix, FixKind, Safety};

/// An index with a range column before one that is asked for by equality.
pub struct TimestampBeforeEquality;

static INFO: RuleInfo = RuleInfo {
    name: "timestamp-before-equality",
    summary: "an index with a range column before one that is asked for by equality",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds B-trees whose first column is a date or time that the queries ask for by range, while they ask for the next column by equality.",
        why_it_is_slow: "The search reads the whole range of the first column and checks the second in each entry. With the equality column first it reads just the entries that match both.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_at_kind ON events (at, kind);\nSELECT id FROM events WHERE kind = 3 AND at >= '2026-01-01';",
        use_instead: "CREATE INDEX events_kind_at ON events (kind, at);\nSELECT id FROM events WHERE kind = 3 AND at >= '2026-01-01';",
        trade_off: "Queries that ask for the range alone may still need an index that begins with it.",
        interview_question: "In which order do the columns of a composite index come?",
        good_answer: &[
            "Equality first, then the sort order, then one range.",
            "After a range column nothing narrows the search any more.",
            "Selectivity decides less than people think.",
        ],
    },
};

impl Rule for TimestampBeforeEquality {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let table = context.catalog.table(index.table);
            let columns: Vec<_> = index.leading_columns().collect();
            let [first, second, ..] = columns.as_slice() else {
                continue;
            };
            let ordered = context
                .catalog
                .base_type(&table.column(*first).data_type)
                .is_date_time();
            if index.method != IndexMethod::Btree || !ordered || index.constraint.is_some() {
                continue;
            }
            // the other way round where the leading column is asked for by equality too
            if context
                .usage
                .asked(table.id, first.0)
                .any(|form| matches!(form, Asked::Equal(_)))
            {
                continue;
            }
            let both = context
                .usage
                .asks_range_beside_equality(table.id, first.0, second.0);
            let served = context.catalog.indexes_of(table).any(|other| {
                other.id != index.id && other.leading_columns().next() == Some(*second)
            });
            if !both || served {
                continue;
            }
            let (range, equal) = (&table.column(*first).name, &table.column(*second).name);
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                format!(
                    "index {} has {range}, asked for by range, before {equal}, asked for by equality",
                    index.name.name
                ),
            );
            finding.why = vec![format!(
                "a search reads the whole range of {range} and checks {equal} in each entry"
            )];
            finding.fixes.push(Fix {
                kind: FixKind::CreateIndex,
                sql: format!(
                    "CREATE INDEX ON {} ({}, {})",
                    table.name.to_sql(),
                    quote_identifier(equal),
                    quote_identifier(range)
                ),
                safety: Safety::Review,
                tradeoff: format!(
                    "drop {} then, unless something asks for {range} alone",
                    index.name.name
                ),
                edits: Vec::new(),
            });
            findings.push(finding);
        }
    }
}
