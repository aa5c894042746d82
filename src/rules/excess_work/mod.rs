//! Rules about queries that do more than is asked of them.

mod deep_offset;
mod limit_without_order;
mod needless_distinct;
mod needless_group_by_column;
mod support;
mod unused_cte;
mod write_without_predicate;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &deep_offset::DeepOffset,
    &limit_without_order::LimitWithoutOrder,
    &needless_distinct::NeedlessDistinct,
    &needless_group_by_column::NeedlessGroupByColumn,
    &unused_cte::UnusedCte,
    &write_without_predicate::WriteWithoutPredicate,
];
