//! The keys that a GIN index would hold, from a column's statistics.

use std::collections::HashMap;

use serde_json::Value;

use super::gin_size::GinKeys;
use crate::catalog::ColumnStatistics;

/// What a GIN index takes out of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GinContent {
    /// Elements of arrays, lexemes, or the value itself.
    Elements,
    /// pg_trgm.
    Trigrams,
    /// jsonb_ops: keys and values.
    JsonKeys,
    /// jsonb_path_ops: values with the way to them.
    JsonPaths,
    Lexemes,
}

/// Fewer sampled values than this tell nothing of all.
const LEAST_SAMPLE: usize = 10;

/// Keys of `rows` entries of a column, of whose `table_rows` rows the statistics speak.
pub(super) fn gin_keys(
    content: GinContent,
    statistics: &ColumnStatistics,
    rows: f64,
    table_rows: f64,
) -> Vec<GinKeys> {
    let sampled = match content {
        GinContent::Trigrams => sampled_keys(statistics, rows, |value| {
            trigrams(value).into_iter().map(|key| (key, 4.0)).collect()
        }),
        GinContent::JsonKeys => sampled_keys(statistics, rows, json_keys),
        GinContent::JsonPaths => sampled_keys(statistics, rows, json_paths),
        GinContent::Elements | GinContent::Lexemes => None,
    };
    if let Some(keys) = sampled {
        return keys;
    }
    match content {
        GinContent::Trigrams => {
            // A text of n characters has some n trigrams; of texts in one language some thousands are different.
            let length = statistics.width.unwrap_or(32.0).max(1.0);
            vec![GinKeys {
                count: 5000.0,
                rows: (rows * length / 5000.0).max(1.0),
                width: 4.0,
            }]
        }
        _ if !statistics.most_common_elements.is_empty() => {
            elements(statistics, rows, content == GinContent::Lexemes)
        }
        _ => {
            let distinct = statistics
                .distinct_values(table_rows)
                .unwrap_or(rows)
                .clamp(1.0, rows.max(1.0));
            vec![GinKeys {
                count: distinct,
                rows: rows / distinct,
                width: statistics.width.unwrap_or(8.0).min(128.0),
            }]
        }
    }
}

/// Common elements one by one; the others share what is left of the mean number of elements in a row.
fn elements(statistics: &ColumnStatistics, rows: f64, lexemes: bool) -> Vec<GinKeys> {
    let common = &statistics.most_common_elements;
    let numbers = common
        .iter()
        .all(|(element, _)| element.parse::<i32>().is_ok());
    let width_of = |element: &str| {
        if numbers {
            4.0
        } else {
            element.len() as f64 + 1.0
        }
    };
    let mut keys: Vec<GinKeys> = common
        .iter()
        .map(|(element, frequency)| GinKeys {
            count: 1.0,
            rows: frequency * rows,
            width: width_of(element),
        })
        .collect();
    let listed: f64 = common.iter().map(|(_, frequency)| frequency).sum();
    let mean_width = common
        .iter()
        .map(|(element, frequency)| frequency * width_of(element))
        .sum::<f64>()
        / listed.max(f64::MIN_POSITIVE);
    let mean = if lexemes {
        // A short tsvector has a header of 5 bytes; a lexeme in it one of 4, its text, and 4 for a position, on an even
        // address.
        (statistics.width.unwrap_or(0.0) - 5.0) / (4.0 + (mean_width - 1.0) + 0.5 + 4.0)
    } else {
        // The mean stands behind the histogram's bounds.
        statistics
            .element_count_histogram
            .last()
            .copied()
            .unwrap_or(listed)
    };
    let least = statistics
        .element_frequency_extra
        .first()
        .copied()
        .unwrap_or(0.0)
        .max(1.0 / rows.max(1.0));
    let rest = (mean - listed).max(0.0) * rows;
    // A few percent are the error of the sample, not further elements.
    if rest >= 1.0 && mean > listed * 1.05 {
        let each = (least * rows / 2.0).max(1.0);
        keys.push(GinKeys {
            count: rest / each,
            rows: each,
            width: mean_width,
        });
    }
    keys
}

/// Keys of the values that the statistics show, each with its bytes, scaled to all rows. Those that are in one value
/// only stand for further ones that the sample missed (Chao's estimate). `None` where too few values are shown.
fn sampled_keys(
    statistics: &ColumnStatistics,
    rows: f64,
    keys_of: impl Fn(&str) -> HashMap<String, f64>,
) -> Option<Vec<GinKeys>> {
    if statistics.most_common.len() + statistics.histogram.len() < LEAST_SAMPLE {
        return None;
    }
    let listed: f64 = statistics
        .most_common
        .iter()
        .map(|(_, fraction)| fraction)
        .sum();
    let others = (1.0 - listed - statistics.null_fraction).max(0.0)
        / (statistics.histogram.len() as f64).max(1.0);
    let values = statistics
        .most_common
        .iter()
        .map(|(value, fraction)| (value, *fraction))
        .chain(statistics.histogram.iter().map(|value| (value, others)));
    // Values that hold it, fraction of the rows, bytes.
    let mut seen: HashMap<String, (f64, f64, f64)> = HashMap::new();
    for (value, fraction) in values {
        for (key, width) in keys_of(value) {
            let known = seen.entry(key).or_insert((0.0, 0.0, width));
            known.0 += 1.0;
            known.1 += fraction;
        }
    }
    let of_count = |count: f64| seen.values().filter(|seen| seen.0 == count).count() as f64;
    let (once, twice) = (of_count(1.0), of_count(2.0));
    let missed = once * once / (2.0 * twice.max(1.0));
    let mut keys = Vec::new();
    let (mut share, mut width) = (0.0, 0.0);
    for (count, fraction, bytes) in seen.into_values() {
        if count > 1.0 {
            keys.push(GinKeys {
                count: 1.0,
                rows: (fraction * rows).max(1.0),
                width: bytes,
            });
        } else {
            share += fraction;
            width += bytes;
        }
    }
    if once > 0.0 {
        let addresses = share * rows;
        // As many as the sample lets expect, and no more than there are rows for.
        let count = (once + missed).clamp(1.0, addresses.max(1.0));
        // Each value of the sample had keys of its own: then each row has.
        let count = if twice == 0.0 {
            addresses.max(1.0)
        } else {
            count
        };
        keys.push(GinKeys {
            count,
            rows: (addresses / count).max(1.0),
            width: width / once,
        });
    }
    Some(keys)
}

/// As pg_trgm takes them: words of letters and digits, in lower case, with two blanks before and one behind.
fn trigrams(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let padded: Vec<char> = [' ', ' ']
            .into_iter()
            .chain(word.chars())
            .chain([' '])
            .collect();
        for window in padded.windows(3) {
            let trigram: String = window.iter().collect();
            if !found.contains(&trigram) {
                found.push(trigram);
            }
        }
    }
    found
}

/// `gin_extract_jsonb`: each key, and each string in an array, is one; each other scalar too, with a byte for its kind.
fn json_keys(text: &str) -> HashMap<String, f64> {
    fn collect(value: &Value, in_array: bool, into: &mut HashMap<String, f64>) {
        let mut add = |kind: char, text: &str| {
            // Longer ones are hashed: JGIN_MAXLENGTH.
            let width = if text.len() > 125 { 8 } else { text.len() };
            into.insert(format!("{kind}{text}"), width as f64 + 2.0);
        };
        match value {
            Value::Null => add('n', ""),
            Value::Bool(value) => add('b', if *value { "t" } else { "f" }),
            Value::Number(number) => add('#', &number.to_string()),
            Value::String(text) => add(if in_array { 'k' } else { 's' }, text),
            Value::Array(items) => {
                for item in items {
                    collect(item, true, into);
                }
            }
            Value::Object(entries) => {
                for (key, item) in entries {
                    let width = if key.len() > 125 { 8 } else { key.len() };
                    into.insert(format!("k{key}"), width as f64 + 2.0);
                    collect(item, false, into);
                }
            }
        }
    }
    let mut keys = HashMap::new();
    if let Ok(value) = serde_json::from_str(text) {
        collect(&value, false, &mut keys);
    }
    keys
}

/// `gin_extract_jsonb_path`: a hash of 4 bytes for each scalar and the keys on the way to it.
fn json_paths(text: &str) -> HashMap<String, f64> {
    fn collect(value: &Value, path: &str, into: &mut HashMap<String, f64>) {
        match value {
            Value::Array(items) => {
                for item in items {
                    collect(item, path, into);
                }
            }
            Value::Object(entries) => {
                for (key, item) in entries {
                    collect(item, &format!("{path}\u{1}{key}"), into);
                }
            }
            scalar => {
                into.insert(format!("{path}\u{2}{scalar}"), 4.0);
            }
        }
    }
    let mut keys = HashMap::new();
    if let Ok(value) = serde_json::from_str(text) {
        collect(&value, "", &mut keys);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trigrams_are_those_of_pg_trgm() {
        assert_eq!(trigrams("Cat, cat"), ["  c", " ca", "cat", "at "]);
    }

    #[test]
    fn json_has_keys_values_and_paths() {
        let text = r#"{"a": 1, "b": {"c": ["x", "y"], "d": null}}"#;
        assert_eq!(json_keys(text).len(), 8);
        assert_eq!(json_paths(text).len(), 4);
        assert!(json_keys("not json").is_empty());
    }

    #[test]
    fn keys_of_the_sample_stand_for_all_rows() {
        let statistics = ColumnStatistics {
            histogram: (0..100).map(|n| format!("red{} blue", n % 2)).collect(),
            ..ColumnStatistics::default()
        };
        let keys = gin_keys(GinContent::Trigrams, &statistics, 1000.0, 1000.0);
        let most = keys.iter().map(|keys| keys.rows).fold(0.0, f64::max);
        assert!((999.0..=1001.0).contains(&most), "{most}");
        assert!(keys.iter().all(|keys| keys.rows >= 499.0));
    }
}
