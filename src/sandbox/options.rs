use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a [`super::Server`] is started.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Folder of the data, kept when the server ends. `None`: a temporary one, removed at the end.
    pub directory: Option<PathBuf>,
    /// Server settings (`work_mem`, `max_parallel_workers_per_gather`, ...) for every session.
    pub settings: Vec<(String, String)>,
    /// The port to listen on; `None` lets the system choose.
    pub port: Option<u16>,
    /// Ends the session of any client whose statement runs longer.
    /// [`super::Session::within`] sets a deadline for one piece of work.
    pub statement_deadline: Option<Duration>,
    /// Ends the session when the data folder takes more bytes on disk.
    pub max_bytes: Option<u64>,
    /// A folder, such as the one that holds `directory`, which the server process removes when whoever started it is
    /// gone without having done so.
    pub remove_at_end: Option<PathBuf>,
    /// Our own program; found by itself where it is `None` (see [`super::Server::start`]).
    pub program: Option<PathBuf>,
}

/// What the server process is told, as one line of JSON on its standard input.
#[derive(Serialize, Deserialize)]
pub(super) struct ServeOptions {
    pub directory: PathBuf,
    pub password: String,
    pub settings: Vec<(String, String)>,
    pub port: Option<u16>,
    pub statement_deadline_milliseconds: Option<u64>,
    pub max_bytes: Option<u64>,
    /// A folder that the process removes when whoever started it is gone.
    pub remove_at_end: Option<PathBuf>,
}

/// What the server process answers, as one line of JSON on its standard output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ServeReport {
    /// Ready for connections.
    Port(u16),
    /// It could not start.
    Failed(String),
    /// The engine ended a session by crashing; the process ends.
    Crashed(String),
    /// A statement ran past [`ServeOptions::statement_deadline_milliseconds`]; the process ends.
    Deadline,
    /// The data folder outgrew [`ServeOptions::max_bytes`]; the process ends.
    DiskLimit,
}
