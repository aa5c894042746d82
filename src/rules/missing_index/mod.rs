//! Rules about indexes that are not there.

mod any_of_array;
mod brin_index;
mod covering_index;
mod expression_index;
mod foreign_key_without_index;
mod gin_index;
#[allow(clippy::module_inception)]
mod missing_index;
mod mixed_order_index;
mod opclass_index;
mod partial_index;
mod support;
mod trigram_index;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &brin_index::BrinIndex,
    &covering_index::CoveringIndex,
    &expression_index::ExpressionIndex,
    &foreign_key_without_index::ForeignKeyWithoutIndex,
    &gin_index::GinIndex,
    &missing_index::MissingIndex,
    &mixed_order_index::MixedOrderIndex,
    &opclass_index::OpclassIndex,
    &partial_index::PartialIndex,
    &trigram_index::TrigramIndex,
];

/// Whether findings of that rule are nothing but a proposed index.
pub(super) fn proposes(rule: &str) -> bool {
    RULES.iter().any(|known| known.info().name == rule)
}
