use super::support::{Told, report};
use crate::plan::Symptom;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Partitions are read in which nothing is found.
pub struct PlanUnprunedPartitions;

static INFO: RuleInfo = RuleInfo {
    name: "plan-unpruned-partitions",
    summary: "the plan reads partitions in which nothing is found",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for an Append over partitions with one filter, more than half of \
            which gave no row.",
        why_it_is_slow: "Partitions are left out only where the condition compares the partition key itself with a value. \
            Behind a function or cast all of them are read.",
        example_schema: "CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, kind text NOT NULL) PARTITION BY \
            RANGE (at);\nCREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO \
            ('2025-01-01');\nCREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO \
            ('2026-01-01');\nCREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO \
            ('2027-01-01');",
        example_statistics: "",
        example: "SELECT count(*) FROM events WHERE date_trunc('year', at) = '2026-01-01';",
        use_instead: "SELECT count(*) FROM events WHERE at >= '2026-01-01' AND at < '2027-01-01';",
        trade_off: "None where the condition can be put as a range of the key. Else the key does not fit the \
            queries: consider another.",
        interview_question: "When does PostgreSQL leave partitions out?",
        good_answer: &[
            "at planning, where the key is compared with constants",
            "at run time, where it is compared with parameters or values of an outer row (Subplans Removed, \
            never executed)",
            "never through a function or cast on the key",
            "a condition on another column does not prune, however well it correlates",
        ],
    },
};

impl Rule for PlanUnprunedPartitions {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::UnprunedPartitions { scanned, empty } = observation.symptom else {
                return None;
            };
            let table = observation.relation.as_deref().unwrap_or("the table");
            Some(
                Told::new(format!(
                    "{scanned} partitions of {table} are read, {empty} of them for nothing"
                ))
                .why(format!(
                    "the filter  {}  does not tell the planner which partitions can match",
                    observation.clause_or("on them")
                ))
                .fact("partitions_read", scanned)
                .fact("partitions_empty", empty),
            )
        });
    }
}
