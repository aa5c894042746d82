//! Plans that lost their indentation, or their line ends, on the way (a web page, a chat). Most nodes have a fixed
//! number of inputs, and EXPLAIN prints each node before its inputs: that gives the tree back.

use serde_json::Value;

use super::{column, node_line, property};
use crate::plan::{NodeType, PlanError, framing};

/// The root's arrow would stand there: properties are six columns right of an arrow, and so are the arrows of inputs.
const ROOT_ARROW: isize = -4;
const STEP: isize = 6;

/// Keys that begin a line of their own, where a plan stands on one line.
const KEYS: &[&str] = &[
    "Rows Removed by Join Filter",
    "Rows Removed by Filter",
    "Join Filter",
    "Filter",
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Rows Removed by Index Recheck",
    "Sort Key",
    "Sort Method",
    "Group Key",
    "Workers Planned",
    "Workers Launched",
    "Heap Fetches",
    "Heap Blocks",
    "Buckets",
    "Buffers",
    "Planning Time",
    "Planning time",
    "Execution Time",
    "Execution time",
    "Total runtime",
];

struct Open {
    arrow: isize,
    inputs: Inputs,
    hash_join: bool,
}

/// Inputs that may still come.
enum Inputs {
    Left(usize),
    /// Any number of bitmaps.
    Bitmaps,
    /// Any number: where they end cannot be told.
    Any,
}

/// The lines of a plan, the root's first, with the indentation that EXPLAIN gave them; `None` where they have theirs.
///
/// # Errors
/// Where it cannot be told.
pub(super) fn restored(lines: &[String]) -> Result<Option<Vec<String>>, PlanError> {
    let Some(margin) = lines.first().map(|line| column(line)) else {
        return Ok(None);
    };
    let arrows = || {
        lines
            .iter()
            .skip(1)
            .filter(|line| line.trim_start().starts_with("->"))
    };
    // a single node: its properties alone tell
    let is_property = |line: &String| {
        column(line) <= margin
            && property::split(line.trim()).is_some_and(|(key, _)| property::holds_expression(key))
    };
    let flat = if arrows().next().is_none() {
        lines.iter().skip(1).any(is_property)
    } else {
        arrows().all(|line| column(line) <= margin)
    };
    if !flat {
        return Ok(None);
    }
    let mut open: Vec<Open> = Vec::new();
    let mut output = Vec::with_capacity(lines.len());
    let mut properties = ROOT_ARROW + STEP;
    // below `SubPlan 1`, `CTE x`: one node that is no input
    let mut titled = false;
    let mut ended = false;
    for (number, line) in lines.iter().enumerate() {
        let text = line.trim();
        let node = text.strip_prefix("->").map(str::trim_start);
        if number == 0 || node.is_some() && !ended {
            let arrow = if number == 0 {
                ROOT_ARROW
            } else if titled {
                properties + 2
            } else {
                place(&mut open, text).ok_or(PlanError::Flat)?
            };
            titled = false;
            output.push(indented(arrow, text));
            open.push(Open {
                arrow,
                inputs: inputs(node.unwrap_or(text)),
                hash_join: node_kind(node.unwrap_or(text)) == Some(NodeType::HashJoin),
            });
            properties = arrow + STEP;
            continue;
        }
        ended |= property::is_top_level(text) || framing::is_row_count(text);
        if ended {
            output.push(text.to_owned());
            continue;
        }
        titled = ["SubPlan ", "InitPlan ", "CTE "]
            .iter()
            .any(|start| text.starts_with(start));
        output.push(indented(properties, text));
    }
    Ok(Some(output))
}

/// The column of the next input's arrow: below the last node that can take one.
fn place(open: &mut Vec<Open>, text: &str) -> Option<isize> {
    let kind = node_kind(text.trim_start_matches("->").trim_start());
    let is_bitmap = kind.as_ref().is_some_and(|kind| {
        matches!(
            kind,
            NodeType::BitmapIndexScan | NodeType::BitmapAnd | NodeType::BitmapOr
        )
    });
    while let Some(last) = open.last_mut() {
        let arrow = last.arrow + STEP;
        match &mut last.inputs {
            Inputs::Left(left) if *left > 0 => {
                *left -= 1;
                return Some(arrow);
            }
            Inputs::Bitmaps if is_bitmap => return Some(arrow),
            Inputs::Any => {
                let waits = |above: &&Open| matches!(above.inputs, Inputs::Left(left) if left > 0);
                match open.iter().rev().find(waits).map(|above| above.hash_join) {
                    None => return Some(arrow),
                    // its other input is a Hash, which no Append reads
                    Some(true) if kind != Some(NodeType::Hash) => return Some(arrow),
                    Some(true) => {}
                    Some(false) => return None,
                }
            }
            Inputs::Left(_) | Inputs::Bitmaps => {}
        }
        open.pop();
    }
    None
}

fn node_kind(text: &str) -> Option<NodeType> {
    node_line::read(text)
        .get("Node Type")
        .and_then(Value::as_str)
        .map(NodeType::from_name)
}

fn inputs(text: &str) -> Inputs {
    match node_kind(text) {
        Some(NodeType::Append | NodeType::MergeAppend) => Inputs::Any,
        Some(NodeType::BitmapAnd | NodeType::BitmapOr) => Inputs::Bitmaps,
        Some(
            NodeType::NestedLoop
            | NodeType::HashJoin
            | NodeType::MergeJoin
            | NodeType::RecursiveUnion,
        ) => Inputs::Left(2),
        Some(NodeType::BitmapHeapScan) => Inputs::Left(1),
        Some(
            NodeType::BitmapIndexScan
            | NodeType::FunctionScan
            | NodeType::TableFunctionScan
            | NodeType::ValuesScan
            | NodeType::CteScan
            | NodeType::NamedTuplestoreScan
            | NodeType::WorkTableScan
            | NodeType::ForeignScan,
        ) => Inputs::Left(0),
        Some(kind) if kind.reads_table() => Inputs::Left(0),
        _ => Inputs::Left(1),
    }
}

fn indented(column: isize, text: &str) -> String {
    let width = usize::try_from(column).unwrap_or(0);
    format!("{:width$}{text}", "")
}

/// The lines of a plan that stands on one line.
pub(super) fn split_joined(line: &str) -> Option<Vec<String>> {
    if line.matches(" -> ").count() == 0 || line.matches("(cost=").count() < 2 {
        return None;
    }
    let line = match line.rfind("---- ") {
        Some(end) => &line[end + "---- ".len()..],
        None => line,
    };
    let mut pieces = line.split(" -> ").peekable();
    let mut broken = String::with_capacity(line.len() + 64);
    while let Some(piece) = pieces.next() {
        match title_at(piece).filter(|_| pieces.peek().is_some()) {
            Some(at) => {
                broken.push_str(&piece[..at]);
                broken.push('\n');
                broken.push_str(&piece[at + 1..]);
            }
            None => broken.push_str(piece),
        }
        if pieces.peek().is_some() {
            broken.push_str("\n-> ");
        }
    }
    for key in KEYS {
        broken = broken.replace(&format!(" {key}: "), &format!("\n{key}: "));
    }
    // a key that another one ends with
    for apart in [
        "Join\nFilter: ",
        "Rows Removed by\nJoin Filter: ",
        "Rows Removed by\nFilter: ",
    ] {
        broken = broken.replace(apart, &apart.replace('\n', " "));
    }
    Some(broken.lines().map(|line| line.trim().to_owned()).collect())
}

/// Where `SubPlan 1`, `InitPlan 1 (returns $0)` or `CTE x` begins at the end of a piece.
fn title_at(piece: &str) -> Option<usize> {
    [" SubPlan ", " InitPlan ", " CTE "]
        .iter()
        .filter_map(|title| {
            let at = piece.rfind(title)?;
            let name = &piece[at + title.len()..];
            (!name.contains([':', '=']) && name.split(' ').count() <= 3).then_some(at)
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_tree_comes_back_from_the_number_of_inputs() {
        let plan = "\
Sort  (cost=9.00..9.01 rows=1 width=4)
  Sort Key: a.x
  CTE c
    ->  Seq Scan on z  (cost=0.00..1.00 rows=1 width=4)
          Filter: (q = 1)
  ->  Hash Join  (cost=3.00..8.00 rows=1 width=4)
        Hash Cond: (a.id = b.id)
        ->  Nested Loop  (cost=0.00..4.00 rows=1 width=4)
              ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)
              ->  Bitmap Heap Scan on d  (cost=0.00..1.00 rows=1 width=4)
                    Recheck Cond: (i = a.i)
                    ->  BitmapOr  (cost=0.00..1.00 rows=1 width=0)
                          ->  Bitmap Index Scan on d1  (cost=0.00..1.00 rows=1 width=0)
                                Index Cond: (i = a.i)
                          ->  Bitmap Index Scan on d2  (cost=0.00..1.00 rows=1 width=0)
        ->  Hash  (cost=1.00..1.00 rows=1 width=4)
              Buckets: 1024
              ->  Append  (cost=0.00..1.00 rows=2 width=4)
                    ->  Seq Scan on b1  (cost=0.00..1.00 rows=1 width=4)
                    ->  Seq Scan on b2  (cost=0.00..1.00 rows=1 width=4)
Planning Time: 0.1 ms
  Buffers: shared hit=1";
        let whole = lines(plan);
        let stripped: Vec<String> = whole.iter().map(|line| line.trim().to_owned()).collect();
        let mut back = restored(&stripped).unwrap().unwrap();
        let last = back.len() - 1;
        back[last].insert_str(0, "  ");
        assert_eq!(back.join("\n"), plan);
        assert_eq!(restored(&whole), Ok(None));
    }

    #[test]
    fn where_it_cannot_be_told_nothing_is_made_up() {
        for plan in [
            "Nested Loop\n-> Append\n-> Seq Scan on a\n-> Seq Scan on b\n-> Seq Scan on c",
            "Seq Scan on a\n-> Seq Scan on b",
        ] {
            assert_eq!(restored(&lines(plan)), Err(PlanError::Flat), "{plan}");
        }
        assert_eq!(
            restored(&lines("Seq Scan on a\n  Filter: (x = 1)")),
            Ok(None)
        );
    }

    #[test]
    fn an_append_ends_where_the_hash_of_its_join_begins() {
        let plan = "\
Hash Join
  ->  Append
        ->  Seq Scan on a
        ->  Seq Scan on b
  ->  Hash
        ->  Seq Scan on c";
        let stripped: Vec<String> = plan.lines().map(|line| line.trim().to_owned()).collect();
        assert_eq!(restored(&stripped).unwrap().unwrap().join("\n"), plan);
    }

    #[test]
    fn properties_of_a_single_node_are_its_own() {
        assert_eq!(
            restored(&lines("Seq Scan on a\nFilter: (x = 1)\n(2 rows)"))
                .unwrap()
                .unwrap(),
            ["Seq Scan on a", "  Filter: (x = 1)", "(2 rows)"]
        );
    }

    #[test]
    fn a_plan_on_one_line_is_taken_apart() {
        let line = "QUERY PLAN ------ Gather (cost=1.0..2.0 rows=5 width=4) Workers Planned: 2 -> Parallel Seq Scan on a \
            (cost=0.00..1.0 rows=2 width=4) Filter: (id = 10) Rows Removed by Filter: 33 Planning Time: 0.4 ms";
        assert_eq!(
            split_joined(line).unwrap(),
            [
                "Gather (cost=1.0..2.0 rows=5 width=4)",
                "Workers Planned: 2",
                "-> Parallel Seq Scan on a (cost=0.00..1.0 rows=2 width=4)",
                "Filter: (id = 10)",
                "Rows Removed by Filter: 33",
                "Planning Time: 0.4 ms"
            ]
        );
        assert_eq!(
            split_joined("Seq Scan on a (cost=0.00..1.0 rows=2 width=4) Filter: (hashed SubPlan 1) SubPlan 1 -> Seq Scan on b (cost=0.00..1.0 rows=2 width=4)")
                .unwrap()[1..3],
            ["Filter: (hashed SubPlan 1)", "SubPlan 1"]
        );
        assert_eq!(
            split_joined("Seq Scan on a (cost=0.00..1.0 rows=2 width=4)"),
            None
        );
    }
}
