use std::fmt::Write;
use std::time::Duration;

use super::answer::one_line;
use super::findings::catalog;
use super::{Connection, ExerciseError, Pack};
use crate::catalog::{HandWrittenStatistics, quote_literal};
use crate::sandbox::generate::{GenerateOptions, Progress, generate};
use crate::sandbox::{SandboxError, load_schema};
use crate::source::{SourceFile, split};

/// No statement that loads a pack runs longer.
const LOAD_DEADLINE: Duration = Duration::from_secs(300);

/// The day before which generated moments lie: the same rows whenever a pack is loaded.
const TODAY: &str = "2025-12-01";

/// Makes a pack's tables and rows in an empty database.
///
/// # Errors
/// Where a statement of the pack fails, or the server does.
pub(super) fn load(
    pack: &Pack,
    seed: u64,
    connection: &mut Connection,
    progress: &dyn Fn(&str),
) -> Result<(), ExerciseError> {
    let statistics =
        HandWrittenStatistics::from_toml(&pack.data).map_err(|problem| ExerciseError::Data {
            pack: pack.name.clone(),
            problem,
        })?;
    progress("creating the tables");
    create_tables(pack, connection)?;
    connection.within(LOAD_DEADLINE, |client| {
        Ok(client.batch_execute(
            "SET TimeZone = 'UTC'; SET client_min_messages = 'error'; SET synchronous_commit = off",
        )?)
    })?;
    match &pack.data_sql {
        Some(text) => {
            connection.within(LOAD_DEADLINE, |client| {
                Ok(client.batch_execute(&helper_functions(&statistics, seed))?)
            })?;
            run_file(pack, "data.sql", text, connection, progress)?;
            connection.within(LOAD_DEADLINE, |client| {
                Ok(client.batch_execute("DISCARD TEMP")?)
            })?;
        }
        None => generate_rows(pack, seed, connection, progress)?,
    }
    if let Some(sql) = pack.manifest.measure.maintenance() {
        progress("gathering statistics");
        connection.within(LOAD_DEADLINE, |client| Ok(client.batch_execute(sql)?))?;
    }
    Ok(())
}

/// Runs schema.sql, which may be the output of pg_dump.
fn create_tables(pack: &Pack, connection: &mut Connection) -> Result<(), ExerciseError> {
    let file = SourceFile::new("schema.sql", pack.schema.as_str());
    let report = connection.within(LOAD_DEADLINE, |client| load_schema(client, &[file]))?;
    match report.failures.into_iter().next() {
        Some(failure) => Err(ExerciseError::Statement {
            pack: pack.name.clone(),
            file: "schema.sql".to_owned(),
            sql: one_line(failure.location.file.slice(failure.location.span)),
            problem: SandboxError::Unexpected {
                message: failure.message,
            },
        }),
        None => Ok(()),
    }
}

fn run_file(
    pack: &Pack,
    file: &str,
    text: &str,
    connection: &mut Connection,
    progress: &dyn Fn(&str),
) -> Result<(), ExerciseError> {
    let source = SourceFile::new(file, text);
    for statement in split(&source) {
        let sql = statement.text();
        if let [first, second, table, ..] = sql.split_whitespace().collect::<Vec<_>>().as_slice()
            && first.eq_ignore_ascii_case("insert")
            && second.eq_ignore_ascii_case("into")
        {
            progress(&format!("loading {table}"));
        }
        connection
            .within(LOAD_DEADLINE, |client| Ok(client.batch_execute(sql)?))
            .map_err(|problem| ExerciseError::Statement {
                pack: pack.name.clone(),
                file: file.to_owned(),
                sql: one_line(sql),
                problem,
            })?;
    }
    Ok(())
}

/// The rows that data.toml describes.
fn generate_rows(
    pack: &Pack,
    seed: u64,
    connection: &mut Connection,
    progress: &dyn Fn(&str),
) -> Result<(), ExerciseError> {
    let catalog = catalog(pack, "");
    let options = GenerateOptions {
        seed,
        statistics: Some(&catalog),
        default_rows: 1000,
        today: Some(TODAY.to_owned()),
        ..GenerateOptions::default()
    };
    connection.within(LOAD_DEADLINE, |client| {
        generate(client, &options, &mut |step| {
            if let Progress::Filling { table, done, rows } = step {
                progress(&format!("loading {} ({done} of {rows} rows)", table.name));
            }
        })
    })?;
    Ok(())
}

/// What data.sql may call: `pg_temp.rows('orders')`, the number of rows that data.toml states;
/// `pg_temp.pick(g, salt, n)`, a whole number from 0 up to n that follows from g, salt and the seed;
/// `pg_temp.unit(g, salt)`, the same as a fraction from 0 to 1. PostgreSQL inlines all three.
fn helper_functions(statistics: &HandWrittenStatistics, seed: u64) -> String {
    let mut cases = String::new();
    for table in &statistics.tables {
        if let Some(sizes) = &table.sizes {
            let name = quote_literal(&table.name);
            let _ = write!(cases, " WHEN {name} THEN {}", sizes.rows.round());
        }
    }
    let cases = if cases.is_empty() {
        "NULL::bigint".to_owned()
    } else {
        format!("(CASE wanted{cases} END)::bigint")
    };
    let seed = seed % 1_000_003;
    let hash = format!("hashint8extended(g, salt::bigint * 1000003 + {seed})");
    format!(
        "CREATE FUNCTION pg_temp.rows(wanted text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$SELECT {cases}$$;
         CREATE FUNCTION pg_temp.pick(g bigint, salt integer, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
             AS $$SELECT abs({hash} % n)$$;
         CREATE FUNCTION pg_temp.unit(g bigint, salt integer) RETURNS double precision LANGUAGE sql IMMUTABLE
             AS $$SELECT abs({hash} % 1000000)::double precision / 1000000$$;"
    )
}
