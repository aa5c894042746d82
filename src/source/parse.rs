use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use thiserror::Error;

use super::chains::{nesting, with_grouped_chains};
use super::inner_statement::inner_statement;
use super::placeholders::with_placeholders;
use super::workarounds::{Approximation, with_table_commands, with_workarounds};
use super::{LineIndex, Span};

const DIALECT: PostgreSqlDialect = PostgreSqlDialect {};
/// Levels of parentheses, CASE and subqueries that a statement may nest.
const RECURSION_LIMIT: usize = 300;
/// Levels of parentheses past which a statement is parsed on a thread with a stack of its own.
const DEEP: usize = 24;
/// Levels that are refused without trying.
const DEEPEST: usize = 1500;
const DEEP_STACK_BYTES: usize = 256 << 20;

/// A statement that PostgreSQL's grammar, as we know it, does not cover.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct SyntaxError {
    /// What was found and what was expected, without the position.
    pub message: String,
    /// Byte offset in the text that was parsed.
    pub offset: usize,
}

impl SyntaxError {
    /// What sqlparser says, without its own words for the position.
    pub fn of_parser(error: ParserError, offset: usize) -> Self {
        let message = match error {
            ParserError::RecursionLimitExceeded => "nested too deeply".to_owned(),
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
                match message.find(" at Line: ") {
                    Some(at) => message[..at].to_owned(),
                    None => message,
                }
            }
        };
        Self { message, offset }
    }
}

/// A token with its place in the text that was parsed.
#[derive(Debug, Clone)]
pub struct PlacedToken {
    pub token: Token,
    pub span: Span,
}

/// One statement as it was parsed.
#[derive(Debug, Clone)]
pub struct ParsedStatement {
    /// Of EXPLAIN, PREPARE, DECLARE ... CURSOR and COPY (query) TO, the statement that they are about.
    pub ast: Statement,
    /// All tokens but white space and comments, as written; a placeholder is one token.
    pub tokens: Vec<PlacedToken>,
    /// What `ast` says less exactly than the text.
    pub approximations: Vec<Approximation>,
    /// Places the spans of `ast`.
    pub lines: LineIndex,
}

impl ParsedStatement {
    /// The byte range of a sqlparser span; `None` where sqlparser does not know it.
    pub fn span(&self, span: sqlparser::tokenizer::Span) -> Option<Span> {
        self.lines.span(span)
    }
}

/// Parses one statement (without its semicolon). Spans count from the start of `text`.
///
/// # Errors
/// Where the text is not one statement that we can read.
pub fn parse_statement(text: &str) -> Result<ParsedStatement, SyntaxError> {
    let lines = LineIndex::new(text);
    let written = Tokenizer::new(&DIALECT, text)
        .tokenize_with_location()
        .map_err(|error| SyntaxError {
            message: error.message,
            offset: lines.offset(error.location),
        })?;
    let written = with_placeholders(&written).unwrap_or(written);
    let place = Place {
        lines: &lines,
        end: text.len(),
    };
    let (ast, written, approximations) = match inner_statement(&written) {
        Some(inner) => {
            let (ast, _, approximations) = place.parse(inner.to_vec())?;
            (ast, written, approximations)
        }
        None => place.parse(written)?,
    };
    let tokens = written
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .map(|token| PlacedToken {
            span: lines.span(token.span).unwrap_or_default(),
            token: token.token,
        })
        .collect();
    Ok(ParsedStatement {
        ast,
        tokens,
        approximations,
        lines,
    })
}

/// Places what is found in a text.
struct Place<'a> {
    lines: &'a LineIndex,
    end: usize,
}

type Parsed = (Statement, Vec<TokenWithSpan>, Vec<Approximation>);

impl Place<'_> {
    /// The statement, the tokens as they were given, and what was lost.
    fn parse(&self, tokens: Vec<TokenWithSpan>) -> Result<Parsed, SyntaxError> {
        let grouped = with_grouped_chains(&tokens, |token| self.lines.offset(token.span.start))?;
        if let Some(grouped) = grouped {
            let (ast, _, approximations) = self.parse_or_rewrite(grouped)?;
            return Ok((ast, tokens, approximations));
        }
        self.parse_or_rewrite(tokens)
    }

    fn parse_or_rewrite(&self, tokens: Vec<TokenWithSpan>) -> Result<Parsed, SyntaxError> {
        if let Some(selects) = with_table_commands(&tokens)
            && let Ok((ast, _, approximations)) = self.parse_or_work_around(selects)
        {
            return Ok((ast, tokens, approximations));
        }
        self.parse_or_work_around(tokens)
    }

    fn parse_or_work_around(&self, tokens: Vec<TokenWithSpan>) -> Result<Parsed, SyntaxError> {
        let (result, tokens) = self.parse_tokens(tokens);
        let first_error = match result {
            Ok(ast) => return Ok((ast, tokens, Vec::new())),
            Err(error) => error,
        };
        let Some((rewritten, approximations)) = with_workarounds(&tokens) else {
            return Err(first_error);
        };
        match self.parse_tokens(rewritten).0 {
            Ok(ast) => Ok((ast, tokens, approximations)),
            Err(_) => Err(first_error),
        }
    }

    /// The statement, and the tokens back.
    fn parse_tokens(
        &self,
        tokens: Vec<TokenWithSpan>,
    ) -> (Result<Statement, SyntaxError>, Vec<TokenWithSpan>) {
        let depth = nesting(&tokens);
        if depth <= DEEP {
            return self.parse_here(tokens);
        }
        if depth > DEEPEST {
            return (Err(too_deep()), tokens);
        }
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(DEEP_STACK_BYTES)
                .spawn_scoped(scope, || self.parse_here(tokens));
            match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(parsed)) => parsed,
                _ => (Err(too_deep()), Vec::new()),
            }
        })
    }

    fn parse_here(
        &self,
        tokens: Vec<TokenWithSpan>,
    ) -> (Result<Statement, SyntaxError>, Vec<TokenWithSpan>) {
        let mut parser = Parser::new(&DIALECT)
            .with_recursion_limit(RECURSION_LIMIT)
            .with_tokens_with_locations(tokens);
        let result = parser
            .parse_statement()
            .map_err(|error| SyntaxError::of_parser(error, self.offset(&parser)))
            .and_then(|statement| match &parser.peek_token_ref().token {
                Token::EOF => Ok(statement),
                token => Err(SyntaxError {
                    message: format!("unexpected {token}"),
                    offset: self.offset(&parser),
                }),
            });
        (result, parser.into_tokens())
    }

    fn offset(&self, parser: &Parser<'_>) -> usize {
        let token = parser.peek_token_ref();
        match token.token {
            Token::EOF => self.end,
            _ => self.lines.offset(token.span.start),
        }
    }
}

fn too_deep() -> SyntaxError {
    SyntaxError {
        message: "nested too deeply".to_owned(),
        offset: 0,
    }
}

#[cfg(test)]
mod tests;
