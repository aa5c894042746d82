use super::scan::{Piece, piece_at};
use super::{SourceFile, Span};

/// The byte ranges of all comments of a text, in order.
pub fn comments(file: &SourceFile) -> Vec<Span> {
    let text = file.text().as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (piece, end, _) = piece_at(text, at);
        if piece == Piece::Comment {
            found.push(Span::new(at, end));
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_no_comments() {
        let file = SourceFile::new("q.sql", "a -- b\n'-- c' /* d */ \"/* e */\" $$-- f$$");
        let texts: Vec<&str> = comments(&file)
            .iter()
            .map(|span| file.slice(*span))
            .collect();
        assert_eq!(texts, ["-- b", "/* d */"]);
    }
}
