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
            Some(text) => {
                text.contains(|c| c != '%')
                    && (text.starts_with(['%', '_'])
                        || *case_insensitive && text.starts_with(char::is_alphabetic))
            }
            // '%' || $1 || '%'
            None => starts_with_wildcard(pattern),
        },
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
        ExprKind::Literal(Literal::String(text)) => text.starts_with(['%', '_']),
        _ => false,
    }
}

/// Whether three letters or digits in a row have to occur, so that pg_trgm finds something to look up; true where the
/// pattern is not known yet. Source: generate_wildcard_trgm of trgm_op.c.
pub(super) fn has_trigram(test: &Test<'_>) -> bool {
    let (pattern, regex) = match test {
        Test::Like { pattern, .. } => (pattern, false),
        Test::Regex { pattern, .. } => (pattern, true),
        _ => return false,
    };
    let Some(text) = constant_text(pattern) else {
        return true;
    };
    let mut run = 0;
    let mut longest = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                // an escaped letter is a class in a regular expression, itself in LIKE
                run = match characters.next() {
                    Some(c) if !regex && c.is_alphanumeric() => run + 1,
                    _ => 0,
                };
            }
            // what may be left out counts for nothing
            '|' | '[' | '(' if regex => return false,
            '?' | '*' | '{' if regex => run = 0,
            c if c.is_alphanumeric() => run += 1,
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest >= 3
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
}
