/// Characters between two entries of the table that places them.
const STEP: usize = 128;

/// Translates sqlparser's lines and columns (characters, from 1) to byte offsets.
#[derive(Debug, Clone)]
pub struct LineIndex {
    /// Of each line: byte offset and number of its first character.
    starts: Vec<(usize, usize)>,
    /// Where the text is not ASCII: itself, and the byte offset of every [`STEP`]th character.
    characters: Option<(String, Vec<usize>)>,
    length: usize,
}

impl LineIndex {
    /// For a text.
    pub fn new(text: &str) -> Self {
        if text.is_ascii() {
            let ends = text.match_indices('\n').map(|(at, _)| at + 1);
            return Self {
                starts: std::iter::once(0).chain(ends).map(|at| (at, at)).collect(),
                characters: None,
                length: text.len(),
            };
        }
        let mut starts = vec![(0, 0)];
        let mut steps = Vec::with_capacity(text.len() / STEP + 1);
        for (number, (at, character)) in text.char_indices().enumerate() {
            if number % STEP == 0 {
                steps.push(at);
            }
            if character == '\n' {
                starts.push((at + 1, number + 1));
            }
        }
        Self {
            starts,
            characters: Some((text.to_owned(), steps)),
            length: text.len(),
        }
    }

    /// The byte offset of a position.
    pub fn offset(&self, location: sqlparser::tokenizer::Location) -> usize {
        let line = usize::try_from(location.line).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column).unwrap_or(usize::MAX);
        let Some(&(start, first)) = self.starts.get(line.saturating_sub(1)) else {
            return 0;
        };
        let Some((text, steps)) = &self.characters else {
            return start
                .saturating_add(column.saturating_sub(1))
                .min(self.length);
        };
        let number = first.saturating_add(column.saturating_sub(1));
        let Some(&step) = steps.get(number / STEP) else {
            return self.length;
        };
        text[step..]
            .char_indices()
            .nth(number % STEP)
            .map_or(self.length, |(at, _)| step + at)
    }

    /// The byte range of a sqlparser span; `None` where sqlparser does not know it.
    pub fn span(&self, span: sqlparser::tokenizer::Span) -> Option<super::Span> {
        (span.start.line > 0)
            .then(|| super::Span::new(self.offset(span.start), self.offset(span.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::tokenizer::Location;

    #[test]
    fn columns_count_characters() {
        let text = format!("a\n{}x\nb", "ü".repeat(300));
        let lines = LineIndex::new(&text);
        let at = |line, column| lines.offset(Location { line, column });
        assert_eq!((at(1, 1), at(2, 1), at(2, 2)), (0, 2, 4));
        assert_eq!(at(2, 301), 602);
        assert_eq!(&text[at(2, 301)..at(2, 302)], "x");
        assert_eq!(at(3, 1), 604);
        assert_eq!(at(9, 9), 0);
    }
}
