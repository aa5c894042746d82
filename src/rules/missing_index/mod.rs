//! Rules about indexes that are not there.

mod foreign_key_without_index;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[&foreign_key_without_index::ForeignKeyWithoutIndex];
