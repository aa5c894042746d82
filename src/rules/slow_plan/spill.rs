use super::support::{Told, report};
use crate::plan::{SpillOperation, Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A sort, hash or aggregation went to disk.
pub struct PlanSpill;

static INFO: RuleInfo = RuleInfo {
    name: "plan-spill",
    summary: "the plan sorts or hashes on disk, as work_mem does not suffice",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a sort by external merge, a hash join in several batches, or a \
            hashed aggregation that went to disk, of a megabyte or more.",
        why_it_is_slow: "What does not fit into work_mem is written to temporary files and read again.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT id, body FROM tickets ORDER BY body;",
        use_instead: "SET LOCAL work_mem = '256MB';\nSELECT id, body FROM tickets ORDER BY body;",
        trade_off: "work_mem is per sort or hash and per worker, not per connection: set it for the statement or \
            role that needs it, not for the server. Better still: sort fewer or narrower rows, or let an \
            index give the order.",
        interview_question: "Sort Method: external merge Disk: 96MB. What does it tell, and what would you do?",
        good_answer: &[
            "the sort did not fit into work_mem and went through temporary files",
            "first ask whether so many rows and such wide ones need sorting at all",
            "then an index in that order, then work_mem for this statement (SET LOCAL)",
            "why not raise work_mem for all: connections times nodes times workers",
        ],
    },
};

impl Rule for PlanSpill {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::SpillToDisk {
                operation,
                kilobytes,
                batches,
            } = observation.symptom
            else {
                return None;
            };
            let what = match operation {
                SpillOperation::Sort => "the sort",
                SpillOperation::HashJoin => "the hash join",
                SpillOperation::Aggregate => "the hashed aggregation",
            };
            let size = kilobytes.map_or_else(
                || format!("{} batches", units::count(batches.unwrap_or(0.0))),
                units::kilobytes,
            );
            let mut told = Told::new(format!(
                "{what} of {} goes to disk: {size}",
                observation.reads()
            ))
            .why(
                "it does not fit into work_mem, so it is written to temporary files and read again",
            );
            if let Some(clause) = &observation.clause {
                told = told.why(format!("what it works on:  {clause}"));
            }
            if let Some(kilobytes) = kilobytes {
                told = told.fact("kilobytes", kilobytes);
            }
            if let Some(batches) = batches {
                told = told.fact("batches", batches);
            }
            Some(told)
        });
    }
}
