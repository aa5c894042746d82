//! EXPLAIN output as a tree (JSON and text), and what it tells.
//!
//! [`Plan::read`] takes what people paste: EXPLAIN output in JSON or text as psql, pgAdmin, auto_explain and server
//! logs print it, of PostgreSQL 9.6 to 18. [`Figures`] derives what each node did by itself.

mod error;
mod figures;
mod framing;
mod json;
mod model;
mod node_type;
mod observe;
mod place;
mod read;
mod run;
mod text;
mod title;
mod tree;
pub mod units;

pub use error::PlanError;
pub use figures::{Figures, Measure, NodeFigures, RowsEstimate};
pub use model::{
    Actual, AggregateStrategy, Buffers, Condition, ConditionKind, Estimate, HashUse, HeapBlocks,
    IoTimes, Jit, JoinType, MemoizeUse, NodeId, PartialMode, Plan, PlanNode, Relationship,
    SortSpace, SortUse, SpaceType, Trigger, Wal, Worker, Workers,
};
pub use node_type::NodeType;
pub use observe::{Gates, Observation, SpillOperation, Symptom, observe};
pub use place::{column_names, place};
pub use run::{blocks_of_run, milliseconds_of_run};
pub use tree::{PlanTree, TreeColumn, TreeLine, clause};
