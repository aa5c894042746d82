//! `Parallel Index Scan Backward using i on s.t a  (cost=0.1..2.3 rows=4 width=5) (actual time=...)`.

use serde_json::{Map, Value, json};

use super::property::number;
use super::scan::identifier;
use crate::plan::NodeType;

/// The line of the root.
pub(super) fn first(lines: &[String]) -> Option<usize> {
    let text = |line: &String| line.trim().trim_start_matches("->").trim_start().to_owned();
    let with_figures = lines.iter().position(|line| {
        let text = text(line);
        has_figures(&text) && text.starts_with(|c: char| c.is_ascii_uppercase())
    });
    with_figures.or_else(|| lines.iter().position(|line| is_bare_node(&text(line))))
}

/// Whether it ends as a node's line does.
pub(super) fn has_figures(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with(')')
        && (["(cost=", "(actual time=", "(actual rows="]
            .iter()
            .any(|start| line.contains(start) && line.contains("rows="))
            || line.ends_with("(never executed)"))
}

/// A node under COSTS OFF, without ANALYZE: its name alone, or with what it reads.
fn is_bare_node(text: &str) -> bool {
    let fields = read(text);
    let known = fields
        .get("Node Type")
        .and_then(Value::as_str)
        .is_some_and(|name| !matches!(NodeType::from_name(name), NodeType::Other(_)));
    known
        && !text.ends_with(';')
        && (fields.contains_key("Index Name") && text.contains(" using ")
            || ["Alias", "Index Name"]
                .iter()
                .any(|key| fields.contains_key(*key) && text.contains(" on "))
            || fields.contains_key("Join Type")
            || text.ends_with("Aggregate")
            || NodeType::known_names().any(|name| name == text))
}

/// Takes a node's line, without its arrow, apart.
pub(super) fn read(text: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    let title = read_figures(text, &mut fields);
    read_title(title, &mut fields);
    fields
}

/// Reads the parentheses at the end; returns what stands before them.
fn read_figures<'a>(text: &'a str, fields: &mut Map<String, Value>) -> &'a str {
    let mut title = text.trim_end();
    if let Some(before) = title.strip_suffix("(never executed)") {
        title = before.trim_end();
        for key in [
            "Actual Startup Time",
            "Actual Total Time",
            "Actual Rows",
            "Actual Loops",
        ] {
            fields.insert(key.to_owned(), json!(0));
        }
    } else if let Some(at) = title.rfind("(actual ")
        && let Some(inside) = title[at + 8..].strip_suffix(')')
    {
        title = title[..at].trim_end();
        insert_actual(inside, fields);
    }
    if let Some(at) = title.rfind("(cost=")
        && let Some(inside) = title[at + 1..].strip_suffix(')')
    {
        title = title[..at].trim_end();
        for part in inside.split(' ') {
            match part.split_once('=') {
                Some(("cost", range)) => {
                    if let Some((startup, total)) = range.split_once("..") {
                        insert_number(fields, "Startup Cost", startup);
                        insert_number(fields, "Total Cost", total);
                    }
                }
                Some(("rows", rows)) => insert_number(fields, "Plan Rows", rows),
                Some(("width", width)) => insert_number(fields, "Plan Width", width),
                _ => {}
            }
        }
    }
    title
}

/// `time=0.012..0.013 rows=1 loops=1`, of a node or of a worker.
pub(super) fn insert_actual(text: &str, fields: &mut Map<String, Value>) {
    for part in text.split(' ') {
        match part.split_once('=') {
            Some(("time", range)) => {
                if let Some((startup, total)) = range.split_once("..") {
                    insert_number(fields, "Actual Startup Time", startup);
                    insert_number(fields, "Actual Total Time", total);
                }
            }
            Some(("rows", rows)) => insert_number(fields, "Actual Rows", rows),
            Some(("loops", loops)) => insert_number(fields, "Actual Loops", loops),
            _ => {}
        }
    }
}

fn insert_number(fields: &mut Map<String, Value>, key: &str, text: &str) {
    if let Some(number) = number(text) {
        fields.insert(key.to_owned(), number);
    }
}

fn set(fields: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    fields.insert(key.to_owned(), value.into());
}

fn read_title(title: &str, fields: &mut Map<String, Value>) {
    let mut title = title;
    if let Some(rest) = title.strip_prefix("Parallel ") {
        title = rest;
        set(fields, "Parallel Aware", true);
    }
    if let Some(rest) = title.strip_prefix("Async ") {
        title = rest;
        set(fields, "Async Capable", true);
    }
    let mut mode = "Simple";
    for partial in ["Partial", "Finalize"] {
        if let Some(rest) = title
            .strip_prefix(partial)
            .and_then(|rest| rest.strip_prefix(' '))
        {
            title = rest;
            mode = partial;
        }
    }
    if let Some(rest) = read_operation(title, fields) {
        read_target(rest, fields);
    } else if let Some((strategy, rest)) = aggregate(title) {
        set(fields, "Node Type", "Aggregate");
        set(fields, "Strategy", strategy);
        set(fields, "Partial Mode", mode);
        read_target(rest, fields);
    } else if let Some((strategy, command)) = title
        .strip_prefix("HashSetOp")
        .map(|command| ("Hashed", command))
        .or_else(|| {
            title
                .strip_prefix("SetOp")
                .map(|command| ("Sorted", command))
        })
    {
        set(fields, "Node Type", "SetOp");
        set(fields, "Strategy", strategy);
        if !command.trim().is_empty() {
            set(fields, "Command", command.trim());
        }
    } else if let Some((node, join)) = join(title) {
        set(fields, "Node Type", node);
        set(fields, "Join Type", join);
    } else if let Some(rest) = title.strip_prefix("Custom Scan (") {
        let (provider, rest) = rest.split_once(')').unwrap_or((rest, ""));
        set(fields, "Node Type", "Custom Scan");
        set(fields, "Custom Plan Provider", provider);
        read_target(rest, fields);
    } else {
        let known = NodeType::known_names()
            .filter(|name| {
                title
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            })
            .max_by_key(|name| name.len());
        let name = known.unwrap_or_else(|| {
            let end = [" using ", " on "]
                .iter()
                .filter_map(|word| title.find(word))
                .min()
                .unwrap_or(title.len());
            &title[..end]
        });
        set(fields, "Node Type", name);
        read_target(&title[name.len()..], fields);
    }
}

/// `Update on t`, `Foreign Insert on t`.
fn read_operation<'a>(title: &'a str, fields: &mut Map<String, Value>) -> Option<&'a str> {
    for operation in ["Insert", "Update", "Delete", "Merge"] {
        let (rest, node) = match title.strip_prefix("Foreign ") {
            Some(rest) => (rest, "Foreign Scan"),
            None => (title, "ModifyTable"),
        };
        if let Some(rest) = rest.strip_prefix(operation)
            && (rest.is_empty() || rest.starts_with(" on "))
        {
            set(fields, "Node Type", node);
            set(fields, "Operation", operation);
            return Some(rest);
        }
    }
    None
}

/// A line that names one more table of a ModifyTable: `Update on part_a t_1`.
pub(super) fn further_target(text: &str) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    let rest = read_operation(text, &mut fields)?;
    read_target(rest, &mut fields);
    fields.shift_remove("Node Type");
    fields.shift_remove("Operation");
    Some(fields)
}

fn aggregate(title: &str) -> Option<(&'static str, &str)> {
    [
        ("Aggregate", "Plain"),
        ("GroupAggregate", "Sorted"),
        ("HashAggregate", "Hashed"),
        ("MixedAggregate", "Mixed"),
    ]
    .iter()
    .find_map(|(name, strategy)| Some((*strategy, title.strip_prefix(name)?)))
    .filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
}

fn join(title: &str) -> Option<(&'static str, &str)> {
    let (node, rest) = [
        ("Nested Loop", "Nested Loop"),
        ("Hash", "Hash Join"),
        ("Merge", "Merge Join"),
    ]
    .iter()
    .find_map(|(start, node)| Some((*node, title.strip_prefix(start)?)))?;
    if rest.is_empty() {
        return (node == "Nested Loop").then_some((node, "Inner"));
    }
    let join = rest.strip_suffix("Join")?.trim();
    match join {
        "" => Some((node, "Inner")),
        "Left" | "Right" | "Full" | "Semi" | "Anti" | "Right Semi" | "Right Anti" => {
            Some((node, join))
        }
        _ => None,
    }
}

/// ` Backward using i on s.t a`.
fn read_target(rest: &str, fields: &mut Map<String, Value>) {
    let kind = fields
        .get("Node Type")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    let mut rest = rest.trim_start();
    if matches!(kind.as_str(), "Index Scan" | "Index Only Scan") {
        let backward = rest
            .strip_prefix("Backward ")
            .or_else(|| (rest == "Backward").then_some(""));
        set(
            fields,
            "Scan Direction",
            if backward.is_some() {
                "Backward"
            } else {
                "Forward"
            },
        );
        rest = backward.unwrap_or(rest);
    }
    if let Some((index, after)) = rest.strip_prefix("using ").and_then(identifier) {
        set(fields, "Index Name", index);
        rest = after.trim_start();
    }
    let Some((first, after)) = rest.strip_prefix("on ").and_then(identifier) else {
        return;
    };
    let (schema, name, after) = match after.strip_prefix('.').and_then(identifier) {
        Some((name, after)) => (Some(first), name, after),
        None => (None, first, after),
    };
    let alias = identifier(after.trim_start()).map(|(alias, _)| alias);
    let name_key = match kind.as_str() {
        "Bitmap Index Scan" => {
            set(fields, "Index Name", name);
            return;
        }
        "Subquery Scan" | "Values Scan" => {
            set(fields, "Alias", name);
            return;
        }
        "CTE Scan" | "WorkTable Scan" => "CTE Name",
        "Function Scan" => "Function Name",
        "Table Function Scan" => "Table Function Name",
        "Named Tuplestore Scan" => "Tuplestore Name",
        _ => "Relation Name",
    };
    if let Some(schema) = schema {
        set(fields, "Schema", schema);
    }
    set(fields, "Alias", alias.unwrap_or_else(|| name.clone()));
    set(fields, name_key, name);
}
