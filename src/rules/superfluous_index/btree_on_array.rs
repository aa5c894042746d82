use super::support::{about_index, btrees_on, drop_or_shorten, others_lead};
use crate::catalog::Type;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// A B-tree on an array.
pub struct BtreeOnArray;

static INFO: RuleInfo = RuleInfo {
    name: "btree-on-array",
    summary: "a B-tree on an array",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds B-trees with an array column as a key.",
        why_it_is_slow: "A B-tree serves equality and order of whole arrays. Searches for an element (= ANY, @>, &&) need GIN.",
        example_schema: "CREATE TABLE posts (id bigint PRIMARY KEY, tags text[] NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX posts_tags ON posts (tags);",
        use_instead: "CREATE INDEX posts_tags ON posts USING gin (tags);",
        trade_off: "GIN indexes are slower to write, and do not serve ORDER BY.",
        interview_question: "How do you search for posts with a tag in a text[] column?",
        good_answer: &[
            "GIN, and tags @> ARRAY['x'].",
            "'x' = ANY (tags) cannot use an index.",
            "Or a table of its own for the tags.",
        ],
    },
};

impl Rule for BtreeOnArray {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let is_array = |data_type: &Type| matches!(data_type, Type::Array(_));
        for index in btrees_on(context, is_array) {
            let message = if others_lead(context, index, is_array) {
                "has a whole array among its keys: no search for an element uses it"
            } else {
                "is a B-tree on whole arrays: it serves no search for an element"
            };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                format!("index {} {message}", index.name.name),
            );
            finding.why = vec![
                "known from the schema: the key is an array".to_owned(),
                "@> and && need GIN".to_owned(),
            ];
            finding.fixes.push(drop_or_shorten(
                context,
                index,
                is_array,
                "searches for whole arrays by equality lose their index",
            ));
            findings.push(finding);
        }
    }
}
