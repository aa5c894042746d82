//! Rows for the tables of a loaded schema: set-based, in the server, deterministic, satisfying every constraint.
//!
//! Row `i` of a table is a formula in `i`: values come from hashes of the seed, the column and `i`; keys are
//! injective in `i`; a foreign key is the parent's key formula at a parent row that the hash chooses. What formulas
//! cannot promise (checks on several columns, partial and expression unique indexes) the INSERT filters out, and what
//! then refers to a missing parent is repaired at the end.

mod bounds;
mod distinct;
mod formula;
mod insert;
mod keys;
mod options;
mod partitions;
mod pattern;
mod plan;
mod plan_key;
mod read;
mod reference;
mod repair;
mod size;
mod table;
mod usual;
mod value;

pub use options::{GenerateOptions, GeneratedTable, GenerationReport, LiteralHint, Progress};

use postgres::Client;

use super::SandboxError;
use table::Schema;

/// Fills the empty tables of the session's database, then runs VACUUM (ANALYZE) on all. Tables that have rows already
/// (from INSERT or COPY in the schema's files) keep just those.
///
/// # Errors
/// Where the connection breaks. A table that cannot be filled is reported, not fatal.
pub fn generate(
    client: &mut Client,
    options: &GenerateOptions<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<GenerationReport, SandboxError> {
    let schema = Schema::read(client)?;
    let sizes = size::row_counts(&schema, options);
    client.batch_execute(
        "SET session_replication_role = replica; SET client_min_messages = error; SET timezone = 'UTC'",
    )?;
    let mut report = GenerationReport::default();
    let mut filled = insert::Filled::default();
    for position in schema.parents_first() {
        insert::fill(
            client,
            &schema,
            position,
            &sizes,
            options,
            &mut filled,
            &mut report,
            progress,
        )?;
    }
    repair::remove_orphans(client, &schema, &filled, &mut report)?;
    repair::set_sequences(client, &schema, &filled)?;
    client.batch_execute(
        "RESET session_replication_role; RESET client_min_messages; RESET timezone",
    )?;
    for (at, table) in schema.tables.iter().enumerate() {
        progress(Progress::Analyzing {
            table: &table.name,
            done: at,
            tables: schema.tables.len(),
        });
        client.batch_execute(&format!("VACUUM (ANALYZE) {}", table.name.to_sql()))?;
    }
    Ok(report)
}
