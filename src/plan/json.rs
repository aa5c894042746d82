//! From the JSON that EXPLAIN prints (explain.c, `ExplainNode` and `ExplainOnePlan`) to the model.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{
    Actual, AggregateStrategy, Buffers, Condition, ConditionKind, Estimate, HashUse, HeapBlocks,
    IoTimes, Jit, JoinType, MemoizeUse, NodeId, NodeType, PartialMode, Plan, PlanError, PlanNode,
    Relationship, SortSpace, SortUse, SpaceType, Trigger, Wal, Worker, Workers,
};

/// More nodes above each other than this are refused.
pub(super) const DEPTH_LIMIT: usize = 250;

/// A JSON object that is taken apart key by key; what is left at the end is what we know no name for.
struct Fields(Map<String, Value>);

impl Fields {
    fn number(&mut self, key: &str) -> Option<f64> {
        let number = match self.0.get(key)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        self.0.shift_remove(key);
        number.is_finite().then_some(number)
    }

    fn count(&mut self, key: &str) -> f64 {
        self.number(key).unwrap_or(0.0)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        if !self.0.get(key)?.is_string() {
            return None;
        }
        match self.0.shift_remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    fn flag(&mut self, key: &str) -> bool {
        let Some(Value::Bool(flag)) = self.0.get(key) else {
            return false;
        };
        let flag = *flag;
        self.0.shift_remove(key);
        flag
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        match self.0.get(key) {
            Some(Value::String(_)) => self.text(key).into_iter().collect(),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                let texts = items
                    .iter()
                    .filter_map(|item| Some(item.as_str()?.to_owned()))
                    .collect();
                self.0.shift_remove(key);
                texts
            }
            _ => Vec::new(),
        }
    }

    fn object(&mut self, key: &str) -> Option<Fields> {
        if !self.0.get(key)?.is_object() {
            return None;
        }
        match self.0.shift_remove(key) {
            Some(Value::Object(map)) => Some(Fields(map)),
            _ => None,
        }
    }

    fn objects(&mut self, key: &str) -> Vec<Fields> {
        match self.0.get(key) {
            Some(Value::Array(items)) if items.iter().all(Value::is_object) => {}
            _ => return Vec::new(),
        }
        match self.0.shift_remove(key) {
            Some(Value::Array(items)) => items
                .into_iter()
                .filter_map(|item| match item {
                    Value::Object(map) => Some(Fields(map)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn rest(self) -> IndexMap<String, Value> {
        self.0.into_iter().collect()
    }
}

impl Plan {
    /// Reads what EXPLAIN (FORMAT JSON) returns: `[{"Plan": {...}}]`, `{"Plan": {...}}` (also as
    /// auto_explain logs it, with "Query Text"), or the plan node alone.
    ///
    /// # Errors
    /// Where there is no plan in it, or a node has no "Node Type".
    pub fn from_json(value: &Value) -> Result<Self, PlanError> {
        let object = plan_object(value).ok_or(PlanError::NoPlan)?;
        let mut top = Fields(object.clone());
        let root = match top.0.shift_remove("Plan") {
            Some(Value::Object(root)) => root,
            _ => return Err(PlanError::NoPlan),
        };
        let nodes = read_nodes(root)?;
        Ok(Self {
            nodes,
            planning_time: top.number("Planning Time"),
            execution_time: top
                .number("Execution Time")
                .or_else(|| top.number("Total Runtime")),
            planning_buffers: top.object("Planning").and_then(|mut planning| {
                let buffers = read_buffers(&mut planning);
                if !planning.0.is_empty() {
                    top.0
                        .insert("Planning".to_owned(), Value::Object(planning.0));
                }
                buffers
            }),
            triggers: top
                .objects("Triggers")
                .into_iter()
                .map(read_trigger)
                .collect(),
            jit: top.object("JIT").map(read_jit),
            settings: top
                .object("Settings")
                .map(|settings| {
                    settings
                        .0
                        .into_iter()
                        .map(|(name, value)| match value {
                            Value::String(text) => (name, text),
                            other => (name, other.to_string()),
                        })
                        .collect()
                })
                .unwrap_or_default(),
            query_identifier: top.0.get("Query Identifier").and_then(Value::as_i64),
            query_text: top.text("Query Text"),
            duration: top.number("Duration"),
            other: {
                top.0.shift_remove("Query Identifier");
                top.rest()
            },
            json: Value::Object(object),
        })
    }
}

/// The object around "Plan".
fn plan_object(value: &Value) -> Option<Map<String, Value>> {
    let mut value = value;
    while let Value::Array(items) = value {
        value = items.first()?;
    }
    let object = value.as_object()?;
    if object.get("Plan").is_some_and(Value::is_object) {
        return Some(object.clone());
    }
    if let Some(inner) = object.get("QUERY PLAN") {
        // A row of a client that prints results as JSON; the plan may be a string in it.
        return match inner {
            Value::String(text) => plan_object(&serde_json::from_str(text).ok()?),
            other => plan_object(other),
        };
    }
    object.contains_key("Node Type").then(|| {
        let mut around = Map::new();
        around.insert("Plan".to_owned(), value.clone());
        around
    })
}

fn read_nodes(root: Map<String, Value>) -> Result<Vec<PlanNode>, PlanError> {
    let mut nodes: Vec<PlanNode> = Vec::new();
    let mut pending = vec![(root, None::<NodeId>, 0_usize)];
    while let Some((object, parent, depth)) = pending.pop() {
        if depth > DEPTH_LIMIT {
            return Err(PlanError::TooDeep { limit: DEPTH_LIMIT });
        }
        let id = NodeId(nodes.len());
        let mut fields = Fields(object);
        let below = fields.objects("Plans");
        let node = read_node(fields, id, parent, depth)?;
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent.0)) {
            parent.children.push(id);
        }
        nodes.push(node);
        pending.extend(
            below
                .into_iter()
                .rev()
                .map(|child| (child.0, Some(id), depth + 1)),
        );
    }
    Ok(nodes)
}

fn read_node(
    mut fields: Fields,
    id: NodeId,
    parent: Option<NodeId>,
    depth: usize,
) -> Result<PlanNode, PlanError> {
    let kind = fields
        .text("Node Type")
        .ok_or(PlanError::MissingKey { key: "Node Type" })?;
    let conditions = ConditionKind::ALL
        .iter()
        .filter_map(|(kind, key)| {
            let text = fields.texts(key).join(", ");
            (!text.is_empty()).then_some(Condition { kind: *kind, text })
        })
        .collect();
    let kind = NodeType::from_name(&kind);
    let memoize =
        (kind == NodeType::Memoize && fields.0.contains_key("Cache Hits")).then(|| MemoizeUse {
            hits: fields.count("Cache Hits"),
            misses: fields.count("Cache Misses"),
            evictions: fields.count("Cache Evictions"),
            overflows: fields.count("Cache Overflows"),
        });
    Ok(PlanNode {
        id,
        parent,
        children: Vec::new(),
        depth,
        relationship: fields.text("Parent Relationship").map(relationship),
        subplan_name: fields.text("Subplan Name"),
        parallel_aware: fields.flag("Parallel Aware"),
        disabled: fields.flag("Disabled"),
        schema: fields.text("Schema"),
        relation: fields.text("Relation Name"),
        alias: fields.text("Alias"),
        index: fields.text("Index Name"),
        cte: fields.text("CTE Name"),
        function: fields
            .text("Function Name")
            .or_else(|| fields.text("Table Function Name")),
        operation: fields.text("Operation"),
        command: fields.text("Command"),
        backward: fields.text("Scan Direction").as_deref() == Some("Backward"),
        join_type: fields.text("Join Type").as_deref().and_then(join_type),
        strategy: fields.text("Strategy").as_deref().and_then(strategy),
        partial_mode: match fields.text("Partial Mode").as_deref() {
            Some("Partial") => PartialMode::Partial,
            Some("Finalize") => PartialMode::Finalize,
            _ => PartialMode::Simple,
        },
        estimate: read_estimate(&mut fields),
        actual: read_actual(&mut fields),
        buffers: read_buffers(&mut fields),
        io_times: read_io_times(&mut fields),
        wal: fields.0.contains_key("WAL Records").then(|| Wal {
            records: fields.count("WAL Records"),
            full_page_images: fields.count("WAL FPI"),
            bytes: fields.count("WAL Bytes"),
        }),
        conditions,
        removed_by_filter: fields.number("Rows Removed by Filter"),
        removed_by_join_filter: fields.number("Rows Removed by Join Filter"),
        removed_by_recheck: fields.number("Rows Removed by Index Recheck"),
        sort_key: fields.texts("Sort Key"),
        presorted_key: fields.texts("Presorted Key"),
        group_key: fields.texts("Group Key"),
        output: fields.texts("Output"),
        sort: read_sort(&mut fields),
        hash: read_hash(&mut fields),
        memoize,
        heap_fetches: fields.number("Heap Fetches"),
        heap_blocks: (fields.0.contains_key("Exact Heap Blocks")
            || fields.0.contains_key("Lossy Heap Blocks"))
        .then(|| HeapBlocks {
            exact: fields.count("Exact Heap Blocks"),
            lossy: fields.count("Lossy Heap Blocks"),
        }),
        index_searches: fields.number("Index Searches"),
        subplans_removed: fields.number("Subplans Removed"),
        workers: fields.number("Workers Planned").map(|planned| Workers {
            planned,
            launched: fields.number("Workers Launched"),
        }),
        worker_details: fields
            .objects("Workers")
            .into_iter()
            .map(read_worker)
            .collect(),
        other: fields.rest(),
        kind,
    })
}

fn read_estimate(fields: &mut Fields) -> Option<Estimate> {
    let total_cost = fields.number("Total Cost")?;
    Some(Estimate {
        startup_cost: fields.count("Startup Cost"),
        total_cost,
        rows: fields.count("Plan Rows"),
        width: fields.count("Plan Width"),
    })
}

fn read_actual(fields: &mut Fields) -> Option<Actual> {
    let loops = fields.number("Actual Loops")?;
    Some(Actual {
        startup_time: fields.number("Actual Startup Time"),
        total_time: fields.number("Actual Total Time"),
        rows: fields.count("Actual Rows"),
        loops,
    })
}

fn read_buffers(fields: &mut Fields) -> Option<Buffers> {
    fields.0.contains_key("Shared Hit Blocks").then(|| Buffers {
        shared_hit: fields.count("Shared Hit Blocks"),
        shared_read: fields.count("Shared Read Blocks"),
        shared_dirtied: fields.count("Shared Dirtied Blocks"),
        shared_written: fields.count("Shared Written Blocks"),
        local_hit: fields.count("Local Hit Blocks"),
        local_read: fields.count("Local Read Blocks"),
        local_dirtied: fields.count("Local Dirtied Blocks"),
        local_written: fields.count("Local Written Blocks"),
        temp_read: fields.count("Temp Read Blocks"),
        temp_written: fields.count("Temp Written Blocks"),
    })
}

fn read_io_times(fields: &mut Fields) -> Option<IoTimes> {
    let read = fields
        .number("Shared I/O Read Time")
        .or_else(|| fields.number("I/O Read Time"));
    let write = fields
        .number("Shared I/O Write Time")
        .or_else(|| fields.number("I/O Write Time"));
    let times = IoTimes {
        shared_read: read.unwrap_or(0.0),
        shared_write: write.unwrap_or(0.0),
        local_read: fields.count("Local I/O Read Time"),
        local_write: fields.count("Local I/O Write Time"),
        temp_read: fields.count("Temp I/O Read Time"),
        temp_write: fields.count("Temp I/O Write Time"),
    };
    (read.is_some() || write.is_some()).then_some(times)
}

fn read_sort(fields: &mut Fields) -> Option<SortUse> {
    let method = fields.text("Sort Method");
    let space = fields
        .number("Sort Space Used")
        .map(|used| SortSpace {
            used,
            kind: match fields.text("Sort Space Type").as_deref() {
                Some("Disk") => SpaceType::Disk,
                _ => SpaceType::Memory,
            },
        })
        .or_else(|| incremental_sort_disk(fields));
    (method.is_some() || space.is_some()).then_some(SortUse { method, space })
}

/// The disk space that the groups of an incremental sort took at most, where they took any.
fn incremental_sort_disk(fields: &Fields) -> Option<SortSpace> {
    ["Full-sort Groups", "Pre-sorted Groups"]
        .iter()
        .filter_map(|key| {
            fields
                .0
                .get(*key)?
                .get("Sort Space Disk")?
                .get("Peak Sort Space Used")?
                .as_f64()
        })
        .filter(|used| *used > 0.0)
        .reduce(f64::max)
        .map(|used| SortSpace {
            used,
            kind: SpaceType::Disk,
        })
}

fn read_hash(fields: &mut Fields) -> Option<HashUse> {
    let usage = HashUse {
        buckets: fields.number("Hash Buckets"),
        original_buckets: fields.number("Original Hash Buckets"),
        batches: fields
            .number("Hash Batches")
            .or_else(|| fields.number("HashAgg Batches")),
        original_batches: fields.number("Original Hash Batches"),
        planned_partitions: fields.number("Planned Partitions"),
        peak_memory: fields.number("Peak Memory Usage"),
        disk: fields.number("Disk Usage"),
    };
    (usage != HashUse::default()).then_some(usage)
}

fn read_worker(mut fields: Fields) -> Worker {
    Worker {
        number: fields.number("Worker Number").map(|number| number as u64),
        actual: read_actual(&mut fields),
        buffers: read_buffers(&mut fields),
        sort: read_sort(&mut fields),
        other: fields.rest(),
    }
}

fn read_trigger(mut fields: Fields) -> Trigger {
    Trigger {
        name: fields.text("Trigger Name"),
        constraint: fields.text("Constraint Name"),
        relation: fields.text("Relation"),
        time: fields.number("Time"),
        calls: fields.count("Calls"),
    }
}

fn read_jit(mut fields: Fields) -> Jit {
    let mut jit = Jit {
        functions: fields.number("Functions"),
        options: fields
            .object("Options")
            .map(|options| {
                options
                    .0
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value.as_bool()?)))
                    .collect()
            })
            .unwrap_or_default(),
        ..Jit::default()
    };
    if let Some(mut timing) = fields.object("Timing") {
        // From version 17 on, "Generation" is an object with the share of deforming.
        jit.generation = timing.number("Generation").or_else(|| {
            timing
                .object("Generation")
                .and_then(|mut generation| generation.number("Total"))
        });
        jit.inlining = timing.number("Inlining");
        jit.optimization = timing.number("Optimization");
        jit.emission = timing.number("Emission");
        jit.total = timing.number("Total");
    }
    jit
}

fn relationship(name: String) -> Relationship {
    match name.as_str() {
        "Outer" => Relationship::Outer,
        "Inner" => Relationship::Inner,
        "Subquery" => Relationship::Subquery,
        "Member" => Relationship::Member,
        "InitPlan" => Relationship::InitPlan,
        "SubPlan" => Relationship::SubPlan,
        _ => Relationship::Other(name),
    }
}

fn join_type(name: &str) -> Option<JoinType> {
    Some(match name {
        "Inner" => JoinType::Inner,
        "Left" => JoinType::Left,
        "Right" => JoinType::Right,
        "Full" => JoinType::Full,
        "Semi" => JoinType::Semi,
        "Anti" => JoinType::Anti,
        "Right Semi" => JoinType::RightSemi,
        "Right Anti" => JoinType::RightAnti,
        _ => return None,
    })
}

fn strategy(name: &str) -> Option<AggregateStrategy> {
    Some(match name {
        "Plain" => AggregateStrategy::Plain,
        "Sorted" => AggregateStrategy::Sorted,
        "Hashed" => AggregateStrategy::Hashed,
        "Mixed" => AggregateStrategy::Mixed,
        _ => return None,
    })
}
