//! Small pieces of reading: identifiers, lists, lines that belong together.

use super::node_line;
use super::property;

/// Lines joined where a string literal goes over a line's end. The margin of the first line is none of the literal.
pub(super) fn logical_lines(lines: &[String]) -> Vec<String> {
    let margin = lines
        .first()
        .map_or(0, |line| line.len() - line.trim_start().len());
    let mut logical: Vec<String> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if !property::split(line.trim()).is_some_and(|(key, _)| property::holds_expression(key))
            || !is_open(line)
        {
            logical.push(line.clone());
            continue;
        }
        let mut joined = line.clone();
        let mut next = at;
        while let Some(more) = lines.get(next) {
            if node_line::has_figures(more) {
                break;
            }
            joined.push('\n');
            let indent = more.len() - more.trim_start().len();
            joined.push_str(more.get(margin.min(indent)..).unwrap_or(more));
            next += 1;
            if !is_open(&joined) {
                break;
            }
        }
        if is_open(&joined) {
            logical.push(line.clone());
        } else {
            logical.push(joined);
            at = next;
        }
    }
    logical
}

/// Whether a string literal or a quoted name does not end.
fn is_open(text: &str) -> bool {
    let mut quote = None;
    for c in text.chars() {
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

/// The items of a list, separated by commas outside of quotes and parentheses.
pub(super) fn split_list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut depth = 0_usize;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) => {
                if open == c {
                    quote = None;
                }
            }
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    items.push(item.trim().to_owned());
                    item.clear();
                    continue;
                }
                _ => {}
            },
        }
        item.push(c);
    }
    if !item.trim().is_empty() {
        items.push(item.trim().to_owned());
    }
    items
}

/// An identifier at the start, unquoted, and what comes after it.
pub(super) fn identifier(text: &str) -> Option<(String, &str)> {
    if let Some(inside) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut characters = inside.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if c != '"' {
                name.push(c);
            } else if characters.next_if(|(_, next)| *next == '"').is_some() {
                name.push('"');
            } else {
                return Some((name, inside.get(at + 1..)?));
            }
        }
        return None;
    }
    let end = text.find([' ', '.']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}
