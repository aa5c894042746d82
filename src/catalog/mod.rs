//! Tables, columns, constraints, indexes and statistics: from DDL, from a live database, from a snapshot file.

mod adopt_statistics;
mod apply_statistics;
mod collation;
mod ddl;
pub mod live;
mod lookup;
mod mentioned;
mod model;
mod name;
mod restore_calls;
mod snapshot;
mod statistics;
mod statistics_toml;
mod type_from_ast;
mod types;

pub use apply_statistics::Assumption;
pub use collation::is_deterministic_collation;
pub use ddl::{SchemaError, SchemaLoader, SchemaStatement, StatementKind, load_schema};
pub use model::*;
pub use name::{QualifiedName, fold_identifier, quote_identifier, quote_literal};
pub use restore_calls::RestoredStatistics;
pub use snapshot::{Snapshot, SnapshotError, SnapshotIndex, SnapshotTable};
pub use statistics::*;
pub use statistics_toml::StatisticsTomlError;
pub use types::Type;
