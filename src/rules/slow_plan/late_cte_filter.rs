use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A CTE is computed whole, and its only reader throws most of it away.
pub struct PlanLateCteFilter;

static INFO: RuleInfo = RuleInfo {
    name: "plan-late-cte-filter",
    summary: "the plan computes a CTE whole and then throws most of it away",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for a CTE with one reader whose filter keeps a tenth of the rows or less.",
        why_it_is_slow: "A materialized CTE is a fence: conditions outside do not reach the tables inside, so no index \
            serves them.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "WITH recent AS MATERIALIZED (SELECT * FROM tickets) SELECT body FROM recent WHERE id = 17;",
        use_instead: "WITH recent AS NOT MATERIALIZED (SELECT * FROM tickets) SELECT body FROM recent WHERE id = 17;",
        trade_off: "Where the CTE is costly and read more than once, materializing it is right. Volatile functions \
            in it are then run as often as it is inlined.",
        interview_question: "What changed for CTEs in PostgreSQL 12?",
        good_answer: &[
            "before, every CTE was materialized: an optimization fence",
            "since 12 one that is read once, is not recursive and has no side effects is inlined",
            "MATERIALIZED and NOT MATERIALIZED say so explicitly",
        ],
    },
};

impl Rule for PlanLateCteFilter {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::LateCteFilter { computed, kept } = observation.symptom else {
                return None;
            };
            let name = observation.relation.as_deref().unwrap_or("the CTE");
            Some(
                Told::new(format!(
                    "{name} is computed whole, {}, to keep {}",
                    units::rows(computed),
                    units::count(kept)
                ))
                .why(format!(
                    "the filter  {}  is applied behind the materialized CTE, where no index can serve it",
                    observation.clause_or("outside")
                ))
                .fact("rows_computed", computed)
                .fact("rows_kept", kept),
            )
        });
    }
}
