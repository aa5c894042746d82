//! The cheapest way to read a table of a block: by one index, by several, or whole.

use crate::query::SortKey;

use super::condition::Condition;
use super::estimate::{ExtraIndex, Extras};
use super::flat::Pairing;
use super::memo::WayKey;
use super::model::{BlockModel, TableModel};
use super::scan::{Reading, Scan, SizedIndex};
use super::serve::Requirements;

/// What a table is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The rows that the conditions on it alone leave, in any order.
    Filter,
    /// The same rows in the order that the block wants.
    Ordered,
    /// The partners of a row, by an index lookup with values from that row.
    Probe,
}

/// How a table is read; of two that cost the same the earlier one is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Means {
    Existing,
    Extra,
    Conjunction,
    Disjunction,
    Sequential,
}

/// A way to read a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub scan: Scan,
    /// Whether it uses the extra index that is watched.
    pub extra: bool,
    means: Means,
}

fn cheapest(ways: impl IntoIterator<Item = Way>) -> Option<Way> {
    ways.into_iter().min_by(|a, b| {
        a.scan
            .cost
            .total_cmp(&b.scan.cost)
            .then(a.means.cmp(&b.means))
    })
}

impl BlockModel<'_> {
    /// The cheapest way to read the table at `at` for a purpose; `joined` are the relations before it.
    pub fn way(
        &self,
        at: usize,
        table: &TableModel<'_>,
        purpose: Purpose,
        joined: u32,
        loops: f64,
        extras: Extras<'_>,
    ) -> Option<Way> {
        let key = WayKey {
            table: at,
            purpose,
            joined: self.memo.relevant(at, joined),
            loops,
            extra: None,
        };
        let own = self.memo.way(key, || {
            self.ways_for(at, table, purpose, joined, loops, None)
        });
        let Some((extra, watched)) = extras.of(table.flat.id) else {
            return own;
        };
        let key = WayKey {
            extra: Some((extra.number, watched)),
            ..key
        };
        let by_extra = self.memo.way(key, || {
            self.ways_for(at, table, purpose, joined, loops, Some((extra, watched)))
        });
        cheapest(own.into_iter().chain(by_extra))
    }

    /// By the table's own indexes, or by those that an extra one takes part in.
    fn ways_for(
        &self,
        at: usize,
        table: &TableModel<'_>,
        purpose: Purpose,
        joined: u32,
        loops: f64,
        extra: Option<(&ExtraIndex, bool)>,
    ) -> Option<Way> {
        let mut conditions: Vec<&Condition> = Vec::new();
        if purpose == Purpose::Probe {
            conditions.extend(self.memo.eligible(at, table, joined));
        }
        conditions.extend(&table.constant);
        let order: &[SortKey] = match purpose {
            Purpose::Ordered => &table.order,
            Purpose::Filter | Purpose::Probe => &[],
        };
        let premises: Vec<_> = table.premises.iter().collect();
        let reading = Reading {
            requirements: Requirements {
                relation: table.flat.id,
                conditions: &conditions,
                order,
                premises: &premises,
                columns: &table.columns,
            },
            loops,
            first_row: purpose == Purpose::Probe
                && matches!(table.flat.pairing, Pairing::Semi | Pairing::Anti),
        };
        let mut ways = match extra {
            None => self.existing_ways(table, &reading),
            Some(extra) => self.extra_ways(table, extra, &reading),
        };
        match purpose {
            Purpose::Filter => {
                ways.extend(self.conjunction_ways(table, extra, &reading));
                ways.extend(self.disjunction_way(table, extra));
                if extra.is_none() {
                    ways.push(Way {
                        scan: self.reader(table).sequential(table.constant.len()),
                        extra: false,
                        means: Means::Sequential,
                    });
                }
            }
            Purpose::Ordered => ways.retain(|way| {
                way.scan.ordered == order.len()
                    // the first key alone: groups of equal values are sorted as they come (incremental sort)
                    || way.scan.ordered > 0 && self.nearly_unique(table, &order[..way.scan.ordered])
            }),
            Purpose::Probe => {}
        }
        cheapest(ways)
    }

    fn nearly_unique(&self, table: &TableModel<'_>, keys: &[SortKey]) -> bool {
        let distinct: f64 = keys
            .iter()
            .map(|key| table.estimator.distinct(&key.expr))
            .product();
        let limit = self.flat.wanted.rows.unwrap_or(f64::INFINITY);
        table.estimator.rows() / distinct.max(1.0) <= limit.max(20.0)
    }

    fn existing_ways(&self, table: &TableModel<'_>, reading: &Reading<'_>) -> Vec<Way> {
        let reader = self.reader(table);
        let scans = table
            .indexes
            .iter()
            .flat_map(|index| reader.by_index(index, reading));
        scans
            .map(|scan| Way {
                scan,
                extra: false,
                means: Means::Existing,
            })
            .collect()
    }

    fn extra_ways(
        &self,
        table: &TableModel<'_>,
        (extra, watched): (&ExtraIndex, bool),
        reading: &Reading<'_>,
    ) -> Vec<Way> {
        let scans = self.reader(table).by_index(&extra.index, reading);
        scans
            .into_iter()
            .map(|scan| Way {
                scan,
                extra: watched,
                means: Means::Extra,
            })
            .collect()
    }

    /// `a = 1 AND b = 2`, each by its own index (BitmapAnd); with an extra index, those that it takes part in.
    fn conjunction_ways(
        &self,
        table: &TableModel<'_>,
        extra: Option<(&ExtraIndex, bool)>,
        reading: &Reading<'_>,
    ) -> Vec<Way> {
        if reading.requirements.conditions.len() < 2 {
            return Vec::new();
        }
        let reader = self.reader(table);
        let mut ways = Vec::new();
        let mut add = |first: &SizedIndex, second: &SizedIndex, extra: bool| {
            ways.extend(reader.by_both(first, second, reading).map(|scan| Way {
                scan,
                extra,
                means: Means::Conjunction,
            }));
        };
        for (at, first) in table.indexes.iter().enumerate() {
            match extra {
                Some((second, watched)) => add(first, &second.index, watched),
                None => {
                    for second in table.indexes.iter().skip(at + 1) {
                        add(first, second, false);
                    }
                }
            }
        }
        ways
    }

    /// `a = 1 OR b = 2`, each arm by its own index (BitmapOr).
    fn disjunction_way(
        &self,
        table: &TableModel<'_>,
        extra: Option<(&ExtraIndex, bool)>,
    ) -> Option<Way> {
        let mut best: Option<Way> = None;
        let premises: Vec<_> = table.premises.iter().collect();
        for arms in &table.disjunctions {
            let mut cost = 0.0;
            let mut blocks = 0.0;
            let mut uses = false;
            let mut served = true;
            for arm in arms {
                let conditions: Vec<&Condition> = arm.iter().chain(&table.constant).collect();
                let reading = Reading {
                    requirements: Requirements {
                        relation: table.flat.id,
                        conditions: &conditions,
                        order: &[],
                        premises: &premises,
                        columns: &table.columns,
                    },
                    loops: 1.0,
                    first_row: false,
                };
                let mut ways = self.existing_ways(table, &reading);
                if let Some(extra) = extra {
                    ways.extend(self.extra_ways(table, extra, &reading));
                }
                match cheapest(ways) {
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
                    means: Means::Disjunction,
                });
            }
        }
        best
    }
}
