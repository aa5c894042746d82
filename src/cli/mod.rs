//! Command line: definitions, and one thin file per subcommand.

use std::process::ExitCode;

/// Runs the process: arguments in, exit code out.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
