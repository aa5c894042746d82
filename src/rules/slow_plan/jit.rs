use super::support::{Told, report};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, PlanContext, Rule, RuleInfo, Severity,
};

/// Compiling takes a large part of the time.
pub struct PlanJit;

static INFO: RuleInfo = RuleInfo {
    name: "plan-jit",
    summary: "compiling (JIT) takes a large part of the time",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for just-in-time compilation that takes 10 ms or more and a fifth \
            of the time or more.",
        why_it_is_slow: "Compiling pays for long computations over many rows. It is switched on by the estimated cost \
            (jit_above_cost), which a wrong estimate or many partitions drive up.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "SET LOCAL jit_above_cost = 0;\nSELECT count(*) FROM tickets WHERE status = 'open' AND body <> \
            'x';",
        use_instead: "SET LOCAL jit = off;\nSELECT count(*) FROM tickets WHERE status = 'open' AND body <> 'x';",
        trade_off: "Without it long reports may take longer. Raise jit_above_cost, or switch it off for the role \
            that runs short queries.",
        interview_question: "A query of 50 ms got slower after an upgrade to 12. What changed?",
        good_answer: &[
            "jit is on by default since 12",
            "compare JIT Timing Total with the execution time",
            "jit_above_cost, jit_inline_above_cost and jit_optimize_above_cost; the cost estimate that \
            triggers it may itself be wrong",
        ],
    },
};

impl Rule for PlanJit {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        report(context, &INFO, findings, |observation| {
            let Symptom::CompilationTime {
                compilation,
                execution,
            } = observation.symptom
            else {
                return None;
            };
            Some(
                Told::new(format!(
                    "compiling (JIT) takes {} of {}",
                    units::milliseconds(compilation),
                    units::milliseconds(execution)
                ))
                .why("the estimated cost is above jit_above_cost, but the statement is too short for it to pay")
                .fact("compilation_milliseconds", compilation)
                .fact("execution_milliseconds", execution),
            )
        });
    }
}
