use std::sync::Arc;

use crate::catalog::Catalog;
use crate::source::{Approximation, SourceFile, Span, StatementText, SyntaxError, split};

use super::ExprKind;
use super::bind::bind_statement;
use super::model::{BindProblemKind, Query, RelationSource};

/// Parses and binds one statement.
///
/// # Errors
/// Where the text cannot be parsed; the offset counts from the start of the statement.
pub fn analyze(statement: &StatementText, catalog: &Catalog) -> Result<Query, SyntaxError> {
    let mut parsed = statement.parse()?;
    let approximations = std::mem::take(&mut parsed.approximations);
    let bound = bind_statement(parsed, statement.span.start, catalog);
    let mut query = Query {
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
        has_unresolved: false,
        tokens: bound.tokens,
    };
    query.has_unresolved =
        query.any_expression(&|part| matches!(part.kind, ExprKind::Unresolved(_)));
    doubt_columns(&mut query, &approximations);
    Ok(query)
}

/// Where the syntax tree does not show all columns, only those of a table that is named beside the column can be
/// known to be missing.
fn doubt_columns(query: &mut Query, approximations: &[Approximation]) {
    let hides_columns = |lost: &Approximation| {
        matches!(
            lost,
            Approximation::RowExpansion | Approximation::SearchOrCycle
        )
    };
    if !approximations.iter().any(hides_columns) {
        return;
    }
    let relations = &query.relations;
    for problem in &mut query.problems {
        let BindProblemKind::UnknownColumn { relation, .. } = &problem.kind else {
            continue;
        };
        problem.certain = relation.as_ref().is_some_and(|alias| {
            relations
                .iter()
                .filter(|one| one.alias == *alias)
                .all(|one| matches!(one.source, RelationSource::Table(_)))
        });
    }
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
