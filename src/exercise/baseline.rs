use std::time::Duration;

use postgres::Client;
use serde::{Deserialize, Serialize};

use super::measure::{Measured, forms, is_query, measure};
use super::rows::{Digest, ResultRows};
use super::stock::{AUTHOR_DEADLINE, Workplace};
use super::{Answer, Connection, ExerciseError, Pack, ReferenceRows};
use crate::catalog::quote_identifier;
use crate::sandbox::SandboxError;
use crate::source::{SourceFile, parse_statement, split};

/// What is known of a pack's data before anybody answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Baseline {
    /// The query as it is; the worst set of parameters.
    pub unsolved: Measured,
    /// The pack's solution.
    pub solution: Measured,
    /// The right rows, one digest for each set of parameters; none for statements that write.
    pub rows: Vec<Digest>,
    /// Whether the order of the rows counts.
    pub ordered: bool,
    /// Seconds that loading took.
    pub load_seconds: f64,
    /// Rows of each table.
    pub tables: Vec<(String, i64)>,
}

/// Measures the query as it is and the solution, each in a copy of its own; neither may run past the deadline.
pub(super) fn measure_baseline(
    pack: &Pack,
    query_deadline: Duration,
    fresh_copy: impl Fn() -> Result<Workplace, ExerciseError>,
    progress: &dyn Fn(&str),
) -> Result<Baseline, ExerciseError> {
    progress("measuring the query as it is");
    let manifest = &pack.manifest;
    let mut baseline = Baseline::unknown();
    let query = first_statement(&pack.query);
    baseline.ordered = is_ordered(&query);
    let in_pack = |file: &str, sql: &str, problem: SandboxError| ExerciseError::Statement {
        pack: pack.name.clone(),
        file: file.to_owned(),
        sql: super::answer::one_line(sql),
        problem,
    };
    {
        let workplace = fresh_copy()?;
        let mut connection = workplace.connect()?;
        baseline.unsolved = worst(
            &mut connection,
            query_deadline,
            &forms(&query, &manifest.parameters),
        )
        .map_err(|problem| in_pack("query.sql", &query, problem))?;
        if manifest.reference.rows == ReferenceRows::Query {
            baseline.rows = digests(pack, &mut connection, &query, baseline.ordered)
                .map_err(|problem| in_pack("query.sql", &query, problem))?;
        }
        baseline.tables = connection.within(AUTHOR_DEADLINE, table_rows)?;
    }
    progress("measuring the solution");
    let workplace = fresh_copy()?;
    let mut connection = workplace.connect()?;
    let solution = Answer::read(&pack.solution, &manifest.limits);
    for change in &solution.changes {
        connection
            .within(AUTHOR_DEADLINE, |client| {
                Ok(client.batch_execute(&change.sql)?)
            })
            .map_err(|problem| in_pack("solution.sql", &change.sql, problem))?;
    }
    if let Some(sql) = manifest.measure.maintenance() {
        connection.within(AUTHOR_DEADLINE, |client| Ok(client.batch_execute(sql)?))?;
    }
    let rewritten = solution.query.as_deref().unwrap_or(&query);
    baseline.solution = worst(
        &mut connection,
        query_deadline,
        &forms(rewritten, &manifest.parameters),
    )
    .map_err(|problem| in_pack("solution.sql", rewritten, problem))?;
    if manifest.reference.rows == ReferenceRows::Solution {
        baseline.rows = digests(pack, &mut connection, rewritten, baseline.ordered)
            .map_err(|problem| in_pack("solution.sql", rewritten, problem))?;
    }
    Ok(baseline)
}

/// The dearest of several forms of a statement.
pub(super) fn worst(
    connection: &mut Connection,
    deadline: Duration,
    forms: &[String],
) -> Result<Measured, SandboxError> {
    let mut worst: Option<Measured> = None;
    for form in forms {
        let measured = connection.within(deadline, |client| measure(client, form))?;
        if worst
            .as_ref()
            .is_none_or(|before| measured.blocks > before.blocks)
        {
            worst = Some(measured);
        }
    }
    worst.ok_or_else(|| SandboxError::Unexpected {
        message: "there is no statement to measure".to_owned(),
    })
}

fn digests(
    pack: &Pack,
    connection: &mut Connection,
    sql: &str,
    ordered: bool,
) -> Result<Vec<Digest>, SandboxError> {
    if !is_query(sql) {
        return Ok(Vec::new());
    }
    forms(sql, &pack.manifest.parameters)
        .iter()
        .map(|form| {
            let rows =
                connection.within(AUTHOR_DEADLINE, |client| ResultRows::fetch(client, form))?;
            Ok(rows.digest(ordered))
        })
        .collect()
}

fn table_rows(client: &mut Client) -> Result<Vec<(String, i64)>, SandboxError> {
    let tables = client.query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
        &[],
    )?;
    tables
        .iter()
        .map(|row| {
            let name: String = row.try_get(0)?;
            let counted = client.query_one(
                &format!("SELECT count(*) FROM {}", quote_identifier(&name)),
                &[],
            )?;
            Ok((name, counted.try_get(0)?))
        })
        .collect()
}

/// The statement of a file that holds one, without its semicolon.
pub(super) fn first_statement(text: &str) -> String {
    let file = SourceFile::new("query.sql", text);
    split(&file)
        .first()
        .map(|statement| statement.text().to_owned())
        .unwrap_or_default()
}

/// Whether the query fixes the order of its rows.
pub(super) fn is_ordered(sql: &str) -> bool {
    use sqlparser::ast::Statement;
    matches!(
        parse_statement(sql).map(|parsed| parsed.ast),
        Ok(Statement::Query(query)) if query.order_by.is_some()
    )
}

impl Baseline {
    /// Before anything was measured.
    pub(super) fn unknown() -> Self {
        let nothing = Measured {
            blocks: 0,
            milliseconds: 0.0,
            plan: None,
        };
        Self {
            unsolved: nothing.clone(),
            solution: nothing,
            rows: Vec::new(),
            ordered: false,
            load_seconds: 0.0,
            tables: Vec::new(),
        }
    }
}
