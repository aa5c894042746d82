use super::{Environment, Explanation, Figures, ServerName, StatisticsSource};
use crate::catalog::{Catalog, HandWrittenStatistics, HandWrittenTable, TableStatistics};
use crate::plan::{Figures as PlanFigures, Measure, NodeType, Plan};
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
    let sized = with_rows_of(plan, catalog);
    let catalog = sized.as_ref().unwrap_or(catalog);
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

/// The catalog with the number of rows of tables that it knows nothing of, where the plan has read them whole.
fn with_rows_of(plan: &Plan, catalog: &Catalog) -> Option<Catalog> {
    let figures = PlanFigures::of(plan);
    let mut tables: Vec<HandWrittenTable> = Vec::new();
    for node in plan.nodes() {
        let read = figures.node(node.id);
        let (NodeType::SeqScan, Some(kept)) = (&node.kind, read.rows) else {
            continue;
        };
        let stopped = read
            .estimate
            .is_some_and(|estimate| estimate.may_have_stopped_early);
        let loops = node.actual.map_or(1.0, |actual| actual.loops);
        let Some(table) = node
            .relation
            .as_deref()
            .and_then(|name| catalog.resolve_table(node.schema.as_deref(), name))
            .filter(|table| table.statistics.is_none())
        else {
            continue;
        };
        // workers share one scan; on the inner side of a loop each round reads all of it
        let rounds = if node.parallel_aware {
            1.0
        } else {
            loops.max(1.0)
        };
        if stopped
            || tables
                .iter()
                .any(|known| known.name == table.name.to_string())
        {
            continue;
        }
        tables.push(HandWrittenTable {
            name: table.name.to_string(),
            line: 0,
            sizes: Some(TableStatistics {
                rows: (kept + read.removed_by_filter.unwrap_or(0.0)) / rounds,
                ..TableStatistics::default()
            }),
            columns: Vec::new(),
        });
    }
    if tables.is_empty() {
        return None;
    }
    let mut with_rows = catalog.clone();
    with_rows
        .apply_statistics(&HandWrittenStatistics {
            tables,
            ..HandWrittenStatistics::default()
        })
        .ok()?;
    Some(with_rows)
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
