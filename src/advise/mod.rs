//! Choosing a set of indexes for a workload: candidates of each statement, judged by a planner, taken greedily by what
//! they gain for their size, with what they cost on writes taken off.

mod choice;
mod choose;
mod cost;
mod pool;
mod superfluous;
mod workload;
mod write_cost;

pub use choice::{Advice, AdvisedIndex, Gain, LeftOut, StatementCost};
pub use choose::{AdviseOptions, AdviseStage, advise};
pub use superfluous::SuperfluousIndex;
pub use workload::WorkloadStatement;
