use super::{Environment, Explanation, Figures, ServerName, StatisticsSource};
use crate::catalog::Catalog;
use crate::plan::{Figures as PlanFigures, Measure, Plan};
use crate::rules::{LintOptions, lint_plan, lint_statement, merge_plan_findings};
use crate::source::StatementText;

/// Explains a plan that some server printed: nothing is planned, run or tried. With the statement, findings have a
/// place in it; with a schema, the rules about statements speak as well.
pub fn explain_plan(
    plan: &Plan,
    statement: Option<&StatementText>,
    catalog: &Catalog,
    lint: &LintOptions,
) -> Explanation {
    let is_known = catalog.tables().next().is_some();
    let mut findings = match statement {
        Some(statement) if is_known => lint_statement(statement, catalog, lint),
        _ => Vec::new(),
    };
    merge_plan_findings(&mut findings, lint_plan(plan, statement, catalog, lint));
    let mut notes = Vec::new();
    if !plan.was_run() {
        notes.push(
            "the plan was not run: EXPLAIN (ANALYZE, BUFFERS, SETTINGS, FORMAT JSON) tells far more".to_owned(),
        );
    } else if plan.root().buffers.is_none() {
        notes.push("the plan has no blocks: add BUFFERS to EXPLAIN (ANALYZE)".to_owned());
    }
    if statement.is_none() {
        notes.push(
            "without the query, findings have no place in it: name its file before --plan"
                .to_owned(),
        );
    }
    Explanation {
        environment: Environment {
            server_version: "unknown".to_owned(),
            server: ServerName::File,
            statistics: StatisticsSource::Live,
            settings: plan.settings.clone(),
        },
        plan: plan.json().clone(),
        figures: figures_of(plan),
        findings,
        attempts: Vec::new(),
        notes,
    }
}

fn figures_of(plan: &Plan) -> Figures {
    let figures = PlanFigures::of(plan);
    Figures {
        cost: figures.whole(Measure::Cost),
        blocks: plan
            .root()
            .buffers
            .map(|buffers| (buffers.blocks() + buffers.temporary()).max(0.0) as u64),
        milliseconds: figures
            .whole(Measure::Time)
            .map(|time| time + plan.planning_time.unwrap_or(0.0)),
    }
}
