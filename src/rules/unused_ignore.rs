use super::{Documentation, Evidence, FixAvailability, Rule, RuleInfo, Severity};

/// An ignore comment that ignores nothing. The driver reports it; here is its description.
pub struct UnusedIgnoreRule;

static INFO: RuleInfo = RuleInfo {
    name: "unused-ignore",
    summary: "an ignore comment hides nothing",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Reports a `-- whyslow: ignore rule` comment that no finding answers to: the query was changed \
            since, the rule's name is misspelled, or the comment stands at the wrong line.\n\n\
            A comment at the end of a line is for findings on that line. A comment on a line of its own is for the \
            line below it and, above the first line of a statement, for the whole statement. \
            `-- whyslow: ignore-file rule` is for the whole file. Several rules are separated by commas, a reason \
            goes into parentheses at the end.",
        why_it_is_slow: "It is not slow. A stale comment hides the finding that comes back one day.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);",
        example_statistics: "",
        example: "-- whyslow: ignore deep-offset (pages are few)\nSELECT name FROM customers WHERE id = 1;",
        use_instead: "SELECT name FROM customers WHERE id = 1;",
        trade_off: "None: remove the comment.",
        interview_question: "When is it right to silence a linter?",
        good_answer: &[
            "where the finding is true but its cost is accepted, with the reason written beside it",
            "as narrowly as possible: one rule at one statement, not a rule everywhere",
        ],
    },
};

impl Rule for UnusedIgnoreRule {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }
}
