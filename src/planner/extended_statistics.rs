//! Statistics over several columns, for which PostgreSQL 18 has no restoring function: rows of pg_statistic_ext_data.
//!
//! Sources: mvdistinct.c (`statext_ndistinct_serialize`), dependencies.c (`statext_dependencies_serialize`).

use postgres::Client;

use crate::catalog::{Catalog, ExtendedStatistics, Table, quote_literal};

const NDISTINCT_MAGIC: u32 = 0xA352_BFA4;
const DEPENDENCIES_MAGIC: u32 = 0xB454_9A2C;
const BASIC: u32 = 1;

/// Gives the statistics objects of the copy their data.
pub(super) fn restore(client: &mut Client, catalog: &Catalog, notes: &mut Vec<String>) {
    let mut failed = 0;
    let mut prepared = false;
    for table in catalog.tables() {
        for extended in table
            .statistics
            .iter()
            .flat_map(|statistics| &statistics.extended)
        {
            let Some(sql) = row_sql(table, extended) else {
                continue;
            };
            if !prepared {
                for name in ["pg_ndistinct", "pg_dependencies", "pg_mcv_list"] {
                    // There already, in a database that was made before.
                    let _ = client
                        .batch_execute(&format!("CREATE CAST (bytea AS {name}) WITHOUT FUNCTION"));
                }
                prepared = true;
            }
            if client.batch_execute(&sql).is_err() {
                failed += 1;
            }
        }
    }
    if failed > 0 {
        notes.push(format!("{failed} extended statistics could not be used"));
    }
}

fn row_sql(table: &Table, extended: &ExtendedStatistics) -> Option<String> {
    // The copy numbers its columns without gaps.
    let numbers: Vec<i16> = extended
        .columns
        .iter()
        .map(|name| {
            table
                .column_by_name(name)
                .and_then(|id| i16::try_from(id.0 + 1).ok())
        })
        .collect::<Option<_>>()?;
    let value = |bytes: Option<Vec<u8>>, data_type: &str| match bytes {
        Some(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("pg_catalog.decode('{digits}', 'hex')::{data_type}")
        }
        None => "NULL".to_owned(),
    };
    let distinct = extended
        .distinct
        .as_deref()
        .and_then(|text| ndistinct(text, &numbers));
    let dependencies = extended
        .dependencies
        .as_deref()
        .and_then(|text| dependency_bytes(text, &numbers));
    let most_common = extended.most_common_data.as_deref().and_then(bytes_of_hex);
    if distinct.is_none() && dependencies.is_none() && most_common.is_none() {
        return None;
    }
    Some(format!(
        "INSERT INTO pg_catalog.pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv) \
         SELECT s.oid, {}, {}, {}, {} FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n \
         ON n.oid = s.stxnamespace WHERE n.nspname = {} AND s.stxname = {}",
        matches!(table.kind, crate::catalog::TableKind::Partitioned { .. }),
        value(distinct, "pg_catalog.pg_ndistinct"),
        value(dependencies, "pg_catalog.pg_dependencies"),
        value(most_common, "pg_catalog.pg_mcv_list"),
        quote_literal(&table.name.schema),
        quote_literal(&extended.name),
    ))
}

/// The entries of `{"1, 2": 3, "1 => 2": 0.5}`: key and number.
fn entries(text: &str) -> Option<Vec<(String, f64)>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    object
        .into_iter()
        .map(|(key, value)| Some((key, value.as_f64()?)))
        .collect()
}

fn numbers_of(list: &str, numbers: &[i16]) -> Option<Vec<i16>> {
    list.split(',')
        .map(|position| {
            let position: usize = position.trim().parse().ok()?;
            numbers.get(position.checked_sub(1)?).copied()
        })
        .collect()
}

fn ndistinct(text: &str, numbers: &[i16]) -> Option<Vec<u8>> {
    let entries = entries(text)?;
    let mut bytes = Vec::new();
    for word in [NDISTINCT_MAGIC, BASIC, entries.len() as u32] {
        bytes.extend(word.to_le_bytes());
    }
    for (columns, distinct) in entries {
        let columns = numbers_of(&columns, numbers)?;
        bytes.extend(distinct.to_le_bytes());
        bytes.extend((columns.len() as u32).to_le_bytes());
        columns
            .iter()
            .for_each(|column| bytes.extend(column.to_le_bytes()));
    }
    Some(bytes)
}

fn dependency_bytes(text: &str, numbers: &[i16]) -> Option<Vec<u8>> {
    let entries = entries(text)?;
    let mut bytes = Vec::new();
    for word in [DEPENDENCIES_MAGIC, BASIC, entries.len() as u32] {
        bytes.extend(word.to_le_bytes());
    }
    for (columns, degree) in entries {
        let (from, to) = columns.split_once("=>")?;
        let mut columns = numbers_of(from, numbers)?;
        columns.extend(numbers_of(to, numbers)?);
        bytes.extend(degree.to_le_bytes());
        bytes.extend((columns.len() as i16).to_le_bytes());
        columns
            .iter()
            .for_each(|column| bytes.extend(column.to_le_bytes()));
    }
    Some(bytes)
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.strip_prefix("\\x").unwrap_or(digits);
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_become_column_numbers() {
        let bytes = ndistinct("{\"1, 2\": 11}", &[3, 7]).unwrap_or_default();
        assert_eq!(bytes.len(), 12 + 8 + 4 + 4);
        assert_eq!(&bytes[24..], &[3, 0, 7, 0]);
        let bytes = dependency_bytes("{\"2 => 1\": 0.5}", &[3, 7]).unwrap_or_default();
        assert_eq!(bytes.len(), 12 + 8 + 2 + 4);
        assert_eq!(&bytes[20..], &[2, 0, 7, 0, 3, 0]);
        assert!(ndistinct("{\"1, 9\": 11}", &[3, 7]).is_none());
    }
}
