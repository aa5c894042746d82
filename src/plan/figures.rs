use super::{AggregateStrategy, JoinType, NodeId, NodeType, Plan, PlanNode, Relationship};

/// What a share is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Milliseconds.
    Time,
    /// Blocks of 8 kB, shared and local, hit and read.
    Blocks,
    /// Estimated cost.
    Cost,
}

/// What each node of a plan did, the loops and workers worked in.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    nodes: Vec<NodeFigures>,
    whole_time: Option<f64>,
    whole_blocks: Option<f64>,
    whole_cost: Option<f64>,
}

/// What one node did over all its loops. `own_` is without the nodes below it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NodeFigures {
    /// Milliseconds of wall-clock time: loops multiplied, divided by the processes that shared the work.
    pub time: Option<f64>,
    pub own_time: Option<f64>,
    /// Blocks of all processes.
    pub blocks: Option<f64>,
    pub own_blocks: Option<f64>,
    /// Blocks of temporary files.
    pub own_temporary: Option<f64>,
    /// Estimated cost within the whole plan: repeated inputs multiplied, cut to what the node above accounts for.
    pub cost: Option<f64>,
    pub own_cost: Option<f64>,
    /// Rows returned, all loops and processes together.
    pub rows: Option<f64>,
    pub loops: Option<f64>,
    /// Processes that shared the work; 1 outside of Gather.
    pub processes: f64,
    /// Rows read and thrown away by the filter, all loops; rounding makes it inexact where loops are many.
    pub removed_by_filter: Option<f64>,
    pub estimate: Option<RowsEstimate>,
}

/// Rows per loop, expected and seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowsEstimate {
    pub estimated: f64,
    pub actual: f64,
    /// How many times too high or too low, 1 or more; less than one row counts as one.
    pub factor: f64,
    /// Fewer were expected than came.
    pub too_low: bool,
    /// Its reader may have stopped before the last row, so that fewer rows prove nothing.
    pub may_have_stopped_early: bool,
}

impl Figures {
    /// Works out the figures of all nodes.
    pub fn of(plan: &Plan) -> Self {
        let mut nodes: Vec<NodeFigures> = plan
            .nodes()
            .iter()
            .map(|node| of_node(plan, node))
            .collect();
        let own_time = without_inputs(plan, &nodes, |figures| figures.time);
        let own_blocks = without_inputs(plan, &nodes, |figures| figures.blocks);
        let own_temporary = without_inputs(plan, &nodes, |figures| figures.own_temporary);
        let costs = costs(plan);
        for (at, node) in nodes.iter_mut().enumerate() {
            node.own_time = own_time.get(at).copied().flatten();
            node.own_blocks = own_blocks.get(at).copied().flatten();
            node.own_temporary = own_temporary.get(at).copied().flatten();
            if let Some(Some((cost, own))) = costs.get(at) {
                node.cost = Some(*cost);
                node.own_cost = Some(*own);
            }
        }
        let root = nodes.first().copied().unwrap_or_default();
        Self {
            whole_time: plan.whole_time().filter(|_| root.time.is_some()),
            whole_blocks: root.blocks,
            whole_cost: root.cost,
            nodes,
        }
    }

    /// The figures of a node; zeros for a number of another plan.
    pub fn node(&self, id: NodeId) -> NodeFigures {
        self.nodes.get(id.0).copied().unwrap_or_default()
    }

    /// All of it: milliseconds (execution time), blocks, cost.
    pub fn whole(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Time => self.whole_time,
            Measure::Blocks => self.whole_blocks,
            Measure::Cost => self.whole_cost,
        }
    }

    /// The share of the whole, 0 to 1, of a node and all below it.
    pub fn share(&self, id: NodeId, measure: Measure) -> Option<f64> {
        let node = self.node(id);
        let part = match measure {
            Measure::Time => node.time,
            Measure::Blocks => node.blocks,
            Measure::Cost => node.cost,
        };
        share(part?, self.whole(measure)?)
    }

    /// The share of the whole, 0 to 1, of a node by itself.
    pub fn own_share(&self, id: NodeId, measure: Measure) -> Option<f64> {
        let node = self.node(id);
        let part = match measure {
            Measure::Time => node.own_time,
            Measure::Blocks => node.own_blocks,
            Measure::Cost => node.own_cost,
        };
        share(part?, self.whole(measure)?)
    }

    /// The best measure at hand: time, else blocks, else cost.
    pub fn best_measure(&self) -> Measure {
        if self.whole_time.is_some() {
            Measure::Time
        } else if self.whole_blocks.is_some() {
            Measure::Blocks
        } else {
            Measure::Cost
        }
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

fn of_node(plan: &Plan, node: &PlanNode) -> NodeFigures {
    let processes = processes(plan, node);
    let Some(actual) = node.actual else {
        return NodeFigures {
            processes,
            ..NodeFigures::default()
        };
    };
    NodeFigures {
        time: actual
            .total_time
            .map(|time| time * actual.loops.max(0.0) / processes),
        blocks: node.buffers.map(|buffers| buffers.blocks()),
        own_temporary: node.buffers.map(|buffers| buffers.temporary()),
        rows: Some(actual.rows * actual.loops),
        loops: Some(actual.loops),
        processes,
        removed_by_filter: node.removed_by_filter.map(|removed| removed * actual.loops),
        estimate: rows_estimate(plan, node),
        ..NodeFigures::default()
    }
}

/// How many processes ran the node side by side: the loops of the nearest Gather's input, per loop of the Gather.
/// The server sums loops over leader and workers, and averages times over loops (explain.c, `ExplainNode`).
fn processes(plan: &Plan, node: &PlanNode) -> f64 {
    let mut below = node;
    for above in plan.ancestors(node) {
        if matches!(above.kind, NodeType::Gather | NodeType::GatherMerge) {
            if !below.is_input() {
                return 1.0;
            }
            return match (above.actual, below.actual) {
                (Some(above), Some(below)) if above.loops > 0.0 => {
                    (below.loops / above.loops).max(1.0)
                }
                _ => 1.0,
            };
        }
        below = above;
    }
    1.0
}

fn rows_estimate(plan: &Plan, node: &PlanNode) -> Option<RowsEstimate> {
    let estimated = node.estimate?.rows;
    let actual = node.actual.filter(|actual| actual.loops > 0.0)?.rows;
    let (expected, seen) = (estimated.max(1.0), actual.max(1.0));
    Some(RowsEstimate {
        estimated,
        actual,
        factor: (expected / seen).max(seen / expected),
        too_low: seen > expected,
        may_have_stopped_early: may_have_stopped_early(plan, node),
    })
}

/// Whether something above may have stopped reading before the node was at its end.
fn may_have_stopped_early(plan: &Plan, node: &PlanNode) -> bool {
    let mut below = node;
    for above in plan.ancestors(node) {
        // EXISTS stops at the first row.
        if let Some(Relationship::SubPlan | Relationship::InitPlan) = below.relationship {
            return true;
        }
        let is_inner = below.relationship == Some(Relationship::Inner);
        match above.kind {
            NodeType::Limit | NodeType::MergeJoin => return true,
            NodeType::NestedLoop
                if is_inner && matches!(above.join_type, Some(JoinType::Semi | JoinType::Anti)) =>
            {
                return true;
            }
            // Reads all of its input before it returns a row.
            NodeType::Sort | NodeType::Hash | NodeType::BitmapHeapScan => return false,
            NodeType::Aggregate if above.strategy != Some(AggregateStrategy::Sorted) => {
                return false;
            }
            _ => {}
        }
        below = above;
    }
    false
}

/// For each node the measure without that of the nodes below.
///
/// CTEs and InitPlans hang at the node that declares them, but run inside the node that first reads them, whose
/// figures they are part of: they are taken off there.
fn without_inputs(
    plan: &Plan,
    figures: &[NodeFigures],
    measure: impl Fn(&NodeFigures) -> Option<f64>,
) -> Vec<Option<f64>> {
    let whole: Vec<Option<f64>> = figures.iter().map(&measure).collect();
    let mut own = whole.clone();
    let mut take = |from: NodeId, amount: f64| {
        if let Some(Some(own)) = own.get_mut(from.0) {
            let taken = amount.min(own.max(0.0));
            *own -= amount;
            taken
        } else {
            0.0
        }
    };
    let mut read_elsewhere = Vec::new();
    for node in plan.nodes() {
        let (Some(parent), Some(Some(amount))) = (node.parent, whole.get(node.id.0)) else {
            continue;
        };
        if node.relationship == Some(Relationship::InitPlan) {
            read_elsewhere.push((node, parent, *amount));
        } else {
            take(parent, *amount);
        }
    }
    for (node, parent, amount) in read_elsewhere {
        let readers = readers(plan, node, parent);
        if readers.is_empty() {
            take(parent, amount);
            continue;
        }
        let mut left = amount;
        for reader in readers {
            left -= take(reader, left);
            if left <= 0.0 {
                break;
            }
        }
    }
    // Rounded averages and workers that went on while the leader had stopped may leave a little less than nothing.
    own.into_iter()
        .map(|own| own.map(|own| own.max(0.0)))
        .collect()
}

/// The nodes that read a CTE (all of them), or the value of an InitPlan (the first).
fn readers(plan: &Plan, node: &PlanNode, parent: NodeId) -> Vec<NodeId> {
    let (Some(parent), Some(name)) = (plan.node(parent), node.subplan_name.as_deref()) else {
        return Vec::new();
    };
    let inside: Vec<NodeId> = plan.subtree(node).map(|node| node.id).collect();
    let outside = plan
        .subtree(parent)
        .filter(|reader| !inside.contains(&reader.id));
    if let Some(cte) = name.strip_prefix("CTE ") {
        return outside
            .filter(|reader| reader.kind == NodeType::CteScan && reader.cte.as_deref() == Some(cte))
            .map(|reader| reader.id)
            .collect();
    }
    let marks: Vec<String> = match name.split_once("(returns ") {
        Some((_, parameters)) => parameters
            .trim_end_matches(')')
            .split(',')
            .map(str::to_owned)
            .collect(),
        None => vec![format!("({name})")],
    };
    outside
        .filter(|reader| {
            reader
                .conditions
                .iter()
                .any(|condition| marks.iter().any(|mark| mentions(&condition.text, mark)))
        })
        .map(|reader| reader.id)
        .take(1)
        .collect()
}

/// Whether `$1` (not as part of `$12`) or `(InitPlan 1)` occurs.
fn mentions(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        !text[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()) || mark.ends_with(')')
    })
}

/// Cost within the whole plan and by itself, for each node.
///
/// A node's total cost is for one execution, run to its end. What a node above accounts for is less under LIMIT and
/// more on the inner side of a nested loop.
fn costs(plan: &Plan) -> Vec<Option<(f64, f64)>> {
    let mut costs: Vec<Option<(f64, f64)>> = vec![None; plan.nodes().len()];
    // Executions of each node, and those of the outer side of the nested loop around it.
    let mut executions = vec![(1.0, 1.0); plan.nodes().len()];
    if let (Some(estimate), Some(first)) = (plan.root().estimate, costs.first_mut()) {
        *first = Some((estimate.total_cost, estimate.total_cost));
    }
    for node in plan.nodes() {
        let Some(Some((whole, _))) = costs.get(node.id.0).copied() else {
            continue;
        };
        let (times, once) = executions.get(node.id.0).copied().unwrap_or((1.0, 1.0));
        let mut left = whole;
        let mut children: Vec<&PlanNode> = plan.children(node).collect();
        children.sort_by_key(|child| match child.relationship {
            Some(Relationship::InitPlan) => 0,
            Some(Relationship::SubPlan) => 2,
            _ => 1,
        });
        let outer_rows = children
            .iter()
            .find(|child| child.is_input())
            .and_then(|child| child.estimate)
            .map_or(1.0, |estimate| estimate.rows.max(1.0));
        for child in children {
            let Some(estimate) = child.estimate else {
                continue;
            };
            let is_inner = child.relationship == Some(Relationship::Inner);
            let child_times = match node.kind {
                NodeType::NestedLoop if is_inner => (times * outer_rows, times),
                NodeType::Materialize => (once, once),
                _ if child.relationship == Some(Relationship::SubPlan)
                    && !is_hashed(node, child) =>
                {
                    (times * outer_rows, times)
                }
                _ => (times, once),
            };
            let part = (estimate.total_cost * child_times.0).min(left).max(0.0);
            left -= part;
            if let Some(cost) = costs.get_mut(child.id.0) {
                *cost = Some((part, part));
            }
            if let Some(executions) = executions.get_mut(child.id.0) {
                // Cut short: as if it had been executed that much less.
                let full = estimate.total_cost.max(f64::MIN_POSITIVE);
                *executions = (part / full, child_times.1.min(part / full));
            }
        }
        if let Some(Some((_, own))) = costs.get_mut(node.id.0) {
            *own = left.max(0.0);
        }
    }
    costs
}

/// Whether the node looks the SubPlan's rows up in a hash table.
fn is_hashed(node: &PlanNode, subplan: &PlanNode) -> bool {
    let Some(name) = subplan.subplan_name.as_deref() else {
        return false;
    };
    let mark = format!("hashed {name}");
    node.conditions
        .iter()
        .map(|condition| &condition.text)
        .chain(&node.output)
        .any(|text| {
            text.match_indices(&mark)
                .any(|(at, _)| !text[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()))
        })
}
