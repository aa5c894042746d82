use serde::Serialize;
use serde_json::Value;

/// What a planner found for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedQuery {
    /// The object that EXPLAIN (FORMAT JSON) returned: `{"Plan": {...}, ...}`.
    pub plan: Value,
    /// Total cost of the topmost node, in the planner's units.
    pub total_cost: f64,
    /// Estimated rows of the topmost node.
    pub rows: f64,
    /// Names of the indexes that the plan reads, each once, without schema.
    pub indexes: Vec<String>,
    /// The indexes that were only supposed to be there, in the order of the changes.
    pub hypothetical: Vec<HypotheticalIndex>,
}

/// An index that was supposed while planning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypotheticalIndex {
    /// As the plan names it.
    pub name: String,
    /// Of a partitioned table: the names of the partitions' indexes.
    pub partitions: Vec<String>,
    /// The statement that makes it.
    pub sql: String,
    /// Estimated pages of 8 kB.
    pub pages: f64,
    /// Estimated entries.
    pub rows: f64,
    /// Whether the plan reads it.
    pub used: bool,
}

impl HypotheticalIndex {
    /// Estimated size in bytes.
    pub fn bytes(&self) -> f64 {
        self.pages * 8192.0
    }
}

/// Who planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerKind {
    Embedded,
    Live,
}

/// Where the statistics behind a plan come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatisticsKind {
    /// Of generated rows.
    Generated,
    /// Of a snapshot file, or written by hand.
    Snapshot,
    /// Of the live server.
    Live,
    /// None: PostgreSQL's defaults for tables that were never analyzed.
    None,
}

/// Who plans, and from which statistics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannerDescription {
    /// Such as `18.4`.
    pub server_version: String,
    pub server: ServerKind,
    pub statistics: StatisticsKind,
    /// What plans hypothetical indexes where it is not the server itself: `HypoPG 1.4.1`, or the embedded version.
    pub hypothetical_by: Option<String>,
    /// Things that the planner had to leave out or to suppose, in sentences.
    pub notes: Vec<String>,
}

impl PlannedQuery {
    /// Reads EXPLAIN (FORMAT JSON): its array, or the object inside. `None` where it is no plan.
    pub fn from_explain(explained: Value, hypothetical: Vec<HypotheticalIndex>) -> Option<Self> {
        let plan = match explained {
            Value::Array(items) => items.into_iter().next()?,
            object => object,
        };
        let root = plan.get("Plan")?;
        let total_cost = root.get("Total Cost")?.as_f64()?;
        let rows = root.get("Plan Rows").and_then(Value::as_f64).unwrap_or(0.0);
        let mut indexes = Vec::new();
        collect_indexes(root, &mut indexes);
        let hypothetical = hypothetical
            .into_iter()
            .map(|index| HypotheticalIndex {
                used: indexes.contains(&index.name)
                    || index.partitions.iter().any(|name| indexes.contains(name)),
                ..index
            })
            .collect();
        Some(Self {
            plan,
            total_cost,
            rows,
            indexes,
            hypothetical,
        })
    }

    /// Whether the plan reads an index of that name.
    pub fn uses(&self, index: &str) -> bool {
        self.indexes.iter().any(|name| name == index)
    }
}

fn collect_indexes(node: &Value, indexes: &mut Vec<String>) {
    if let Some(name) = node.get("Index Name").and_then(Value::as_str)
        && !indexes.iter().any(|known| known == name)
    {
        indexes.push(name.to_owned());
    }
    for child in node
        .get("Plans")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        collect_indexes(child, indexes);
    }
}
