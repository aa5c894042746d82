//! Rules about predicates that keep an index from being used.

mod access;
mod arithmetic_on_column;
mod calendar;
mod cast_on_column;
pub(super) mod comparison;
mod date_trunc_range;
mod each_comparison;
mod function_on_column;
mod implicit_cast;
mod index_sql;
mod join_on_different_types;
mod leading_wildcard;
mod like_needs_opclass;
mod mixed_order;
mod moment_range;
mod negated_predicate;
mod number;
mod operator_types;
mod or_across_columns;
mod pattern;
mod solve;
mod timezone_cast;
mod verdict;
mod wrapped;
mod wrong_leading_column;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &arithmetic_on_column::ArithmeticOnColumn,
    &cast_on_column::CastOnColumn,
    &date_trunc_range::DateTruncRange,
    &function_on_column::FunctionOnColumn,
    &implicit_cast::ImplicitCast,
    &join_on_different_types::JoinOnDifferentTypes,
    &leading_wildcard::LeadingWildcard,
    &like_needs_opclass::LikeNeedsOpclass,
    &mixed_order::MixedOrder,
    &negated_predicate::NegatedPredicate,
    &or_across_columns::OrAcrossColumns,
    &timezone_cast::TimezoneCast,
    &wrong_leading_column::WrongLeadingColumn,
];
