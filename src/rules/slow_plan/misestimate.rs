use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// The lowest node at which far more or fewer rows came than expected.
pub struct PlanMisestimate;

static INFO: RuleInfo = RuleInfo {
    name: "plan-misestimate",
    summary: "the planner expected far more or far fewer rows than came",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for the lowest node whose rows are off by ten times or more. Nodes \
            above it inherit the error and are not reported, nor are nodes that a LIMIT, a merge join or \
            EXISTS may have stopped early.",
        why_it_is_slow: "Join order, join method and memory are chosen by the expected rows. A nested loop is right for 1 \
            row and ruinous for 100,000.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SELECT c.name FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE t.status = 'open' \
            AND t.created_at > now() - interval '1 day';",
        use_instead: "CREATE STATISTICS tickets_status_created (dependencies, mcv) ON status, created_at FROM tickets;",
        trade_off: "Extended statistics make ANALYZE slower and planning a little. A higher statistics target does \
            too. Neither is for every column.",
        interview_question: "The plan says rows=1 and 300 came. What do you do?",
        good_answer: &[
            "start at the lowest node that is wrong: the errors above follow from it",
            "stale statistics: ANALYZE, and see why autovacuum did not",
            "columns that depend on each other: CREATE STATISTICS",
            "an expression or function without statistics: an expression index or statistics on the \
            expression",
            "a parameter in a generic plan: plan_cache_mode",
        ],
    },
};

impl Rule for PlanMisestimate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::Misestimate {
                estimated,
                actual,
                factor,
                too_low,
                loops,
                turns,
            } = observation.symptom
            else {
                return None;
            };
            let each = if loops > 1.0 { " each time" } else { "" };
            let node = context.plan.node(observation.node)?.title();
            let told = Told::new(format!(
                "{} expected and {} came{each}, {} too {}",
                units::rows(estimated),
                units::count(actual),
                units::times(factor),
                if too_low { "few" } else { "many" }
            ))
            .why(format!(
                "this is the lowest wrong estimate, at {node}; the plan above is built on it"
            ));
            let told = match &observation.clause {
                Some(clause) => told.why(format!("what was estimated:  {clause}")),
                None => told,
            };
            let told = match turns {
                Some(turns) => told.why(format!(
                    "a nested loop was chosen for so few rows: its inner side runs {} times",
                    units::count(turns)
                )),
                None => told,
            };
            Some(
                told.fact("rows_estimated", estimated)
                    .fact("rows_actual", actual)
                    .fact("factor", factor),
            )
        });
    }
}
