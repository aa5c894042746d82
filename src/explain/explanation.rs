use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::attempt::Attempt;
use crate::rules::Finding;

/// All that was found out about one query.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub environment: Environment,
    /// As EXPLAIN (FORMAT JSON) returned it: `{"Plan": {...}, ...}`.
    pub plan: Value,
    pub figures: Figures,
    pub findings: Vec<Finding>,
    /// Each fix and each supposed change, with what became of the query.
    pub attempts: Vec<Attempt>,
    /// Sentences about what was supposed or left out.
    pub notes: Vec<String>,
}

/// What a plan costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figures {
    /// The planner's estimate, in its own units.
    pub cost: Option<f64>,
    /// Blocks of 8 kB read, from cache or disk, temporary ones included; only of a query that was run.
    pub blocks: Option<u64>,
    /// Only of a query that was run.
    pub milliseconds: Option<f64>,
}

/// Where the numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Environment {
    pub server_version: String,
    pub server: ServerName,
    pub statistics: StatisticsSource,
    /// Planner settings that are not the default, as the plan names them.
    pub settings: IndexMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerName {
    Embedded,
    Live,
    /// The plan comes from a file.
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatisticsSource {
    /// Rows were generated, and analyzed.
    Generated,
    /// A snapshot file, or TOML written by hand.
    Snapshot,
    /// The live server's own.
    Live,
}

impl Environment {
    /// The settings that a plan names.
    pub(super) fn settings_of(plan: &Value) -> IndexMap<String, String> {
        plan.get("Settings")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
            .collect()
    }
}
