use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What PostgreSQL (pg_class) knows of a table's size.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableStatistics {
    /// Live rows.
    pub rows: f64,
    /// Pages of 8 kB; `None` where they have to be estimated from rows and widths.
    pub pages: Option<f64>,
    /// Length of the file in pages, where it has changed since `pages` was counted.
    pub file_pages: Option<f64>,
    pub all_visible_pages: Option<f64>,
    pub dead_rows: Option<f64>,
    /// Writes since the statistics were reset.
    pub inserts: Option<f64>,
    pub updates: Option<f64>,
    pub deletes: Option<f64>,
    pub hot_updates: Option<f64>,
    pub sequential_scans: Option<f64>,
    pub index_scans: Option<f64>,
    /// Of several columns together (CREATE STATISTICS).
    pub extended: Vec<ExtendedStatistics>,
}

/// What ANALYZE (pg_stats) knows of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnStatistics {
    /// Fraction of NULLs, 0 to 1.
    pub null_fraction: f64,
    /// Average width in bytes, where known.
    pub width: Option<f64>,
    /// PostgreSQL's convention: the number of distinct values where positive, minus their fraction of the rows where
    /// negative; 0 or `None` where unknown.
    pub distinct: Option<f64>,
    /// Most common values as text, with their fraction of all rows, most frequent first.
    pub most_common: Vec<(String, f64)>,
    /// Bounds of the histogram over the other values, as text.
    pub histogram: Vec<String>,
    /// Between physical and logical order, -1 to 1.
    pub correlation: Option<f64>,
    /// Most common elements of arrays (jsonb keys, lexemes) with their fraction of the rows.
    pub most_common_elements: Vec<(String, f64)>,
    /// The numbers behind the element frequencies (minimum, maximum, NULL), as pg_stats shows them.
    pub element_frequency_extra: Vec<f64>,
    /// Histogram of the number of distinct elements.
    pub element_count_histogram: Vec<f64>,
    /// How unevenly rows fall on the values that are not listed: the exponent of Zipf's law, 0 is evenly. Written by
    /// hand only, for generated rows; PostgreSQL has no such figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew: Option<f64>,
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// Statistics that a person wrote, before they are bound to a schema by [`super::Catalog::apply_statistics`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandWrittenStatistics {
    pub tables: Vec<HandWrittenTable>,
    pub indexes: Vec<HandWrittenIndex>,
    pub server: ServerStatistics,
}

/// A table as a person names it: `orders`, or `schema.orders`.
#[derive(Debug, Clone, PartialEq)]
pub struct HandWrittenTable {
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    pub sizes: Option<TableStatistics>,
    pub columns: Vec<HandWrittenColumn>,
}

/// An index as a person names it: `orders_created_at`, or `schema.orders_created_at`.
#[derive(Debug, Clone, PartialEq)]
pub struct HandWrittenIndex {
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// False after a failed CREATE INDEX CONCURRENTLY.
    pub valid: bool,
    pub statistics: IndexStatistics,
}

/// A column as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct HandWrittenColumn {
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Whether the fraction of NULLs was written.
    pub nulls_given: bool,
    pub statistics: ColumnStatistics,
}

impl ServerStatistics {
    /// Days between the last reset of the counters and the moment at which they were read, where both are known.
    pub fn counted_days(&self) -> Option<f64> {
        days_between(self.statistics_reset.as_deref()?, self.taken_at.as_deref()?)
    }

    /// Days between a moment, as the server printed it, and the one at which the statistics were read.
    pub fn days_since(&self, moment: &str) -> Option<f64> {
        days_between(moment, self.taken_at.as_deref()?)
    }
}

/// Days from one moment (RFC 3339, or a date alone) to another.
fn days_between(earlier: &str, later: &str) -> Option<f64> {
    let moment = |text: &str| {
        text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let date: jiff::civil::Date = text.parse().ok()?;
            Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        })
    };
    let seconds = moment(later)?.duration_since(moment(earlier)?).as_secs();
    Some(seconds as f64 / 86_400.0)
}

impl ColumnStatistics {
    /// The number of distinct values in a table of `rows` rows.
    pub fn distinct_values(&self, rows: f64) -> Option<f64> {
        match self.distinct {
            Some(distinct) if distinct > 0.0 => Some(distinct),
            Some(distinct) if distinct < 0.0 => Some((-distinct * rows).max(1.0)),
            _ => None,
        }
    }

    /// The fraction of all rows that hold `value` (its text), where it is among the most common ones; 1.50 finds 1.5.
    pub fn frequency(&self, value: &str) -> Option<f64> {
        let exact = self.most_common.iter().find(|(common, _)| common == value);
        let same = exact.or_else(|| {
            value.parse::<f64>().ok()?;
            self.most_common
                .iter()
                .find(|(common, _)| without_trailing_zeros(common) == without_trailing_zeros(value))
        });
        same.map(|(_, frequency)| *frequency)
    }
}

/// What the server knows of an index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexStatistics {
    /// Pages of 8 kB; 0 where they were not counted.
    pub pages: f64,
    /// Length of the file in pages, where it has changed since `pages` was counted.
    pub file_pages: Option<f64>,
    /// Entries; 0 where they were not counted.
    pub rows: f64,
    /// Scans since the statistics were reset.
    pub scans: Option<f64>,
    /// Time of the last scan, as the server printed it (16 and later).
    pub last_scan: Option<String>,
    /// Levels above the leaves of a B-tree.
    pub height: Option<u32>,
    /// What the first page of a GIN index counts.
    pub gin: Option<GinStatistics>,
    /// Statistics of the expression columns, by position in the key from 0.
    pub expressions: IndexMap<usize, ColumnStatistics>,
}

impl IndexStatistics {
    /// Whether its size is known; a person may have written its use alone.
    pub fn is_counted(&self) -> bool {
        self.pages > 0.0 || self.file_pages.is_some()
    }
}

/// What the first page of a GIN index counts (`GinMetaPageData` of ginblock.h).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GinStatistics {
    pub pages: u32,
    pub entry_pages: u32,
    pub data_pages: u32,
    pub entries: u64,
}

/// CREATE STATISTICS, with the data that ANALYZE gathered, as the catalog prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtendedStatistics {
    pub name: String,
    pub columns: Vec<String>,
    /// Text of pg_ndistinct.
    pub distinct: Option<String>,
    /// Text of pg_dependencies.
    pub dependencies: Option<String>,
    /// Most common combinations: values (NULL as `None`), frequency, base frequency.
    pub most_common: Vec<(Vec<Option<String>>, f64, f64)>,
    /// The same as the server stores it (`pg_mcv_list`), in hexadecimal digits; only a superuser can read it.
    pub most_common_data: Option<String>,
}

/// The server that statistics were taken from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerStatistics {
    /// `server_version_num`, such as 170005.
    pub version: Option<u32>,
    /// Planner settings by name.
    pub settings: IndexMap<String, String>,
    /// `datcollate` of the database.
    pub collation: Option<String>,
    /// `datctype` of the database.
    pub character_type: Option<String>,
    /// When the snapshot was taken (RFC 3339).
    pub taken_at: Option<String>,
    /// When the counters were last reset (RFC 3339).
    pub statistics_reset: Option<String>,
}
