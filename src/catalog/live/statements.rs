use super::LiveConnection;
use super::connection::message_of;

/// A kind of statement that a server counted.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedStatement {
    /// With `$1`, `$2`, ... in the place of literals.
    pub text: String,
    pub calls: f64,
}

/// Why pg_stat_statements could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CountedStatementsError {
    #[error(
        "{address} has no pg_stat_statements in this database: name query files, or ask for CREATE EXTENSION pg_stat_statements"
    )]
    NotInstalled { address: String },
    #[error("reading pg_stat_statements of {address}: {message}")]
    Server { address: String, message: String },
}

/// The statements of this database that took most time in all, as pg_stat_statements counted them. Those that the role
/// may not see are left out (pg_read_all_stats shows all).
///
/// # Errors
/// The extension is not there, or the server refuses.
pub fn counted_statements(
    connection: &mut LiveConnection,
    most: usize,
) -> Result<Vec<CountedStatement>, CountedStatementsError> {
    let address = connection.address().to_owned();
    let failed = |error: postgres::Error| CountedStatementsError::Server {
        address: address.clone(),
        message: message_of(&error),
    };
    let schema = connection
        .query_opt(
            "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
             JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
            &[],
        )
        .map_err(failed)?
        .map(|row| row.get::<_, String>(0));
    let Some(schema) = schema else {
        return Err(CountedStatementsError::NotInstalled { address });
    };
    let time = match connection.version() {
        ..130_000 => "total_time",
        _ => "total_exec_time",
    };
    let sql = format!(
        "SELECT s.query, sum(s.calls)::float8 FROM {}.pg_stat_statements s \
         JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = pg_catalog.current_database() \
         WHERE s.query IS NOT NULL AND s.query <> '<insufficient privilege>' \
         GROUP BY s.query ORDER BY sum(s.{time}) DESC LIMIT {most}",
        crate::catalog::quote_identifier(&schema)
    );
    let mut transaction = connection
        .build_transaction()
        .read_only(true)
        .start()
        .map_err(failed)?;
    transaction
        .batch_execute("SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '5s'")
        .map_err(failed)?;
    let rows = transaction.query(&sql, &[]).map_err(failed)?;
    Ok(rows
        .iter()
        .map(|row| CountedStatement {
            text: row.get(0),
            calls: row.get(1),
        })
        .collect())
}
