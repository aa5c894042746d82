use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::arguments::{GlobalArguments, KnowledgeArguments};
use super::configuration::Configuration;
use super::failure::Failure;
use super::knowledge::{self, Knowledge};
use super::output;
use super::progress::Progress;
use super::time_limit::time_limit;
use crate::advise::{Advice, AdviseOptions, AdviseStage, WorkloadStatement, advise};
use crate::catalog::live::{SnapshotFilter, connect, counted_statements, take_snapshot};
use crate::catalog::{Catalog, HandWrittenStatistics, HandWrittenTable, TableStatistics};
use crate::index::ASSUMED_ROWS;
use crate::planner::{EmbeddedPlanner, EmbeddedPlannerOptions, StatisticsKind};
use crate::report::{advice_json, counted, without_control_characters, write_advice};
use crate::sandbox::ServerOptions;
use crate::source::{SourceFile, split};

/// Statements that are taken of pg_stat_statements at most.
const MOST_COUNTED: usize = 500;

#[derive(Debug, Args)]
pub(super) struct AdviseArguments {
    /// Query files, folders or globs; - reads standard input. With --database and none: pg_stat_statements
    #[arg(value_name = "PATHS", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    knowledge: KnowledgeArguments,

    /// Take schema, statistics and, where no queries are named, the workload of a live server, which is only read
    #[arg(long, value_name = "URL", conflicts_with_all = ["snapshot", "schema"])]
    database: Option<String>,

    /// How often a statement runs, by its "-- name:" or file, as Inbox=5000; may be repeated [default: 1]
    #[arg(long, value_name = "STATEMENT=NUMBER", value_parser = calls)]
    calls: Vec<(String, f64)>,

    /// Bytes that all new indexes may take together, as 500MB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_bytes: Option<u64>,

    /// New indexes at most
    #[arg(long, value_name = "NUMBER")]
    max_indexes: Option<usize>,

    /// Time that planning one statement may take: 30, 30s, 500ms
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit)]
    timeout: Duration,

    /// How to write the advice
    #[arg(long, value_enum, default_value_t = AdviseFormat::Terminal)]
    format: AdviseFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AdviseFormat {
    Terminal,
    Json,
}

fn calls(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text
        .rsplit_once('=')
        .ok_or("write STATEMENT=NUMBER, as in Inbox=5000")?;
    match number.replace('_', "").parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok((name.to_owned(), number)),
        _ => Err(format!("{number} is not a number of calls")),
    }
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let factor: f64 = match text[digits.len()..].trim().to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1024.0,
        "m" | "mb" => 1024.0 * 1024.0,
        "g" | "gb" => 1024.0 * 1024.0 * 1024.0,
        unit => return Err(format!("unknown unit {unit}: use kB, MB or GB")),
    };
    match digits.trim().replace('_', "").parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(number) if number.is_finite() && number >= 0.0 => Ok((number * factor) as u64),
        _ => Err(format!("{text} is not a size: write 500MB")),
    }
}

/// Chooses a set of indexes for a workload.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &AdviseArguments,
) -> Result<ExitCode, Failure> {
    let configuration = Configuration::load(global)?;
    let doing = "could not advise";
    let progress = Progress::start();
    let mut workload = Vec::new();
    let elsewhere =
        !arguments.knowledge.schema.is_empty() || arguments.knowledge.snapshot.is_some();
    let address = arguments
        .database
        .clone()
        .or_else(|| configuration.database().filter(|_| !elsewhere));
    let paths = if arguments.paths.is_empty() && arguments.database.is_none() {
        configuration.queries()
    } else {
        arguments.paths.clone()
    };
    for file in knowledge::queries(&paths)? {
        workload.extend(
            split(&file)
                .into_iter()
                .map(|text| WorkloadStatement { text, calls: 1.0 }),
        );
    }
    let (catalog, statistics) = match &address {
        Some(address) => {
            let catalog = of_server(address, &mut workload, &progress, doing)?;
            (catalog, StatisticsKind::Live)
        }
        None => {
            let Knowledge { mut catalog, .. } =
                Knowledge::load(&arguments.knowledge, &configuration)?;
            let assumed = assume_rows(&mut catalog);
            if assumed > 0 {
                output::note(format_args!(
                    "note: {} no statistics: assumed {ASSUMED_ROWS:.0} rows in each; --snapshot or --database tells more",
                    counted(assumed, "table has", "tables have")
                ));
            }
            (catalog, StatisticsKind::Snapshot)
        }
    };
    if catalog.tables().next().is_none() {
        return Err(Failure::usage(doing, "no tables are known")
            .remedy("give the schema with --schema, a snapshot with --snapshot, or a server with --database"));
    }
    if workload.is_empty() {
        return Err(Failure::usage(doing, "there is no statement to plan")
            .remedy("name query files or folders"));
    }
    set_calls(&mut workload, &arguments.calls)?;
    progress.step("Starting the planner");
    // Thousands of tables take the server a minute.
    let spoken_of = workload.iter().map(|one| one.text.text());
    let mut planner = EmbeddedPlanner::start(
        Arc::new(catalog.mentioned_in(spoken_of)),
        EmbeddedPlannerOptions {
            statistics,
            deadline: arguments.timeout,
            server: ServerOptions::default(),
        },
    )
    .map_err(|error| Failure::unable(doing, error))?;
    let options = AdviseOptions {
        max_bytes: arguments.max_bytes,
        max_indexes: arguments.max_indexes,
    };
    let advice = advise(&workload, &catalog, &mut planner, &options, &mut |stage| {
        progress.step(&match stage {
            AdviseStage::Statement { number, of } => {
                format!("Trying indexes for statement {number} of {of}")
            }
            AdviseStage::Weighing { taken } => {
                format!("Weighing indexes: {taken} taken")
            }
        });
    })
    .map_err(|error| Failure::unable(doing, error))?;
    drop(progress);
    write(global, arguments, &advice)?;
    Ok(ExitCode::SUCCESS)
}

/// Schema and statistics of a server; its own count of statements where no others are named.
fn of_server(
    address: &str,
    workload: &mut Vec<WorkloadStatement>,
    progress: &Progress,
    doing: &str,
) -> Result<Catalog, Failure> {
    progress.step("Connecting");
    let mut connection = connect(address).map_err(|error| Failure::unable(doing, error))?;
    progress.step("Reading schema and statistics");
    let snapshot = take_snapshot(&mut connection, &SnapshotFilter::default(), |_| {})
        .map_err(|error| Failure::unable(doing, error))?;
    if workload.is_empty() {
        progress.step("Reading pg_stat_statements");
        let counted = counted_statements(&mut connection, MOST_COUNTED)
            .map_err(|error| Failure::unable(doing, error))?;
        for (number, statement) in counted.iter().enumerate() {
            let file = SourceFile::new(
                format!("pg_stat_statements#{}", number + 1),
                statement.text.as_str(),
            );
            workload.extend(
                split(&file)
                    .into_iter()
                    .take(1)
                    .map(|text| WorkloadStatement {
                        text,
                        calls: statement.calls,
                    }),
            );
        }
    }
    Ok(snapshot.into_catalog())
}

/// Gives tables without statistics a usual number of rows; how many there were.
fn assume_rows(catalog: &mut Catalog) -> usize {
    let unknown: Vec<_> = catalog
        .tables()
        .filter(|table| {
            table.has_storage()
                && table.statistics.is_none()
                && catalog.children_of(table.id).is_empty()
        })
        .map(|table| table.name.clone())
        .collect();
    let statistics = HandWrittenStatistics {
        tables: unknown
            .iter()
            .map(|name| HandWrittenTable {
                name: name.to_string(),
                line: 0,
                sizes: Some(TableStatistics {
                    rows: ASSUMED_ROWS,
                    ..TableStatistics::default()
                }),
                columns: Vec::new(),
            })
            .collect(),
        ..HandWrittenStatistics::default()
    };
    match catalog.apply_statistics(&statistics) {
        Ok(_) => unknown.len(),
        // the names are the catalog's own
        Err(_) => 0,
    }
}

fn set_calls(workload: &mut [WorkloadStatement], given: &[(String, f64)]) -> Result<(), Failure> {
    for (name, calls) in given {
        let mut found = false;
        for statement in workload.iter_mut() {
            if statement.text.name.as_deref() == Some(name) || statement.text.file.path() == name {
                statement.calls = *calls;
                found = true;
            }
        }
        if !found {
            return Err(Failure::usage(
                format!("could not use --calls {name}={calls}"),
                format!("no statement has the name {name}, and no file"),
            )
            .remedy("name a statement by its \"-- name:\" line, or its file as given"));
        }
    }
    Ok(())
}

fn write(
    global: &GlobalArguments,
    arguments: &AdviseArguments,
    advice: &Advice,
) -> Result<(), Failure> {
    if arguments.format == AdviseFormat::Json {
        return output::write_to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &advice_json(advice))?;
            writeln!(out)
        });
    }
    for note in &advice.planner.notes {
        output::note(format_args!("note: {}", without_control_characters(note)));
    }
    for left_out in &advice.left_out {
        output::note(format_args!(
            "note: {}:{} was left out: {}",
            without_control_characters(left_out.statement.file.path()),
            left_out.statement.location().start().line,
            without_control_characters(&left_out.reason)
        ));
    }
    let screen = output::screen(global.color);
    output::write_to_stdout(|out| write_advice(out, advice, screen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(size("500MB"), Ok(500 * 1024 * 1024));
        assert_eq!(size("1.5 GB"), Ok(1_610_612_736));
        assert_eq!(size("8192"), Ok(8192));
        assert!(size("5 apples").is_err());
        assert!(size("-1MB").is_err());
    }

    #[test]
    fn calls_take_a_name_and_a_number() {
        assert_eq!(calls("Inbox=5_000"), Ok(("Inbox".to_owned(), 5000.0)));
        assert!(calls("Inbox").is_err());
        assert!(calls("Inbox=often").is_err());
    }
}
