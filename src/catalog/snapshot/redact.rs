use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use super::value_order::in_order;
use crate::catalog::{Catalog, ColumnStatistics, Type};

/// What stands for the values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Text,
    Number,
    Date,
    Moment,
    Uuid,
}

impl Family {
    fn of(data_type: &Type) -> Option<Self> {
        Some(match data_type {
            data_type if data_type.is_string() && !matches!(data_type, Type::Name) => Self::Text,
            Type::Int4 | Type::Int8 | Type::Numeric(_) | Type::Float4 | Type::Float8 => {
                Self::Number
            }
            Type::Date => Self::Date,
            Type::Timestamp | Type::TimestampTz => Self::Moment,
            Type::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// Something by which the values sort about as the server sorts them.
    fn sort_key(self, value: &str) -> (u64, String) {
        match self {
            Self::Number => match value.parse::<f64>() {
                // The order of floating-point numbers as that of whole ones.
                Ok(number) => {
                    let bits = number.to_bits();
                    (
                        if number.is_sign_negative() {
                            !bits
                        } else {
                            bits | 1 << 63
                        },
                        String::new(),
                    )
                }
                Err(_) => (0, value.to_owned()),
            },
            Self::Text => (0, value.to_lowercase()),
            _ => (0, value.to_owned()),
        }
    }

    fn stand_in(self, rank: usize) -> String {
        match self {
            Self::Text => format!("v{rank:06}"),
            Self::Number => rank.to_string(),
            Self::Date => day(rank),
            Self::Moment => format!("{} 00:00:00", day(rank)),
            Self::Uuid => format!("00000000-0000-0000-0000-{rank:012x}"),
        }
    }
}

fn day(rank: usize) -> String {
    let start = jiff::civil::date(2000, 1, 1);
    i64::try_from(rank)
        .ok()
        .and_then(|days| {
            start
                .checked_add(jiff::Span::new().try_days(days).ok()?)
                .ok()
        })
        .map_or_else(|| "9999-12-31".to_owned(), |date| date.to_string())
}

impl Snapshot {
    /// Replaces the values in most common values and histograms by stand-ins of the same order (that of the server, as
    /// the histograms show it): numbers, dates and words that say only how many came before. Equal values of one kind get the same stand-in in all tables, so
    /// that joins are estimated as before. Booleans and enums stay, as they are in the schema; of other types
    /// (json, arrays, bytes, ...) the values are left out. Frequencies, widths and counts stay.
    pub fn redact(&mut self) {
        let catalog = self.clone().into_catalog();
        let mut values: BTreeMap<Family, (BTreeSet<String>, Vec<Vec<String>>)> = BTreeMap::new();
        for (family, statistics) in self.redactable(&catalog) {
            if let Some(family) = family {
                let (all, lists) = values.entry(family).or_default();
                let common = statistics.most_common.iter().map(|(value, _)| value);
                all.extend(common.chain(&statistics.histogram).cloned());
                lists.push(statistics.histogram.clone());
            }
        }
        let stand_ins: BTreeMap<Family, BTreeMap<String, String>> = values
            .into_iter()
            .map(|(family, (all, lists))| {
                let numbered = in_order(&all, &lists, |value| family.sort_key(value))
                    .into_iter()
                    .enumerate()
                    .map(|(rank, value)| (value, family.stand_in(rank + 1)))
                    .collect();
                (family, numbered)
            })
            .collect();
        for (family, statistics) in self.redactable(&catalog) {
            let Some(family) = family else {
                statistics.most_common.clear();
                statistics.histogram.clear();
                statistics.most_common_elements.clear();
                statistics.element_frequency_extra.clear();
                continue;
            };
            let stand_in = |value: &mut String| {
                let replaced = stand_ins
                    .get(&family)
                    .and_then(|known| known.get(value))
                    .cloned();
                *value = replaced.unwrap_or_default();
            };
            statistics
                .most_common
                .iter_mut()
                .for_each(|(value, _)| stand_in(value));
            statistics.histogram.iter_mut().for_each(stand_in);
        }
        let mut dropped = 0;
        for extended in self
            .tables
            .iter_mut()
            .flat_map(|table| &mut table.statistics)
            .flat_map(|s| &mut s.extended)
        {
            if !extended.most_common.is_empty() || extended.most_common_data.is_some() {
                dropped += 1;
                extended.most_common.clear();
                extended.most_common_data = None;
            }
        }
        if dropped > 0 {
            self.missing.push(format!(
                "most common combinations of {dropped} extended statistics: redacted"
            ));
        }
        self.redacted = true;
    }

    /// Statistics that hold values of the data, with what can stand for them.
    fn redactable<'a>(
        &'a mut self,
        catalog: &'a Catalog,
    ) -> impl Iterator<Item = (Option<Family>, &'a mut ColumnStatistics)> {
        let of_tables = self.tables.iter_mut().flat_map(move |table| {
            let known = catalog.table_by_name(&table.name);
            table
                .columns
                .iter_mut()
                .filter_map(move |(name, statistics)| {
                    let column = known
                        .and_then(|known| known.columns.iter().find(|column| column.name == *name));
                    match column.map(|column| catalog.base_type(&column.data_type)) {
                        Some(Type::Bool | Type::Enum(_)) => None,
                        Some(data_type) => Some((Family::of(data_type), statistics)),
                        None => Some((None, statistics)),
                    }
                })
        });
        let of_expressions = self
            .indexes
            .iter_mut()
            .flat_map(|index| index.statistics.expressions.values_mut())
            .map(|statistics| (None, statistics));
        of_tables.chain(of_expressions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{QualifiedName, ServerStatistics, SnapshotTable};

    #[test]
    fn stand_ins_keep_the_order_and_the_schema_keeps_its_values() {
        let column = |most_common: &[&str], histogram: &[&str]| ColumnStatistics {
            most_common: most_common
                .iter()
                .map(|value| ((*value).to_owned(), 0.1))
                .collect(),
            histogram: histogram.iter().map(|value| (*value).to_owned()).collect(),
            ..ColumnStatistics::default()
        };
        let mut snapshot = Snapshot::new(ServerStatistics::default());
        snapshot.schema =
            vec!["CREATE TABLE t (a text, n numeric, ok boolean, j jsonb)".to_owned()];
        snapshot.tables.push(SnapshotTable {
            name: QualifiedName::new("public", "t"),
            statistics: None,
            columns: [
                (
                    "a".to_owned(),
                    column(&["smith"], &["Adams", "jones", "zola"]),
                ),
                ("n".to_owned(), column(&["-7.5"], &["-10", "9", "10.5"])),
                ("ok".to_owned(), column(&["true"], &[])),
                ("j".to_owned(), column(&["{\"secret\": 1}"], &[])),
            ]
            .into_iter()
            .collect(),
        });
        snapshot.redact();
        let columns = &snapshot.tables[0].columns;
        assert_eq!(columns["a"].histogram, ["v000001", "v000002", "v000004"]);
        assert_eq!(columns["a"].most_common[0].0, "v000003");
        assert_eq!(columns["n"].histogram, ["1", "3", "4"]);
        assert_eq!(columns["n"].most_common[0].0, "2");
        assert_eq!(columns["ok"].most_common[0].0, "true");
        let json = snapshot.to_json();
        assert!(!json.contains("smith") && !json.contains("secret"));
        assert_eq!(Snapshot::from_json(&json).as_ref(), Ok(&snapshot));
    }

    #[test]
    fn broken_files_are_told_apart() {
        use crate::catalog::SnapshotError;
        let json = Snapshot::new(ServerStatistics::default()).to_json();
        assert!(matches!(
            Snapshot::from_json(&json[..json.len() - 4]),
            Err(SnapshotError::Truncated { .. })
        ));
        assert_eq!(Snapshot::from_json("{}"), Err(SnapshotError::NotASnapshot));
        let newer = json.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(
            Snapshot::from_json(&newer),
            Err(SnapshotError::NewerFormat { found: 2 })
        );
        let edited = json.replace("\"schema\": []", "\"schema\": 7");
        assert!(matches!(
            Snapshot::from_json(&edited),
            Err(SnapshotError::NotJson { .. })
        ));
    }
}
