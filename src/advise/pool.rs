//! The candidates of a workload that the planner would use, found statement by statement.

use crate::catalog::Catalog;
use crate::index::{CandidateIndex, candidate_indexes, merged_index};
use crate::planner::{HypotheticalChange, PlannedQuery, Planner, PlannerError};
use crate::query::{BoundSchema, Facts};

use super::cost::{Sized, plan};
use super::workload::Statement;

/// More candidates of one statement are not tried.
const MOST_OF_STATEMENT: usize = 80;
/// One index of a statement may pay only after another: so often the rest is tried on top of the best.
const ROUNDS: usize = 3;
/// The best of each round go into the pool.
const KEPT_OF_ROUND: usize = 4;
/// A candidate has to take this share off a statement's cost.
const LEAST_GAIN: f64 = 0.1;
/// Merged candidates at most.
const MOST_MERGED: usize = 100;

/// The candidates worth weighing against each other, each once.
#[derive(Default)]
pub(super) struct Pool {
    pub candidates: Vec<Sized>,
    /// How many the planner was asked about.
    pub tried: usize,
}

impl Pool {
    /// Adds those that pay for one statement whose cost is `before`; whether there are any.
    pub fn add(
        &mut self,
        planner: &mut dyn Planner,
        statement: &Statement,
        before: f64,
        catalog: &Catalog,
        schema: &BoundSchema<'_>,
    ) -> Result<bool, PlannerError> {
        let facts = Facts::new(&statement.query, schema);
        if facts.query.has_unresolved {
            return Ok(false);
        }
        let mut candidates = candidate_indexes(&facts);
        candidates.truncate(MOST_OF_STATEMENT);
        self.tried += candidates.len();
        let mut chosen: Vec<HypotheticalChange> = Vec::new();
        let mut now = before;
        for _ in 0..ROUNDS {
            let mut helpful = Vec::new();
            for candidate in &candidates {
                let change = HypotheticalChange::CreateIndex {
                    sql: candidate.sql.clone(),
                };
                if chosen.contains(&change) {
                    continue;
                }
                let mut changes = chosen.clone();
                changes.push(change);
                let Some(planned) = plan(planner, statement, &changes)? else {
                    continue;
                };
                let Some(sized) = sized(candidate, &planned, catalog) else {
                    continue;
                };
                if planned.total_cost <= now * (1.0 - LEAST_GAIN) {
                    helpful.push((planned.total_cost, sized));
                }
            }
            helpful.sort_by(|a, b| a.0.total_cmp(&b.0));
            let Some((cost, best)) = helpful.first().cloned() else {
                break;
            };
            let smallest = helpful
                .iter()
                .max_by(|a, b| ((now - a.0) / a.1.pages).total_cmp(&((now - b.0) / b.1.pages)))
                .map(|(_, sized)| sized.clone());
            for sized in helpful
                .into_iter()
                .take(KEPT_OF_ROUND)
                .map(|(_, sized)| sized)
                .chain(smallest)
            {
                self.insert(sized);
            }
            chosen.push(best.change());
            now = cost;
        }
        Ok(!chosen.is_empty())
    }

    /// Adds merged ones of pairs that begin with the same key; their size is that of the larger one and what the other
    /// adds to it, until a planner says better.
    pub fn add_merged(&mut self, facts: &Facts<'_>, catalog: &Catalog) {
        let mut merged = Vec::new();
        for first in &self.candidates {
            for second in &self.candidates {
                if merged.len() < MOST_MERGED
                    && let Some(candidate) =
                        merged_index(facts, catalog, &first.candidate, &second.candidate)
                {
                    merged.push(Sized {
                        candidate,
                        pages: first.pages.max(second.pages) * 1.3,
                        covered: 1.0,
                    });
                }
            }
        }
        for sized in merged {
            self.insert(sized);
        }
    }

    fn insert(&mut self, sized: Sized) {
        let known = self
            .candidates
            .iter()
            .any(|known| known.candidate.sql == sized.candidate.sql);
        if !known {
            self.candidates.push(sized);
        }
    }
}

/// The candidate with its size, where the plan reads it; it is the last of the plan's hypothetical indexes.
fn sized(candidate: &CandidateIndex, planned: &PlannedQuery, catalog: &Catalog) -> Option<Sized> {
    let index = planned.hypothetical.last().filter(|index| index.used)?;
    let rows = catalog
        .table(candidate.table)
        .statistics
        .as_ref()
        .map_or(index.rows, |statistics| statistics.rows);
    Some(Sized {
        candidate: candidate.clone(),
        pages: index.pages.max(1.0),
        covered: (index.rows / rows.max(1.0)).clamp(0.0, 1.0),
    })
}
