use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

/// Slow-query puzzles on a real PostgreSQL, graded by what the database reads
#[derive(Debug, Args)]
pub(in crate::cli) struct ExerciseArguments {
    #[command(subcommand)]
    pub(super) command: ExerciseCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ExerciseCommand {
    /// List the exercises
    List {
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print an exercise's task
    Show {
        #[command(flatten)]
        exercise: NameArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Grade an answer: that of the session, or a file with DDL and at most one query
    Check(CheckArguments),
    /// Check packs: as it is each fails, its solution passes, wrong answers get their declared verdicts
    Verify(VerifyArguments),
}

/// Which exercise is meant.
#[derive(Debug, Args)]
pub(super) struct NameArguments {
    /// An exercise of `exercise list`, or the folder of a pack
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(super) name: String,
}

#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(super) format: OutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    Terminal,
    Json,
}

/// Where the data is.
#[derive(Debug, Args)]
pub(super) struct PlaceArguments {
    /// Makes other rows of the same kind
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,

    /// A PostgreSQL of one's own, in a database that is created and dropped [default: the embedded one]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) exercise: NameArguments,

    #[command(flatten)]
    pub(super) place: PlaceArguments,

    /// A file with DDL and at most one query, the rewritten one; - reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) answer: Option<PathBuf>,

    /// Seconds after which a statement is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(super) timeout: u64,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// Folders of packs, or of one pack [default: those in this program]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) packs: Vec<String>,

    /// Number of seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub(super) seeds: u64,

    /// Number of times that statistics are gathered anew, for each seed
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub(super) runs: usize,

    /// A PostgreSQL of one's own [default: the embedded one]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}
