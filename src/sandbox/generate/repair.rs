use postgres::Client;

use super::super::SandboxError;
use super::insert::Filled;
use super::options::GenerationReport;
use super::table::{ForeignKey, Schema, Table};
use crate::catalog::quote_identifier;

/// Removals can make orphans of other rows; chains longer than this are not expected.
const MAX_ROUNDS: usize = 20;

/// Finds rows that refer to nothing: their reference becomes NULL where it may, else the row is removed.
pub(super) fn remove_orphans(
    client: &mut Client,
    schema: &Schema,
    filled: &Filled,
    report: &mut GenerationReport,
) -> Result<(), SandboxError> {
    let mut suspects: Vec<(usize, usize)> = filled
        .tables
        .iter()
        .filter(|(_, table)| table.generated)
        .flat_map(|(position, table)| table.doubtful.iter().map(|key| (*position, *key)))
        .collect();
    suspects.sort_unstable();
    for _ in 0..MAX_ROUNDS {
        let mut next = Vec::new();
        for (position, key) in suspects {
            let table = &schema.tables[position];
            let reference = &table.foreign_keys[key];
            let removed = repair(client, table, reference, &schema.tables[reference.parent])?;
            if removed > 0 {
                if let Some(generated) = report
                    .tables
                    .iter_mut()
                    .find(|generated| generated.name == table.name)
                {
                    generated.rows = generated.rows.saturating_sub(removed);
                }
                let children = schema.tables.iter().enumerate().flat_map(|(child, other)| {
                    let refers = other
                        .foreign_keys
                        .iter()
                        .enumerate()
                        .filter(|(_, key)| key.parent == position);
                    refers.map(move |(key, _)| (child, key)).collect::<Vec<_>>()
                });
                next.extend(children);
            }
        }
        if next.is_empty() {
            return Ok(());
        }
        next.sort_unstable();
        next.dedup();
        suspects = next;
    }
    Ok(())
}

/// The number of rows removed.
fn repair(
    client: &mut Client,
    table: &Table,
    reference: &ForeignKey,
    parent: &Table,
) -> Result<u64, SandboxError> {
    let column = |table: &Table, at: usize| quote_identifier(&table.columns[at].name);
    let pairs: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.parent_columns)
        .map(|(child, other)| format!("p.{} = t.{}", column(parent, *other), column(table, *child)))
        .collect();
    let present: Vec<String> = reference
        .columns
        .iter()
        .map(|at| format!("t.{} IS NOT NULL", column(table, *at)))
        .collect();
    let orphan = format!(
        "{} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
        present.join(if reference.match_full {
            " OR "
        } else {
            " AND "
        }),
        parent.name.to_sql(),
        pairs.join(" AND ")
    );
    let in_key = |at: &usize| table.unique.iter().any(|key| key.columns.contains(at));
    let optional: Vec<usize> = reference
        .columns
        .iter()
        .copied()
        .filter(|at| !table.columns[*at].not_null && !in_key(at))
        .collect();
    let name = table.name.to_sql();
    let all_optional = optional.len() == reference.columns.len();
    if !optional.is_empty() && (all_optional || !reference.match_full) {
        let nulls: Vec<String> = optional
            .iter()
            .map(|at| format!("{} = NULL", column(table, *at)))
            .collect();
        let update = format!("UPDATE {name} t SET {} WHERE {orphan}", nulls.join(", "));
        match client.execute(&update, &[]) {
            Ok(_) => return Ok(0),
            // A CHECK may demand what a reference would not.
            Err(error) if error.as_db_error().is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(client.execute(&format!("DELETE FROM {name} t WHERE {orphan}"), &[])?)
}

/// Sequences go on after the generated numbers.
pub(super) fn set_sequences(
    client: &mut Client,
    schema: &Schema,
    filled: &Filled,
) -> Result<(), SandboxError> {
    for (position, table) in schema.tables.iter().enumerate() {
        if !filled
            .tables
            .get(&position)
            .is_some_and(|table| table.generated && table.rows > 0)
        {
            continue;
        }
        for column in table
            .columns
            .iter()
            .filter(|column| column.serial && column.is_integer())
        {
            let sql = format!(
                "SELECT setval(s::regclass, (SELECT greatest(max({}), 1) FROM {})) \
                 FROM pg_get_serial_sequence($1, $2) s WHERE s IS NOT NULL",
                quote_identifier(&column.name),
                table.name.to_sql()
            );
            match client.query(&sql, &[&table.name.to_sql(), &column.name]) {
                Ok(_) => {}
                Err(error) if error.as_db_error().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
