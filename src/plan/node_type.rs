use std::fmt;

/// What a plan node does, named as EXPLAIN (FORMAT JSON) names it in "Node Type".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NodeType {
    Result,
    ProjectSet,
    ModifyTable,
    Append,
    MergeAppend,
    RecursiveUnion,
    BitmapAnd,
    BitmapOr,
    NestedLoop,
    MergeJoin,
    HashJoin,
    SeqScan,
    SampleScan,
    Gather,
    GatherMerge,
    IndexScan,
    IndexOnlyScan,
    BitmapIndexScan,
    BitmapHeapScan,
    TidScan,
    TidRangeScan,
    SubqueryScan,
    FunctionScan,
    TableFunctionScan,
    ValuesScan,
    CteScan,
    NamedTuplestoreScan,
    WorkTableScan,
    ForeignScan,
    CustomScan,
    Materialize,
    Memoize,
    Sort,
    IncrementalSort,
    Group,
    Aggregate,
    WindowAgg,
    Unique,
    SetOp,
    LockRows,
    Limit,
    Hash,
    /// Of a version or extension that we do not know.
    Other(String),
}

const NAMES: &[(&str, NodeType)] = &[
    ("Result", NodeType::Result),
    ("ProjectSet", NodeType::ProjectSet),
    ("ModifyTable", NodeType::ModifyTable),
    ("Append", NodeType::Append),
    ("Merge Append", NodeType::MergeAppend),
    ("Recursive Union", NodeType::RecursiveUnion),
    ("BitmapAnd", NodeType::BitmapAnd),
    ("BitmapOr", NodeType::BitmapOr),
    ("Nested Loop", NodeType::NestedLoop),
    ("Merge Join", NodeType::MergeJoin),
    ("Hash Join", NodeType::HashJoin),
    ("Seq Scan", NodeType::SeqScan),
    ("Sample Scan", NodeType::SampleScan),
    ("Gather Merge", NodeType::GatherMerge),
    ("Gather", NodeType::Gather),
    ("Index Scan", NodeType::IndexScan),
    ("Index Only Scan", NodeType::IndexOnlyScan),
    ("Bitmap Index Scan", NodeType::BitmapIndexScan),
    ("Bitmap Heap Scan", NodeType::BitmapHeapScan),
    ("Tid Scan", NodeType::TidScan),
    ("Tid Range Scan", NodeType::TidRangeScan),
    ("Subquery Scan", NodeType::SubqueryScan),
    ("Function Scan", NodeType::FunctionScan),
    ("Table Function Scan", NodeType::TableFunctionScan),
    ("Values Scan", NodeType::ValuesScan),
    ("CTE Scan", NodeType::CteScan),
    ("Named Tuplestore Scan", NodeType::NamedTuplestoreScan),
    ("WorkTable Scan", NodeType::WorkTableScan),
    ("Foreign Scan", NodeType::ForeignScan),
    ("Custom Scan", NodeType::CustomScan),
    ("Materialize", NodeType::Materialize),
    ("Memoize", NodeType::Memoize),
    ("Sort", NodeType::Sort),
    ("Incremental Sort", NodeType::IncrementalSort),
    ("Group", NodeType::Group),
    ("Aggregate", NodeType::Aggregate),
    ("WindowAgg", NodeType::WindowAgg),
    ("Unique", NodeType::Unique),
    ("SetOp", NodeType::SetOp),
    ("LockRows", NodeType::LockRows),
    ("Limit", NodeType::Limit),
    ("Hash", NodeType::Hash),
];

impl NodeType {
    /// By the name that EXPLAIN (FORMAT JSON) prints.
    pub fn from_name(name: &str) -> Self {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map_or_else(|| Self::Other(name.to_owned()), |(_, kind)| kind.clone())
    }

    /// The name that EXPLAIN (FORMAT JSON) prints.
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES
                .iter()
                .find(|(_, kind)| kind == known)
                .map_or("", |(name, _)| name),
        }
    }

    /// Whether it combines two inputs by a join.
    pub fn is_join(&self) -> bool {
        matches!(self, Self::NestedLoop | Self::MergeJoin | Self::HashJoin)
    }

    /// Whether it reads a table or an index.
    pub fn reads_table(&self) -> bool {
        matches!(
            self,
            Self::SeqScan
                | Self::SampleScan
                | Self::IndexScan
                | Self::IndexOnlyScan
                | Self::BitmapHeapScan
                | Self::TidScan
                | Self::TidRangeScan
        )
    }

    /// Whether it reads all of its input before it returns the first row.
    pub fn blocks(&self) -> bool {
        matches!(self, Self::Sort | Self::Hash)
    }

    /// Names known to us, as EXPLAIN (FORMAT JSON) prints them.
    pub(super) fn known_names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }
}

impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
