use std::fs;
use std::process::ExitCode;

use super::arguments::{NewArguments, OutputFormat};
use super::write_json;
use crate::catalog::{Catalog, HandWrittenStatistics, Snapshot, load_schema};
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{AuthorError, SelfCheck, Source, make_pack};
use crate::source::{SourceFile, read_schema};

/// Makes a pack from a slow query; nothing is written unless it passes its own check.
pub(super) fn new(arguments: &NewArguments) -> Result<ExitCode, Failure> {
    let doing = format!(
        "could not make an exercise of {}",
        arguments.query.display()
    );
    let name = arguments
        .output
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .ok_or_else(|| {
            Failure::usage(&doing, "the folder to write has no name")
                .remedy("give one with --output, such as --output exercises/slow-inbox")
        })?;
    if arguments.output.exists() {
        return Err(
            Failure::usage(&doing, format!("{} exists", arguments.output.display()))
                .remedy("give the name of a folder that does not"),
        );
    }
    let read = |path: &std::path::Path| {
        fs::read_to_string(path)
            .map_err(|error| Failure::unable(format!("could not read {}", path.display()), error))
    };
    let query = read(&arguments.query)?;
    let snapshot = arguments.snapshot.as_deref().map(read).transpose()?;
    let (schema, catalog) = match snapshot {
        Some(text) if Snapshot::is_snapshot(&text) => of_snapshot(&text, &doing)?,
        written => {
            let schema = read_ddl(arguments, &doing)?;
            let mut catalog = load_schema(&[SourceFile::new("schema.sql", schema.as_str())]);
            if let Some(text) = written {
                HandWrittenStatistics::from_toml(&text)
                    .and_then(|written| catalog.apply_statistics(&written))
                    .map_err(|error| Failure::usage(&doing, error))?;
            }
            (schema, catalog)
        }
    };
    let source = Source {
        name,
        schema,
        catalog,
        query,
    };
    let progress = Progress::start();
    let checks = SelfCheck {
        seeds: arguments.seeds.max(1),
        runs: arguments.runs.max(1),
    };
    let made = make_pack(&source, checks, &|step| progress.step(step));
    drop(progress);
    let pack = made.map_err(|error| match error {
        AuthorError::Exercise(_) => Failure::unable(&doing, &error).remedy(error.remedy()),
        _ => Failure::usage(&doing, &error).remedy(error.remedy()),
    })?;
    pack.write(&arguments.output)
        .map_err(|error| Failure::unable(&doing, error))?;
    match arguments.format {
        OutputFormat::Json => write_json(&serde_json::json!({
            "exercise": pack.name, "folder": arguments.output, "goal": pack.manifest.goal,
            "rules": pack.manifest.rules, "limits": pack.manifest.limits,
        }))?,
        OutputFormat::Terminal => output::write_to_stdout(|out| {
            writeln!(
                out,
                "wrote {}: {}",
                arguments.output.display(),
                pack.manifest.goal
            )?;
            writeln!(
                out,
                "Read exercise.toml, give it a story, add wrong answers, then: whyslow exercise verify {}",
                arguments.output.display()
            )
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The DDL of `--schema`.
fn read_ddl(arguments: &NewArguments, doing: &str) -> Result<String, Failure> {
    if arguments.schema.is_empty() {
        return Err(Failure::usage(doing, "the tables are not known")
            .remedy("give the schema with --schema, or a snapshot in JSON, which carries it"));
    }
    let files = read_schema(&arguments.schema).map_err(|error| Failure::unable(doing, error))?;
    Ok(files
        .iter()
        .map(|file| format!("{}\n", file.text().trim_end()))
        .collect())
}

/// The schema that a snapshot carries, and its statistics.
fn of_snapshot(text: &str, doing: &str) -> Result<(String, Catalog), Failure> {
    let snapshot = Snapshot::from_json(text).map_err(|error| Failure::usage(doing, error))?;
    let schema = snapshot
        .schema
        .iter()
        .map(|statement| format!("{statement};\n"))
        .collect();
    Ok((schema, snapshot.into_catalog()))
}
