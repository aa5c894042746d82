//! The text format of EXPLAIN, turned into the JSON that EXPLAIN (FORMAT JSON) would have printed.
//!
//! Depth is taken from the columns relative to each other (explain.c, `ExplainIndentText`): what stands further
//! right than a node's arrow belongs to it.

mod indent;
mod node_line;
mod property;
mod scan;

use serde_json::{Map, Value, json};

use super::json::DEPTH_LIMIT;
use super::{Plan, PlanError, framing};
use property::Place;

/// Root's properties stand two columns to its right, those of others six columns right of the arrow.
const ROOT_ARROW_OFFSET: usize = 4;

struct TextNode {
    fields: Map<String, Value>,
    parent: Option<usize>,
    depth: usize,
}

/// What a line further right than `column` belongs to.
struct Open {
    column: usize,
    what: Opened,
}

enum Opened {
    Node(usize),
    /// `SubPlan 1`, `CTE x`: names the next node of that parent.
    Title(usize, String),
    Worker(usize),
    /// A group of lines that we do not keep.
    Skipped,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Section {
    #[default]
    Nodes,
    Planning,
    Jit,
    Serialization,
    Unknown,
}

struct Reader {
    nodes: Vec<TextNode>,
    open: Vec<Open>,
    top: Map<String, Value>,
    section: Section,
    root_column: usize,
}

impl Plan {
    pub(super) fn from_text_lines(lines: &[String]) -> Result<Self, PlanError> {
        let joined = lines.iter().find_map(|line| indent::split_joined(line));
        let lines = joined.as_deref().unwrap_or(lines);
        let start = node_line::first(lines).ok_or(PlanError::NoNode)?;
        let before = &lines[..start];
        let restored = indent::restored(&lines[start..])?;
        let lines = restored.as_deref().unwrap_or(&lines[start..]);
        let mut reader = Reader {
            nodes: Vec::new(),
            open: Vec::new(),
            top: query_text(before),
            section: Section::Nodes,
            // Shifted, so that the root's arrow has a column left of the margin.
            root_column: lines.first().map_or(0, |line| column(line)) + ROOT_ARROW_OFFSET,
        };
        for line in scan::logical_lines(lines) {
            if !reader.read_line(&line)? {
                break;
            }
        }
        Plan::from_json(&reader.finish()?)
    }
}

/// Width of the white space before the text; a tab is eight columns wide.
fn column(line: &str) -> usize {
    line.chars()
        .take_while(|c| c.is_whitespace())
        .map(|c| if c == '\t' { 8 } else { 1 })
        .sum()
}

/// "Query Text: ..." of auto_explain, up to the plan.
fn query_text(before: &[String]) -> Map<String, Value> {
    let mut top = Map::new();
    let Some(start) = before
        .iter()
        .rposition(|line| line.contains("Query Text: "))
    else {
        return top;
    };
    let mut text = String::new();
    for (number, line) in before[start..].iter().enumerate() {
        if line.trim_start().starts_with("Query Parameters: ") {
            let parameters = line.trim_start().trim_start_matches("Query Parameters: ");
            top.insert("Query Parameters".to_owned(), json!(parameters));
            break;
        }
        match number {
            0 => text.push_str(line.split_once("Query Text: ").map_or("", |(_, text)| text)),
            _ => {
                text.push('\n');
                text.push_str(line.strip_prefix('\t').unwrap_or(line));
            }
        }
    }
    top.insert("Query Text".to_owned(), json!(text.trim_end()));
    top
}

impl Reader {
    /// Returns false at the end of the plan.
    fn read_line(&mut self, line: &str) -> Result<bool, PlanError> {
        let text = line.trim();
        if text.is_empty() || framing::is_row_count(line) || framing::is_rule(line) {
            return Ok(true);
        }
        let column = column(line) + ROOT_ARROW_OFFSET;
        if self.nodes.is_empty() {
            self.push_node(self.root_column - ROOT_ARROW_OFFSET, text)?;
            return Ok(true);
        }
        if column <= self.root_column || property::is_top_level(text) {
            return Ok(self.read_top_level(text));
        }
        if self.section != Section::Nodes {
            self.read_in_section(text);
            return Ok(true);
        }
        self.open.retain(|open| open.column < column);
        if let Some(node) = text.strip_prefix("->") {
            self.push_node(column, node.trim_start())?;
            return Ok(true);
        }
        self.read_below_node(column, text);
        Ok(true)
    }

    fn push_node(&mut self, column: usize, text: &str) -> Result<(), PlanError> {
        let text = text.trim_start_matches("->").trim_start();
        let mut fields = node_line::read(text);
        let (parent, title) = match self.open.last().map(|open| &open.what) {
            Some(Opened::Node(parent)) => (Some(*parent), None),
            Some(Opened::Title(parent, title)) => (Some(*parent), Some(title.clone())),
            _ => (self.nodes.len().checked_sub(1).map(|_| 0), None),
        };
        let depth = parent
            .and_then(|parent| self.nodes.get(parent))
            .map_or(0, |parent| parent.depth + 1);
        if depth > DEPTH_LIMIT {
            return Err(PlanError::TooDeep { limit: DEPTH_LIMIT });
        }
        if let Some(parent) = parent {
            let relationship = match &title {
                Some(title) if title.starts_with("SubPlan") => "SubPlan",
                Some(_) => "InitPlan",
                None => self.relationship_below(parent),
            };
            fields.insert("Parent Relationship".to_owned(), json!(relationship));
        }
        if let Some(title) = title {
            fields.insert("Subplan Name".to_owned(), json!(title));
        }
        self.open.push(Open {
            column,
            what: Opened::Node(self.nodes.len()),
        });
        self.nodes.push(TextNode {
            fields,
            parent,
            depth,
        });
        Ok(())
    }

    /// What the next input of that node is to it.
    fn relationship_below(&self, parent: usize) -> &'static str {
        let kind = self
            .nodes
            .get(parent)
            .and_then(|node| node.fields.get("Node Type"))
            .and_then(Value::as_str)
            .unwrap_or("");
        let is_second = self.nodes.iter().any(|node| {
            node.parent == Some(parent)
                && node.fields.get("Parent Relationship") == Some(&json!("Outer"))
        });
        match kind {
            "Append" | "Merge Append" | "BitmapAnd" | "BitmapOr" => "Member",
            "Subquery Scan" => "Subquery",
            "ModifyTable" if is_second => "Member",
            _ if is_second => "Inner",
            _ => "Outer",
        }
    }

    fn read_below_node(&mut self, column: usize, text: &str) {
        let owner = match self.open.last().map(|open| &open.what) {
            Some(Opened::Node(owner) | Opened::Title(owner, _)) => *owner,
            Some(Opened::Worker(owner)) => {
                let owner = *owner;
                if let Some((key, value)) = property::split(text)
                    && let Some(worker) = self.last_worker(owner)
                {
                    property::insert(worker, Place::Worker, key, value);
                }
                return;
            }
            Some(Opened::Skipped) | None => return,
        };
        let Some(node) = self.nodes.get_mut(owner) else {
            return;
        };
        if let Some((number, rest)) = property::worker(text) {
            let workers = node.fields.entry("Workers").or_insert_with(|| json!([]));
            if let Some(workers) = workers.as_array_mut() {
                let known = workers
                    .last()
                    .is_some_and(|last| last.get("Worker Number") == Some(&json!(number)));
                if !known {
                    workers.push(json!({ "Worker Number": number }));
                }
                if let Some(Value::Object(worker)) = workers.last_mut() {
                    property::insert_worker_line(worker, rest);
                }
            }
            self.open.push(Open {
                column,
                what: Opened::Worker(owner),
            });
        } else if ["SubPlan ", "InitPlan ", "CTE "]
            .iter()
            .any(|start| text.starts_with(start))
        {
            self.open.push(Open {
                column,
                what: Opened::Title(owner, text.to_owned()),
            });
        } else if text.starts_with("JIT for worker") {
            self.open.push(Open {
                column,
                what: Opened::Skipped,
            });
        } else if let Some((key, value)) = property::split(text) {
            property::insert(&mut node.fields, Place::Node, key, value);
        } else if let Some(target) = node_line::further_target(text) {
            let targets = node
                .fields
                .entry("Target Tables")
                .or_insert_with(|| json!([]));
            if let Some(targets) = targets.as_array_mut() {
                targets.push(Value::Object(target));
            }
        }
    }

    fn last_worker(&mut self, owner: usize) -> Option<&mut Map<String, Value>> {
        self.nodes
            .get_mut(owner)?
            .fields
            .get_mut("Workers")?
            .as_array_mut()?
            .last_mut()?
            .as_object_mut()
    }

    /// Returns false where another plan begins.
    fn read_top_level(&mut self, text: &str) -> bool {
        if text.contains("Query Text: ") || node_line::has_figures(text) {
            return false;
        }
        if let Some(trigger) = property::trigger(text) {
            let triggers = self.top.entry("Triggers").or_insert_with(|| json!([]));
            if let Some(triggers) = triggers.as_array_mut() {
                triggers.push(trigger);
            }
            return true;
        }
        let Some((key, value)) = property::split(text) else {
            return true;
        };
        self.section = match key {
            "Planning" => Section::Planning,
            "JIT" => Section::Jit,
            "Serialization" => Section::Serialization,
            _ => Section::Unknown,
        };
        property::insert_top_level(&mut self.top, key, value);
        true
    }

    fn read_in_section(&mut self, text: &str) {
        let (name, place) = match self.section {
            Section::Planning => ("Planning", Place::Planning),
            Section::Jit => ("JIT", Place::Jit),
            Section::Serialization => ("Serialization", Place::Node),
            Section::Nodes | Section::Unknown => return,
        };
        let Some((key, value)) = property::split(text) else {
            return;
        };
        let section = self.top.entry(name).or_insert_with(|| json!({}));
        if let Some(section) = section.as_object_mut() {
            property::insert(section, place, key, value);
        }
    }

    /// The tree as one JSON object.
    fn finish(mut self) -> Result<Value, PlanError> {
        property::add_zeros(self.nodes.iter_mut().map(|node| &mut node.fields));
        let mut below: Vec<Vec<Value>> = self.nodes.iter().map(|_| Vec::new()).collect();
        // Children come after their parents, so each is whole when its turn comes.
        while let Some(node) = self.nodes.pop() {
            let mut fields = node.fields;
            let mut children = below.pop().unwrap_or_default();
            if !children.is_empty() {
                children.reverse();
                fields.insert("Plans".to_owned(), Value::Array(children));
            }
            match node.parent.and_then(|parent| below.get_mut(parent)) {
                Some(siblings) => siblings.push(Value::Object(fields)),
                None => {
                    let mut object = Map::new();
                    object.insert("Plan".to_owned(), Value::Object(fields));
                    object.extend(self.top);
                    return Ok(Value::Object(object));
                }
            }
        }
        Err(PlanError::NoNode)
    }
}
