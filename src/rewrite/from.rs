use crate::query::facts::Side;
use crate::query::{Block, BlockRole, Join, JoinTree, Query};
use crate::source::Span;

use super::Edit;

/// A side of a join that is taken out, together with the join's keywords and condition.
#[derive(Clone, Copy)]
pub struct RemovedSide<'q> {
    pub join: &'q Join,
    pub side: Side,
}

/// Takes sides of joins out of a block's FROM; what is left keeps its text.
pub fn remove_joins(query: &Query, block: &Block, removed: &[RemovedSide<'_>]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (tree, span) in block.from.iter().zip(&block.from_spans) {
        remove_within(query.file.text(), tree, *span, removed, &mut edits);
    }
    edits
}

/// Takes a whole item out of a FROM list of several (of UPDATE and DELETE the target is the first, and the clause goes with
/// the last other one); `None` where it is the only one.
pub fn remove_from_item(query: &Query, block: &Block, item: usize) -> Option<Edit> {
    let span = *block.from_spans.get(item)?;
    if block.role == BlockRole::Update && item == 1 && block.from_spans.len() == 2 {
        let clause = with_blank_line(query.file.text(), block.clauses.from?);
        return Some(Edit::delete(clause));
    }
    if let Some(next) = block.from_spans.get(item + 1) {
        Some(Edit::delete(Span::new(span.start, next.start)))
    } else {
        let previous = block.from_spans.get(item.checked_sub(1)?)?;
        Some(Edit::delete(Span::new(previous.end, span.end)))
    }
}

/// Whether one relation is left of the tree.
fn remove_within(
    text: &str,
    tree: &JoinTree,
    span: Span,
    removed: &[RemovedSide<'_>],
    edits: &mut Vec<Edit>,
) -> bool {
    let JoinTree::Join(join) = tree else {
        return true;
    };
    let side = removed
        .iter()
        .find(|side| std::ptr::eq(side.join, &**join))
        .map(|side| side.side);
    let inner = Span::new(join.left_span.start, join.span.end);
    let single = match side {
        Some(Side::Right) => {
            edits.push(Edit::delete(with_blank_line(
                text,
                Span::new(join.keyword_span.start, join.span.end),
            )));
            remove_within(text, &join.left, join.left_span, removed, edits)
        }
        Some(Side::Left) => {
            edits.push(Edit::delete(Span::new(
                join.left_span.start,
                join.right_span.start,
            )));
            if join.right_span.end < join.span.end {
                edits.push(Edit::delete(Span::new(join.right_span.end, join.span.end)));
            }
            remove_within(text, &join.right, join.right_span, removed, edits)
        }
        None => {
            remove_within(text, &join.left, join.left_span, removed, edits);
            remove_within(text, &join.right, join.right_span, removed, edits);
            false
        }
    };
    // PostgreSQL does not accept a lone table in parentheses
    if single && span.start < inner.start {
        edits.push(Edit::delete(Span::new(span.start, inner.start)));
        edits.push(Edit::delete(Span::new(inner.end, span.end)));
    }
    single
}

/// A span extended over the blanks before it, and over its line's end where nothing else is on its lines.
pub(super) fn with_blank_line(text: &str, span: Span) -> Span {
    let before = text.get(..span.start).unwrap_or("");
    let start = before.trim_end_matches([' ', '\t']).len();
    let after = text.get(span.end..).unwrap_or("");
    let rest = after.trim_start_matches([' ', '\t', '\r']);
    let whole_lines =
        before[..start].ends_with('\n') && (rest.is_empty() || rest.starts_with('\n'));
    if whole_lines {
        // the line break before goes, the one after stays
        let line_break = before[..start].trim_end_matches('\n').len().max(start - 1);
        return Span::new(before[..line_break].trim_end_matches('\r').len(), span.end);
    }
    Span::new(start, span.end)
}
