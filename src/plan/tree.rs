use super::title::without_parentheses;
use super::{Figures, Measure, NodeId, NodeType, Plan, PlanNode, Relationship, SpaceType, units};

/// Widest own share's bar, in characters.
const BAR_WIDTH: f64 = 9.0;
/// Wrong estimates of fewer rows than this are not remarked on.
const REMARKABLE_ROWS: f64 = 100.0;
/// Deeper plans are drawn with one column a level, so that they fit.
const WIDE_STEPS: usize = 14;

/// A plan as people see it, apart from colours and terminals.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanTree {
    /// The columns that the lines have, in order.
    pub columns: Vec<TreeColumn>,
    pub lines: Vec<TreeLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeColumn {
    /// Share of the estimated cost.
    Cost,
    /// Share of the execution time.
    Time,
    /// Share of the blocks.
    Blocks,
    /// Rows that the planner expects, over all executions.
    EstimatedRows,
    /// Rows that came, over all loops.
    Rows,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeLine {
    pub node: NodeId,
    pub depth: usize,
    /// Lines of the tree before the title.
    pub prefix: String,
    /// The same below the title, for text that is wrapped.
    pub continuation: String,
    /// One cell a column.
    pub cells: Vec<String>,
    /// What the node and all below it take of the first column's measure, 0 to 1.
    pub share: Option<f64>,
    /// What it takes by itself.
    pub own_share: Option<f64>,
    /// `Seq Scan tickets t`.
    pub title: String,
    /// `created_at DESC`.
    pub detail: String,
    /// As long as the own share; empty below 5 %.
    pub bar: String,
    /// `reads 2.0 M rows, keeps 3 %`.
    pub remark: String,
}

impl TreeColumn {
    /// The word above the column.
    pub fn header(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Time => "time",
            Self::Blocks => "blocks",
            Self::EstimatedRows | Self::Rows => "rows",
        }
    }
}

impl PlanTree {
    /// The tree of a plan. `table_rows` tells how many rows a scan's table has, where that is known: without a run
    /// it is what the scan reads.
    pub fn of(
        plan: &Plan,
        figures: &Figures,
        table_rows: &dyn Fn(&PlanNode) -> Option<f64>,
    ) -> Self {
        let mut columns = Vec::new();
        if plan.was_run() {
            if figures.whole(Measure::Time).is_some() {
                columns.push(TreeColumn::Time);
            }
            if figures.whole(Measure::Blocks).is_some() {
                columns.push(TreeColumn::Blocks);
            }
            if columns.is_empty() && figures.whole(Measure::Cost).is_some() {
                columns.push(TreeColumn::Cost);
            }
            columns.push(TreeColumn::Rows);
        } else if plan.root().estimate.is_some() {
            columns.extend([TreeColumn::Cost, TreeColumn::EstimatedRows]);
        }
        let measure = figures.best_measure();
        let deepest = plan
            .nodes()
            .iter()
            .map(|node| node.depth)
            .max()
            .unwrap_or(0);
        let glyphs = if deepest <= WIDE_STEPS { WIDE } else { NARROW };
        let mut lines = Vec::with_capacity(plan.nodes().len());
        // For each depth, whether more siblings follow.
        let mut follows: Vec<bool> = Vec::new();
        for node in plan.nodes() {
            follows.truncate(node.depth);
            let is_last = plan
                .parent(node)
                .is_none_or(|parent| parent.children.last() == Some(&node.id));
            follows.resize(node.depth, false);
            follows.push(!is_last);
            lines.push(TreeLine {
                node: node.id,
                depth: node.depth,
                prefix: prefix(&follows, glyphs, false),
                continuation: prefix(&follows, glyphs, true)
                    + if node.children.is_empty() {
                        glyphs.gap
                    } else {
                        glyphs.pipe
                    },
                cells: columns
                    .iter()
                    .map(|column| cell(*column, node, figures))
                    .collect(),
                share: figures.share(node.id, measure),
                own_share: figures.own_share(node.id, measure),
                title: node.title(),
                detail: node.detail(),
                bar: bar(figures.own_share(node.id, measure)),
                remark: remark(plan, figures, node, table_rows),
            });
        }
        Self { columns, lines }
    }

    /// As plain text that fits `width` columns: details and remarks are wrapped, never cut off.
    pub fn to_text(&self, width: usize) -> String {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                self.lines
                    .iter()
                    .filter_map(|line| line.cells.get(at))
                    .map(|cell| cell.chars().count())
                    .chain([column.header().len(), 5])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let row = |cells: &mut dyn Iterator<Item = &str>| -> String {
            let mut row = String::new();
            for (cell, width) in cells.zip(&widths) {
                row.push_str(&format!(" {cell:>width$} "));
            }
            row.push_str(if widths.is_empty() { "" } else { "  " });
            row
        };
        let mut text = String::new();
        if !self.columns.is_empty() {
            let header = row(&mut self.columns.iter().map(|column| column.header()));
            text.push_str(header.trim_end());
            text.push('\n');
        }
        for line in &self.lines {
            let cells = row(&mut line.cells.iter().map(String::as_str));
            let blank = " ".repeat(cells.chars().count());
            let mut parts = vec![line.title.as_str()];
            parts.extend(
                [
                    line.detail.as_str(),
                    line.bar.as_str(),
                    line.remark.as_str(),
                ]
                .into_iter()
                .filter(|part| !part.is_empty()),
            );
            let first = format!("{cells}{}", line.prefix);
            let next = format!("{blank}{}", line.continuation);
            text.push_str(&wrapped(&first, &next, &parts, width));
        }
        text
    }
}

#[derive(Clone, Copy)]
struct Glyphs {
    branch: &'static str,
    last: &'static str,
    pipe: &'static str,
    gap: &'static str,
}

const WIDE: Glyphs = Glyphs {
    branch: "├─ ",
    last: "└─ ",
    pipe: "│  ",
    gap: "   ",
};

const NARROW: Glyphs = Glyphs {
    branch: "├",
    last: "└",
    pipe: "│",
    gap: " ",
};

fn prefix(follows: &[bool], glyphs: Glyphs, below: bool) -> String {
    let Some((own, above)) = follows.get(1..).and_then(<[bool]>::split_last) else {
        return String::new();
    };
    let mut prefix: String = above
        .iter()
        .map(|follows| if *follows { glyphs.pipe } else { glyphs.gap })
        .collect();
    prefix.push_str(match (below, own) {
        (false, true) => glyphs.branch,
        (false, false) => glyphs.last,
        (true, true) => glyphs.pipe,
        (true, false) => glyphs.gap,
    });
    prefix
}

/// Parts two blanks apart, on as many lines as they need; words that are longer than a line stay whole.
fn wrapped(first: &str, next: &str, parts: &[&str], width: usize) -> String {
    let mut text = first.to_owned();
    let mut column = first.chars().count();
    let indent = next.chars().count();
    let room = width.max(indent + 20);
    let mut is_start = true;
    for part in parts {
        let length = part.chars().count();
        let mut separator = if is_start { "" } else { "  " };
        // A part that fits on a line of its own is kept in one piece.
        if !is_start && column + 2 + length > room && indent + length <= room {
            text.push('\n');
            text.push_str(next);
            column = indent;
            separator = "";
        }
        for word in part.split(' ') {
            let needed = separator.len() + word.chars().count();
            if column + needed > room && column > indent {
                text.push('\n');
                text.push_str(next);
                column = indent + word.chars().count();
            } else {
                text.push_str(separator);
                column += needed;
            }
            text.push_str(word);
            separator = " ";
        }
        is_start = false;
    }
    text.push('\n');
    text
}

fn cell(column: TreeColumn, node: &PlanNode, figures: &Figures) -> String {
    let share = |measure| {
        figures
            .share(node.id, measure)
            .map_or_else(|| "–".to_owned(), units::percent)
    };
    if node.actual.is_some() && !node.was_executed() {
        return "–".to_owned();
    }
    match column {
        TreeColumn::Cost => share(Measure::Cost),
        TreeColumn::Time => share(Measure::Time),
        TreeColumn::Blocks => share(Measure::Blocks),
        TreeColumn::EstimatedRows => node
            .estimate
            .map_or_else(|| "–".to_owned(), |estimate| units::count(estimate.rows)),
        TreeColumn::Rows => figures
            .node(node.id)
            .rows
            .map_or_else(|| "–".to_owned(), units::count),
    }
}

fn bar(share: Option<f64>) -> String {
    let length = (share.unwrap_or(0.0) * BAR_WIDTH).round();
    match share {
        Some(share) if share >= 0.05 => "▇".repeat(length.max(1.0) as usize),
        _ => String::new(),
    }
}

/// What is worth knowing of a node beside its share.
fn remark(
    plan: &Plan,
    figures: &Figures,
    node: &PlanNode,
    table_rows: &dyn Fn(&PlanNode) -> Option<f64>,
) -> String {
    if node.actual.is_some() && !node.was_executed() {
        return "never run".to_owned();
    }
    let numbers = figures.node(node.id);
    let mut remarks = Vec::new();
    let kept = match (numbers.rows, numbers.removed_by_filter) {
        (Some(rows), Some(removed)) if removed > 0.0 => Some((rows, rows + removed)),
        (None, _) if node.kind == NodeType::SeqScan => node
            .estimate
            .zip(table_rows(node))
            .map(|(estimate, read)| (estimate.rows, read)),
        _ => None,
    };
    if let Some((rows, read)) = kept
        && read > rows
    {
        remarks.push(format!(
            "reads {}, keeps {}",
            units::rows(read),
            units::percent(rows / read)
        ));
    }
    if matches!(node.kind, NodeType::Sort | NodeType::IncrementalSort)
        && let Some((sorted, kept)) = sorted_to_keep(plan, figures, node)
    {
        remarks.push(format!(
            "{} sorted to keep {}",
            units::rows(sorted),
            units::count(kept)
        ));
    }
    if let Some(space) = node.sort.as_ref().and_then(|sort| sort.space)
        && space.kind == SpaceType::Disk
    {
        remarks.push(format!("{} on disk", units::kilobytes(space.used)));
    }
    if let Some(hash) = node.hash
        && hash.batches.is_some_and(|batches| batches > 1.0)
    {
        remarks.push(format!(
            "in {} batches on disk",
            units::count(hash.batches.unwrap_or(0.0))
        ));
    }
    if let Some(blocks) = node.heap_blocks
        && blocks.lossy > 0.0
    {
        remarks.push(format!(
            "{} known only as a whole",
            units::blocks(blocks.lossy)
        ));
    }
    if let Some(fetches) = node.heap_fetches
        && fetches > 0.0
    {
        remarks.push(format!(
            "{} from the table",
            units::counted(fetches, "fetch").replace("fetchs", "fetches")
        ));
    }
    if let Some(loops) = numbers.loops
        && loops / numbers.processes >= 1.5
    {
        remarks.push(format!(
            "run {} times",
            units::count(loops / numbers.processes)
        ));
    }
    if let Some(workers) = node.workers
        && let Some(launched) = workers.launched
    {
        remarks.push(if launched < workers.planned {
            format!(
                "{} of {} workers",
                units::count(launched),
                units::count(workers.planned)
            )
        } else {
            units::counted(launched, "worker")
        });
    }
    if let Some(estimate) = numbers.estimate
        && estimate.factor >= 10.0
        && (estimate.too_low || !estimate.may_have_stopped_early)
        && estimate.estimated.max(estimate.actual) * numbers.loops.unwrap_or(1.0) >= REMARKABLE_ROWS
        && node.kind != NodeType::BitmapIndexScan
    {
        let per_loop = if numbers.loops.is_some_and(|loops| loops > 1.0) {
            " each time"
        } else {
            ""
        };
        remarks.push(format!(
            "{} expected{per_loop}",
            units::rows(estimate.estimated)
        ));
    }
    remarks.join(", ")
}

/// Rows that go into a sort, and rows that a LIMIT right above it (or above a Gather Merge) takes.
pub(super) fn sorted_to_keep(
    plan: &Plan,
    figures: &Figures,
    sort: &PlanNode,
) -> Option<(f64, f64)> {
    let limit = plan
        .ancestors(sort)
        .take_while(|above| {
            matches!(
                above.kind,
                NodeType::Limit
                    | NodeType::LockRows
                    | NodeType::GatherMerge
                    | NodeType::Result
                    | NodeType::SubqueryScan
            )
        })
        .find(|above| above.kind == NodeType::Limit)?;
    let input = plan
        .children(sort)
        .find(|child| child.is_input() && child.relationship != Some(Relationship::Inner))?;
    let (sorted, kept) = match (figures.node(input.id).rows, figures.node(limit.id).rows) {
        (Some(sorted), Some(kept)) => (sorted, kept),
        _ => (input.estimate?.rows, limit.estimate?.rows),
    };
    (sorted > kept).then_some((sorted, kept))
}

/// The condition's text as the query's author would write it: without the outer parentheses.
pub fn clause(text: &str) -> String {
    without_parentheses(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
