use sqlparser::ast::DataType;

use crate::catalog::{CatalogExpression, IndexMethod, PartitionStrategy, ReferentialAction};
use crate::source::Span;

/// A name as a statement writes it, folded; looked up along the search path where no schema is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObjectReference {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl std::fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What stands between the parentheses of CREATE TABLE, and after them.
#[derive(Debug, Default)]
pub(super) struct TableDefinition {
    pub(super) columns: Vec<ColumnDefinition>,
    pub(super) constraints: Vec<ConstraintDefinition>,
    pub(super) likes: Vec<LikeClause>,
    pub(super) inherits: Vec<ObjectReference>,
    pub(super) partition_by: Option<(PartitionStrategy, Vec<IndexElement>)>,
}

#[derive(Debug)]
pub(super) struct LikeClause {
    pub(super) table: ObjectReference,
    /// Number of columns that were defined before it.
    pub(super) position: usize,
    pub(super) defaults: bool,
    pub(super) constraints: bool,
    pub(super) indexes: bool,
    pub(super) generated: bool,
    pub(super) identity: bool,
}

#[derive(Debug)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    /// `None` where the type is another table's or type's (PARTITION OF, OF).
    pub(super) data_type: Option<DataType>,
    pub(super) collation: Option<String>,
    pub(super) not_null: bool,
    pub(super) default: Option<CatalogExpression>,
    pub(super) identity: Option<Identity>,
    pub(super) generated: Option<CatalogExpression>,
    pub(super) constraints: Vec<ConstraintDefinition>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    pub(super) always: bool,
}

#[derive(Debug)]
pub(super) struct ConstraintDefinition {
    pub(super) name: Option<String>,
    pub(super) kind: ConstraintKind,
    pub(super) deferrable: bool,
    /// False for NOT VALID and NOT ENFORCED.
    pub(super) validated: bool,
    pub(super) no_inherit: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ConstraintKind {
    PrimaryKey(KeyDefinition),
    Unique(KeyDefinition),
    ForeignKey(ForeignKeyDefinition),
    Check(CatalogExpression),
    Exclusion(IndexDefinition),
    NotNull { column: String },
}

#[derive(Debug, Default)]
pub(super) struct KeyDefinition {
    pub(super) columns: Vec<String>,
    pub(super) include: Vec<String>,
    pub(super) nulls_not_distinct: bool,
    pub(super) using_index: Option<String>,
    pub(super) fill_factor: Option<u8>,
    /// `WITHOUT OVERLAPS` on the last column: backed by GiST, and no key over equality.
    pub(super) without_overlaps: bool,
}

#[derive(Debug)]
pub(super) struct ForeignKeyDefinition {
    pub(super) columns: Vec<String>,
    pub(super) references: ObjectReference,
    pub(super) referenced_columns: Vec<String>,
    pub(super) on_delete: ReferentialAction,
    pub(super) on_update: ReferentialAction,
    pub(super) match_full: bool,
}

/// CREATE INDEX, or the index behind EXCLUDE.
#[derive(Debug)]
pub(super) struct IndexDefinition {
    pub(super) name: Option<String>,
    pub(super) if_not_exists: bool,
    pub(super) unique: bool,
    pub(super) only: bool,
    pub(super) method: IndexMethod,
    pub(super) elements: Vec<IndexElement>,
    pub(super) include: Vec<String>,
    pub(super) nulls_not_distinct: bool,
    pub(super) fill_factor: Option<u8>,
    pub(super) predicate: Option<CatalogExpression>,
}

#[derive(Debug, Clone)]
pub(super) struct IndexElement {
    pub(super) target: ElementTarget,
    pub(super) collation: Option<String>,
    pub(super) opclass: Option<String>,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "few are kept, and most are read in place"
)]
pub(super) enum ElementTarget {
    Column(String),
    Expression(CatalogExpression),
}
