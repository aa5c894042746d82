//! Sound rewrites of a query, as text edits that keep the author's formatting.

mod edit;

pub use edit::{Edit, apply_edits};
