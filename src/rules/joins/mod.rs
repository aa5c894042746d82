//! Rules about joins: redundant, weaker than they look, multiplying, missing.

mod redundant_outer_join;
mod support;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[&redundant_outer_join::RedundantOuterJoin];
