//! How many pages an index would have if it were built now. Sources: nbtsort.c and nbtdedup.c (B-tree), hashpage.c
//! and hash.h (hash), brin_revmap.h and brin_tuple.c (BRIN).

use super::width::{Storage, align, storage, widths};
use crate::catalog::{ColumnStatistics, Type};

/// Bytes of a page between its header and the special space of a B-tree page.
const BTREE_SPACE: f64 = 8192.0 - 24.0 - 16.0;
/// A line pointer.
const POINTER: f64 = 4.0;
/// The header of an index tuple; with NULLs, also their bitmap.
const TUPLE_HEADER: f64 = 8.0;
const TUPLE_HEADER_WITH_NULLS: f64 = 16.0;

/// One key or INCLUDE column, as far as size is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnShape {
    pub storage: Storage,
    pub null_fraction: f64,
    /// Stored widths of the values, with their probabilities.
    pub widths: Vec<(f64, f64)>,
}

impl ColumnShape {
    /// A column, or an expression of a type, with what its statistics show.
    pub fn new(data_type: &Type, statistics: Option<&ColumnStatistics>) -> Self {
        let storage = storage(data_type, statistics);
        Self {
            storage,
            null_fraction: statistics.map_or(0.0, |statistics| statistics.null_fraction),
            widths: widths(data_type, storage, statistics),
        }
    }
}

/// An index, as far as its size is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexShape {
    pub keys: Vec<ColumnShape>,
    pub include: Vec<ColumnShape>,
    /// Entries.
    pub rows: f64,
    /// Groups of equal keys as (groups, rows in each); together they have all rows.
    pub groups: Vec<(f64, f64)>,
    pub unique: bool,
    /// Percent.
    pub fill_factor: f64,
}

/// Pages of a B-tree, and the levels above its leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BtreeSize {
    pub pages: f64,
    pub level: u32,
}

impl IndexShape {
    /// Mean bytes of an index tuple of these columns, aligned, without its line pointer: over all combinations of
    /// widths and NULLs, column by column.
    fn tuple<'a>(columns: impl Iterator<Item = &'a ColumnShape>) -> f64 {
        // Probability of each number of bytes so far, without and with a NULL among them: mostly one or two, in order.
        let mut states: Vec<((u32, bool), f64)> = vec![((0, false), 1.0)];
        for column in columns {
            let mut next: Vec<((u32, bool), f64)> = Vec::with_capacity(states.len());
            for ((offset, has_null), probability) in states {
                let mut add = |offset: f64, has_null: bool, probability: f64| {
                    if probability > 1e-9 {
                        let state = (offset as u32, has_null);
                        match next.binary_search_by_key(&state, |(known, _)| *known) {
                            Ok(at) => next[at].1 += probability,
                            Err(at) => next.insert(at, (state, probability)),
                        }
                    }
                };
                add(f64::from(offset), true, probability * column.null_fraction);
                let start = align(f64::from(offset), column.storage.alignment);
                for (width, share) in &column.widths {
                    add(
                        start + width,
                        has_null,
                        probability * (1.0 - column.null_fraction) * share,
                    );
                }
            }
            states = next;
        }
        states
            .into_iter()
            .map(|((offset, has_null), probability)| {
                let header = if has_null {
                    TUPLE_HEADER_WITH_NULLS
                } else {
                    TUPLE_HEADER
                };
                probability * align(header + f64::from(offset), 8)
            })
            .sum()
    }

    /// Bytes of the leaf entries, line pointers included, and their number, as `_bt_load` writes them: equal keys are
    /// merged into posting lists of up to a tenth of a page, unless the index is unique, has INCLUDE columns, or a
    /// type whose equal values may differ in their bytes.
    fn leaf_entries(&self) -> (f64, f64) {
        let tuple = Self::tuple(self.keys.iter().chain(&self.include));
        let merges = !self.unique
            && self.include.is_empty()
            && self.keys.iter().all(|key| key.storage.equal_image);
        if !merges {
            return (self.rows * (tuple + POINTER), self.rows);
        }
        let longest = 816.0 - POINTER;
        // The row addresses that a full posting list holds.
        let in_full = ((align(longest - 7.0, 8) - tuple) / 6.0).floor().max(1.0);
        let one = |rows: f64| -> (f64, f64) {
            if rows < 2.0 {
                return (tuple + POINTER, 1.0);
            }
            let full = (rows / in_full).floor();
            let left = rows - full * in_full;
            let list = |rows: f64| {
                if rows <= 1.0 {
                    tuple
                } else {
                    align(tuple + 6.0 * rows, 8)
                }
            };
            let mut bytes = full * (list(in_full) + POINTER);
            let mut entries = full;
            if left >= 1.0 {
                bytes += list(left) + POINTER;
                entries += 1.0;
            }
            (bytes, entries)
        };
        let mut bytes = 0.0;
        let mut entries = 0.0;
        for &(groups, rows) in &self.groups {
            let (group_bytes, group_entries) = if rows >= 50.0 {
                one(rows.round())
            } else {
                mean_over_poisson(rows, one)
            };
            bytes += groups * group_bytes;
            entries += groups * group_entries;
        }
        (bytes, entries)
    }

    /// Size of a B-tree built on all rows at once.
    pub fn btree(&self) -> BtreeSize {
        if self.rows < 1.0 {
            return BtreeSize {
                pages: 1.0,
                level: 0,
            };
        }
        let (bytes, entries) = self.leaf_entries();
        let entry = bytes / entries.max(1.0);
        // A leaf takes entries until less than its fill factor's rest is free; the last one then moves on.
        let free = 8192.0 * (100.0 - self.fill_factor) / 100.0;
        let per_leaf = ((BTREE_SPACE - 2.0 * POINTER - free) / entry).max(1.0);
        let per_leaf = if entry < 100.0 {
            per_leaf.floor()
        } else {
            per_leaf
        };
        let leaves = (entries / per_leaf).ceil().max(1.0);
        let per_inner = self.children_of_inner_page();
        let mut pages = 1.0 + leaves;
        let mut level = 0;
        let mut on_level = leaves;
        while on_level > 1.0 {
            on_level = (on_level / per_inner).ceil();
            pages += on_level;
            level += 1;
        }
        BtreeSize { pages, level }
    }

    /// INCLUDE columns are cut off above the leaves; inner pages are filled to 70 %: BTREE_NONLEAF_FILLFACTOR.
    fn children_of_inner_page(&self) -> f64 {
        let pivot = Self::tuple(self.keys.iter()) + POINTER;
        ((BTREE_SPACE - 2.0 * POINTER - 8192.0 * 0.3) / pivot)
            .floor()
            .max(2.0)
    }

    /// The levels above the leaves of a B-tree of which only the pages are known.
    pub fn level_of_pages(&self, pages: f64) -> u32 {
        let per_inner = self.children_of_inner_page();
        let mut on_level = ((pages - 1.0) * (1.0 - 1.0 / per_inner)).floor().max(1.0);
        let mut level = 0;
        while on_level > 1.0 {
            on_level = (on_level / per_inner).ceil();
            level += 1;
        }
        level
    }

    /// Pages of a hash index built on all rows at once.
    pub fn hash(&self) -> f64 {
        // An entry holds a hash of 4 bytes: an index tuple of 16, and its line pointer.
        const ENTRY: f64 = 20.0;
        let per_bucket = (8192.0 * self.fill_factor / 100.0 / ENTRY)
            .floor()
            .max(10.0);
        let buckets = hash_buckets(self.rows / per_bucket);
        let per_page = (BTREE_SPACE / ENTRY).floor();
        // Rows of one value share a bucket: those that fill more than a page need overflow pages.
        let mut overflow = 0.0;
        let shared: f64 = self
            .groups
            .iter()
            .map(|(groups, rows)| groups * rows * rows)
            .sum();
        let variance = self.rows / buckets + (shared - self.rows).max(0.0) / buckets;
        for &(groups, rows) in &self.groups {
            if rows > per_page {
                overflow += groups * (rows / per_page - 1.0 + 0.5).max(0.0);
            }
        }
        let mean = self.rows / buckets;
        let heavy = self.groups.iter().any(|(_, rows)| *rows > per_page);
        if !heavy {
            overflow += buckets * expected_overflow(mean, variance.sqrt(), per_page);
        }
        let bitmaps = ((overflow / 32_768.0).ceil()).max(1.0);
        1.0 + buckets + overflow.round() + bitmaps
    }

    /// Pages of a BRIN index over a table of `heap_pages` pages.
    pub fn brin(&self, heap_pages: f64, pages_per_range: f64) -> f64 {
        let ranges = (heap_pages / pages_per_range).ceil().max(1.0);
        // REVMAP_PAGE_MAXITEMS: item pointers of 6 bytes.
        let map_pages = (ranges / 1360.0).ceil();
        // Smallest and largest value of each column, behind a header of 8 bytes (16 with the NULL bitmap).
        let values: f64 = self
            .keys
            .iter()
            .map(|key| 2.0 * align(key.storage.width, key.storage.alignment))
            .sum();
        let header = if self.keys.iter().any(|key| key.null_fraction > 0.0) {
            8.0
        } else {
            5.0
        };
        let entry = align(align(header, 8) + values, 8) + POINTER;
        let per_page = ((8192.0 - 24.0 - 8.0) / entry).floor().max(1.0);
        1.0 + map_pages + (ranges / per_page).ceil()
    }
}

/// Mean of `f(rows)` per group, where the rows fall on the groups at random, `mean` on each.
fn mean_over_poisson(mean: f64, f: impl Fn(f64) -> (f64, f64)) -> (f64, f64) {
    if mean <= 1.0 {
        return f(1.0);
    }
    // A value that is there has one row at least.
    let rest = mean - 1.0;
    let mut probability = (-rest).exp();
    let (mut bytes, mut entries) = (0.0, 0.0);
    for more in 0..200 {
        let (group_bytes, group_entries) = f(1.0 + f64::from(more));
        bytes += probability * group_bytes;
        entries += probability * group_entries;
        probability *= rest / f64::from(more + 1);
    }
    (bytes, entries)
}

/// The buckets that a new hash index is given: `_hash_init` rounds up to what its split points allow, the powers of 2
/// up to 1024 and their quarters above (`_hash_spareindex`, `_hash_get_totalbuckets`).
fn hash_buckets(wanted: f64) -> f64 {
    let wanted = wanted.max(2.0);
    let power = 2f64.powf(wanted.log2().ceil());
    if power <= 1024.0 {
        return power;
    }
    let half = power / 2.0;
    let quarter = half / 4.0;
    half + ((wanted - half) / quarter).ceil() * quarter
}

/// Mean number of overflow pages of a bucket whose entries are about normally distributed.
fn expected_overflow(mean: f64, deviation: f64, per_page: f64) -> f64 {
    if deviation <= 0.0 {
        return (mean / per_page).ceil() - 1.0;
    }
    let mut expected = 0.0;
    // P(entries > page × n), summed over n.
    for pages in 1..1000 {
        let z = (per_page * f64::from(pages) - mean) / deviation;
        if z > 6.0 {
            break;
        }
        expected += normal_tail(z);
    }
    expected
}

/// P(Z > z) of the standard normal distribution (Abramowitz and Stegun 26.2.17).
fn normal_tail(z: f64) -> f64 {
    let positive = z.abs();
    let t = 1.0 / (1.0 + 0.231_641_9 * positive);
    let polynomial = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail =
        (-positive * positive / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * polynomial;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(rows: f64, groups: Vec<(f64, f64)>, unique: bool) -> IndexShape {
        let storage = Storage {
            width: 4.0,
            alignment: 4,
            fixed: true,
            equal_image: true,
        };
        IndexShape {
            keys: vec![ColumnShape {
                storage,
                null_fraction: 0.0,
                widths: vec![(4.0, 1.0)],
            }],
            include: Vec::new(),
            rows,
            groups,
            unique,
            fill_factor: 90.0,
        }
    }

    /// 2,745 pages is what PostgreSQL gives a unique index on a million integers.
    #[test]
    fn a_million_unique_integers() {
        let size = integer(1e6, vec![(1e6, 1.0)], true).btree();
        assert_eq!(
            size,
            BtreeSize {
                pages: 2745.0,
                level: 2
            }
        );
    }

    #[test]
    fn equal_keys_are_merged() {
        let unique = integer(1e6, vec![(1e6, 1.0)], true).btree().pages;
        let merged = integer(1e6, vec![(10.0, 1e5)], false).btree().pages;
        assert!(merged < unique / 2.5, "{merged}");
    }

    #[test]
    fn buckets_of_a_hash_index() {
        assert_eq!(hash_buckets(3.0), 4.0);
        assert_eq!(hash_buckets(1024.0), 1024.0);
        assert_eq!(hash_buckets(1025.0), 1280.0);
        assert_eq!(hash_buckets(1800.0), 2048.0);
    }
}
