use super::support::{about_index, own_indexes};
use crate::query::ExprKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// A partial index whose predicate is always true.
pub struct UselessPartialPredicate;

static INFO: RuleInfo = RuleInfo {
    name: "useless-partial-predicate",
    summary: "a partial index whose predicate is always true",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds partial indexes whose predicate asks for IS NOT NULL of a column that is NOT NULL.",
        why_it_is_slow: "The index holds every row, as a full one would; but PostgreSQL 16 and earlier use it only for queries that imply the predicate.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_at ON events (at) WHERE at IS NOT NULL;",
        use_instead: "CREATE INDEX events_at ON events (at);",
        trade_off: "None.",
        interview_question: "When does a partial index pay?",
        good_answer: &[
            "When the predicate keeps few rows, and the queries ask for it.",
            "The query must imply the predicate.",
            "IS NOT NULL on a NOT NULL column keeps all rows.",
        ],
    },
};

impl Rule for UselessPartialPredicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let Some(bound) = context.schema.index(index.id) else {
                continue;
            };
            let table = context.catalog.table(index.table);
            let always = !bound.predicate.is_empty()
                && bound.predicate.iter().all(|conjunct| match &conjunct.kind {
                    ExprKind::IsNull {
                        operand,
                        negated: true,
                    } => operand
                        .as_column()
                        .and_then(|column| table.columns.get(column.column))
                        .is_some_and(|column| column.not_null),
                    _ => false,
                });
            if !always {
                continue;
            }
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Info,
                Evidence::Schema,
                index,
                format!(
                    "the predicate of index {} is true for every row",
                    index.name.name
                ),
            );
            finding.why = vec!["known from the schema: the column is NOT NULL".to_owned()];
            findings.push(finding);
        }
    }
}
