use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Many rows are sorted, and LIMIT takes a few.
pub struct PlanSortForLimit;

static INFO: RuleInfo = RuleInfo {
    name: "plan-sort-for-limit",
    summary: "the plan sorts many rows to keep a few",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for a sort right below a LIMIT that takes in thousands of rows and hands on a \
            tenth or less, over rows that an index could give in that order. Sorted aggregates are not \
            reported: no index has their order.",
        why_it_is_slow: "All rows have to be read before the first can be returned. An index in the order of ORDER BY \
            gives the first rows at once, and reading stops there.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT id, body FROM tickets WHERE status = 'open' ORDER BY created_at DESC LIMIT 20;",
        use_instead: "CREATE INDEX tickets_status_created ON tickets (status, created_at DESC);",
        trade_off: "The index has to start with the columns compared by equality, else its order is of no use. It \
            must be maintained on every write.",
        interview_question: "A query with LIMIT 20 reads the whole table. Why, and what helps?",
        good_answer: &[
            "ORDER BY needs all rows before it knows the first 20",
            "an index on the equality columns and then the sort columns, in the same directions, NULLS FIRST \
            or LAST included",
            "then the plan has no Sort, and the scan stops after 20 rows",
        ],
    },
};

impl Rule for PlanSortForLimit {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::SortForLimit { sorted, kept } = observation.symptom else {
                return None;
            };
            Some(
                Told::new(format!(
                    "{} are sorted to keep {}",
                    units::rows(sorted),
                    units::count(kept)
                ))
                .why(format!(
                    "no index gives {} in the order of  {}",
                    observation.reads(),
                    observation.clause_or("ORDER BY")
                ))
                .fact("rows_sorted", sorted)
                .fact("rows_kept", kept),
            )
        });
    }
}
