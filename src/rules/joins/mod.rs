//! Rules about joins: redundant, weaker than they look, multiplying, missing.

mod outer_join_is_inner;
mod outer_join_never_unmatched;
mod redundant_outer_join;
mod support;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &outer_join_is_inner::OuterJoinIsInner,
    &outer_join_never_unmatched::OuterJoinNeverUnmatched,
    &redundant_outer_join::RedundantOuterJoin,
];
