use std::hash::{DefaultHasher, Hash, Hasher};

use postgres::{Client, SimpleQueryMessage};
use serde::{Deserialize, Serialize};

use crate::sandbox::SandboxError;

/// What a query returned, values as PostgreSQL prints them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultRows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

/// Enough of a result to see whether another one is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub rows: usize,
    pub columns: usize,
    pub hash: u64,
}

impl ResultRows {
    /// Runs a query.
    ///
    /// # Errors
    /// Those of the server.
    pub fn fetch(client: &mut Client, sql: &str) -> Result<Self, SandboxError> {
        let mut result = Self::default();
        for message in client.simple_query(sql)? {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    result.columns = columns
                        .iter()
                        .map(|column| column.name().to_owned())
                        .collect();
                }
                SimpleQueryMessage::Row(row) => result.rows.push(
                    (0..row.len())
                        .map(|at| row.get(at).map(str::to_owned))
                        .collect(),
                ),
                _ => {}
            }
        }
        Ok(result)
    }

    /// Its digest; without `ordered` the order of the rows does not matter.
    pub fn digest(&self, ordered: bool) -> Digest {
        let mut hashes: Vec<u64> = self.canonical().map(|row| hash(&row)).collect();
        if !ordered {
            hashes.sort_unstable();
        }
        Digest {
            rows: self.rows.len(),
            columns: self.columns.len(),
            hash: hash(&hashes),
        }
    }

    /// What tells `self`, the right rows, from an answer's: one sentence, or `None` where they are the same.
    pub fn difference(&self, answer: &Self, ordered: bool) -> Option<String> {
        if self.columns.len() != answer.columns.len() {
            return Some(format!(
                "it has to have {} columns, and has {}",
                self.columns.len(),
                answer.columns.len()
            ));
        }
        let (mut right, mut given): (Vec<_>, Vec<_>) =
            (self.canonical().collect(), answer.canonical().collect());
        let in_order = right == given;
        right.sort_unstable();
        given.sort_unstable();
        if right == given {
            return (ordered && !in_order)
                .then(|| "the rows are right, their order is not".to_owned());
        }
        let missing = without(&right, &given);
        let extra = without(&given, &right);
        let mut parts = Vec::new();
        if let Some(row) = missing.first() {
            parts.push(format!(
                "{} missing, such as {}",
                counted(missing.len()),
                shown(row)
            ));
        }
        if let Some(row) = extra.first() {
            parts.push(format!(
                "{} too many, such as {}",
                counted(extra.len()),
                shown(row)
            ));
        }
        Some(parts.join("; "))
    }

    /// Rows in which equal numbers are written alike.
    fn canonical(&self) -> impl Iterator<Item = Vec<Option<String>>> {
        self.rows.iter().map(|row| {
            row.iter()
                .map(|value| value.as_deref().map(plain_number))
                .collect()
        })
    }
}

fn counted(rows: usize) -> String {
    match rows {
        1 => "1 row is".to_owned(),
        rows => format!("{rows} rows are"),
    }
}

fn shown(row: &[Option<String>]) -> String {
    let values: Vec<String> = row
        .iter()
        .map(|value| match value {
            Some(text) if text.chars().count() > 30 => {
                format!("{}…", text.chars().take(30).collect::<String>())
            }
            Some(text) => text.clone(),
            None => "NULL".to_owned(),
        })
        .collect();
    format!("({})", values.join(", "))
}

/// `1.50` as `1.5`: numeric keeps the digits of the way it was computed.
fn plain_number(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.split_once('.') {
        Some((whole, fraction))
            if !whole.is_empty()
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && fraction.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => text.to_owned(),
    }
}

/// The elements of one sorted list that another has not, counted by occurrence.
fn without<'a, T: Ord>(all: &'a [T], other: &[T]) -> Vec<&'a T> {
    let mut rest = other.iter().peekable();
    all.iter()
        .filter(|element| {
            while rest.peek().is_some_and(|next| next < element) {
                rest.next();
            }
            if rest.peek().is_some_and(|next| next == element) {
                rest.next();
                return false;
            }
            true
        })
        .collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rows: &[&[&str]]) -> ResultRows {
        ResultRows {
            columns: vec!["a".to_owned(); rows.first().map_or(1, |row| row.len())],
            rows: rows
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|value| (*value != "NULL").then(|| (*value).to_owned()))
                        .collect()
                })
                .collect(),
        }
    }

    #[test]
    fn duplicates_and_nulls_count() {
        let right = result(&[&["1"], &["1"], &["NULL"]]);
        assert_eq!(right.difference(&right, true), None);
        assert_eq!(
            right.difference(&result(&[&["1"], &["NULL"]]), false),
            Some("1 row is missing, such as (1)".to_owned())
        );
        assert_eq!(
            right.difference(&result(&[&["1"], &["1"], &["0"]]), false),
            Some("1 row is missing, such as (NULL); 1 row is too many, such as (0)".to_owned())
        );
    }

    #[test]
    fn order_counts_where_it_is_asked_for() {
        let (a, b) = (result(&[&["1"], &["2"]]), result(&[&["2"], &["1"]]));
        assert_eq!(a.digest(false), b.digest(false));
        assert_ne!(a.digest(true), b.digest(true));
        assert_eq!(a.difference(&b, false), None);
        assert!(a.difference(&b, true).is_some());
    }

    #[test]
    fn equal_numbers_are_written_alike() {
        assert_eq!(plain_number("1.500"), "1.5");
        assert_eq!(plain_number("-2.00"), "-2");
        assert_eq!(plain_number("100"), "100");
        assert_eq!(plain_number("1.0.0"), "1.0.0");
    }
}
