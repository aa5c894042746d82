use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::output;

/// Prints the completion script for a shell.
pub(super) fn run(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "whyslow", &mut script);
    output::write_to_stdout(|out| out.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}
