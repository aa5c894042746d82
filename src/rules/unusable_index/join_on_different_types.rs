use crate::query::one_line;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

use super::access::column_of;
use super::comparison::{Comparison, Test, comparisons};
use super::implicit_cast::cast_target;
use super::operator_types::type_name;
use super::verdict::{finding, text, verdict};

/// A join whose columns have types that no index operator compares.
pub struct JoinOnDifferentTypes;

static INFO: RuleInfo = RuleInfo {
    name: "join-on-different-types",
    summary: "joined columns differ in type, so the looked-up column is cast",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds joins, IN (SELECT ...) and correlated conditions that compare columns of two types, where PostgreSQL casts \
            the column that would be looked up in its index: integer with numeric, varchar with char(n), char(n) with text and the like. \
            Pairs with an operator of their own (integer with bigint, varchar with text, a domain with its base type) are not reported, \
            nor is the side that drives the join.",
        why_it_is_slow: "A nested loop with an index lookup needs an operator of the index's family. Where PostgreSQL has to cast the inner column, \
            only a hash or merge join over the whole table is left, even if the outer side has a single row.",
        example_schema: "CREATE TABLE suppliers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE quotes (id int PRIMARY KEY, supplier_no numeric(12,0) NOT NULL);",
        example_statistics: "",
        example: "SELECT s.name FROM quotes q\nJOIN suppliers s ON s.id = q.supplier_no\nWHERE q.id = 77;",
        use_instead: "SELECT s.name FROM quotes q\nJOIN suppliers s ON s.id = q.supplier_no::int\nWHERE q.id = 77;",
        trade_off: "Give both columns one type (ALTER TABLE ... TYPE rewrites the table), and a foreign key. \
            A cast of the driving side in the query helps at once, but fails or rounds where a value does not fit.",
        interview_question: "One row on the left, a primary key on the right, and still a hash join over the whole table. What do you look at?",
        good_answer: &[
            "The types of the joined columns, and the cast in the join condition of the plan.",
            "Integer against numeric casts the integer side; its index is lost.",
            "Integer against bigint is fine: the same operator family.",
            "A foreign key would have kept the types alike.",
        ],
    },
};

impl Rule for JoinOnDifferentTypes {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for comparison in comparisons(context) {
            let joins = !comparison.depends.is_empty()
                || comparison.correlated
                || matches!(comparison.test, Test::InSubquery(_));
            if joins {
                findings.extend(check(context, comparison));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let target = cast_target(context, comparison)?;
    let verdict = verdict(context, comparison)?;
    let own = column_of(comparison.table(context), comparison.column()?)?;
    let column = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!(
            "{column} is {} and joined as {}: it is cast for every row, and cannot be looked up",
            own.data_type,
            type_name(&target)
        ),
    );
    finding.label = Some(format!("really ({column})::{}", type_name(&target)));
    finding.why.insert(
        0,
        format!(
            "PostgreSQL compares {} as {}, so an index on {} does not serve",
            one_line(&context.query.file, comparison.conjunct.span),
            type_name(&target),
            own.name
        ),
    );
    finding.why.push(
        "give both columns the same type; until then, cast the other side to this one's".to_owned(),
    );
    Some(finding)
}
