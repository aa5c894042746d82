use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::super::arguments::GlobalArguments;
use super::super::failure::Failure;
use super::super::output;
use super::super::progress::Progress;
use super::{ExplainArguments, ExplainFormat};
use crate::catalog::Catalog;
use crate::equivalence::{Checker, CompareError, Options};
use crate::report::write_why_not;
use crate::source::{SourceFile, StatementText};

/// How long the search may take, unless --timeout says otherwise.
const TIME: Duration = Duration::from_secs(10);

/// Shows what a join is there for: the smallest database on which leaving it out changes the result, or that it may go.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ExplainArguments,
    alias: &str,
    statement: &StatementText,
    catalog: &Catalog,
    schema: &[Arc<SourceFile>],
) -> Result<ExitCode, Failure> {
    let doing = format!("could not leave {alias} out of {}", statement.file.path());
    let progress = Progress::start();
    progress.step("Starting PostgreSQL");
    let (mut checker, notes) =
        Checker::embedded(catalog, schema).map_err(|error| Failure::unable(&doing, error))?;
    progress.step("Looking for rows that need the join");
    let options = Options {
        timeout: TIME.min(arguments.timeout),
        seed: arguments.seed,
        names: (statement.file.path().to_owned(), String::new()),
        ..Options::default()
    };
    let answer = checker
        .why_not(statement.text(), alias, &options)
        .map_err(|error| failed(&doing, &error))?;
    drop(progress);
    for note in notes {
        output::note(format_args!("note: {note}"));
    }
    if arguments.format == ExplainFormat::Json {
        output::write_to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        })?;
    } else {
        let screen = output::screen(global.color);
        output::write_to_stdout(|out| write_why_not(out, &answer, screen))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(doing: &str, error: &CompareError) -> Failure {
    match error {
        CompareError::NotRemovable { .. } => Failure::usage(doing, error)
            .remedy("name a joined relation by its alias, as the query writes it"),
        CompareError::Query { .. } | CompareError::NotASelect { .. } => {
            Failure::usage(doing, error)
        }
        CompareError::Schema(_) | CompareError::Server(_) => Failure::unable(doing, error),
    }
}
