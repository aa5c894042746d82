//! A snapshot: schema and statistics of a database in one JSON file, without its rows.

mod file;
mod into_catalog;
mod redact;
mod value_order;

pub use file::{Snapshot, SnapshotError, SnapshotIndex, SnapshotTable};
