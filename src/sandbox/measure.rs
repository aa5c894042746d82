use std::time::{Duration, Instant};

use postgres::Client;
use serde_json::Value;

use super::{SandboxError, Session};
use crate::plan;

/// What running a statement cost.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// The object that EXPLAIN (FORMAT JSON) returned: `{"Plan": {...}, ...}`.
    pub plan: Value,
    /// `None`: it ran past the deadline, and `plan` is EXPLAIN without ANALYZE.
    pub run: Option<Run>,
}

/// Figures of a statement that was run to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Blocks of 8 kB: shared ones hit and read, local and temporary ones read and written. The same on every run.
    pub blocks: u64,
    /// Of the last run, planning included. Not the same on every run.
    pub milliseconds: f64,
}

/// An index as it was really built.
#[derive(Debug, Clone)]
pub struct BuiltIndex {
    pub name: String,
    pub bytes: u64,
    pub build_milliseconds: f64,
}

/// Whether a rewritten query returns the rows of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowComparison {
    Same {
        rows: u64,
    },
    Different {
        only_in_first: u64,
        only_in_second: u64,
    },
    /// The same rows in another order, where the order counts.
    OtherOrder,
}

impl Measurement {
    /// The plan's estimated total cost.
    pub fn cost(&self) -> Option<f64> {
        self.plan.pointer("/Plan/Total Cost")?.as_f64()
    }
}

/// Runs a statement under EXPLAIN (ANALYZE, BUFFERS, SETTINGS, FORMAT JSON), twice: the first run fills caches and sets
/// hint bits, the second counts. Changes are rolled back. `parameters` are SQL expressions for `$1`, `$2`, ...
/// Past the deadline the statement is only planned.
///
/// # Errors
/// Those of the statement; [`SandboxError::Crashed`] where it crashes the engine.
pub fn measure(
    session: &mut Session,
    statement: &str,
    parameters: &[String],
    deadline: Duration,
) -> Result<Measurement, SandboxError> {
    let until = Instant::now() + deadline;
    let analyzed = (|| {
        let first = session.within(deadline, |client| {
            explain(client, statement, parameters, true)
        })?;
        let left = until.saturating_duration_since(Instant::now());
        match session.within(left.max(Duration::from_millis(1)), |client| {
            explain(client, statement, parameters, true)
        }) {
            // One run within the deadline is a measurement too.
            Err(SandboxError::Deadline { .. }) => Ok(first),
            other => other,
        }
    })();
    match analyzed {
        Ok(plan) => {
            let run = run_of(&plan);
            Ok(Measurement { plan, run })
        }
        Err(SandboxError::Deadline { .. }) => {
            let plan = session.within(deadline, |client| {
                explain(client, statement, parameters, false)
            })?;
            Ok(Measurement { plan, run: None })
        }
        Err(error) => Err(error),
    }
}

/// The plan of a statement that is not run.
pub fn plan(
    client: &mut Client,
    statement: &str,
    parameters: &[String],
) -> Result<Value, SandboxError> {
    explain(client, statement, parameters, false)
}

fn explain(
    client: &mut Client,
    statement: &str,
    parameters: &[String],
    analyze: bool,
) -> Result<Value, SandboxError> {
    let options = if analyze {
        "ANALYZE, BUFFERS, SETTINGS, FORMAT JSON"
    } else {
        "SETTINGS, FORMAT JSON"
    };
    client.batch_execute("BEGIN")?;
    let explained = explain_inside(client, statement, parameters, options);
    // Ends the transaction, and what the statement changed, in both cases.
    let ended = client.batch_execute("ROLLBACK");
    let plan = explained?;
    ended?;
    Ok(plan)
}

fn explain_inside(
    client: &mut Client,
    statement: &str,
    parameters: &[String],
    options: &str,
) -> Result<Value, SandboxError> {
    let statement = statement.trim().trim_end_matches(';');
    let explain = if parameters.is_empty() {
        format!("EXPLAIN ({options}) {statement}")
    } else {
        client.batch_execute("DEALLOCATE ALL")?;
        client.batch_execute(&format!("PREPARE whyslow_measured AS {statement}"))?;
        format!(
            "EXPLAIN ({options}) EXECUTE whyslow_measured({})",
            parameters.join(", ")
        )
    };
    let mut text = String::new();
    for message in client.simple_query(&explain)? {
        if let postgres::SimpleQueryMessage::Row(row) = message {
            text.push_str(row.get(0).unwrap_or_default());
            text.push('\n');
        }
    }
    let parsed: Value = serde_json::from_str(&text).map_err(|error| SandboxError::Unexpected {
        message: format!("EXPLAIN returned something that is not JSON: {error}"),
    })?;
    match parsed {
        Value::Array(plans) => plans.into_iter().next(),
        other => Some(other),
    }
    .ok_or_else(|| SandboxError::Unexpected {
        message: "EXPLAIN returned no plan".to_owned(),
    })
}

fn run_of(plan: &Value) -> Option<Run> {
    plan.get("Plan")?;
    Some(Run {
        blocks: plan::blocks_of_run(plan),
        milliseconds: plan::milliseconds_of_run(plan),
    })
}

/// Builds an index (one CREATE INDEX statement; CONCURRENTLY is left out), with the statistics that one on expressions
/// needs. Drop it with [`drop_index`].
///
/// # Errors
/// The server's, and [`SandboxError::Deadline`]: then nothing was built.
pub fn build_index(
    session: &mut Session,
    create_index: &str,
    deadline: Duration,
) -> Result<BuiltIndex, SandboxError> {
    let create = without_concurrently(create_index);
    session.within(deadline, |client| {
        let started = Instant::now();
        let before = indexes(client)?;
        client.batch_execute(&create)?;
        let build_milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let Some(oid) = indexes(client)?.into_iter().find(|oid| !before.contains(oid)) else {
            return Err(SandboxError::Unexpected {
                message: format!("no index was made by {create_index}: it exists already"),
            });
        };
        let row = client.query_one(
            "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, i.indexprs IS NOT NULL, \
                (SELECT coalesce(sum(pg_relation_size(t.relid)), 0)::int8 FROM pg_partition_tree(i.indexrelid) t), \
                pg_relation_size(i.indexrelid) \
             FROM pg_index i WHERE i.indexrelid = $1",
            &[&oid],
        )?;
        let (name, table, expression): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        let bytes = row.get::<_, i64>(3).max(row.get::<_, i64>(4));
        if expression {
            client.batch_execute(&format!("ANALYZE {table}"))?;
        }
        Ok(BuiltIndex { name, bytes: u64::try_from(bytes).unwrap_or(0), build_milliseconds })
    })
}

/// Removes an index that [`build_index`] built.
pub fn drop_index(client: &mut Client, index: &BuiltIndex) -> Result<(), SandboxError> {
    // The name comes from the server's regclass, quoted where it must be.
    client.batch_execute(&format!("DROP INDEX IF EXISTS {}", index.name))?;
    Ok(())
}

fn indexes(client: &mut Client) -> Result<Vec<u32>, SandboxError> {
    let rows = client.query(
        "SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         WHERE i.indexrelid >= 16384 AND NOT c.relispartition",
        &[],
    )?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn without_concurrently(create: &str) -> String {
    create
        .split_inclusive(char::is_whitespace)
        .enumerate()
        .filter(|(at, word)| *at > 4 || !word.trim_end().eq_ignore_ascii_case("concurrently"))
        .map(|(_, word)| word)
        .collect()
}

/// Runs two queries and compares their rows: as multisets, or in order where `ordered`.
///
/// # Errors
/// The server's, and [`SandboxError::Deadline`].
pub fn compare_rows(
    session: &mut Session,
    first: &str,
    second: &str,
    ordered: bool,
    deadline: Duration,
) -> Result<RowComparison, SandboxError> {
    let (first, second) = (
        first.trim().trim_end_matches(';'),
        second.trim().trim_end_matches(';'),
    );
    session.within(deadline, |client| {
        client.batch_execute("BEGIN READ ONLY")?;
        let compared = compare_inside(client, first, second, ordered);
        let ended = client.batch_execute("ROLLBACK");
        let compared = compared?;
        ended?;
        Ok(compared)
    })
}

fn compare_inside(
    client: &mut Client,
    first: &str,
    second: &str,
    ordered: bool,
) -> Result<RowComparison, SandboxError> {
    // Rows become text: types without equality (json, xml) compare, and column names do not matter.
    let sides = format!(
        "WITH a AS MATERIALIZED (SELECT ROW(q.*)::text AS r, row_number() OVER () AS n FROM ({first}\n) q), \
              b AS MATERIALIZED (SELECT ROW(q.*)::text AS r, row_number() OVER () AS n FROM ({second}\n) q)"
    );
    let row = client.query_one(
        &format!(
            "{sides} SELECT (SELECT count(*) FROM a), \
                (SELECT count(*) FROM (SELECT r FROM a EXCEPT ALL SELECT r FROM b) d), \
                (SELECT count(*) FROM (SELECT r FROM b EXCEPT ALL SELECT r FROM a) d), \
                EXISTS (SELECT 1 FROM a JOIN b USING (n) WHERE a.r <> b.r)"
        ),
        &[],
    )?;
    let count = |at: usize| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
    let (rows, only_in_first, only_in_second) = (count(0), count(1), count(2));
    Ok(if only_in_first > 0 || only_in_second > 0 {
        RowComparison::Different {
            only_in_first,
            only_in_second,
        }
    } else if ordered && row.get::<_, bool>(3) {
        RowComparison::OtherOrder
    } else {
        RowComparison::Same { rows }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrently_goes_from_the_head_alone() {
        assert_eq!(
            without_concurrently(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (concurrently)"
            ),
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (concurrently)"
        );
    }

    #[test]
    fn blocks_are_summed_at_the_root() {
        let plan = serde_json::json!({"Plan": {"Shared Hit Blocks": 3, "Shared Read Blocks": 4, "Temp Read Blocks": 1,
            "Plans": [{"Shared Hit Blocks": 3}]}, "Planning Time": 0.5, "Execution Time": 1.5});
        assert_eq!(
            run_of(&plan),
            Some(Run {
                blocks: 8,
                milliseconds: 2.0
            })
        );
    }
}
