use std::fs;
use std::process::ExitCode;

use super::arguments::NewArguments;
use crate::catalog::load_schema;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{AuthorError, Source, make_pack};
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
    let schema: String = read_schema(&arguments.schema)
        .map_err(|error| Failure::unable(&doing, error))?
        .iter()
        .map(|file| format!("{}\n", file.text().trim_end()))
        .collect();
    let data = match &arguments.snapshot {
        Some(path) => read(path)?,
        None => assumed_sizes(&schema),
    };
    let source = Source {
        name,
        schema,
        data,
        query,
    };
    let progress = Progress::start();
    let made = make_pack(&source, &|step| progress.step(step));
    drop(progress);
    let pack = made.map_err(|error| match error {
        AuthorError::Exercise(_) => Failure::unable(&doing, error),
        _ => Failure::usage(&doing, error),
    })?;
    pack.write(&arguments.output)
        .map_err(|error| Failure::unable(&doing, error))?;
    output::write_to_stdout(|out| {
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
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Statistics that say nothing but that each table has 100,000 rows.
fn assumed_sizes(schema: &str) -> String {
    load_schema(&[SourceFile::new("schema.sql", schema)])
        .tables()
        .filter(|table| table.has_storage())
        .map(|table| {
            let name = toml::Value::String(table.name.name.clone());
            format!("[tables.{name}]\nrows = 100_000\n")
        })
        .collect()
}
