//! Values worth trying in a column, as text with a weight; the server decides which of them the type accepts.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::catalog::{Catalog, Type};

use super::features::Hint;
use super::pattern::{like_samples, near_misses, regex_samples};

/// Candidate texts with their weights.
pub(super) type Candidates = IndexMap<String, u32>;

/// How much a literal counts in a column that it is compared with, and in any other.
const NEAR: u32 = 6;
const AMBIENT: u32 = 2;

/// Values to try in a column of a type: a few of every type's own, and those that literals suggest.
pub(super) fn candidates(
    data_type: &Type,
    catalog: &Catalog,
    near: &BTreeSet<Hint>,
    ambient: &BTreeSet<Hint>,
) -> Candidates {
    let mut found = Candidates::new();
    let base = catalog.base_type(data_type);
    own(base, catalog, near, ambient, &mut found);
    for (hints, weight) in [(near, NEAR), (ambient, AMBIENT)] {
        for hint in hints {
            if weight == AMBIENT && near.contains(hint) {
                continue;
            }
            suggested(base, hint, weight, &mut found);
        }
    }
    found
}

fn add(found: &mut Candidates, text: impl Into<String>, weight: u32) {
    let weight = weight.max(1);
    let entry = found.entry(text.into()).or_insert(0);
    *entry = (*entry).max(weight);
}

fn add_all(found: &mut Candidates, texts: &[(&str, u32)]) {
    for (text, weight) in texts {
        add(found, *text, *weight);
    }
}

fn own(
    data_type: &Type,
    catalog: &Catalog,
    near: &BTreeSet<Hint>,
    ambient: &BTreeSet<Hint>,
    found: &mut Candidates,
) {
    match data_type {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
            add_all(
                found,
                &[
                    ("1", 5),
                    ("2", 4),
                    ("3", 2),
                    ("0", 1),
                    ("4", 1),
                    ("5", 1),
                    ("-1", 1),
                    ("10", 1),
                ],
            );
        }
        Type::Numeric(_) | Type::Float4 | Type::Float8 | Type::Money => add_all(
            found,
            &[
                ("1", 5),
                ("2", 4),
                ("3", 2),
                ("0", 1),
                ("0.5", 1),
                ("1.0049", 1),
                ("2.3456", 1),
                ("-1", 1),
                ("100", 1),
            ],
        ),
        Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Name | Type::Citext => {
            add_all(
                found,
                &[("a", 5), ("b", 4), ("c", 2), ("A", 1), ("", 1), ("ab", 1)],
            );
        }
        Type::Bool => add_all(found, &[("true", 3), ("false", 3)]),
        Type::Date => {
            for (date, weight) in base_dates(near, ambient) {
                add(found, date.to_string(), weight);
            }
        }
        Type::Timestamp | Type::TimestampTz => {
            for (date, weight) in base_dates(near, ambient) {
                add(found, format!("{date} 00:00:00"), weight);
            }
            if let Some((date, _)) = base_dates(near, ambient).first() {
                add(found, format!("{date} 12:30:00"), 1);
                add(found, format!("{date} 23:59:59.5"), 1);
            }
        }
        Type::Time | Type::TimeTz => {
            add_all(found, &[("00:00:00", 2), ("12:00:00", 2), ("23:59:59", 1)])
        }
        Type::Interval => add_all(
            found,
            &[("1 day", 3), ("2 days", 2), ("01:00:00", 1), ("0", 1)],
        ),
        Type::Uuid => {
            for number in 1..=8 {
                add(found, format!("00000000-0000-0000-0000-{number:012}"), 1);
            }
        }
        Type::Json | Type::Jsonb => {
            add_all(
                found,
                &[
                    ("{}", 2),
                    ("[]", 1),
                    ("{\"a\": 1}", 1),
                    ("[1, 2]", 1),
                    ("null", 1),
                ],
            );
            json_objects(near, ambient, found);
        }
        Type::Bytea => add_all(found, &[("\\x", 1), ("\\x61", 2), ("\\x62", 1)]),
        Type::Inet | Type::Cidr => add_all(
            found,
            &[("10.0.0.1", 2), ("10.0.0.2", 1), ("192.168.0.0/24", 1)],
        ),
        Type::Macaddr => add_all(found, &[("08:00:2b:01:02:03", 1), ("08:00:2b:01:02:04", 1)]),
        Type::TsVector => add_all(found, &[("'a'", 2), ("'a' 'b'", 1), ("", 1)]),
        Type::TsQuery => add_all(found, &[("'a'", 2), ("'b'", 1)]),
        Type::Bit => add_all(found, &[("0", 1), ("1", 1), ("10", 1)]),
        Type::Xml => add_all(found, &[("<a/>", 1), ("<b>1</b>", 1)]),
        Type::Enum(name) => {
            for label in catalog.enums.get(name).into_iter().flatten() {
                add(found, label, 2);
            }
        }
        Type::Array(element) => {
            let elements = candidates(element, catalog, near, ambient);
            let mut best: Vec<(&String, &u32)> = elements.iter().collect();
            best.sort_by_key(|(_, weight)| std::cmp::Reverse(**weight));
            add(found, "{}", 2);
            let quoted: Vec<String> = best
                .iter()
                .take(6)
                .map(|(text, _)| array_element(text))
                .collect();
            for (at, element) in quoted.iter().enumerate() {
                add(found, format!("{{{element}}}"), 2);
                if let Some(other) = quoted.get(at + 1) {
                    add(found, format!("{{{element},{other}}}"), 1);
                }
            }
            if let Some(first) = quoted.first() {
                add(found, format!("{{{first},NULL}}"), 1);
                add(found, format!("{{{first},{first}}}"), 1);
            }
        }
        Type::Range(element) => {
            let elements = candidates(element, catalog, near, ambient);
            let texts: Vec<&String> = elements.keys().take(6).collect();
            add(found, "empty", 1);
            add(found, "(,)", 1);
            for x in &texts {
                for y in &texts {
                    add(found, format!("[\"{x}\",\"{y}\")"), 1);
                }
                add(found, format!("[\"{x}\",)"), 1);
            }
        }
        Type::Domain(_) | Type::Composite(_) | Type::Other(_) => {
            add_all(
                found,
                &[
                    ("a", 2),
                    ("b", 1),
                    ("1", 2),
                    ("2", 1),
                    ("(1,1)", 1),
                    ("(2,2)", 1),
                    ("a.b", 1),
                ],
            );
        }
    }
}

fn array_element(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Objects with the strings of the queries as keys and values.
fn json_objects(near: &BTreeSet<Hint>, ambient: &BTreeSet<Hint>, found: &mut Candidates) {
    let strings: Vec<&String> = near
        .iter()
        .chain(ambient)
        .filter_map(|hint| match hint {
            Hint::Text(text) => Some(text),
            _ => None,
        })
        .take(8)
        .collect();
    let object =
        |key: &str, value: serde_json::Value| serde_json::json!({ key: value }).to_string();
    for key in &strings {
        add(found, object(key, serde_json::Value::Null), 1);
        add(found, object(key, 1.into()), 1);
        add(found, object(key, true.into()), 1);
        for value in &strings {
            // A literal such as '"blue"' is a value as JSON writes it.
            let value = serde_json::from_str::<serde_json::Value>(value)
                .ok()
                .filter(serde_json::Value::is_string)
                .unwrap_or_else(|| value.as_str().into());
            add(found, object(key, value), 1);
        }
    }
    for text in strings {
        if text.starts_with(['{', '[']) {
            add(found, text, 2);
        }
    }
}

fn base_dates(near: &BTreeSet<Hint>, ambient: &BTreeSet<Hint>) -> Vec<(Date, u32)> {
    let start = near
        .iter()
        .chain(ambient)
        .find_map(|hint| match hint {
            Hint::Text(text) => dates_in(text).first().copied(),
            Hint::Number(text) => year(text).and_then(|year| Date::new(year, 6, 15).ok()),
            _ => None,
        })
        .unwrap_or_else(|| Date::constant(2024, 1, 1));
    let mut dates = Vec::new();
    for (offset, weight) in [(0, 4), (1, 3), (2, 2), (31, 1), (-1, 1)] {
        if let Ok(date) = start.checked_add(offset.days()) {
            dates.push((date, weight));
        }
    }
    for hint in near {
        if let Hint::Days(count) = hint {
            for offset in [*count, *count + 1, *count - 1, -*count, 1 - *count] {
                if let Some(date) = offset_date(start, offset) {
                    dates.push((date, 1));
                }
            }
        }
    }
    dates
}

fn offset_date(start: Date, days: i64) -> Option<Date> {
    start
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

/// A number that looks like a year.
fn year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    (1900..=2100).contains(&year).then_some(year)
}

/// The date that a text starts with, or the two ends of the month that it is.
fn dates_in(text: &str) -> Vec<Date> {
    if let Some(date) = text
        .get(..10)
        .and_then(|prefix| prefix.parse::<Date>().ok())
    {
        return vec![date];
    }
    let month = text
        .get(..7)
        .filter(|_| text.len() <= 8)
        .and_then(|prefix| {
            let (year, month) = prefix.split_once('-')?;
            Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
        });
    match month {
        Some(first) => vec![first, first.last_of_month()],
        None => Vec::new(),
    }
}

fn suggested(data_type: &Type, hint: &Hint, weight: u32, found: &mut Candidates) {
    match data_type {
        Type::Int2
        | Type::Int4
        | Type::Int8
        | Type::Oid
        | Type::Numeric(_)
        | Type::Float4
        | Type::Float8
        | Type::Money => {
            number(data_type, hint, weight, found);
        }
        Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Name | Type::Citext => {
            text(hint, weight, found)
        }
        Type::Date => date(hint, weight, found, |date| date.to_string()),
        Type::Timestamp | Type::TimestampTz => {
            date(hint, weight, found, |date| format!("{date} 00:00:00"));
            moment(hint, weight, found);
        }
        Type::Time | Type::TimeTz => {
            if let Hint::Number(text) = hint
                && let Ok(hour) = text.parse::<u8>()
                && hour < 24
            {
                add(found, format!("{hour:02}:00:00"), weight);
                add(found, format!("{hour:02}:30:00"), weight / 2);
            } else if let Hint::Text(text) = hint {
                add(found, text, weight);
            }
        }
        Type::Interval => match hint {
            Hint::Text(text) => add(found, text, weight),
            Hint::Days(days) => {
                add(found, format!("{days} days"), weight);
                add(found, format!("{} days", days + 1), weight / 2);
            }
            _ => {}
        },
        Type::Bool | Type::Enum(_) => {}
        _ => {
            if let Hint::Text(text) = hint {
                add(found, text, weight);
            }
        }
    }
}

fn number(data_type: &Type, hint: &Hint, weight: u32, found: &mut Candidates) {
    let (literal, weight) = match hint {
        Hint::Number(text) | Hint::Text(text) => (text, weight),
        Hint::Derived(text) => (text, weight / 2),
        _ => return,
    };
    let Ok(value) = literal.trim().parse::<f64>() else {
        return;
    };
    let print = |value: f64| {
        let text = format!("{value:.4}");
        let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
        if text == "-0" { "0".to_owned() } else { text }
    };
    if value.abs() >= 1e15 {
        add(found, literal, weight);
        return;
    }
    add(found, print(value), weight);
    if matches!(hint, Hint::Derived(_)) {
        return;
    }
    add(found, print(value - 1.0), weight / 2);
    add(found, print(value + 1.0), weight / 2);
    if weight >= NEAR {
        add(found, print(-value), 1);
    }
    if !data_type.is_integer() && weight >= NEAR {
        add(found, print(value + 0.0049), 1);
        add(found, print(value - 0.0049), 1);
    }
}

fn text(hint: &Hint, weight: u32, found: &mut Candidates) {
    match hint {
        Hint::Text(text) => {
            add(found, text, weight);
            for miss in near_misses(text) {
                add(found, miss, weight / 6);
            }
            if let Some(day) = text.parse::<Date>().ok().filter(|_| text.len() == 10) {
                for offset in [-1, 1] {
                    if let Some(date) = offset_date(day, offset) {
                        add(found, date.to_string(), 1);
                    }
                }
            }
        }
        Hint::Like(pattern) => {
            for (at, sample) in like_samples(pattern).into_iter().enumerate() {
                add(found, sample, if at < 3 { weight / 2 } else { 1 });
            }
        }
        Hint::Regex(pattern) => {
            for sample in regex_samples(pattern) {
                add(found, sample, weight / 3);
            }
        }
        Hint::Number(number) => add(found, number, weight / 4),
        Hint::Length(length) => {
            for length in [length.saturating_sub(1), *length, length + 1] {
                add(found, "x".repeat(length), weight / 2);
            }
        }
        Hint::Derived(_) | Hint::Days(_) => {}
    }
}

fn date(hint: &Hint, weight: u32, found: &mut Candidates, print: impl Fn(Date) -> String) {
    match hint {
        Hint::Text(text) | Hint::Like(text) => {
            for date in dates_in(text.trim_end_matches('%')) {
                add(found, print(date), weight);
                for offset in [-1, 1] {
                    if let Some(near) = offset_date(date, offset) {
                        add(found, print(near), weight / 2);
                    }
                }
                add(found, print(date.first_of_month()), 1);
                add(found, print(date.last_of_month()), 1);
            }
        }
        Hint::Number(text) => {
            if let Some(year) = year(text) {
                for (year, month, day) in [
                    (year, 1, 1),
                    (year, 12, 31),
                    (year - 1, 12, 31),
                    (year + 1, 1, 1),
                ] {
                    if let Ok(date) = Date::new(year, month, day) {
                        add(found, print(date), weight / 2);
                    }
                }
            } else if let Ok(month) = text.parse::<i8>()
                && (1..=12).contains(&month)
                && let Ok(date) = Date::new(2024, month, 15)
            {
                add(found, print(date), weight / 3);
            }
        }
        _ => {}
    }
}

fn moment(hint: &Hint, weight: u32, found: &mut Candidates) {
    match hint {
        Hint::Text(text) => {
            for date in dates_in(text) {
                add(found, format!("{date} 23:59:59.5"), weight / 2);
                add(found, format!("{date} 12:00:00"), weight / 2);
            }
            if text.len() > 10 && !dates_in(text).is_empty() {
                add(found, text, weight);
            }
        }
        Hint::Number(text) => {
            if let Ok(hour) = text.parse::<u8>()
                && hour < 24
            {
                add(found, format!("2024-01-01 {hour:02}:00:00"), weight / 3);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(data_type: &Type, near: &[Hint]) -> Vec<String> {
        let near = near.iter().cloned().collect();
        candidates(data_type, &Catalog::new(), &near, &BTreeSet::new())
            .into_keys()
            .collect()
    }

    #[test]
    fn literals_bring_their_neighbours() {
        let found = texts(
            &Type::Int4,
            &[Hint::Number("40".into()), Hint::Derived("300".into())],
        );
        for text in ["39", "40", "41", "300"] {
            assert!(found.contains(&text.to_owned()), "{text} in {found:?}");
        }
        let found = texts(&Type::Date, &[Hint::Text("2020-02-28".into())]);
        for text in ["2020-02-27", "2020-02-28", "2020-02-29"] {
            assert!(found.contains(&text.to_owned()), "{text} in {found:?}");
        }
        let found = texts(&Type::Date, &[Hint::Text("2020-02".into())]);
        for text in ["2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01"] {
            assert!(found.contains(&text.to_owned()), "{text} in {found:?}");
        }
    }

    #[test]
    fn strings_match_and_just_miss() {
        let found = texts(&Type::Text, &[Hint::Like("A%".into()), Hint::Length(15)]);
        for text in ["A", "Ax", "a", &"x".repeat(16)] {
            assert!(found.contains(&text.to_owned()), "{text} in {found:?}");
        }
    }
}
