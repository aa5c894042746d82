//! Command line: definitions, and one thin file per subcommand.

mod advise;
mod arguments;
mod compare;
mod completions;
mod configuration;
mod exercise;
mod explain;
mod failure;
mod fix_check;
mod interview;
mod knowledge;
mod lint;
mod output;
mod progress;
mod rules;
mod snapshot;
mod time_limit;
mod write_back;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;

/// Runs the process: arguments in, exit code out.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(failure) => {
            output::note(&failure);
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    let global = arguments.global;
    match arguments.command {
        Command::Lint(lint) => lint::run(&global, lint),
        Command::Explain(explain) => explain::run(&global, &explain),
        Command::Advise(advise) => advise::run(&global, &advise),
        Command::Compare(compare) => compare::run(&global, &compare),
        Command::Snapshot(snapshot) => snapshot::run(&snapshot),
        Command::Rules(rules) => rules::run(&global, &rules),
        Command::Exercise(exercise) => exercise::run(&global, exercise),
        Command::Interview(interview) => interview::run(&global, interview),
        Command::Completions { shell } => completions::run(shell),
        Command::ServeEmbedded => Ok(crate::sandbox::serve()),
    }
}
