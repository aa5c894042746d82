use std::ops::Range;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    ColumnStatistics, HandWrittenColumn, HandWrittenIndex, HandWrittenStatistics, HandWrittenTable,
    IndexStatistics, TableStatistics,
};

const TOP_KEYS: &[&str] = &["server", "tables", "indexes"];
const SERVER_KEYS: &[&str] = &[
    "version",
    "collation",
    "settings",
    "taken_at",
    "statistics_reset",
];
const INDEX_KEYS: &[&str] = &["pages", "rows", "scans", "last_scan", "valid"];
const TABLE_KEYS: &[&str] = &[
    "rows",
    "pages",
    "all_visible_pages",
    "dead_rows",
    "inserts",
    "updates",
    "deletes",
    "hot_updates",
    "sequential_scans",
    "index_scans",
    "columns",
];
const COLUMN_KEYS: &[&str] = &[
    "values",
    "distinct",
    "nulls",
    "width",
    "skew",
    "correlation",
    "min",
    "max",
    "histogram",
];

/// Why a file of statistics written by hand could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatisticsTomlError {
    #[error("line {line}: not valid TOML: {message}")]
    Syntax { line: usize, message: String },
    #[error("line {line}: unknown key `{key}` in [{inside}]; {hint}")]
    UnknownKey {
        line: usize,
        inside: String,
        key: String,
        hint: String,
    },
    #[error("line {line}: {path} must be {expected}")]
    InvalidValue {
        line: usize,
        path: String,
        expected: String,
    },
    #[error("line {line}: the schema has no table {name}; {hint}")]
    UnknownTable {
        line: usize,
        name: String,
        hint: String,
    },
    #[error("line {line}: the schema has no index {name}; {hint}")]
    UnknownIndex {
        line: usize,
        name: String,
        hint: String,
    },
    #[error("line {line}: table {table} has no column {name}; {hint}")]
    UnknownColumn {
        line: usize,
        table: String,
        name: String,
        hint: String,
    },
}

/// The nearest of `known` as advice, or all of them where none is near.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let folded = word.to_lowercase();
    let nearest = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_lowercase()), *name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, name)) if likeness > 0.8 => format!("did you mean `{name}`?"),
        _ if known.is_empty() => "there are none".to_owned(),
        _ => {
            let shown: Vec<&str> = known.iter().take(12).copied().collect();
            let more = known.len() - shown.len();
            let rest = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("known: {}{rest}", shown.join(", "))
        }
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl HandWrittenStatistics {
    /// Reads a TOML file of statistics, as a person writes it (docs/statistics.md describes the keys).
    ///
    /// # Errors
    /// With the line: no TOML, a key that is not known (and the nearest that is), a value of the wrong kind or range.
    pub fn from_toml(text: &str) -> Result<Self, StatisticsTomlError> {
        Reader { text }.read()
    }
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let end = span.start.min(self.text.len());
        self.text
            .as_bytes()
            .iter()
            .take(end)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    }

    fn read(&self) -> Result<HandWrittenStatistics, StatisticsTomlError> {
        let document = DeTable::parse(self.text).map_err(|error| StatisticsTomlError::Syntax {
            line: error.span().map_or(1, |span| self.line(&span)),
            message: error.message().to_owned(),
        })?;
        let mut statistics = HandWrittenStatistics::default();
        for (key, value) in document.get_ref().iter() {
            match key.get_ref().as_ref() {
                "tables" => {
                    for (name, table) in self.table(value, "tables")?.iter() {
                        statistics.tables.push(self.hand_table(name, table)?);
                    }
                    statistics.tables.sort_by_key(|table| table.line);
                }
                "indexes" => {
                    for (name, index) in self.table(value, "indexes")?.iter() {
                        statistics.indexes.push(self.hand_index(name, index)?);
                    }
                    statistics.indexes.sort_by_key(|index| index.line);
                }
                "server" => self.server(value, &mut statistics)?,
                _ => return Err(self.unknown_key(key, "the file", TOP_KEYS)),
            }
        }
        Ok(statistics)
    }

    fn server(
        &self,
        value: &Spanned<DeValue<'_>>,
        statistics: &mut HandWrittenStatistics,
    ) -> Result<(), StatisticsTomlError> {
        for (key, value) in self.table(value, "server")?.iter() {
            match key.get_ref().as_ref() {
                "version" => {
                    let version =
                        self.number(value, "server.version", "a version such as 17", |number| {
                            (9.0..1_000_000.0).contains(&number)
                        })?;
                    // 17 and 15.4 are what people write, 150004 is what the server says.
                    statistics.server.version = Some(if version < 1000.0 {
                        (version.trunc() * 10_000.0) as u32
                    } else {
                        version as u32
                    });
                }
                "collation" => {
                    let collation = self.text_of(value, "server.collation")?;
                    statistics.server.character_type = Some(collation.clone());
                    statistics.server.collation = Some(collation);
                }
                "taken_at" => {
                    statistics.server.taken_at = Some(self.text_of(value, "server.taken_at")?);
                }
                "statistics_reset" => {
                    statistics.server.statistics_reset =
                        Some(self.text_of(value, "server.statistics_reset")?);
                }
                "settings" => {
                    for (name, value) in self.table(value, "server.settings")?.iter() {
                        let path = format!("server.settings.{}", name.get_ref());
                        let setting = self.text_of(value, &path)?;
                        statistics
                            .server
                            .settings
                            .insert(name.get_ref().to_string(), setting);
                    }
                }
                _ => return Err(self.unknown_key(key, "server", SERVER_KEYS)),
            }
        }
        Ok(())
    }

    fn hand_table(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<HandWrittenTable, StatisticsTomlError> {
        let path = format!("tables.{}", name.get_ref());
        let mut rows = None;
        let mut sizes = TableStatistics::default();
        let mut columns = Vec::new();
        for (key, value) in self.table(value, &path)?.iter() {
            let key_name = key.get_ref().as_ref();
            let inner = format!("{path}.{key_name}");
            let slot = match key_name {
                "columns" => {
                    for (column, value) in self.table(value, &inner)?.iter() {
                        columns.push(self.hand_column(column, value, &inner)?);
                    }
                    columns.sort_by_key(|column: &HandWrittenColumn| column.line);
                    continue;
                }
                "rows" => &mut rows,
                "pages" => &mut sizes.pages,
                "all_visible_pages" => &mut sizes.all_visible_pages,
                "dead_rows" => &mut sizes.dead_rows,
                "inserts" => &mut sizes.inserts,
                "updates" => &mut sizes.updates,
                "deletes" => &mut sizes.deletes,
                "hot_updates" => &mut sizes.hot_updates,
                "sequential_scans" => &mut sizes.sequential_scans,
                "index_scans" => &mut sizes.index_scans,
                _ => return Err(self.unknown_key(key, &path, TABLE_KEYS)),
            };
            let count =
                self.number(value, &inner, "a number, 0 or more", |number| number >= 0.0)?;
            *slot = Some(count);
        }
        let sizes = match rows {
            Some(rows) => Some(TableStatistics { rows, ..sizes }),
            None if sizes == TableStatistics::default() => None,
            None => {
                return Err(StatisticsTomlError::InvalidValue {
                    line: self.line(&name.span()),
                    path: format!("{path}.rows"),
                    expected: "given: the other numbers of a table mean nothing without its rows"
                        .to_owned(),
                });
            }
        };
        Ok(HandWrittenTable {
            name: name.get_ref().to_string(),
            line: self.line(&name.span()),
            sizes,
            columns,
        })
    }

    fn hand_index(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<HandWrittenIndex, StatisticsTomlError> {
        let path = format!("indexes.{}", name.get_ref());
        let count = |value: &Spanned<DeValue<'_>>, inner: &str| {
            self.number(value, inner, "a number, 0 or more", |number| number >= 0.0)
        };
        let mut statistics = IndexStatistics::default();
        let mut valid = true;
        for (key, value) in self.table(value, &path)?.iter() {
            let key_name = key.get_ref().as_ref();
            let inner = format!("{path}.{key_name}");
            match key_name {
                "pages" => statistics.pages = count(value, &inner)?,
                "rows" => statistics.rows = count(value, &inner)?,
                "scans" => statistics.scans = Some(count(value, &inner)?),
                "last_scan" => statistics.last_scan = Some(self.text_of(value, &inner)?),
                "valid" => match value.get_ref() {
                    DeValue::Boolean(truth) => valid = *truth,
                    _ => return Err(self.invalid(value, &inner, "true or false")),
                },
                _ => return Err(self.unknown_key(key, &path, INDEX_KEYS)),
            }
        }
        Ok(HandWrittenIndex {
            name: name.get_ref().to_string(),
            line: self.line(&name.span()),
            valid,
            statistics,
        })
    }

    fn hand_column(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        path: &str,
    ) -> Result<HandWrittenColumn, StatisticsTomlError> {
        let path = format!("{path}.{}", name.get_ref());
        let mut statistics = ColumnStatistics::default();
        let mut nulls = None;
        let (mut min, mut max) = (None, None);
        let fraction = |number: f64| (0.0..=1.0).contains(&number);
        for (key, value) in self.table(value, &path)?.iter() {
            let key_name = key.get_ref().as_ref();
            let inner = format!("{path}.{key_name}");
            match key_name {
                "values" => statistics.most_common = self.frequencies(value, &inner)?,
                "distinct" => {
                    let expected = "a number of values, or minus their fraction of the rows (-1: all are different)";
                    let distinct = self.number(value, &inner, expected, |number| number >= -1.0)?;
                    statistics.distinct = (distinct != 0.0).then_some(distinct);
                }
                "nulls" => {
                    nulls = Some(self.number(value, &inner, "a fraction from 0 to 1", fraction)?)
                }
                "width" => {
                    let width =
                        self.number(value, &inner, "a width in bytes, more than 0", |number| {
                            number > 0.0
                        })?;
                    statistics.width = Some(width);
                }
                "skew" => {
                    let skew = self.number(
                        value,
                        &inner,
                        "0 (even) or more (1: Zipf's law)",
                        |number| (0.0..=10.0).contains(&number),
                    )?;
                    statistics.skew = Some(skew);
                }
                "correlation" => {
                    let correlation =
                        self.number(value, &inner, "a number from -1 to 1", |number| {
                            (-1.0..=1.0).contains(&number)
                        })?;
                    statistics.correlation = Some(correlation);
                }
                "min" => min = Some(self.text_of(value, &inner)?),
                "max" => max = Some(self.text_of(value, &inner)?),
                "histogram" => {
                    let bounds = match value.get_ref() {
                        DeValue::Array(bounds) if bounds.len() >= 2 => bounds,
                        _ => {
                            return Err(self.invalid(
                                value,
                                &inner,
                                "a list of two or more bounds in rising order",
                            ));
                        }
                    };
                    statistics.histogram = bounds
                        .iter()
                        .map(|bound| self.text_of(bound, &inner))
                        .collect::<Result<_, _>>()?;
                }
                _ => return Err(self.unknown_key(key, &path, COLUMN_KEYS)),
            }
        }
        match (min, max) {
            (Some(min), Some(max)) if statistics.histogram.is_empty() => {
                statistics.histogram = vec![min, max]
            }
            (None, None) => {}
            _ => {
                return Err(self.invalid(
                    value,
                    &path,
                    "given both `min` and `max`, or `histogram` instead of them",
                ));
            }
        }
        let total: f64 = statistics
            .most_common
            .iter()
            .map(|(_, frequency)| frequency)
            .sum();
        // Frequencies copied from pg_stats are rounded.
        if total + nulls.unwrap_or(0.0) > 1.02 {
            return Err(self.invalid(
                value,
                &format!("{path}.values"),
                "fractions whose sum, with `nulls`, is at most 1",
            ));
        }
        statistics.null_fraction = nulls.unwrap_or(0.0);
        Ok(HandWrittenColumn {
            name: name.get_ref().to_string(),
            line: self.line(&name.span()),
            nulls_given: nulls.is_some(),
            statistics,
        })
    }

    fn frequencies(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
    ) -> Result<Vec<(String, f64)>, StatisticsTomlError> {
        let mut frequencies: IndexMap<usize, (String, f64)> = IndexMap::new();
        for (key, value) in self.table(value, path)?.iter() {
            let inner = format!("{path}.{}", key.get_ref());
            let frequency = self.number(
                value,
                &inner,
                "a fraction of the rows from 0 to 1",
                |number| (0.0..=1.0).contains(&number),
            )?;
            frequencies.insert(key.span().start, (key.get_ref().to_string(), frequency));
        }
        frequencies.sort_by(|at, a, bt, b| b.1.total_cmp(&a.1).then(at.cmp(bt)));
        Ok(frequencies.into_values().collect())
    }

    fn table<'v, 'i>(
        &self,
        value: &'v Spanned<DeValue<'i>>,
        path: &str,
    ) -> Result<&'v DeTable<'i>, StatisticsTomlError> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.invalid(value, path, "a table of keys and values")),
        }
    }

    fn number(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        expected: &str,
        allowed: impl Fn(f64) -> bool,
    ) -> Result<f64, StatisticsTomlError> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => {
                integer.as_str().parse::<f64>().ok()
            }
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        number
            .filter(|number| number.is_finite() && allowed(*number))
            .ok_or_else(|| self.invalid(value, path, expected))
    }

    fn text_of(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
    ) -> Result<String, StatisticsTomlError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(integer) if integer.radix() == 10 => Ok(integer.as_str().to_owned()),
            DeValue::Float(float) => Ok(float.as_str().to_owned()),
            DeValue::Boolean(truth) => Ok(truth.to_string()),
            DeValue::Datetime(moment) => Ok(moment.to_string()),
            _ => Err(self.invalid(value, path, "a string, a number, a date or true/false")),
        }
    }

    fn invalid(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        expected: &str,
    ) -> StatisticsTomlError {
        StatisticsTomlError::InvalidValue {
            line: self.line(&value.span()),
            path: path.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn unknown_key(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        inside: &str,
        known: &[&str],
    ) -> StatisticsTomlError {
        StatisticsTomlError::UnknownKey {
            line: self.line(&key.span()),
            inside: inside.to_owned(),
            key: key.get_ref().to_string(),
            hint: hint(key.get_ref(), known.iter().copied()),
        }
    }
}
