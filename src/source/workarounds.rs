//! PostgreSQL's syntax that sqlparser does not read, written in a way that it reads and that means the same to us.
//! Tokens that are put in have the place of those they stand for, so that positions stay true.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace, Word};

/// What a tree says less exactly than the text that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approximation {
    /// `(row).*` is in the tree as `(row)`: the names of the columns it yields are not known.
    RowExpansion,
    /// SEARCH or CYCLE was left out: the columns that it adds to its CTE are not known.
    SearchOrCycle,
    /// The target of ON CONFLICT was left out.
    ConflictTarget,
    /// `BETWEEN SYMMETRIC` is in the tree as BETWEEN.
    SymmetricBetween,
    /// Options of an SQL/JSON function were left out.
    JsonOptions,
}

/// The tokens, rewritten, with what was lost; `None` where nothing is to rewrite.
pub(crate) fn with_workarounds(
    tokens: &[TokenWithSpan],
) -> Option<(Vec<TokenWithSpan>, Vec<Approximation>)> {
    let mut rewriter = Rewriter::new(tokens);
    let mut at = 0;
    while at < rewriter.tokens.len() {
        at = rewriter.step(at);
    }
    let significant = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let changed = !significant.eq(rewriter.output.iter());
    changed.then_some((rewriter.output, rewriter.approximations))
}

/// The tokens with each `TABLE t` that stands as a query written as SELECT; `None` where there is none. sqlparser reads
/// some of them by itself, but as a node whose name nothing else reads.
pub(crate) fn with_table_commands(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let is_table = |token: &Token| {
        matches!(token, Token::Word(word)
            if word.quote_style.is_none() && word.keyword == Keyword::TABLE)
    };
    if !tokens.iter().any(|token| is_table(&token.token)) {
        return None;
    }
    let mut rewriter = Rewriter::new(tokens);
    let mut changed = false;
    for at in 0..rewriter.tokens.len() {
        let command = is_table(&rewriter.tokens[at].token) && rewriter.table_command(at).is_some();
        if !command {
            rewriter.keep(at);
        }
        changed |= command;
    }
    changed.then_some(rewriter.output)
}

/// The tokens without white space, strings that continue on the next line (`'a'` newline `'b'`) made one.
fn joined_strings(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut output: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut new_line = false;
    for token in tokens {
        match &token.token {
            Token::Whitespace(space) => {
                new_line |= matches!(
                    space,
                    Whitespace::Newline | Whitespace::SingleLineComment { .. }
                );
                continue;
            }
            Token::SingleQuotedString(rest) if new_line => {
                if let Some(last) = output.last_mut()
                    && let Token::SingleQuotedString(start) | Token::EscapedStringLiteral(start) =
                        &mut last.token
                {
                    start.push_str(rest);
                    last.span.end = token.span.end;
                    new_line = false;
                    continue;
                }
                output.push(token.clone());
            }
            _ => output.push(token.clone()),
        }
        new_line = false;
    }
    output
}

struct Rewriter {
    tokens: Vec<TokenWithSpan>,
    output: Vec<TokenWithSpan>,
    approximations: Vec<Approximation>,
    /// Depths of parentheses at which the list behind SET of an UPDATE is being read.
    update_depths: Vec<usize>,
    depth: usize,
}

impl Rewriter {
    fn new(tokens: &[TokenWithSpan]) -> Self {
        Rewriter {
            tokens: joined_strings(tokens),
            output: Vec::with_capacity(tokens.len()),
            approximations: Vec::new(),
            update_depths: Vec::new(),
            depth: 0,
        }
    }

    fn step(&mut self, at: usize) -> usize {
        let token = self.tokens[at].token.clone();
        match &token {
            Token::LParen => self.depth += 1,
            Token::RParen => {
                self.depth = self.depth.saturating_sub(1);
                let depth = self.depth;
                self.update_depths.retain(|update| *update <= depth);
                if self.is(at + 1, &Token::Period) && self.is(at + 2, &Token::Mul) {
                    self.approximations.push(Approximation::RowExpansion);
                    self.keep(at);
                    return at + 3;
                }
            }
            // `t.*::t`, as pg_dump writes the whole row
            Token::Period
                if self.is(at + 1, &Token::Mul) && self.is(at + 2, &Token::DoubleColon) =>
            {
                return at + 2;
            }
            Token::LBracket if self.assigns_element(at) => {
                return self.closing(at).map_or(at + 1, |end| end + 1);
            }
            Token::UnicodeStringLiteral(_) if self.is_word(at + 1, "uescape") => {
                self.keep(at);
                return at + 3;
            }
            Token::Word(word) if word.quote_style.is_none() => {
                let after_period = self
                    .output
                    .last()
                    .is_some_and(|token| token.token == Token::Period);
                if !after_period && let Some(next) = self.word(at, word) {
                    return next;
                }
            }
            _ => {}
        }
        self.keep(at);
        at + 1
    }

    /// Rewrites what starts with a keyword; `None` leaves the word as it is.
    fn word(&mut self, at: usize, word: &Word) -> Option<usize> {
        match word.keyword {
            Keyword::FOR => self.row_lock(at),
            Keyword::AS => self.column_definitions(at),
            // ON would be taken for the alias of the last expression; LIMIT ALL says nothing
            Keyword::ON if self.is_word(at + 1, "conflict") && self.ends_select_list() => {
                self.insert(at, keyword("LIMIT", Keyword::LIMIT));
                self.insert(at, keyword("ALL", Keyword::ALL));
                None
            }
            Keyword::CONFLICT => self.conflict_target(at),
            Keyword::TABLE => self.table_command(at),
            Keyword::SEARCH | Keyword::CYCLE => self.search_or_cycle(at),
            Keyword::SET if self.is_update_set(at) => {
                self.update_depths.push(self.depth);
                None
            }
            Keyword::FROM | Keyword::WHERE | Keyword::RETURNING => {
                let depth = self.depth;
                self.update_depths.retain(|update| *update < depth);
                None
            }
            Keyword::CURRENT if self.is_word(at + 1, "of") => {
                // Exactly the row that the cursor stands on.
                self.insert(at, self.name("ctid"));
                self.insert(at + 1, Token::Eq);
                self.insert(
                    at + 2,
                    Token::Placeholder(self.tokens.get(at + 2)?.token.to_string()),
                );
                Some(at + 3)
            }
            Keyword::ROWS if self.is_word(at + 1, "from") && self.is(at + 2, &Token::LParen) => {
                self.rows_from(at)
            }
            Keyword::GROUP
                if self.is_word(at + 1, "by")
                    && (self.is_word(at + 2, "distinct") || self.is_word(at + 2, "all"))
                    && at + 3 < self.tokens.len() =>
            {
                self.keep(at);
                self.keep(at + 1);
                Some(at + 3)
            }
            Keyword::DEFAULT if self.is_word(at + 1, "values") && self.after_word("insert") => {
                self.keep(at + 1);
                self.insert(at, Token::LParen);
                self.keep(at);
                self.insert(at + 1, Token::RParen);
                Some(at + 2)
            }
            Keyword::LOCAL if self.after_word("at") => {
                self.insert(at, self.name("TIME"));
                self.insert(at, self.name("ZONE"));
                self.insert(at, Token::SingleQuotedString("localtime".to_owned()));
                Some(at + 1)
            }
            Keyword::SYMMETRIC if self.after_word("between") => {
                self.approximations.push(Approximation::SymmetricBetween);
                Some(at + 1)
            }
            Keyword::ASYMMETRIC if self.after_word("between") => Some(at + 1),
            // `FETCH FIRST (3) ROWS`, as pg_dump writes it
            Keyword::FETCH
                if (self.is_word(at + 1, "first") || self.is_word(at + 1, "next"))
                    && self.is(at + 2, &Token::LParen)
                    && self.is(at + 4, &Token::RParen) =>
            {
                self.keep(at);
                self.keep(at + 1);
                self.keep(at + 3);
                Some(at + 5)
            }
            Keyword::EXCLUDE => self.frame_exclusion(at),
            Keyword::VARIADIC if self.after_sign(&[Token::LParen, Token::Comma]) => Some(at + 1),
            Keyword::ANY | Keyword::ALL | Keyword::SOME if self.is(at + 1, &Token::LParen) => {
                self.quantified(at)
            }
            Keyword::COLLATION if self.is_word(at + 1, "for") => {
                self.insert(at, self.name("collation_for"));
                Some(at + 2)
            }
            Keyword::SUBSTRING if self.is(at + 1, &Token::LParen) => self.substring_similar(at),
            Keyword::JSON_TABLE if self.is(at + 1, &Token::LParen) => self.json_table(at),
            // says nothing before a function
            Keyword::LATERAL
                if self.is_word(at + 1, "xmltable") || self.is_word(at + 1, "json_table") =>
            {
                Some(at + 1)
            }
            Keyword::ONLY if self.after_word("on") && self.starts_with("create") => Some(at + 1),
            Keyword::INTO if self.starts_with("insert") => self.insert_columns(at),
            Keyword::WITH if self.starts_with("create") => self.view_option(at),
            // A truth that is not known before, NULL for NULL: what matters to us of IS DOCUMENT.
            _ if word.value.eq_ignore_ascii_case("document")
                && (self.after_word("is") || self.after_word("not")) =>
            {
                self.insert(at, self.name("JSON"));
                Some(at + 1)
            }
            _ if word.value.eq_ignore_ascii_case("isnull") => {
                self.insert(at, keyword("IS", Keyword::IS));
                self.insert(at, keyword("NULL", Keyword::NULL));
                Some(at + 1)
            }
            _ if word.value.eq_ignore_ascii_case("notnull") => {
                self.insert(at, keyword("IS", Keyword::IS));
                self.insert(at, keyword("NOT", Keyword::NOT));
                self.insert(at, keyword("NULL", Keyword::NULL));
                Some(at + 1)
            }
            _ => self.function_syntax(at, word),
        }
    }

    /// `FOR NO KEY UPDATE`, `FOR KEY SHARE`: which rows are locked is the same.
    fn row_lock(&mut self, at: usize) -> Option<usize> {
        if self.is_word(at + 1, "no") && self.is_word(at + 2, "key") {
            self.keep(at);
            Some(at + 3)
        } else if self.is_word(at + 1, "key") && self.is_word(at + 2, "share") {
            self.keep(at);
            Some(at + 2)
        } else {
            None
        }
    }

    /// `f(...) AS (a int, b text)`: the alias is the function's name.
    fn column_definitions(&mut self, at: usize) -> Option<usize> {
        let defines = self.is(at + 1, &Token::LParen)
            && self.after_sign(&[Token::RParen])
            && matches!(self.get(at + 2), Some(Token::Word(word)) if !starts_query(word))
            && matches!(self.get(at + 3), Some(Token::Word(_)));
        if !defines {
            return None;
        }
        let name = self.called_function()?;
        self.keep(at);
        self.insert(at, name);
        Some(at + 1)
    }

    /// The name of the function whose arguments the output ends with.
    fn called_function(&self) -> Option<Token> {
        let mut depth = 0usize;
        for (n, token) in self.output.iter().enumerate().rev() {
            match token.token {
                Token::RParen => depth += 1,
                Token::LParen => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        let name = &self.output.get(n.checked_sub(1)?)?.token;
                        return matches!(name, Token::Word(_)).then(|| name.clone());
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// `ON CONFLICT (lower(a)) WHERE ... DO`: everything but a plain list of columns goes.
    fn conflict_target(&mut self, at: usize) -> Option<usize> {
        if !self.is(at + 1, &Token::LParen) {
            return None;
        }
        let end = self.closing(at + 1)?;
        let plain = (at + 2..end).all(|n| {
            matches!(self.get(n), Some(Token::Word(_)) if (n - at).is_multiple_of(2))
                || (self.is(n, &Token::Comma) && !(n - at).is_multiple_of(2))
        });
        if plain && self.is_word(end + 1, "do") {
            return None;
        }
        let action = (end..self.tokens.len()).find(|n| {
            self.is_word(*n, "do")
                && (self.is_word(n + 1, "nothing") || self.is_word(n + 1, "update"))
        })?;
        self.approximations.push(Approximation::ConflictTarget);
        self.keep(at);
        Some(action)
    }

    /// Whether what was read last is the list of a SELECT, without a clause behind it.
    fn ends_select_list(&self) -> bool {
        let mut depth = 0_usize;
        for token in self.output.iter().rev() {
            match &token.token {
                Token::RParen => depth += 1,
                Token::LParen if depth == 0 => return false,
                Token::LParen => depth -= 1,
                Token::Word(word) if depth == 0 && word.quote_style.is_none() => {
                    match word.keyword {
                        Keyword::SELECT => return true,
                        Keyword::FROM
                        | Keyword::WHERE
                        | Keyword::GROUP
                        | Keyword::HAVING
                        | Keyword::WINDOW
                        | Keyword::ORDER
                        | Keyword::LIMIT
                        | Keyword::OFFSET
                        | Keyword::FETCH
                        | Keyword::VALUES => return false,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// `TABLE t` as a query.
    fn table_command(&mut self, at: usize) -> Option<usize> {
        let starts = self.after_insert_target()
            || match self.output.last().map(|token| &token.token) {
                None | Some(Token::LParen) => true,
                Some(Token::Word(word)) => matches!(
                    word.keyword,
                    Keyword::UNION
                        | Keyword::ALL
                        | Keyword::DISTINCT
                        | Keyword::INTERSECT
                        | Keyword::EXCEPT
                        | Keyword::AS
                ),
                Some(Token::RParen) => self.starts_with("with"),
                _ => false,
            };
        if !starts || !matches!(self.get(at + 1), Some(Token::Word(_))) {
            return None;
        }
        self.insert(at, keyword("SELECT", Keyword::SELECT));
        self.insert(at, Token::Mul);
        self.insert(at, keyword("FROM", Keyword::FROM));
        Some(at + 1)
    }

    /// Whether the output ends with `INTO name (columns) OVERRIDING ... VALUE`, of which a query may follow.
    fn after_insert_target(&self) -> bool {
        let mut depth = 0usize;
        for (back, token) in self.output.iter().rev().enumerate() {
            match &token.token {
                Token::RParen => depth += 1,
                Token::LParen if depth > 0 => depth -= 1,
                Token::Word(word) if depth == 0 => {
                    if word.quote_style.is_none() && word.keyword == Keyword::INTO {
                        // `SELECT ... INTO TABLE t`
                        return back > 0;
                    }
                    if starts_query(word) {
                        return false;
                    }
                }
                Token::Period => {}
                _ if depth > 0 => {}
                _ => return false,
            }
        }
        false
    }

    /// `SEARCH ... SET column`, `CYCLE ... USING column`, behind a CTE.
    fn search_or_cycle(&mut self, at: usize) -> Option<usize> {
        if !self.after_sign(&[Token::RParen]) || !matches!(self.get(at + 1), Some(Token::Word(_))) {
            return None;
        }
        let mut end = at + 1;
        while end < self.tokens.len() {
            match self.get(end) {
                Some(Token::Word(word)) if word.quote_style.is_none() => {
                    let clause = matches!(word.keyword, Keyword::SEARCH | Keyword::CYCLE);
                    if starts_query(word) || clause {
                        break;
                    }
                }
                Some(Token::LParen) => break,
                // A comma between the columns of the clause, or before the next CTE.
                Some(Token::Comma)
                    if self.is_word(end + 2, "as") || self.is(end + 2, &Token::LParen) =>
                {
                    break;
                }
                _ => {}
            }
            end += 1;
        }
        self.approximations.push(Approximation::SearchOrCycle);
        Some(end)
    }

    fn is_update_set(&self, at: usize) -> bool {
        let update = self.output.iter().any(|token| {
            matches!(&token.token, Token::Word(word) if word.keyword == Keyword::UPDATE && word.quote_style.is_none())
        });
        update && matches!(self.get(at + 1), Some(Token::Word(_) | Token::LParen))
    }

    /// `SET a[1] = ...`: the column is what is assigned to.
    fn assigns_element(&self, at: usize) -> bool {
        if !self.update_depths.contains(&self.depth) {
            return false;
        }
        let mut before = self.output.iter().rev();
        let is_name = matches!(
            before.next().map(|token| &token.token),
            Some(Token::Word(_))
        );
        let opens = match before.next().map(|token| &token.token) {
            Some(Token::Comma) => true,
            Some(Token::Word(word)) => word.keyword == Keyword::SET,
            _ => false,
        };
        let mut end = at;
        while self.is(end, &Token::LBracket) {
            match self.closing(end) {
                Some(close) => end = close + 1,
                None => return false,
            }
        }
        is_name && opens && self.is(end, &Token::Eq)
    }

    /// `INSERT INTO t (a, b[1], c.d)`: the columns alone.
    fn insert_columns(&mut self, at: usize) -> Option<usize> {
        let mut next = at + 1;
        while matches!(self.get(next), Some(Token::Word(_) | Token::Period)) {
            next += 1;
        }
        if !self.is(next, &Token::LParen)
            || matches!(self.get(next + 1), Some(Token::Word(word)) if starts_query(word))
        {
            return None;
        }
        let end = self.closing(next)?;
        (at..=next).for_each(|n| self.keep(n));
        let mut n = next + 1;
        while n < end {
            if self.is(n, &Token::LBracket) {
                n = self.closing(n)? + 1;
            } else if self.is(n, &Token::Period) {
                n += 2;
            } else {
                self.keep(n);
                n += 1;
            }
        }
        self.keep(end);
        Some(end + 1)
    }

    /// `ROWS FROM (f(), g() AS (a int))` as one function of both.
    fn rows_from(&mut self, at: usize) -> Option<usize> {
        let end = self.closing(at + 2)?;
        self.insert(at, self.name("rows_from"));
        let mut n = at + 2;
        while n <= end {
            if self.is_word(n, "as") && self.is(n + 1, &Token::LParen) {
                n = self.closing(n + 1)? + 1;
            } else {
                self.keep(n);
                n += 1;
            }
        }
        Some(end + 1)
    }

    /// `= ANY (VALUES ...)`, and `LIKE ANY (SELECT ...)`, for which sqlparser wants parentheses of their own.
    fn quantified(&mut self, at: usize) -> Option<usize> {
        let end = self.closing(at + 1)?;
        let values = self.is_word(at + 2, "values");
        if !values && !self.is_word(at + 2, "select") {
            return None;
        }
        let matches_pattern = self.after_word("like") || self.after_word("ilike");
        if !values && !matches_pattern {
            return None;
        }
        self.keep(at);
        self.keep(at + 1);
        if matches_pattern {
            self.insert(at + 1, Token::LParen);
        }
        if values {
            self.insert(at + 2, keyword("SELECT", Keyword::SELECT));
            self.insert(at + 2, Token::Mul);
            self.insert(at + 2, keyword("FROM", Keyword::FROM));
            self.insert(at + 2, Token::LParen);
        }
        (at + 2..end).for_each(|n| self.keep(n));
        if values {
            self.insert(end, Token::RParen);
            self.insert(end, keyword("AS", Keyword::AS));
            self.insert(end, self.name("quantified_values"));
        }
        if matches_pattern {
            self.insert(end, Token::RParen);
        }
        self.keep(end);
        Some(end + 1)
    }

    /// `EXCLUDE TIES` and its like in a window's frame.
    fn frame_exclusion(&mut self, at: usize) -> Option<usize> {
        if self.is_word(at + 1, "ties") || self.is_word(at + 1, "group") {
            Some(at + 2)
        } else if (self.is_word(at + 1, "current") && self.is_word(at + 2, "row"))
            || (self.is_word(at + 1, "no") && self.is_word(at + 2, "others"))
        {
            Some(at + 3)
        } else {
            None
        }
    }

    /// `substring(a SIMILAR b ESCAPE c)` as a plain call.
    fn substring_similar(&mut self, at: usize) -> Option<usize> {
        let end = self.closing(at + 1)?;
        if !(at + 2..end).any(|n| self.is_word(n, "similar")) {
            return None;
        }
        self.insert(at, self.name("substring_similar"));
        for n in at + 1..=end {
            if self.is_word(n, "similar") || self.is_word(n, "escape") {
                self.insert(n, Token::Comma);
            } else {
                self.keep(n);
            }
        }
        Some(end + 1)
    }

    /// `JSON_TABLE(value, path COLUMNS (...)) AS t` as a function with column definitions: `json_table(value) AS t(...)`.
    fn json_table(&mut self, at: usize) -> Option<usize> {
        let end = self.closing(at + 1)?;
        let columns = (at + 2..end)
            .find(|n| self.is_word(*n, "columns") && self.is(n + 1, &Token::LParen))?;
        let mut depth = 0usize;
        let value_end = (at + 2..end).find(|n| {
            match self.get(*n) {
                Some(Token::LParen | Token::LBracket) => depth += 1,
                Some(Token::RParen | Token::RBracket) => depth = depth.saturating_sub(1),
                Some(Token::Comma) => return depth == 0,
                _ => {}
            }
            false
        })?;
        let mut definitions = Vec::new();
        self.json_columns(columns + 1, &mut definitions)?;
        let name = Token::Word(Word {
            value: "json_table".to_owned(),
            quote_style: None,
            keyword: Keyword::NoKeyword,
        });
        self.insert(at, name.clone());
        (at + 1..value_end).for_each(|n| self.keep(n));
        if let Some(passing) = (value_end..columns).find(|n| self.is_word(*n, "passing")) {
            self.insert(passing, Token::Comma);
            self.passed_values(passing + 1, columns);
        }
        self.insert(end, Token::RParen);
        self.insert(end, keyword("AS", Keyword::AS));
        let mut next = end + 1;
        if self.is_word(next, "as") {
            next += 1;
        }
        match self.get(next) {
            Some(Token::Word(word)) if word.quote_style.is_some() || !ends_relation(word) => {
                self.keep(next);
                next += 1;
            }
            _ => self.insert(end, name),
        }
        self.insert(end, Token::LParen);
        self.output.extend(definitions);
        self.insert(end, Token::RParen);
        Some(next)
    }

    /// The values of PASSING without the names they are passed under.
    fn passed_values(&mut self, from: usize, end: usize) {
        let mut n = from;
        while n < end {
            if self.is_word(n, "as") || self.is_word(n, "by") {
                n += 2;
            } else {
                self.keep(n);
                n += 1;
            }
        }
    }

    /// Names and types of the columns in the parentheses at `open`, those of NESTED ones included.
    fn json_columns(&self, open: usize, definitions: &mut Vec<TokenWithSpan>) -> Option<()> {
        let end = self.closing(open)?;
        let mut n = open + 1;
        while n < end {
            let item_end = self.item_end(n, end);
            if self.is_word(n, "nested") {
                let columns = (n..item_end).find(|n| self.is_word(*n, "columns"))?;
                self.json_columns(columns + 1, definitions)?;
            } else {
                if !definitions.is_empty() {
                    definitions.push(TokenWithSpan {
                        token: Token::Comma,
                        span: self.tokens[n].span,
                    });
                }
                definitions.push(self.tokens[n].clone());
                if self.is_word(n + 1, "for") {
                    definitions.push(TokenWithSpan {
                        token: self.name("int"),
                        span: self.tokens[n + 1].span,
                    });
                } else {
                    let options = [
                        "path", "exists", "format", "with", "without", "keep", "omit", "default",
                        "null", "error", "empty",
                    ];
                    let type_end = (n + 1..item_end)
                        .find(|n| options.iter().any(|option| self.is_word(*n, option)))
                        .unwrap_or(item_end);
                    definitions.extend(self.tokens[n + 1..type_end].iter().cloned());
                }
            }
            n = item_end + 1;
        }
        Some(())
    }

    fn item_end(&self, from: usize, end: usize) -> usize {
        let mut n = from;
        while n < end && !self.is(n, &Token::Comma) {
            n = if self.is(n, &Token::LParen) {
                self.closing(n).map_or(end, |close| close + 1)
            } else {
                n + 1
            };
        }
        n.min(end)
    }

    /// `WITH CHECK OPTION` and `WITH [NO] DATA` at the end of a CREATE.
    fn view_option(&mut self, at: usize) -> Option<usize> {
        let rest = &self.tokens[at + 1..];
        let is_option = rest.len() <= 3
            && rest.iter().all(|token| {
                matches!(&token.token, Token::Word(word) if ["local", "cascaded", "check", "option", "no", "data"]
                    .iter()
                    .any(|option| word.value.eq_ignore_ascii_case(option)))
            });
        (is_option && !rest.is_empty()).then_some(self.tokens.len())
    }

    /// Functions whose arguments are written with words: xmlserialize, xmlparse, xmlelement, JSON_QUERY and others.
    fn function_syntax(&mut self, at: usize, word: &Word) -> Option<usize> {
        if !self.is(at + 1, &Token::LParen) {
            return None;
        }
        let end = self.closing(at + 1)?;
        match word.value.to_ascii_lowercase().as_str() {
            "json_array" if self.is_word(at + 2, "select") => {
                self.keep(at);
                self.keep(at + 1);
                (at + 1..=end).for_each(|n| self.keep(n));
                self.insert(end, Token::RParen);
                Some(end + 1)
            }
            "xmlserialize" => {
                self.insert(at, keyword("CAST", Keyword::CAST));
                self.keep(at + 1);
                Some(at + 3)
            }
            "xmlelement" | "xmlpi" if self.is_word(at + 2, "name") => {
                self.keep(at);
                self.keep(at + 1);
                let name = self.get(at + 3)?.to_string();
                self.insert(at + 3, Token::SingleQuotedString(name));
                Some(at + 4)
            }
            "json_value" | "json_query" | "json_exists" | "json_object" | "json_array"
            | "json_objectagg" | "json_arrayagg" | "json_scalar" | "json_serialize" | "json" => {
                let options = [
                    "returning",
                    "with",
                    "without",
                    "null",
                    "error",
                    "empty",
                    "default",
                    "keep",
                    "omit",
                    "absent",
                    "true",
                    "false",
                    "unknown",
                    "format",
                ];
                let mut depth = 0usize;
                let option = (at + 2..end).find(|n| {
                    match self.get(*n) {
                        Some(Token::LParen | Token::LBracket) => depth += 1,
                        Some(Token::RParen | Token::RBracket) => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    depth == 0
                        && *n > at + 2
                        && !self.is(n - 1, &Token::Comma)
                        && options.iter().any(|option| self.is_word(*n, option))
                })?;
                self.approximations.push(Approximation::JsonOptions);
                self.with_passing(at, option);
                self.keep(end);
                Some(end + 1)
            }
            "xmlexists" | "xmltext" if (at + 2..end).any(|n| self.is_word(n, "passing")) => {
                self.with_passing(at, end);
                self.keep(end);
                Some(end + 1)
            }
            "xmlroot" => {
                let value_end = (at + 2..end)
                    .find(|n| self.is(*n, &Token::Comma) && self.is_word(n + 1, "version"))?;
                (at..value_end).for_each(|n| self.keep(n));
                self.keep(end);
                Some(end + 1)
            }
            _ => None,
        }
    }

    /// Keeps a call up to `end`, what is behind PASSING as further arguments.
    fn with_passing(&mut self, at: usize, end: usize) {
        let passing = (at..end)
            .find(|n| self.is_word(*n, "passing"))
            .unwrap_or(end);
        (at..passing).for_each(|n| self.keep(n));
        if passing < end {
            self.insert(passing, Token::Comma);
            self.passed_values(passing + 1, end);
        }
    }

    fn get(&self, n: usize) -> Option<&Token> {
        self.tokens.get(n).map(|token| &token.token)
    }

    fn is(&self, n: usize, token: &Token) -> bool {
        self.get(n) == Some(token)
    }

    fn is_word(&self, n: usize, expected: &str) -> bool {
        matches!(self.get(n), Some(Token::Word(word))
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
    }

    fn after_word(&self, expected: &str) -> bool {
        matches!(self.output.last().map(|token| &token.token), Some(Token::Word(word))
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
    }

    fn after_sign(&self, signs: &[Token]) -> bool {
        self.output
            .last()
            .is_some_and(|token| signs.contains(&token.token))
    }

    fn starts_with(&self, word: &str) -> bool {
        self.is_word(0, word)
    }

    /// The token that closes the parenthesis or bracket at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (n, token) in self.tokens.iter().enumerate().skip(open) {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => {
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

    fn keep(&mut self, n: usize) {
        if let Some(token) = self.tokens.get(n) {
            self.output.push(token.clone());
        }
    }

    /// Puts a token in at the place of the one at `n`.
    fn insert(&mut self, n: usize, token: Token) {
        let span = self
            .tokens
            .get(n)
            .or(self.tokens.last())
            .map(|token| token.span);
        if let Some(span) = span {
            self.output.push(TokenWithSpan { token, span });
        }
    }

    fn name(&self, name: &str) -> Token {
        Token::make_keyword(name)
    }
}

fn keyword(text: &str, keyword: Keyword) -> Token {
    Token::Word(Word {
        value: text.to_owned(),
        quote_style: None,
        keyword,
    })
}

fn starts_query(word: &Word) -> bool {
    word.quote_style.is_none()
        && matches!(
            word.keyword,
            Keyword::SELECT
                | Keyword::VALUES
                | Keyword::WITH
                | Keyword::TABLE
                | Keyword::INSERT
                | Keyword::UPDATE
                | Keyword::DELETE
                | Keyword::MERGE
        )
}

/// Whether a word behind a relation is no alias of it.
fn ends_relation(word: &Word) -> bool {
    matches!(
        word.keyword,
        Keyword::WHERE
            | Keyword::JOIN
            | Keyword::LEFT
            | Keyword::RIGHT
            | Keyword::FULL
            | Keyword::INNER
            | Keyword::CROSS
            | Keyword::NATURAL
            | Keyword::ON
            | Keyword::USING
            | Keyword::GROUP
            | Keyword::ORDER
            | Keyword::HAVING
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::FETCH
            | Keyword::FOR
            | Keyword::UNION
            | Keyword::INTERSECT
            | Keyword::EXCEPT
            | Keyword::WINDOW
            | Keyword::RETURNING
    )
}
