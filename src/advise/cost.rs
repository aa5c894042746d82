use crate::index::CandidateIndex;
use crate::planner::{HypotheticalChange, PlannedQuery, Planner, PlannerError};

use super::workload::Statement;
use super::write_cost::Writes;

/// A candidate with what the planner said of it.
#[derive(Debug, Clone)]
pub(super) struct Sized {
    pub candidate: CandidateIndex,
    pub pages: f64,
    /// Share of its table's rows that it holds.
    pub covered: f64,
}

impl Sized {
    pub fn bytes(&self) -> f64 {
        self.pages.max(1.0) * 8192.0
    }

    pub fn change(&self) -> HypotheticalChange {
        HypotheticalChange::CreateIndex {
            sql: self.candidate.sql.clone(),
        }
    }

    /// What keeping it up to date costs all calls of all writes.
    pub fn write_cost(&self, statements: &[Statement], writes: &[Option<Writes>]) -> f64 {
        statements
            .iter()
            .zip(writes)
            .filter_map(|(statement, writes)| {
                let writes = writes.as_ref()?;
                (writes.table == self.candidate.table).then(|| {
                    statement.calls
                        * super::write_cost::maintenance(
                            writes,
                            &self.candidate.definition,
                            self.pages,
                            self.covered,
                        )
                })
            })
            .fold(0.0, |sum, cost| sum + cost)
    }

    /// Whether it gives another index, over the same rows, nothing to do: its keys begin with all of that one's.
    pub fn contains(&self, other: &CandidateIndex) -> bool {
        self.candidate.table == other.table && self.candidate.definition.contains(&other.definition)
    }
}

/// Plans one statement with a set of indexes; a candidate that cannot be made counts as none.
pub(super) fn plan(
    planner: &mut dyn Planner,
    statement: &Statement,
    changes: &[HypotheticalChange],
) -> Result<Option<PlannedQuery>, PlannerError> {
    match planner.plan(&statement.sql, changes) {
        Ok(planned) => Ok(Some(planned)),
        Err(error @ (PlannerError::Unavailable { .. } | PlannerError::ServerGone { .. })) => {
            Err(error)
        }
        Err(_) => Ok(None),
    }
}
