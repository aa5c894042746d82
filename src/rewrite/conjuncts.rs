use crate::query::{Block, Expr, Query};
use crate::source::Span;

use super::Edit;
use super::from::with_blank_line;

/// Takes conjuncts (by number) out of a block's WHERE; the clause goes with the last of them. `None` where the text does
/// not allow it.
pub fn remove_conjuncts(query: &Query, block: &Block, removed: &[usize]) -> Option<Vec<Edit>> {
    if removed.is_empty() {
        return Some(Vec::new());
    }
    let clause = block.clauses.filter?;
    if removed.len() >= block.filter.len() {
        return Some(vec![Edit::delete(with_blank_line(
            query.file.text(),
            clause,
        ))]);
    }
    remove_of_list(query.file.text(), &block.filter, removed)
}

/// Takes conjuncts (by number) out of a block's HAVING; the clause goes with the last of them. `None` where the text does
/// not allow it.
pub fn remove_having(query: &Query, block: &Block, removed: &[usize]) -> Option<Vec<Edit>> {
    let clause = block.clauses.having?;
    if removed.len() >= block.having.len() {
        return Some(vec![Edit::delete(with_blank_line(
            query.file.text(),
            clause,
        ))]);
    }
    remove_of_list(query.file.text(), &block.having, removed)
}

/// Takes conjuncts out of a list that AND connects, some of which stay.
pub(super) fn remove_of_list(
    text: &str,
    conjuncts: &[Expr],
    removed: &[usize],
) -> Option<Vec<Edit>> {
    let first_kept = (0..conjuncts.len()).find(|number| !removed.contains(number))?;
    let mut edits = Vec::new();
    for &number in removed {
        let span = conjuncts.get(number)?.span;
        let cut = if number < first_kept {
            Span::new(span.start, conjuncts.get(number + 1)?.span.start)
        } else {
            Span::new(conjuncts.get(number.checked_sub(1)?)?.span.end, span.end)
        };
        if !balanced(text.get(cut.start..cut.end)?) {
            return None;
        }
        edits.push(Edit::delete(cut));
    }
    Some(edits)
}

/// Adds a conjunct to a block's WHERE, or a WHERE to a block without. `None` where there is no place.
pub fn add_conjunct(query: &Query, block: &Block, conjunct: &str) -> Option<Edit> {
    match block.clauses.filter {
        Some(clause) => {
            let [only] = block.filter.as_slice() else {
                let end = Span::new(clause.end, clause.end);
                return Some(Edit::replace(end, format!(" AND {conjunct}")));
            };
            // an OR has to be put in parentheses
            let text = query.file.slice(only.span);
            let open = matches!(only.kind, crate::query::ExprKind::Or(_)) && !text.starts_with('(');
            Some(if open {
                Edit::replace(only.span, format!("({text}) AND {conjunct}"))
            } else {
                Edit::replace(
                    Span::new(clause.end, clause.end),
                    format!(" AND {conjunct}"),
                )
            })
        }
        None => {
            let from = block.clauses.from?;
            Some(Edit::replace(
                Span::new(from.end, from.end),
                format!(" WHERE {conjunct}"),
            ))
        }
    }
}

/// Takes conjuncts (by number) out of a block's WHERE and puts others there; of a WHERE that loses all it had they take
/// the place. `None` where the text does not allow it.
pub fn exchange_conjuncts(
    query: &Query,
    block: &Block,
    removed: &[usize],
    added: &[String],
) -> Option<Vec<Edit>> {
    let text = added.join(" AND ");
    if !added.is_empty() && !removed.is_empty() && removed.len() == block.filter.len() {
        let clause = block.clauses.filter?;
        return Some(vec![Edit::replace(clause, format!("WHERE {text}"))]);
    }
    let mut edits = remove_conjuncts(query, block, removed)?;
    if !added.is_empty() {
        edits.push(add_conjunct(query, block, &text)?);
    }
    Some(edits)
}

/// Whether brackets in a text close each other.
fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth < 0 {
                    return false;
                }
            }
            _ => {}
        }
    }
    depth == 0
}
