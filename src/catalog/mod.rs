//! Tables, columns, constraints, indexes and statistics: from DDL, from a live database, from a snapshot file.

mod model;
mod name;
mod statistics;
mod types;

pub use model::*;
pub use name::{QualifiedName, quote_identifier, quote_literal};
pub use statistics::*;
pub use types::Type;
