//! What of a LIKE pattern or regular expression an index can use.

use crate::query::{BinaryOp, Expr, ExprKind, Literal};

use super::comparison::Test;

/// The constant text of a pattern, concatenations of constants included.
pub(super) fn constant_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
        ExprKind::Cast { operand, data_type } if data_type.is_string() => constant_text(operand),
        ExprKind::Binary {
            op: BinaryOp::Concat,
            left,
            right,
        } => Some(constant_text(left)? + &constant_text(right)?),
        _ => None,
    }
}

/// The characters that every match starts with, where there are any and something else may follow.
/// Source: like_fixed_prefix and regex_fixed_prefix of like_support.c.
pub(super) fn fixed_prefix(test: &Test<'_>) -> Option<String> {
    match test {
        Test::Like {
            pattern,
            case_insensitive,
            escaped: false,
        } => {
            let pattern = constant_text(pattern)?;
            let prefix = like_prefix(&pattern);
            let usable = match case_insensitive {
                true => prefix.chars().take_while(|c| !c.is_alphabetic()).collect(),
                false => prefix,
            };
            let whole = !pattern.contains(['%', '_']);
            (!usable.is_empty() && !whole).then_some(usable)
        }
        Test::Regex {
            pattern,
            case_insensitive: false,
        } => regex_prefix(&constant_text(pattern)?),
        _ => None,
    }
}

/// Whether a pattern starts with a wildcard, or with letters in either case: no B-tree can start anywhere.
pub(super) fn starts_open(test: &Test<'_>) -> bool {
    match test {
        Test::Like { escaped: true, .. } => false,
        Test::Like {
            pattern,
            case_insensitive,
            ..
        } => match constant_text(pattern) {
            Some(text) => text_starts_open(&text, *case_insensitive),
            // '%' || $1 || '%'
            None => starts_with_wildcard(pattern),
        },
        Test::Similar { pattern } => {
            constant_text(pattern).is_some_and(|text| text_starts_open(&text, false))
        }
        // one open pattern is enough for all values to be read
        Test::LikeAny {
            patterns,
            case_insensitive,
        } => array_texts(patterns)
            .iter()
            .flatten()
            .any(|text| text_starts_open(text, *case_insensitive)),
        Test::Regex {
            pattern,
            case_insensitive,
        } => constant_text(pattern).is_some_and(|text| {
            !text.is_empty()
                && (!text.starts_with('^')
                    || *case_insensitive && text[1..].starts_with(char::is_alphabetic))
        }),
        _ => false,
    }
}

/// Whether a pattern starts with letters, but in either case.
pub(super) fn starts_in_either_case(test: &Test<'_>) -> bool {
    let (pattern, start) = match test {
        Test::Like {
            pattern,
            case_insensitive: true,
            ..
        } => (pattern, ""),
        Test::Regex {
            pattern,
            case_insensitive: true,
        } => (pattern, "^"),
        _ => return false,
    };
    constant_text(pattern).is_some_and(|text| {
        text.strip_prefix(start)
            .is_some_and(|text| text.starts_with(char::is_alphabetic))
    })
}

fn text_starts_open(text: &str, case_insensitive: bool) -> bool {
    text.contains(|c| c != '%')
        && (text.starts_with(['%', '_'])
            || case_insensitive && text.starts_with(char::is_alphabetic))
}

/// The members of an array of patterns; `None` for one that is not constant.
fn array_texts(array: &Expr) -> Vec<Option<String>> {
    match &array.kind {
        ExprKind::Array(members) => members.iter().map(constant_text).collect(),
        ExprKind::Cast { operand, .. } => array_texts(operand),
        ExprKind::Literal(Literal::String(text)) => {
            let members = text
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            match members {
                // quoted members may hold commas and signs of their own
                Some(members) if !members.contains(['"', '\\', '{']) => members
                    .split(',')
                    .map(|member| Some(member.trim().to_owned()))
                    .collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn starts_with_wildcard(pattern: &Expr) -> bool {
    match &pattern.kind {
        ExprKind::Binary {
            op: BinaryOp::Concat,
            left,
            ..
        } => starts_with_wildcard(left),
        ExprKind::Function(call) if call.name == "concat" => {
            call.arguments.first().is_some_and(starts_with_wildcard)
        }
        ExprKind::Function(call) if call.name == "format" => call
            .arguments
            .first()
            .and_then(constant_text)
            .is_some_and(|text| text.starts_with("%%") || text.starts_with('_')),
        ExprKind::Literal(Literal::String(text)) => text.starts_with(['%', '_']),
        _ => false,
    }
}

/// What pg_trgm can look up of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigrams {
    /// Three letters or digits in a row have to occur, or the pattern is not known yet.
    Some,
    None,
    /// Classes, groups and repetitions, of which pg_trgm may expand some.
    Unknown,
}

/// What pg_trgm can look up of a pattern. Source: generate_wildcard_trgm of trgm_op.c, trgm_regexp.c.
pub(super) fn trigrams(test: &Test<'_>) -> Trigrams {
    match test {
        Test::Like { pattern, .. } => {
            constant_text(pattern).map_or(Trigrams::Some, |text| of_like(&text))
        }
        Test::Regex { pattern, .. } => {
            constant_text(pattern).map_or(Trigrams::Some, |text| of_regex(&text, false))
        }
        Test::Similar { pattern } => {
            constant_text(pattern).map_or(Trigrams::Some, |text| of_regex(&text, true))
        }
        // each pattern is looked up by itself
        Test::LikeAny { patterns, .. } => {
            let poor = array_texts(patterns)
                .iter()
                .flatten()
                .any(|text| of_like(text) == Trigrams::None);
            if poor { Trigrams::None } else { Trigrams::Some }
        }
        _ => Trigrams::None,
    }
}

fn of_like(text: &str) -> Trigrams {
    let mut run = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '\\' => characters.next().is_some_and(char::is_alphanumeric),
            c => c.is_alphanumeric(),
        };
        run = if literal { run + 1 } else { 0 };
        if run >= 3 {
            return Trigrams::Some;
        }
    }
    Trigrams::None
}

/// `similar`: in SIMILAR TO `%` and `_` are the wildcards, and a dot is a dot.
fn of_regex(text: &str, similar: bool) -> Trigrams {
    // where alternatives are not in a group, each has to have a run
    let mut alternatives: Vec<bool> = vec![false];
    let mut run = 0;
    let mut doubtful = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let literal = match character {
            // an escaped letter is a class
            '\\' => {
                characters.next();
                false
            }
            '[' | '(' => {
                skip_group(&mut characters, character);
                doubtful = true;
                false
            }
            '|' => {
                alternatives.push(false);
                false
            }
            // what may be left out counts for nothing
            '?' | '*' | '{' => {
                doubtful = true;
                false
            }
            '%' | '_' if similar => false,
            c => c.is_alphanumeric(),
        };
        let optional = matches!(characters.peek(), Some('?' | '*' | '{'));
        run = if literal && !optional { run + 1 } else { 0 };
        if run >= 3
            && let Some(last) = alternatives.last_mut()
        {
            *last = true;
        }
    }
    if alternatives.iter().all(|found| *found) {
        Trigrams::Some
    } else if doubtful {
        Trigrams::Unknown
    } else {
        Trigrams::None
    }
}

/// Reads on to the end of a class or group.
fn skip_group(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, open: char) {
    let mut depth = 1;
    while depth > 0
        && let Some(character) = characters.next()
    {
        match character {
            '\\' => {
                characters.next();
            }
            '(' if open == '(' => depth += 1,
            ')' if open == '(' => depth -= 1,
            ']' if open == '[' => depth -= 1,
            _ => {}
        }
    }
}

fn like_prefix(pattern: &str) -> String {
    let mut prefix = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => break,
            '\\' => match characters.next() {
                Some(escaped) => prefix.push(escaped),
                None => break,
            },
            other => prefix.push(other),
        }
    }
    prefix
}

fn regex_prefix(pattern: &str) -> Option<String> {
    let rest = pattern.strip_prefix('^')?;
    let mut prefix: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '/' | ':' | '@'))
        .collect();
    let after = rest.get(prefix.len()..).unwrap_or_default();
    if after.starts_with(['?', '*', '{']) {
        prefix.pop();
    }
    (!prefix.is_empty() && !rest.contains('|') && after != "$").then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_at_the_first_wildcard() {
        assert_eq!(like_prefix("abc%d"), "abc");
        assert_eq!(like_prefix("50\\%%"), "50%");
        assert_eq!(like_prefix("%abc"), "");
        assert_eq!(regex_prefix("^abc.*").as_deref(), Some("abc"));
        assert_eq!(regex_prefix("^abc?d").as_deref(), Some("ab"));
        assert_eq!(regex_prefix("^a|b"), None);
        assert_eq!(regex_prefix("abc"), None);
    }

    #[test]
    fn trigrams_need_three_characters_that_must_occur() {
        assert_eq!(of_like("%abc%"), Trigrams::Some);
        assert_eq!(of_like("%ab%c%"), Trigrams::None);
        assert_eq!(of_like("%a\\%bc%"), Trigrams::None);
        assert_eq!(of_regex("linux", false), Trigrams::Some);
        assert_eq!(of_regex("linux|bsd", false), Trigrams::Some);
        assert_eq!(of_regex("linux|os", false), Trigrams::None);
        assert_eq!(of_regex("abc?", false), Trigrams::Unknown);
        assert_eq!(of_regex("[abc]", false), Trigrams::Unknown);
        assert_eq!(of_regex("(a|b)ridge", false), Trigrams::Some);
        assert_eq!(of_regex("%(5998|5999)", true), Trigrams::Unknown);
        assert_eq!(of_regex("%lamp_", true), Trigrams::Some);
    }
}
