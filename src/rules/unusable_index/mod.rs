//! Rules about predicates that keep an index from being used.

mod access;
mod comparison;
mod implicit_cast;
mod index_sql;
mod join_on_different_types;
mod number;
mod operator_types;
mod verdict;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &implicit_cast::ImplicitCast,
    &join_on_different_types::JoinOnDifferentTypes,
];
