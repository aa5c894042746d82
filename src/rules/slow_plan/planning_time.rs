use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Planning takes longer than running.
pub struct PlanPlanningTime;

static INFO: RuleInfo = RuleInfo {
    name: "plan-planning-time",
    summary: "planning takes longer than running",
    severity: Severity::Info,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a planning time of 10 ms or more that exceeds the execution \
            time.",
        why_it_is_slow: "Planning is repeated on each call. It grows with joins (join orders), partitions, indexes, and \
            statistics targets.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT c.name FROM customers c JOIN tickets a ON a.customer_id = c.id JOIN tickets b ON b.id = \
            a.id WHERE c.id = 1;",
        use_instead: "PREPARE named (bigint) AS SELECT c.name FROM customers c JOIN tickets a ON a.customer_id = c.id \
            JOIN tickets b ON b.id = a.id WHERE c.id = $1;",
        trade_off: "A prepared statement may come to a generic plan, which does not know the values: right for keys, \
            wrong for skewed columns. The first plan of a session also fills its caches and is slower than \
            those after it.",
        interview_question: "Planning Time: 80 ms, Execution Time: 2 ms. What would you do?",
        good_answer: &[
            "run it again: the first plan of a session fills the catalog caches",
            "prepared statements, so that planning is shared",
            "fewer partitions, joins and redundant indexes; a lower default_statistics_target",
            "catalog bloat by many temporary tables",
        ],
    },
};

impl Rule for PlanPlanningTime {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::PlanningTime {
                planning,
                execution,
            } = observation.symptom
            else {
                return None;
            };
            Some(
                Told::new(format!(
                    "planning takes {}, running {}",
                    units::milliseconds(planning),
                    units::milliseconds(execution)
                ))
                .why("run it twice: the first plan of a session also fills its caches")
                .fact("planning_milliseconds", planning)
                .fact("execution_milliseconds", execution),
            )
        });
    }
}
