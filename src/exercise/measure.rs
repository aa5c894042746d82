use std::time::{Duration, Instant};

use postgres::Client;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlparser::tokenizer::Token;

use super::Parameters;
use crate::catalog::quote_literal;
use crate::plan::Plan;
use crate::sandbox::SandboxError;
use crate::source::parse_statement;

/// What running a statement cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Blocks of 8 kB: shared and local, hit and read, and those of temporary files.
    pub blocks: u64,
    pub milliseconds: f64,
    /// What EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) said; none for statements that write.
    pub plan: Option<Value>,
}

/// Whether a statement reads only.
pub(super) fn is_query(sql: &str) -> bool {
    let first = sql
        .trim_start()
        .trim_start_matches('(')
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()
        .unwrap_or("");
    ["select", "with", "values", "table"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
}

/// The statement with values in place of `$1`, `$2`, ...
pub(super) fn with_values(sql: &str, parameters: &Parameters) -> String {
    let Ok(parsed) = parse_statement(sql) else {
        return sql.to_owned();
    };
    let mut text = sql.to_owned();
    for token in parsed.tokens.iter().rev() {
        if let Token::Placeholder(name) = &token.token
            && let Some(value) = name
                .strip_prefix('$')
                .and_then(|number| number.parse::<usize>().ok())
                .and_then(|number| parameters.values.get(number.checked_sub(1)?))
        {
            text.replace_range(token.span.start..token.span.end, &quote_literal(value));
        }
    }
    text
}

/// Each form of the statement that counts: one for each set of parameters, or as it is.
pub(super) fn forms(sql: &str, parameters: &[Parameters]) -> Vec<String> {
    if parameters.is_empty() {
        return vec![sql.to_owned()];
    }
    parameters
        .iter()
        .map(|parameters| with_values(sql, parameters))
        .collect()
}

/// A query of the pack with the first set of values in place of its placeholders.
pub fn with_first_parameters(pack: &super::Pack, sql: &str) -> String {
    match pack.manifest.parameters.first() {
        Some(parameters) => with_values(sql.trim().trim_end_matches(';'), parameters),
        None => sql.trim().trim_end_matches(';').to_owned(),
    }
}

/// Runs a statement and undoes it.
///
/// # Errors
/// Those of the server.
pub fn measure(client: &mut Client, sql: &str) -> Result<Measured, SandboxError> {
    if is_query(sql) {
        measure_query(client, sql)
    } else {
        measure_write(client, sql)
    }
}

/// A session's first run of a query also reads the system catalogs: quick ones are run twice, and the second counts.
const RUN_TWICE_BELOW: f64 = 1000.0;

fn measure_query(client: &mut Client, sql: &str) -> Result<Measured, SandboxError> {
    let first = run_query(client, sql)?;
    if first.milliseconds < RUN_TWICE_BELOW {
        run_query(client, sql)
    } else {
        Ok(first)
    }
}

fn run_query(client: &mut Client, sql: &str) -> Result<Measured, SandboxError> {
    let mut transaction = client.build_transaction().read_only(true).start()?;
    let row = transaction.query_one(
        &format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"),
        &[],
    )?;
    transaction.rollback()?;
    let json: Value = row.try_get(0)?;
    let plan = Plan::from_json(&json).map_err(|error| SandboxError::Unexpected {
        message: error.to_string(),
    })?;
    let buffers = plan.root().buffers.unwrap_or_default();
    Ok(Measured {
        blocks: (buffers.blocks() + buffers.temporary()) as u64,
        milliseconds: plan.execution_time.unwrap_or_default(),
        plan: Some(match json {
            Value::Array(mut plans) if !plans.is_empty() => plans.remove(0),
            other => other,
        }),
    })
}

/// Blocks of the tables and indexes of `public` that this transaction has asked for: with those of triggers, which
/// no node of a plan accounts for.
const BLOCKS_SO_FAR: &str = "SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(oid)), 0)::bigint FROM pg_class \
     WHERE relnamespace = 'public'::regnamespace";

fn measure_write(client: &mut Client, sql: &str) -> Result<Measured, SandboxError> {
    let mut transaction = client.transaction()?;
    let before: i64 = transaction.query_one(BLOCKS_SO_FAR, &[])?.try_get(0)?;
    let started = Instant::now();
    transaction.execute(sql, &[])?;
    let time: Duration = started.elapsed();
    let after: i64 = transaction.query_one(BLOCKS_SO_FAR, &[])?.try_get(0)?;
    transaction.rollback()?;
    Ok(Measured {
        blocks: u64::try_from(after - before).unwrap_or_default(),
        milliseconds: time.as_secs_f64() * 1000.0,
        plan: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_literals() {
        let parameters = Parameters {
            label: String::new(),
            values: vec!["it's".to_owned(), "2".to_owned()],
        };
        assert_eq!(
            with_values("SELECT '$1', a FROM t WHERE b = $1 AND c = $2", &parameters),
            "SELECT '$1', a FROM t WHERE b = 'it''s' AND c = '2'"
        );
    }

    #[test]
    fn queries_are_told_from_writes() {
        assert!(is_query("(SELECT 1)"));
        assert!(is_query("with x AS (SELECT 1) TABLE x"));
        assert!(!is_query("DELETE FROM t"));
        assert!(!is_query("SELECTED"));
    }
}
