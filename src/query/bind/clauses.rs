use sqlparser::ast::{self, SetExpr, Statement};
use sqlparser::tokenizer::Token;

use crate::query::model::ClauseSpans;
use crate::source::Span;

use super::Binder;

impl Binder<'_> {
    /// Where a query expression starts: its first keyword or bracket.
    pub(super) fn start_of_query(&self, query: &ast::Query) -> Option<usize> {
        match &query.with {
            Some(with) => Some(self.extents.place(with.with_token.0.span)?.start),
            None => self.start_of_body(&query.body),
        }
    }

    /// Where a body starts.
    pub(super) fn start_of_body(&self, body: &SetExpr) -> Option<usize> {
        let keyword = |token: &ast::helpers::attached_token::AttachedToken| {
            Some(self.extents.place(token.0.span)?.start)
        };
        match body {
            SetExpr::Select(select) => keyword(&select.select_token),
            SetExpr::Query(query) => {
                let inner = self.start_of_query(query)?;
                let open = self.extents.enclosing_open(inner)?;
                Some(self.extents.span_of(open).start)
            }
            SetExpr::SetOperation { left, .. } => self.start_of_body(left),
            SetExpr::Values(values) => {
                let row = values.rows.first()?;
                let open = self.extents.place(row.opening_token.0.span)?;
                let at = self.extents.before(open.start)?;
                Some(self.extents.span_of(at).start)
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.start_of_write(statement),
            SetExpr::Table(_) => None,
        }
    }

    /// Where INSERT, UPDATE, DELETE or MERGE starts.
    pub(super) fn start_of_write(&self, statement: &Statement) -> Option<usize> {
        let token = match statement {
            Statement::Insert(insert) => &insert.insert_token,
            Statement::Update(update) => &update.update_token,
            Statement::Delete(delete) => &delete.delete_token,
            Statement::Merge(merge) => &merge.merge_token,
            _ => return None,
        };
        Some(self.extents.place(token.0.span)?.start)
    }

    /// From `start` to the end of its bracket level.
    pub(super) fn level_from(&self, start: Option<usize>) -> Span {
        match start {
            Some(start) => Span::new(start, self.extents.end_of_level(start)),
            None => self.extents.fallback(),
        }
    }

    /// The part of `span` before the first of `words` at its own bracket level, starting the search at `from`.
    pub(super) fn up_to_word(&self, span: Span, from: usize, words: &[&str]) -> Span {
        match self.extents.find_word(from, span.end, words) {
            Some(at) => match at.checked_sub(1) {
                Some(last) => Span::new(span.start, self.extents.span_of(last).end),
                None => span,
            },
            None => span,
        }
    }

    /// The clauses of a SELECT (or the FROM and WHERE of a write) at its own bracket level.
    pub(super) fn clause_spans(&self, span: Span) -> ClauseSpans {
        let mut spans = ClauseSpans::default();
        let tokens = self.extents.tokens();
        let Some(first) = self.extents.after(span.start) else {
            return spans;
        };
        let mut starts: Vec<(usize, Clause)> = Vec::new();
        let mut depth = 0usize;
        let mut list_starts = first + 1;
        for (at, token) in tokens.iter().enumerate().skip(first) {
            if token.span.start >= span.end {
                break;
            }
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                _ => {
                    let word = |text: &str| self.extents.is_word(at, text);
                    // IS [NOT] DISTINCT FROM is no FROM clause
                    let after_distinct = at > first && self.extents.is_word(at - 1, "distinct");
                    let clause = if word("distinct") && at == first + 1 {
                        Some(Clause::Distinct)
                    } else if word("all") && at == first + 1 {
                        list_starts = at + 1;
                        None
                    } else if word("from") && !after_distinct {
                        Some(Clause::From)
                    } else if word("where") {
                        Some(Clause::Where)
                    } else if word("group") && self.extents.is_word(at + 1, "by") {
                        Some(Clause::GroupBy)
                    } else if word("having") {
                        Some(Clause::Having)
                    } else if word("window")
                        || word("returning")
                        || word("using") && at > first && starts.is_empty()
                    {
                        Some(Clause::Other)
                    } else {
                        None
                    };
                    starts.extend(clause.map(|clause| (at, clause)));
                }
            }
        }
        let last = self
            .extents
            .before(span.end)
            .unwrap_or(tokens.len().saturating_sub(1));
        let mut list_ends = last;
        for (number, (at, clause)) in starts.iter().enumerate() {
            let end = starts
                .get(number + 1)
                .map_or(last, |(next, _)| next.saturating_sub(1));
            let whole = self
                .extents
                .span_of(*at)
                .union(self.extents.span_of(end.max(*at)));
            match clause {
                Clause::Distinct => {
                    let mut distinct = self.extents.span_of(*at);
                    list_starts = at + 1;
                    if self.extents.is_word(at + 1, "on") {
                        distinct = self
                            .extents
                            .with_bracket_after(distinct.union(self.extents.span_of(at + 1)));
                        list_starts = self.extents.after(distinct.end).unwrap_or(last);
                    }
                    spans.distinct = Some(distinct);
                    continue;
                }
                Clause::From => spans.from = Some(whole),
                Clause::Where => spans.filter = Some(whole),
                Clause::GroupBy => spans.group_by = Some(whole),
                Clause::Having => spans.having = Some(whole),
                Clause::Other => {}
            }
            list_ends = list_ends.min(at.saturating_sub(1));
        }
        if list_starts <= list_ends {
            spans.select = Some(
                self.extents
                    .span_of(list_starts)
                    .union(self.extents.span_of(list_ends)),
            );
        }
        spans
    }
}

#[derive(Clone, Copy)]
enum Clause {
    Distinct,
    From,
    Where,
    GroupBy,
    Having,
    Other,
}
