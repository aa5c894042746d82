use crate::catalog::{Catalog, QualifiedName};

/// What rows to generate.
#[derive(Debug, Clone)]
pub struct GenerateOptions<'a> {
    /// The same seed gives the same rows (on the same `today`).
    pub seed: u64,
    /// Row counts that were asked for; they go before those of the statistics.
    pub rows: Vec<(QualifiedName, u64)>,
    /// For tables that nothing is known of and nobody refers to.
    pub default_rows: u64,
    /// Row counts and column statistics to imitate.
    pub statistics: Option<&'a Catalog>,
    /// Values that must be found in the data, since queries ask for them.
    pub literals: Vec<LiteralHint>,
    /// The day (`2026-11-24`) before which moments lie; `None`: the server's current day.
    pub today: Option<String>,
}

/// Values that a query compares a column with.
#[derive(Debug, Clone)]
pub struct LiteralHint {
    pub table: QualifiedName,
    pub column: String,
    /// As text, unquoted.
    pub values: Vec<String>,
}

impl Default for GenerateOptions<'_> {
    fn default() -> Self {
        Self {
            seed: 1,
            rows: Vec::new(),
            default_rows: 100_000,
            statistics: None,
            literals: Vec::new(),
            today: None,
        }
    }
}

/// What was generated.
#[derive(Debug, Clone, Default)]
pub struct GenerationReport {
    pub tables: Vec<GeneratedTable>,
    /// What is worth knowing: one sentence each.
    pub notes: Vec<String>,
}

/// Rows of one table.
#[derive(Debug, Clone)]
pub struct GeneratedTable {
    pub name: QualifiedName,
    pub rows: u64,
    /// The rows came with the schema's files.
    pub loaded: bool,
}

/// Where generation stands.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    Filling {
        table: &'a QualifiedName,
        done: u64,
        rows: u64,
    },
    Analyzing {
        table: &'a QualifiedName,
        done: usize,
        tables: usize,
    },
}
