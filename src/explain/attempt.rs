use serde_json::Value;
use thiserror::Error;

use super::Figures;
use crate::rules::{Finding, FixKind};
use crate::source::{SourceFile, split};

/// One change and what became of the query with it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// `a`, `b`, ... as the table names it.
    pub label: String,
    pub kind: FixKind,
    /// The DDL, or the rewritten query.
    pub sql: String,
    /// The finding that proposes it, by number in [`super::Explanation::findings`]; `None` for a supposed change.
    pub finding: Option<usize>,
    pub outcome: Result<Tried, String>,
}

/// The query with the change in place.
#[derive(Debug, Clone)]
pub struct Tried {
    pub plan: Value,
    pub figures: Figures,
    /// Of the index: as built, or as estimated.
    pub index_bytes: Option<u64>,
    /// Whether the plan reads the new index.
    pub index_used: Option<bool>,
    pub rows: AttemptRows,
}

/// Whether a rewrite returned the same rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptRows {
    /// Not a rewrite, or not run.
    NotCompared,
    Same(u64),
    Different(String),
}

/// A change that the user wants to suppose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    pub kind: FixKind,
    pub sql: String,
}

/// A `--what-if` that is neither CREATE INDEX nor DROP INDEX.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("\"{0}\" is neither CREATE INDEX nor DROP INDEX")]
pub struct WhatIfError(String);

impl WhatIf {
    /// Reads one or several DDL statements.
    ///
    /// # Errors
    /// Another kind of statement.
    pub fn parse(text: &str) -> Result<Vec<Self>, WhatIfError> {
        let file = SourceFile::new("--what-if", text);
        split(&file)
            .into_iter()
            .map(|statement| {
                let sql = statement.text().to_owned();
                let words: Vec<String> = sql
                    .split_whitespace()
                    .take(3)
                    .map(str::to_lowercase)
                    .collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let kind = match words.as_slice() {
                    ["create", "index", ..] | ["create", "unique", "index"] => FixKind::CreateIndex,
                    ["drop", "index", ..] => FixKind::DropIndex,
                    _ => return Err(WhatIfError(sql)),
                };
                Ok(Self { kind, sql })
            })
            .collect()
    }
}

/// A change that is to be tried.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) kind: FixKind,
    pub(super) sql: String,
    pub(super) finding: Option<usize>,
}

/// How many changes are tried for one query.
const MOST_ATTEMPTS: usize = 8;

/// What is to be tried: what the user supposes first, then the fixes of the findings, each once.
pub(super) fn candidates(findings: &[Finding], what_if: &[WhatIf]) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = what_if
        .iter()
        .map(|change| Candidate {
            kind: change.kind,
            sql: change.sql.clone(),
            finding: None,
        })
        .collect();
    for (number, finding) in findings.iter().enumerate() {
        for fix in &finding.fixes {
            let tried = match fix.kind {
                FixKind::CreateIndex | FixKind::DropIndex | FixKind::Rewrite => true,
                FixKind::AlterTable => false,
            };
            if tried && !all.iter().any(|known| known.sql == fix.sql) {
                all.push(Candidate {
                    kind: fix.kind,
                    sql: fix.sql.clone(),
                    finding: Some(number),
                });
            }
        }
    }
    all.truncate(MOST_ATTEMPTS.max(what_if.len()));
    all
}

/// `a`, `b`, ..., `z`, `27`, ...
pub(super) fn label(number: usize) -> String {
    match u8::try_from(number) {
        Ok(small) if small < 26 => char::from(b'a' + small).to_string(),
        _ => (number + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_if_takes_index_statements_only() {
        let read = WhatIf::parse("CREATE INDEX ON t (a); drop index t_a_idx").unwrap();
        assert_eq!(read[0].kind, FixKind::CreateIndex);
        assert_eq!(read[1].kind, FixKind::DropIndex);
        assert!(WhatIf::parse("DELETE FROM t").is_err());
    }
}
