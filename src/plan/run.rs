//! What a whole run took, from the object that EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) returned.

use serde_json::Value;

/// Blocks of 8 kB, shared, local and of temporary files; the root counts those of all nodes.
pub fn blocks_of_run(plan: &Value) -> u64 {
    [
        "Shared Hit Blocks",
        "Shared Read Blocks",
        "Local Hit Blocks",
        "Local Read Blocks",
        "Temp Read Blocks",
        "Temp Written Blocks",
    ]
    .into_iter()
    .filter_map(|name| plan.get("Plan")?.get(name)?.as_u64())
    .sum()
}

/// Milliseconds of planning and execution.
pub fn milliseconds_of_run(plan: &Value) -> f64 {
    let time = |name: &str| plan.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    time("Planning Time") + time("Execution Time")
}
