use indexmap::IndexMap;
use serde_json::Value;

use super::NodeType;

/// Number of a node in its plan: position in pre-order, the root is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// One EXPLAIN output. Times are milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In pre-order; never empty.
    pub(super) nodes: Vec<PlanNode>,
    pub planning_time: Option<f64>,
    pub execution_time: Option<f64>,
    pub planning_buffers: Option<Buffers>,
    pub triggers: Vec<Trigger>,
    pub jit: Option<Jit>,
    /// Planner settings that differ from the defaults (EXPLAIN (SETTINGS)).
    pub settings: IndexMap<String, String>,
    pub query_identifier: Option<i64>,
    /// The statement, where auto_explain printed it.
    pub query_text: Option<String>,
    /// `duration:` of auto_explain's log line.
    pub duration: Option<f64>,
    /// What we know no name for.
    pub other: IndexMap<String, Value>,
    pub(super) json: Value,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanNode {
    pub id: NodeId,
    pub parent: Option<NodeId>,
    pub children: Vec<NodeId>,
    /// Number of ancestors.
    pub depth: usize,
    pub kind: NodeType,
    /// What the node is to its parent.
    pub relationship: Option<Relationship>,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`.
    pub subplan_name: Option<String>,
    pub parallel_aware: bool,
    /// Switched off by an enable_* setting, and used for want of another (18).
    pub disabled: bool,
    pub schema: Option<String>,
    pub relation: Option<String>,
    pub alias: Option<String>,
    pub index: Option<String>,
    /// The CTE that a CTE Scan or WorkTable Scan reads.
    pub cte: Option<String>,
    pub function: Option<String>,
    /// `Insert`, `Update`, `Delete`, `Merge` of a ModifyTable.
    pub operation: Option<String>,
    /// `Except`, `Intersect All`, ... of a SetOp.
    pub command: Option<String>,
    pub backward: bool,
    pub join_type: Option<JoinType>,
    pub strategy: Option<AggregateStrategy>,
    pub partial_mode: PartialMode,
    pub estimate: Option<Estimate>,
    /// `None` without ANALYZE.
    pub actual: Option<Actual>,
    pub buffers: Option<Buffers>,
    pub io_times: Option<IoTimes>,
    pub wal: Option<Wal>,
    pub conditions: Vec<Condition>,
    /// Per loop, rounded.
    pub removed_by_filter: Option<f64>,
    /// Per loop, rounded.
    pub removed_by_join_filter: Option<f64>,
    /// Per loop, rounded.
    pub removed_by_recheck: Option<f64>,
    pub sort_key: Vec<String>,
    pub presorted_key: Vec<String>,
    pub group_key: Vec<String>,
    pub output: Vec<String>,
    pub sort: Option<SortUse>,
    pub hash: Option<HashUse>,
    pub memoize: Option<MemoizeUse>,
    pub heap_fetches: Option<f64>,
    pub heap_blocks: Option<HeapBlocks>,
    /// Descents into the index (18).
    pub index_searches: Option<f64>,
    /// Partitions that run-time pruning left out.
    pub subplans_removed: Option<f64>,
    pub workers: Option<Workers>,
    /// What each worker reported.
    pub worker_details: Vec<Worker>,
    /// What we know no name for.
    pub other: IndexMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relationship {
    Outer,
    Inner,
    /// Below a Subquery Scan.
    Subquery,
    /// Of an Append, BitmapAnd or the like.
    Member,
    /// Run at most once per execution of its parent; CTEs are among them.
    InitPlan,
    /// Run for each row, unless hashed.
    SubPlan,
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinType {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
    RightSemi,
    RightAnti,
}

/// How an Aggregate or SetOp finds its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateStrategy {
    Plain,
    Sorted,
    Hashed,
    Mixed,
}

/// Part of an aggregation that is split over workers or partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PartialMode {
    #[default]
    Simple,
    Partial,
    Finalize,
}

/// What the planner expected, per loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// In units of the cost settings (seq_page_cost = 1).
    pub startup_cost: f64,
    pub total_cost: f64,
    pub rows: f64,
    /// Bytes per row.
    pub width: f64,
}

/// What happened: averages per loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Actual {
    /// Milliseconds to the first row; `None` with TIMING OFF.
    pub startup_time: Option<f64>,
    /// Milliseconds to the last row; `None` with TIMING OFF.
    pub total_time: Option<f64>,
    /// Rounded to integers before version 18.
    pub rows: f64,
    /// 0: never executed.
    pub loops: f64,
}

/// Blocks of 8 kB, over all loops, those of the node's inputs included.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Buffers {
    pub shared_hit: f64,
    pub shared_read: f64,
    pub shared_dirtied: f64,
    pub shared_written: f64,
    pub local_hit: f64,
    pub local_read: f64,
    pub local_dirtied: f64,
    pub local_written: f64,
    pub temp_read: f64,
    pub temp_written: f64,
}

impl Buffers {
    /// Blocks of tables and indexes that were asked for: shared and local, hit and read. The same on every run.
    pub fn blocks(&self) -> f64 {
        self.shared_hit + self.shared_read + self.local_hit + self.local_read
    }

    /// Blocks of temporary files, read and written.
    pub fn temporary(&self) -> f64 {
        self.temp_read + self.temp_written
    }
}

/// Milliseconds spent on reading and writing blocks (track_io_timing).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IoTimes {
    /// Shared blocks (before version 17, all blocks).
    pub shared_read: f64,
    pub shared_write: f64,
    pub local_read: f64,
    pub local_write: f64,
    pub temp_read: f64,
    pub temp_write: f64,
}

/// Write-ahead log written.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Wal {
    pub records: f64,
    pub full_page_images: f64,
    pub bytes: f64,
}

/// An expression of the query, as the server prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub kind: ConditionKind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionKind {
    Filter,
    IndexCondition,
    RecheckCondition,
    JoinFilter,
    HashCondition,
    MergeCondition,
    TidCondition,
    OneTimeFilter,
    /// Of an index that returns rows by distance.
    OrderBy,
    ConflictFilter,
    RunCondition,
    MemoizeKey,
}

impl ConditionKind {
    /// All kinds, with the key that EXPLAIN prints.
    pub(super) const ALL: &'static [(Self, &'static str)] = &[
        (Self::IndexCondition, "Index Cond"),
        (Self::RecheckCondition, "Recheck Cond"),
        (Self::TidCondition, "TID Cond"),
        (Self::OrderBy, "Order By"),
        (Self::HashCondition, "Hash Cond"),
        (Self::MergeCondition, "Merge Cond"),
        (Self::JoinFilter, "Join Filter"),
        (Self::OneTimeFilter, "One-Time Filter"),
        (Self::RunCondition, "Run Condition"),
        (Self::ConflictFilter, "Conflict Filter"),
        (Self::MemoizeKey, "Cache Key"),
        (Self::Filter, "Filter"),
    ];

    /// The key that EXPLAIN prints.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }
}

/// How a sort went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SortUse {
    /// `quicksort`, `top-N heapsort`, `external merge`, ...
    pub method: Option<String>,
    pub space: Option<SortSpace>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SortSpace {
    /// kB.
    pub used: f64,
    pub kind: SpaceType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpaceType {
    Memory,
    Disk,
}

/// How a Hash node or a hashed aggregation went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HashUse {
    pub buckets: Option<f64>,
    pub original_buckets: Option<f64>,
    /// More than 1: it went to disk.
    pub batches: Option<f64>,
    pub original_batches: Option<f64>,
    /// Of a hashed aggregation.
    pub planned_partitions: Option<f64>,
    /// kB.
    pub peak_memory: Option<f64>,
    /// kB.
    pub disk: Option<f64>,
}

/// How the cache of a Memoize node did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MemoizeUse {
    pub hits: f64,
    pub misses: f64,
    pub evictions: f64,
    pub overflows: f64,
}

/// Blocks that a bitmap scan visited.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeapBlocks {
    pub exact: f64,
    /// Blocks of which the bitmap only knew that some row matches.
    pub lossy: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workers {
    pub planned: f64,
    /// `None` without ANALYZE.
    pub launched: Option<f64>,
}

/// What one worker did in a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    pub number: Option<u64>,
    pub actual: Option<Actual>,
    pub buffers: Option<Buffers>,
    pub sort: Option<SortUse>,
    pub other: IndexMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    pub name: Option<String>,
    pub constraint: Option<String>,
    pub relation: Option<String>,
    /// Milliseconds over all calls.
    pub time: Option<f64>,
    pub calls: f64,
}

/// Just-in-time compilation, milliseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Jit {
    pub functions: Option<f64>,
    /// `Inlining`, `Optimization`, `Expressions`, `Deforming`.
    pub options: IndexMap<String, bool>,
    pub generation: Option<f64>,
    pub inlining: Option<f64>,
    pub optimization: Option<f64>,
    pub emission: Option<f64>,
    pub total: Option<f64>,
}

impl Plan {
    /// All nodes in pre-order, the root first.
    pub fn nodes(&self) -> &[PlanNode] {
        &self.nodes
    }

    /// The node at the top.
    pub fn root(&self) -> &PlanNode {
        &self.nodes[0]
    }

    /// A node by its number; `None` for a number of another plan.
    pub fn node(&self, id: NodeId) -> Option<&PlanNode> {
        self.nodes.get(id.0)
    }

    /// The node above.
    pub fn parent(&self, node: &PlanNode) -> Option<&PlanNode> {
        self.node(node.parent?)
    }

    /// The nodes below, in the order of EXPLAIN.
    pub fn children<'a>(&'a self, node: &'a PlanNode) -> impl Iterator<Item = &'a PlanNode> {
        node.children.iter().filter_map(|id| self.node(*id))
    }

    /// The node above, the one above that, and so on to the root.
    pub fn ancestors<'a>(&'a self, node: &'a PlanNode) -> impl Iterator<Item = &'a PlanNode> {
        std::iter::successors(self.parent(node), |node| self.parent(node))
    }

    /// The node and all below it, in pre-order.
    pub fn subtree<'a>(&'a self, node: &'a PlanNode) -> impl Iterator<Item = &'a PlanNode> {
        self.nodes
            .iter()
            .skip(node.id.0)
            .enumerate()
            .take_while(|(at, below)| *at == 0 || below.depth > node.depth)
            .map(|(_, below)| below)
    }

    /// Whether the statement was run (EXPLAIN ANALYZE).
    pub fn was_run(&self) -> bool {
        self.root().actual.is_some()
    }

    /// The object that EXPLAIN (FORMAT JSON) returned, `{"Plan": {...}, ...}`; made from the text where text was read.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Milliseconds from start to end: execution time, else the root's, else auto_explain's duration.
    pub fn whole_time(&self) -> Option<f64> {
        let root = self
            .root()
            .actual
            .and_then(|actual| Some(actual.total_time? * actual.loops));
        self.execution_time.or(root).or(self.duration)
    }
}

impl PlanNode {
    /// The text of a condition of that kind.
    pub fn condition(&self, kind: ConditionKind) -> Option<&str> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind)
            .map(|condition| condition.text.as_str())
    }

    /// How the query calls what the node reads: its alias, else its name.
    pub fn relation_name(&self) -> Option<&str> {
        self.alias.as_deref().or(self.relation.as_deref())
    }

    /// Whether it did run at least once.
    pub fn was_executed(&self) -> bool {
        self.actual.is_some_and(|actual| actual.loops > 0.0)
    }

    /// Whether its rows flow to its parent; InitPlans and SubPlans are values in expressions.
    pub fn is_input(&self) -> bool {
        !matches!(
            self.relationship,
            Some(Relationship::InitPlan | Relationship::SubPlan)
        )
    }
}
