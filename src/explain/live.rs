use std::time::Duration;

use serde_json::Value;

use super::{ExplainError, Explanation, Figures};
use crate::catalog::live::LiveConnection;
use crate::plan::{blocks_of_run, milliseconds_of_run};
use crate::planner::PlannerError;

/// Runs a SELECT on a live server under EXPLAIN (ANALYZE, BUFFERS, SETTINGS), in a read-only transaction with a time limit,
/// and puts the measured plan in the place of the planned one. A statement that writes is never run.
///
/// # Errors
/// The server refuses, or the time is over: the explanation stays as it was planned.
pub fn analyze_live(
    explanation: &mut Explanation,
    connection: &mut LiveConnection,
    sql: &str,
    deadline: Duration,
) -> Result<(), ExplainError> {
    let refused = |error: postgres::Error| {
        let message = error
            .as_db_error()
            .map_or_else(|| error.to_string(), |error| error.message().to_owned());
        PlannerError::Query {
            message,
            hint: None,
            position: None,
        }
    };
    connection
        .batch_execute(&format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = '5s'",
            deadline.as_millis().clamp(1, 2_000_000_000)
        ))
        .map_err(refused)?;
    let explained = connection.simple_query(&format!(
        "EXPLAIN (ANALYZE, BUFFERS, SETTINGS, FORMAT JSON) {sql}"
    ));
    let ended = connection.batch_execute("ROLLBACK");
    let mut text = String::new();
    for message in explained.map_err(refused)? {
        if let postgres::SimpleQueryMessage::Row(row) = message {
            text.push_str(row.get(0).unwrap_or_default());
            text.push('\n');
        }
    }
    ended.map_err(refused)?;
    let plan = match serde_json::from_str(&text) {
        Ok(Value::Array(plans)) => plans.into_iter().next().unwrap_or_default(),
        Ok(other) => other,
        Err(error) => {
            return Err(PlannerError::Query {
                message: format!("EXPLAIN returned something that is not JSON: {error}"),
                hint: None,
                position: None,
            }
            .into());
        }
    };
    explanation.figures = Figures {
        cost: plan
            .get("Plan")
            .and_then(|root| root.get("Total Cost"))
            .and_then(Value::as_f64),
        blocks: Some(blocks_of_run(&plan)),
        milliseconds: Some(milliseconds_of_run(&plan)),
    };
    explanation.plan = plan;
    Ok(())
}
