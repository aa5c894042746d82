use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether two queries return the same rows for every database that satisfies the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Proved.
    Equal,
    /// Refuted by a counterexample, or the results have different columns.
    Different,
    /// Neither proved nor refuted.
    NoDifferenceFound,
    /// One of them does not agree with itself.
    Nondeterministic,
}

/// Whether the order of the rows counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderMode {
    /// It counts if both queries end in ORDER BY.
    #[default]
    Automatic,
    Ordered,
    Unordered,
}

/// How long and how two queries are compared.
#[derive(Debug, Clone)]
pub struct Options {
    /// For one pair, all included.
    pub timeout: Duration,
    /// The same seed tries the same databases in the same order.
    pub seed: u64,
    pub order: OrderMode,
    /// The search ends after this many databases.
    pub max_databases: u64,
    /// Names of the queries in messages.
    pub names: (String, String),
    /// Whether a proof is tried.
    pub prove: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            seed: 1,
            order: OrderMode::Automatic,
            max_databases: 200_000,
            names: ("a".to_owned(), "b".to_owned()),
            prove: true,
        }
    }
}

/// The outcome for one pair; `compare --format json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Of this format: 1.
    pub version: u32,
    pub verdict: Verdict,
    /// Steps that lead both queries to one form, each with what allows it.
    pub proof: Vec<String>,
    pub counterexample: Option<Counterexample>,
    /// Why, in one sentence, where there is no counterexample that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Databases tried.
    pub databases: u64,
    pub seconds: f64,
    /// What the search covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchSummary>,
    /// Things to know beside the verdict: errors on one side only, parts that were not searched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What was tried without a difference, so that the reader knows what the silence is worth.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchSummary {
    pub seed: u64,
    /// Number of databases by the number of their rows.
    pub databases_by_rows: IndexMap<String, u64>,
    /// Databases in which at least one of the queries returned a row.
    pub with_result: u64,
    /// Conditions and the values (`true`, `false`, `null`) that they took.
    pub conditions: IndexMap<String, Vec<String>>,
}

/// A handful of rows on which the queries differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Counterexample {
    /// INSERT statements that fill empty tables.
    pub setup: String,
    /// Values of the parameters, by name.
    pub parameters: IndexMap<String, Value>,
    pub a: ResultTable,
    pub b: ResultTable,
    /// What happened, in one sentence.
    pub why: String,
    /// The rows of the tables, for display.
    #[serde(default)]
    pub tables: Vec<TableRows>,
    /// Whether the real tables, with their constraints, gave the same two results.
    #[serde(default)]
    pub confirmed: bool,
}

/// What a query returned, values as PostgreSQL prints them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
    /// The error that it ended with, instead of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Numbers (from 0) of the rows that the other result has not, or has elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<usize>,
}

/// Rows of a table of the counterexample.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableRows {
    pub table: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}
