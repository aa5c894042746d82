use crate::source::Span;

/// A replacement of a range of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Byte offsets in the file's text.
    pub span: Span,
    pub replacement: String,
}

impl Edit {
    /// Puts `replacement` in the place of `span`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self {
            span,
            replacement: replacement.into(),
        }
    }

    /// Removes `span`.
    pub fn delete(span: Span) -> Self {
        Self::replace(span, "")
    }
}

/// The text with all edits made; `None` where two of them overlap or one is out of range.
/// `offset` is the position of `text`'s first byte in the file that the edits speak of.
pub fn apply_edits(text: &str, offset: usize, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        let start = edit.span.start.checked_sub(offset)?;
        let end = edit.span.end.checked_sub(offset)?;
        if start < done {
            return None;
        }
        result.push_str(text.get(done..start)?);
        result.push_str(&edit.replacement);
        done = end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_in_place_and_overlaps_are_refused() {
        let edits = [
            Edit::replace(Span::new(17, 18), "2"),
            Edit::delete(Span::new(10, 12)),
        ];
        assert_eq!(
            apply_edits("a b c d1", 10, &edits).as_deref(),
            Some("b c d2")
        );
        let overlapping = [Edit::delete(Span::new(0, 3)), Edit::delete(Span::new(2, 4))];
        assert_eq!(apply_edits("a b c d", 0, &overlapping), None);
    }
}
