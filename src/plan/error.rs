use thiserror::Error;

/// Why a text could not be read as EXPLAIN output. Every message names the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error(
        "the plan is empty: give the output of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) or of EXPLAIN"
    )]
    Empty,
    #[error(
        "no plan node found: give the output of EXPLAIN in JSON or text, from its first line on \
         (a line such as `Seq Scan on t  (cost=0.00..35.50 rows=2550 width=4)`)"
    )]
    NoNode,
    #[error(
        "the plan has lost its indentation, and its tree cannot be told from the rest: copy the output of EXPLAIN as \
         it was printed, or give it in JSON"
    )]
    Flat,
    #[error(
        "line {line}, column {column}: not valid JSON ({message}); the output may be cut off: \
         copy it again, or use `psql -qAtX -f query.sql > plan.json`"
    )]
    Json {
        line: usize,
        column: usize,
        message: String,
    },
    #[error(
        "JSON without a plan: expected `[{{\"Plan\": {{...}}}}]`, as EXPLAIN (FORMAT JSON) prints it"
    )]
    NoPlan,
    #[error("a node of the plan has no \"{key}\": this is not what EXPLAIN (FORMAT JSON) prints")]
    MissingKey { key: &'static str },
    #[error(
        "this is EXPLAIN output in YAML, which is not read: run EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) instead, \
         or set auto_explain.log_format = 'json'"
    )]
    Yaml,
    #[error(
        "this is EXPLAIN output in XML, which is not read: run EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) instead, \
         or set auto_explain.log_format = 'json'"
    )]
    Xml,
    #[error(
        "the plan is nested more than {limit} nodes deep: use the text format, or explain a part of the query"
    )]
    TooDeep { limit: usize },
    #[error(
        "the plan is {bytes} bytes long, more than {limit}: give the output of one EXPLAIN only"
    )]
    TooLong { bytes: usize, limit: usize },
}
