use postgres::IsolationLevel;

use super::connection::{LiveConnection, message_of};
use super::schema::read_schema;
use super::statistics::{read_columns, read_extended, read_indexes, read_server, read_tables};
use crate::catalog::Snapshot;

/// Which part of a database to take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SnapshotFilter {
    /// Schemas by name; all where empty.
    pub schemas: Vec<String>,
    /// Tables by name, `table` or `schema.table`; all where empty.
    pub tables: Vec<String>,
}

/// Why a snapshot could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LiveSnapshotError {
    #[error("reading {what} of {address}: {message}{hint}")]
    Server {
        what: &'static str,
        address: String,
        message: String,
        hint: &'static str,
    },
    #[error(
        "{address} has no table that fits --schema-name and --table: check the names (they are case-sensitive)"
    )]
    NothingFits { address: String },
}

/// Takes schema and statistics of a database, with a few catalog queries in one read-only transaction; nothing is
/// written, no table's rows are read, no lock is waited for longer than a few seconds. What the role may not read is
/// listed in [`Snapshot::missing`]. `progress` is told what is read next.
///
/// # Errors
/// The server refuses a query or goes away; nothing fits the filter.
pub fn take_snapshot(
    connection: &mut LiveConnection,
    filter: &SnapshotFilter,
    mut progress: impl FnMut(&'static str),
) -> Result<Snapshot, LiveSnapshotError> {
    let version = connection.version();
    let address = connection.address().to_owned();
    let failed = |what: &'static str| {
        let address = address.clone();
        move |error: postgres::Error| LiveSnapshotError::Server {
            what,
            address: address.clone(),
            message: message_of(&error),
            hint: hint_of(&error),
        }
    };
    let settings = failed("settings");
    let search_path: String = connection
        .query_one("SELECT pg_catalog.current_setting('search_path')", &[])
        .map_err(&settings)?
        .get(0);
    let mut transaction = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .map_err(&settings)?;
    // With an empty search path the server writes every name with its schema.
    transaction
        .batch_execute(
            "SET LOCAL search_path = ''; SET LOCAL statement_timeout = '120s'; SET LOCAL lock_timeout = '5s'; \
             SET LOCAL extra_float_digits = 3; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; \
             SET LOCAL quote_all_identifiers = off",
        )
        .map_err(&settings)?;
    progress("settings");
    let mut server = read_server(&mut transaction, version, search_path).map_err(settings)?;
    // Values are written in the style that was set above.
    server
        .settings
        .insert("DateStyle".to_owned(), "ISO, MDY".to_owned());
    let mut snapshot = Snapshot::new(server);
    progress("schema");
    let schema = read_schema(&mut transaction, version, filter).map_err(failed("the schema"))?;
    snapshot.schema = schema.statements;
    snapshot.missing = schema.missing;
    progress("tables");
    snapshot.tables = read_tables(&mut transaction, filter).map_err(failed("table sizes"))?;
    if snapshot.tables.is_empty() && (!filter.schemas.is_empty() || !filter.tables.is_empty()) {
        return Err(LiveSnapshotError::NothingFits { address });
    }
    progress("indexes");
    snapshot.indexes = read_indexes(&mut transaction, version, filter, &mut snapshot.missing)
        .map_err(failed("index sizes"))?;
    progress("columns");
    read_columns(
        &mut transaction,
        filter,
        &mut snapshot.tables,
        &mut snapshot.indexes,
        &mut snapshot.missing,
    )
    .map_err(failed("column statistics"))?;
    progress("extended statistics");
    read_extended(
        &mut transaction,
        version,
        filter,
        &mut snapshot.tables,
        &mut snapshot.missing,
    )
    .map_err(failed("extended statistics"))?;
    transaction
        .rollback()
        .map_err(failed("the end of the transaction"))?;
    Ok(snapshot)
}

fn hint_of(error: &postgres::Error) -> &'static str {
    use postgres::error::SqlState;
    match error.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            "; a table is locked by a change of the schema: try again when it is done"
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            "; choose fewer tables with --schema-name or --table"
        }
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "; grant the role pg_read_all_data or pg_monitor"
        }
        // A relation or type that was dropped between two queries.
        Some(code) if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INTERNAL_ERROR => {
            "; something was dropped meanwhile: try again"
        }
        Some(_) => "",
        None => "; the connection was lost: try again",
    }
}
