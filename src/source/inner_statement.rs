use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The tokens of the statement that EXPLAIN, PREPARE, DECLARE ... CURSOR or COPY (...) TO is about; `None` for a
/// statement that stands for itself.
pub(super) fn inner_statement(tokens: &[TokenWithSpan]) -> Option<&[TokenWithSpan]> {
    let reader = Reader { tokens };
    let start = reader.significant(0);
    match reader.word(start)?.to_ascii_lowercase().as_str() {
        "explain" => reader.explained(start),
        "prepare" => {
            let mut at = reader.significant(reader.significant(start + 1) + 1);
            if reader.is(at, &Token::LParen) {
                at = reader.significant(reader.closing(at)? + 1);
            }
            reader.is_word(at, "as").then(|| &tokens[at + 1..])
        }
        "declare" => {
            let mut at = start + 1;
            while at < tokens.len() {
                if reader.is_word(at, "for") {
                    return Some(&tokens[at + 1..]);
                }
                at += 1;
            }
            None
        }
        "copy" => {
            let open = reader.significant(start + 1);
            if !reader.is(open, &Token::LParen) {
                return None;
            }
            Some(&tokens[open + 1..reader.closing(open)?])
        }
        _ => None,
    }
}

struct Reader<'a> {
    tokens: &'a [TokenWithSpan],
}

impl<'a> Reader<'a> {
    /// `EXPLAIN [(options)] [ANALYZE] [VERBOSE] statement`.
    fn explained(&self, start: usize) -> Option<&'a [TokenWithSpan]> {
        let mut at = self.significant(start + 1);
        if self.is(at, &Token::LParen) && !self.starts_query(self.significant(at + 1)) {
            at = self.significant(self.closing(at)? + 1);
        }
        while ["analyze", "analyse", "verbose"]
            .iter()
            .any(|option| self.is_word(at, option))
        {
            at = self.significant(at + 1);
        }
        self.tokens.get(at..)
    }

    fn starts_query(&self, at: usize) -> bool {
        self.is(at, &Token::LParen)
            || ["select", "with", "values", "table"]
                .iter()
                .any(|word| self.is_word(at, word))
    }

    /// The number of the first token at or behind `at` that is neither space nor comment.
    fn significant(&self, mut at: usize) -> usize {
        while matches!(self.tokens.get(at), Some(token) if matches!(token.token, Token::Whitespace(_)))
        {
            at += 1;
        }
        at
    }

    fn word(&self, at: usize) -> Option<&'a str> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
            _ => None,
        }
    }

    fn is_word(&self, at: usize, expected: &str) -> bool {
        self.word(at)
            .is_some_and(|word| word.eq_ignore_ascii_case(expected))
    }

    fn is(&self, at: usize, token: &Token) -> bool {
        self.tokens.get(at).is_some_and(|own| own.token == *token)
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (n, token) in self.tokens.iter().enumerate().skip(open) {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(n);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
