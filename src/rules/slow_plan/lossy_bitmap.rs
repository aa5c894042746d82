use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A bitmap did not fit into work_mem.
pub struct PlanLossyBitmap;

static INFO: RuleInfo = RuleInfo {
    name: "plan-lossy-bitmap",
    summary: "the plan rechecks whole blocks, as a bitmap does not fit into work_mem",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a bitmap heap scan with lossy blocks, a tenth or more of all, \
            that threw rows away in the recheck.",
        why_it_is_slow: "A bitmap that grows beyond work_mem remembers blocks instead of rows. All rows of such a block \
            are tested again.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);\nCREATE INDEX tickets_created ON tickets \
            (created_at);",
        example_statistics: "",
        example: "SELECT count(body) FROM tickets WHERE created_at > '2020-01-01';",
        use_instead: "SET LOCAL work_mem = '64MB';\nSELECT count(body) FROM tickets WHERE created_at > '2020-01-01';",
        trade_off: "work_mem is per node and worker: raise it for the statement. A more selective index makes the \
            bitmap small instead.",
        interview_question: "What do exact and lossy heap blocks mean?",
        good_answer: &[
            "exact: the bitmap holds single rows; lossy: only that some row of the block matches",
            "lossy comes from too little work_mem for the bitmap",
            "Rows Removed by Index Recheck is what it costs",
        ],
    },
};

impl Rule for PlanLossyBitmap {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::LossyBitmap {
                lossy,
                exact,
                rechecked_away,
            } = observation.symptom
            else {
                return None;
            };
            Some(
                Told::new(format!(
                    "the bitmap over {} does not fit into work_mem: {} are tested row by row",
                    observation.reads(),
                    units::blocks(lossy)
                ))
                .why(format!(
                    "{} are read for nothing; {} could be told row by row",
                    units::rows(rechecked_away),
                    units::blocks(exact)
                ))
                .fact("lossy_blocks", lossy)
                .fact("exact_blocks", exact)
                .fact("rows_rechecked_away", rechecked_away),
            )
        });
    }
}
