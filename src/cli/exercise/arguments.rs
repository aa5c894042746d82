use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use crate::cli::time_limit::time_limit;

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
    /// Load an exercise and open a prompt on it
    Start(StartArguments),
    /// Grade an answer: that of the session, or a file with DDL and at most one query
    Check(CheckArguments),
    /// Print the next hint, which costs points
    Hint {
        #[command(flatten)]
        exercise: NameArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Put the session's data back to the start
    Reset {
        #[command(flatten)]
        exercise: NameArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print the solution and why it is one; the session earns no points after that
    Reveal {
        #[command(flatten)]
        exercise: NameArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print what happened in the session: statements, plans, hints, verdicts
    Report {
        #[command(flatten)]
        exercise: NameArguments,
        #[command(flatten)]
        document: DocumentArguments,
    },
    /// Write the candidate's handout, or the interviewer's key
    Export(ExportArguments),
    /// Make an exercise from a slow query of one's own
    New(NewArguments),
    /// Check packs: as it is each fails, its solution passes, wrong answers get their declared verdicts
    Verify(VerifyArguments),
}

/// Which exercise is meant.
#[derive(Debug, Args)]
pub(super) struct NameArguments {
    /// An exercise of `exercise list`, or the folder of a pack
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(super) name: String,

    /// Other names, values and sizes, so that known answers do not help
    #[arg(long, value_name = "SEED")]
    pub(super) variant: Option<u64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OutputArguments {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(in crate::cli) format: OutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    Terminal,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DocumentFormat {
    Markdown,
    Html,
    Json,
}

/// How a document is written, and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct DocumentArguments {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub(in crate::cli) format: DocumentFormat,

    /// File to write to [default: standard output]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) output: Option<PathBuf>,
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
pub(super) struct StartArguments {
    #[command(flatten)]
    pub(super) exercise: NameArguments,

    #[command(flatten)]
    pub(super) place: PlaceArguments,

    /// Open no prompt: let psql or an editor in, one client at a time
    #[arg(long)]
    pub(super) serve: bool,

    /// Time after which a statement is stopped: 30, 30s, 500ms
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit)]
    pub(super) timeout: Duration,

    /// Begin anew, also where there is a session already
    #[arg(long)]
    pub(super) fresh: bool,

    /// Megabytes of disk that the exercise may take (at least 400 more than its data); a statement that needs more is
    /// stopped
    #[arg(long, value_name = "MB", default_value_t = 2000)]
    pub(super) max_megabytes: u64,

    /// How to write the task and the address of the server
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "terminal",
        requires_if("json", "serve")
    )]
    pub(super) format: OutputFormat,
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

    /// Time after which a statement is stopped: 30, 30s, 500ms
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time_limit)]
    pub(super) timeout: Duration,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub(super) exercise: NameArguments,

    /// What the candidate gets: the task, schema and query, nothing that helps
    #[arg(long, conflicts_with = "key", required_unless_present = "key")]
    pub(super) handout: bool,

    /// What the interviewer gets: explanation, solution, plans, rubric, follow-ups
    #[arg(long)]
    pub(super) key: bool,

    #[command(flatten)]
    pub(super) document: DocumentArguments,
}

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// A file with the slow query
    #[arg(value_name = "QUERY", value_hint = ValueHint::FilePath)]
    pub(super) query: PathBuf,

    /// Schema: DDL files, pg_dump output, or folders of migrations; may be repeated
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) schema: Vec<PathBuf>,

    /// Statistics from which the rows are generated: written by hand (TOML), or what `snapshot` writes (JSON)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) snapshot: Option<PathBuf>,

    /// Folder to write; its name is the exercise's
    #[arg(long, short, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) output: PathBuf,

    /// Number of seeds that the pack has to pass its own check on
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub(super) seeds: u64,

    /// Number of times that statistics are gathered anew, for each seed
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub(super) runs: usize,

    /// How to write what was made
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(super) format: OutputFormat,
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

    /// Verify this variant of each pack
    #[arg(long, value_name = "SEED")]
    pub(super) variant: Option<u64>,

    /// A PostgreSQL of one's own [default: the embedded one]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,

    #[command(flatten)]
    pub(super) output: OutputArguments,
}
