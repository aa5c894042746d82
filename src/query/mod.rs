//! One statement understood: parsing, scopes, columns bound to tables, predicates, keys, nullability.

mod analyze;
mod bind;
mod expr;
mod expr_walk;
mod extents;
pub mod facts;
pub mod functions;
mod model;
mod schema;
mod types;

pub use analyze::{analyze, analyze_text, one_line};
pub use expr::*;
pub use facts::Facts;
pub use model::*;
pub use schema::{BoundIndex, BoundSchema};
pub use types::{is_relabelling, wider};
