//! What follows from a statement and its schema: keys, nullability, predicates that reject NULL, whether duplicates
//! matter. Computed bottom-up on demand.

mod at_most_one;
mod base_table;
mod duplicates;
mod implication;
mod join_position;
mod keys;
mod known_value;
mod null_rejection;
mod nullability;
mod references;
mod volatility;

pub use at_most_one::{comparable_by_key, comparable_types, determined};
pub use base_table::BaseTable;
pub use duplicates::DuplicatesHarmless;
pub use join_position::{JoinPath, Side};
pub use keys::{KeyProof, OutputKey, UniqueKey};
pub use null_rejection::NullSet;
pub use references::{Place, Reference};

use super::{BoundSchema, Query};

/// Facts about one statement over one schema.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub query: &'a Query,
    pub schema: &'a BoundSchema<'a>,
}

impl<'a> Facts<'a> {
    /// Facts about a statement.
    pub fn new(query: &'a Query, schema: &'a BoundSchema<'a>) -> Self {
        Self { query, schema }
    }
}
