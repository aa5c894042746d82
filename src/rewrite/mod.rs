//! Sound rewrites of a query, as text edits that keep the author's formatting.

mod conjuncts;
mod edit;
mod from;
mod placeholders;
mod tokens;
mod verify;

pub use conjuncts::{add_conjunct, exchange_conjuncts, remove_conjuncts, remove_having};
pub use edit::{Edit, apply_edits};
pub use from::{RemovedSide, remove_from_item, remove_joins};
pub use placeholders::{NumberedQuery, QueryParameter, numbered};
pub use tokens::{delete_clause, remove_items, word_within};
pub use verify::{Rewritten, verified};
