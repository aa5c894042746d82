//! Symptoms in a plan: facts with figures, each gated on its share of the whole and on an absolute floor, so that
//! small plans stay silent. What to do about them is for the rules to say.

mod joins;
mod memory;
mod order;
mod scans;
mod server;
mod subplans;

use super::{Condition, ConditionKind, Figures, Measure, NodeId, NodeType, Plan, PlanNode};

/// One symptom at one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub symptom: Symptom,
    /// Where in the plan; the root for what concerns the whole statement.
    pub node: NodeId,
    /// What the node and all below it take of the whole, 0 to 1.
    pub share: f64,
    /// What `share` is a share of.
    pub measure: Measure,
    /// Schema of `table`, where the plan tells (VERBOSE).
    pub schema: Option<String>,
    pub table: Option<String>,
    /// The alias as the query writes it, or the table's name where there is none.
    pub relation: Option<String>,
    pub index: Option<String>,
    /// The clause of the query that it is about, as the server prints it.
    pub clause: Option<String>,
}

/// What was seen. Rows are over all loops unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Symptom {
    /// A table is read whole, and most rows are thrown away.
    DiscardingScan { read: f64, kept: f64 },
    /// An index finds many rows that a filter then throws away.
    HeavyIndexFilter {
        read: f64,
        kept: f64,
        /// The index is read for its order alone: no condition says where to begin and end in it.
        for_order: bool,
    },
    /// The lowest node at which far more or fewer rows came than expected; rows per loop.
    Misestimate {
        estimated: f64,
        actual: f64,
        factor: f64,
        too_low: bool,
        loops: f64,
        /// How often the inner side of the nested loop runs that was chosen for so few rows.
        turns: Option<f64>,
    },
    /// The inner side of a nested loop is run often, and each run reads a table or throws rows away.
    CostlyInnerSide {
        loops: f64,
        joined: f64,
        /// Each turn is short, but there are far more of them than expected.
        too_many: bool,
    },
    /// Many rows are sorted, and LIMIT takes a few.
    SortForLimit { sorted: f64, kept: f64 },
    /// Memory (work_mem) did not suffice.
    SpillToDisk {
        operation: SpillOperation,
        /// kB of temporary files, where known.
        kilobytes: Option<f64>,
        batches: Option<f64>,
    },
    /// A bitmap did not fit into work_mem, so that it knew blocks only.
    LossyBitmap {
        lossy: f64,
        exact: f64,
        rechecked_away: f64,
    },
    /// An index-only scan had to look into the table.
    HeapFetches { fetches: f64, rows: f64 },
    /// A correlated subquery is run for each row.
    RepeatedSubplan { loops: f64 },
    /// NOT IN (SELECT ...) is run for each row, as it does not fit into a hash table.
    UnhashedNotIn { loops: f64 },
    /// Rows are made only to be skipped.
    DeepOffset { skipped: f64, returned: f64 },
    /// A CTE is computed whole, and its only reader throws most of it away.
    LateCteFilter { computed: f64, kept: f64 },
    /// Partitions are read in which nothing is found.
    UnprunedPartitions { scanned: usize, empty: usize },
    /// Fewer parallel workers ran than the plan counted on.
    MissingWorkers { planned: f64, launched: f64 },
    /// Compiling took a large part of the time (JIT), milliseconds.
    CompilationTime { compilation: f64, execution: f64 },
    /// A trigger, or a constraint's, took a large part of the time, milliseconds.
    TriggerTime {
        trigger: String,
        is_constraint: bool,
        calls: f64,
        time: f64,
        execution: f64,
    },
    /// Planning took longer than running, milliseconds.
    PlanningTime { planning: f64, execution: f64 },
    /// Planner settings that keep it from good plans.
    PlannerSettings { changed: Vec<(String, String)> },
}

/// What needed the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpillOperation {
    Sort,
    HashJoin,
    Aggregate,
}

/// From which size on something is worth a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gates {
    /// Least share of the whole, 0 to 1.
    pub share: f64,
    /// Plans that take less time than this, in milliseconds, and fewer blocks than `blocks`, are silent.
    pub milliseconds: f64,
    pub blocks: f64,
    /// The same for plans that were not run.
    pub cost: f64,
    /// Fewer rows thrown away are no matter.
    pub rows: f64,
    /// Largest part of the rows that an index is good for, 0 to 1.
    pub selective_fraction: f64,
    /// Least factor between expected and seen rows.
    pub misestimate: f64,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            share: 0.1,
            milliseconds: 5.0,
            blocks: 200.0,
            cost: 1000.0,
            rows: 1000.0,
            selective_fraction: 0.1,
            misestimate: 10.0,
        }
    }
}

/// What the single checks see.
struct View<'a> {
    plan: &'a Plan,
    figures: &'a Figures,
    gates: Gates,
    /// Rows of the table that a scan reads, where that is known.
    table_rows: &'a dyn Fn(&PlanNode) -> Option<f64>,
}

/// All symptoms of a plan, those with the largest share first. `table_rows` tells how many rows the table of a scan
/// has, where that is known: without a run it is what the scan reads.
pub fn observe(
    plan: &Plan,
    figures: &Figures,
    gates: Gates,
    table_rows: &dyn Fn(&PlanNode) -> Option<f64>,
) -> Vec<Observation> {
    let view = View {
        plan,
        figures,
        gates,
        table_rows,
    };
    let mut found = Vec::new();
    if view.is_worth_it() {
        for node in plan.nodes() {
            if node.actual.is_some() && !node.was_executed() {
                continue;
            }
            scans::observe(&view, node, &mut found);
            joins::observe(&view, node, &mut found);
            order::observe(&view, node, &mut found);
            memory::observe(&view, node, &mut found);
            subplans::observe(&view, node, &mut found);
        }
    }
    server::observe(&view, &mut found);
    let told: Vec<NodeId> = found
        .iter()
        .filter(|observation| {
            matches!(
                observation.symptom,
                Symptom::CostlyInnerSide { .. }
                    | Symptom::RepeatedSubplan { .. }
                    | Symptom::UnhashedNotIn { .. }
                    | Symptom::UnprunedPartitions { .. }
            )
        })
        .filter_map(|observation| plan.node(observation.node))
        .flat_map(|node| plan.subtree(node).map(|below| below.id))
        .collect();
    // One cause, one word: the scan that is repeated is part of the repetition, that of a partition of the lot.
    found.retain(|observation| {
        !matches!(observation.symptom, Symptom::DiscardingScan { .. })
            || !told.contains(&observation.node)
    });
    // The estimate is the cause of the many turns.
    let is_explained = found.iter().any(|observation| {
        matches!(
            observation.symptom,
            Symptom::Misestimate { turns: Some(_), .. }
        )
    });
    found.retain(|observation| {
        !(is_explained
            && matches!(
                observation.symptom,
                Symptom::CostlyInnerSide { too_many: true, .. }
            ))
    });
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    found
}

impl View<'_> {
    /// Whether the whole statement does enough to speak of.
    fn is_worth_it(&self) -> bool {
        let over = |measure, floor| {
            self.figures
                .whole(measure)
                .is_some_and(|whole| whole >= floor)
        };
        if self.plan.was_run() {
            over(Measure::Time, self.gates.milliseconds)
                || over(Measure::Blocks, self.gates.blocks)
                // Neither times nor blocks were asked for.
                || (self.figures.best_measure() == Measure::Cost && over(Measure::Cost, self.gates.cost))
        } else {
            over(Measure::Cost, self.gates.cost)
        }
    }

    /// The larger of the shares of time and blocks that a node and all below it take; of cost without a run.
    fn share(&self, node: &PlanNode) -> (f64, Measure) {
        self.larger(|measure| self.figures.share(node.id, measure))
    }

    /// The same for the node by itself.
    fn own_share(&self, node: &PlanNode) -> (f64, Measure) {
        self.larger(|measure| self.figures.own_share(node.id, measure))
    }

    fn larger(&self, share: impl Fn(Measure) -> Option<f64>) -> (f64, Measure) {
        let measures: &[Measure] = match self.figures.best_measure() {
            Measure::Cost => &[Measure::Cost],
            _ => &[Measure::Time, Measure::Blocks],
        };
        measures
            .iter()
            .filter_map(|measure| Some((share(*measure)?, *measure)))
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
            .unwrap_or((0.0, self.figures.best_measure()))
    }

    /// Rows that the node returned, or is expected to return in one execution.
    fn rows(&self, node: &PlanNode) -> f64 {
        self.figures
            .node(node.id)
            .rows
            .or(node.estimate.map(|estimate| estimate.rows))
            .unwrap_or(0.0)
    }

    /// Executions in each process: loops, or expected ones.
    fn executions(&self, node: &PlanNode) -> f64 {
        let figures = self.figures.node(node.id);
        match figures.loops {
            Some(loops) => loops / figures.processes.max(1.0),
            None => match (node.estimate, figures.cost) {
                (Some(estimate), Some(cost)) if estimate.total_cost > 0.0 => {
                    cost / estimate.total_cost
                }
                _ => 1.0,
            },
        }
    }

    fn observation(&self, node: &PlanNode, symptom: Symptom) -> Observation {
        let (share, measure) = self.share(node);
        Observation {
            symptom,
            node: node.id,
            share,
            measure,
            schema: node.schema.clone(),
            table: node.relation.clone(),
            relation: node.relation_name().map(str::to_owned),
            index: node.index.clone(),
            clause: None,
        }
    }
}

impl Observation {
    fn about(mut self, clause: Option<&str>) -> Self {
        self.clause = clause.map(super::clause);
        self
    }

    /// With table and relation of another node: the scan behind a join or sort.
    fn at(mut self, scan: Option<&PlanNode>) -> Self {
        if let Some(scan) = scan {
            self.schema.clone_from(&scan.schema);
            self.table.clone_from(&scan.relation);
            self.relation = scan.relation_name().map(str::to_owned);
            self.index.clone_from(&scan.index);
        }
        self
    }
}

/// The scan that dominates what lies below (and at) a node.
fn heaviest_scan<'a>(view: &View<'a>, node: &'a PlanNode) -> Option<&'a PlanNode> {
    view.plan
        .subtree(node)
        .filter(|below| below.kind.reads_table())
        .max_by(|a, b| view.own_share(a).0.total_cmp(&view.own_share(b).0))
}

/// The conditions of those kinds, joined.
fn conditions(node: &PlanNode, kinds: &[ConditionKind]) -> Option<String> {
    let texts: Vec<&str> = node
        .conditions
        .iter()
        .filter(|Condition { kind, .. }| kinds.contains(kind))
        .map(|condition| condition.text.as_str())
        .collect();
    (!texts.is_empty()).then(|| texts.join(" AND "))
}

/// Whether the node passes rows on as they come from one table or join: an index could give their order.
fn passes_on(kind: &NodeType) -> bool {
    kind.reads_table()
        || kind.is_join()
        || matches!(
            kind,
            NodeType::Append
                | NodeType::MergeAppend
                | NodeType::Gather
                | NodeType::GatherMerge
                | NodeType::Materialize
                | NodeType::Memoize
                | NodeType::Hash
                | NodeType::Sort
                | NodeType::SubqueryScan
                | NodeType::LockRows
                | NodeType::BitmapIndexScan
                | NodeType::BitmapAnd
                | NodeType::BitmapOr
        )
}
