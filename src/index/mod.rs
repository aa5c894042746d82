//! How an index serves a predicate, a join, an order; candidates; size and write cost.

mod advice;
mod candidate_keys;
mod candidates;
mod condition;
mod condition_reader;
mod definition;
mod estimate;
mod flat;
mod inverted;
mod key_form;
mod memo;
mod model;
mod partial;
mod proposal;
mod scan;
mod selectivity;
mod serve;
mod size;
mod spelling;
mod try_list;
mod value;
mod ways;

pub use advice::{Advice, AdviceOptions, advise};
pub use condition::{Condition, Operator};
pub use definition::{IndexDefinition, KeyDefinition};
pub use estimate::PlanEstimate;
pub use flat::{FlatBlock, FlatCondition, FlatRelation, Pairing, Wanted, flat_blocks};
pub use key_form::{key_form, over_table};
pub use proposal::{Proposal, ProposalKind};
pub use scan::mackert_lohman;
pub use selectivity::{ASSUMED_ROWS, Estimator};
pub use serve::{Requirements, Served, serves, sorts_by_bytes};
pub use size::{IndexSize, index_size, readable_bytes, rebuilt_btree_pages, table_pages};
pub use spelling::{create_index_sql, expression_sql, is_immutable, predicate_sql};
pub use try_list::{CandidateIndex, candidate_indexes, merged_index};
pub use value::literal_text;
