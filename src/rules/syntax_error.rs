use super::{Documentation, Evidence, FixAvailability, Rule, RuleInfo, Severity};

/// A statement that cannot be read. The driver reports it; here is its description.
pub struct SyntaxErrorRule;

static INFO: RuleInfo = RuleInfo {
    name: "syntax-error",
    summary: "a statement cannot be read",
    severity: Severity::Error,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Reports a statement that is not SQL as PostgreSQL reads it, or uses syntax that whyslow does \
            not know yet. The statements around it are checked all the same.",
        why_it_is_slow: "A statement that cannot be read cannot be checked: nothing is known about it.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);",
        example_statistics: "",
        example: "SELECT name FORM customers;",
        use_instead: "SELECT name FROM customers;",
        trade_off: "If PostgreSQL accepts the statement, the fault is whyslow's: set the rule to `off` for that path, \
            or put `-- whyslow: ignore syntax-error` above the statement.",
        interview_question: "PostgreSQL says `syntax error at or near \"customers\"`. Where do you look?",
        good_answer: &[
            "at the token before the one that is named: the parser stops at the first token that does not fit",
            "at a missing comma, a misspelled keyword, or an unquoted reserved word used as a name",
        ],
    },
};

impl Rule for SyntaxErrorRule {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }
}
