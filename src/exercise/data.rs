use std::collections::HashSet;

use toml::{Table as TomlTable, Value};

use super::baseline::first_statement;
use super::measure::is_query;
use crate::catalog::{Catalog, ColumnStatistics, Table, TableKind};

/// Rows of tables that the query does not read, and no table that it reads refers to.
const UNUSED: f64 = 10.0;

/// Rows of a table of unknown size.
const ASSUMED: f64 = 100_000.0;

/// Rows of the largest table that a query reads.
pub(super) fn most_rows(catalog: &Catalog, query: &str) -> f64 {
    let read = tables_of(catalog, query);
    catalog
        .tables()
        .filter(|table| table.has_storage() && read.contains(table.name.name.as_str()))
        .map(|table| {
            table
                .statistics
                .as_ref()
                .map_or(ASSUMED, |known| known.rows)
        })
        .fold(0.0, f64::max)
}

/// The data.toml of a pack for a query: what a catalog knows of its tables, all shrunk alike until none that the query
/// reads has more than `largest` rows.
pub(super) fn data_for(catalog: &Catalog, query: &str, largest: f64) -> String {
    let read = tables_of(catalog, query);
    let most_rows = most_rows(catalog, query);
    let factor = if most_rows > largest {
        largest / most_rows
    } else {
        1.0
    };
    let mut tables = TomlTable::new();
    for table in catalog.tables().filter(|table| table.has_storage()) {
        let known = table.statistics.as_ref().map(|statistics| statistics.rows);
        let rows = if read.contains(table.name.name.as_str()) {
            // Small tables are often small for a reason.
            let rows = known.unwrap_or(ASSUMED);
            if rows > 1000.0 {
                (rows * factor).max(1000.0)
            } else {
                rows.max(1.0)
            }
        } else {
            known.unwrap_or(UNUSED).min(UNUSED)
        };
        let mut columns = TomlTable::new();
        for column in &table.columns {
            if let Some(statistics) = &column.statistics {
                let described = described(statistics, rows);
                if !described.is_empty() {
                    columns.insert(column.name.clone(), Value::Table(described));
                }
            }
        }
        let mut content = TomlTable::new();
        content.insert("rows".to_owned(), Value::Integer(rows.round() as i64));
        if !columns.is_empty() {
            content.insert("columns".to_owned(), Value::Table(columns));
        }
        tables.insert(name_of(table), Value::Table(content));
    }
    let mut document = TomlTable::new();
    document.insert("tables".to_owned(), Value::Table(tables));
    toml::to_string(&document).unwrap_or_default()
}

fn name_of(table: &Table) -> String {
    match table.name.schema.as_str() {
        "" | "public" => table.name.name.clone(),
        schema => format!("{schema}.{}", table.name.name),
    }
}

/// The tables with foreign keys to those that a statement names.
pub(super) fn referring<'a>(
    catalog: &'a Catalog,
    statement: &str,
) -> impl Iterator<Item = &'a Table> + use<'a> {
    let named = words_of(statement);
    catalog.tables().filter(move |table| {
        table.foreign_keys.iter().any(|key| {
            catalog
                .referenced_columns(key)
                .is_some_and(|(other, _)| named.contains(&other.name.name))
        })
    })
}

/// The tables that a query names, by itself or through views, and those that they refer to; of a statement that writes
/// those too that refer to them, since they are searched for each row.
fn tables_of<'a>(catalog: &'a Catalog, query: &str) -> HashSet<&'a str> {
    let mut words = words_of(query);
    if !is_query(&first_statement(query)) {
        words.extend(referring(catalog, query).map(|table| table.name.name.clone()));
    }
    loop {
        let before = words.len();
        for table in catalog.tables() {
            if !words.contains(&table.name.name) {
                continue;
            }
            if let TableKind::View { query } | TableKind::MaterializedView { query, .. } =
                &table.kind
            {
                words.extend(words_of(&query.to_string()));
            }
            for key in &table.foreign_keys {
                if let Some((other, _)) = catalog.referenced_columns(key) {
                    words.insert(other.name.name.clone());
                }
            }
            for child in catalog.children_of(table.id) {
                words.insert(catalog.table(child).name.name.clone());
            }
        }
        if words.len() == before {
            break;
        }
    }
    catalog
        .tables()
        .map(|table| table.name.name.as_str())
        .filter(|name| words.contains(*name))
        .collect()
}

fn words_of(sql: &str) -> HashSet<String> {
    sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .flat_map(|word| [word.to_owned(), word.to_lowercase()])
        .collect()
}

/// What data.toml says of a column in a table of so many rows.
fn described(statistics: &ColumnStatistics, rows: f64) -> TomlTable {
    let mut column = TomlTable::new();
    if statistics.null_fraction > 0.0 {
        column.insert("nulls".to_owned(), Value::Float(statistics.null_fraction));
    }
    if let Some(distinct) = statistics.distinct.filter(|distinct| *distinct != 0.0) {
        let distinct = if distinct > 0.0 {
            distinct.min(rows)
        } else {
            distinct
        };
        column.insert("distinct".to_owned(), Value::Float(distinct));
    }
    if let Some(width) = statistics.width.filter(|width| *width > 0.0) {
        column.insert("width".to_owned(), Value::Float(width));
    }
    if let Some(correlation) = statistics.correlation {
        column.insert("correlation".to_owned(), Value::Float(correlation));
    }
    if !statistics.most_common.is_empty() {
        let values = statistics
            .most_common
            .iter()
            .map(|(value, share)| (value.clone(), Value::Float(*share)))
            .collect();
        column.insert("values".to_owned(), Value::Table(values));
    }
    if statistics.histogram.len() >= 2 {
        let bounds = statistics.histogram.iter().cloned().map(Value::String);
        column.insert("histogram".to_owned(), Value::Array(bounds.collect()));
    }
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{HandWrittenStatistics, load_schema};
    use crate::source::SourceFile;

    #[test]
    fn what_is_written_is_read_again_and_small_enough() {
        let mut catalog = load_schema(&[SourceFile::new(
            "schema.sql",
            "CREATE TABLE customers (id int PRIMARY KEY);
             CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text);
             CREATE TABLE unrelated (id int);",
        )]);
        let written = HandWrittenStatistics::from_toml(
            "[tables.orders]\nrows = 40_000_000\n[tables.orders.columns.status]\nvalues = { open = 0.03, done = 0.97 }\n\
             [tables.customers]\nrows = 200_000\n[tables.unrelated]\nrows = 9_000_000\n",
        )
        .unwrap_or_else(|error| panic!("{error}"));
        catalog
            .apply_statistics(&written)
            .unwrap_or_else(|error| panic!("{error}"));
        let text = data_for(
            &catalog,
            "SELECT * FROM orders WHERE status = 'open'",
            400_000.0,
        );
        let read = HandWrittenStatistics::from_toml(&text)
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        let rows = |name: &str| {
            let table = read.tables.iter().find(|table| table.name == name);
            table
                .and_then(|table| Some(table.sizes.as_ref()?.rows))
                .unwrap_or_default()
        };
        assert_eq!(rows("orders"), 400_000.0);
        assert_eq!(rows("customers"), 2000.0);
        assert_eq!(rows("unrelated"), 10.0);
        assert!(text.contains("open = 0.03"), "{text}");
    }
}
