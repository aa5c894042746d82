use std::fs;
use std::process::ExitCode;

use serde_json::Value;

use super::arguments::{DocumentArguments, DocumentFormat, ExportArguments, NameArguments};
use super::{failure, pack, session_pack};
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{LoadOptions, Session, Stock};
use crate::report::{Document, handout, handout_json, key, key_json, session_report};

/// Writes what happened in the session.
pub(super) fn report(
    exercise: &NameArguments,
    document: &DocumentArguments,
) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not report";
    let found = Session::find(&pack.name).map_err(|error| failure(doing, &error))?;
    let Some(session) = found else {
        return Err(
            Failure::usage(doing, format!("{} was not begun", pack.name))
                .remedy(format!("whyslow exercise start {}", pack.name)),
        );
    };
    write_document(
        document,
        || session_report(&pack, &session),
        || serde_json::to_value(&session),
    )
}

/// Writes the handout or the key.
pub(super) fn export(arguments: &ExportArguments) -> Result<ExitCode, Failure> {
    let pack = pack(&arguments.exercise)?;
    if !arguments.key {
        return write_document(
            &arguments.document,
            || handout(&pack),
            || Ok(handout_json(&pack)),
        );
    }
    let progress = Progress::start();
    let options = LoadOptions {
        seed: 1,
        database: None,
        cached: true,
        ..LoadOptions::default()
    };
    let stock = Stock::load(&pack, &options, &|step| progress.step(step))
        .map_err(|error| failure("could not measure for the key", &error))?;
    drop(progress);
    write_document(
        &arguments.document,
        || key(&pack, Some(&stock.baseline)),
        || key_json(&pack, &stock.baseline),
    )
}

/// Writes a document in the form that was asked for.
pub(in crate::cli) fn write_document(
    arguments: &DocumentArguments,
    document: impl FnOnce() -> Document,
    json: impl FnOnce() -> serde_json::Result<Value>,
) -> Result<ExitCode, Failure> {
    let text = match arguments.format {
        DocumentFormat::Markdown => document().to_markdown(),
        DocumentFormat::Html => document().to_html(),
        DocumentFormat::Json => {
            json()
                .and_then(|value| serde_json::to_string_pretty(&value))
                .map_err(|error| Failure::unable("could not write the results", error))?
                + "\n"
        }
    };
    match &arguments.output {
        Some(path) => fs::write(path, text).map_err(|error| {
            Failure::unable(format!("could not write {}", path.display()), error)
        })?,
        None => output::write_to_stdout(|out| out.write_all(text.as_bytes()))?,
    }
    Ok(ExitCode::SUCCESS)
}
