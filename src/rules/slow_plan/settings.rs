use super::support::{Told, report};
use crate::plan::Symptom;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Planner settings keep it from good plans.
pub struct PlanSettings;

static INFO: RuleInfo = RuleInfo {
    name: "plan-settings",
    summary: "planner settings are changed in a way that keeps it from good plans",
    severity: Severity::Info,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan with SETTINGS for switched-off plan nodes (enable_* = off), collapse limits \
            below 8, forced generic plans and a work_mem below 4 MB. Settings that describe the machine \
            (random_page_cost, effective_cache_size, larger work_mem) are none of its business.",
        why_it_is_slow: "A switched-off method is missing where it would be the best one, in this statement and in all \
            others.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SET enable_seqscan = off;\nSELECT count(*) FROM tickets;",
        use_instead: "RESET enable_seqscan;\nSELECT count(*) FROM tickets;",
        trade_off: "Some settings were made for a reason: find the query that needed it, and set it there (SET \
            LOCAL, or ALTER FUNCTION ... SET).",
        interview_question: "Somebody set enable_nestloop = off on the server. What do you think of it?",
        good_answer: &[
            "a symptom was treated: some query had a wrong estimate",
            "all other queries lose their best plan",
            "find the wrong estimate, correct it, and reset the setting",
        ],
    },
};

impl Rule for PlanSettings {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::PlannerSettings { changed } = &observation.symptom else {
                return None;
            };
            let list = changed
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect::<Vec<_>>()
                .join(", ");
            Some(
                Told::new(format!("the planner ran with {list}"))
                    .why("the plan may be another without it: RESET it and explain again")
                    .fact("settings", list),
            )
        });
    }
}
