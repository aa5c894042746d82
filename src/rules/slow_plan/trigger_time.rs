use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A trigger or constraint takes a large part of the time.
pub struct PlanTriggerTime;

static INFO: RuleInfo = RuleInfo {
    name: "plan-trigger-time",
    summary: "a trigger or foreign key takes a large part of the time",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a trigger that takes 10 ms or more and a fifth of the time or \
            more. Foreign keys are checked by triggers, so they are among them.",
        why_it_is_slow: "A foreign key without an index on its own columns makes every DELETE or key UPDATE of the \
            referenced table read the referencing table whole, once for each row.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "DELETE FROM customers WHERE id < 100 AND id NOT IN (SELECT customer_id FROM tickets);",
        use_instead: "CREATE INDEX tickets_customer ON tickets (customer_id);",
        trade_off: "The index costs space and writes. Where rows of the referenced table are never deleted, it is \
            needed only if joins use it.",
        interview_question: "DELETE of ten rows takes a minute, and the plan shows a fast index scan. Where is the time?",
        good_answer: &[
            "in the triggers, which EXPLAIN ANALYZE lists below the plan",
            "foreign keys that refer to the table: their columns have no index",
            "ON DELETE CASCADE goes on to the tables behind",
        ],
    },
};

impl Rule for PlanTriggerTime {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::TriggerTime {
                trigger,
                is_constraint,
                calls,
                time,
                execution,
            } = &observation.symptom
            else {
                return None;
            };
            let what = if *is_constraint {
                "constraint"
            } else {
                "trigger"
            };
            let told = Told::new(format!(
                "the {what} {trigger} takes {} of {}",
                units::milliseconds(*time),
                units::milliseconds(*execution)
            ))
            .why(format!("it is called {} times", units::count(*calls)));
            let told = if *is_constraint {
                told.why("a foreign key reads the referencing table whole each time, unless an index starts with its columns")
            } else {
                told
            };
            Some(
                told.fact("trigger", trigger.as_str())
                    .fact("calls", *calls)
                    .fact("trigger_milliseconds", *time)
                    .fact("execution_milliseconds", *execution),
            )
        });
    }
}
