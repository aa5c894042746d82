use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sqlparser::ast;

use super::{
    ColumnStatistics, IndexStatistics, QualifiedName, ServerStatistics, TableStatistics, Type,
};
use crate::source::Location;

/// Number of a table (or view) in [`Catalog::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableId(pub usize);

/// Number of an index in [`Catalog::indexes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexId(pub usize);

/// Number of a column in [`Table::columns`], from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnId(pub usize);

/// Everything known about a database's schema.
///
/// Dropped tables and indexes leave no gap that can be reached: iterate with
/// [`Catalog::tables`] and [`Catalog::indexes`], look up by name with [`Catalog::table_by_name`].
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    pub(super) tables: Vec<Option<Table>>,
    pub(super) indexes: Vec<Option<Index>>,
    pub(super) table_names: IndexMap<QualifiedName, TableId>,
    pub(super) index_names: IndexMap<QualifiedName, IndexId>,
    /// Whether any table has `INHERITS` parents.
    pub(super) has_inheritance: bool,
    /// `CREATE TYPE ... AS ENUM`: labels in order.
    pub enums: IndexMap<QualifiedName, Vec<String>>,
    /// `CREATE DOMAIN`.
    pub domains: IndexMap<QualifiedName, Domain>,
    /// `CREATE TYPE ... AS (...)`: fields in order.
    pub composites: IndexMap<QualifiedName, Vec<(String, Type)>>,
    /// `CREATE FUNCTION`: what the planner knows of user functions.
    pub functions: IndexMap<QualifiedName, UserFunction>,
    /// Schemas in which an unqualified name is looked up, first to last.
    pub search_path: Vec<String>,
    /// Extensions that the schema creates.
    pub extensions: Vec<String>,
    /// Statements that could not be read.
    pub problems: Vec<LoadProblem>,
    /// Version, settings and collation of the server that the statistics come from.
    pub server: ServerStatistics,
}

/// `CREATE DOMAIN name AS base ...`.
#[derive(Debug, Clone)]
pub struct Domain {
    pub base: Type,
    pub not_null: bool,
    pub checks: Vec<CatalogExpression>,
}

/// A user-defined function.
#[derive(Debug, Clone)]
pub struct UserFunction {
    pub volatility: Volatility,
    /// `STRICT`: NULL in, NULL out.
    pub strict: bool,
    pub returns: Option<Type>,
    pub returns_set: bool,
}

/// When a function may give another result for the same arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// A statement of the schema that could not be read; the rest still loads.
#[derive(Debug, Clone)]
pub struct LoadProblem {
    pub location: Location,
    pub message: String,
}

/// An expression of the schema: its text, and as it was parsed.
#[derive(Debug, Clone)]
pub struct CatalogExpression {
    pub text: String,
    pub ast: ast::Expr,
}

/// A table, view, materialized view or foreign table.
#[derive(Debug, Clone)]
pub struct Table {
    pub id: TableId,
    pub name: QualifiedName,
    pub kind: TableKind,
    pub columns: Vec<Column>,
    pub primary_key: Option<Key>,
    /// UNIQUE constraints (unique indexes that no constraint made are in `indexes` alone).
    pub unique_keys: Vec<Key>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    /// All indexes, those of the constraints included.
    pub indexes: Vec<IndexId>,
    /// The partitioned table that this is a partition of.
    pub partition_of: Option<TableId>,
    /// `FOR VALUES ...` or `DEFAULT` of a partition, as SQL.
    pub partition_bound: Option<String>,
    /// `INHERITS (...)` parents.
    pub inherits: Vec<TableId>,
    /// `REPLICA IDENTITY USING INDEX`.
    pub replica_identity: Option<IndexId>,
    /// `ENABLE ROW LEVEL SECURITY`: policies may hide rows from a query that constraints know.
    pub row_security: bool,
    pub statistics: Option<TableStatistics>,
    pub location: Option<Location>,
}

#[derive(Debug, Clone)]
pub enum TableKind {
    Ordinary,
    /// `PARTITION BY strategy (keys)`.
    Partitioned {
        strategy: PartitionStrategy,
        keys: Vec<IndexTarget>,
    },
    Foreign,
    View {
        query: Box<ast::Query>,
    },
    MaterializedView {
        query: Box<ast::Query>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionStrategy {
    Range,
    List,
    Hash,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub data_type: Type,
    /// NOT NULL by itself, by the primary key, by identity or by its domain.
    pub not_null: bool,
    pub default: Option<CatalogExpression>,
    pub generated: Generated,
    /// `COLLATE name`, where it is not the database's.
    pub collation: Option<String>,
    pub statistics: Option<ColumnStatistics>,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "few are kept, and most are read in place"
)]
pub enum Generated {
    No,
    /// `GENERATED ... AS IDENTITY`, or serial.
    Identity {
        always: bool,
    },
    /// `GENERATED ALWAYS AS (expression)`.
    Expression(CatalogExpression),
}

/// A PRIMARY KEY or UNIQUE constraint.
#[derive(Debug, Clone)]
pub struct Key {
    pub name: String,
    pub columns: Vec<ColumnId>,
    pub deferrable: bool,
    /// `UNIQUE NULLS NOT DISTINCT`: NULL counts as one value.
    pub nulls_not_distinct: bool,
    pub index: IndexId,
}

#[derive(Debug, Clone)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<ColumnId>,
    pub references: QualifiedName,
    /// The referenced columns by name, as the referenced table may come later; empty means its primary key
    /// (see [`Catalog::referenced_columns`]).
    pub referenced_columns: Vec<String>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
    pub match_full: bool,
    pub deferrable: bool,
    /// False for NOT VALID, and for NOT ENFORCED.
    pub validated: bool,
    pub location: Option<Location>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferentialAction {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub name: Option<String>,
    pub expression: CatalogExpression,
    /// False for NOT VALID, and for NOT ENFORCED.
    pub validated: bool,
}

#[derive(Debug, Clone)]
pub struct Index {
    pub id: IndexId,
    pub name: QualifiedName,
    pub table: TableId,
    pub method: IndexMethod,
    pub keys: Vec<IndexKey>,
    /// `INCLUDE (...)`.
    pub include: Vec<ColumnId>,
    /// `WHERE ...`.
    pub predicate: Option<CatalogExpression>,
    pub unique: bool,
    pub nulls_not_distinct: bool,
    /// The constraint that it implements.
    pub constraint: Option<IndexConstraint>,
    /// The index of the partitioned table that this one, of a partition, belongs to.
    pub parent: Option<IndexId>,
    /// False after a failed CREATE INDEX CONCURRENTLY, and for `ON ONLY` without its partitions' indexes attached.
    pub valid: bool,
    pub fill_factor: Option<u8>,
    /// The statement that makes it, as written.
    pub definition: Option<String>,
    pub statistics: Option<IndexStatistics>,
    pub location: Option<Location>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexConstraint {
    PrimaryKey { deferrable: bool },
    Unique { deferrable: bool },
    Exclusion,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexMethod {
    Btree,
    Hash,
    Gin,
    Gist,
    SpGist,
    Brin,
    /// Of an extension.
    Other(String),
}

#[derive(Debug, Clone)]
pub struct IndexKey {
    pub target: IndexTarget,
    /// As written, where written.
    pub opclass: Option<String>,
    pub collation: Option<String>,
    pub descending: bool,
    pub nulls_first: bool,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "few are kept, and most are read in place"
)]
pub enum IndexTarget {
    Column(ColumnId),
    Expression(CatalogExpression),
}

/// What stands behind the key of a B-tree for its order: nothing for the default, ` DESC`, ` NULLS FIRST`,
/// ` DESC NULLS LAST`.
pub fn key_order_sql(descending: bool, nulls_first: bool) -> &'static str {
    match (descending, nulls_first) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    }
}

impl IndexMethod {
    /// The name that `USING` takes.
    pub fn name(&self) -> &str {
        match self {
            Self::Btree => "btree",
            Self::Hash => "hash",
            Self::Gin => "gin",
            Self::Gist => "gist",
            Self::SpGist => "spgist",
            Self::Brin => "brin",
            Self::Other(name) => name,
        }
    }

    /// By the name that `USING` takes.
    pub fn from_name(name: &str) -> Self {
        match name {
            "btree" => Self::Btree,
            "hash" => Self::Hash,
            "gin" => Self::Gin,
            "gist" => Self::Gist,
            "spgist" => Self::SpGist,
            "brin" => Self::Brin,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Table {
    /// The column of that (folded) name.
    pub fn column_by_name(&self, name: &str) -> Option<ColumnId> {
        self.columns
            .iter()
            .position(|column| column.name == name)
            .map(ColumnId)
    }

    /// A column by its number.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }

    /// Rows that hold one value in each of some columns, on average and as if the columns had nothing to do with each
    /// other; `None` where the statistics do not tell.
    pub fn rows_of_a_value(&self, columns: &[ColumnId]) -> Option<f64> {
        let rows = self.statistics.as_ref()?.rows;
        columns.iter().try_fold(rows, |left, column| {
            let column = self.column(*column).statistics.as_ref()?;
            Some(left / column.distinct_values(rows)?.max(1.0))
        })
    }

    /// Whether rows are stored in it, or in its partitions.
    pub fn has_storage(&self) -> bool {
        !matches!(self.kind, TableKind::View { .. } | TableKind::Foreign)
    }
}

impl Index {
    /// The plain columns of the key in order; an expression ends the list.
    pub fn leading_columns(&self) -> impl Iterator<Item = ColumnId> + '_ {
        self.keys.iter().map_while(|key| match key.target {
            IndexTarget::Column(column) => Some(column),
            IndexTarget::Expression(_) => None,
        })
    }

    /// Whether its keys find the rows that hold given values in all of these columns: a valid B-tree whose first keys
    /// they are, in any order, or a hash index of one column. Its predicate is not looked at.
    pub fn begins_with(&self, columns: &[ColumnId]) -> bool {
        let leading: Vec<ColumnId> = self.leading_columns().take(columns.len()).collect();
        let method = self.method == IndexMethod::Btree
            || self.method == IndexMethod::Hash && columns.len() == 1;
        method
            && self.valid
            && leading.len() == columns.len()
            && columns.iter().all(|column| leading.contains(column))
    }
}

impl Catalog {
    /// An empty catalog whose search path is `public`.
    pub fn new() -> Self {
        Self {
            search_path: vec!["public".to_owned()],
            ..Self::default()
        }
    }

    /// All tables and views.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().flatten()
    }

    /// All indexes.
    pub fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.indexes.iter().flatten()
    }

    /// A table by its number.
    ///
    /// # Panics
    /// When the number is of another catalog, or of a dropped table: numbers are handed out by this catalog alone.
    pub fn table(&self, id: TableId) -> &Table {
        self.tables[id.0].as_ref().expect("a table of this catalog")
    }

    /// An index by its number; panics as [`Catalog::table`] does.
    #[expect(clippy::should_implement_trait, reason = "named as `table` is")]
    pub fn index(&self, id: IndexId) -> &Index {
        self.indexes[id.0]
            .as_ref()
            .expect("an index of this catalog")
    }

    /// The indexes of a table.
    pub fn indexes_of(&self, table: &Table) -> impl Iterator<Item = &Index> {
        table
            .indexes
            .iter()
            .filter_map(|id| self.indexes.get(id.0)?.as_ref())
    }

    /// A table or view by its full name.
    pub fn table_by_name(&self, name: &QualifiedName) -> Option<&Table> {
        self.table_names.get(name).map(|id| self.table(*id))
    }

    /// An index by its full name.
    pub fn index_by_name(&self, name: &QualifiedName) -> Option<&Index> {
        self.index_names.get(name).map(|id| self.index(*id))
    }

    /// The table that a query means: along the search path where no schema is written.
    pub fn resolve_table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        match schema {
            Some(schema) => self.table_by_name(&QualifiedName::new(schema, name)),
            None => self
                .search_path
                .iter()
                .find_map(|schema| self.table_by_name(&QualifiedName::new(schema, name))),
        }
    }

    /// The type behind domains.
    pub fn base_type<'a>(&'a self, mut data_type: &'a Type) -> &'a Type {
        while let Type::Domain(name) = data_type {
            match self.domains.get(name) {
                Some(domain) => data_type = &domain.base,
                None => break,
            }
        }
        data_type
    }

    /// The foreign keys that refer to exactly some columns of a table, in any order, and the tables that have them.
    pub fn foreign_keys_to<'a>(
        &'a self,
        table: &'a Table,
        columns: &'a [ColumnId],
    ) -> impl Iterator<Item = (TableId, &'a ForeignKey)> {
        self.tables()
            .flat_map(|other| other.foreign_keys.iter().map(move |key| (other.id, key)))
            .filter(move |(_, key)| {
                key.references == table.name
                    && self.referenced_columns(key).is_some_and(|(_, own)| {
                        own.len() == columns.len()
                            && own.iter().all(|column| columns.contains(column))
                    })
            })
    }

    /// The table and columns that a foreign key refers to; `None` where they are not in the schema.
    pub fn referenced_columns(&self, key: &ForeignKey) -> Option<(&Table, Vec<ColumnId>)> {
        let table = self.table_by_name(&key.references)?;
        let columns = if key.referenced_columns.is_empty() {
            table.primary_key.as_ref()?.columns.clone()
        } else {
            key.referenced_columns
                .iter()
                .map(|name| table.column_by_name(name))
                .collect::<Option<Vec<_>>>()?
        };
        (columns.len() == key.columns.len()).then_some((table, columns))
    }
}
