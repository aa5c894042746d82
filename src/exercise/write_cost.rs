use std::time::Duration;

use postgres::Client;

use super::Connection;
use super::measure::Measured;
use crate::catalog::quote_identifier;
use crate::sandbox::SandboxError;

/// Rows that are inserted to see what an index costs on writes.
pub(super) const INSERTED_ROWS: u64 = 2000;

/// What inserting into an empty copy of each table costs; tables into which a copy of their rows cannot be inserted
/// are left out.
pub(super) fn insert_costs(
    connection: &mut Connection,
    deadline: Duration,
    tables: &[String],
) -> Vec<(String, Measured)> {
    tables
        .iter()
        .filter_map(|table| {
            let measured = connection.within(deadline, |client| insert_cost(client, table));
            Some((table.clone(), measured.ok()?))
        })
        .collect()
}

fn insert_cost(client: &mut Client, table: &str) -> Result<Measured, SandboxError> {
    let table = quote_identifier(table);
    let mut transaction = client.transaction()?;
    transaction.batch_execute(&format!(
        "CREATE TABLE whyslow_copy (LIKE {table} INCLUDING ALL)"
    ))?;
    let row = transaction.query_one(
        &format!(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) INSERT INTO whyslow_copy OVERRIDING SYSTEM VALUE \
             SELECT * FROM {table} LIMIT {INSERTED_ROWS}"
        ),
        &[],
    )?;
    transaction.rollback()?;
    let json: serde_json::Value = row.try_get(0)?;
    let plan = crate::plan::Plan::from_json(&json).map_err(|error| SandboxError::Unexpected {
        message: error.to_string(),
    })?;
    Ok(Measured {
        blocks: plan.root().buffers.unwrap_or_default().blocks() as u64,
        milliseconds: plan.execution_time.unwrap_or_default(),
        plan: None,
    })
}
