//! Rules about names that mean nothing in the schema.

mod unknown_column;
mod unknown_table;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] =
    &[&unknown_column::UnknownColumn, &unknown_table::UnknownTable];
