use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::catalog::{
    ColumnStatistics, IndexStatistics, QualifiedName, ServerStatistics, TableStatistics,
};

/// The version of the file's layout that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// What the file says it is.
const KIND: &str = "whyslow-snapshot";

/// Schema and statistics of a database, as `whyslow snapshot` writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Always `whyslow-snapshot`.
    pub kind: String,
    /// Version of the layout.
    pub format: u32,
    pub server: ServerStatistics,
    /// Whether values were replaced by stand-ins.
    #[serde(default)]
    pub redacted: bool,
    /// What could not be read, in sentences.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Statements that make the schema, in order.
    pub schema: Vec<String>,
    pub tables: Vec<SnapshotTable>,
    pub indexes: Vec<SnapshotIndex>,
}

/// Statistics of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotTable {
    #[serde(flatten)]
    pub name: QualifiedName,
    /// `None` where it was never analyzed.
    pub statistics: Option<TableStatistics>,
    #[serde(default)]
    pub columns: IndexMap<String, ColumnStatistics>,
}

/// Statistics of one index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotIndex {
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The statement that would make it, where it is not valid: what is invalid is no part of `schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
    pub statistics: IndexStatistics,
}

/// Why a snapshot file cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    #[error(
        "not a snapshot: {message} (line {line}, column {column}); take it again with `whyslow snapshot --database URL -o FILE`"
    )]
    NotJson {
        message: String,
        line: usize,
        column: usize,
    },
    #[error(
        "the snapshot is cut off at its end (line {line}): copy it again, or take it again with `whyslow snapshot`"
    )]
    Truncated { line: usize },
    #[error(
        "this JSON is not a snapshot that `whyslow snapshot` wrote (it has no \"kind\": \"whyslow-snapshot\")"
    )]
    NotASnapshot,
    #[error(
        "the snapshot has layout {found}, this whyslow reads up to {FORMAT}: update whyslow, or take the snapshot with this version"
    )]
    NewerFormat { found: u64 },
}

impl Snapshot {
    /// An empty one.
    pub fn new(server: ServerStatistics) -> Self {
        Self {
            kind: KIND.to_owned(),
            format: FORMAT,
            server,
            redacted: false,
            missing: Vec::new(),
            schema: Vec::new(),
            tables: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// Whether a text is meant to be a snapshot, rather than statistics in TOML or SQL.
    pub fn is_snapshot(text: &str) -> bool {
        text.trim_start().starts_with('{')
    }

    /// Reads the JSON.
    ///
    /// # Errors
    /// It is cut off, something else, or of a newer version.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        let unreadable = |error: serde_json::Error| {
            if error.is_eof() {
                SnapshotError::Truncated { line: error.line() }
            } else {
                SnapshotError::NotJson {
                    message: error.to_string(),
                    line: error.line(),
                    column: error.column(),
                }
            }
        };
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        if value.get("kind").and_then(serde_json::Value::as_str) != Some(KIND) {
            return Err(SnapshotError::NotASnapshot);
        }
        let format = value
            .get("format")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0);
        if format > u64::from(FORMAT) {
            return Err(SnapshotError::NewerFormat { found: format });
        }
        // From the text again, so that errors have a line.
        serde_json::from_str(text).map_err(unreadable)
    }

    /// The JSON, one statement, table or index to a few lines, so that versions can be compared.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
