use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::output::ColourChoice;
use super::time_limit::time_limit;

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
    /// Why is one query slow, and what would make it fast? Runs or plans it, and tries each fix
    Explain(super::explain::ExplainArguments),
    /// Choose a set of indexes for a workload, by what a planner says that they gain; nothing is built
    Advise(super::advise::AdviseArguments),
    /// Are two queries equal? A proof, or the rows that tell them apart
    Compare(CompareArguments),
    /// Take schema and statistics of a live server, for lint and explain elsewhere
    Snapshot(super::snapshot::SnapshotArguments),
    /// List the rules, or print one rule's documentation
    Rules(RulesArguments),
    Exercise(super::exercise::ExerciseArguments),
    Interview(super::interview::InterviewArguments),
    /// Print a completion script for a shell
    Completions {
        shell: Shell,
    },
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

    /// Statistics: the JSON of `whyslow snapshot`, output of `pg_dump --statistics`, or TOML by hand
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

    /// Do not try the rewrites on small databases before they are written
    #[arg(long)]
    pub(super) no_check: bool,

    /// With statistics: do not ask the embedded PostgreSQL's planner whether it would use the indexes proposed
    #[arg(long)]
    pub(super) no_planner: bool,

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

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// Two query files or two folders, old and new; with --since, files or folders
    #[arg(value_name = "PATHS", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) knowledge: KnowledgeArguments,

    /// Compare with what the files were at a git revision
    #[arg(long, value_name = "REVISION")]
    pub(super) since: Option<String>,

    /// Time for each pair: 10, 10s, 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit)]
    pub(super) timeout: Duration,

    /// Small databases to try for each pair at most
    #[arg(long, value_name = "NUMBER", default_value_t = crate::equivalence::Options::default().max_databases)]
    pub(super) databases: u64,

    /// The same seed tries the same databases
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,

    /// The order of the rows counts [default: if both queries end in ORDER BY]
    #[arg(long, conflicts_with = "unordered")]
    pub(super) ordered: bool,

    /// The order of the rows does not count
    #[arg(long)]
    pub(super) unordered: bool,

    /// How to write the result: terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"])]
    format: String,

    /// Write the counterexample's INSERT statements to a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,

    /// Print the steps of a proof, and what the search covered
    #[arg(long, short)]
    pub(super) verbose: bool,
}

impl CompareArguments {
    pub(super) fn json(&self) -> bool {
        self.format == "json"
    }
}
