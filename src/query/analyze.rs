use std::sync::Arc;

use crate::catalog::Catalog;
use crate::source::{SourceFile, Span, StatementText, SyntaxError, split};

use super::bind::bind_statement;
use super::model::Query;

/// Parses and binds one statement.
///
/// # Errors
/// Where the text cannot be parsed; the offset counts from the start of the statement.
pub fn analyze(statement: &StatementText, catalog: &Catalog) -> Result<Query, SyntaxError> {
    let parsed = statement.parse()?;
    let bound = bind_statement(&parsed, statement.span.start, catalog);
    Ok(Query {
        file: Arc::clone(&statement.file),
        span: statement.span,
        number: statement.number,
        name: statement.name.clone(),
        kind: bound.kind,
        blocks: bound.blocks,
        relations: bound.relations,
        expressions: bound.expressions,
        ctes: bound.ctes,
        problems: bound.problems,
        tokens: bound.tokens,
    })
}

/// Parses and binds a text that is one statement: a rewrite, an example.
///
/// # Errors
/// Where it is not one statement, or cannot be parsed.
pub fn analyze_text(path: &str, sql: &str, catalog: &Catalog) -> Result<Query, SyntaxError> {
    let file = SourceFile::new(path, sql);
    let statements = split(&file);
    match statements.as_slice() {
        [only] => analyze(only, catalog),
        [] => Err(SyntaxError {
            message: "no statement".to_owned(),
            offset: 0,
        }),
        [_, second, ..] => Err(SyntaxError {
            message: "more than one statement".to_owned(),
            offset: second.span.start,
        }),
    }
}

/// The part of a file's text that a span covers, with runs of white space as one blank: for messages.
pub fn one_line(file: &SourceFile, span: Span) -> String {
    file.slice(span)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
