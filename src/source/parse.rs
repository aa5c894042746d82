use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use thiserror::Error;

use super::Span;

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
    pub fn of_parser(error: sqlparser::parser::ParserError, offset: usize) -> Self {
        let message = match error {
            sqlparser::parser::ParserError::RecursionLimitExceeded => {
                "nested too deeply".to_owned()
            }
            sqlparser::parser::ParserError::TokenizerError(message)
            | sqlparser::parser::ParserError::ParserError(message) => {
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
    pub ast: Statement,
    /// All tokens but white space and comments, as written.
    pub tokens: Vec<PlacedToken>,
    /// Byte offsets of the starts of lines, to place sqlparser's positions.
    lines: LineIndex,
}

/// Translates sqlparser's lines and columns (characters, from 1) to byte offsets.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    ascii: bool,
    text: String,
}

impl LineIndex {
    /// For a text.
    pub fn new(text: &str) -> Self {
        Self {
            starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect(),
            ascii: text.is_ascii(),
            text: if text.is_ascii() {
                String::new()
            } else {
                text.to_owned()
            },
        }
    }

    /// The byte offset of a position.
    pub fn offset(&self, location: sqlparser::tokenizer::Location) -> usize {
        let line = usize::try_from(location.line).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line.saturating_sub(1)) else {
            return 0;
        };
        if self.ascii {
            return start + column.saturating_sub(1);
        }
        self.text[start..]
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The byte range of a sqlparser span; `None` where sqlparser does not know it.
    pub fn span(&self, span: sqlparser::tokenizer::Span) -> Option<Span> {
        (span.start.line > 0).then(|| Span::new(self.offset(span.start), self.offset(span.end)))
    }
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
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize_with_location()
        .map_err(|error| SyntaxError {
            message: error.message,
            offset: lines.offset(error.location),
        })?;
    let placed = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .map(|token| PlacedToken {
            token: token.token.clone(),
            span: lines.span(token.span).unwrap_or_default(),
        })
        .collect::<Vec<_>>();
    let ast = parse_tokens(tokens, &lines, text.len())?;
    Ok(ParsedStatement {
        ast,
        tokens: placed,
        lines,
    })
}

fn parse_tokens(
    tokens: Vec<TokenWithSpan>,
    lines: &LineIndex,
    end: usize,
) -> Result<Statement, SyntaxError> {
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(300)
        .with_tokens_with_locations(tokens);
    let placed = |parser: &Parser<'_>, error: sqlparser::parser::ParserError| {
        let token = parser.peek_token();
        let offset = match token.token {
            Token::EOF => end,
            _ => lines.offset(token.span.start),
        };
        SyntaxError::of_parser(error, offset)
    };
    let statement = parser
        .parse_statement()
        .map_err(|error| placed(&parser, error))?;
    match parser.peek_token().token {
        Token::EOF => Ok(statement),
        _ => {
            let token = parser.peek_token();
            Err(SyntaxError {
                message: format!("unexpected {}", token.token),
                offset: lines.offset(token.span.start),
            })
        }
    }
}
