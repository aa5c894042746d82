mod plan_file;
mod why_not;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::arguments::{FailOn, GlobalArguments, KnowledgeArguments};
use super::configuration::Configuration;
use super::failure::Failure;
use super::fix_check::FixCheck;
use super::knowledge::{self, Knowledge, schema_of};
use super::output;
use super::progress::Progress;
use super::time_limit::time_limit;
use crate::catalog::live::{SnapshotFilter, connect, take_snapshot};
use crate::catalog::{Catalog, QualifiedName};
use crate::explain::{
    ChooseError, ExplainError, Explanation, PlannedOptions, SandboxOptions, Stage, WhatIf,
    analyze_live, choose_statement, explain_in_sandbox, explain_planned,
};
use crate::plan::Plan;
use crate::planner::{
    EmbeddedPlanner, EmbeddedPlannerOptions, LivePlanner, Planner, StatisticsKind,
};
use crate::query::{StatementKind, analyze};
use crate::report::{explanation_json, without_control_characters, write_explanation};
use crate::rewrite::numbered;
use crate::rules::{lint_plan, merge_plan_findings};
use crate::sandbox::ServerOptions;
use crate::sandbox::generate::Progress as Generation;
use crate::source::StatementText;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The query's file; - reads standard input
    #[arg(value_name = "QUERY", value_hint = ValueHint::FilePath, required_unless_present = "plan")]
    query: Option<PathBuf>,

    /// Explain this EXPLAIN output, in JSON or text, as psql, pgAdmin, auto_explain or the server log print it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
        conflicts_with_all = ["database", "snapshot", "rows", "what_if", "apply", "parameters"])]
    plan: Option<PathBuf>,

    #[command(flatten)]
    knowledge: KnowledgeArguments,

    /// Ask a live server (URL or key=value): read-only, EXPLAIN without ANALYZE unless --analyze is given
    #[arg(long, value_name = "URL", conflicts_with = "snapshot")]
    database: Option<String>,

    /// Run the query on the live server as well; statements that write are only ever planned
    #[arg(long, conflicts_with = "plan")]
    analyze: bool,

    /// Which statement of the file: its number or its "-- name:"
    #[arg(long, value_name = "STATEMENT")]
    statement: Option<String>,

    /// Rows to generate, as orders=1000000; may be repeated
    #[arg(long, value_name = "TABLE=NUMBER", value_parser = rows)]
    rows: Vec<(String, u64)>,

    /// The same seed generates the same rows
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Time that a statement may run: 30, 30s, 500ms
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit)]
    timeout: Duration,

    /// Suppose this CREATE INDEX or DROP INDEX; may be repeated
    #[arg(long, value_name = "DDL")]
    what_if: Vec<String>,

    /// A value for the next placeholder ($1, :name, ?), in order; may be repeated
    #[arg(long = "param", value_name = "VALUE")]
    parameters: Vec<String>,

    /// Do not try the rewrites on small databases before they are shown
    #[arg(long)]
    no_check: bool,

    /// What is this join there for? Shows the fewest rows on which leaving it out changes the result
    #[arg(long, value_name = "ALIAS", conflicts_with_all = ["plan", "database", "analyze", "what_if", "apply", "parameters"])]
    why_not: Option<String>,

    /// Show the plan with this attempt (a, b, ...) as well
    #[arg(long, value_name = "LETTER")]
    apply: Option<String>,

    /// How to write the explanation
    #[arg(long, value_enum, default_value_t = ExplainFormat::Terminal)]
    format: ExplainFormat,

    /// The least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    Terminal,
    Json,
}

fn rows(text: &str) -> Result<(String, u64), String> {
    let (table, number) = text
        .split_once('=')
        .ok_or("write TABLE=NUMBER, as in orders=1000000")?;
    let number = number
        .replace('_', "")
        .parse()
        .map_err(|_| format!("{number} is not a number of rows"))?;
    Ok((table.to_owned(), number))
}

/// Explains one query: on generated rows, on a snapshot's statistics, or on a live server.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ExplainArguments,
) -> Result<ExitCode, Failure> {
    let configuration = Configuration::load(global)?;
    let lint = knowledge::lint_options(&arguments.knowledge, &configuration)?;
    if let Some(path) = &arguments.plan {
        return plan_file::run(global, arguments, &configuration, &lint, path);
    }
    let statement = match &arguments.query {
        Some(path) => statement(path, arguments.statement.as_deref())?,
        None => {
            return Err(
                Failure::usage("could not explain", "no query is named").remedy("name its file")
            );
        }
    };
    if let Some(alias) = &arguments.why_not {
        let Knowledge { catalog, schema } = Knowledge::load(&arguments.knowledge, &configuration)?;
        return why_not::run(global, arguments, alias, &statement, &catalog, &schema);
    }
    let what_if = what_if(&arguments.what_if)?;
    let progress = Progress::start();
    let doing = format!(
        "could not explain {}",
        without_control_characters(statement.file.path())
    );
    let planned = PlannedOptions {
        what_if: what_if.clone(),
        parameters: arguments.parameters.clone(),
        lint: lint.clone(),
    };
    let address = address(arguments, &configuration);
    if arguments.analyze && address.is_none() {
        return Err(Failure::usage(&doing, "--analyze is for a live server")
            .remedy("name the server with --database; generated rows are always run"));
    }
    let (explanation, catalog) = if let Some(address) = &address {
        explain_live(arguments, address, &statement, &planned, &progress, &doing)?
    } else {
        let Knowledge { catalog, schema } = Knowledge::load(&arguments.knowledge, &configuration)?;
        if catalog.tables().next().is_none() {
            return Err(Failure::usage(&doing, "no tables are known")
                .remedy("give the schema with --schema, a snapshot with --snapshot, or a server with --database"));
        }
        let snapshot = arguments.knowledge.snapshot.is_some() || configuration.snapshot().is_some();
        if snapshot {
            progress.step("Starting the planner");
            let catalog = Arc::new(catalog);
            let mut planner = EmbeddedPlanner::start(
                Arc::new(catalog.mentioned_in(spoken_of(arguments, &statement))),
                EmbeddedPlannerOptions {
                    statistics: StatisticsKind::Snapshot,
                    deadline: arguments.timeout,
                    server: ServerOptions::default(),
                },
            )
            .map_err(|error| Failure::unable(&doing, error))?;
            let mut check = FixCheck::new(&catalog, &schema, !arguments.no_check);
            let explanation = explain_planned(
                &statement,
                &catalog,
                &mut planner,
                &planned,
                &mut |old, new| check.check(old, new),
            )
            .map_err(|error| failed(&doing, &statement, &error))?;
            (explanation, Arc::unwrap_or_clone(catalog))
        } else {
            let options = SandboxOptions {
                rows: table_rows(&arguments.rows, &catalog)?,
                seed: arguments.seed,
                deadline: arguments.timeout,
                what_if,
                parameters: arguments.parameters.clone(),
                lint,
                server: ServerOptions::default(),
            };
            let mut check = FixCheck::new(&catalog, &schema, !arguments.no_check);
            let explanation = explain_in_sandbox(
                &statement,
                &schema,
                &catalog,
                &options,
                &mut |old, new| check.check(old, new),
                &mut |stage| progress.step(&stage_text(stage)),
            )
            .map_err(|error| failed(&doing, &statement, &error))?;
            (explanation, catalog)
        }
    };
    drop(progress);
    write(global, arguments, &explanation, &catalog)?;
    Ok(exit_code(arguments, &configuration, &explanation))
}

/// The server to ask: that of the command line, else that of whyslow.toml unless the command line names something else
/// to explain with.
fn address(arguments: &ExplainArguments, configuration: &Configuration) -> Option<String> {
    let knowledge = &arguments.knowledge;
    let elsewhere =
        !knowledge.schema.is_empty() || knowledge.snapshot.is_some() || !arguments.rows.is_empty();
    arguments
        .database
        .clone()
        .or_else(|| configuration.database().filter(|_| !elsewhere))
}

/// Texts that name the tables that the planner is asked about.
fn spoken_of<'a>(
    arguments: &'a ExplainArguments,
    statement: &'a StatementText,
) -> impl Iterator<Item = &'a str> {
    arguments
        .what_if
        .iter()
        .map(String::as_str)
        .chain([statement.text()])
}

fn exit_code(
    arguments: &ExplainArguments,
    configuration: &Configuration,
    explanation: &Explanation,
) -> ExitCode {
    let least = arguments
        .fail_on
        .or(configuration.fail_on())
        .unwrap_or(FailOn::Warning)
        .severity();
    let found = least.is_some_and(|least| {
        explanation
            .findings
            .iter()
            .any(|finding| finding.severity >= least)
    });
    if found {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

fn statement(path: &PathBuf, wanted: Option<&str>) -> Result<StatementText, Failure> {
    let files = knowledge::queries(std::slice::from_ref(path))?;
    let doing = format!("could not choose the query of {}", path.display());
    let [file] = files.as_slice() else {
        return Err(
            Failure::usage(&doing, format!("it has {} files", files.len())).remedy("name one file"),
        );
    };
    choose_statement(file, wanted).map_err(|error| {
        let remedy = match &error {
            ChooseError::Empty { .. } => "write a query into it",
            ChooseError::Several { .. } | ChooseError::Missing { .. } => {
                "say which one with --statement NUMBER, or the name in its \"-- name:\" line"
            }
        };
        Failure::usage(&doing, &error).remedy(remedy)
    })
}

fn what_if(texts: &[String]) -> Result<Vec<WhatIf>, Failure> {
    let mut changes = Vec::new();
    for text in texts {
        changes.extend(WhatIf::parse(text).map_err(|error| {
            Failure::usage("could not read --what-if", error)
                .remedy("give one CREATE INDEX or DROP INDEX statement")
        })?);
    }
    Ok(changes)
}

fn table_rows(
    given: &[(String, u64)],
    catalog: &Catalog,
) -> Result<Vec<(QualifiedName, u64)>, Failure> {
    given
        .iter()
        .map(|(name, rows)| {
            let (schema, table) = match name.split_once('.') {
                Some((schema, table)) => (Some(schema), table),
                None => (None, name.as_str()),
            };
            catalog
                .resolve_table(schema, table)
                .map(|table| (table.name.clone(), *rows))
                .ok_or_else(|| {
                    Failure::usage(
                        format!("could not use --rows {name}={rows}"),
                        format!("the schema has no table {name}"),
                    )
                })
        })
        .collect()
}

fn explain_live(
    arguments: &ExplainArguments,
    address: &str,
    statement: &StatementText,
    options: &PlannedOptions,
    progress: &Progress,
    doing: &str,
) -> Result<(Explanation, Catalog), Failure> {
    progress.step("Connecting");
    let mut connection = connect(address).map_err(|error| Failure::unable(doing, error))?;
    progress.step("Reading schema and statistics");
    let snapshot = take_snapshot(&mut connection, &SnapshotFilter::default(), |_| {})
        .map_err(|error| Failure::unable(doing, error))?;
    let schema = [schema_of(&snapshot, "schema of the server".to_owned())];
    let catalog = snapshot.into_catalog();
    let for_planner = Arc::new(catalog.mentioned_in(spoken_of(arguments, statement)));
    let limit = arguments.timeout;
    let mut planner = LivePlanner::new(
        connection,
        limit.as_secs_f64(),
        Some(Box::new(move |_| {
            EmbeddedPlanner::start(
                for_planner,
                EmbeddedPlannerOptions {
                    statistics: StatisticsKind::Live,
                    deadline: limit,
                    server: ServerOptions::default(),
                },
            )
            .map(|planner| Box::new(planner) as Box<dyn Planner>)
        })),
    )
    .map_err(|error| Failure::unable(doing, error))?;
    progress.step("Planning");
    let mut check = FixCheck::new(&catalog, &schema, !arguments.no_check);
    let mut explanation = explain_planned(
        statement,
        &catalog,
        &mut planner,
        options,
        &mut |old, new| check.check(old, new),
    )
    .map_err(|error| failed(doing, statement, &error))?;
    if arguments.analyze {
        let query = analyze(statement, &catalog)
            .map_err(|error| failed(doing, statement, &error.into()))?;
        let writes = !matches!(query.kind, StatementKind::Select(_))
            || query.expressions.iter().any(|expression| {
                matches!(expression.body, crate::query::QueryBody::Write(_)) || expression.locks()
            });
        let open = !numbered(&query, &catalog).parameters.is_empty();
        if writes || open {
            explanation.notes.push(if writes {
                "the statement writes or locks, so it was planned and not run".to_owned()
            } else {
                "the query has placeholders, so it was planned and not run: write values in their place to run it".to_owned()
            });
        } else {
            progress.step("Running the query");
            match analyze_live(
                &mut explanation,
                planner.connection(),
                statement.text(),
                limit,
            ) {
                Ok(()) => {
                    if let Ok(plan) = Plan::from_json(&explanation.plan) {
                        let seen = lint_plan(&plan, Some(statement), &catalog, &options.lint);
                        explanation
                            .findings
                            .retain(|finding| !finding.rule.starts_with("plan-"));
                        merge_plan_findings(&mut explanation.findings, seen);
                    }
                }
                Err(error) => explanation
                    .notes
                    .push(format!("it was not run to its end: {error}")),
            }
        }
    }
    Ok((explanation, catalog))
}

fn failed(doing: &str, statement: &StatementText, error: &ExplainError) -> Failure {
    match error {
        ExplainError::Syntax(syntax) => {
            let place = statement
                .file
                .position(statement.span.start + syntax.offset);
            Failure::usage(
                doing,
                format!(
                    "{}:{}:{}: {syntax}",
                    statement.file.path(),
                    place.line,
                    place.column
                ),
            )
            .remedy("mend the statement; lint reports all that cannot be read")
        }
        other => Failure::unable(doing, other),
    }
}

fn stage_text(stage: Stage<'_>) -> String {
    match stage {
        Stage::Starting => "Starting PostgreSQL".to_owned(),
        Stage::LoadingSchema => "Loading the schema".to_owned(),
        Stage::Generating(Generation::Filling { table, done, rows }) => {
            format!("Filling {table}: {done} of {rows} rows")
        }
        Stage::Generating(Generation::Analyzing {
            table,
            done,
            tables,
        }) => format!("Analyzing {table} ({} of {tables})", done + 1),
        Stage::Running => "Running the query".to_owned(),
        Stage::Trying { number, of } => format!("Trying change {number} of {of}"),
    }
}

fn write(
    global: &GlobalArguments,
    arguments: &ExplainArguments,
    explanation: &Explanation,
    catalog: &Catalog,
) -> Result<(), Failure> {
    if arguments.format == ExplainFormat::Json {
        return output::write_to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &explanation_json(explanation))?;
            writeln!(out)
        });
    }
    let screen = output::screen(global.color);
    for note in &explanation.notes {
        output::note(format_args!("note: {}", without_control_characters(note)));
    }
    output::write_to_stdout(|out| {
        write_explanation(
            out,
            explanation,
            screen,
            arguments.apply.as_deref(),
            &|schema, table| {
                catalog
                    .table_by_name(&QualifiedName::new(schema, table))
                    .and_then(|table| table.statistics.as_ref())
                    .map(|statistics| statistics.rows)
            },
        )
    })
}
