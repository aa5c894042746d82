//! Placeholders of drivers and tools (`?`, `?1`, `%s`, `%(name)s`, `@name`, `:'name'`, `#{name}`, `${name}`, `{{ name }}`),
//! which are no SQL, as one token each; and `IN :names`, which drivers expand to a list, as a list of one.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan};

/// How many tokens a template's expression in braces may have.
const LONGEST_BRACES: usize = 24;

/// The tokens with each placeholder as one; `None` where there is none to change. sqlparser knows `$1` and `:name`
/// by itself.
pub(super) fn with_placeholders(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    if !tokens.iter().any(|token| may_be_placeholder(&token.token)) {
        return None;
    }
    let mut marker = Marker {
        tokens,
        output: Vec::with_capacity(tokens.len()),
        changed: false,
    };
    let mut at = 0;
    while at < tokens.len() {
        at = marker.step(at);
    }
    marker.changed.then_some(marker.output)
}

fn may_be_placeholder(token: &Token) -> bool {
    match token {
        Token::Question
        | Token::QuestionPipe
        | Token::QuestionMarkDash
        | Token::QuestionMarkDoubleVerticalBar
        | Token::Mod
        | Token::AtSign
        | Token::LBrace
        | Token::Colon => true,
        Token::CustomBinaryOperator(operator) => operator.ends_with(['?', '%', '@']),
        _ => false,
    }
}

fn is_in(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.keyword == Keyword::IN && word.quote_style.is_none())
}

struct Marker<'a> {
    tokens: &'a [TokenWithSpan],
    output: Vec<TokenWithSpan>,
    changed: bool,
}

impl Marker<'_> {
    /// Handles the token at `at`; gives the number of the next one.
    fn step(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        let expects_operand = self.expects_operand();
        match &token.token {
            Token::Question
                if expects_operand
                    && matches!(self.adjacent(at), Some(Token::Number(number, false)) if is_ordinal(number)) =>
            {
                self.replace_written(at, 2)
            }
            Token::Question if expects_operand => self.replace(at, 1, "?"),
            Token::Colon
                if self.behind_in() && matches!(self.adjacent(at), Some(Token::Word(_))) =>
            {
                self.replace_written(at, 2)
            }
            Token::LBrace if expects_operand => match self.braces_length(at) {
                Some(length) => self.replace_written(at, length),
                None => self.keep(at),
            },
            Token::Sharp | Token::Placeholder(_)
                if expects_operand && self.adjacent(at) == Some(&Token::LBrace) =>
            {
                match self.braces_length(at + 1) {
                    Some(length) => self.replace_written(at, length + 1),
                    None => self.keep(at),
                }
            }
            // JDBC's way to write the operator.
            Token::Question if self.adjacent(at) == Some(&Token::Question) => {
                let mut operator = token.clone();
                operator.span.end = self.tokens[at + 1].span.end;
                self.output.push(operator);
                self.changed = true;
                at + 2
            }
            Token::QuestionMarkDoubleVerticalBar if expects_operand => {
                self.split(token, 1, "?", Token::StringConcat);
                at + 1
            }
            Token::QuestionMarkDash if expects_operand => {
                self.split(token, 1, "?", Token::Minus);
                at + 1
            }
            Token::QuestionPipe if expects_operand && self.adjacent(at) == Some(&Token::Pipe) => {
                let mut whole = token.clone();
                whole.span.end = self.tokens[at + 1].span.end;
                self.split(&whole, 1, "?", Token::StringConcat);
                at + 2
            }
            Token::Mod if expects_operand => match self.percent_length(at) {
                Some(length) => self.replace_written(at, length),
                None => self.keep(at),
            },
            Token::AtSign
                if expects_operand && matches!(self.adjacent(at), Some(Token::Word(_))) =>
            {
                self.replace_written(at, 2)
            }
            Token::Colon
                if expects_operand
                    && matches!(
                        self.adjacent(at),
                        Some(
                            Token::SingleQuotedString(_)
                                | Token::Word(sqlparser::tokenizer::Word {
                                    quote_style: Some(_),
                                    ..
                                })
                        )
                    ) =>
            {
                self.replace_written(at, 2)
            }
            Token::CustomBinaryOperator(operator) => self.operator_with_placeholder(at, operator),
            _ => self.keep(at),
        }
    }

    /// An operator with the sign of a placeholder stuck to it: `a>=?`, `a<>%s`, `a<=@name`.
    fn operator_with_placeholder(&mut self, at: usize, operator: &str) -> usize {
        let Some(sign) = operator
            .chars()
            .last()
            .filter(|sign| matches!(sign, '?' | '%' | '@'))
        else {
            return self.keep(at);
        };
        let Some(head) = standard_operator(&operator[..operator.len() - 1]) else {
            return self.keep(at);
        };
        let length = match sign {
            '?' => 1,
            '%' => match self.percent_length(at) {
                Some(length) => length,
                None => return self.keep(at),
            },
            _ if matches!(self.adjacent(at), Some(Token::Word(_))) => 2,
            _ => return self.keep(at),
        };
        let token = &self.tokens[at];
        let boundary = Location {
            line: token.span.end.line,
            column: token.span.end.column.saturating_sub(1),
        };
        let rest: String = self.tokens[at + 1..at + length]
            .iter()
            .map(|token| token.token.to_string())
            .collect();
        let end = self.tokens[at + length - 1].span.end;
        self.output.push(TokenWithSpan {
            token: head,
            span: Span::new(token.span.start, boundary),
        });
        self.output.push(TokenWithSpan {
            token: Token::Placeholder(format!("{sign}{rest}")),
            span: Span::new(boundary, end),
        });
        self.changed = true;
        at + length
    }

    /// The number of tokens of `%s` or `%(name)s`, the first of which is the one at `at`.
    fn percent_length(&self, at: usize) -> Option<usize> {
        let is_conversion = |n: usize| {
            matches!(&self.tokens.get(n)?.token, Token::Word(word) if word.quote_style.is_none() && word.value == "s")
                .then_some(())
        };
        match self.adjacent(at)? {
            Token::Word(_) => is_conversion(at + 1).map(|()| 2),
            Token::LParen => {
                let named = matches!(self.tokens.get(at + 2)?.token, Token::Word(_))
                    && self.tokens.get(at + 3)?.token == Token::RParen;
                (named && self.tokens[at + 3].span.end == self.tokens.get(at + 4)?.span.start)
                    .then(|| is_conversion(at + 4).map(|()| 5))?
            }
            _ => None,
        }
    }

    /// The number of tokens from the `{` at `at` to the `}` that closes it: a name, or some few signs.
    fn braces_length(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (n, token) in self
            .tokens
            .get(at..)?
            .iter()
            .take(LONGEST_BRACES)
            .enumerate()
        {
            match &token.token {
                Token::LBrace => depth += 1,
                Token::RBrace if depth == 1 => return (n > 1).then_some(n + 1),
                Token::RBrace => depth -= 1,
                Token::SemiColon => return None,
                _ => {}
            }
        }
        None
    }

    /// Whether IN comes right before.
    fn behind_in(&self) -> bool {
        self.output
            .iter()
            .rev()
            .find(|token| !matches!(token.token, Token::Whitespace(_)))
            .is_some_and(|token| is_in(&token.token))
    }

    /// The token that follows without a space.
    fn adjacent(&self, at: usize) -> Option<&Token> {
        let next = self.tokens.get(at + 1)?;
        (self.tokens[at].span.end == next.span.start).then_some(&next.token)
    }

    fn keep(&mut self, at: usize) -> usize {
        self.output.push(self.tokens[at].clone());
        at + 1
    }

    fn replace_written(&mut self, at: usize, length: usize) -> usize {
        let written: String = self.tokens[at..at + length]
            .iter()
            .map(|token| token.token.to_string())
            .collect();
        self.replace(at, length, &written)
    }

    fn replace(&mut self, at: usize, length: usize, name: &str) -> usize {
        let span = Span::new(
            self.tokens[at].span.start,
            self.tokens[at + length - 1].span.end,
        );
        let list = self.behind_in();
        if list {
            self.output.push(TokenWithSpan {
                token: Token::LParen,
                span: Span::new(span.start, span.start),
            });
        }
        self.output.push(TokenWithSpan {
            token: Token::Placeholder(name.to_owned()),
            span,
        });
        if list {
            self.output.push(TokenWithSpan {
                token: Token::RParen,
                span: Span::new(span.end, span.end),
            });
        }
        self.changed = true;
        at + length
    }

    fn split(&mut self, token: &TokenWithSpan, width: u64, name: &str, rest: Token) {
        let boundary = Location {
            line: token.span.start.line,
            column: token.span.start.column + width,
        };
        self.output.push(TokenWithSpan {
            token: Token::Placeholder(name.to_owned()),
            span: Span::new(token.span.start, boundary),
        });
        self.output.push(TokenWithSpan {
            token: rest,
            span: Span::new(boundary, token.span.end),
        });
        self.changed = true;
    }

    /// Whether what comes next must be a value: after an operator, a parenthesis, a comma or a keyword like AND.
    fn expects_operand(&self) -> bool {
        let mut before = self
            .output
            .iter()
            .rev()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)));
        let Some(previous) = before.next() else {
            return true;
        };
        match &previous.token {
            Token::Word(word) => {
                word.quote_style.is_none()
                    && VALUE_FOLLOWS.contains(&word.keyword)
                    && before
                        .next()
                        .is_none_or(|token| token.token != Token::Period)
            }
            Token::Number(..)
            | Token::Char(_)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::Placeholder(_)
            | Token::RParen
            | Token::RBracket
            | Token::Period => false,
            _ => true,
        }
    }
}

/// Keywords that a value follows.
const VALUE_FOLLOWS: &[Keyword] = &[
    Keyword::ALL,
    Keyword::AND,
    Keyword::ANY,
    Keyword::BETWEEN,
    Keyword::BY,
    Keyword::CASE,
    Keyword::DISTINCT,
    Keyword::ELSE,
    Keyword::ESCAPE,
    Keyword::FETCH,
    Keyword::FIRST,
    Keyword::FOR,
    Keyword::FROM,
    Keyword::HAVING,
    Keyword::ILIKE,
    Keyword::IN,
    Keyword::INTERVAL,
    Keyword::LIKE,
    Keyword::LIMIT,
    Keyword::NEXT,
    Keyword::NOT,
    Keyword::OFFSET,
    Keyword::ON,
    Keyword::OR,
    Keyword::RETURNING,
    Keyword::SELECT,
    Keyword::SET,
    Keyword::SOME,
    Keyword::SYMMETRIC,
    Keyword::THEN,
    Keyword::TO,
    Keyword::USING,
    Keyword::VALUES,
    Keyword::WHEN,
    Keyword::WHERE,
    Keyword::ZONE,
];

fn is_ordinal(number: &str) -> bool {
    number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn standard_operator(operator: &str) -> Option<Token> {
    Some(match operator {
        "=" => Token::Eq,
        "<>" | "!=" => Token::Neq,
        "<" => Token::Lt,
        ">" => Token::Gt,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "||" => Token::StringConcat,
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "~" => Token::Tilde,
        "~*" => Token::TildeAsterisk,
        "!~" => Token::ExclamationMarkTilde,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "@>" => Token::AtArrow,
        "<@" => Token::ArrowAt,
        "&&" => Token::Overlap,
        _ => return None,
    })
}
