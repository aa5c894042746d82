use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::output::ColourChoice;

/// Why is this PostgreSQL query slow, what would make it fast, and how do we know?
#[derive(Debug, Parser)]
#[command(name = "whyslow", version, about, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,

    #[command(flatten)]
    pub(super) global: GlobalArguments,
}

#[derive(Debug, Args)]
pub(super) struct GlobalArguments {
    /// Configuration file [default: the whyslow.toml found upwards from the working folder]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Use no configuration file
    #[arg(long, global = true, conflicts_with = "config")]
    pub(super) no_config: bool,

    /// When to colour (NO_COLOR is respected)
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(super) color: ColourChoice,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check queries and the schema's indexes, without a server
    Lint(LintArguments),
    /// List the rules, or print one rule's documentation
    Rules(RulesArguments),
    /// Print a completion script for a shell
    Completions { shell: Shell },
    /// The embedded PostgreSQL's own process
    #[command(name = crate::sandbox::SERVE_COMMAND, hide = true)]
    ServeEmbedded,
}

/// Where schema, statistics and rule levels come from.
#[derive(Debug, Args)]
pub(super) struct KnowledgeArguments {
    /// Schema: DDL files, pg_dump output, or folders of migrations; may be repeated
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) schema: Vec<PathBuf>,

    /// Statistics: the JSON of `whyslow snapshot`, or TOML written by hand
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) snapshot: Option<PathBuf>,

    /// Level of a rule: off, info, warning or error; GLOB limits it to matching files
    #[arg(long = "rule", value_name = "[GLOB:]RULE=LEVEL")]
    pub(super) rules: Vec<String>,

    /// A number that decides when a rule speaks, such as deep-offset=5000
    #[arg(long = "threshold", value_name = "NAME=NUMBER")]
    pub(super) thresholds: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// Query files, folders or globs; - reads standard input
    #[arg(value_name = "PATHS", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) knowledge: KnowledgeArguments,

    /// Files and folders to leave out; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,

    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = "terminal",
          value_parser = clap::builder::PossibleValuesParser::new(crate::report::Format::ALL.map(crate::report::Format::name)))]
    pub(super) format: String,

    /// Apply the rewrites that return the same rows; standard input is written to standard output
    #[arg(long)]
    pub(super) fix: bool,

    /// Show what --fix would change as a unified diff, and write nothing
    #[arg(long)]
    pub(super) diff: bool,

    /// The least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,
}

/// From which severity on a run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FailOn {
    Info,
    Warning,
    Error,
    Never,
}

#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// The rule to explain
    #[arg(value_name = "RULE")]
    pub(super) name: Option<String>,

    /// Write the generated part of the documentation (rules/*.md, findings.schema.json) into a folder
    #[arg(long, hide = true, value_name = "FOLDER", conflicts_with = "name")]
    pub(super) write_docs: Option<PathBuf>,
}
