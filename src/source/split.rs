use std::sync::Arc;

use super::scan::{Piece, Unterminated, find, line_end, piece_at};
use super::{Location, ParsedStatement, SourceFile, Span, SyntaxError, parse_statement};

/// One statement of a text, as written.
#[derive(Debug, Clone)]
pub struct StatementText {
    pub file: Arc<SourceFile>,
    /// From the first word up to the last, without the semicolon and the comments before it.
    pub span: Span,
    /// Number in its text, from 1.
    pub number: usize,
    /// The name in a sqlc header (`-- name: GetUser :one`).
    pub name: Option<String>,
    /// The comments and white space before it.
    pub leading: Span,
    /// The rows that follow `COPY ... FROM stdin;`, without the line `\.`.
    pub copy_data: Option<Span>,
    /// A quote or comment that is never closed: its place in the text, and what it is.
    pub unterminated: Option<(usize, Unterminated)>,
}

impl StatementText {
    /// The statement as written.
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }

    /// Where it stands.
    pub fn location(&self) -> Location {
        Location {
            file: Arc::clone(&self.file),
            span: self.span,
        }
    }

    /// Where a part of it stands; `span` counts from the statement's start.
    pub fn location_of(&self, span: Span) -> Location {
        Location {
            file: Arc::clone(&self.file),
            span: span.shifted(self.span.start),
        }
    }

    /// The first `count` words in lower case, comments left out; fewer where another sign comes first.
    pub fn first_words(&self, count: usize) -> Vec<String> {
        let text = self.text();
        let bytes = text.as_bytes();
        let mut words = Vec::with_capacity(count);
        let mut at = 0;
        while at < bytes.len() && words.len() < count {
            let (piece, end, _) = piece_at(bytes, at);
            match piece {
                Piece::Space | Piece::Comment => {}
                Piece::Word => words.push(text.get(at..end).unwrap_or("").to_ascii_lowercase()),
                Piece::Quoted | Piece::Other => break,
            }
            at = end;
        }
        words
    }

    /// The first word of what EXPLAIN is about: behind the options.
    fn explained_word(&self) -> Option<String> {
        let text = self.text();
        let bytes = text.as_bytes();
        let (mut at, mut depth) = ("explain".len(), 0usize);
        while at < bytes.len() {
            let (piece, end, _) = piece_at(bytes, at);
            match (piece, bytes[at]) {
                (Piece::Other, b'(') => depth += 1,
                (Piece::Other, b')') => depth = depth.saturating_sub(1),
                (Piece::Word, _) if depth == 0 => {
                    let word = text.get(at..end).unwrap_or("").to_ascii_lowercase();
                    if !["analyze", "analyse", "verbose"].contains(&word.as_str()) {
                        return Some(word);
                    }
                }
                _ => {}
            }
            at = end;
        }
        None
    }

    /// What it does.
    pub fn class(&self) -> StatementClass {
        const UTILITIES: &[&str] = &[
            "abort",
            "analyse",
            "analyze",
            "begin",
            "call",
            "checkpoint",
            "close",
            "cluster",
            "comment",
            "commit",
            "copy",
            "deallocate",
            "discard",
            "do",
            "end",
            "execute",
            "fetch",
            "grant",
            "import",
            "listen",
            "load",
            "lock",
            "move",
            "notify",
            "reassign",
            "refresh",
            "reindex",
            "release",
            "reset",
            "revoke",
            "rollback",
            "savepoint",
            "security",
            "set",
            "show",
            "start",
            "truncate",
            "unlisten",
            "vacuum",
        ];
        let Some(first) = self.first_words(1).pop() else {
            return if self.text().starts_with('(') {
                StatementClass::Query
            } else {
                StatementClass::Unknown
            };
        };
        match first.as_str() {
            "explain"
                if matches!(
                    self.explained_word().as_deref(),
                    Some("execute" | "refresh" | "declare")
                ) =>
            {
                StatementClass::Utility
            }
            "prepare"
                if self
                    .first_words(2)
                    .get(1)
                    .is_some_and(|word| word == "transaction") =>
            {
                StatementClass::Utility
            }
            "select" | "with" | "values" | "table" | "insert" | "update" | "delete" | "merge"
            | "explain" | "prepare" | "declare" => StatementClass::Query,
            "copy"
                if self
                    .text()
                    .get(4..)
                    .is_some_and(|rest| rest.trim_start().starts_with('(')) =>
            {
                StatementClass::Query
            }
            "create" | "alter" | "drop" => StatementClass::Definition,
            word if UTILITIES.contains(&word) => StatementClass::Utility,
            _ => StatementClass::Unknown,
        }
    }

    /// Parses it. Spans of the result, and the offset of an error, count from the statement's start.
    ///
    /// # Errors
    /// Where it is not a statement that we can read.
    pub fn parse(&self) -> Result<ParsedStatement, SyntaxError> {
        match self.unterminated {
            Some((at, kind)) => Err(SyntaxError {
                message: kind.message().to_owned(),
                offset: at.saturating_sub(self.span.start),
            }),
            None => parse_statement(self.text()),
        }
    }
}

/// What a statement does, by its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementClass {
    /// Reads or writes rows: SELECT, WITH, VALUES, TABLE, INSERT, UPDATE, DELETE, MERGE, also behind EXPLAIN, PREPARE,
    /// DECLARE ... CURSOR or COPY (query) TO.
    Query,
    /// Changes the schema: CREATE, ALTER, DROP.
    Definition,
    /// Anything else, of which nothing is checked: SET, GRANT, DO, VACUUM and so on.
    Utility,
    /// No word that SQL begins with.
    Unknown,
}

/// Splits a text into its statements. psql's meta-commands and the rows of COPY are no statements; a quote or comment
/// that is never closed makes the rest of the text one statement, which says so.
pub fn split(file: &Arc<SourceFile>) -> Vec<StatementText> {
    Splitter {
        file,
        text: file.text().as_bytes(),
        statements: Vec::new(),
        current: Current::at(0),
        copy_end_missing: false,
    }
    .run()
}

struct Splitter<'a> {
    file: &'a Arc<SourceFile>,
    text: &'a [u8],
    statements: Vec<StatementText>,
    current: Current,
    /// No line `\.` follows any more.
    copy_end_missing: bool,
}

/// The statement that is being read.
struct Current {
    leading_start: usize,
    start: Option<usize>,
    /// End of the last piece that is neither space nor comment.
    end: usize,
    words: usize,
    creates: bool,
    routine: bool,
    rule: bool,
    copies: bool,
    from: bool,
    copies_from_stdin: bool,
    previous_was_begin: bool,
    /// Of BEGIN ATOMIC and CASE inside the body of a routine.
    depth: usize,
    /// Of parentheses, counted in CREATE RULE alone: a missing one must not swallow the statements that follow.
    parentheses: usize,
}

impl Current {
    fn at(leading_start: usize) -> Self {
        Self {
            leading_start,
            start: None,
            end: leading_start,
            words: 0,
            creates: false,
            routine: false,
            rule: false,
            copies: false,
            from: false,
            copies_from_stdin: false,
            previous_was_begin: false,
            depth: 0,
            parentheses: 0,
        }
    }

    fn word(&mut self, word: &[u8]) {
        let is = |expected: &str| word.eq_ignore_ascii_case(expected.as_bytes());
        self.words += 1;
        if self.words == 1 {
            self.creates = is("create");
            self.copies = is("copy");
        } else if self.creates && self.words <= 4 {
            self.routine |= is("function") || is("procedure");
            self.rule |= is("rule");
        }
        if self.copies {
            self.copies_from_stdin |= self.from && is("stdin");
            self.from = is("from");
        }
        if self.routine {
            if self.previous_was_begin && is("atomic") {
                self.depth = 1;
            } else if self.depth > 0 {
                if is("case") {
                    self.depth += 1;
                } else if is("end") {
                    self.depth -= 1;
                }
            }
            self.previous_was_begin = is("begin");
        }
    }
}

impl Splitter<'_> {
    fn run(mut self) -> Vec<StatementText> {
        let mut at = 0;
        while at < self.text.len() {
            let (piece, end, unterminated) = piece_at(self.text, at);
            match piece {
                Piece::Space => {}
                Piece::Comment if unterminated.is_none() => {}
                Piece::Comment | Piece::Quoted => {
                    self.current.start.get_or_insert(at);
                    self.current.end = end;
                    if let Some(kind) = unterminated {
                        self.finish(end, Some((at, kind)));
                    }
                }
                Piece::Word => {
                    self.current.start.get_or_insert(at);
                    self.current.end = end;
                    self.current.word(&self.text[at..end]);
                }
                Piece::Other => {
                    at = self.sign(at);
                    continue;
                }
            }
            at = end;
        }
        self.finish(self.text.len(), None);
        self.statements
    }

    /// Handles one sign that is no word; gives the offset to go on at.
    fn sign(&mut self, at: usize) -> usize {
        match self.text[at] {
            b';' if self.current.depth == 0 && self.current.parentheses == 0 => {
                let copies = self.current.copies_from_stdin;
                self.finish(at + 1, None);
                if copies {
                    self.copy_data(at + 1)
                } else {
                    at + 1
                }
            }
            b'\\' => match self.text.get(at + 1) {
                Some(b';') => {
                    self.finish(at + 2, None);
                    at + 2
                }
                _ => {
                    let end = line_end(self.text, at);
                    self.finish(end, None);
                    end
                }
            },
            sign => {
                if self.current.rule {
                    match sign {
                        b'(' => self.current.parentheses += 1,
                        b')' => {
                            self.current.parentheses = self.current.parentheses.saturating_sub(1)
                        }
                        _ => {}
                    }
                }
                self.current.start.get_or_insert(at);
                self.current.end = at + 1;
                at + 1
            }
        }
    }

    fn finish(&mut self, next: usize, unterminated: Option<(usize, Unterminated)>) {
        let current = std::mem::replace(&mut self.current, Current::at(next));
        let Some(start) = current.start else { return };
        let leading = Span::new(current.leading_start, start);
        self.statements.push(StatementText {
            file: Arc::clone(self.file),
            span: Span::new(start, current.end),
            number: self.statements.len() + 1,
            name: header_name(self.file.slice(leading)),
            leading,
            copy_data: None,
            unterminated,
        });
    }

    /// The rows after COPY ... FROM stdin; gives the offset behind them.
    fn copy_data(&mut self, after: usize) -> usize {
        if self.copy_end_missing {
            return after;
        }
        let start = (line_end(self.text, after) + 1).min(self.text.len());
        let end = if self.text[start..].starts_with(b"\\.") {
            start
        } else {
            match find(self.text, b"\n\\.", start) {
                Some(end) => end + 1,
                None => {
                    self.copy_end_missing = true;
                    return after;
                }
            }
        };
        if let Some(statement) = self.statements.last_mut() {
            statement.copy_data = Some(Span::new(start, end));
        }
        let next = line_end(self.text, end);
        self.current = Current::at(next);
        next
    }
}

/// The name in the last sqlc header of the comments before a statement.
fn header_name(comments: &str) -> Option<String> {
    comments.lines().rev().find_map(|line| {
        let line = line.trim();
        let body = line
            .strip_prefix("--")
            .or_else(|| line.strip_prefix("/*"))?;
        let name = body.trim_start().strip_prefix("name:")?;
        name.split_whitespace().next().map(str::to_owned)
    })
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        split(&SourceFile::new("q.sql", sql))
            .iter()
            .map(|statement| statement.text().to_owned())
            .collect()
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        assert_eq!(
            texts("a ';' \";\" E'\\';' /* ; /* ; */ ; */ $$;$$ $t$;$$;$t$ -- ;\n; b ; ;; c$x$;d"),
            [
                "a ';' \";\" E'\\';' /* ; /* ; */ ; */ $$;$$ $t$;$$;$t$",
                "b",
                "c$x$",
                "d"
            ]
        );
    }

    #[test]
    fn sql_standard_bodies_keep_their_semicolons() {
        assert_eq!(
            texts("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; SELECT 3")
                .len(),
            2
        );
        assert_eq!(texts("BEGIN; SELECT CASE WHEN a THEN 1 END; END;").len(), 3);
        assert_eq!(
            texts("CREATE RULE r AS ON INSERT TO t DO (INSERT INTO a VALUES (1); DELETE FROM b); SELECT 1").len(),
            2
        );
    }

    #[test]
    fn copy_rows_and_meta_commands_are_no_statements() {
        let file = SourceFile::new(
            "dump.sql",
            "\\restrict x\nCOPY public.t (a) FROM stdin;\n1;'\n2\n\\.\n\nSELECT 1\\gexec\nSELECT 2;\n\\unrestrict x\n",
        );
        let statements = split(&file);
        assert_eq!(
            statements
                .iter()
                .map(StatementText::text)
                .collect::<Vec<_>>(),
            ["COPY public.t (a) FROM stdin", "SELECT 1", "SELECT 2"]
        );
        assert_eq!(file.slice(statements[0].copy_data.unwrap()), "1;'\n2\n");
    }

    #[test]
    fn copy_without_rows_does_not_swallow_the_rest() {
        assert_eq!(
            texts("COPY t FROM stdin;\nSELECT 1;\nCOPY t FROM STDIN;\nSELECT 2").len(),
            4
        );
        assert_eq!(texts("COPY t FROM stdin;\n\\.\nSELECT 2").len(), 2);
    }

    #[test]
    fn headers_name_statements() {
        let file = SourceFile::new(
            "q.sql",
            "-- name: A :one\nSELECT 1;\r\n/* name: B :many */\r\n-- more\r\nSELECT 2;\n-- end",
        );
        let statements = split(&file);
        assert_eq!(statements[0].name.as_deref(), Some("A"));
        assert_eq!(statements[1].name.as_deref(), Some("B"));
        assert_eq!(statements[1].number, 2);
        assert_eq!(statements.len(), 2);
    }

    #[test]
    fn what_is_never_closed_says_where_it_opened() {
        for (sql, kind) in [
            ("SELECT 1; SELECT 'a;\n b", Unterminated::String),
            ("SELECT 1; SELECT \"a;\n b", Unterminated::QuotedIdentifier),
            ("SELECT 1; SELECT /* ;", Unterminated::Comment),
            ("SELECT 1; SELECT $a$ ; $b$", Unterminated::DollarQuote),
        ] {
            let file = SourceFile::new("q.sql", sql);
            let statements = split(&file);
            assert_eq!(statements.len(), 2, "{sql}");
            assert_eq!(statements[1].unterminated, Some((17, kind)));
            assert_eq!(statements[1].parse().unwrap_err().offset, 7);
        }
    }
}
