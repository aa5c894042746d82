//! Queries as tokens with positions, where the syntax tree is not needed.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Tokenizer, Word};

use crate::source::{LineIndex, PlacedToken};

/// The tokens of a text without white space and comments; `None` where it is no SQL.
pub(super) fn tokens(text: &str) -> Option<Vec<PlacedToken>> {
    let lines = LineIndex::new(text);
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .ok()?;
    Some(
        tokens
            .into_iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
            .map(|token| PlacedToken {
                span: lines.span(token.span).unwrap_or_default(),
                token: token.token,
            })
            .collect(),
    )
}

/// An identifier as PostgreSQL stores it.
pub(super) fn folded(word: &Word) -> String {
    match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_lowercase(),
    }
}

/// The identifier that a token is; keywords count, as most may name a column.
pub(super) fn identifier(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) => Some(folded(word)),
        _ => None,
    }
}

/// Whether a token is this keyword, unquoted.
pub(super) fn is_keyword(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.keyword == keyword)
}

/// The keyword that a token is, if any.
pub(super) fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() && word.keyword != Keyword::NoKeyword => {
            Some(word.keyword)
        }
        _ => None,
    }
}

/// The string that a literal token stands for.
pub(super) fn string_literal(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text)
        | Token::EscapedStringLiteral(text)
        | Token::NationalStringLiteral(text)
        | Token::UnicodeStringLiteral(text) => Some(text),
        Token::DollarQuotedString(text) => Some(&text.value),
        _ => None,
    }
}

/// The nesting depth in parentheses before each token.
pub(super) fn depths(tokens: &[PlacedToken]) -> Vec<usize> {
    let mut depth = 0usize;
    tokens
        .iter()
        .map(|token| {
            let here = match token.token {
                Token::RParen | Token::RBracket => {
                    depth = depth.saturating_sub(1);
                    depth
                }
                _ => depth,
            };
            if matches!(token.token, Token::LParen | Token::LBracket) {
                depth += 1;
            }
            here
        })
        .collect()
}
