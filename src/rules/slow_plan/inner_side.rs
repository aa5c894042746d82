use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// The inner side of a nested loop is costly and run often.
pub struct PlanInnerSide;

static INFO: RuleInfo = RuleInfo {
    name: "plan-inner-side",
    summary: "the plan repeats a costly inner side of a nested loop",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for a nested loop whose inner side takes most of the time and reads a table \
            whole each time, compares every row with every other, or is repeated far more often than the \
            planner expected.",
        why_it_is_slow: "The inner side runs once for each row of the outer side: what takes 3 ms takes half a minute \
            when repeated 10,000 times.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT c.name, t.body FROM customers c LEFT JOIN tickets t ON t.customer_id = c.id WHERE c.name \
            = 'Ada';",
        use_instead: "CREATE INDEX tickets_customer ON tickets (customer_id);",
        trade_off: "The index costs space and writes. Where the loop comes from a wrong estimate, correct the \
            estimate: the planner then takes a hash join by itself.",
        interview_question: "When is a nested loop the right join, and when is it the problem?",
        good_answer: &[
            "right: few outer rows and an index for the inner side; it returns its first rows at once",
            "wrong: many outer rows, or no index for the join condition",
            "multiply the time of the inner side by its loops",
            "the usual causes are a missing index and an outer side with too low an estimate",
        ],
    },
};

impl Rule for PlanInnerSide {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::CostlyInnerSide {
                loops,
                joined,
                too_many,
            } = observation.symptom
            else {
                return None;
            };
            Some(
                Told::new(format!(
                    "{} is gone through {} times in a nested loop",
                    observation.reads(),
                    units::count(loops)
                ))
                .why(if too_many {
                    format!(
                        "the join gives {}; each turn is short, but the planner expected far fewer of them: correct \
                         the estimate of the outer side",
                        units::rows(joined)
                    )
                } else {
                    format!(
                        "the join gives {}; an index for  {}  would make each turn short",
                        units::rows(joined),
                        observation.clause_or("the join condition")
                    )
                })
                .fact("loops", loops)
                .fact("rows_joined", joined),
            )
        });
    }
}
