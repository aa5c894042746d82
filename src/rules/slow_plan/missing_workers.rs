use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Fewer parallel workers ran than planned.
pub struct PlanMissingWorkers;

static INFO: RuleInfo = RuleInfo {
    name: "plan-missing-workers",
    summary: "fewer parallel workers ran than the plan counted on",
    severity: Severity::Info,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a Gather with fewer workers launched than planned, that takes \
            50 ms or more and a third of the statement or more.",
        why_it_is_slow: "The plan was chosen because several processes would share the work. With fewer of them another \
            plan might have been faster.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT count(*) FROM tickets WHERE body LIKE '%x%';",
        use_instead: "ALTER ROLE CURRENT_USER SET max_parallel_workers_per_gather = 2;",
        trade_off: "max_parallel_workers and max_worker_processes are shared by all sessions; more of them take \
            processors from others. Under load, fewer workers a query is often the better choice.",
        interview_question: "Workers Planned: 4, Workers Launched: 1. Why?",
        good_answer: &[
            "the pool of max_parallel_workers, shared by all sessions, was used up",
            "max_worker_processes limits that again, and needs a restart",
            "clients that fetch with a cursor or portal limit get none",
        ],
    },
};

impl Rule for PlanMissingWorkers {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::MissingWorkers { planned, launched } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "{} of {} planned workers ran",
                    units::count(launched),
                    units::count(planned)
                ))
                .why("max_parallel_workers, which all sessions share, was used up, or is 0")
                .fact("workers_planned", planned)
                .fact("workers_launched", launched),
            )
        });
    }
}
