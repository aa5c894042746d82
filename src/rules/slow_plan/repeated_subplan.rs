use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A correlated subquery is run for each row.
pub struct PlanRepeatedSubplan;

static INFO: RuleInfo = RuleInfo {
    name: "plan-repeated-subplan",
    summary: "the plan runs a subquery once for each row",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for a SubPlan that is not hashed, is run a hundred times or more, and takes most \
            of the statement.",
        why_it_is_slow: "A SubPlan runs for each row outside of it. The planner cannot choose another join method for it, \
            as it can for a join.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT c.name, (SELECT max(t.created_at) FROM tickets t WHERE t.customer_id = c.id) FROM \
            customers c;",
        use_instead: "SELECT c.name, t.latest FROM customers c LEFT JOIN (SELECT customer_id, max(created_at) AS \
            latest FROM tickets GROUP BY customer_id) t ON t.customer_id = c.id;",
        trade_off: "The join computes the subquery for all rows: where few outer rows are left, the subquery with an \
            index is the faster way.",
        interview_question: "What is a correlated subquery, and when does it hurt?",
        good_answer: &[
            "it refers to the row outside, so it runs once for each",
            "cheap with an index and few rows outside, ruinous otherwise",
            "rewrite as a join to a grouped derived table, or LATERAL, or a window function",
            "count over no rows is 0, not NULL: mind it in the rewrite (COALESCE)",
        ],
    },
};

impl Rule for PlanRepeatedSubplan {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::RepeatedSubplan { loops } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "the subquery on {} is run {} times",
                    observation.reads(),
                    units::count(loops)
                ))
                .why(format!(
                    "it depends on the row outside by  {}",
                    observation.clause_or("its condition")
                ))
                .fact("loops", loops),
            )
        });
    }
}
