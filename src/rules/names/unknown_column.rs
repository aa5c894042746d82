use crate::query::BindProblemKind;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A column that no table of the statement has, or that several have.
pub struct UnknownColumn;

static INFO: RuleInfo = RuleInfo {
    name: "unknown-column",
    summary: "a column that no table of the statement has, or that is ambiguous",
    severity: Severity::Error,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Reports a column that none of the statement's tables has, and names the nearest one; and a column without a \
            table's name that several of them have.",
        why_it_is_slow: "It is not slow, it fails. In a subquery a wrong column can also be taken from the query around it without a word.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY, total int);",
        example_statistics: "",
        example: "SELECT totl FROM orders;",
        use_instead: "SELECT total FROM orders;",
        trade_off: "None.",
        interview_question: "WHERE id IN (SELECT customer_id FROM customers) runs although customers has no column customer_id. Why?",
        good_answer: &[
            "A name that the subquery's tables do not have is looked up in the query around it.",
            "Qualified names prevent it.",
        ],
    },
};

impl Rule for UnknownColumn {
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
            let (message, why, relation) = match &problem.kind {
                BindProblemKind::UnknownColumn {
                    name,
                    relation,
                    nearest,
                } => (
                    match relation {
                        Some(relation) => format!("{relation} has no column {name}"),
                        None => format!("no table here has a column {name}"),
                    },
                    nearest
                        .as_ref()
                        .map(|nearest| format!("the nearest name is {nearest}")),
                    relation.clone(),
                ),
                BindProblemKind::AmbiguousColumn { name } => (
                    format!("several tables have a column {name}"),
                    Some("write the table's name or alias before it".to_owned()),
                    None,
                ),
                BindProblemKind::UnknownTable { .. } => continue,
            };
            let mut finding = Finding::at(
                context.query,
                INFO.name,
                Severity::Error,
                Evidence::Schema,
                problem.span,
                message,
            );
            finding.relation = relation;
            finding.why.extend(why);
            findings.push(finding);
        }
    }
}
