use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::PlannerError;
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
    /// separated by semicolons.
    ///
    /// # Errors
    /// [`PlannerError::NotAnIndexChange`] for anything else.
    pub fn parse(sql: &str) -> Result<Vec<Self>, PlannerError> {
        let refuse = || PlannerError::NotAnIndexChange {
            sql: sql.trim().to_owned(),
        };
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
            .tokenize()
            .map_err(|_| refuse())?;
        let mut changes = Vec::new();
        for statement in tokens.split(|token| *token == Token::SemiColon) {
            let words: Vec<&Token> = statement
                .iter()
                .filter(|token| !matches!(token, Token::Whitespace(_)))
                .collect();
            let keyword = |at: usize| match words.get(at) {
                Some(Token::Word(word)) if word.quote_style.is_none() => word.keyword,
                _ => Keyword::NoKeyword,
            };
            match (keyword(0), keyword(1), keyword(2)) {
                _ if words.is_empty() => {}
                (Keyword::CREATE, Keyword::INDEX, _)
                | (Keyword::CREATE, Keyword::UNIQUE, Keyword::INDEX) => {
                    changes.push(Self::CreateIndex {
                        sql: without_concurrently(statement),
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
                    let dropped =
                        dropped_names(words.get(at..).unwrap_or_default()).ok_or_else(refuse)?;
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

/// Nothing is built, so nobody is kept waiting; and a transaction cannot contain it.
fn without_concurrently(statement: &[Token]) -> String {
    let mut depth = 0;
    let mut sql = String::new();
    let mut skip_space = false;
    for token in statement {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Word(word)
                if depth == 0
                    && word.quote_style.is_none()
                    && word.keyword == Keyword::CONCURRENTLY =>
            {
                skip_space = true;
                continue;
            }
            Token::Whitespace(_) if skip_space => {
                skip_space = false;
                continue;
            }
            _ => {}
        }
        sql.push_str(&token.to_string());
    }
    sql.trim().to_owned()
}

fn dropped_names(tokens: &[&Token]) -> Option<Vec<HypotheticalChange>> {
    let behaviour = tokens.iter().rposition(|token| {
        !matches!(token, Token::Word(word) if word.quote_style.is_none()
            && matches!(word.keyword, Keyword::CASCADE | Keyword::RESTRICT))
    })?;
    tokens
        .get(..=behaviour)?
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

fn folded(word: &sqlparser::tokenizer::Word) -> String {
    match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_index_changes_and_nothing_else() {
        let changes = HypotheticalChange::parse(
            "CREATE INDEX CONCURRENTLY ON t (a) WHERE b = 'x;y'; DROP INDEX CONCURRENTLY IF EXISTS S.one, \"Two\" CASCADE;",
        );
        let drop = |schema: Option<&str>, name: &str| HypotheticalChange::DropIndex {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(
            changes,
            Ok(vec![
                HypotheticalChange::CreateIndex {
                    sql: "CREATE INDEX ON t (a) WHERE b = 'x;y'".to_owned()
                },
                drop(Some("s"), "one"),
                drop(None, "Two"),
            ])
        );
        for other in [
            "",
            "DROP TABLE t",
            "CREATE INDEX ON t (a); DELETE FROM t",
            "DROP INDEX a b",
            "CREATE TABLE i ()",
        ] {
            assert!(HypotheticalChange::parse(other).is_err(), "{other}");
        }
    }
}
