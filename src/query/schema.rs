use std::collections::HashMap;

use crate::catalog::{Catalog, ColumnId, Index, IndexId, IndexTarget, Table, TableId};

use super::bind::bind_table_expression;
use super::{ColumnRef, Expr, ExprKind, RelationId};
use crate::source::Span;

/// A catalog with the expressions of its indexes and constraints bound, so that they can be compared with a query's.
pub struct BoundSchema<'c> {
    catalog: &'c Catalog,
    indexes: HashMap<IndexId, BoundIndex>,
    checks: HashMap<TableId, Vec<Expr>>,
}

/// The expressions of an index, over columns of [`BoundSchema::TABLE`].
#[derive(Debug, Clone)]
pub struct BoundIndex {
    /// The key's columns and expressions, in order.
    pub keys: Vec<Expr>,
    /// The conjuncts of the predicate; empty for an index over all rows.
    pub predicate: Vec<Expr>,
}

impl<'c> BoundSchema<'c> {
    /// Stands for the relation in bound expressions of the schema; see [`BoundSchema::for_relation`].
    pub const TABLE: RelationId = RelationId(usize::MAX);

    /// Binds all expressions of a catalog.
    pub fn new(catalog: &'c Catalog) -> Self {
        let mut indexes = HashMap::new();
        for index in catalog.indexes() {
            let table = catalog.table(index.table);
            let keys = index
                .keys
                .iter()
                .map(|key| match &key.target {
                    IndexTarget::Column(column) => table_column(table, column.0),
                    IndexTarget::Expression(expression) => {
                        bind_table_expression(catalog, index.table, Self::TABLE, &expression.ast)
                    }
                })
                .collect();
            let predicate = index
                .predicate
                .as_ref()
                .map(|predicate| {
                    bind_table_expression(catalog, index.table, Self::TABLE, &predicate.ast)
                        .into_conjuncts()
                })
                .unwrap_or_default();
            indexes.insert(index.id, BoundIndex { keys, predicate });
        }
        let mut checks = HashMap::new();
        for table in catalog.tables().filter(|table| !table.checks.is_empty()) {
            let bound = table
                .checks
                .iter()
                .filter(|check| check.validated)
                .flat_map(|check| {
                    bind_table_expression(catalog, table.id, Self::TABLE, &check.expression.ast)
                        .into_conjuncts()
                })
                .collect();
            checks.insert(table.id, bound);
        }
        Self {
            catalog,
            indexes,
            checks,
        }
    }

    /// The catalog.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// The bound expressions of an index of this catalog.
    pub fn index(&self, id: IndexId) -> Option<&BoundIndex> {
        self.indexes.get(&id)
    }

    /// Whether an index finds the rows that hold given values, not NULL, in all of these columns, as the checks of a
    /// foreign key look for them: its keys begin with them, and its predicate asks no more than that they are not NULL.
    pub fn finds_all(&self, index: &Index, columns: &[ColumnId]) -> bool {
        let only_not_null = |conjunct: &Expr| match &conjunct.kind {
            ExprKind::IsNull {
                operand,
                negated: true,
            } => operand
                .as_column()
                .is_some_and(|column| columns.contains(&ColumnId(column.column))),
            _ => false,
        };
        index.begins_with(columns)
            && (index.predicate.is_none()
                || self
                    .index(index.id)
                    .is_some_and(|bound| bound.predicate.iter().all(only_not_null)))
    }

    /// The conjuncts of a table's validated CHECK constraints.
    pub fn checks(&self, table: TableId) -> &[Expr] {
        self.checks.get(&table).map_or(&[], Vec::as_slice)
    }

    /// A bound expression of the schema, over the columns of a relation that reads that table.
    pub fn for_relation(expr: &Expr, relation: RelationId) -> Expr {
        expr.map_columns(&|column| {
            ExprKind::Column(ColumnRef {
                relation,
                column: column.column,
            })
        })
    }
}

fn table_column(table: &Table, column: usize) -> Expr {
    Expr::typed(
        ExprKind::Column(ColumnRef {
            relation: BoundSchema::TABLE,
            column,
        }),
        Span::default(),
        table
            .columns
            .get(column)
            .map(|column| column.data_type.clone()),
    )
}
