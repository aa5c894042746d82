use std::ops::Range;

use codespan_reporting::files::{Error, Files};

use super::text::without_control_characters;
use crate::source::{Location, Span};

/// Ranges over more lines are marked on their first line alone.
const MOST_LINES: usize = 12;
const CUT: char = '…';

/// The lines that a finding marks, made harmless and cut to the screen's width, as codespan-reporting reads them.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    first_line: usize,
    first_column: usize,
    /// What to mark, in bytes of the excerpt.
    pub(super) marked: Range<usize>,
}

impl Excerpt {
    /// The lines of `location`, at most `width` characters of each.
    pub(super) fn new(location: &Location, width: usize) -> Self {
        let file = &location.file;
        let (start, end) = (location.start(), location.end());
        let one_line = end.line - start.line >= MOST_LINES;
        let last_line = if one_line { start.line } else { end.line };
        let mut excerpt = Self {
            name: without_control_characters(file.path()),
            text: String::new(),
            line_starts: Vec::new(),
            first_line: start.line,
            first_column: start.column,
            marked: 0..0,
        };
        for line in start.line..=last_line {
            let begin = file.offset(line, 1);
            let rest = file.text().get(begin..).unwrap_or("");
            let content = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
            let characters: Vec<char> = content.chars().collect();
            let from = if line == start.line {
                (start.column - 1).min(characters.len())
            } else {
                0
            };
            let to = if line == end.line {
                (end.column - 1).min(characters.len())
            } else {
                characters.len()
            };
            excerpt.push_line(&characters, from, to, width, line == start.line);
        }
        if excerpt.marked.end < excerpt.marked.start {
            excerpt.marked.end = excerpt.marked.start;
        }
        excerpt
    }

    /// Appends a line; `from..to` are the marked characters of it.
    fn push_line(&mut self, line: &[char], from: usize, to: usize, width: usize, first: bool) {
        let shown = window(line.len(), from, width);
        self.line_starts.push(self.text.len());
        if shown.start > 0 {
            self.text.push(CUT);
        }
        for (at, &character) in line.iter().enumerate().take(shown.end).skip(shown.start) {
            if first && at == from {
                self.marked.start = self.text.len();
            }
            match character {
                '\t' => self.text.push_str("    "),
                other => self
                    .text
                    .push_str(&without_control_characters(other.encode_utf8(&mut [0; 4]))),
            }
            if at < to {
                self.marked.end = self.text.len();
            }
        }
        if first && from >= shown.end {
            self.marked.start = self.text.len();
        }
        if shown.end < line.len() {
            self.text.push(CUT);
        }
        self.text.push('\n');
    }

    /// The lines before, inside and after the mark.
    pub(super) fn parts(&self) -> (&str, &str, &str) {
        let part = |range: Range<usize>| self.text.get(range).unwrap_or("");
        (
            part(0..self.marked.start),
            part(self.marked.clone()),
            part(self.marked.end..self.text.len()),
        )
    }

    /// Characters left on the last line behind the mark, in a screen of `width`.
    pub(super) fn room_after_mark(&self, width: usize) -> usize {
        let line = self
            .line_starts
            .iter()
            .rfind(|&&start| start <= self.marked.end)
            .copied()
            .unwrap_or(0);
        let before = self.text.get(line..self.marked.end).unwrap_or("");
        width.saturating_sub(before.chars().count() + 1)
    }

    fn line_start(&self, line_index: usize) -> usize {
        self.line_starts
            .get(line_index)
            .copied()
            .unwrap_or(self.text.len())
    }
}

/// The characters of a line of `length` that fit into `width`, those from `from` on among them.
fn window(length: usize, from: usize, width: usize) -> Span {
    if length <= width {
        return Span::new(0, length);
    }
    let room = width.saturating_sub(2).max(20);
    let start = if from + room / 4 < room {
        0
    } else {
        from.saturating_sub(room / 4)
            .min(length.saturating_sub(room))
    };
    Span::new(start, (start + room).min(length))
}

impl<'a> Files<'a> for Excerpt {
    type FileId = ();
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, (): ()) -> Result<&'a str, Error> {
        Ok(&self.name)
    }

    fn source(&'a self, (): ()) -> Result<&'a str, Error> {
        Ok(&self.text)
    }

    fn line_index(&'a self, (): (), byte_index: usize) -> Result<usize, Error> {
        Ok(self
            .line_starts
            .partition_point(|&start| start <= byte_index)
            .saturating_sub(1))
    }

    fn line_number(&'a self, (): (), line_index: usize) -> Result<usize, Error> {
        Ok(self.first_line + line_index)
    }

    /// The column in the file: a cut line or a replaced tab would make the excerpt's own wrong.
    fn column_number(&'a self, (): (), _: usize, _: usize) -> Result<usize, Error> {
        Ok(self.first_column)
    }

    fn line_range(&'a self, (): (), line_index: usize) -> Result<Range<usize>, Error> {
        Ok(self.line_start(line_index)..self.line_start(line_index + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn excerpt(text: &str, marked: &str, width: usize) -> Excerpt {
        let start = text.find(marked).unwrap();
        let location = Location {
            file: SourceFile::new("q.sql", text),
            span: Span::new(start, start + marked.len()),
        };
        Excerpt::new(&location, width)
    }

    #[test]
    fn the_marked_text_stays_marked_behind_tabs_and_wide_characters() {
        let shown = excerpt("a\n\tü\x1b SELECT x\nb", "SELECT x", 80);
        assert_eq!(shown.text, "    ü\u{fffd} SELECT x\n");
        assert_eq!(&shown.text[shown.marked.clone()], "SELECT x");
        assert_eq!((shown.first_line, shown.first_column), (2, 5));
    }

    #[test]
    fn long_lines_are_cut_around_the_marked_text() {
        let text = format!("{}needle{}", "x".repeat(500), "y".repeat(500));
        let shown = excerpt(&text, "needle", 60);
        assert_eq!(&shown.text[shown.marked.clone()], "needle");
        assert!(shown.text.trim_end().chars().count() <= 60);
        assert_eq!(shown.first_column, 501);
    }

    #[test]
    fn a_range_over_lines_ends_where_it_ends() {
        let shown = excerpt("SELECT\r\n a,\r\n b FROM t", "a,\r\n b", 80);
        assert_eq!(&shown.text[shown.marked.clone()], "a,\n b");
        assert_eq!(shown.line_starts.len(), 2);
    }
}
