//! Tables, columns, constraints, indexes and statistics: from DDL, from a live database, from a snapshot file.

mod apply_statistics;
mod model;
mod name;
mod statistics;
mod statistics_toml;
mod types;

pub use apply_statistics::Assumption;
pub use model::*;
pub use name::{QualifiedName, quote_identifier, quote_literal};
pub use statistics::*;
pub use statistics_toml::StatisticsTomlError;
pub use types::Type;
