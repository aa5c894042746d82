use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets in a [`SourceFile`]'s text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// A span from one byte offset up to another.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    pub fn union(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The same range, seen from a text that starts `by` bytes earlier.
    pub fn shifted(self, by: usize) -> Self {
        Self {
            start: self.start + by,
            end: self.end + by,
        }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether nothing lies between start and end.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// A place as an editor shows it: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// A text with the name under which messages speak of it.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// A text named `path` (`<stdin>` for standard input).
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
        })
    }

    /// The name under which messages speak of this text.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the text that `span` covers; empty where it is out of range or splits a character.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// Line and column of a byte offset; past the end, those of the end.
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = starts.partition_point(|&start| start <= offset).max(1);
        let start = starts[line - 1];
        Position {
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The byte offset of a line and column (both from 1, columns in characters), as sqlparser counts them.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let starts = self.line_starts();
        let Some(&start) = starts.get(line.saturating_sub(1)) else {
            return self.text.len();
        };
        self.text[start..]
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(self.text.len(), |(at, _)| start + at)
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        })
    }
}

/// A range in a named text.
#[derive(Debug, Clone)]
pub struct Location {
    pub file: Arc<SourceFile>,
    pub span: Span,
}

impl Location {
    /// Where it starts.
    pub fn start(&self) -> Position {
        self.file.position(self.span.start)
    }

    /// Where it ends.
    pub fn end(&self) -> Position {
        self.file.position(self.span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let file = SourceFile::new("q.sql", "SELECT 'ü',\n x");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(13), Position { line: 2, column: 1 });
        assert_eq!(file.position(14), Position { line: 2, column: 2 });
        assert_eq!(file.position(999), Position { line: 2, column: 3 });
        assert_eq!(file.offset(2, 2), 14);
        assert_eq!(file.offset(1, 11), 11);
    }
}
