use super::support::{about_index, btrees_on, drop_or_shorten, others_lead};
use crate::catalog::Type;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// A B-tree on a whole jsonb document.
pub struct BtreeOnJson;

static INFO: RuleInfo = RuleInfo {
    name: "btree-on-json",
    summary: "a B-tree on a whole jsonb document",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds B-trees with a jsonb column as a key.",
        why_it_is_slow: "A B-tree on jsonb serves equality and order of whole documents, which hardly anybody asks for; containment (@>) and key searches (?) need GIN, one field needs an expression index. Documents beyond 2,704 bytes cannot be inserted at all.",
        example_schema: "CREATE TABLE carts (id bigint PRIMARY KEY, content jsonb NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX carts_content ON carts (content);",
        use_instead: "CREATE INDEX carts_content ON carts USING gin (content jsonb_path_ops);",
        trade_off: "GIN indexes are slower to write than B-trees.",
        interview_question: "Which index serves content @> a document?",
        good_answer: &[
            "GIN, with jsonb_path_ops where only containment is asked for.",
            "An expression index on (content ->> 'field') where one field is asked for.",
            "A B-tree on the document compares whole documents.",
        ],
    },
};

impl Rule for BtreeOnJson {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let is_document = |data_type: &Type| matches!(data_type, Type::Json | Type::Jsonb);
        for index in btrees_on(context, is_document) {
            let message = if others_lead(context, index, is_document) {
                "has a whole document among its keys: no search within documents uses it"
            } else {
                "is a B-tree on whole documents: it serves equality of documents only"
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
                "known from the schema: the key is a jsonb column".to_owned(),
                "@> and ? need GIN, one field needs an index on the expression; documents beyond 2,704 bytes are refused".to_owned(),
            ];
            finding.fixes.push(drop_or_shorten(
                context,
                index,
                is_document,
                "searches for whole documents by equality lose their index",
            ));
            findings.push(finding);
        }
    }
}
