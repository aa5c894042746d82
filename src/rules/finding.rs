use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::source::{Location, Span};

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// How a finding is known; each level is stronger than the one before.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Follows from the DDL.
    Schema,
    /// Follows from row counts and column statistics.
    Statistics,
    /// PostgreSQL's planner was asked, before and after.
    Planned,
    /// Both were run, and the rows are the same.
    Measured,
}

/// One thing that a rule found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's name, such as `missing-index`.
    pub rule: &'static str,
    pub severity: Severity,
    pub evidence: Evidence,
    /// Where in the query or schema; `None` where neither is at hand (a snapshot's index).
    pub location: Option<Location>,
    /// Number of the statement in its file, from 1.
    pub statement: Option<usize>,
    /// The alias as the query writes it, or the table's name where there is none.
    pub relation: Option<String>,
    /// `schema.table`.
    pub table: Option<String>,
    pub columns: Vec<String>,
    /// Name of an existing index that the finding is about.
    pub index: Option<String>,
    /// What is wrong, in one line, in the user's names.
    pub message: String,
    /// Why it is slow (or wrong), and how that is known; one statement a line.
    pub why: Vec<String>,
    /// Short words under the source excerpt's caret.
    pub label: Option<String>,
    /// Numbers and names behind the message, for programs.
    pub facts: IndexMap<String, serde_json::Value>,
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// A finding about a place of a statement, without anything else.
    pub fn at(
        query: &Query,
        rule: &'static str,
        severity: Severity,
        evidence: Evidence,
        span: Span,
        message: String,
    ) -> Self {
        Self {
            rule,
            severity,
            evidence,
            location: Some(Location {
                file: std::sync::Arc::clone(&query.file),
                span,
            }),
            statement: Some(query.number),
            relation: None,
            table: None,
            columns: Vec::new(),
            index: None,
            message,
            why: Vec::new(),
            label: None,
            facts: IndexMap::new(),
            fixes: Vec::new(),
        }
    }
}

/// What would help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    pub kind: FixKind,
    /// The whole rewritten statement, or the DDL.
    pub sql: String,
    pub safety: Safety,
    /// What it costs.
    pub tradeoff: String,
    /// For a rewrite: the changes to the statement's text, in byte offsets of the file.
    #[serde(skip)]
    #[schemars(skip)]
    pub edits: Vec<Edit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixKind {
    Rewrite,
    CreateIndex,
    DropIndex,
    AlterTable,
}

/// Whether a fix may be applied without a person's look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// The same rows for every database that satisfies the schema.
    Equivalent,
    /// A person has to decide.
    Review,
}

pub use crate::rewrite::Edit;
