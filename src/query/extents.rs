use sqlparser::tokenizer::Token;

use crate::source::{LineIndex, PlacedToken, Span};

/// Exact extents of syntax in a statement's text. sqlparser knows where names and values stand, but not the
/// parentheses and keywords around them; those are found among the tokens.
pub(super) struct Extents {
    tokens: Vec<PlacedToken>,
    /// For each bracket its partner.
    partners: Vec<Option<usize>>,
    lines: Option<LineIndex>,
    base: usize,
    /// For text that is not the user's (a view's): the one place that stands for all of it.
    fixed: Option<Span>,
}

impl Extents {
    /// For the tokens of a statement whose text starts at byte `base` of its file.
    pub(super) fn new(mut tokens: Vec<PlacedToken>, lines: LineIndex, base: usize) -> Self {
        for token in &mut tokens {
            token.span = token.span.shifted(base);
        }
        let mut partners = vec![None; tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.token {
                Token::LParen | Token::LBracket => open.push(at),
                Token::RParen | Token::RBracket => {
                    if let Some(start) = open.pop() {
                        partners[start] = Some(at);
                        partners[at] = Some(start);
                    }
                }
                _ => {}
            }
        }
        Self {
            tokens,
            partners,
            lines: Some(lines),
            base,
            fixed: None,
        }
    }

    /// For text that stands elsewhere: everything is at `span`.
    pub(super) fn fixed(span: Span) -> Self {
        Self {
            tokens: Vec::new(),
            partners: Vec::new(),
            lines: None,
            base: 0,
            fixed: Some(span),
        }
    }

    pub(super) fn tokens(&self) -> &[PlacedToken] {
        &self.tokens
    }

    pub(super) fn into_tokens(self) -> Vec<PlacedToken> {
        self.tokens
    }

    /// The place of a sqlparser span.
    pub(super) fn place(&self, span: sqlparser::tokenizer::Span) -> Option<Span> {
        if self.fixed.is_some() {
            return self.fixed;
        }
        Some(self.lines.as_ref()?.span(span)?.shifted(self.base))
    }

    /// The place to use where nothing better is known.
    pub(super) fn fallback(&self) -> Span {
        self.fixed.unwrap_or_else(|| match self.tokens.as_slice() {
            [first, .., last] => first.span.union(last.span),
            [only] => only.span,
            [] => Span::new(self.base, self.base),
        })
    }

    /// The first token that starts at or after a byte offset.
    pub(super) fn after(&self, offset: usize) -> Option<usize> {
        let at = self
            .tokens
            .partition_point(|token| token.span.start < offset);
        (at < self.tokens.len()).then_some(at)
    }

    /// The last token that ends at or before a byte offset.
    pub(super) fn before(&self, offset: usize) -> Option<usize> {
        self.tokens
            .partition_point(|token| token.span.end <= offset)
            .checked_sub(1)
    }

    pub(super) fn span_of(&self, at: usize) -> Span {
        self.tokens
            .get(at)
            .map_or_else(|| self.fallback(), |token| token.span)
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        matches!(self.tokens.get(at).map(|t| &t.token), Some(Token::Word(w)) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
    }

    fn is_token(&self, at: usize, token: &Token) -> bool {
        self.tokens.get(at).is_some_and(|t| t.token == *token)
    }

    /// The innermost bracket that is open before a byte offset.
    pub(super) fn enclosing_open(&self, offset: usize) -> Option<usize> {
        let mut at = self.before(offset)?;
        loop {
            match self.tokens[at].token {
                Token::LParen | Token::LBracket => return Some(at),
                Token::RParen | Token::RBracket => at = self.partners[at]?.checked_sub(1)?,
                _ => at = at.checked_sub(1)?,
            }
        }
    }

    /// From the bracket that is open before `inner` to its partner, with the words before it that `keywords` lists.
    pub(super) fn bracketed(&self, inner: Span, keywords: &[&str]) -> Span {
        if self.fixed.is_some() {
            return inner;
        }
        let Some(open) = self.enclosing_open(inner.start) else {
            return inner;
        };
        let Some(close) = self.partners[open] else {
            return inner;
        };
        let whole = self.span_of(open).union(self.span_of(close));
        self.with_words_before(whole, keywords)
    }

    /// Extended over the words directly before it that are in `keywords`.
    pub(super) fn with_words_before(&self, span: Span, keywords: &[&str]) -> Span {
        let mut result = span;
        while let Some(at) = self.before(result.start) {
            if !keywords.iter().any(|word| self.is_word(at, word)) {
                break;
            }
            result.start = self.span_of(at).start;
        }
        result
    }

    /// Extended over the words directly after it that are in `keywords`.
    pub(super) fn with_words_after(&self, span: Span, keywords: &[&str]) -> Span {
        let mut result = span;
        while let Some(at) = self.after(result.end) {
            if !keywords.iter().any(|word| self.is_word(at, word)) {
                break;
            }
            result.end = self.span_of(at).end;
        }
        result
    }

    /// Extended over one operator token directly before it.
    pub(super) fn with_token_before(&self, span: Span) -> Span {
        match self.before(span.start) {
            Some(at) if self.fixed.is_none() => self.span_of(at).union(span),
            _ => span,
        }
    }

    /// Extended over a closing bracket directly after it.
    pub(super) fn with_closing_after(&self, span: Span) -> Span {
        match self.after(span.end) {
            Some(at)
                if self.is_token(at, &Token::RParen) || self.is_token(at, &Token::RBracket) =>
            {
                span.union(self.span_of(at))
            }
            _ => span,
        }
    }

    /// From a function's name to the end of its call: arguments, WITHIN GROUP, FILTER, OVER.
    pub(super) fn call(&self, name: Span) -> Span {
        let mut whole = self.with_bracket_after(name);
        loop {
            let Some(at) = self.after(whole.end) else {
                return whole;
            };
            if self.is_word(at, "within") && self.is_word(at + 1, "group") {
                whole = self.with_bracket_after(whole.union(self.span_of(at + 1)));
            } else if self.is_word(at, "filter") && self.is_token(at + 1, &Token::LParen) {
                whole = self.with_bracket_after(whole.union(self.span_of(at)));
            } else if self.is_word(at, "over") {
                whole = whole.union(self.span_of(at));
                if self.is_token(at + 1, &Token::LParen) {
                    whole = self.with_bracket_after(whole);
                } else {
                    whole = whole.union(self.span_of(at + 1));
                }
            } else {
                return whole;
            }
        }
    }

    /// Extended over a pair of brackets directly after it.
    pub(super) fn with_bracket_after(&self, span: Span) -> Span {
        match self.after(span.end) {
            Some(at)
                if self.is_token(at, &Token::LParen) || self.is_token(at, &Token::LBracket) =>
            {
                match self.partners[at] {
                    Some(close) => span.union(self.span_of(close)),
                    None => span,
                }
            }
            _ => span,
        }
    }

    /// Extended over `::type` directly after it.
    pub(super) fn with_cast_after(&self, span: Span) -> Span {
        let Some(at) = self.after(span.end) else {
            return span;
        };
        if !self.is_token(at, &Token::DoubleColon) {
            return span;
        }
        let mut whole = span.union(self.span_of(at + 1));
        while let Some(next) = self.after(whole.end) {
            if self.is_token(next, &Token::Period) {
                whole = whole.union(self.span_of(next + 1));
            } else if (self.is_token(next, &Token::LParen) || self.is_token(next, &Token::LBracket))
                && !self.is_word(next.wrapping_sub(1), "in")
            {
                let extended = self.with_bracket_after(whole);
                if extended == whole {
                    break;
                }
                whole = extended;
            } else if ["precision", "varying", "zone"]
                .iter()
                .any(|w| self.is_word(next, w))
                || ((self.is_word(next, "with") || self.is_word(next, "without"))
                    && self.is_word(next + 1, "time"))
                || (self.is_word(next, "time") && self.is_word(next + 1, "zone"))
            {
                whole = whole.union(self.span_of(next));
            } else {
                break;
            }
        }
        whole
    }

    /// The keyword that starts at the first token at or after `from` and before `until`, at bracket depth 0.
    pub(super) fn find_word(&self, from: usize, until: usize, words: &[&str]) -> Option<usize> {
        let mut at = self.after(from)?;
        while at < self.tokens.len() && self.tokens[at].span.start < until {
            match self.tokens[at].token {
                Token::LParen | Token::LBracket => at = self.partners[at]? + 1,
                Token::RParen | Token::RBracket => return None,
                _ => {
                    if words.iter().any(|word| self.is_word(at, word)) {
                        return Some(at);
                    }
                    at += 1;
                }
            }
        }
        None
    }

    /// The end of the last token before the bracket around `offset` closes, or of the statement.
    pub(super) fn end_of_level(&self, offset: usize) -> usize {
        let Some(mut at) = self.after(offset) else {
            return self.fallback().end;
        };
        let mut end = offset;
        while at < self.tokens.len() {
            match self.tokens[at].token {
                Token::LParen | Token::LBracket => match self.partners[at] {
                    Some(close) => at = close,
                    None => return end,
                },
                Token::RParen | Token::RBracket => return end,
                _ => {}
            }
            end = self.tokens[at].span.end;
            at += 1;
        }
        end
    }
}
