//! `whyslow interview`.

mod conversation;

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueHint};
use conversation::{lead, topic_text};

use super::arguments::GlobalArguments;
use super::exercise::{
    DocumentArguments, OutputArguments, OutputFormat, write_document, write_json,
};
use super::failure::Failure;
use super::output;
use crate::interview::{Interview, Script, ScriptError};
use crate::report::{Screen, scorecard, scorecard_json};

/// Guides an interviewer through a conversation, and writes down what was discussed
#[derive(Debug, Args)]
pub(super) struct InterviewArguments {
    #[command(subcommand)]
    command: InterviewCommand,
}

#[derive(Debug, Subcommand)]
enum InterviewCommand {
    /// List the scripts
    List {
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print a script: questions, what to listen for, follow-ups, exercises
    Show {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Lead through a script; goes on where it was left
    Run {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
        /// Whom it is with
        #[arg(long, value_name = "NAME")]
        candidate: String,
    },
    /// Write the scorecard
    Report {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
        /// Whom it was with
        #[arg(long, value_name = "NAME")]
        candidate: String,
        #[command(flatten)]
        document: DocumentArguments,
    },
}

/// Runs a subcommand of `interview`.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: InterviewArguments,
) -> Result<ExitCode, Failure> {
    let screen = output::screen(global.color);
    match arguments.command {
        InterviewCommand::List { output } => list(&output),
        InterviewCommand::Show { script, output } => show(&find(&script)?, &output, screen),
        InterviewCommand::Run { script, candidate } => lead(&find(&script)?, &candidate, screen),
        InterviewCommand::Report {
            script,
            candidate,
            document,
        } => report(&find(&script)?, &candidate, &document),
    }
}

fn list(output: &OutputArguments) -> Result<ExitCode, Failure> {
    let scripts =
        Script::shipped().map_err(|error| Failure::unable("could not read the scripts", error))?;
    match output.format {
        OutputFormat::Terminal => output::write_to_stdout(|out| {
            for script in &scripts {
                writeln!(
                    out,
                    "{:<22} {}, {} topics, {} minutes",
                    script.name,
                    script.title,
                    script.topics.len(),
                    script.minutes
                )?;
            }
            writeln!(
                out,
                "\nwhyslow interview run SCRIPT --candidate NAME    leads through one of them"
            )
        })?,
        OutputFormat::Json => {
            let interviews: Vec<_> = scripts
                .iter()
                .map(|script| {
                    serde_json::json!({
                        "name": script.name, "title": script.title, "minutes": script.minutes,
                        "topics": script.topics.len(),
                    })
                })
                .collect();
            write_json(&serde_json::json!({ "interviews": interviews }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<Script, Failure> {
    Script::find(name).map_err(|error| {
        let failure = Failure::usage("could not open the script", &error);
        match error {
            ScriptError::Unknown { .. } => {
                failure.remedy("`whyslow interview list` lists them; a file needs its path")
            }
            _ => failure,
        }
    })
}

fn show(script: &Script, output: &OutputArguments, screen: Screen) -> Result<ExitCode, Failure> {
    match output.format {
        OutputFormat::Terminal => output::write_to_stdout(|out| {
            writeln!(out, "{}, {} minutes", script.title, script.minutes)?;
            writeln!(
                out,
                "{}",
                textwrap::fill(script.introduction.trim(), screen.width)
            )?;
            for (at, topic) in script.topics.iter().enumerate() {
                writeln!(out, "\n{}", topic_text(script, at, topic, None, screen))?;
            }
            Ok(())
        })?,
        OutputFormat::Json => write_json(&serde_json::json!({
            "name": script.name, "title": script.title, "minutes": script.minutes,
            "introduction": script.introduction, "topics": script.topics,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn report(
    script: &Script,
    candidate: &str,
    document: &DocumentArguments,
) -> Result<ExitCode, Failure> {
    let doing = "could not write the scorecard";
    let found =
        Interview::find(&script.name, candidate).map_err(|error| Failure::unable(doing, error))?;
    let Some(interview) = found else {
        return Err(Failure::usage(
            doing,
            format!("there was no interview {} with {candidate}", script.name),
        )
        .remedy(format!(
            "whyslow interview run {} --candidate NAME",
            script.name
        )));
    };
    write_document(
        document,
        || scorecard(script, &interview),
        || Ok(scorecard_json(script, &interview)),
    )
}
