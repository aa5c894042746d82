//! Rules about joins: redundant, weaker than they look, multiplying, missing.

mod cartesian_join;
mod duplicate_join;
mod join_fan_out;
mod not_in_nullable;
mod outer_join_is_inner;
mod outer_join_never_unmatched;
mod postgresql;
mod redundant_inner_join;
mod redundant_outer_join;
mod renaming;
pub(in crate::rules) mod support;

use super::Rule;

pub(super) use redundant_outer_join::RedundantSide;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &cartesian_join::CartesianJoin,
    &duplicate_join::DuplicateJoin,
    &join_fan_out::JoinFanOut,
    &not_in_nullable::NotInNullable,
    &redundant_inner_join::RedundantInnerJoin,
    &outer_join_is_inner::OuterJoinIsInner,
    &outer_join_never_unmatched::OuterJoinNeverUnmatched,
    &redundant_outer_join::RedundantOuterJoin,
];
