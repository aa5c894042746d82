//! Skipping what PostgreSQL's lexer treats as one piece: comments, strings, quoted names, dollar quotes.
//! Source of the rules: scan.l.

/// What was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unterminated {
    Comment,
    String,
    QuotedIdentifier,
    DollarQuote,
}

impl Unterminated {
    /// What a message says of it.
    pub fn message(self) -> &'static str {
        match self {
            Self::Comment => "unterminated comment: add */",
            Self::String => "unterminated string: add the closing quote",
            Self::QuotedIdentifier => "unterminated quoted name: add the closing double quote",
            Self::DollarQuote => {
                "unterminated dollar-quoted string: repeat the opening tag at its end"
            }
        }
    }
}

/// The piece that starts at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Space,
    Comment,
    Quoted,
    /// A name or keyword without quotes.
    Word,
    /// Any other single character.
    Other,
}

/// Kind and end of the piece that starts at `at`, which lies inside the text.
pub(super) fn piece_at(text: &[u8], at: usize) -> (Piece, usize, Option<Unterminated>) {
    let next = text.get(at + 1).copied();
    match text[at] {
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => (Piece::Space, at + 1, None),
        b'-' if next == Some(b'-') => (Piece::Comment, line_end(text, at), None),
        b'/' if next == Some(b'*') => match comment_end(text, at) {
            Some(end) => (Piece::Comment, end, None),
            None => (Piece::Comment, text.len(), Some(Unterminated::Comment)),
        },
        b'\'' => quoted(text, at, b'\'', false, Unterminated::String),
        b'"' => quoted(text, at, b'"', false, Unterminated::QuotedIdentifier),
        b'e' | b'E' if next == Some(b'\'') => {
            quoted(text, at + 1, b'\'', true, Unterminated::String)
        }
        b'$' => match dollar_tag_end(text, at) {
            Some(tag_end) => match find(text, &text[at..tag_end], tag_end) {
                Some(found) => (Piece::Quoted, found + tag_end - at, None),
                None => (Piece::Quoted, text.len(), Some(Unterminated::DollarQuote)),
            },
            None => (Piece::Other, at + 1, None),
        },
        byte if is_word_start(byte) => {
            let mut end = at + 1;
            while end < text.len() && is_word_part(text[end]) {
                end += 1;
            }
            (Piece::Word, end, None)
        }
        _ => (Piece::Other, at + 1, None),
    }
}

/// The offset of the end of the line, its line break left out.
pub(super) fn line_end(text: &[u8], from: usize) -> usize {
    text[from..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |length| from + length)
}

fn comment_end(text: &[u8], start: usize) -> Option<usize> {
    let mut depth = 1usize;
    let mut at = start + 2;
    while at + 1 < text.len() {
        match (text[at], text[at + 1]) {
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

fn quoted(
    text: &[u8],
    open: usize,
    quote: u8,
    backslashes: bool,
    kind: Unterminated,
) -> (Piece, usize, Option<Unterminated>) {
    let mut at = open + 1;
    while at < text.len() {
        if backslashes && text[at] == b'\\' {
            at += 2;
        } else if text[at] == quote {
            if text.get(at + 1) != Some(&quote) {
                return (Piece::Quoted, at + 1, None);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    (Piece::Quoted, text.len(), Some(kind))
}

/// The end of `$tag$`; `None` where the dollar opens no string.
fn dollar_tag_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'$' => return Some(at + 1),
            b'0'..=b'9' if at == start + 1 => return None,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | 0x80.. => at += 1,
            _ => return None,
        }
    }
    None
}

pub(super) fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(step) = text.get(at..)?.iter().position(|&byte| byte == first) {
        at += step;
        if text[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
