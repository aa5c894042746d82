use std::collections::HashSet;

use rand::SeedableRng;
use rand::distr::Distribution;
use rand_chacha::ChaCha8Rng;

/// More make a statement too long.
const MOST_SAMPLES: usize = 5_000;

/// Up to `count` different texts that match a regular expression of a CHECK constraint; empty where we cannot make any. The check itself,
/// evaluated by the server, has the last word.
pub(super) fn samples(
    pattern: &str,
    max_length: Option<usize>,
    count: u64,
    seed: u64,
) -> Vec<String> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    // ASCII classes: PostgreSQL's \d and \w, and values that people recognise.
    let ascii = inner
        .replace("\\d", "[0-9]")
        .replace("\\w", "[A-Za-z0-9_]")
        .replace("\\s", " ");
    let Ok(generator) = rand_regex::Regex::compile(&visible(&ascii), 8) else {
        return Vec::new();
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let count = usize::try_from(count)
        .unwrap_or(MOST_SAMPLES)
        .clamp(1, MOST_SAMPLES);
    let mut texts = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..count * 5 {
        let text: String = generator.sample(&mut random);
        let fits = max_length.is_none_or(|length| text.chars().count() <= length);
        if fits && !text.contains('\0') && seen.insert(text.clone()) {
            texts.push(text);
        }
        if texts.len() == count {
            break;
        }
    }
    texts
}

/// Negated classes and the dot narrowed to letters and digits; the rest as it is.
fn visible(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\\' {
            let length = first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8);
            result.push_str(&rest[..length]);
            rest = &rest[length..];
        } else if rest.starts_with("[^") {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            result.push_str("[a-z0-9]");
            rest = &rest[end..];
        } else if first == '[' {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            result.push_str(&rest[..end]);
            rest = &rest[end..];
        } else {
            result.push_str(if first == '.' {
                "[a-z]"
            } else {
                &rest[..first.len_utf8()]
            });
            rest = &rest[first.len_utf8()..];
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match() {
        let codes = samples("^[A-Z]{2}[0-9]{3}$", None, 200, 1);
        assert_eq!(codes.len(), 200);
        for code in &codes {
            assert!(
                code.len() == 5 && code[..2].chars().all(|c| c.is_ascii_uppercase()),
                "{code}"
            );
        }
        for email in samples("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", Some(30), 200, 1) {
            let (user, host) = email.split_once('@').unwrap();
            assert!(!user.is_empty() && host.contains('.'), "{email}");
        }
        assert!(samples("(unclosed", None, 200, 1).is_empty());
    }
}
