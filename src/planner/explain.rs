use postgres::Client;
use serde_json::Value;
use sqlparser::tokenizer::Token;

use super::PlannerError;
use super::embedded::rows;
use super::tokens::{PlacedToken, tokens};
use crate::catalog::quote_literal;

/// Plans `$1` and its like without values: PostgreSQL 16 and later.
pub(super) const EXPLAIN_GENERIC: &str = "EXPLAIN (FORMAT JSON, VERBOSE, GENERIC_PLAN) ";
/// For servers before 16, and for queries without placeholders.
pub(super) const EXPLAIN_PLAIN: &str = "EXPLAIN (FORMAT JSON, VERBOSE) ";
const PREPARED: &str = "whyslow_parameters";

/// Why EXPLAIN failed.
#[derive(Debug)]
pub(super) enum ExplainFailure {
    /// The server said no.
    Refused {
        message: String,
        hint: Option<String>,
        position: Option<u32>,
        undetermined_parameter: Option<usize>,
    },
    /// The number of values is wrong.
    ParameterCount { expected: usize, given: usize },
    /// No answer came.
    Connection,
}

impl ExplainFailure {
    pub(super) fn into_planner_error(self) -> PlannerError {
        match self {
            Self::Refused {
                message,
                hint,
                position,
                ..
            } => PlannerError::Query {
                message,
                hint,
                position,
            },
            Self::ParameterCount { expected, given } => {
                PlannerError::ParameterCount { expected, given }
            }
            Self::Connection => PlannerError::ServerGone { hint: None },
        }
    }

    fn refused(message: &str) -> Self {
        Self::Refused {
            message: message.to_owned(),
            hint: None,
            position: None,
            undetermined_parameter: None,
        }
    }

    fn from_postgres(error: &postgres::Error, prefix: usize) -> Self {
        let Some(error) = error.as_db_error() else {
            return Self::Connection;
        };
        let position = match error.position() {
            Some(postgres::error::ErrorPosition::Original(position)) => position
                .checked_sub(prefix as u32)
                .filter(|position| *position > 0),
            _ => None,
        };
        let undetermined_parameter = (*error.code()
            == postgres::error::SqlState::INDETERMINATE_DATATYPE)
            .then(|| error.message().rsplit_once('$')?.1.parse().ok())
            .flatten();
        let message = match error.detail() {
            Some(detail) => format!("{}; {detail}", error.message()),
            None => error.message().to_owned(),
        };
        Self::Refused {
            message,
            hint: error.hint().map(str::to_owned),
            position,
            undetermined_parameter,
        }
    }
}

/// Plans a query with `prefix` before it. A placeholder of which nothing tells the type is taken as text.
pub(super) fn explain(
    client: &mut Client,
    prefix: &str,
    query: &str,
) -> Result<Value, ExplainFailure> {
    let tokens = single_statement(query)?;
    let mut typed: Vec<usize> = Vec::new();
    loop {
        let text = with_text_placeholders(query, &tokens, &typed);
        let failure = match rows(client, &format!("{prefix}{text}")) {
            Ok(rows) => return plan_of(&rows),
            Err(error) => ExplainFailure::from_postgres(&error, prefix.chars().count()),
        };
        match failure {
            ExplainFailure::Refused {
                undetermined_parameter: Some(number),
                ..
            } if !typed.contains(&number) && typed.len() < 100 => {
                typed.push(number);
            }
            other => return Err(other),
        }
    }
}

/// Plans a query for values of its placeholders.
pub(super) fn explain_with_values(
    client: &mut Client,
    query: &str,
    values: &[Option<String>],
) -> Result<Value, ExplainFailure> {
    let tokens = single_statement(query)?;
    let expected = placeholder_count(&tokens);
    if expected != values.len() {
        return Err(ExplainFailure::ParameterCount {
            expected,
            given: values.len(),
        });
    }
    if expected == 0 {
        return explain(client, EXPLAIN_PLAIN, query);
    }
    let types: Vec<&str> = values.iter().map(|_| "unknown").collect();
    let prefix = format!("PREPARE {PREPARED} ({}) AS ", types.join(", "));
    rows(client, &format!("{prefix}{query}"))
        .map_err(|error| ExplainFailure::from_postgres(&error, prefix.chars().count()))?;
    let literals: Vec<String> = values
        .iter()
        .map(|value| {
            value
                .as_ref()
                .map_or_else(|| "NULL".to_owned(), |value| quote_literal(value))
        })
        .collect();
    let explained = rows(
        client,
        &format!(
            "{EXPLAIN_PLAIN}EXECUTE {PREPARED} ({})",
            literals.join(", ")
        ),
    );
    // In a failed transaction the statement stays; the next PREPARE would then meet it.
    let _ = client.batch_execute(&format!("DEALLOCATE {PREPARED}"));
    match explained {
        Ok(rows) => plan_of(&rows),
        Err(error) => Err(ExplainFailure::from_postgres(&error, usize::MAX / 2)),
    }
}

/// The tokens of a query, where it is one statement; several would run the others instead of planning them.
pub(super) fn single_statement(query: &str) -> Result<Vec<PlacedToken>, ExplainFailure> {
    let mut tokens = tokens(query).map_err(|message| ExplainFailure::refused(&message))?;
    while tokens
        .last()
        .is_some_and(|placed| placed.token == Token::SemiColon)
    {
        tokens.pop();
    }
    if tokens.is_empty() {
        return Err(ExplainFailure::refused("there is no statement"));
    }
    if tokens.iter().any(|placed| placed.token == Token::SemiColon) {
        return Err(ExplainFailure::refused(
            "only one statement can be planned at a time",
        ));
    }
    Ok(tokens)
}

/// The number of the highest placeholder.
pub(super) fn placeholder_count(tokens: &[PlacedToken]) -> usize {
    tokens.iter().filter_map(placeholder).max().unwrap_or(0)
}

fn placeholder(placed: &PlacedToken) -> Option<usize> {
    match &placed.token {
        Token::Placeholder(text) => text.strip_prefix('$')?.parse().ok(),
        _ => None,
    }
}

fn with_text_placeholders(query: &str, tokens: &[PlacedToken], typed: &[usize]) -> String {
    let mut text = String::new();
    let mut copied = 0;
    for placed in tokens {
        if let Some(number) = placeholder(placed).filter(|number| typed.contains(number)) {
            text.push_str(query.get(copied..placed.bytes.start).unwrap_or(""));
            text.push_str(&format!("CAST(${number} AS text)"));
            copied = placed.bytes.end;
        }
    }
    text.push_str(query.get(copied..).unwrap_or(""));
    text
}

fn plan_of(rows: &[Vec<Option<String>>]) -> Result<Value, ExplainFailure> {
    let text: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.first()?.as_deref())
        .collect();
    serde_json::from_str(&text.join("\n"))
        .map_err(|_| ExplainFailure::refused("EXPLAIN returned no JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_and_only_one() {
        assert!(single_statement("SELECT ';' -- ;\n;").is_ok());
        assert!(single_statement("SELECT 1; DROP TABLE t").is_err());
        assert!(single_statement(" ; ").is_err());
    }

    #[test]
    fn placeholders_are_counted_outside_strings() {
        let query = "SELECT '$9' FROM t WHERE a = $2 AND b = $1";
        let tokens = single_statement(query).unwrap_or_default();
        assert_eq!(placeholder_count(&tokens), 2);
        assert_eq!(
            with_text_placeholders(query, &tokens, &[1]),
            "SELECT '$9' FROM t WHERE a = $2 AND b = CAST($1 AS text)"
        );
    }
}
