//! One small database: rows for each table, values for the parameters.

use std::fmt::Write;

use crate::catalog::quote_identifier;

use super::space::{Space, SpaceTable};
use super::values::ValueId;

/// Values of the stored columns, in order.
pub(super) type Row = Vec<ValueId>;

/// Rows by table, in the order of [`Space::tables`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Database {
    pub parameters: Vec<ValueId>,
    pub tables: Vec<Vec<Row>>,
}

impl Database {
    /// Number of rows in all tables.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(Vec::len).sum()
    }

    /// As the batch statement reads it: the parameters, then the rows of each table.
    pub fn to_json(&self, space: &Space) -> String {
        let mut out = String::from("[");
        write_row(&self.parameters, space, &mut out);
        for (table, rows) in space.tables.iter().zip(&self.tables) {
            out.push_str(",[");
            if table.read {
                for (at, row) in rows.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_row(row, space, &mut out);
                }
            }
            out.push(']');
        }
        out.push(']');
        out
    }

    /// The INSERT statements that fill empty tables, parents first.
    pub fn inserts(&self, space: &Space) -> Vec<String> {
        space
            .tables
            .iter()
            .zip(&self.tables)
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(table, rows)| insert(table, rows, space))
            .collect()
    }

    /// Rows in another physical order: turned round, or each table's rows moved on by one.
    pub fn permuted(&self, variant: usize) -> Self {
        let mut other = self.clone();
        for rows in &mut other.tables {
            if variant == 0 {
                rows.reverse();
            } else if !rows.is_empty() {
                let length = rows.len();
                rows.rotate_left(variant % length);
            }
        }
        other
    }
}

fn write_row(row: &[ValueId], space: &Space, out: &mut String) {
    out.push('[');
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(space.values.json(*value));
    }
    out.push(']');
}

fn insert(table: &SpaceTable, rows: &[Row], space: &Space) -> String {
    let mut sql = format!("INSERT INTO {}", table.name.to_short_sql());
    if table.columns.is_empty() {
        return format!("{sql} DEFAULT VALUES");
    }
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| quote_identifier(&column.name))
        .collect();
    let _ = write!(sql, " ({})", columns.join(", "));
    if table.columns.iter().any(|column| column.identity_always) {
        sql.push_str(" OVERRIDING SYSTEM VALUE");
    }
    sql.push_str(" VALUES ");
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            sql.push_str(", ");
        }
        let values: Vec<String> = row.iter().map(|value| space.literal(*value)).collect();
        let _ = write!(sql, "({})", values.join(", "));
    }
    sql
}
