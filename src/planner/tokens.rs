use std::ops::Range;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::source::SourceFile;

/// A token of a statement, and the bytes of the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlacedToken {
    pub token: Token,
    pub bytes: Range<usize>,
}

/// The tokens of a text without blanks and comments; the error is what cannot be read.
pub(super) fn tokens(sql: &str) -> Result<Vec<PlacedToken>, String> {
    // Without unescaping, so that what is read is what was written.
    let read = Tokenizer::new(&PostgreSqlDialect {}, sql)
        .with_unescape(false)
        .tokenize_with_location()
        .map_err(|error| error.to_string())?;
    let file = SourceFile::new("", sql);
    Ok(read
        .into_iter()
        .filter(|placed| !matches!(placed.token, Token::Whitespace(_) | Token::EOF))
        .map(|placed| {
            let offset = |location: sqlparser::tokenizer::Location| {
                file.offset(location.line as usize, location.column as usize)
            };
            PlacedToken {
                bytes: offset(placed.span.start)..offset(placed.span.end),
                token: placed.token,
            }
        })
        .collect())
}
