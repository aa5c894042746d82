use std::sync::Arc;

use crate::catalog::Catalog;
use crate::source::{SourceFile, Span, SyntaxError, parse_statement};

use super::bind::bind_statement;
use super::model::Query;

/// Parses and binds one statement: the part `span` of `file` (without its semicolon), statement `number` of the file.
///
/// # Errors
/// Where the text cannot be parsed; the offset counts from the start of the file.
pub fn analyze(
    file: &Arc<SourceFile>,
    span: Span,
    number: usize,
    name: Option<String>,
    catalog: &Catalog,
) -> Result<Query, SyntaxError> {
    let parsed = parse_statement(file.slice(span)).map_err(|error| SyntaxError {
        offset: error.offset + span.start,
        ..error
    })?;
    let bound = bind_statement(&parsed, span.start, catalog);
    Ok(Query {
        file: Arc::clone(file),
        span,
        number,
        name,
        kind: bound.kind,
        blocks: bound.blocks,
        relations: bound.relations,
        expressions: bound.expressions,
        ctes: bound.ctes,
        problems: bound.problems,
        tokens: bound.tokens,
    })
}
