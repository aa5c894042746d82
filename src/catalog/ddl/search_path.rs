//! The search path that a schema's statements set, for themselves and for the queries that follow.

use super::cursor::{Cursor, Parsed};
use crate::catalog::{Catalog, fold_identifier};
use crate::source::StatementText;
use sqlparser::tokenizer::Token;

/// A change of the search path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SearchPath {
    pub(super) schemas: Vec<String>,
    /// Set for a role or database, and so for every later session, but not for this one.
    pub(super) for_later_sessions: bool,
}

/// Reads `SET search_path`, `set_config('search_path', ...)`, `RESET`, and `ALTER ROLE | DATABASE ... SET`;
/// `None` for any other statement.
pub(super) fn search_path_of(statement: &StatementText) -> Option<SearchPath> {
    let words = statement.first_words(3);
    let first = words.first()?.as_str();
    if !matches!(first, "set" | "select" | "alter" | "reset") {
        return None;
    }
    let text = statement.text();
    if text.len() > 1000 || !text.to_ascii_lowercase().contains("search_path") {
        return None;
    }
    let mut cursor = Cursor::new(text).ok()?;
    match first {
        "set" => {
            cursor.advance();
            if !cursor.take_word("session") {
                cursor.take_word("local");
            }
            set(&mut cursor).ok().flatten().map(|schemas| SearchPath {
                schemas,
                for_later_sessions: false,
            })
        }
        "reset" => Some(SearchPath {
            schemas: default_path(),
            for_later_sessions: false,
        }),
        "select" => set_config(&mut cursor).map(|schemas| SearchPath {
            schemas,
            for_later_sessions: false,
        }),
        _ => {
            if !matches!(
                words.get(1).map(String::as_str),
                Some("role" | "user" | "database")
            ) {
                return None;
            }
            while !cursor.at_end() && !cursor.take_word("set") {
                cursor.advance();
            }
            set(&mut cursor).ok().flatten().map(|schemas| SearchPath {
                schemas,
                for_later_sessions: true,
            })
        }
    }
}

impl Catalog {
    /// Whether a statement sets the search path of the statements that follow it.
    pub fn is_search_path_change(statement: &StatementText) -> bool {
        search_path_of(statement).is_some_and(|path| !path.for_later_sessions)
    }

    /// Sets the search path as a statement does; others change nothing.
    pub fn apply_search_path(&mut self, statement: &StatementText) {
        if let Some(path) = search_path_of(statement)
            && !path.for_later_sessions
        {
            self.search_path = path.schemas;
        }
    }
}

/// Where nothing is set; `"$user"` is left out, as no schema of that name is known.
pub(super) fn default_path() -> Vec<String> {
    vec!["public".to_owned()]
}

fn set(cursor: &mut Cursor<'_>) -> Parsed<Option<Vec<String>>> {
    if !cursor.take_word("search_path") {
        return Ok(None);
    }
    if !cursor.take(&Token::Eq) && !cursor.take_word("to") {
        return Ok(None);
    }
    if cursor.take_word("default") {
        return Ok(Some(default_path()));
    }
    let mut schemas = Vec::new();
    loop {
        schemas.push(match cursor.peek() {
            Token::SingleQuotedString(_) => cursor.string()?,
            _ => cursor.identifier()?,
        });
        if !cursor.take(&Token::Comma) {
            break;
        }
    }
    Ok(Some(without_user(schemas)))
}

/// `SELECT [pg_catalog.]set_config('search_path', 'a, b', false)`.
fn set_config(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    while !cursor.at_end() && !cursor.take_word("set_config") {
        cursor.advance();
    }
    cursor.expect(&Token::LParen).ok()?;
    if cursor.string().ok()? != "search_path" {
        return None;
    }
    cursor.expect(&Token::Comma).ok()?;
    let list = cursor.string().ok()?;
    let schemas = list
        .split(',')
        .map(str::trim)
        .filter(|schema| !schema.is_empty())
        .map(|schema| {
            match schema
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
            {
                Some(quoted) => fold_identifier(&quoted.replace("\"\"", "\""), true),
                None => fold_identifier(schema, false),
            }
        })
        .collect();
    Some(without_user(schemas))
}

fn without_user(mut schemas: Vec<String>) -> Vec<String> {
    schemas.retain(|schema| schema != "$user" && !schema.is_empty());
    schemas
}
