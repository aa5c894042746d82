use super::support::{Told, part, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// An index finds many rows that a filter then throws away.
pub struct PlanIndexFilter;

static INFO: RuleInfo = RuleInfo {
    name: "plan-index-filter",
    summary: "the plan fetches rows through an index and throws most of them away",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan for an index or bitmap scan whose filter throws away nine of ten fetched rows or \
            more.",
        why_it_is_slow: "Each row that the index finds is fetched from the table, often a block of its own, only to fail \
            the filter. A condition in the index (Index Cond) costs nothing of that.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);\nCREATE INDEX tickets_customer ON tickets \
            (customer_id);",
        example_statistics: "",
        example: "SELECT id FROM tickets WHERE customer_id = 7 AND status = 'open';",
        use_instead: "CREATE INDEX tickets_customer_status ON tickets (customer_id, status);",
        trade_off: "A wider index is larger, and updates of the added column can no longer be HOT. It makes the \
            narrower index needless.",
        interview_question: "What is the difference between Index Cond and Filter in a plan?",
        good_answer: &[
            "Index Cond decides which index entries are read, Filter is tested on rows already fetched from \
            the table",
            "Rows Removed by Filter shows the waste",
            "the remedy is to put the filtered column into the index, equality columns first, or the \
            condition into a partial index",
        ],
    },
};

impl Rule for PlanIndexFilter {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::HeavyIndexFilter {
                read,
                kept,
                for_order,
            } = observation.symptom
            else {
                return None;
            };
            let table = observation.reads();
            let index = observation.index.as_deref().unwrap_or("an index");
            let told = if for_order {
                Told::new(format!(
                    "{table} is read by {index} for its order alone: {}, of which the filter keeps {}",
                    units::rows(read),
                    part(kept, read)
                ))
            } else {
                Told::new(format!(
                    "{index} finds {} of {table}, the filter keeps {}",
                    units::rows(read),
                    part(kept, read)
                ))
            };
            let told = told.why(format!(
                "{} are fetched only to fail  {}",
                units::rows(read - kept),
                observation.clause_or("the filter")
            ));
            Some(
                told.why(if for_order {
                    "the planner hoped to meet the rows wanted early; an index that begins with the filtered columns \
                     and goes on with the order finds them at once"
                } else {
                    "with the filtered column in the index they need not be fetched"
                })
                .fact("rows_read", read)
                .fact("rows_kept", kept),
            )
        });
    }
}
