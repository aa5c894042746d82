//! A query's text made ready to read its tables from CTEs: names with a schema become names of CTEs, parameters become
//! columns, and the sort keys can be put beside the output.

use indexmap::IndexMap;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::catalog::{Catalog, Table, TableId, quote_identifier};
use crate::rewrite::{Edit, apply_edits};
use crate::source::{PlacedToken, Span};

use super::tokens::{depths, folded, is_keyword, keyword, tokens};

/// A relation that a text reads, under the CTE name that it then has.
pub(super) type Reads = IndexMap<String, TableId>;

/// A query that reads CTEs.
#[derive(Debug, Clone)]
pub(super) struct Adapted {
    pub text: String,
    pub reads: Reads,
}

/// The name of the CTE for a table that is read by its full name.
pub(super) fn full_cte_name(table: &Table) -> String {
    format!("{}.{}", table.name.schema, table.name.name)
}

/// Makes a text read CTEs in place of the catalog's tables and views. `None` where it is no SQL.
/// `parameter` gives the expression that stands for a parameter.
pub(super) fn adapt(
    text: &str,
    catalog: &Catalog,
    parameter: &dyn Fn(&str) -> Option<String>,
) -> Option<Adapted> {
    let tokens = tokens(text)?;
    let mut reads = Reads::new();
    let mut edits = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(step) = adapt_at(&tokens, at, catalog, &mut reads, &mut edits) else {
            if let Token::Placeholder(name) = &tokens[at].token
                && let Some(expression) = parameter(name)
            {
                edits.push(Edit::replace(tokens[at].span, expression));
            }
            at += 1;
            continue;
        };
        at += step;
    }
    if let Some(lock) = locking_clause(&tokens) {
        edits.push(Edit::delete(Span::new(lock, text.len())));
        edits.retain(|edit| edit.span.start <= lock);
    } else if let Some(last) = tokens.last().filter(|last| last.token == Token::SemiColon) {
        edits.push(Edit::delete(last.span));
    }
    Some(Adapted {
        text: apply_edits(text, 0, &edits)?,
        reads,
    })
}

/// Deals with a table's name at this place; the number of tokens that it takes.
fn adapt_at(
    tokens: &[PlacedToken],
    at: usize,
    catalog: &Catalog,
    reads: &mut Reads,
    edits: &mut Vec<Edit>,
) -> Option<usize> {
    let Token::Word(first) = &tokens[at].token else {
        return None;
    };
    let previous = at
        .checked_sub(1)
        .and_then(|at| tokens.get(at))
        .map(|token| &token.token);
    if previous == Some(&Token::Period) {
        return None;
    }
    let token = |offset: usize| tokens.get(at + offset).map(|token| &token.token);
    let in_from = previous.is_some_and(begins_table);
    if let (Some(Token::Period), Some(Token::Word(second))) = (token(1), token(2)) {
        let table = catalog.resolve_table(Some(&folded(first)), &folded(second))?;
        if token(3) == Some(&Token::Period) {
            edits.push(Edit::delete(Span::new(
                tokens[at].span.start,
                tokens[at + 2].span.start,
            )));
            return Some(3);
        }
        if !in_from || token(3) == Some(&Token::LParen) {
            return None;
        }
        let name = full_cte_name(table);
        let mut replacement = quote_identifier(&name);
        let bare = previous.and_then(keyword) == Some(Keyword::TABLE);
        if !bare && !has_alias(token(3)) {
            replacement.push_str(" AS ");
            replacement.push_str(&quote_identifier(&table.name.name));
        }
        let span = tokens[at].span.union(tokens[at + 2].span);
        edits.push(Edit::replace(span, replacement));
        reads.insert(name, table.id);
        return Some(3);
    }
    if in_from && !matches!(token(1), Some(Token::LParen | Token::Period)) {
        let name = folded(first);
        if let Some(table) = catalog.resolve_table(None, &name) {
            reads.insert(name, table.id);
        }
    }
    None
}

/// Whether a table's name may follow.
fn begins_table(token: &Token) -> bool {
    match token {
        Token::Comma | Token::LParen => true,
        token => matches!(
            keyword(token),
            Some(
                Keyword::FROM
                    | Keyword::JOIN
                    | Keyword::ONLY
                    | Keyword::TABLE
                    | Keyword::USING
                    | Keyword::LATERAL
            )
        ),
    }
}

/// Whether this token, after a table's name, is an alias or announces one.
fn has_alias(token: Option<&Token>) -> bool {
    match token {
        Some(Token::Word(word)) => {
            word.quote_style.is_some()
                || !matches!(
                    word.keyword,
                    Keyword::WHERE
                        | Keyword::JOIN
                        | Keyword::INNER
                        | Keyword::LEFT
                        | Keyword::RIGHT
                        | Keyword::FULL
                        | Keyword::CROSS
                        | Keyword::NATURAL
                        | Keyword::ON
                        | Keyword::USING
                        | Keyword::GROUP
                        | Keyword::ORDER
                        | Keyword::HAVING
                        | Keyword::LIMIT
                        | Keyword::OFFSET
                        | Keyword::FETCH
                        | Keyword::UNION
                        | Keyword::EXCEPT
                        | Keyword::INTERSECT
                        | Keyword::WINDOW
                        | Keyword::FOR
                        | Keyword::TABLESAMPLE
                        | Keyword::RETURNING
                        | Keyword::SET
                )
        }
        _ => false,
    }
}

/// Where FOR UPDATE and the like begin, outside of all parentheses.
fn locking_clause(tokens: &[PlacedToken]) -> Option<usize> {
    let depths = depths(tokens);
    tokens.iter().enumerate().find_map(|(at, token)| {
        let next = tokens.get(at + 1)?;
        (depths[at] == 0
            && is_keyword(&token.token, Keyword::FOR)
            && matches!(
                keyword(&next.token),
                Some(Keyword::UPDATE | Keyword::SHARE | Keyword::NO | Keyword::KEY)
            ))
        .then_some(token.span.start)
    })
}

/// The end of a query that orders its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortKeys {
    /// Each key: the number of an output column (from 0), or one of the columns added behind them.
    pub columns: Vec<usize>,
    /// The query with the keys that are not in the output added to it.
    pub text: String,
    /// How many columns were added.
    pub added: usize,
}

/// Whether a query ends in ORDER BY, outside of all parentheses.
pub(super) fn is_ordered(text: &str) -> bool {
    tokens(text).is_some_and(|tokens| order_by(&tokens).is_some())
}

fn order_by(tokens: &[PlacedToken]) -> Option<usize> {
    let depths = depths(tokens);
    (0..tokens.len()).rev().find(|&at| {
        depths[at] == 0
            && is_keyword(&tokens[at].token, Keyword::ORDER)
            && tokens
                .get(at + 1)
                .is_some_and(|next| is_keyword(&next.token, Keyword::BY))
    })
}

/// The sort keys of a query (adapted or not) that ends in ORDER BY; `None` where it does not or they cannot be told.
pub(super) fn sort_keys(text: &str, output: &[String]) -> Option<SortKeys> {
    let tokens = tokens(text)?;
    let depths = depths(&tokens);
    let order = order_by(&tokens)?;
    let end = (order + 2..tokens.len())
        .find(|&at| {
            depths[at] == 0
                && (tokens[at].token == Token::SemiColon
                    || matches!(
                        keyword(&tokens[at].token),
                        Some(Keyword::LIMIT | Keyword::OFFSET | Keyword::FETCH | Keyword::FOR)
                    ))
        })
        .unwrap_or(tokens.len());
    let selects: Vec<usize> = (0..order)
        .filter(|&at| depths[at] == 0 && is_keyword(&tokens[at].token, Keyword::SELECT))
        .collect();
    let simple = selects.len() == 1
        && !(0..order).any(|at| {
            depths[at] == 0
                && matches!(
                    keyword(&tokens[at].token),
                    Some(Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT)
                )
        })
        && !selects.first().is_some_and(|&select| {
            tokens
                .get(select + 1)
                .is_some_and(|next| is_keyword(&next.token, Keyword::DISTINCT))
        });
    let mut columns = Vec::new();
    let mut added = Vec::new();
    let mut start = order + 2;
    for at in order + 2..=end {
        let ends = at == end || (depths[at] == 0 && tokens[at].token == Token::Comma);
        if !ends {
            continue;
        }
        let key = strip_direction(&tokens[start..at]);
        start = at + 1;
        let (first, last) = (key.first()?, key.last()?);
        let expression = text.get(first.span.start..last.span.end)?;
        if let [only] = key {
            match &only.token {
                Token::Number(number, _) => {
                    let number: usize = number.parse().ok()?;
                    columns.push(
                        number
                            .checked_sub(1)
                            .filter(|&column| column < output.len())?,
                    );
                    continue;
                }
                Token::Word(word) => {
                    let name = folded(word);
                    let mut named = output
                        .iter()
                        .enumerate()
                        .filter(|(_, column)| **column == name);
                    if let (Some((column, _)), None) = (named.next(), named.next()) {
                        columns.push(column);
                        continue;
                    }
                }
                _ => {}
            }
        }
        if !simple {
            // DISTINCT and set operations sort by output columns only.
            let name = match &last.token {
                Token::Word(word) => folded(word),
                _ => return None,
            };
            let mut named = output
                .iter()
                .enumerate()
                .filter(|(_, column)| **column == name);
            match (named.next(), named.next()) {
                (Some((column, _)), None) => columns.push(column),
                _ => return None,
            }
            continue;
        }
        columns.push(output.len() + added.len());
        added.push(expression.to_owned());
    }
    if added.is_empty() {
        return Some(SortKeys {
            columns,
            text: text.to_owned(),
            added: 0,
        });
    }
    let select = *selects.first()?;
    let behind = (select + 1..=order).find(|&at| {
        at == order
            || depths[at] == 0
                && matches!(
                    keyword(&tokens[at].token),
                    Some(
                        Keyword::FROM
                            | Keyword::WHERE
                            | Keyword::GROUP
                            | Keyword::HAVING
                            | Keyword::WINDOW
                    )
                )
                && !(at > 0 && is_keyword(&tokens[at - 1].token, Keyword::DISTINCT))
    })?;
    let place = tokens[behind].span.start;
    let list: Vec<String> = added
        .iter()
        .enumerate()
        .map(|(number, expression)| format!(", ({expression}) AS \"?key{number}\""))
        .collect();
    let text = apply_edits(
        text,
        0,
        &[Edit::replace(
            Span::new(place, place),
            format!("{} ", list.concat()),
        )],
    )?;
    Some(SortKeys {
        columns,
        text,
        added: added.len(),
    })
}

fn strip_direction(mut key: &[PlacedToken]) -> &[PlacedToken] {
    while let Some((last, rest)) = key.split_last() {
        let word = match &last.token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_uppercase(),
            _ => break,
        };
        match word.as_str() {
            "ASC" | "DESC" => key = rest,
            "FIRST" | "LAST"
                if rest
                    .last()
                    .is_some_and(|token| is_keyword(&token.token, Keyword::NULLS)) =>
            {
                key = &rest[..rest.len() - 1];
            }
            _ => break,
        }
    }
    key
}

/// Parameters written `:name` become `$1`, `$2`, ...; `names` holds the names so far, shared by both queries.
pub(super) fn number_parameters(text: &str, names: &mut Vec<String>) -> String {
    let Some(tokens) = tokens(text) else {
        return text.to_owned();
    };
    let depths = depths(&tokens);
    let mut edits = Vec::new();
    let mut brackets = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LBracket => brackets += 1,
            Token::RBracket => brackets = brackets.saturating_sub(1),
            Token::Colon if brackets == 0 => {
                if let Some(next) = tokens.get(at + 1)
                    && let Token::Word(word) = &next.token
                    && next.span.start == token.span.end
                {
                    let number = number_of(names, &format!(":{}", word.value));
                    edits.push(Edit::replace(
                        token.span.union(next.span),
                        format!("${number}"),
                    ));
                }
            }
            Token::Placeholder(name) if !name.starts_with('$') => {
                let number = number_of(names, name);
                edits.push(Edit::replace(token.span, format!("${number}")));
            }
            Token::Placeholder(name) => {
                if let Some(number) = name[1..]
                    .parse::<usize>()
                    .ok()
                    .filter(|&number| number <= 200)
                {
                    while names.len() < number {
                        names.push(format!("${}", names.len() + 1));
                    }
                }
            }
            _ => {}
        }
    }
    let _ = depths;
    apply_edits(text, 0, &edits).unwrap_or_else(|| text.to_owned())
}

fn number_of(names: &mut Vec<String>, name: &str) -> usize {
    match names.iter().position(|known| known == name) {
        Some(at) => at + 1,
        None => {
            names.push(name.to_owned());
            names.len()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_keys_outside_of_the_output_are_added() {
        let output = ["name".to_owned(), "n".to_owned()];
        let keys = sort_keys(
            "SELECT name, count(*) AS n FROM t GROUP BY 1 ORDER BY 2 DESC, max(x) LIMIT 3",
            &output,
        )
        .unwrap();
        assert_eq!(keys.columns, [1, 2]);
        assert_eq!(
            keys.text,
            "SELECT name, count(*) AS n , (max(x)) AS \"?key0\" FROM t GROUP BY 1 ORDER BY 2 DESC, max(x) LIMIT 3"
        );
        let keys = sort_keys(
            "SELECT name, n FROM a UNION SELECT name, n FROM b ORDER BY n NULLS LAST",
            &output,
        );
        assert_eq!(keys.unwrap().columns, [1]);
        assert_eq!(
            sort_keys("SELECT name, n FROM (SELECT 1 ORDER BY 1) t", &output),
            None
        );
    }

    #[test]
    fn named_parameters_are_numbered_together() {
        let mut names = Vec::new();
        assert_eq!(
            number_parameters("SELECT :a::int, b[1:2] WHERE x = :b", &mut names),
            "SELECT $1::int, b[1:2] WHERE x = $2"
        );
        assert_eq!(
            number_parameters("SELECT :b, :a", &mut names),
            "SELECT $2, $1"
        );
        assert_eq!(names, [":a", ":b"]);
    }
}
