use super::attempt::{AttemptRows, Candidate, Tried};
use super::investigate::{AsItIs, investigate};
use super::{
    Environment, ExplainError, Explanation, Figures, ServerName, StatisticsSource, WhatIf,
};
use crate::catalog::Catalog;
use crate::planner::{
    HypotheticalChange, Parameters, PlannedQuery, Planner, ServerKind, StatisticsKind,
};
use crate::query::analyze;
use crate::rewrite::numbered;
use crate::rules::{
    FixKind, LintOptions, PARAMETER_SENSITIVE_PLAN, RewriteCheck, find_parameter_sensitive_plan,
};
use crate::source::StatementText;

/// How a query is explained without being run.
#[derive(Debug, Clone)]
pub struct PlannedOptions {
    pub what_if: Vec<WhatIf>,
    /// Values for `$1`, `$2`, ... as text; without them the plan is a generic one.
    pub parameters: Vec<String>,
    pub lint: LintOptions,
}

/// Explains a statement by asking a planner, with each fix in place; nothing is run. `check` gives a second opinion on
/// rewrites before they are tried.
///
/// # Errors
/// The statement cannot be read, or the planner refuses it.
pub fn explain_planned(
    statement: &StatementText,
    catalog: &Catalog,
    planner: &mut dyn Planner,
    options: &PlannedOptions,
    check: &mut RewriteCheck<'_>,
) -> Result<Explanation, ExplainError> {
    let query = analyze(statement, catalog)?;
    let numbered = numbered(&query, catalog);
    let parameters = if options.parameters.is_empty() || numbered.parameters.is_empty() {
        Parameters::Generic
    } else {
        let mut values: Vec<Option<String>> =
            options.parameters.iter().cloned().map(Some).collect();
        values.resize(numbered.parameters.len(), None);
        Parameters::Values(values)
    };
    let before = planner.plan_with_parameters(&numbered.sql, &parameters, &[])?;
    let figures = figures_of(&before);
    let as_it_is = AsItIs {
        statement,
        query: &query,
        catalog,
        plan: &before.plan,
        figures,
        run: false,
    };
    let (mut findings, attempts) = investigate(
        &as_it_is,
        &options.what_if,
        &options.lint,
        check,
        &mut |candidate, _, _| {
            attempt(planner, &numbered.sql, &parameters, candidate, catalog)
                .map_err(|error| error.to_string())
        },
    );
    let levels = options.lint.levels.in_file(Some(statement.file.path()));
    if parameters == Parameters::Generic && !levels.is_off(PARAMETER_SENSITIVE_PLAN) {
        // A value that the server does not take for its column leaves the explanation as it is.
        let found =
            find_parameter_sensitive_plan(&query, catalog, &options.lint.thresholds, planner);
        findings.extend(found.ok().flatten());
    }
    let description = planner.description();
    let mut notes = description.notes;
    if !numbered.parameters.is_empty() && parameters == Parameters::Generic {
        notes.push("placeholders are open: this is the plan that PostgreSQL keeps for all values; give some with --param".to_owned());
    }
    Ok(Explanation {
        environment: Environment {
            server_version: description.server_version,
            server: match description.server {
                ServerKind::Embedded => ServerName::Embedded,
                ServerKind::Live => ServerName::Live,
            },
            statistics: match description.statistics {
                StatisticsKind::Generated => StatisticsSource::Generated,
                StatisticsKind::Live => StatisticsSource::Live,
                StatisticsKind::Snapshot | StatisticsKind::None => StatisticsSource::Snapshot,
            },
            settings: Environment::settings_of(&before.plan),
        },
        plan: before.plan,
        figures,
        findings,
        attempts,
        notes,
    })
}

fn figures_of(planned: &PlannedQuery) -> Figures {
    Figures {
        cost: Some(planned.total_cost),
        blocks: None,
        milliseconds: None,
    }
}

fn attempt(
    planner: &mut dyn Planner,
    sql: &str,
    parameters: &Parameters,
    candidate: &Candidate,
    catalog: &Catalog,
) -> Result<Tried, ExplainError> {
    let (planned, index) = match candidate.kind {
        FixKind::CreateIndex | FixKind::DropIndex => {
            let changes = HypotheticalChange::parse(without_extension(&candidate.sql))?;
            let planned = planner.plan_with_parameters(sql, parameters, &changes)?;
            let index = planned.hypothetical.first().cloned();
            (planned, index)
        }
        FixKind::Rewrite | FixKind::AlterTable => {
            let rewritten = crate::query::analyze_text("rewrite", &candidate.sql, catalog)?;
            let sql = numbered(&rewritten, catalog).sql;
            (planner.plan_with_parameters(&sql, parameters, &[])?, None)
        }
    };
    Ok(Tried {
        figures: figures_of(&planned),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        index_bytes: index.as_ref().map(|index| index.bytes().max(0.0) as u64),
        index_used: index.as_ref().map(|index| index.used),
        rows: AttemptRows::NotCompared,
        plan: planned.plan,
    })
}

/// The statement that makes an index, without the one before it that installs an extension for it.
fn without_extension(sql: &str) -> &str {
    match sql.split_once(";\n") {
        Some((first, rest)) if first.starts_with("CREATE EXTENSION") => rest,
        _ => sql,
    }
}
