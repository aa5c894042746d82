use super::index_size::{ColumnShape, IndexShape};
use super::page::GinCounts;
use super::schema_sql::pages_per_range;
use super::width::{Storage, column_storage, estimated_heap_pages, widths};
use crate::catalog::{
    Catalog, Column, ColumnStatistics, Index, IndexMethod, IndexTarget, Table, Type,
};

/// Size of an index as the planner is to see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct IndexSize {
    /// Pages in pg_class.
    pub pages: f64,
    /// Entries in pg_class.
    pub rows: f64,
    /// Length of the file.
    pub file_pages: f64,
    /// Levels of a B-tree above its leaves.
    pub level: Option<u32>,
    /// Counts in a GIN index's first page.
    pub gin: Option<GinCounts>,
}

/// A key or INCLUDE column of an index.
#[derive(Debug, Clone)]
pub(super) enum IndexedValue<'a> {
    Column(&'a Column),
    Expression {
        storage: Storage,
        statistics: Option<Box<ColumnStatistics>>,
    },
}

/// An index whose size is to be estimated.
#[derive(Debug, Clone)]
pub(super) struct IndexToSize<'a> {
    pub method: IndexMethod,
    pub keys: Vec<IndexedValue<'a>>,
    pub include: Vec<IndexedValue<'a>>,
    pub unique: bool,
    /// Percent.
    pub fill_factor: Option<f64>,
    /// BRIN only.
    pub pages_per_range: Option<f64>,
    /// Entries; fewer than the table's rows for a partial index.
    pub rows: f64,
    /// Number of different keys, where the planner was asked.
    pub distinct: Option<f64>,
    pub table_rows: f64,
    pub heap_pages: f64,
    /// Whether a GIN index is of pg_trgm's operator class.
    pub trigrams: bool,
}

impl IndexedValue<'_> {
    fn statistics(&self) -> Option<&ColumnStatistics> {
        match self {
            Self::Column(column) => column.statistics.as_ref(),
            Self::Expression { statistics, .. } => statistics.as_deref(),
        }
    }

    fn storage(&self, catalog: &Catalog) -> Storage {
        match self {
            Self::Column(column) => column_storage(catalog, column),
            Self::Expression { storage, .. } => *storage,
        }
    }

    fn shape(&self, catalog: &Catalog) -> ColumnShape {
        let storage = self.storage(catalog);
        let data_type = match self {
            Self::Column(column) => catalog.base_type(&column.data_type),
            Self::Expression { .. } => &Type::Text,
        };
        ColumnShape {
            storage,
            null_fraction: self
                .statistics()
                .map_or(0.0, |statistics| statistics.null_fraction),
            widths: widths(data_type, storage, self.statistics()),
        }
    }
}

impl IndexToSize<'_> {
    /// Groups of equal keys as (groups, rows in each). Common values count one by one; the other rows fall evenly on
    /// the other values. Where nothing tells how many values there are, all are taken to be different.
    fn groups(&self, catalog: &Catalog) -> Vec<(f64, f64)> {
        let rows = self.rows;
        let share = if self.table_rows > 0.0 {
            rows / self.table_rows
        } else {
            1.0
        };
        if let [only] = self.keys.as_slice()
            && self.distinct.is_none()
        {
            let Some(statistics) = only.statistics() else {
                return vec![(rows, 1.0)];
            };
            let distinct = match (statistics.distinct_values(self.table_rows), only) {
                (Some(distinct), _) => distinct,
                (None, IndexedValue::Column(column))
                    if *catalog.base_type(&column.data_type) == Type::Bool =>
                {
                    2.0
                }
                (None, _) => self.table_rows,
            };
            let mut groups = Vec::new();
            if statistics.null_fraction > 0.0 {
                groups.push((1.0, statistics.null_fraction * rows));
            }
            let mut listed = statistics.null_fraction;
            for (_, frequency) in &statistics.most_common {
                listed += frequency;
                groups.push((1.0, (frequency * self.table_rows * share).max(1.0)));
            }
            let others = (distinct - statistics.most_common.len() as f64).max(0.0);
            let left = (1.0 - listed).max(0.0) * rows;
            if left >= 1.0 {
                let others = others.clamp(1.0, left);
                groups.push((others, left / others));
            }
            return groups;
        }
        let distinct = self.distinct.unwrap_or_else(|| {
            self.keys
                .iter()
                .map(|key| {
                    key.statistics()
                        .and_then(|statistics| statistics.distinct_values(self.table_rows))
                        .unwrap_or(self.table_rows)
                })
                .product::<f64>()
        });
        let distinct = distinct.clamp(1.0, rows.max(1.0));
        vec![(distinct, rows / distinct)]
    }

    fn shape(&self, catalog: &Catalog) -> IndexShape {
        let shapes =
            |values: &[IndexedValue<'_>]| values.iter().map(|value| value.shape(catalog)).collect();
        IndexShape {
            keys: shapes(&self.keys),
            include: shapes(&self.include),
            rows: self.rows,
            groups: self.groups(catalog),
            unique: self.unique,
            fill_factor: self.fill_factor.unwrap_or(match self.method {
                IndexMethod::Hash => 75.0,
                _ => 90.0,
            }),
        }
    }

    /// Pages if it were built now, level, and GIN's counts.
    pub(super) fn estimate(&self, catalog: &Catalog) -> IndexSize {
        let shape = self.shape(catalog);
        let mut level = None;
        let mut gin = None;
        let pages = match self.method {
            IndexMethod::Hash => shape.hash(),
            IndexMethod::Brin => shape.brin(self.heap_pages, self.pages_per_range.unwrap_or(128.0)),
            IndexMethod::Gin => {
                let size = shape.gin(&self.gin_keys(), self.heap_pages);
                gin = Some(GinCounts {
                    pages: size.pages as u32,
                    entry_pages: size.entry_pages as u32,
                    data_pages: size.data_pages as u32,
                    entries: size.entries as u64,
                });
                size.pages
            }
            // Others have no estimate of their own: about as large as a B-tree without merged entries.
            _ => {
                let size = shape.btree();
                if self.method == IndexMethod::Btree {
                    level = Some(size.level);
                }
                size.pages
            }
        };
        IndexSize {
            pages,
            rows: self.rows,
            file_pages: pages,
            level,
            gin,
        }
    }

    /// Keys of a GIN index in groups of (keys, rows that hold each).
    fn gin_keys(&self) -> Vec<(f64, f64)> {
        let mut groups = Vec::new();
        for key in &self.keys {
            let Some(statistics) = key.statistics() else {
                groups.push((self.rows, 1.0));
                continue;
            };
            if self.trigrams {
                groups.extend(trigram_groups(statistics, self.rows));
            } else if !statistics.most_common_elements.is_empty() {
                groups.extend(element_groups(statistics, self.rows));
            } else {
                let distinct = statistics
                    .distinct_values(self.table_rows)
                    .unwrap_or(self.rows)
                    .clamp(1.0, self.rows.max(1.0));
                groups.push((distinct, self.rows / distinct));
            }
        }
        groups
    }
}

/// Common elements one by one; the others share what is left of the mean number of elements in a row.
fn element_groups(statistics: &ColumnStatistics, rows: f64) -> Vec<(f64, f64)> {
    let common = statistics
        .most_common_elements
        .iter()
        .map(|(_, frequency)| (1.0, frequency * rows));
    let mut groups: Vec<(f64, f64)> = common.collect();
    let listed: f64 = statistics
        .most_common_elements
        .iter()
        .map(|(_, frequency)| frequency)
        .sum();
    // The last number is the mean, behind the histogram's bounds.
    let mean = statistics
        .element_count_histogram
        .last()
        .copied()
        .unwrap_or(listed);
    let least = statistics
        .element_frequency_extra
        .first()
        .copied()
        .unwrap_or(0.0)
        .max(1.0 / rows.max(1.0));
    let rest = (mean - listed).max(0.0) * rows;
    if rest >= 1.0 {
        let each = (least * rows / 2.0).max(1.0);
        groups.push((rest / each, each));
    }
    groups
}

/// Trigrams of the values that the statistics show, scaled to all rows; those that are in one of them only stand for
/// further ones that the sample missed (Chao's estimate).
fn trigram_groups(statistics: &ColumnStatistics, rows: f64) -> Vec<(f64, f64)> {
    let values = statistics
        .most_common
        .iter()
        .map(|(value, _)| value)
        .chain(&statistics.histogram);
    let mut seen: std::collections::HashMap<[char; 3], f64> = std::collections::HashMap::new();
    let mut sampled = 0.0;
    for value in values {
        sampled += 1.0;
        for trigram in trigrams(value) {
            *seen.entry(trigram).or_default() += 1.0;
        }
    }
    if sampled < 10.0 {
        // A text of n characters has some n trigrams; of texts in one language some thousands are different.
        let length = statistics.width.unwrap_or(32.0).max(1.0);
        return vec![(5000.0, (rows * length / 5000.0).max(1.0))];
    }
    let of_count = |count: f64| seen.values().filter(|seen| **seen == count).count() as f64;
    let (once, twice) = (of_count(1.0), of_count(2.0));
    let missed = once * once / (2.0 * twice.max(1.0));
    let mut groups: Vec<(f64, f64)> = seen
        .values()
        .filter(|count| **count > 1.0)
        .map(|count| (1.0, count / sampled * rows))
        .collect();
    if once > 0.0 {
        groups.push((
            once + missed,
            (once / (once + missed) / sampled * rows).max(1.0),
        ));
    }
    groups
}

/// As pg_trgm takes them: words of letters and digits, in lower case, with two blanks before and one behind.
fn trigrams(text: &str) -> std::collections::HashSet<[char; 3]> {
    let mut found = std::collections::HashSet::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let padded: Vec<char> = [' ', ' ']
            .into_iter()
            .chain(word.chars())
            .chain([' '])
            .collect();
        for window in padded.windows(3) {
            if let [first, second, third] = window {
                found.insert([*first, *second, *third]);
            }
        }
    }
    found
}

/// The size of an index of the catalog: as its statistics tell, or estimated for `rows` entries. `None` where neither
/// is known.
pub(super) fn index_size(
    catalog: &Catalog,
    table: &Table,
    index: &Index,
    partial_rows: Option<f64>,
) -> Option<IndexSize> {
    let known = index.statistics.as_ref();
    let table_statistics = table.statistics.as_ref()?;
    if table_statistics.rows < 0.0 {
        return None;
    }
    let counted = known.filter(|known| known.is_counted());
    let rows = counted.map_or_else(
        || partial_rows.unwrap_or(table_statistics.rows),
        |known| known.rows,
    );
    let values = |target: &IndexTarget, position: usize| match target {
        IndexTarget::Column(id) => IndexedValue::Column(&table.columns[id.0]),
        IndexTarget::Expression(_) => {
            let statistics = known
                .and_then(|known| known.expressions.get(&position))
                .cloned();
            IndexedValue::Expression {
                storage: super::width::storage(&Type::Text, statistics.as_ref()),
                statistics: statistics.map(Box::new),
            }
        }
    };
    let to_size = IndexToSize {
        method: index.method.clone(),
        keys: index
            .keys
            .iter()
            .enumerate()
            .map(|(position, key)| values(&key.target, position))
            .collect(),
        include: index
            .include
            .iter()
            .map(|id| IndexedValue::Column(&table.columns[id.0]))
            .collect(),
        unique: index.unique,
        fill_factor: index.fill_factor.map(f64::from),
        pages_per_range: index
            .definition
            .as_deref()
            .and_then(pages_per_range)
            .map(f64::from),
        rows,
        distinct: None,
        table_rows: table_statistics.rows,
        heap_pages: table_statistics.pages.unwrap_or_else(|| {
            estimated_heap_pages(catalog, &table.columns, table_statistics.rows)
        }),
        trigrams: index.keys.iter().any(|key| {
            key.opclass
                .as_deref()
                .is_some_and(|name| name.contains("gin_trgm_ops"))
        }),
    };
    let Some(known) = counted else {
        return Some(to_size.estimate(catalog));
    };
    let file_pages = known.file_pages.unwrap_or(known.pages);
    let level = (index.method == IndexMethod::Btree).then(|| {
        known
            .height
            .unwrap_or_else(|| to_size.shape(catalog).level_of_pages(file_pages))
    });
    Some(IndexSize {
        pages: known.pages,
        rows: known.rows,
        file_pages,
        level,
        gin: known.gin.map(|counts| GinCounts {
            pages: counts.pages,
            entry_pages: counts.entry_pages,
            data_pages: counts.data_pages,
            entries: counts.entries,
        }),
    })
}
