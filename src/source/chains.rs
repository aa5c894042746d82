//! Long rows of operators. A parser turns `a OR b OR c ...` into a tree as deep as the row is long, and everything
//! that walks the tree would need as deep a stack: ORs and ANDs are put into groups, other rows have a limit.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::SyntaxError;

/// Operands in a group.
const GROUP: usize = 64;
/// Operators in a row, or set operations, that make no groups.
const LONGEST: usize = 1000;

/// Refuses rows that are too long, and puts parentheses around groups of operands in long rows of AND or OR; `None`
/// where there are none. `offset_of` gives the place of a token for the error.
pub(crate) fn with_grouped_chains(
    tokens: &[TokenWithSpan],
    offset_of: impl Fn(&TokenWithSpan) -> usize,
) -> Result<Option<Vec<TokenWithSpan>>, SyntaxError> {
    if tokens.len() < LONGEST {
        return Ok(None);
    }
    let mut scan = Scan {
        frames: vec![Frame::default()],
        opens: Vec::new(),
        closes: Vec::new(),
    };
    let mut previous = &Token::EOF;
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token.token, Token::Whitespace(_)) {
            continue;
        }
        scan.step(at, &token.token, previous);
        let frame = scan.top();
        if frame.operators > LONGEST || frame.set_operations > LONGEST {
            return Err(SyntaxError {
                message: format!(
                    "more than {LONGEST} operators in a row: use IN, VALUES or an array instead"
                ),
                offset: offset_of(token),
            });
        }
        previous = &token.token;
    }
    while scan.frames.len() > 1 {
        scan.close();
    }
    let Scan {
        mut frames,
        mut opens,
        mut closes,
    } = scan;
    if let Some(mut frame) = frames.pop() {
        frame.flush(&mut opens, &mut closes);
    }
    if opens.is_empty() {
        return Ok(None);
    }
    Ok(Some(insert(tokens, opens, closes)))
}

/// The deepest nesting of parentheses, brackets, CASE, joins, and prefixes such as NOT.
pub(crate) fn nesting(tokens: &[TokenWithSpan]) -> usize {
    let (mut depth, mut deepest, mut prefixes) = (0usize, 0usize, 0usize);
    // Of `a JOIN b JOIN c ON ... ON ...`, where the joins nest.
    let mut open_joins = 0usize;
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            Token::Word(word) if word.keyword == Keyword::CASE => depth += 1,
            Token::Word(word) if word.keyword == Keyword::END => depth = depth.saturating_sub(1),
            Token::Word(word) if word.keyword == Keyword::NOT => prefixes += 1,
            Token::Word(word) if word.keyword == Keyword::JOIN => open_joins += 1,
            Token::Word(word) if matches!(word.keyword, Keyword::ON | Keyword::USING) => {
                open_joins = open_joins.saturating_sub(1);
            }
            Token::Minus | Token::Plus | Token::Tilde | Token::AtSign => prefixes += 1,
            _ => prefixes = 0,
        }
        deepest = deepest.max(depth + prefixes + open_joins);
    }
    deepest
}

/// Puts parentheses behind the tokens of `opens` and before those of `closes`.
fn insert(
    tokens: &[TokenWithSpan],
    mut opens: Vec<usize>,
    mut closes: Vec<usize>,
) -> Vec<TokenWithSpan> {
    opens.sort_unstable();
    closes.sort_unstable();
    let mut output = Vec::with_capacity(tokens.len() + 2 * opens.len());
    let (mut opens, mut closes) = (opens.into_iter().peekable(), closes.into_iter().peekable());
    for (at, token) in tokens.iter().enumerate() {
        while closes.next_if_eq(&at).is_some() {
            output.push(TokenWithSpan {
                token: Token::RParen,
                span: token.span,
            });
        }
        output.push(token.clone());
        while opens.next_if_eq(&at).is_some() {
            output.push(TokenWithSpan {
                token: Token::LParen,
                span: token.span,
            });
        }
    }
    output
}

struct Scan {
    frames: Vec<Frame>,
    opens: Vec<usize>,
    closes: Vec<usize>,
}

/// What has been read of one level of parentheses, or of one CASE.
#[derive(Default)]
struct Frame {
    case: bool,
    ors: Vec<usize>,
    ands: Vec<usize>,
    /// BETWEENs whose AND has not come.
    betweens: usize,
    operators: usize,
    set_operations: usize,
}

impl Frame {
    fn flush_ands(&mut self, opens: &mut Vec<usize>, closes: &mut Vec<usize>) {
        group(&self.ands, opens, closes);
        self.ands.clear();
        self.betweens = 0;
    }

    fn flush(&mut self, opens: &mut Vec<usize>, closes: &mut Vec<usize>) {
        self.flush_ands(opens, closes);
        group(&self.ors, opens, closes);
        self.ors.clear();
        self.operators = 0;
    }
}

/// Groups the operands between the first and the last operator of a row: those alone have both ends in sight.
fn group(operators: &[usize], opens: &mut Vec<usize>, closes: &mut Vec<usize>) {
    if operators.len() <= 2 * GROUP {
        return;
    }
    let mut size = GROUP;
    while size < operators.len() {
        for start in (0..operators.len() - 1).step_by(size) {
            let end = (start + size).min(operators.len() - 1);
            if end > start + 1 {
                opens.push(operators[start]);
                closes.push(operators[end]);
            }
        }
        size *= GROUP;
    }
}

impl Scan {
    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn open(&mut self, case: bool) {
        self.top().operators += 1;
        self.frames.push(Frame {
            case,
            ..Frame::default()
        });
    }

    fn close(&mut self) {
        if self.frames.len() > 1
            && let Some(mut frame) = self.frames.pop()
        {
            frame.flush(&mut self.opens, &mut self.closes);
        }
        // A subscript or argument list belongs to the operand before it.
        let top = self.top();
        top.operators = top.operators.saturating_sub(1);
    }

    fn flush(&mut self) {
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        frame.flush(&mut self.opens, &mut self.closes);
        self.frames.push(frame);
    }

    fn step(&mut self, at: usize, token: &Token, previous: &Token) {
        match token {
            Token::LParen | Token::LBracket => self.open(false),
            Token::RParen | Token::RBracket => {
                while self.frames.len() > 1 && self.top().case {
                    self.close();
                }
                self.close();
            }
            Token::Comma => self.flush(),
            Token::Word(word) if word.quote_style.is_none() => {
                self.word(at, word.keyword, previous)
            }
            Token::Word(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::Placeholder(_)
            | Token::Period => {}
            _ => self.top().operators += 1,
        }
    }

    fn word(&mut self, at: usize, keyword: Keyword, previous: &Token) {
        match keyword {
            Keyword::NoKeyword => {}
            _ if *previous == Token::Period => {}
            Keyword::CASE => self.open(true),
            Keyword::END if self.top().case => self.close(),
            Keyword::OR => {
                let Some(mut frame) = self.frames.pop() else {
                    return;
                };
                frame.flush_ands(&mut self.opens, &mut self.closes);
                frame.ors.push(at);
                frame.operators = 0;
                self.frames.push(frame);
            }
            Keyword::AND => {
                let frame = self.top();
                if frame.betweens > 0 {
                    frame.betweens -= 1;
                } else {
                    frame.ands.push(at);
                    frame.operators = 0;
                }
            }
            Keyword::BETWEEN => self.top().betweens += 1,
            Keyword::NOT | Keyword::IS | Keyword::LIKE | Keyword::ILIKE | Keyword::COLLATE => {
                self.top().operators += 1;
            }
            Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT => {
                self.flush();
                self.top().set_operations += 1;
            }
            Keyword::FROM if is_word(previous, Keyword::DISTINCT) => {}
            Keyword::SELECT
            | Keyword::FROM
            | Keyword::WHERE
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::FETCH
            | Keyword::ON
            | Keyword::JOIN
            | Keyword::USING
            | Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::RETURNING
            | Keyword::SET
            | Keyword::VALUES
            | Keyword::WINDOW
            | Keyword::AS => self.flush(),
            _ => {}
        }
    }
}

fn is_word(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none())
}
