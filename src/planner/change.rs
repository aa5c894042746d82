use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Word};

use super::PlannerError;
use super::tokens::{PlacedToken, tokens};
use crate::catalog::quote_identifier;

/// A change of the schema that is only supposed while planning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HypotheticalChange {
    /// One `CREATE INDEX` statement, without CONCURRENTLY.
    CreateIndex { sql: String },
    /// `DROP INDEX`; the schema is `None` where it was not written.
    DropIndex {
        schema: Option<String>,
        name: String,
    },
}

impl HypotheticalChange {
    /// Reads `CREATE [UNIQUE] INDEX [CONCURRENTLY] ...` and `DROP INDEX [CONCURRENTLY] [IF EXISTS] a, b`, several
    /// separated by semicolons. `CREATE EXTENSION` before them is skipped: the embedded server installs those of
    /// operator classes by itself, and on a live server nothing is installed.
    ///
    /// # Errors
    /// [`PlannerError::NotAnIndexChange`] for anything else.
    pub fn parse(sql: &str) -> Result<Vec<Self>, PlannerError> {
        let refuse = || PlannerError::NotAnIndexChange {
            sql: sql.trim().to_owned(),
        };
        let tokens = tokens(sql).map_err(|_| refuse())?;
        let mut changes = Vec::new();
        for statement in tokens.split(|placed| placed.token == Token::SemiColon) {
            let keyword = |at: usize| statement.get(at).map_or(Keyword::NoKeyword, keyword_of);
            match (keyword(0), keyword(1), keyword(2)) {
                _ if statement.is_empty() => {}
                (Keyword::CREATE, Keyword::EXTENSION, _) => {}
                (Keyword::CREATE, Keyword::INDEX, _)
                | (Keyword::CREATE, Keyword::UNIQUE, Keyword::INDEX) => {
                    changes.push(Self::CreateIndex {
                        sql: without_concurrently(sql, statement),
                    });
                }
                (Keyword::DROP, Keyword::INDEX, _) => {
                    let mut at = 2;
                    if keyword(at) == Keyword::CONCURRENTLY {
                        at += 1;
                    }
                    if keyword(at) == Keyword::IF && keyword(at + 1) == Keyword::EXISTS {
                        at += 2;
                    }
                    let dropped = dropped_names(statement.get(at..).unwrap_or_default())
                        .ok_or_else(refuse)?;
                    changes.extend(dropped);
                }
                _ => return Err(refuse()),
            }
        }
        if changes.is_empty() {
            return Err(refuse());
        }
        Ok(changes)
    }

    /// The statement that would make the change.
    pub fn sql(&self) -> String {
        match self {
            Self::CreateIndex { sql } => sql.clone(),
            Self::DropIndex { schema, name } => {
                let schema = schema
                    .as_ref()
                    .map(|schema| format!("{}.", quote_identifier(schema)));
                format!(
                    "DROP INDEX {}{}",
                    schema.unwrap_or_default(),
                    quote_identifier(name)
                )
            }
        }
    }
}

pub(super) fn keyword_of(placed: &PlacedToken) -> Keyword {
    match &placed.token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Nothing is built, so nobody is kept waiting; and a transaction cannot contain it.
fn without_concurrently(sql: &str, statement: &[PlacedToken]) -> String {
    let start = statement.first().map_or(0, |placed| placed.bytes.start);
    let end = statement.last().map_or(0, |placed| placed.bytes.end);
    let whole = |range: std::ops::Range<usize>| sql.get(range).unwrap_or("");
    let index = statement
        .iter()
        .position(|placed| keyword_of(placed) == Keyword::INDEX);
    match index.and_then(|index| statement.get(index + 1)) {
        Some(placed) if keyword_of(placed) == Keyword::CONCURRENTLY => {
            format!(
                "{}{}",
                whole(start..placed.bytes.start),
                whole(placed.bytes.end..end).trim_start()
            )
        }
        _ => whole(start..end).to_owned(),
    }
}

fn dropped_names(tokens: &[PlacedToken]) -> Option<Vec<HypotheticalChange>> {
    let last = tokens
        .iter()
        .rposition(|placed| !matches!(keyword_of(placed), Keyword::CASCADE | Keyword::RESTRICT))?;
    let tokens: Vec<&Token> = tokens
        .get(..=last)?
        .iter()
        .map(|placed| &placed.token)
        .collect();
    tokens
        .split(|token| **token == Token::Comma)
        .map(|name| match name {
            [Token::Word(name)] => Some(HypotheticalChange::DropIndex {
                schema: None,
                name: folded(name),
            }),
            [Token::Word(schema), Token::Period, Token::Word(name)] => {
                Some(HypotheticalChange::DropIndex {
                    schema: Some(folded(schema)),
                    name: folded(name),
                })
            }
            _ => None,
        })
        .collect()
}

fn folded(word: &Word) -> String {
    match word.quote_style {
        Some(_) => word.value.replace("\"\"", "\""),
        None => word.value.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_index_changes_and_nothing_else() {
        let changes = HypotheticalChange::parse(
            "CREATE INDEX CONCURRENTLY ON t (a) WHERE b = E'x\\';y'; \
             DROP INDEX CONCURRENTLY IF EXISTS S.one, \"Two\" CASCADE;",
        );
        let drop = |schema: Option<&str>, name: &str| HypotheticalChange::DropIndex {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(
            changes,
            Ok(vec![
                HypotheticalChange::CreateIndex {
                    sql: "CREATE INDEX ON t (a) WHERE b = E'x\\';y'".to_owned()
                },
                drop(Some("s"), "one"),
                drop(None, "Two"),
            ])
        );
        assert_eq!(
            HypotheticalChange::parse(
                "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE INDEX ON t USING gin (a gin_trgm_ops)"
            )
            .map(|changes| changes.len()),
            Ok(1)
        );
        for other in [
            "",
            "CREATE EXTENSION pg_trgm",
            "DROP TABLE t",
            "CREATE INDEX ON t (a); DELETE FROM t",
            "DROP INDEX a b",
            "CREATE TABLE i ()",
        ] {
            assert!(HypotheticalChange::parse(other).is_err(), "{other}");
        }
    }
}
