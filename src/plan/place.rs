use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::source::{LineIndex, Span};

/// Where in a statement's text a clause of its plan stands, or else the relation: a byte range of the text.
///
/// The server prints clauses in its own words (`~~` for LIKE, casts, other parentheses), so names and literals are
/// compared: the conjunct, join condition, ordering or grouping that shares most of them is meant.
pub fn place(statement: &str, relation: Option<&str>, clause: Option<&str>) -> Option<Span> {
    let tokens = tokens(statement);
    clause
        .and_then(|clause| place_clause(&tokens, relation, &words(clause)))
        .or_else(|| place_relation(&tokens, relation?))
}

/// The names in a clause as the server prints it, without those of types and relations.
pub fn column_names(clause: &str) -> Vec<String> {
    words(clause)
        .into_iter()
        .filter_map(|word| match word {
            Named::Name(name) => Some(name),
            Named::Literal(_) => None,
        })
        .collect()
}

#[derive(Debug, PartialEq)]
enum Named {
    Name(String),
    Literal(String),
}

fn tokens(text: &str) -> Vec<(Token, Span)> {
    let lines = LineIndex::new(text);
    Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .unwrap_or_default()
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .filter_map(|token| Some((token.token, lines.span(token.span)?)))
        .collect()
}

/// A name as the server stores it.
fn folded(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}

fn is_keyword(token: &Token, keyword: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(keyword))
}

fn is_one_of(token: &Token, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| is_keyword(token, keyword))
}

const OPERATORS: &[&str] = &[
    "and", "or", "not", "is", "null", "any", "all", "array", "true", "false", "desc", "asc",
    "nulls", "first", "last", "in", "subplan", "initplan", "hashed", "distinct", "from", "case",
    "when", "then", "else", "end", "row",
];

fn words(clause: &str) -> Vec<Named> {
    let tokens = tokens(clause);
    let mut words = Vec::new();
    let mut in_type = false;
    for (at, (token, _)) in tokens.iter().enumerate() {
        match token {
            Token::DoubleColon => in_type = true,
            Token::Word(_) if in_type => {}
            Token::Word(_) => {
                let is_qualifier = tokens
                    .get(at + 1)
                    .is_some_and(|(next, _)| *next == Token::Period);
                if !is_qualifier
                    && !is_one_of(token, OPERATORS)
                    && let Some(name) = folded(token)
                {
                    words.push(Named::Name(name));
                }
            }
            _ => {
                in_type = false;
                if let Some(literal) = literal(token) {
                    words.push(Named::Literal(literal));
                }
            }
        }
    }
    words
}

fn literal(token: &Token) -> Option<String> {
    match token {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => Some(text.clone()),
        Token::Number(number, _) => Some(number.clone()),
        _ => None,
    }
}

/// A conjunct or list between two keywords.
struct Region {
    start: usize,
    end: usize,
    /// Number of the WHERE, ON, ORDER BY it stands in.
    group: usize,
}

const STARTS: &[&str] = &["where", "on", "having", "by", "using"];
const ENDS: &[&str] = &[
    "select",
    "from",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "group",
    "order",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "window",
    "fetch",
    "for",
    "returning",
    "set",
    "with",
];

fn regions(tokens: &[(Token, Span)]) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    // Start, depth of parentheses, group.
    let mut open: Option<(usize, usize, usize)> = None;
    let mut depth = 0_usize;
    let mut groups = 0;
    let mut in_between = false;
    for (at, (token, _)) in tokens.iter().enumerate() {
        let mut close = |open: &mut Option<(usize, usize, usize)>| {
            if let Some((start, _, group)) = open.take()
                && start < at
            {
                regions.push(Region {
                    start,
                    end: at,
                    group,
                });
            }
        };
        match token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.saturating_sub(1);
                if open.is_some_and(|(_, opened, _)| depth < opened) {
                    close(&mut open);
                }
            }
            _ if is_one_of(token, STARTS) => {
                close(&mut open);
                groups += 1;
                open = Some((at + 1, depth, groups));
            }
            _ if is_one_of(token, ENDS) => close(&mut open),
            _ if is_keyword(token, "between") => in_between = true,
            _ if is_keyword(token, "and") && in_between => in_between = false,
            _ if is_one_of(token, &["and", "or"]) && open.is_some() => {
                let group = groups;
                close(&mut open);
                open = Some((at + 1, depth, group));
            }
            _ => {}
        }
    }
    if let Some((start, _, group)) = open
        && start < tokens.len()
    {
        regions.push(Region {
            start,
            end: tokens.len(),
            group,
        });
    }
    regions
}

fn place_clause(tokens: &[(Token, Span)], relation: Option<&str>, words: &[Named]) -> Option<Span> {
    let regions = regions(tokens);
    let scores: Vec<usize> = regions
        .iter()
        .map(|region| {
            score(
                tokens.get(region.start..region.end).unwrap_or(&[]),
                relation,
                words,
            )
        })
        .collect();
    let (best, score) = scores
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, score)| **score)?;
    if *score == 0 {
        return None;
    }
    // The neighbours that belong to the same clause.
    let group = regions.get(best)?.group;
    let belongs = |at: &usize| {
        regions.get(*at).is_some_and(|region| region.group == group)
            && scores.get(*at).is_some_and(|score| *score > 0)
    };
    let first = (0..best).rev().take_while(belongs).last().unwrap_or(best);
    let last = (best + 1..regions.len())
        .take_while(belongs)
        .last()
        .unwrap_or(best);
    let inside = tokens.get(regions.get(first)?.start..regions.get(last)?.end)?;
    let span = inside.first()?.1.union(inside.last()?.1);
    Some(span)
}

/// How much of a clause a region holds; 0 where it holds none of its names.
fn score(region: &[(Token, Span)], relation: Option<&str>, words: &[Named]) -> usize {
    let mut names = 0;
    let mut literals = 0;
    for word in words {
        match word {
            Named::Name(name) => {
                names += usize::from(
                    region
                        .iter()
                        .any(|(token, _)| folded(token).as_ref() == Some(name)),
                );
            }
            Named::Literal(text) => {
                literals += usize::from(
                    region
                        .iter()
                        .any(|(token, _)| literal(token).as_ref() == Some(text)),
                );
            }
        }
    }
    if names == 0 {
        return 0;
    }
    let qualifiers: Vec<String> = region
        .windows(2)
        .filter_map(|pair| match pair {
            [(name, _), (Token::Period, _)] => folded(name),
            _ => None,
        })
        .collect();
    let is_of_relation =
        relation.is_some_and(|relation| qualifiers.iter().any(|qualifier| qualifier == relation));
    let is_of_another = relation.is_some() && !qualifiers.is_empty() && !is_of_relation;
    if is_of_another && names < words.len() {
        return 0;
    }
    4 * names + 3 * literals + 2 * usize::from(is_of_relation) + usize::from(!is_of_another)
}

/// The relation where it is declared: `tickets t`, `tickets AS t`, `tickets`.
fn place_relation(tokens: &[(Token, Span)], relation: &str) -> Option<Span> {
    (0..tokens.len()).find_map(|at| {
        let (token, span) = tokens.get(at)?;
        let before = at.checked_sub(1).and_then(|before| tokens.get(before))?;
        let is_qualifier = tokens
            .get(at + 1)
            .is_some_and(|(next, _)| *next == Token::Period);
        if folded(token).as_deref() != Some(relation) || is_qualifier {
            return None;
        }
        if is_one_of(&before.0, &["from", "join", "update", "into", "only"])
            || before.0 == Token::Comma
        {
            return Some(*span);
        }
        let declared = match &before.0 {
            token if is_keyword(token, "as") => tokens.get(at.checked_sub(2)?)?,
            _ => before,
        };
        match declared.0 {
            Token::Word(_) if !is_one_of(&declared.0, ENDS) && !is_one_of(&declared.0, STARTS) => {
                Some(declared.1.union(*span))
            }
            Token::RParen => Some(*span),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed<'a>(statement: &'a str, relation: &str, clause: &str) -> &'a str {
        place(statement, Some(relation), Some(clause))
            .and_then(|span| statement.get(span.start..span.end))
            .unwrap_or("")
    }

    #[test]
    fn clauses_are_found_in_the_authors_words() {
        let statement = "SELECT c.name FROM tickets AS t JOIN customers c ON c.id = t.customer_id\n\
            WHERE t.status = 'open' AND t.body LIKE '%x' AND c.status = 'new' ORDER BY t.created_at DESC LIMIT 3";
        assert_eq!(
            placed(
                statement,
                "t",
                "((status = 'open'::text) AND (body ~~ '%x'::text))"
            ),
            "t.status = 'open' AND t.body LIKE '%x'"
        );
        assert_eq!(
            placed(statement, "c", "(status = 'new'::text)"),
            "c.status = 'new'"
        );
        assert_eq!(
            placed(statement, "t", "(c.id = t.customer_id)"),
            "c.id = t.customer_id"
        );
        assert_eq!(
            placed(statement, "t", "created_at DESC"),
            "t.created_at DESC"
        );
        assert_eq!(placed(statement, "t", "(unknown = 1)"), "tickets AS t");
    }

    #[test]
    fn between_is_one_conjunct_and_subqueries_end_theirs() {
        let statement = "SELECT 1 FROM a WHERE a.x BETWEEN 1 AND 2 AND a.z IN (SELECT b.y FROM b WHERE b.y > 5)";
        assert_eq!(
            placed(statement, "a", "((x >= 1) AND (x <= 2))"),
            "a.x BETWEEN 1 AND 2"
        );
        assert_eq!(placed(statement, "b", "(y > 5)"), "b.y > 5");
        assert_eq!(placed(statement, "b", ""), "b");
    }

    #[test]
    fn broken_statements_have_no_place() {
        assert_eq!(place("SELECT 'open", Some("t"), Some("a = 1")), None);
        assert_eq!(place("", None, None), None);
    }

    #[test]
    fn column_names_are_without_types_and_qualifiers() {
        assert_eq!(
            column_names(
                "(t.created_at > '2026-01-01'::timestamp with time zone) AND (\"A b\" = 1)"
            ),
            ["created_at", "A b"]
        );
    }
}
