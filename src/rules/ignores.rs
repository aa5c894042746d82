use std::sync::Arc;

use super::{Evidence, Finding, Severity, by_name, nearest_rule};
use crate::source::{Location, SourceFile, Span};

/// Every directive starts with it.
pub(super) const MARK: &str = "whyslow:";

/// The `-- whyslow: ignore rule (reason)` comments of one file, and which of them hid something.
#[derive(Debug)]
pub(super) struct Ignores {
    file: Arc<SourceFile>,
    entries: Vec<Ignore>,
}

#[derive(Debug)]
struct Ignore {
    comment: Span,
    rule: String,
    scope: Scope,
    used: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    File,
    /// Byte range that a finding has to touch.
    Touching(Span),
    /// A directive that could not be understood.
    Nothing,
}

impl Ignores {
    /// Reads the directives in `comments` (their byte ranges); `statements` are the byte ranges of the statements'
    /// own text, both in order.
    pub(super) fn read(file: &Arc<SourceFile>, comments: &[Span], statements: &[Span]) -> Self {
        let mut entries = Vec::new();
        for &comment in comments {
            let Some(directive) = directive(file.slice(comment)) else {
                continue;
            };
            let scope = match directive.kind {
                Kind::File => Scope::File,
                Kind::Line => scope_of(file.text(), comment, comments, statements),
                Kind::Unknown => Scope::Nothing,
            };
            entries.extend(directive.rules.into_iter().map(|rule| Ignore {
                comment,
                rule,
                scope,
                used: false,
            }));
        }
        Self {
            file: Arc::clone(file),
            entries,
        }
    }

    /// The name of the file.
    pub(super) fn path(&self) -> &str {
        self.file.path()
    }

    /// Whether a comment hides the finding; remembers that it did.
    pub(super) fn hide(&mut self, finding: &Finding) -> bool {
        let Some(location) = &finding.location else {
            return false;
        };
        let mut hidden = false;
        for entry in &mut self.entries {
            if entry.rule == finding.rule && entry.scope.covers(location.span) {
                entry.used = true;
                hidden = true;
            }
        }
        hidden
    }

    /// One finding for each directive that hid nothing; `switched_off` tells rules that did not run.
    pub(super) fn unused(&self, switched_off: impl Fn(&str) -> bool) -> Vec<Finding> {
        self.entries
            .iter()
            .filter(|entry| !entry.used && !switched_off(&entry.rule))
            .map(|entry| self.finding(entry))
            .collect()
    }

    fn finding(&self, entry: &Ignore) -> Finding {
        let (message, why) = if entry.rule.is_empty() {
            (
                "this comment names no rule to ignore".to_owned(),
                "write -- whyslow: ignore rule-name (reason)".to_owned(),
            )
        } else if by_name(&entry.rule).is_none() {
            let remedy = match nearest_rule(&entry.rule) {
                Some(name) => format!("did you mean {name}?"),
                None => "`whyslow rules` lists them all".to_owned(),
            };
            (format!("no rule is named {}", entry.rule), remedy)
        } else {
            (
                format!("nothing here is reported by {}", entry.rule),
                "remove the comment: it would hide the finding should it come back".to_owned(),
            )
        };
        Finding {
            rule: "unused-ignore",
            severity: Severity::Info,
            evidence: Evidence::Schema,
            location: Some(Location {
                file: Arc::clone(&self.file),
                span: entry.comment,
            }),
            statement: None,
            relation: None,
            table: None,
            columns: Vec::new(),
            index: None,
            message,
            why: vec![why],
            label: None,
            facts: indexmap::IndexMap::new(),
            fixes: Vec::new(),
        }
    }
}

impl Scope {
    fn covers(self, span: Span) -> bool {
        match self {
            Self::File => true,
            Self::Touching(range) => span.start <= range.end && range.start <= span.end,
            Self::Nothing => false,
        }
    }
}

enum Kind {
    Line,
    File,
    Unknown,
}

struct Directive {
    kind: Kind,
    rules: Vec<String>,
}

/// What a comment asks for; `None` for ordinary comments.
fn directive(comment: &str) -> Option<Directive> {
    let text = comment
        .trim_start_matches("--")
        .trim_start_matches("/*")
        .trim_end_matches("*/")
        .trim();
    let text = text.strip_prefix(MARK)?.trim_start();
    let (word, rest) = match text.find(char::is_whitespace) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let kind = match word {
        "ignore" => Kind::Line,
        "ignore-file" => Kind::File,
        _ => {
            return Some(Directive {
                kind: Kind::Unknown,
                rules: vec![String::new()],
            });
        }
    };
    let names = rest.split('(').next().unwrap_or_default();
    let mut rules: Vec<String> = names
        .split([',', ' ', '\t'])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if rules.is_empty() {
        rules.push(String::new());
    }
    Some(Directive { kind, rules })
}

/// What an `ignore` comment is for: its own line where something stands before it; else the next line that is not
/// comment or blank, and the whole statement where that line starts one.
fn scope_of(text: &str, comment: Span, comments: &[Span], statements: &[Span]) -> Scope {
    let line_start = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    if !text[line_start..comment.start].trim().is_empty() {
        return Scope::Touching(Span::new(line_start, comment.end));
    }
    let Some(target) = next_code(text, comment.end, comments) else {
        return Scope::Nothing;
    };
    let line_start = text[..target].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[target..]
        .find('\n')
        .map_or(text.len(), |at| target + at);
    let begins = statements
        .iter()
        .find(|statement| (line_start..=target).contains(&statement.start));
    Scope::Touching(match begins {
        Some(statement) => *statement,
        None => Span::new(target, line_end),
    })
}

/// The first byte at or after `from` that is neither white space nor comment.
fn next_code(text: &str, mut from: usize, comments: &[Span]) -> Option<usize> {
    loop {
        let rest = text.get(from..)?;
        from += rest.find(|c: char| !c.is_whitespace())?;
        match comments
            .iter()
            .find(|comment| comment.start <= from && from < comment.end)
        {
            Some(comment) => from = comment.end,
            None => return Some(from),
        }
    }
}
