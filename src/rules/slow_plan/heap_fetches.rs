use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// An index-only scan has to look into the table.
pub struct PlanHeapFetches;

static INFO: RuleInfo = RuleInfo {
    name: "plan-heap-fetches",
    summary: "an index-only scan has to look into the table",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for an index-only scan with heap fetches for a tenth of its rows or \
            more.",
        why_it_is_slow: "An index does not know which rows are visible. Where the visibility map does not say that all \
            rows of a block are, the block has to be read: the scan is index-only in name.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);\nCREATE INDEX tickets_customer ON tickets \
            (customer_id);",
        example_statistics: "",
        example: "SELECT count(customer_id) FROM tickets WHERE customer_id < 100;",
        use_instead: "ALTER TABLE tickets SET (autovacuum_vacuum_scale_factor = 0.02, \
            autovacuum_vacuum_insert_scale_factor = 0.02);",
        trade_off: "More frequent vacuum costs I/O in the background. A table that is rewritten all the time will \
            never be all-visible: then do not count on index-only scans.",
        interview_question: "An Index Only Scan shows Heap Fetches: 60000. What is going on?",
        good_answer: &[
            "the visibility map is not up to date, so rows are looked up in the table",
            "VACUUM sets it; writes clear it",
            "tune autovacuum for the table, the insert threshold (13 and later) for append-only ones",
        ],
    },
};

impl Rule for PlanHeapFetches {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::HeapFetches { fetches, rows } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "the index-only scan looks into {} {} times for {}",
                    observation.reads(),
                    units::count(fetches),
                    units::rows(rows)
                ))
                .why("the visibility map does not cover these blocks: VACUUM has not run since they were written")
                .fact("heap_fetches", fetches)
                .fact("rows", rows),
            )
        });
    }
}
