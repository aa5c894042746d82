use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::definition::ObjectReference;
use crate::catalog::{CatalogExpression, fold_identifier};
use crate::source::{
    Approximation, LineIndex, Span, SyntaxError, nesting, with_grouped_chains, with_table_commands,
    with_workarounds,
};

const DIALECT: PostgreSqlDialect = PostgreSqlDialect {};
/// Levels of parentheses and CASE that a statement of a schema may nest.
const DEEPEST: usize = 60;
const RECURSION_LIMIT: usize = 200;

/// Reads the tokens of one statement in order. Expressions, types and queries are sqlparser's work; the clauses
/// around them, of which sqlparser knows too few, are read word by word.
pub(super) struct Cursor<'a> {
    parser: Parser<'static>,
    lines: LineIndex,
    text: &'a str,
    /// Number of the next token.
    at: usize,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Parsed<Self> {
        let lines = LineIndex::new(text);
        let mut tokens = Tokenizer::new(&DIALECT, text)
            .tokenize_with_location()
            .map_err(|error| SyntaxError {
                message: error.message,
                offset: lines.offset(error.location),
            })?;
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
        let offset_of = |token: &TokenWithSpan| lines.offset(token.span.start);
        if let Some(grouped) = with_grouped_chains(&tokens, offset_of)? {
            tokens = grouped;
        }
        if nesting(&tokens) > DEEPEST {
            return Err(SyntaxError {
                message: "nested too deeply".to_owned(),
                offset: 0,
            });
        }
        Ok(Self {
            parser: parser(tokens),
            lines,
            text,
            at: 0,
        })
    }

    pub(super) fn peek(&self) -> &Token {
        &self.parser.token_at(self.at).token
    }

    pub(super) fn peek_nth(&self, n: usize) -> &Token {
        &self.parser.token_at(self.at + n).token
    }

    pub(super) fn advance(&mut self) {
        if !self.at_end() {
            self.parser.advance_token();
            self.at += 1;
        }
    }

    pub(super) fn at_end(&self) -> bool {
        matches!(self.peek(), Token::EOF)
    }

    /// Byte offset of the next token.
    pub(super) fn offset(&self) -> usize {
        match self.peek() {
            Token::EOF => self.text.len(),
            _ => self.lines.offset(self.parser.token_at(self.at).span.start),
        }
    }

    /// Byte offset of the end of the last token read.
    pub(super) fn previous_end(&self) -> usize {
        match self.at.checked_sub(1) {
            Some(at) => self.lines.offset(self.parser.token_at(at).span.end),
            None => 0,
        }
    }

    pub(super) fn expected<T>(&self, what: &str) -> Parsed<T> {
        let message = match self.peek() {
            Token::EOF => format!("expected {what}, found the end"),
            token => format!("expected {what}, found {token}"),
        };
        Err(SyntaxError {
            message,
            offset: self.offset(),
        })
    }

    /// Whether the next token is that word, without quotes and in any case.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.nth_is_word(0, word)
    }

    pub(super) fn nth_is_word(&self, n: usize, word: &str) -> bool {
        matches!(self.peek_nth(n), Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
    }

    pub(super) fn at_words(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(n, word)| self.nth_is_word(n, word))
    }

    pub(super) fn at_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.at_word(word))
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn take_words(&mut self, words: &[&str]) -> bool {
        let found = self.at_words(words);
        if found {
            words.iter().for_each(|_| self.advance());
        }
        found
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) {
            Ok(())
        } else {
            self.expected(&word.to_uppercase())
        }
    }

    pub(super) fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &Token) -> Parsed<()> {
        if self.take(token) {
            Ok(())
        } else {
            self.expected(&token.to_string())
        }
    }

    /// A name, folded as PostgreSQL folds it.
    pub(super) fn identifier(&mut self) -> Parsed<String> {
        let name = match self.peek() {
            Token::Word(word) => fold_identifier(&word.value, word.quote_style.is_some()),
            _ => return self.expected("a name"),
        };
        self.advance();
        Ok(name)
    }

    /// `name`, `schema.name` or `database.schema.name`.
    pub(super) fn object_reference(&mut self) -> Parsed<ObjectReference> {
        let mut schema = None;
        let mut name = self.identifier()?;
        while self.take(&Token::Period) {
            schema = Some(name);
            name = self.identifier()?;
        }
        Ok(ObjectReference { schema, name })
    }

    /// `(a, b, c)`.
    pub(super) fn identifiers_in_parentheses(&mut self) -> Parsed<Vec<String>> {
        self.in_parentheses(Self::identifier)
    }

    /// Items separated by commas, in parentheses; none is allowed.
    pub(super) fn in_parentheses<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(&Token::LParen)?;
        let mut items = Vec::new();
        if self.take(&Token::RParen) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.expect(&Token::RParen)?;
        Ok(items)
    }

    pub(super) fn string(&mut self) -> Parsed<String> {
        let value = match self.peek() {
            Token::SingleQuotedString(value)
            | Token::EscapedStringLiteral(value)
            | Token::UnicodeStringLiteral(value)
            | Token::NationalStringLiteral(value) => value.clone(),
            Token::DollarQuotedString(value) => value.value.clone(),
            _ => return self.expected("a string"),
        };
        self.advance();
        Ok(value)
    }

    pub(super) fn data_type(&mut self) -> Parsed<ast::DataType> {
        if self.at_word("national") {
            self.advance();
        }
        self.delegate(|parser| parser.parse_data_type())
    }

    /// A query that ends the statement, but for `WITH [NO] DATA` and `WITH CHECK OPTION`.
    pub(super) fn query(&mut self) -> Parsed<Box<ast::Query>> {
        let start = self.at;
        let read = self.delegate(|parser| parser.parse_query());
        let whole = read.is_ok() && (self.at_end() || self.at_word("with"));
        if whole && with_table_commands(&self.tokens_from(start)).is_none() {
            return read;
        }
        match self.rewritten_query(start) {
            Some(rewritten) => rewritten,
            None => read,
        }
    }

    fn tokens_from(&self, start: usize) -> Vec<TokenWithSpan> {
        (start..)
            .map(|n| self.parser.token_at(n).clone())
            .take_while(|token| token.token != Token::EOF)
            .collect()
    }

    /// The query from token `start` on, written so that sqlparser reads it; `None` where that does not help.
    fn rewritten_query(&mut self, start: usize) -> Option<Parsed<Box<ast::Query>>> {
        let tokens = self.tokens_from(0);
        let end = tokens.len() - query_options(&tokens);
        let (rewritten, approximations) = with_workarounds(tokens.get(start..end)?)?;
        let mut own = parser(rewritten);
        let query = own.parse_query().ok()?;
        if own.peek_token_ref().token != Token::EOF {
            return None;
        }
        if approximations.contains(&Approximation::RowExpansion) {
            return Some(Err(SyntaxError {
                message: "the columns of (row).* are not known; write them out".to_owned(),
                offset: tokens
                    .get(start)
                    .map_or(0, |token| self.lines.offset(token.span.start)),
            }));
        }
        self.parser = parser(tokens);
        (0..end).for_each(|_| self.parser.advance_token());
        self.at = end;
        Some(Ok(query))
    }

    /// An expression that ends where sqlparser ends it.
    pub(super) fn expression(&mut self) -> Parsed<CatalogExpression> {
        let start = self.offset();
        let ast = self.delegate(|parser| parser.parse_expr())?;
        Ok(CatalogExpression {
            text: self.slice(Span::new(start, self.previous_end())),
            ast,
        })
    }

    /// `(expression)`, without the parentheses.
    pub(super) fn expression_in_parentheses(&mut self) -> Parsed<CatalogExpression> {
        self.expect(&Token::LParen)?;
        let expression = self.expression()?;
        self.expect(&Token::RParen)?;
        Ok(expression)
    }

    /// The next `count` tokens as one whole expression.
    pub(super) fn expression_of(&mut self, count: usize) -> Parsed<CatalogExpression> {
        let start = self.offset();
        let tokens: Vec<TokenWithSpan> = (0..count)
            .map(|n| self.parser.token_at(self.at + n).clone())
            .collect();
        let mut parser = parser(tokens);
        let ast = parser
            .parse_expr()
            .map_err(|error| self.placed(&parser, error))?;
        if !matches!(parser.peek_token_ref().token, Token::EOF) {
            let token = parser.peek_token_ref();
            return Err(SyntaxError {
                message: format!("unexpected {}", token.token),
                offset: self.lines.offset(token.span.start),
            });
        }
        (0..count).for_each(|_| self.advance());
        Ok(CatalogExpression {
            text: self.slice(Span::new(start, self.previous_end())),
            ast,
        })
    }

    /// How many tokens from `from` on (counted from the next one) a balanced `(...)` takes; `None` where none starts.
    pub(super) fn parenthesised_length(&self, from: usize) -> Option<usize> {
        if *self.peek_nth(from) != Token::LParen {
            return None;
        }
        let mut depth = 0usize;
        let mut n = from;
        loop {
            match self.peek_nth(n) {
                Token::LParen => depth += 1,
                Token::RParen => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(n + 1 - from);
                    }
                }
                Token::EOF => return None,
                _ => {}
            }
            n += 1;
        }
    }

    /// Passes over `(...)` where one starts.
    pub(super) fn skip_parentheses(&mut self) -> Parsed<()> {
        match self.parenthesised_length(0) {
            Some(count) => {
                (0..count).for_each(|_| self.advance());
                Ok(())
            }
            None => self.expected("( ... )"),
        }
    }

    /// Passes over everything up to a comma or closing parenthesis of this level, or the end.
    pub(super) fn skip_item(&mut self) {
        while !matches!(self.peek(), Token::EOF | Token::Comma | Token::RParen) {
            if self.skip_parentheses().is_err() {
                self.advance();
            }
        }
    }

    pub(super) fn expect_end(&self) -> Parsed<()> {
        if self.at_end() {
            Ok(())
        } else {
            self.expected("the end of the statement")
        }
    }

    /// A part of the statement, as written.
    pub(super) fn slice(&self, span: Span) -> String {
        self.text.get(span.start..span.end).unwrap_or("").to_owned()
    }

    fn delegate<T>(
        &mut self,
        parse: impl FnOnce(&mut Parser<'static>) -> Result<T, ParserError>,
    ) -> Parsed<T> {
        let result = parse(&mut self.parser);
        let outcome = result.map_err(|error| self.placed(&self.parser, error));
        // Everything before the parser's next token has been read.
        if outcome.is_ok() {
            self.at = match self.parser.peek_token_ref().token {
                Token::EOF => {
                    let mut end = self.at;
                    while !matches!(self.parser.token_at(end).token, Token::EOF) {
                        end += 1;
                    }
                    end
                }
                _ => self.parser.get_current_index() + 1,
            };
        }
        outcome
    }

    fn placed(&self, parser: &Parser<'_>, error: ParserError) -> SyntaxError {
        let token = parser.peek_token_ref();
        let offset = match token.token {
            Token::EOF => self.text.len(),
            _ => self.lines.offset(token.span.start),
        };
        SyntaxError::of_parser(error, offset)
    }
}

/// How many tokens at the end are `WITH [NO] DATA` or `WITH [LOCAL | CASCADED] CHECK OPTION`.
fn query_options(tokens: &[TokenWithSpan]) -> usize {
    const OPTIONS: &[&str] = &["cascaded", "check", "data", "local", "no", "option"];
    let is_any = |token: &TokenWithSpan, words: &[&str]| {
        matches!(&token.token, Token::Word(word) if word.quote_style.is_none()
            && words.iter().any(|one| word.value.eq_ignore_ascii_case(one)))
    };
    let options = tokens
        .iter()
        .rev()
        .take_while(|token| is_any(token, OPTIONS))
        .count();
    let with = (tokens.len() - options).checked_sub(1);
    match with.and_then(|at| tokens.get(at)) {
        Some(token) if options > 0 && is_any(token, &["with"]) => options + 1,
        _ => 0,
    }
}

fn parser(tokens: Vec<TokenWithSpan>) -> Parser<'static> {
    Parser::new(&DIALECT)
        .with_recursion_limit(RECURSION_LIMIT)
        .with_tokens_with_locations(tokens)
}
