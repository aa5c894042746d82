use super::{Documentation, Evidence, FixAvailability, Rule, RuleInfo, Severity};

/// A statement of the schema that could not be read. The driver reports it; here is its description.
pub struct SchemaErrorRule;

static INFO: RuleInfo = RuleInfo {
    name: "schema-error",
    summary: "a statement of the schema cannot be read and was left out",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Reports each statement of the schema files that could not be read or does not fit what came \
            before it. It is left out; the rest of the schema still loads.",
        why_it_is_slow: "What was left out is not known: a table, key or index in it counts as missing, so findings \
            about it may be missing, or wrong.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY);",
        example_statistics: "",
        example: "ALTER TABLE customer ADD COLUMN name text;",
        use_instead: "ALTER TABLE customers ADD COLUMN name text;",
        trade_off: "A dump made by `pg_dump --schema-only` is the surest input: it is complete and in order.",
        interview_question: "How do you get the schema of a production database without its data?",
        good_answer: &[
            "`pg_dump --schema-only`: tables, constraints, indexes and views in an order that loads",
            "statistics come apart: `pg_dump --statistics-only` of version 18 and later, or a snapshot of pg_stats",
        ],
    },
};

impl Rule for SchemaErrorRule {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }
}
