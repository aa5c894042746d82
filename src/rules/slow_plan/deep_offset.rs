use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Rows are made only to be skipped.
pub struct PlanDeepOffset;

static INFO: RuleInfo = RuleInfo {
    name: "plan-deep-offset",
    summary: "the plan makes many rows only to skip them",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a LIMIT with OFFSET that skips a thousand rows or more, ten \
            times as many as it returns.",
        why_it_is_slow: "OFFSET reads and throws away: page 5,000 costs 5,000 times what page 1 costs.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);\nCREATE INDEX tickets_created_id ON \
            tickets (created_at, id);",
        example_statistics: "",
        example: "SELECT id, body FROM tickets ORDER BY created_at, id OFFSET 100000 LIMIT 20;",
        use_instead: "SELECT id, body FROM tickets WHERE (created_at, id) > ('2026-01-01', 4711) ORDER BY created_at, \
            id LIMIT 20;",
        trade_off: "Keyset pagination cannot jump to page 5,000, and needs a unique order and an index for it. In \
            return rows that come or go do not shift the pages.",
        interview_question: "How would you page through a large table?",
        good_answer: &[
            "OFFSET reads all rows before the page",
            "keyset: remember the last row, and ask for what comes after it, with a row comparison",
            "the order has to be unique, so a key is its last column, and an index has to give it",
        ],
    },
};

impl Rule for PlanDeepOffset {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::DeepOffset { skipped, returned } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "{} are made and skipped to return {}",
                    units::rows(skipped),
                    units::count(returned)
                ))
                .why("OFFSET reads what it skips; a condition on the last row seen (keyset) does not")
                .fact("rows_skipped", skipped)
                .fact("rows_returned", returned),
            )
        });
    }
}
