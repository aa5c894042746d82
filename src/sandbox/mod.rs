//! The embedded PostgreSQL: its server process, loading a schema, generating rows, measuring.

mod copy;
mod databases;
mod disk;
mod error;
pub mod generate;
#[cfg(feature = "embedded")]
mod handshake;
mod load;
mod measure;
mod options;
#[cfg(feature = "embedded")]
mod serve;
mod server;
mod session;
mod template;
mod temporary;

pub use copy::copy_folder;
pub use disk::bytes_on_disk;
pub use error::SandboxError;
pub use load::{LoadFailure, LoadReport, load_schema};
pub use measure::{
    BuiltIndex, Measurement, RowComparison, Run, build_index, compare_rows, drop_index, measure,
    plan,
};
pub use options::ServerOptions;
pub use server::Server;
pub use session::Session;
pub use template::cache_folder;
pub use temporary::folder as temporary_folder;

use std::process::ExitCode;

/// Name of the hidden subcommand that [`Server::start`] runs our own program with.
pub const SERVE_COMMAND: &str = "serve-embedded";

/// The engine's version: data folders of one are not shared with another.
const ENGINE: &str = "oliphaunt-0.3.2";

/// The body of the hidden subcommand [`SERVE_COMMAND`]: takes its options from standard input, serves until
/// standard input ends.
pub fn serve() -> ExitCode {
    #[cfg(feature = "embedded")]
    {
        serve::run()
    }
    #[cfg(not(feature = "embedded"))]
    {
        eprintln!("{}", SandboxError::NotBuilt);
        ExitCode::from(3)
    }
}
