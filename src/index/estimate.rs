//! What a flat block costs with a set of indexes: the cheapest of the plans that a planner would consider first.
//! Joins are added one by one, by nested loop over an index or by hashing; see join_search_one_level of allpaths.c for
//! the complete search.

use std::collections::BTreeSet;

use crate::query::{RelationId, SortKey};

use super::condition::Condition;
use super::flat::Pairing;
use super::model::{BlockModel, TableModel, may_lead};
use super::scan::{CPU_OPERATOR, Reading, Scan, SizedIndex};
use super::serve::Requirements;

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
    pub index: SizedIndex,
}

/// A way to read a table, from its own indexes or one of the extra ones.
#[derive(Debug, Clone)]
struct Way {
    scan: Scan,
    extra: bool,
}

#[derive(Debug, Clone)]
struct State {
    joined: BTreeSet<RelationId>,
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
    /// The cheapest plan with the indexes that exist and the extra ones; `watched` is the extra index that
    /// [`PlanEstimate::uses_extra`] tells about. `None` where there is nothing to plan.
    pub fn estimate(&self, extra: &[ExtraIndex], watched: Option<usize>) -> Option<PlanEstimate> {
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
                if let Some(plan) = self.led_by(leader, ordered, extra, watched)
                    && best.is_none_or(|known| plan.cost < known.cost)
                {
                    best = Some(plan);
                }
            }
        }
        best
    }

    fn led_by(
        &self,
        leader: usize,
        ordered: bool,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<PlanEstimate> {
        let flat = &self.flat;
        let mut state = State {
            joined: BTreeSet::new(),
            rows: 1.0,
            startup_cost: 0.0,
            startup_blocks: 0.0,
            running_cost: 0.0,
            running_blocks: 0.0,
            uses_extra: false,
        };
        let relations = self.tables.len() + self.computed.len();
        let mut left: Vec<usize> = (0..relations).filter(|at| *at != leader).collect();
        let pairing = self.pairing(leader);
        if !may_lead(pairing) && !left.is_empty() {
            return None;
        }
        if let Some(table) = self.tables.get(leader) {
            let wanted: &[SortKey] = if ordered { &flat.wanted.order } else { &[] };
            if ordered && (flat.gathers && !flat.wanted.extreme) {
                return None;
            }
            let own: Vec<&Condition> = table.constant.iter().collect();
            let (way, sorted) = self.leading_way(table, &own, wanted, ordered, extra, watched)?;
            state.rows = table.filtered_rows();
            state.running_cost = way.scan.cost;
            state.running_blocks = way.scan.blocks;
            state.uses_extra = way.extra;
            let _ = sorted;
            state.joined.insert(table.flat.id);
        } else {
            if ordered {
                return None;
            }
            let (relation, rows) = self.computed.get(leader - self.tables.len())?;
            state.rows = rows.max(1.0);
            state.joined.insert(relation.id);
        }
        if pairing == Pairing::Semi && !left.is_empty() {
            state.startup_cost += state.rows * HASH_ROW;
        }
        while !left.is_empty() {
            let mut best: Option<(usize, State)> = None;
            for (position, at) in left.iter().enumerate() {
                let Some(next) = self.join(&state, *at, extra, watched) else {
                    continue;
                };
                let price =
                    |state: &State| state.startup_cost + state.running_cost + state.rows * HASH_ROW;
                if best
                    .as_ref()
                    .is_none_or(|(_, known)| price(&next) < price(known))
                {
                    best = Some((position, next));
                }
            }
            let (position, next) = best?;
            left.remove(position);
            state = next;
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

    /// LIMIT stops a plan early unless it sorts or groups.
    fn finish(&self, state: &State, ordered: bool) -> PlanEstimate {
        let wanted = &self.flat.wanted;
        let gathers = self.flat.gathers && !wanted.extreme;
        let sorts = !wanted.order.is_empty() && !ordered;
        let stops = wanted
            .rows
            .filter(|_| !gathers && (ordered || wanted.order.is_empty()));
        let fraction = stops.map_or(1.0, |rows| (rows / state.rows.max(1.0)).clamp(0.0, 1.0));
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
    fn join(
        &self,
        state: &State,
        at: usize,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<State> {
        let mut next = state.clone();
        let Some(table) = self.tables.get(at) else {
            let (relation, rows) = self.computed.get(at - self.tables.len())?;
            next.joined.insert(relation.id);
            next.startup_cost += rows * HASH_ROW;
            next.running_cost += state.rows * HASH_ROW;
            next.rows = match relation.pairing {
                Pairing::Inner => state.rows.max(*rows),
                _ => state.rows,
            };
            return Some(next);
        };
        let eligible: Vec<&Condition> = table
            .joins
            .iter()
            .filter(|condition| condition.depends.is_subset(&state.joined))
            .collect();
        let waits = !may_lead(table.flat.pairing)
            && table
                .joins
                .iter()
                .any(|condition| !condition.depends.is_subset(&state.joined));
        if waits && eligible.is_empty() {
            return None;
        }
        let mut by_key: Vec<&Condition> = Vec::new();
        for condition in &eligible {
            if by_key.iter().all(|known| known.key != condition.key) {
                by_key.push(condition);
            }
        }
        let filtered = table.filtered_rows();
        let join_selectivity: f64 = by_key
            .iter()
            .map(|condition| self.join_selectivity(table, condition))
            .product::<f64>()
            .max(self.least_join_selectivity(table, &by_key));
        let pairs = (state.rows * filtered * join_selectivity).max(1.0);
        next.rows = match table.flat.pairing {
            Pairing::Inner => pairs,
            Pairing::Outer => pairs.max(state.rows),
            Pairing::Semi => pairs.min(state.rows),
            Pairing::Anti => (state.rows * 0.5).max(1.0),
        };
        next.joined.insert(table.flat.id);

        // by hash: the table is read once
        let own: Vec<&Condition> = table.constant.iter().collect();
        let alone = self.cheapest(table, &own, &[], 1.0, extra, watched)?;
        let condition_free = by_key.is_empty();
        let hash_cost = if condition_free {
            alone.scan.cost + state.rows * filtered * CPU_OPERATOR
        } else {
            alone.scan.cost + (filtered + state.rows) * HASH_ROW
        };
        let hash_total = state.startup_cost + state.running_cost + hash_cost;

        // by nested loop: the index is looked up for each row
        let probe = (!by_key.is_empty())
            .then(|| {
                let mut all: Vec<&Condition> = eligible.clone();
                all.extend(&own);
                self.cheapest_probe(table, &all, &own, state.rows.max(1.0), extra, watched)
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

    /// The first table's cheapest way; with an order, only those that keep it.
    fn leading_way(
        &self,
        table: &TableModel<'_>,
        conditions: &[&Condition],
        order: &[SortKey],
        ordered: bool,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<(Way, usize)> {
        if !ordered {
            return self
                .cheapest(table, conditions, &[], self.loops, extra, watched)
                .map(|way| (way, 0));
        }
        let ways = self.ways(table, conditions, order, self.loops, false, extra, watched);
        let sorted_enough = |way: &Way| {
            way.scan.ordered == order.len()
                // the first key alone: groups of equal values are sorted as they come (incremental sort)
                || way.scan.ordered > 0 && self.nearly_unique(table, &order[..way.scan.ordered])
        };
        ways.into_iter()
            .filter(sorted_enough)
            .min_by(|a, b| a.scan.cost.total_cmp(&b.scan.cost))
            .map(|way| {
                let keys = way.scan.ordered;
                (way, keys)
            })
    }

    fn nearly_unique(&self, table: &TableModel<'_>, keys: &[SortKey]) -> bool {
        let distinct: f64 = keys
            .iter()
            .map(|key| {
                table
                    .estimator
                    .distinct(&super::key_form::over_table(&key.expr, table.flat.id))
            })
            .product();
        let limit = self.flat.wanted.rows.unwrap_or(f64::INFINITY);
        table.estimator.rows() / distinct.max(1.0) <= limit.max(20.0)
    }

    fn cheapest(
        &self,
        table: &TableModel<'_>,
        conditions: &[&Condition],
        order: &[SortKey],
        loops: f64,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<Way> {
        let sequential = Way {
            scan: self.reader(table).sequential(table.constant.len()),
            extra: false,
        };
        let mut ways = self.ways(table, conditions, order, loops, false, extra, watched);
        ways.extend(self.conjunction_ways(table, conditions, loops, extra, watched));
        ways.extend(self.disjunction_way(table, extra, watched));
        ways.push(sequential);
        ways.into_iter()
            .min_by(|a, b| a.scan.cost.total_cmp(&b.scan.cost))
    }

    /// An index lookup with values from the outer row: one that a join condition bounds.
    fn cheapest_probe(
        &self,
        table: &TableModel<'_>,
        all: &[&Condition],
        own: &[&Condition],
        loops: f64,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<Way> {
        let first_row = matches!(table.flat.pairing, Pairing::Semi | Pairing::Anti);
        let with = self.ways(table, all, &[], loops, first_row, extra, watched);
        let _ = own;
        with.into_iter()
            .min_by(|a, b| a.scan.cost.total_cmp(&b.scan.cost))
    }

    #[allow(clippy::too_many_arguments)]
    fn ways(
        &self,
        table: &TableModel<'_>,
        conditions: &[&Condition],
        order: &[SortKey],
        loops: f64,
        first_row: bool,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Vec<Way> {
        let premises: Vec<_> = table.premises.iter().collect();
        let reading = Reading {
            requirements: Requirements {
                relation: table.flat.id,
                conditions,
                order,
                premises: &premises,
                columns: &table.columns,
            },
            loops,
            first_row,
        };
        let reader = self.reader(table);
        let mut ways = Vec::new();
        for index in &table.indexes {
            ways.extend(
                reader
                    .by_index(index, &reading)
                    .into_iter()
                    .map(|scan| Way { scan, extra: false }),
            );
        }
        for (at, candidate) in extra.iter().enumerate() {
            if candidate.relation == table.flat.id {
                let is_watched = watched == Some(at);
                ways.extend(
                    reader
                        .by_index(&candidate.index, &reading)
                        .into_iter()
                        .map(|scan| Way {
                            scan,
                            extra: is_watched,
                        }),
                );
            }
        }
        ways
    }

    /// `a = 1 AND b = 2`, each by its own index (BitmapAnd).
    fn conjunction_ways(
        &self,
        table: &TableModel<'_>,
        conditions: &[&Condition],
        loops: f64,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Vec<Way> {
        let mut indexes: Vec<(&SizedIndex, bool)> =
            table.indexes.iter().map(|index| (index, false)).collect();
        for (at, candidate) in extra.iter().enumerate() {
            if candidate.relation == table.flat.id {
                indexes.push((&candidate.index, watched == Some(at)));
            }
        }
        if conditions.len() < 2 || indexes.len() < 2 {
            return Vec::new();
        }
        let premises: Vec<_> = table.premises.iter().collect();
        let reading = Reading {
            requirements: Requirements {
                relation: table.flat.id,
                conditions,
                order: &[],
                premises: &premises,
                columns: &table.columns,
            },
            loops,
            first_row: false,
        };
        let reader = self.reader(table);
        let mut ways = Vec::new();
        for (at, (first, is_first)) in indexes.iter().enumerate() {
            for (second, is_second) in &indexes[at + 1..] {
                if let Some(scan) = reader.by_both(first, second, &reading) {
                    ways.push(Way {
                        scan,
                        extra: *is_first || *is_second,
                    });
                }
            }
        }
        ways
    }

    /// `a = 1 OR b = 2`, each arm by its own index (BitmapOr).
    fn disjunction_way(
        &self,
        table: &TableModel<'_>,
        extra: &[ExtraIndex],
        watched: Option<usize>,
    ) -> Option<Way> {
        let mut best: Option<Way> = None;
        for arms in &table.disjunctions {
            let mut cost = 0.0;
            let mut blocks = 0.0;
            let mut uses = false;
            let mut served = true;
            for arm in arms {
                let conditions: Vec<&Condition> = arm.iter().chain(&table.constant).collect();
                let way = self
                    .ways(table, &conditions, &[], 1.0, false, extra, watched)
                    .into_iter()
                    .min_by(|a, b| a.scan.cost.total_cmp(&b.scan.cost));
                match way {
                    Some(way) => {
                        cost += way.scan.cost;
                        blocks += way.scan.blocks;
                        uses |= way.extra;
                    }
                    None => served = false,
                }
            }
            if served && best.as_ref().is_none_or(|known| cost < known.scan.cost) {
                best = Some(Way {
                    scan: Scan {
                        cost,
                        blocks,
                        ordered: 0,
                    },
                    extra: uses,
                });
            }
        }
        best
    }
}
