/// Why a query could not be planned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlannerError {
    /// The server refuses the query: a table that is not in the schema, a type error, ...
    #[error("PostgreSQL cannot plan this query: {message}{}", advice(.hint))]
    Query {
        message: String,
        hint: Option<String>,
        /// Character of the query at which the server stopped, from 1.
        position: Option<u32>,
    },
    /// The number of values is not the number of placeholders.
    #[error(
        "the query has {expected} placeholders, and {given} values were given: pass one --param for each"
    )]
    ParameterCount { expected: usize, given: usize },
    #[error("cannot try `{sql}`: {message}{}", advice(.hint))]
    Change {
        sql: String,
        message: String,
        hint: Option<String>,
    },
    #[error("only CREATE INDEX and DROP INDEX can be tried without building anything, not `{sql}`")]
    NotAnIndexChange { sql: String },
    #[error("planning took more than {} s: the query has too many joins or terms to be planned in time; raise --timeout", .seconds)]
    Deadline { seconds: f64 },
    #[error("the server ended the connection while it planned this query{}", advice(.hint))]
    ServerGone { hint: Option<String> },
    #[error("no planner: {message}")]
    Unavailable { message: String },
}

fn advice(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default()
}
