//! What one read of a table costs. Source: costsize.c (cost_seqscan, cost_index, cost_bitmap_heap_scan,
//! index_pages_fetched) and btcostestimate of selfuncs.c.

use crate::catalog::{Catalog, IndexMethod, Table};
use crate::query::{Expr, Facts};

use super::condition::{Condition, Operator};
use super::definition::IndexDefinition;
use super::selectivity::Estimator;
use super::serve::{Requirements, Served, serves};
use super::size::IndexSize;

/// `cpu_tuple_cost`
const CPU_TUPLE: f64 = 0.01;
/// `cpu_index_tuple_cost`
const CPU_INDEX_TUPLE: f64 = 0.005;
/// `cpu_operator_cost`
pub(super) const CPU_OPERATOR: f64 = 0.0025;
/// `effective_cache_size` in pages, its default of 4 GB.
const CACHE_PAGES: f64 = 524_288.0;

/// Between time and place of rows that are written as they happen.
const ASSUMED_CORRELATION: f64 = 0.9;

/// Prices of the planner that a server may have changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prices {
    pub random_page: f64,
    pub sequential_page: f64,
}

impl Prices {
    pub fn of(catalog: &Catalog) -> Self {
        let setting = |name: &str, default: f64| {
            catalog
                .server
                .settings
                .get(name)
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
        };
        Self {
            random_page: setting("random_page_cost", 4.0),
            sequential_page: setting("seq_page_cost", 1.0),
        }
    }
}

/// One way to read rows of a table, once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    /// In the planner's units.
    pub cost: f64,
    /// Blocks touched (as EXPLAIN (BUFFERS) counts: hit + read).
    pub blocks: f64,
    /// How many sort keys come in order.
    pub ordered: usize,
}

/// An index with its size.
#[derive(Debug, Clone)]
pub(super) struct SizedIndex {
    pub definition: IndexDefinition,
    pub size: IndexSize,
}

/// A table as far as reading it is concerned.
pub(super) struct ReadTable<'a> {
    pub catalog: &'a Catalog,
    pub table: &'a Table,
    pub facts: Facts<'a>,
    pub estimator: &'a Estimator<'a>,
    pub pages: f64,
    pub prices: Prices,
}

/// How a table is to be read.
pub(super) struct Reading<'r> {
    pub requirements: Requirements<'r>,
    /// How often.
    pub loops: f64,
    /// The reader stops at the first row (EXISTS).
    pub first_row: bool,
}

impl ReadTable<'_> {
    /// Reading the whole table.
    pub fn sequential(&self, conditions: usize) -> Scan {
        let rows = self.estimator.rows();
        Scan {
            cost: self.pages * self.prices.sequential_page
                + rows * (CPU_TUPLE + CPU_OPERATOR * conditions as f64),
            blocks: self.pages,
            ordered: 0,
        }
    }

    /// The ways to read it by an index: plain and, where no order is wanted of it, bitmap.
    pub fn by_index(&self, index: &SizedIndex, reading: &Reading<'_>) -> Vec<Scan> {
        let requirements = &reading.requirements;
        let Some(served) = serves(
            self.catalog,
            self.table,
            &self.facts,
            &index.definition,
            requirements,
        ) else {
            return Vec::new();
        };
        let partial_useful = !index.definition.predicate.is_empty();
        if !served.is_useful() && !served.covers && !partial_useful {
            return Vec::new();
        }
        match index.definition.method {
            IndexMethod::Btree => self.btree(index, &served, reading),
            IndexMethod::Brin if !served.bounds.is_empty() => {
                vec![self.brin(index, &served, requirements)]
            }
            _ if !served.bounds.is_empty() => self.other(index, &served, reading),
            _ => Vec::new(),
        }
    }

    fn selectivity(&self, numbers: &[usize], conditions: &[&Condition]) -> f64 {
        // one key may have several conditions: the strongest counts
        let mut by_key: Vec<(&Expr, f64)> = Vec::new();
        for number in numbers {
            let Some(condition) = conditions.get(*number) else {
                continue;
            };
            match by_key.iter_mut().find(|(key, _)| **key == condition.key) {
                Some((_, known)) => *known = known.min(condition.selectivity),
                None => by_key.push((&condition.key, condition.selectivity)),
            }
        }
        by_key.iter().map(|(_, selectivity)| selectivity).product()
    }

    fn btree(&self, index: &SizedIndex, served: &Served, reading: &Reading<'_>) -> Vec<Scan> {
        let conditions = reading.requirements.conditions;
        let bounding = self.selectivity(&served.bounds, conditions);
        let filtering = self.selectivity(&served.filters, conditions);
        let mut entries = (index.size.rows * bounding).max(1.0);
        let mut fetched = (entries * filtering).max(1.0);
        if served.single_row {
            entries = 1.0;
            fetched = 1.0;
        }
        if reading.first_row && reading.loops > 1.0 {
            entries = entries.min(2.0);
            fetched = fetched.min(1.0);
        }
        let descents: f64 = served
            .bounds
            .iter()
            .filter_map(|number| match conditions.get(*number)?.operator {
                Operator::Equal { values } => Some(values.max(1.0)),
                _ => None,
            })
            .product();
        let leaf_pages = (index.size.pages * entries / index.size.rows.max(1.0))
            .ceil()
            .max(1.0);
        let index_blocks =
            descents.min(entries.max(1.0)) * served.skipped * (index.size.height + 1.0)
                + (leaf_pages - 1.0);
        let index_cost = self.amortised(leaf_pages, index.size.pages, reading.loops)
            * self.prices.random_page
            + entries
                * (CPU_INDEX_TUPLE
                    + CPU_OPERATOR * (served.bounds.len() + served.filters.len()) as f64)
            + descents
                * served.skipped
                * ((index.size.rows.max(2.0)).log2().ceil() * CPU_OPERATOR
                    + (index.size.height + 1.0) * 50.0 * CPU_OPERATOR);
        let checks = conditions
            .len()
            .saturating_sub(served.bounds.len() + served.filters.len());
        let row_cost = CPU_TUPLE + CPU_OPERATOR * checks as f64;
        let ordered = served
            .order
            .filter(|_| !self.seeks_in_order(index, served, conditions))
            .map_or(0, |(keys, _)| keys);

        let mut scans = Vec::new();
        if served.covers {
            let visible = self.visible_fraction();
            let heap = fetched * (1.0 - visible);
            scans.push(Scan {
                cost: index_cost + heap * self.prices.random_page + fetched * row_cost,
                blocks: index_blocks + heap + 1.0,
                ordered,
            });
        }
        if served.bounds.is_empty() && ordered == 0 && index.definition.predicate.is_empty() {
            return scans;
        }
        let correlation = self.correlation_of(&index.definition, &served.bounds, conditions);
        let straight = correlation * correlation;
        let scattered_pages = self.heap_pages(fetched, reading.loops);
        let packed_pages = (fetched / self.estimator.rows() * self.pages)
            .ceil()
            .max(1.0);
        let scattered_cost = scattered_pages * self.prices.random_page;
        let packed_cost =
            self.prices.random_page + (packed_pages - 1.0) * self.prices.sequential_page;
        scans.push(Scan {
            cost: index_cost
                + scattered_cost
                + straight * (packed_cost.min(scattered_cost) - scattered_cost)
                + fetched * row_cost,
            blocks: index_blocks + straight * packed_pages + (1.0 - straight) * fetched,
            ordered,
        });
        let once = self.heap_pages(fetched, 1.0);
        scans.push(self.bitmap(
            index_cost,
            index_blocks,
            fetched,
            once + straight * (packed_pages - once).min(0.0),
            row_cost,
            reading.loops,
        ));
        scans
    }

    /// Whether the rows wanted begin with letters for which the index cannot be searched: in its order they lie
    /// together, anywhere, and whoever reads it in order may come to them last.
    fn seeks_in_order(
        &self,
        index: &SizedIndex,
        served: &Served,
        conditions: &[&Condition],
    ) -> bool {
        conditions.iter().enumerate().any(|(number, condition)| {
            condition.operator == Operator::Prefix
                && !served.bounds.contains(&number)
                && index
                    .definition
                    .keys
                    .iter()
                    .any(|key| key.expr == condition.key)
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn bitmap(
        &self,
        index_cost: f64,
        index_blocks: f64,
        fetched: f64,
        touched: f64,
        row_cost: f64,
        loops: f64,
    ) -> Scan {
        let pages = self.heap_pages(fetched, loops);
        let price = if pages >= 2.0 {
            self.prices.random_page
                - (self.prices.random_page - self.prices.sequential_page)
                    * (pages / self.pages.max(1.0)).min(1.0).sqrt()
        } else {
            self.prices.random_page
        };
        Scan {
            // 0.1 * cpu_operator_cost to put a row into the bitmap, and one recheck
            cost: index_cost
                + pages * price
                + fetched * (row_cost + CPU_OPERATOR + 0.1 * CPU_OPERATOR),
            blocks: index_blocks + touched,
            ordered: 0,
        }
    }

    /// Two indexes at once (BitmapAnd): each bounds another key, and the rows in both bitmaps are read.
    pub fn by_both(
        &self,
        first: &SizedIndex,
        second: &SizedIndex,
        reading: &Reading<'_>,
    ) -> Option<Scan> {
        let requirements = &reading.requirements;
        let conditions = requirements.conditions;
        let mut cost = 0.0;
        let mut blocks = 0.0;
        let mut bounds: Vec<usize> = Vec::new();
        for index in [first, second] {
            let definition = &index.definition;
            let served = serves(
                self.catalog,
                self.table,
                &self.facts,
                definition,
                requirements,
            )?;
            let useful = definition.method == IndexMethod::Btree
                && definition.predicate.is_empty()
                && !served.bounds.is_empty()
                && served.skipped <= 1.0;
            let overlaps = served.bounds.iter().any(|number| {
                let key = conditions.get(*number).map(|condition| &condition.key);
                bounds
                    .iter()
                    .any(|known| conditions.get(*known).map(|condition| &condition.key) == key)
            });
            if !useful || overlaps {
                return None;
            }
            let selectivity = self.selectivity(&served.bounds, conditions);
            let entries = (index.size.rows * selectivity).max(1.0);
            let leaf_pages = (index.size.pages * selectivity).ceil().max(1.0);
            blocks += index.size.height + leaf_pages;
            // 0.1 * cpu_operator_cost to put a row into the bitmap: cost_bitmap_and_node
            cost += leaf_pages * self.prices.random_page
                + entries
                    * (CPU_INDEX_TUPLE
                        + CPU_OPERATOR * served.bounds.len() as f64
                        + 0.1 * CPU_OPERATOR)
                + (index.size.height + 1.0) * 50.0 * CPU_OPERATOR;
            bounds.extend(served.bounds);
        }
        let fetched = (self.estimator.rows() * self.selectivity(&bounds, conditions)).max(1.0);
        let checks = conditions.len().saturating_sub(bounds.len());
        let row_cost = CPU_TUPLE + CPU_OPERATOR * checks as f64;
        let touched = self.heap_pages(fetched, 1.0);
        Some(self.bitmap(cost, blocks, fetched, touched, row_cost, reading.loops))
    }

    fn brin(&self, index: &SizedIndex, served: &Served, requirements: &Requirements<'_>) -> Scan {
        let selectivity = self.selectivity(&served.bounds, requirements.conditions);
        // whoever built it will have looked at the correlation
        let correlation = match self.correlation(&index.definition) {
            0.0 => 1.0,
            known => known.abs().max(0.01),
        };
        let pages = ((selectivity / correlation).min(1.0) * self.pages + 128.0).min(self.pages);
        let rows = pages / self.pages * self.estimator.rows();
        Scan {
            cost: index.size.pages * self.prices.sequential_page
                + pages * self.prices.sequential_page
                + rows * (CPU_TUPLE + CPU_OPERATOR),
            blocks: index.size.pages + pages,
            ordered: 0,
        }
    }

    /// GIN, GiST, hash: an entry for each value, a bitmap of rows.
    fn other(&self, index: &SizedIndex, served: &Served, reading: &Reading<'_>) -> Vec<Scan> {
        let selectivity = self.selectivity(&served.bounds, reading.requirements.conditions);
        let fetched = (index.size.rows * selectivity).max(1.0);
        let leaf_pages = (index.size.pages * selectivity).ceil().max(1.0) + 2.0;
        let index_cost = leaf_pages * self.prices.random_page + fetched * CPU_INDEX_TUPLE;
        vec![self.bitmap(
            index_cost,
            leaf_pages,
            fetched,
            self.heap_pages(fetched, 1.0),
            CPU_TUPLE + CPU_OPERATOR,
            reading.loops,
        )]
    }

    /// Between the index's order and that of the rows; 0 where it is unknown. Source: btcostestimate.
    fn correlation(&self, index: &IndexDefinition) -> f64 {
        let first = index
            .keys
            .first()
            .and_then(|key| key.column())
            .and_then(|id| self.table.columns.get(id.0))
            .and_then(|column| column.statistics.as_ref())
            .and_then(|statistics| statistics.correlation)
            .unwrap_or(0.0);
        if index.keys.len() > 1 {
            first * 0.75
        } else {
            first
        }
    }

    /// As [`Self::correlation`]; where it is unknown, rows of one stretch of time are taken to lie together if nearly
    /// every row has a moment of its own: such columns mostly tell when the row was written.
    fn correlation_of(
        &self,
        index: &IndexDefinition,
        bounds: &[usize],
        conditions: &[&Condition],
    ) -> f64 {
        let known = self.correlation(index);
        let Some(key) = index.keys.first().filter(|_| known == 0.0) else {
            return known;
        };
        let column = key.column().and_then(|id| self.table.columns.get(id.0));
        let moments = column.is_some_and(|column| {
            self.catalog.base_type(&column.data_type).is_date_time()
                && column
                    .statistics
                    .as_ref()
                    .is_some_and(|statistics| statistics.correlation.is_none())
        });
        let closed = bounds
            .iter()
            .filter_map(|number| conditions.get(*number))
            .any(|condition| {
                condition.key == key.expr
                    && matches!(
                        condition.operator,
                        Operator::Range {
                            low: Some(_),
                            high: Some(_)
                        }
                    )
            });
        if moments && closed && self.estimator.distinct(&key.expr) >= self.estimator.rows() / 2.0 {
            ASSUMED_CORRELATION
        } else {
            known
        }
    }

    fn visible_fraction(&self) -> f64 {
        let statistics = self.table.statistics.as_ref();
        match statistics
            .and_then(|statistics| Some((statistics.all_visible_pages?, statistics.pages?)))
        {
            Some((visible, pages)) if pages > 0.0 => (visible / pages).clamp(0.0, 1.0),
            _ => 1.0,
        }
    }

    /// Pages that reading `rows` scattered rows touches, for each of `loops` times. Source: index_pages_fetched.
    fn heap_pages(&self, rows: f64, loops: f64) -> f64 {
        mackert_lohman(rows * loops, self.pages) / loops
    }

    fn amortised(&self, pages: f64, all: f64, loops: f64) -> f64 {
        if loops > 1.0 {
            mackert_lohman(pages * loops, all) / loops
        } else {
            pages
        }
    }
}

/// Distinct pages of `pages` that `rows` scattered rows lie on (Mackert and Lohman).
pub fn mackert_lohman(rows: f64, pages: f64) -> f64 {
    let pages = pages.max(1.0);
    if pages <= CACHE_PAGES {
        (2.0 * pages * rows / (2.0 * pages + rows))
            .min(pages)
            .max(1.0_f64.min(rows))
    } else {
        let limit = 2.0 * pages * CACHE_PAGES / (2.0 * pages - CACHE_PAGES);
        if rows <= limit {
            2.0 * pages * rows / (2.0 * pages + rows)
        } else {
            CACHE_PAGES + (rows - limit) * (pages - CACHE_PAGES) / pages
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattered_rows_touch_no_more_pages_than_there_are() {
        assert_eq!(mackert_lohman(1_000_000.0, 100.0), 100.0);
        assert!((mackert_lohman(10.0, 1000.0) - 9.95).abs() < 0.01);
        assert!(mackert_lohman(600.0, 1000.0) < 500.0);
    }
}
