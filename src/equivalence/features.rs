//! What the texts of the queries tell about values worth trying: literals and the columns they meet, columns that are
//! compared with each other, counts that decide.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::source::PlacedToken;

use super::tokens::{depths, folded, identifier, keyword, string_literal};

/// A literal worth trying.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// As written, without sign.
    Number(String),
    Text(String),
    /// A LIKE pattern.
    Like(String),
    /// A POSIX or SIMILAR TO regular expression.
    Regex(String),
    /// A number computed from several literals of one condition.
    Derived(String),
    /// A string of that length.
    Length(usize),
    /// So many days apart.
    Days(i64),
}

/// Hints of one or several texts.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// By column name: literals in a condition with it.
    pub columns: BTreeMap<String, BTreeSet<Hint>>,
    /// All literals.
    pub ambient: BTreeSet<Hint>,
    /// Column names (parameters as `$1`) that stand in one condition.
    pub together: BTreeSet<(String, String)>,
    /// Numbers that may bound a count of rows.
    pub thresholds: BTreeSet<usize>,
    pub recursive: bool,
    /// What may make a query disagree with itself.
    pub suspicions: BTreeSet<Suspicion>,
    /// Functions whose value changes from run to run.
    pub volatile: BTreeSet<String>,
    /// Columns of one condition with the numbers in it: `x = y + 4`.
    distances: Vec<(BTreeSet<String>, Vec<f64>)>,
}

/// A construct whose result can depend on the physical order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suspicion {
    Limit,
    DistinctOn,
    RowNumber,
    WindowOrder,
    OrderedAggregate,
    TableSample,
}

impl Features {
    /// Adds what a text tells.
    pub fn read(&mut self, tokens: &[PlacedToken]) {
        let depths = depths(tokens);
        let mut segment = Vec::new();
        let mut clause_depth = vec![0usize];
        let mut between = false;
        for (at, placed) in tokens.iter().enumerate() {
            let depth = depths.get(at).copied().unwrap_or(0);
            self.read_word(tokens, at);
            let boundary = match &placed.token {
                Token::Comma => clause_depth.last() == Some(&depth),
                Token::SemiColon => true,
                token => match keyword(token) {
                    Some(Keyword::AND) if between => {
                        between = false;
                        false
                    }
                    Some(Keyword::BETWEEN) => {
                        between = true;
                        false
                    }
                    Some(Keyword::FROM) if within_function(tokens, at) => false,
                    Some(word) => is_boundary(word),
                    None => false,
                },
            };
            if boundary {
                self.read_segment(&segment);
                segment.clear();
                if let Some(
                    Keyword::SELECT
                    | Keyword::ORDER
                    | Keyword::GROUP
                    | Keyword::FROM
                    | Keyword::WHERE,
                ) = keyword(&placed.token)
                {
                    while clause_depth.last().is_some_and(|&open| open >= depth) {
                        clause_depth.pop();
                    }
                    clause_depth.push(depth);
                }
                if let Some(word @ (Keyword::LIMIT | Keyword::OFFSET | Keyword::FETCH)) =
                    keyword(&placed.token)
                {
                    let _ = word;
                    self.suspicions.insert(Suspicion::Limit);
                }
            } else {
                if depth < clause_depth.last().copied().unwrap_or(0) {
                    self.read_segment(&segment);
                    segment.clear();
                    clause_depth.pop();
                }
                segment.push(&placed.token);
            }
        }
        self.read_segment(&segment);
        self.apply_distances();
    }

    /// Where two columns are a distance apart, what is worth trying in one is worth trying at that distance in the other.
    fn apply_distances(&mut self) {
        for (columns, distances) in self.distances.clone() {
            let known: Vec<f64> = columns
                .iter()
                .filter_map(|column| self.columns.get(column))
                .flatten()
                .filter_map(|hint| match hint {
                    Hint::Number(text) => text.parse::<f64>().ok(),
                    _ => None,
                })
                .take(8)
                .collect();
            let mut found = BTreeSet::new();
            for value in known {
                for distance in &distances {
                    for near in [value - 1.0, value, value + 1.0] {
                        for moved in [near - distance, near + distance] {
                            found.insert(Hint::Derived(printed(moved)));
                        }
                    }
                }
            }
            for column in columns {
                self.columns
                    .entry(column)
                    .or_default()
                    .extend(found.iter().cloned());
            }
        }
    }

    fn read_word(&mut self, tokens: &[PlacedToken], at: usize) {
        let Token::Word(word) = &tokens[at].token else {
            return;
        };
        let name = folded(word);
        let next = tokens.get(at + 1).map(|token| &token.token);
        let called = matches!(next, Some(Token::LParen));
        match name.as_str() {
            "recursive" => self.recursive = true,
            "row_number" | "first_value" | "last_value" | "nth_value" | "lag" | "lead"
            | "ntile"
                if called =>
            {
                self.suspicions.insert(Suspicion::RowNumber);
            }
            "rows" => {
                self.suspicions.insert(Suspicion::WindowOrder);
            }
            "array_agg" | "string_agg" | "json_agg" | "jsonb_agg" | "json_object_agg"
            | "jsonb_object_agg" | "xmlagg" | "any_value"
                if called =>
            {
                self.suspicions.insert(Suspicion::OrderedAggregate);
            }
            "distinct" if matches!(next, Some(Token::Word(on)) if on.keyword == Keyword::ON) => {
                self.suspicions.insert(Suspicion::DistinctOn);
            }
            "tablesample" => {
                self.suspicions.insert(Suspicion::TableSample);
            }
            "random"
            | "clock_timestamp"
            | "gen_random_uuid"
            | "uuid_generate_v4"
            | "nextval"
            | "timeofday"
            | "random_normal"
            | "uuidv4"
            | "uuidv7"
            | "now"
            | "statement_timestamp"
            | "transaction_timestamp"
            | "age"
            | "txid_current"
            | "pg_backend_pid"
            | "setseed"
                if called && !(name == "age" && two_arguments(tokens, at + 1)) =>
            {
                self.volatile.insert(format!("{name}()"));
            }
            "current_timestamp" | "current_date" | "current_time" | "localtime"
            | "localtimestamp"
                if word.quote_style.is_none() =>
            {
                self.volatile.insert(name.to_uppercase());
            }
            _ => {}
        }
    }

    fn read_segment(&mut self, segment: &[&Token]) {
        let mut columns: BTreeSet<String> = BTreeSet::new();
        let mut numbers: Vec<String> = Vec::new();
        let mut hints: BTreeSet<Hint> = BTreeSet::new();
        let mut length = false;
        let mut pattern: Option<fn(String) -> Hint> = None;
        for (at, token) in segment.iter().enumerate() {
            let next = segment.get(at + 1);
            match token {
                Token::Word(_) => {
                    let name = identifier(token).unwrap_or_default();
                    match name.as_str() {
                        "like" | "ilike" => pattern = Some(Hint::Like),
                        "similar" => pattern = Some(Hint::Regex),
                        "length" | "char_length" | "character_length" | "octet_length" | "left"
                        | "right" | "substring" | "substr" | "lpad" | "rpad" => length = true,
                        _ if matches!(next, Some(Token::Period | Token::LParen)) => {}
                        _ => {
                            columns.insert(name);
                        }
                    }
                }
                Token::Tilde
                | Token::TildeAsterisk
                | Token::ExclamationMarkTilde
                | Token::ExclamationMarkTildeAsterisk => pattern = Some(Hint::Regex),
                Token::DoubleTilde | Token::DoubleTildeAsterisk => pattern = Some(Hint::Like),
                Token::Number(text, _) => numbers.push(text.clone()),
                Token::Placeholder(name) => {
                    columns.insert(name.clone());
                }
                token => {
                    if let Some(text) = string_literal(token) {
                        hints.insert(match pattern {
                            Some(hint) => hint(text.to_owned()),
                            None => Hint::Text(text.to_owned()),
                        });
                        if let Some(days) = days(text) {
                            hints.insert(Hint::Days(days));
                        }
                    }
                }
            }
        }
        for text in &numbers {
            hints.insert(Hint::Number(text.clone()));
            if let Ok(number) = text.parse::<usize>()
                && number <= 120
            {
                self.thresholds.insert(number);
                if length {
                    hints.insert(Hint::Length(number));
                }
                hints.insert(Hint::Days(i64::try_from(number).unwrap_or(0)));
            }
        }
        hints.extend(derived(&numbers));
        if columns.len() >= 2 && !numbers.is_empty() {
            let distances = numbers
                .iter()
                .filter_map(|text| text.parse().ok())
                .take(3)
                .collect();
            self.distances.push((columns.clone(), distances));
        }
        for column in &columns {
            for other in &columns {
                if column < other {
                    self.together.insert((column.clone(), other.clone()));
                }
            }
            if !hints.is_empty() {
                self.columns
                    .entry(column.clone())
                    .or_default()
                    .extend(hints.iter().cloned());
            }
        }
        self.ambient.extend(hints);
    }
}

/// Whether a FROM belongs to EXTRACT, SUBSTRING, TRIM, OVERLAY, or IS DISTINCT FROM.
fn within_function(tokens: &[PlacedToken], at: usize) -> bool {
    let before = |back: usize| {
        at.checked_sub(back)
            .and_then(|i| tokens.get(i))
            .map(|token| &token.token)
    };
    if before(1).and_then(keyword) == Some(Keyword::DISTINCT) {
        return true;
    }
    let mut depth = 0usize;
    for back in 1..40 {
        match before(back) {
            Some(Token::RParen) => depth += 1,
            Some(Token::LParen) => {
                if depth == 0 {
                    return matches!(
                        before(back + 1).and_then(keyword),
                        Some(
                            Keyword::EXTRACT
                                | Keyword::SUBSTRING
                                | Keyword::TRIM
                                | Keyword::OVERLAY
                        )
                    );
                }
                depth -= 1;
            }
            Some(token) if keyword(token) == Some(Keyword::SELECT) && depth == 0 => return false,
            None => return false,
            _ => {}
        }
    }
    false
}

fn two_arguments(tokens: &[PlacedToken], open: usize) -> bool {
    let mut depth = 0usize;
    for placed in tokens.iter().skip(open) {
        match placed.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return false;
                }
            }
            Token::Comma if depth == 1 => return true,
            _ => {}
        }
    }
    false
}

fn is_boundary(word: Keyword) -> bool {
    matches!(
        word,
        Keyword::AND
            | Keyword::OR
            | Keyword::WHERE
            | Keyword::ON
            | Keyword::HAVING
            | Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::END
            | Keyword::SELECT
            | Keyword::FROM
            | Keyword::ORDER
            | Keyword::GROUP
            | Keyword::JOIN
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::FETCH
            | Keyword::UNION
            | Keyword::EXCEPT
            | Keyword::INTERSECT
            | Keyword::WITH
            | Keyword::FILTER
    )
}

/// `30 days` and the like as days.
fn days(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace();
    let count: i64 = words.next()?.parse().ok()?;
    let unit = words.next()?.trim_end_matches('s').to_lowercase();
    let each = match unit.as_str() {
        "day" => 1,
        "week" => 7,
        "month" | "mon" => 30,
        "year" => 365,
        _ => return None,
    };
    (count.abs() < 10_000).then_some(count * each)
}

/// Sums, differences, products and quotients of the numbers of one condition, with their neighbours.
fn derived(numbers: &[String]) -> BTreeSet<Hint> {
    let values: Vec<f64> = numbers
        .iter()
        .take(4)
        .filter_map(|text| text.parse().ok())
        .collect();
    let mut results = BTreeSet::new();
    for (at, &x) in values.iter().enumerate() {
        for (other, &y) in values.iter().enumerate() {
            if at == other {
                continue;
            }
            let quotient = if y == 0.0 { 0.0 } else { x / y };
            for value in [x * y, x * y - 1.0, x * y + 1.0, x + y, x - y, quotient] {
                if value.is_finite() && value.abs() < 1e9 {
                    results.insert(Hint::Derived(printed(value)));
                }
            }
        }
    }
    results
}

/// A number with up to four decimals.
fn printed(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn features(sql: &str) -> Features {
        let mut features = Features::default();
        features.read(&tokens(sql).unwrap());
        features
    }

    #[test]
    fn literals_belong_to_the_columns_of_their_condition() {
        let found =
            features("SELECT a FROM t WHERE b BETWEEN 3 AND 9 AND c LIKE 'x%' OR d / 60 < 5");
        assert!(found.columns["b"].contains(&Hint::Number("9".into())));
        assert_eq!(
            found.columns["c"],
            BTreeSet::from([Hint::Like("x%".into())])
        );
        assert!(found.columns["d"].contains(&Hint::Derived("300".into())));
        assert!(!found.columns["b"].contains(&Hint::Number("60".into())));
    }

    #[test]
    fn columns_in_one_condition_are_linked() {
        let found = features("SELECT * FROM a JOIN b ON a.x = b.y WHERE a.z = $1");
        assert!(found.together.contains(&("x".into(), "y".into())));
        assert!(found.together.contains(&("$1".into(), "z".into())));
    }

    #[test]
    fn what_depends_on_the_order_of_rows_is_noticed() {
        let found = features(
            "SELECT DISTINCT ON (a) a, row_number() OVER (ORDER BY b), now() FROM t LIMIT 3",
        );
        assert!(found.suspicions.contains(&Suspicion::DistinctOn));
        assert!(found.suspicions.contains(&Suspicion::RowNumber));
        assert!(found.suspicions.contains(&Suspicion::Limit));
        assert!(found.volatile.contains("now()"));
        assert!(features("SELECT age(a, b) FROM t").volatile.is_empty());
    }
}
