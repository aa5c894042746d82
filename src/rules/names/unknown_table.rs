use crate::query::BindProblemKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A table that the schema does not have.
pub struct UnknownTable;

static INFO: RuleInfo = RuleInfo {
    name: "unknown-table",
    summary: "a table or alias that the schema does not have",
    severity: Severity::Error,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Reports a table, view, CTE or alias that neither the schema nor the statement defines, and names the nearest one.",
        why_it_is_slow: "It is not slow, it fails. Nothing else can be said about what such a name reads.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY);",
        example_statistics: "",
        example: "SELECT id FROM order_s;",
        use_instead: "SELECT id FROM orders;",
        trade_off: "None. Where the table exists elsewhere, give its schema with --schema as well.",
        interview_question: "How does PostgreSQL find the table that an unqualified name means?",
        good_answer: &[
            "CTE names come first, then the schemas of search_path in order.",
            "Unquoted names are folded to lower case.",
        ],
    },
};

impl Rule for UnknownTable {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for problem in context
            .query
            .problems
            .iter()
            .filter(|problem| problem.certain)
        {
            let BindProblemKind::UnknownTable { name, nearest } = &problem.kind else {
                continue;
            };
            let mut finding = Finding::at(
                context.query,
                INFO.name,
                Severity::Error,
                Evidence::Schema,
                problem.span,
                format!("there is no table {name} in the schema"),
            );
            finding.why = vec![match nearest {
                Some(nearest) => format!("the nearest name is {nearest}"),
                None => {
                    "no table has a name like it; give the schema that defines it with --schema"
                        .to_owned()
                }
            }];
            findings.push(finding);
        }
    }
}
