//! A running PostgreSQL server, versions 12 to 18: connecting to it, and taking a snapshot of schema and statistics.
//! It is only ever read, in a read-only transaction with time limits.

mod address;
mod connection;
mod encryption;
mod password_file;
mod schema;
mod snapshot;
mod statements;
mod statistics;

pub use connection::{ConnectionError, LiveConnection, connect};
pub use snapshot::{LiveSnapshotError, SnapshotFilter, take_snapshot};
pub use statements::{CountedStatement, CountedStatementsError, counted_statements};
