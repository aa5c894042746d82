//! Queries as the server sees them: whether they can be run, and with which columns.

use crate::catalog::quote_identifier;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::checker::{Checker, server_error};
use super::engine::Failure;
use super::error::CompareError;
use super::evaluate::{OutputColumn, OutputKind, type_by_name};
use super::features::{Features, Suspicion};
use super::space::ParameterType;
use super::tokens::{keyword, tokens};

impl<'a> Checker<'a> {
    /// The output columns of a query; adds the types of its parameters.
    pub(super) fn describe(
        &mut self,
        text: &str,
        name: &str,
        parameter_names: &[String],
        parameters: &mut Vec<ParameterType>,
    ) -> Result<Vec<OutputColumn>, CompareError> {
        let statement = match self.engine.prepare(text) {
            Ok(statement) => statement,
            Err(Failure::Statement { message, .. }) => {
                return Err(CompareError::Query {
                    query: name.to_owned(),
                    message,
                });
            }
            Err(other) => return Err(server_error(other)),
        };
        for (at, data_type) in statement.params().iter().enumerate().skip(parameters.len()) {
            let type_name = data_type.name();
            parameters.push(ParameterType {
                name: parameter_names
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| format!("${}", at + 1)),
                type_sql: if data_type.schema() == "pg_catalog" {
                    quote_identifier(type_name)
                } else {
                    format!(
                        "{}.{}",
                        quote_identifier(data_type.schema()),
                        quote_identifier(type_name)
                    )
                },
                data_type: type_by_name(type_name),
            });
        }
        Ok(statement
            .columns()
            .iter()
            .map(|column| OutputColumn {
                name: column.name().to_owned(),
                type_name: column.type_().name().to_owned(),
                kind: OutputKind::of(column.type_().name()),
            })
            .collect())
    }
}

/// Whether a text begins as a query does, and changes nothing.
pub(super) fn is_query(text: &str) -> bool {
    let tokens = tokens(text).unwrap_or_default();
    let first = tokens.iter().find(|token| token.token != Token::LParen);
    let starts = first
        .and_then(|token| keyword(&token.token))
        .is_some_and(|word| {
            matches!(
                word,
                Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE
            )
        });
    let depths = super::tokens::depths(&tokens);
    let writes = tokens
        .iter()
        .zip(&depths)
        .enumerate()
        .any(|(at, (token, depth))| {
            let opens = at > 0 && tokens[at - 1].token == Token::LParen;
            match keyword(&token.token) {
                Some(Keyword::INSERT | Keyword::DELETE | Keyword::MERGE) => *depth == 0 || opens,
                // FOR UPDATE at the top locks rows and changes none.
                Some(Keyword::UPDATE) => opens,
                Some(Keyword::INTO) => *depth == 0,
                _ => false,
            }
        });
    starts && !writes
}

/// What tells the columns of two results apart.
pub(super) fn different_columns(
    a: &[OutputColumn],
    b: &[OutputColumn],
    names: [&str; 2],
) -> Option<String> {
    if a.len() != b.len() {
        let columns = |count: usize| {
            if count == 1 {
                "1 column".to_owned()
            } else {
                format!("{count} columns")
            }
        };
        return Some(format!(
            "{} returns {}, {} returns {}",
            names[0],
            columns(a.len()),
            names[1],
            columns(b.len())
        ));
    }
    a.iter().zip(b).enumerate().find_map(|(at, (a, b))| {
        let alike = a.type_name == b.type_name
            || (a.kind.is_number() && b.kind.is_number())
            || (a.kind == OutputKind::Text && b.kind == OutputKind::Text);
        (!alike).then(|| {
            format!(
                "column {} ({}) is {} in {} and {} in {}",
                at + 1,
                a.name,
                a.type_name,
                names[0],
                b.type_name,
                names[1]
            )
        })
    })
}

pub(super) fn cause(features: &Features) -> String {
    if let Some(name) = features.volatile.iter().next() {
        return format!("{name} changes from run to run");
    }
    let known = features
        .suspicions
        .iter()
        .next()
        .map(|suspicion| match suspicion {
            Suspicion::Limit => {
                "LIMIT keeps some of several rows that its ORDER BY does not tell apart"
            }
            Suspicion::DistinctOn => {
                "DISTINCT ON keeps one of several rows that its ORDER BY does not tell apart"
            }
            Suspicion::RowNumber => {
                "a window function numbers rows that its ORDER BY does not tell apart"
            }
            Suspicion::WindowOrder => {
                "a window frame counts rows that its ORDER BY does not tell apart"
            }
            Suspicion::OrderedAggregate => "an aggregate strings together rows in no fixed order",
            Suspicion::TableSample => "TABLESAMPLE takes rows at random",
        });
    known
        .unwrap_or("its rows depend on the physical order of the tables' rows")
        .to_owned()
}
