use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// NOT IN with a subquery is run for each row.
pub struct PlanNotInUnhashed;

static INFO: RuleInfo = RuleInfo {
    name: "plan-not-in-unhashed",
    summary: "the plan goes through a NOT IN subquery once for each row",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for NOT IN (SELECT ...) that is not hashed and is gone through a hundred times \
            or more.",
        why_it_is_slow: "NOT IN cannot become an anti-join, as a NULL in the list makes it never true. Its rows are put \
            into a hash table where they fit into work_mem; else the list is gone through for each row.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM tickets);",
        use_instead: "SELECT c.name FROM customers c WHERE NOT EXISTS (SELECT FROM tickets t WHERE t.customer_id = \
            c.id);",
        trade_off: "The same rows only where neither side can be NULL: with a NULL in the list NOT IN gives no rows \
            at all, which is seldom meant.",
        interview_question: "Why is NOT EXISTS preferred to NOT IN?",
        good_answer: &[
            "one NULL in the list, and NOT IN returns nothing",
            "NOT EXISTS is planned as an anti-join: hash, merge or nested loop",
            "NOT IN is a SubPlan, hashed only while it fits into work_mem (times hash_mem_multiplier)",
        ],
    },
};

impl Rule for PlanNotInUnhashed {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::UnhashedNotIn { loops } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "the NOT IN list of {} is gone through {} times",
                    observation.reads(),
                    units::count(loops)
                ))
                .why("it does not fit into work_mem as a hash table, and NOT IN cannot be planned as a join")
                .fact("loops", loops),
            )
        });
    }
}
