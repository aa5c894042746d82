use std::time::Duration;

use serde_json::Value;

use super::baseline::first_statement;
use super::findings::catalog;
use super::{Answer, ExerciseError, Pack, ReferenceRows};
use crate::equivalence::{Checker, CompareError, Options, OrderMode, Verdict};
use crate::sandbox::{Server, load_schema};
use crate::source::SourceFile;

/// A database without rows beside the exercise's own.
const DATABASE: &str = "small";

/// Databases that are tried: a number rather than a time, so that the same answer gets the same verdict on every machine.
/// About a second's worth.
const SEARCHED: u64 = 10_000;

/// The search ends after that in any case.
const LONGEST_SEARCH: Duration = Duration::from_secs(20);

/// Whether an answer's query agrees with the reference on small databases of any content.
pub(super) enum Agreement {
    /// No difference was found, or the queries cannot be compared so.
    Agrees,
    Differs {
        why: String,
        counterexample: Option<Value>,
    },
}

/// Compares on the server of a workplace that is not needed any more.
pub(super) fn small_databases(
    pack: &Pack,
    query: &str,
    server: Server,
) -> Result<Agreement, ExerciseError> {
    let reference = match pack.manifest.reference.rows {
        ReferenceRows::Query => first_statement(&pack.query),
        ReferenceRows::Solution => Answer::read(&pack.solution, &pack.manifest.limits)
            .query
            .unwrap_or_else(|| first_statement(&pack.query)),
    };
    if reference == query {
        return Ok(Agreement::Agrees);
    }
    server
        .connect("postgres")?
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))?;
    let mut session = server.connect(DATABASE)?;
    load_schema(
        &mut session,
        &[SourceFile::new("schema.sql", pack.schema.as_str())],
    )?;
    let catalog = catalog(pack, "");
    let mut checker = Checker::on_session(&catalog, server, session)?;
    let options = Options {
        timeout: LONGEST_SEARCH,
        max_databases: SEARCHED,
        order: OrderMode::Automatic,
        names: ("the reference".to_owned(), "your query".to_owned()),
        ..Options::default()
    };
    let comparison = match checker.compare(&reference, query, &options) {
        Ok(comparison) => comparison,
        // It reads what the exercise's schema does not have, such as a materialized view of its own.
        Err(CompareError::Query { .. } | CompareError::NotASelect { .. }) => {
            return Ok(Agreement::Agrees);
        }
        Err(error) => return Err(error.into()),
    };
    if comparison.verdict != Verdict::Different {
        return Ok(Agreement::Agrees);
    }
    let why = comparison
        .counterexample
        .as_ref()
        .map(|example| example.why.clone())
        .or(comparison.reason)
        .unwrap_or_else(|| "a small database tells them apart".to_owned());
    let counterexample = comparison
        .counterexample
        .and_then(|example| serde_json::to_value(example).ok());
    Ok(Agreement::Differs {
        why,
        counterexample,
    })
}
