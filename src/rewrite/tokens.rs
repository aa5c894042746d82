use sqlparser::tokenizer::Token;

use crate::query::Query;
use crate::source::Span;

use super::Edit;
use super::from::with_blank_line;

/// Where an unquoted word stands first within a span of the statement.
pub fn word_within(query: &Query, within: Span, word: &str) -> Option<Span> {
    query
        .tokens
        .iter()
        .find(|token| {
            within.contains(token.span)
                && matches!(&token.token, Token::Word(found)
                    if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
        })
        .map(|token| token.span)
}

/// Takes out a clause and the blanks before it.
pub fn delete_clause(query: &Query, clause: Span) -> Edit {
    Edit::delete(with_blank_line(query.file.text(), clause))
}

/// Takes items (by number) out of a list that commas separate; `None` where none would be left, or where the text
/// between the items holds more than a comma.
pub fn remove_items(query: &Query, items: &[Span], removed: &[usize]) -> Option<Vec<Edit>> {
    let first_kept = (0..items.len()).find(|number| !removed.contains(number))?;
    let mut edits = Vec::new();
    for &number in removed {
        let span = *items.get(number)?;
        let (cut, between) = if number < first_kept {
            let next = *items.get(number + 1)?;
            (
                Span::new(span.start, next.start),
                Span::new(span.end, next.start),
            )
        } else {
            let previous = *items.get(number.checked_sub(1)?)?;
            (
                Span::new(previous.end, span.end),
                Span::new(previous.end, span.start),
            )
        };
        let mut tokens = query
            .tokens
            .iter()
            .filter(|token| between.contains(token.span));
        let comma = tokens
            .next()
            .is_some_and(|token| token.token == Token::Comma);
        if !comma || tokens.next().is_some() {
            return None;
        }
        edits.push(Edit::delete(cut));
    }
    Some(edits)
}
