use super::support::{Told, part, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// A table is read whole, and most rows are thrown away.
pub struct PlanDiscardingScan;

static INFO: RuleInfo = RuleInfo {
    name: "plan-discarding-scan",
    summary: "the plan reads a whole table and throws most rows away",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for a sequential scan whose filter throws away nine rows of ten or more, where \
            that takes a tenth of the statement or more. A scan that keeps most rows is right and is not \
            reported, nor is one of a small table.",
        why_it_is_slow: "Every block of the table is read and every row tested, whatever the number of rows wanted: the \
            cost grows with the table, not with the result.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT id, body FROM tickets WHERE status = 'open';",
        use_instead: "CREATE INDEX tickets_open ON tickets (created_at) WHERE status = 'open';",
        trade_off: "An index takes space and every write to the table has to maintain it. Where the filter keeps \
            more than some percent of the rows, spread over all blocks, reading the table whole is faster, \
            and the planner knows.",
        interview_question: "The plan shows a Seq Scan. Is that bad?",
        good_answer: &[
            "it depends on how much of the table is kept: compare rows with Rows Removed by Filter (a rounded \
            average per loop)",
            "an index helps where few rows are wanted, or where they lie together",
            "the filter must be of a form that an index can serve: no function or cast around the column",
            "for a small table reading it whole is the cheapest way",
        ],
    },
};

impl Rule for PlanDiscardingScan {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::DiscardingScan { read, kept } = observation.symptom else {
                return None;
            };
            let table = observation.reads();
            Some(
                Told::new(format!(
                    "all of {table} is read to keep {} of its rows",
                    part(kept, read)
                ))
                .why(format!(
                    "{} are read, {} are kept by  {}",
                    units::rows(read),
                    units::count(kept),
                    observation.clause_or("the filter")
                ))
                .why("no index serves this filter, or the planner thinks that none pays")
                .fact("rows_read", read)
                .fact("rows_kept", kept),
            )
        });
    }
}
