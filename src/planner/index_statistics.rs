use super::gin_keys::{GinContent, gin_keys};
use super::gin_size::{GinKeys, gin_size};
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

/// Operator classes of GIN that take other keys out of a value than the one of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GinClass {
    OfType,
    Trigrams,
    JsonPaths,
}

impl GinClass {
    /// From the text of a definition, or the name of the class.
    pub(super) fn named_in(definition: &str) -> Self {
        if definition.contains("gin_trgm_ops") {
            Self::Trigrams
        } else if definition.contains("jsonb_path_ops") {
            Self::JsonPaths
        } else {
            Self::OfType
        }
    }
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
    /// Operator class of a GIN index, where it is not its type's own.
    pub gin_class: GinClass,
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

    fn data_type<'a>(&'a self, catalog: &'a Catalog) -> &'a Type {
        match self {
            Self::Column(column) => catalog.base_type(&column.data_type),
            Self::Expression { .. } => &Type::Text,
        }
    }

    fn shape(&self, catalog: &Catalog) -> ColumnShape {
        let storage = self.storage(catalog);
        let data_type = self.data_type(catalog);
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
                let size = gin_size(&self.gin_keys(catalog), self.heap_pages);
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

    fn gin_keys(&self, catalog: &Catalog) -> Vec<GinKeys> {
        let mut all = Vec::new();
        for key in &self.keys {
            let Some(statistics) = key.statistics() else {
                all.push(GinKeys {
                    count: self.rows,
                    rows: 1.0,
                    width: key.storage(catalog).width.min(128.0),
                });
                continue;
            };
            let content = match (self.gin_class, key.data_type(catalog)) {
                (GinClass::Trigrams, data_type) if data_type.is_string() => GinContent::Trigrams,
                (GinClass::JsonPaths, Type::Jsonb) => GinContent::JsonPaths,
                (_, Type::Jsonb) => GinContent::JsonKeys,
                (_, Type::TsVector) => GinContent::Lexemes,
                _ => GinContent::Elements,
            };
            all.extend(gin_keys(content, statistics, self.rows, self.table_rows));
        }
        all
    }
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
        gin_class: index
            .keys
            .iter()
            .filter_map(|key| key.opclass.as_deref())
            .map(GinClass::named_in)
            .find(|class| *class != GinClass::OfType)
            .unwrap_or(GinClass::OfType),
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
