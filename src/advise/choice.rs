use crate::planner::PlannerDescription;
use crate::source::StatementText;

use super::SuperfluousIndex;

/// The indexes for a workload.
#[derive(Debug, Clone)]
pub struct Advice {
    /// In the order in which they were taken: the first alone gains most for its size.
    pub indexes: Vec<AdvisedIndex>,
    /// Every statement that was planned.
    pub statements: Vec<StatementCost>,
    pub left_out: Vec<LeftOut>,
    /// Indexes that exist and that this workload gives no reason for: to be looked at, never dropped unseen.
    pub superfluous: Vec<SuperfluousIndex>,
    /// How many candidates the planner was asked about.
    pub candidates: usize,
    pub planner: PlannerDescription,
}

/// An index worth building.
#[derive(Debug, Clone)]
pub struct AdvisedIndex {
    /// One statement, without CONCURRENTLY.
    pub sql: String,
    /// The extension that has to be there first.
    pub extension: Option<&'static str>,
    /// `schema.table`.
    pub table: String,
    /// Estimated.
    pub bytes: f64,
    /// The statements that it makes cheaper, given those taken before it.
    pub gains: Vec<Gain>,
    /// What maintaining it costs all writes of the workload, in the planner's units.
    pub write_cost: f64,
}

/// What one index gains for one statement, each time it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// By number in [`Advice::statements`].
    pub statement: usize,
    pub before: f64,
    pub after: f64,
}

/// What a statement costs each time it runs, in the planner's units; the maintenance of new indexes is not in it.
#[derive(Debug, Clone)]
pub struct StatementCost {
    pub statement: StatementText,
    pub calls: f64,
    pub before: f64,
    pub after: f64,
}

/// A statement that was not looked at.
#[derive(Debug, Clone)]
pub struct LeftOut {
    pub statement: StatementText,
    pub reason: String,
}

impl Advice {
    /// What all calls of all statements cost as it is.
    pub fn cost_before(&self) -> f64 {
        self.statements
            .iter()
            .map(|one| one.before * one.calls)
            .sum()
    }

    /// The same with the indexes, without their maintenance.
    pub fn cost_after(&self) -> f64 {
        self.statements
            .iter()
            .map(|one| one.after * one.calls)
            .sum()
    }

    /// Of all indexes together.
    pub fn bytes(&self) -> f64 {
        self.indexes.iter().map(|index| index.bytes).sum()
    }
}
