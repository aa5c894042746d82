use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};

use super::failure::Failure;
use super::output;
use super::progress::Progress;
use crate::catalog::live::{SnapshotFilter, connect, take_snapshot};
use crate::report::without_control_characters;

#[derive(Debug, Args)]
pub(super) struct SnapshotArguments {
    /// The server (URL or key=value); it is only read
    #[arg(long, value_name = "URL")]
    database: String,

    /// Where to write the snapshot [default: standard output]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Take this schema only; may be repeated
    #[arg(long, value_name = "SCHEMA")]
    schema_name: Vec<String>,

    /// Take this table only; may be repeated
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,

    /// Replace the values in the statistics by stand-ins of the same order, so that no data leaves
    #[arg(long)]
    redact: bool,
}

/// Takes schema and statistics of a live server.
pub(super) fn run(arguments: &SnapshotArguments) -> Result<ExitCode, Failure> {
    let doing = "could not take a snapshot";
    let progress = Progress::start();
    progress.step("Connecting");
    let mut connection =
        connect(&arguments.database).map_err(|error| Failure::unable(doing, error))?;
    let filter = SnapshotFilter {
        schemas: arguments.schema_name.clone(),
        tables: arguments.table.clone(),
    };
    let mut snapshot = take_snapshot(&mut connection, &filter, |step| {
        progress.step(&format!("Reading {step}"));
    })
    .map_err(|error| Failure::unable(doing, error))?;
    if arguments.redact {
        snapshot.redact();
    }
    drop(progress);
    for missing in &snapshot.missing {
        output::note(format_args!(
            "note: {}",
            without_control_characters(missing)
        ));
    }
    let text = snapshot.to_json();
    match &arguments.output {
        Some(path) => fs::write(path, text).map_err(|error| {
            Failure::unable(format!("could not write {}", path.display()), error)
                .remedy("name a file that can be written with --output")
        })?,
        None => output::write_to_stdout(|out| writeln!(out, "{text}"))?,
    }
    Ok(ExitCode::SUCCESS)
}
