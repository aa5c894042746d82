//! Choosing a set of indexes for a workload: candidates of each statement, judged by a planner, taken greedily by what
//! they gain for their size, with what they cost on writes taken off.

mod choose;
mod choice;
mod cost;
mod pool;
mod superfluous;
mod workload;
mod write_cost;

pub use choose::{AdviseOptions, AdviseStage, advise};
pub use choice::{Advice, AdvisedIndex, Gain, LeftOut, StatementCost};
pub use superfluous::SuperfluousIndex;
pub use workload::WorkloadStatement;
