//! The lines below a node: `Filter: (a = 1)`, `Buffers: shared hit=3`, and those below the tree.

use serde_json::{Map, Number, Value, json};

use super::node_line::insert_actual;
use super::scan::split_list;
use crate::plan::ConditionKind;

/// Whose line it is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Node,
    Worker,
    Planning,
    Jit,
}

const LISTS: &[&str] = &[
    "Output",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Hash Key",
    "Conflict Arbiter Indexes",
    "Params Evaluated",
];

const BUFFER_KEYS: &[&str] = &[
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Shared Dirtied Blocks",
    "Shared Written Blocks",
    "Local Hit Blocks",
    "Local Read Blocks",
    "Local Dirtied Blocks",
    "Local Written Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
];

/// Key and value of `Key: value`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let is_key = !key.is_empty()
        && key.len() <= 40
        && key.starts_with(|c: char| c.is_ascii_uppercase())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '/'));
    (is_key && (value.is_empty() || value.starts_with([' ', '\t', '\n'])))
        .then(|| (key, value.trim()))
}

/// Whether the value is made of expressions, which may hold any text.
pub(super) fn holds_expression(key: &str) -> bool {
    LISTS.contains(&key)
        || matches!(
            key,
            "Remote SQL" | "Function Call" | "Sampling" | "Settings"
        )
        || ConditionKind::ALL.iter().any(|(_, name)| *name == key)
}

/// A finite number as JSON, integers as such.
pub(super) fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(integer) = text.parse::<i64>() {
        return Some(json!(integer));
    }
    let number = text.parse::<f64>().ok()?;
    Number::from_f64(number).map(Value::Number)
}

fn set(fields: &mut Map<String, Value>, key: &str, text: &str) {
    if let Some(number) = number(text) {
        fields.insert(key.to_owned(), number);
    }
}

fn kilobytes(text: &str) -> &str {
    text.trim().trim_end_matches("kB").trim_end()
}

/// The parts of `A: 1  B: 2` as (key, value).
fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("  ")
        .filter_map(|part| part.trim().split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// The parts of `hit=1 read=2` as (key, value).
fn assignments(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_whitespace()
        .filter_map(|part| part.split_once('='))
}

/// `Worker 0:  rest`.
pub(super) fn worker(text: &str) -> Option<(u64, &str)> {
    let (number, rest) = text.strip_prefix("Worker ")?.split_once(':')?;
    Some((number.parse().ok()?, rest.trim()))
}

/// What stands behind `Worker 0:`.
pub(super) fn insert_worker_line(worker: &mut Map<String, Value>, rest: &str) {
    if let Some(actual) = rest.strip_prefix("actual ") {
        insert_actual(actual, worker);
    } else if let Some((key, value)) = split(rest) {
        insert(worker, Place::Worker, key, value);
    }
}

/// Puts one line into the object it belongs to, under the keys that the JSON format has.
pub(super) fn insert(fields: &mut Map<String, Value>, place: Place, key: &str, value: &str) {
    if place == Place::Jit {
        return insert_jit(fields, key, value);
    }
    if ConditionKind::ALL.iter().any(|(_, name)| *name == key) {
        fields.insert(key.to_owned(), json!(value));
        return;
    }
    match key {
        "Buffers" => insert_buffers(fields, value),
        "I/O Timings" => insert_io_timings(fields, value),
        "WAL" => {
            for (key, value) in assignments(value) {
                match key {
                    "records" => set(fields, "WAL Records", value),
                    "fpi" => set(fields, "WAL FPI", value),
                    "bytes" => set(fields, "WAL Bytes", value),
                    "buffers" => {}
                    _ => {}
                }
            }
        }
        "Sort Method" => insert_sort(fields, value),
        "Full-sort Groups" | "Pre-sorted Groups" => {
            fields.insert(key.to_owned(), sort_groups(value));
        }
        "Buckets" | "Batches" | "Planned Partitions" => {
            insert_hash(fields, &format!("{key}: {value}"));
        }
        "Hits" => {
            for (key, value) in parts(&format!("{key}: {value}")) {
                match key {
                    "Hits" => set(fields, "Cache Hits", value),
                    "Misses" => set(fields, "Cache Misses", value),
                    "Evictions" => set(fields, "Cache Evictions", value),
                    "Overflows" => set(fields, "Cache Overflows", value),
                    "Memory Usage" => set(fields, "Peak Memory Usage", kilobytes(value)),
                    _ => {}
                }
            }
        }
        "Heap Blocks" => {
            for (key, value) in assignments(value) {
                match key {
                    "exact" => set(fields, "Exact Heap Blocks", value),
                    "lossy" => set(fields, "Lossy Heap Blocks", value),
                    _ => {}
                }
            }
        }
        "Storage" => {
            for (key, value) in parts(&format!("{key}: {value}")) {
                match key {
                    "Storage" => {
                        fields.insert(key.to_owned(), json!(value));
                    }
                    _ => set(fields, key, kilobytes(value)),
                }
            }
        }
        "Memory" if place == Place::Planning => {
            for (key, value) in assignments(value) {
                match key {
                    "used" => set(fields, "Memory Used", kilobytes(value)),
                    "allocated" => set(fields, "Memory Allocated", kilobytes(value)),
                    _ => {}
                }
            }
        }
        _ if LISTS.contains(&key) => {
            if fields.contains_key(key) {
                // The second and later keys of grouping sets.
                let sets = fields.entry("Grouping Sets").or_insert_with(|| json!([]));
                if let Some(sets) = sets.as_array_mut() {
                    sets.push(json!({ key: split_list(value) }));
                }
            } else {
                fields.insert(key.to_owned(), json!(split_list(value)));
            }
        }
        _ => {
            let value = match value {
                "true" => json!(true),
                "false" => json!(false),
                _ => number(value).unwrap_or_else(|| json!(value)),
            };
            fields.insert(key.to_owned(), value);
        }
    }
}

fn insert_buffers(fields: &mut Map<String, Value>, value: &str) {
    for key in BUFFER_KEYS {
        fields.entry(*key).or_insert_with(|| json!(0));
    }
    for group in value.split(',') {
        let group = group.trim();
        let Some((kind, counts)) = group.split_once(' ') else {
            continue;
        };
        let kind = match kind {
            "shared" => "Shared",
            "local" => "Local",
            "temp" => "Temp",
            _ => continue,
        };
        for (action, count) in assignments(counts) {
            let action = match action {
                "hit" => "Hit",
                "read" => "Read",
                "dirtied" => "Dirtied",
                "written" => "Written",
                _ => continue,
            };
            set(fields, &format!("{kind} {action} Blocks"), count);
        }
    }
}

/// `read=1.2 write=0.1` before version 15, `shared read=1.2, temp write=3.4` since.
fn insert_io_timings(fields: &mut Map<String, Value>, value: &str) {
    for group in value.split(',') {
        let mut kind = "Shared";
        for word in group.split_whitespace() {
            match word.split_once('=') {
                None => {
                    kind = match word {
                        "local" => "Local",
                        "temp" => "Temp",
                        _ => "Shared",
                    }
                }
                Some(("read", time)) => set(fields, &format!("{kind} I/O Read Time"), time),
                Some(("write", time)) => set(fields, &format!("{kind} I/O Write Time"), time),
                Some(_) => {}
            }
        }
    }
}

fn insert_sort(fields: &mut Map<String, Value>, value: &str) {
    let (method, space) = value.split_once("  ").unwrap_or((value, ""));
    fields.insert("Sort Method".to_owned(), json!(method.trim()));
    for (kind, used) in parts(space) {
        if matches!(kind, "Memory" | "Disk") {
            set(fields, "Sort Space Used", kilobytes(used));
            fields.insert("Sort Space Type".to_owned(), json!(kind));
        }
    }
}

/// `1  Sort Methods: quicksort, top-N heapsort  Average Memory: 25kB  Peak Memory: 25kB` of an incremental sort.
fn sort_groups(value: &str) -> Value {
    let mut groups = Map::new();
    let (count, rest) = value.split_once("  ").unwrap_or((value, ""));
    set(&mut groups, "Group Count", count);
    for (key, value) in parts(rest) {
        if matches!(key, "Sort Method" | "Sort Methods") {
            groups.insert("Sort Methods Used".to_owned(), json!(split_list(value)));
            continue;
        }
        let Some((which, kind)) = key.split_once(' ') else {
            continue;
        };
        let space = groups
            .entry(format!("Sort Space {kind}"))
            .or_insert_with(|| json!({}));
        if let Some(space) = space.as_object_mut() {
            set(space, &format!("{which} Sort Space Used"), kilobytes(value));
        }
    }
    Value::Object(groups)
}

/// `Buckets: 1024 (originally 512)  Batches: 2 (originally 1)  Memory Usage: 9kB`, and that of hashed aggregation.
fn insert_hash(fields: &mut Map<String, Value>, text: &str) {
    let of_aggregate = !text.contains("Buckets:");
    for (key, value) in parts(text) {
        let (value, original) = value
            .split_once("(originally ")
            .map_or((value, None), |(value, original)| {
                (value.trim(), Some(original.trim_end_matches(')')))
            });
        match key {
            "Buckets" => {
                set(fields, "Hash Buckets", value);
                set(fields, "Original Hash Buckets", original.unwrap_or(value));
            }
            "Batches" if of_aggregate => set(fields, "HashAgg Batches", value),
            "Batches" => {
                set(fields, "Hash Batches", value);
                set(fields, "Original Hash Batches", original.unwrap_or(value));
            }
            "Memory Usage" => set(fields, "Peak Memory Usage", kilobytes(value)),
            "Disk Usage" => set(fields, "Disk Usage", kilobytes(value)),
            "Planned Partitions" => set(fields, "Planned Partitions", value),
            _ => {}
        }
    }
}

fn insert_jit(fields: &mut Map<String, Value>, key: &str, value: &str) {
    match key {
        "Functions" => set(fields, key, value),
        "Options" => {
            let options: Map<String, Value> = split_list(value)
                .iter()
                .filter_map(|option| {
                    let (name, flag) = option.rsplit_once(' ')?;
                    Some((name.to_owned(), json!(flag == "true")))
                })
                .collect();
            fields.insert(key.to_owned(), Value::Object(options));
        }
        "Timing" => {
            let mut timing = Map::new();
            for item in split_list(value) {
                let mut words = item.split_whitespace();
                if let (Some(name), Some(time)) = (words.next(), words.next()) {
                    set(&mut timing, name, time);
                }
            }
            fields.insert(key.to_owned(), Value::Object(timing));
        }
        _ => {}
    }
}

/// Whether it is a line below the tree, wherever it stands.
pub(super) fn is_top_level(text: &str) -> bool {
    trigger(text).is_some()
        || split(text).is_some_and(|(key, _)| {
            matches!(
                key,
                "Planning Time"
                    | "Planning time"
                    | "Execution Time"
                    | "Execution time"
                    | "Total runtime"
                    | "Planning"
                    | "JIT"
                    | "Settings"
                    | "Serialization"
                    | "Query Identifier"
            )
        })
}

/// A line below the tree.
pub(super) fn insert_top_level(top: &mut Map<String, Value>, key: &str, value: &str) {
    let milliseconds = value.trim_end_matches("ms");
    match key {
        "Planning Time" | "Planning time" => set(top, "Planning Time", milliseconds),
        "Execution Time" | "Execution time" => set(top, "Execution Time", milliseconds),
        "Total runtime" => set(top, "Execution Time", milliseconds),
        "Settings" => {
            let settings: Map<String, Value> = split_list(value)
                .iter()
                .filter_map(|setting| {
                    let (name, value) = setting.split_once(" = ")?;
                    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
                    Some((name.trim().to_owned(), json!(value.replace("''", "'"))))
                })
                .collect();
            top.insert(key.to_owned(), Value::Object(settings));
        }
        "Serialization" => {
            let mut fields = Map::new();
            for (key, value) in assignments(value) {
                match key {
                    "time" => set(&mut fields, "Time", value),
                    "output" => set(&mut fields, "Output Volume", kilobytes(value)),
                    "format" => {
                        fields.insert("Format".to_owned(), json!(value));
                    }
                    _ => {}
                }
            }
            top.insert(key.to_owned(), Value::Object(fields));
        }
        "Query Identifier" => set(top, key, value),
        _ => {}
    }
}

/// `Trigger t: time=0.1 calls=1`, `Trigger for constraint c on r: time=0.1 calls=1`.
pub(super) fn trigger(text: &str) -> Option<Value> {
    let (title, figures) = text.strip_prefix("Trigger ")?.rsplit_once(": ")?;
    if !figures.starts_with("time=") && !figures.starts_with("calls=") {
        return None;
    }
    let mut fields = Map::new();
    let (title, relation) = title
        .rsplit_once(" on ")
        .map_or((title, None), |(title, relation)| (title, Some(relation)));
    match title.strip_prefix("for constraint ") {
        Some(constraint) => {
            fields.insert("Constraint Name".to_owned(), json!(constraint));
        }
        None => {
            let (name, constraint) = title
                .split_once(" for constraint ")
                .map_or((title, None), |(name, constraint)| (name, Some(constraint)));
            fields.insert("Trigger Name".to_owned(), json!(name));
            if let Some(constraint) = constraint {
                fields.insert("Constraint Name".to_owned(), json!(constraint));
            }
        }
    }
    if let Some(relation) = relation {
        fields.insert("Relation".to_owned(), json!(relation));
    }
    for (key, value) in assignments(figures) {
        match key {
            "time" => set(&mut fields, "Time", value),
            "calls" => set(&mut fields, "Calls", value),
            _ => {}
        }
    }
    Some(Value::Object(fields))
}

/// The zeros that the text format leaves out and JSON prints.
pub(super) fn add_zeros<'a>(nodes: impl Iterator<Item = &'a mut Map<String, Value>>) {
    let mut nodes: Vec<_> = nodes.collect();
    let has_buffers = nodes
        .iter()
        .any(|node| BUFFER_KEYS.iter().any(|key| node.contains_key(*key)));
    for node in &mut nodes {
        if !node.contains_key("Actual Loops") {
            continue;
        }
        if has_buffers {
            for key in BUFFER_KEYS {
                node.entry(*key).or_insert_with(|| json!(0));
            }
        }
        let kind = node
            .get("Node Type")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned();
        let mut zero = |condition: &str, key: &str| {
            if node.contains_key(condition) {
                node.entry(key).or_insert_with(|| json!(0));
            }
        };
        zero("Filter", "Rows Removed by Filter");
        zero("Join Filter", "Rows Removed by Join Filter");
        match kind.as_str() {
            "Index Scan" | "Index Only Scan" => zero("Index Cond", "Rows Removed by Index Recheck"),
            "Bitmap Heap Scan" => {
                zero("Recheck Cond", "Rows Removed by Index Recheck");
                zero("Recheck Cond", "Exact Heap Blocks");
                zero("Recheck Cond", "Lossy Heap Blocks");
            }
            _ => {}
        }
    }
}
