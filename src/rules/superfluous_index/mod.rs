//! Rules about indexes that should not be there, or be different.

mod btree_on_array;
mod btree_on_json;
mod constraint_index_duplicate;
mod duplicate_index;
mod likeness;
mod low_selectivity_index;
mod prefix_index;
mod support;
mod text_column_index;
mod timestamp_before_equality;
mod useless_partial_predicate;
mod wide_index;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &btree_on_array::BtreeOnArray,
    &btree_on_json::BtreeOnJson,
    &constraint_index_duplicate::ConstraintIndexDuplicate,
    &duplicate_index::DuplicateIndex,
    &low_selectivity_index::LowSelectivityIndex,
    &prefix_index::PrefixIndex,
    &text_column_index::TextColumnIndex,
    &timestamp_before_equality::TimestampBeforeEquality,
    &useless_partial_predicate::UselessPartialPredicate,
    &wide_index::WideIndex,
];
