//! Rules about indexes that should not be there, or be different.

mod bloated_index;
mod btree_on_array;
mod btree_on_json;
mod constraint_index_duplicate;
mod duplicate_index;
mod index_blocks_hot;
mod invalid_index;
mod likeness;
mod low_selectivity_index;
mod prefix_index;
mod random_uuid_key;
mod support;
mod text_column_index;
mod timestamp_before_equality;
mod too_many_indexes;
mod unused_index;
mod useless_partial_predicate;
mod wide_index;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &bloated_index::BloatedIndex,
    &index_blocks_hot::IndexBlocksHot,
    &invalid_index::InvalidIndex,
    &random_uuid_key::RandomUuidKey,
    &too_many_indexes::TooManyIndexes,
    &unused_index::UnusedIndex,
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
