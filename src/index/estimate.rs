//! What a flat block costs with a set of indexes: the cheapest of the plans that a planner would consider first.
//! Joins are added one by one, by nested loop over an index or by hashing; see join_search_one_level of allpaths.c for
//! the complete search.

use crate::query::RelationId;

use super::condition::Condition;
use super::flat::Pairing;
use super::memo::Partners;
use super::model::{BlockModel, TableModel, may_lead};
use super::scan::{CPU_OPERATOR, SizedIndex};
use super::ways::Purpose;

/// More relations than this are not planned.
const MOST_RELATIONS: usize = 14;
/// A row that is hashed and one that is looked up: cpu_tuple_cost and two operators.
const HASH_ROW: f64 = 0.015;

/// A plan, as far as it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanEstimate {
    /// In the planner's units.
    pub cost: f64,
    /// Blocks touched, hit or read.
    pub blocks: f64,
    pub rows: f64,
    /// Whether the index looked for is used.
    pub uses_extra: bool,
}

/// An index that does not exist, for one table of the block.
#[derive(Debug, Clone)]
pub(super) struct ExtraIndex {
    pub relation: RelationId,
    /// Which of those for the relation it is.
    pub number: usize,
    pub index: SizedIndex,
}

/// Indexes that do not exist, at most one of them for each table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extras<'e> {
    pub accepted: &'e [ExtraIndex],
    /// The one that [`PlanEstimate::uses_extra`] tells about.
    pub watched: Option<&'e ExtraIndex>,
}

impl<'e> Extras<'e> {
    /// The indexes that exist, and no other.
    pub const NONE: Extras<'static> = Extras {
        accepted: &[],
        watched: None,
    };

    /// The one for a relation, and whether it is the one watched.
    pub fn of(&self, relation: RelationId) -> Option<(&'e ExtraIndex, bool)> {
        let is_of = |extra: &&ExtraIndex| extra.relation == relation;
        let watched = self.watched.filter(is_of).map(|extra| (extra, true));
        watched.or_else(|| {
            let accepted = self.accepted.iter().find(is_of)?;
            Some((accepted, false))
        })
    }
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// A bit for each relation, tables first.
    joined: u32,
    rows: f64,
    /// Paid before the first row comes: hashed inner sides.
    startup_cost: f64,
    startup_blocks: f64,
    /// Paid row by row.
    running_cost: f64,
    running_blocks: f64,
    uses_extra: bool,
}

impl BlockModel<'_> {
    /// The cheapest plan with the indexes that exist and the extra ones. `None` where there is nothing to plan.
    pub fn estimate(&self, extras: Extras<'_>) -> Option<PlanEstimate> {
        self.estimate_below(f64::INFINITY, extras)
    }

    /// As [`Self::estimate`], for a reader who has no use for a plan that costs more than `limit`: those are given up
    /// as soon as that is seen.
    pub fn estimate_below(&self, mut limit: f64, extras: Extras<'_>) -> Option<PlanEstimate> {
        let relations = self.tables.len() + self.computed.len();
        if self.tables.is_empty() || relations > MOST_RELATIONS {
            return None;
        }
        let mut best: Option<PlanEstimate> = None;
        for leader in 0..relations {
            for ordered in [false, true] {
                if ordered && self.flat.wanted.order.is_empty() {
                    continue;
                }
                if let Some(plan) = self.led_by(leader, ordered, limit, extras)
                    && best.is_none_or(|known| plan.cost < known.cost)
                {
                    limit = limit.min(plan.cost);
                    best = Some(plan);
                }
            }
        }
        best
    }

    /// The plan that begins with a relation; `None` where it cannot, and where it surely costs more than `limit`.
    fn led_by(
        &self,
        leader: usize,
        ordered: bool,
        limit: f64,
        extras: Extras<'_>,
    ) -> Option<PlanEstimate> {
        let flat = &self.flat;
        let mut state = State {
            joined: 1 << leader,
            rows: 1.0,
            startup_cost: 0.0,
            startup_blocks: 0.0,
            running_cost: 0.0,
            running_blocks: 0.0,
            uses_extra: false,
        };
        let relations = self.tables.len() + self.computed.len();
        let alone = relations == 1;
        let pairing = self.pairing(leader);
        if !may_lead(pairing) && !alone {
            return None;
        }
        if let Some(table) = self.tables.get(leader) {
            if ordered && (flat.gathers && !flat.wanted.extreme) {
                return None;
            }
            let purpose = if ordered {
                Purpose::Ordered
            } else {
                Purpose::Filter
            };
            let way = self.way(leader, table, purpose, 0, self.loops, extras)?;
            state.rows = table.filtered_rows();
            state.running_cost = way.scan.cost;
            state.running_blocks = way.scan.blocks;
            state.uses_extra = way.extra;
        } else {
            if ordered {
                return None;
            }
            let (_, rows) = self.computed.get(leader - self.tables.len())?;
            state.rows = rows.max(1.0);
        }
        if pairing == Pairing::Semi && !alone {
            state.startup_cost += state.rows * HASH_ROW;
        }
        // a plan that runs to its end never gets cheaper by a further join
        let runs_to_end = self.stops_after(ordered).is_none();
        let hopeless =
            |state: &State| runs_to_end && state.startup_cost + state.running_cost > limit;
        for _ in 1..relations {
            if hopeless(&state) {
                return None;
            }
            let mut best: Option<(f64, State)> = None;
            for at in (0..relations).filter(|at| state.joined & (1 << at) == 0) {
                let Some(next) = self.join(&state, at, extras) else {
                    continue;
                };
                let price = next.startup_cost + next.running_cost + next.rows * HASH_ROW;
                if best.is_none_or(|(known, _)| price < known) {
                    best = Some((price, next));
                }
            }
            (_, state) = best?;
        }
        Some(self.finish(&state, ordered))
    }

    fn pairing(&self, at: usize) -> Pairing {
        match self.tables.get(at) {
            Some(table) => table.flat.pairing,
            None => self
                .computed
                .get(at - self.tables.len())
                .map_or(Pairing::Inner, |(relation, _)| relation.pairing),
        }
    }

    /// Rows after which a plan is stopped early: those of LIMIT, unless it sorts or groups.
    fn stops_after(&self, ordered: bool) -> Option<f64> {
        let wanted = &self.flat.wanted;
        let gathers = self.flat.gathers && !wanted.extreme;
        wanted
            .rows
            .filter(|_| !gathers && (ordered || wanted.order.is_empty()))
    }

    /// What a plan comes to that has joined everything.
    fn finish(&self, state: &State, ordered: bool) -> PlanEstimate {
        let wanted = &self.flat.wanted;
        let gathers = self.flat.gathers && !wanted.extreme;
        let sorts = !wanted.order.is_empty() && !ordered;
        let fraction = self
            .stops_after(ordered)
            .map_or(1.0, |rows| (rows / state.rows.max(1.0)).clamp(0.0, 1.0));
        let mut cost = state.startup_cost + state.running_cost * fraction;
        let blocks = state.startup_blocks + state.running_blocks * fraction;
        if sorts && !gathers {
            let kept = wanted
                .rows
                .map_or(state.rows, |rows| rows.min(state.rows))
                .max(2.0);
            if !wanted.extreme {
                cost += 2.0 * CPU_OPERATOR * state.rows * (kept * 2.0).log2();
            }
        }
        PlanEstimate {
            cost,
            // reading a little always touches a block or two
            blocks: blocks.max(1.0),
            rows: state.rows,
            uses_extra: state.uses_extra,
        }
    }

    /// Adds a relation to those already joined.
    fn join(&self, state: &State, at: usize, extras: Extras<'_>) -> Option<State> {
        let mut next = *state;
        next.joined |= 1 << at;
        let Some(table) = self.tables.get(at) else {
            let (relation, rows) = self.computed.get(at - self.tables.len())?;
            next.startup_cost += rows * HASH_ROW;
            next.running_cost += state.rows * HASH_ROW;
            next.rows = match relation.pairing {
                Pairing::Inner => state.rows.max(*rows),
                _ => state.rows,
            };
            return Some(next);
        };
        let partners = self.partners(at, table, state.joined);
        let waits = !may_lead(table.flat.pairing) && !partners.all;
        if waits && !partners.any {
            return None;
        }
        let filtered = table.filtered_rows();
        let pairs = (state.rows * filtered * partners.selectivity).max(1.0);
        next.rows = match table.flat.pairing {
            Pairing::Inner => pairs,
            Pairing::Outer => pairs.max(state.rows),
            Pairing::Semi => pairs.min(state.rows),
            Pairing::Anti => (state.rows * 0.5).max(1.0),
        };

        // by hash: the table is read once
        let alone = self.way(at, table, Purpose::Filter, 0, 1.0, extras)?;
        let hash_cost = if partners.any {
            alone.scan.cost + (filtered + state.rows) * HASH_ROW
        } else {
            alone.scan.cost + state.rows * filtered * CPU_OPERATOR
        };
        let hash_total = state.startup_cost + state.running_cost + hash_cost;

        // by nested loop: the index is looked up for each row
        let probe = partners
            .any
            .then(|| {
                let loops = state.rows.max(1.0);
                self.way(at, table, Purpose::Probe, state.joined, loops, extras)
            })
            .flatten();
        let fraction = self.stop_fraction(next.rows);
        let loop_total = probe.as_ref().map(|probe| {
            state.startup_cost
                + state.running_cost * fraction
                + state.rows * fraction * probe.scan.cost
        });
        match (probe, loop_total) {
            (Some(probe), Some(total)) if total < hash_total => {
                next.running_cost += state.rows * probe.scan.cost;
                next.running_blocks += state.rows * probe.scan.blocks;
                next.uses_extra |= probe.extra;
            }
            _ => {
                next.startup_cost += alone.scan.cost + filtered * HASH_ROW;
                next.startup_blocks += alone.scan.blocks;
                next.running_cost += hash_cost - alone.scan.cost - filtered * HASH_ROW;
                next.uses_extra |= alone.extra;
            }
        }
        Some(next)
    }

    /// What joining a table to those in `joined` comes to.
    fn partners(&self, at: usize, table: &TableModel<'_>, joined: u32) -> Partners {
        self.memo.partners(at, joined, || {
            let eligible: Vec<&Condition> = self.memo.eligible(at, table, joined).collect();
            let mut by_key: Vec<&Condition> = Vec::new();
            for condition in &eligible {
                if by_key.iter().all(|known| known.key != condition.key) {
                    by_key.push(condition);
                }
            }
            let selectivity = by_key
                .iter()
                .map(|condition| self.join_selectivity(table, condition))
                .product::<f64>()
                .max(self.least_join_selectivity(table, &by_key));
            Partners {
                any: !eligible.is_empty(),
                all: eligible.len() == table.joins.len(),
                selectivity,
            }
        })
    }

    /// Columns that are joined together mostly are a key together, and not independent of each other: one row of the
    /// table referenced, or of this one. Source: get_foreign_key_join_selectivity.
    fn least_join_selectivity(&self, table: &TableModel<'_>, by_key: &[&Condition]) -> f64 {
        let referenced = table
            .table
            .foreign_keys
            .iter()
            .filter(|key| {
                key.columns.iter().all(|column| {
                    by_key.iter().any(|condition| {
                        condition
                            .key
                            .as_column()
                            .is_some_and(|own| own.column == column.0)
                    })
                })
            })
            .filter_map(|key| {
                let (other, _) = self.catalog.referenced_columns(key)?;
                Some(other.statistics.as_ref()?.rows)
            })
            .fold(0.0, f64::max);
        let rows = if by_key.len() > 1 && referenced >= 1.0 {
            referenced
        } else {
            table.estimator.rows()
        };
        1.0 / rows.max(1.0)
    }

    fn stop_fraction(&self, rows: f64) -> f64 {
        let wanted = &self.flat.wanted;
        match wanted.rows {
            Some(limit) if !self.flat.gathers && wanted.order.is_empty() => {
                (limit / rows.max(1.0)).min(1.0)
            }
            _ => 1.0,
        }
    }
}
