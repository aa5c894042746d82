use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Outcome;

/// Points for an answer that is right in everything.
pub const MAX_POINTS: u32 = 100;

/// What `exercise check` says; `--format json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    pub exercise: String,
    pub passed: bool,
    /// Hints already taken off.
    pub points: u32,
    pub max_points: u32,
    pub rows: RowsVerdict,
    /// Rows on which the answer is wrong, where small databases told.
    pub counterexample: Option<Value>,
    pub blocks: BlocksVerdict,
    pub indexes: IndexesVerdict,
    /// Statements that were not replayed.
    pub left_out: Vec<String>,
    /// Rules whose findings the answer has made go away.
    pub findings_gone: Vec<String>,
    /// Rules that still have findings.
    pub findings_left: Vec<String>,
    /// What to think about next, or what was reached.
    pub message: String,
    pub outcome: Outcome,
    pub milliseconds: Milliseconds,
    /// Statements that must not get slow.
    pub guards: Vec<GuardVerdict>,
    /// What the answer costs on writes, for each table whose indexes it changes.
    pub write_cost: Vec<WriteCost>,
    /// Points that hints have cost.
    pub hint_points: u32,
    /// Why each of `left_out` was, in the same order.
    pub left_out_because: Vec<String>,
    /// The plan of the answer, as EXPLAIN (ANALYZE, FORMAT JSON) gives it.
    pub plan: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowsVerdict {
    Same,
    Different,
    /// A statement fails, so there are none.
    Error,
}

/// Blocks of 8 kB.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BlocksVerdict {
    pub before: u64,
    /// With the answer; the query as it is where the answer fails.
    pub after: u64,
    pub goal: u64,
}

/// New indexes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct IndexesVerdict {
    pub count: usize,
    pub bytes: u64,
    pub max_count: usize,
    pub max_bytes: u64,
}

/// Not graded: they differ from run to run.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Milliseconds {
    pub before: f64,
    pub after: Option<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GuardVerdict {
    pub file: String,
    pub blocks: u64,
    pub limit: u64,
}

/// Inserting the same rows into an empty copy of a table, before and after the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriteCost {
    pub table: String,
    pub rows: u64,
    pub blocks_before: u64,
    pub blocks_after: u64,
    pub milliseconds_before: f64,
    pub milliseconds_after: f64,
}
