use crate::catalog::{ColumnId, ForeignKey, TableId};
use crate::query::{
    Block, ColumnRef, Distinct, Expr, JoinTree, QueryBody, QueryExpressionId, RelationId,
    RelationSource,
};

use super::Facts;

/// A table that a relation shows row by row: itself, or through derived tables, views and CTEs that only project.
#[derive(Debug, Clone)]
pub struct BaseTable {
    pub table: TableId,
    /// For each column of the relation the table's column that it shows.
    pub columns: Vec<Option<ColumnId>>,
}

impl<'a> Facts<'a> {
    /// The table that a relation shows row by row.
    pub fn base_table(&self, relation: RelationId) -> Option<BaseTable> {
        let item = self.query.relation(relation);
        if item.sampled {
            return None;
        }
        match &item.source {
            RelationSource::Table(table) => Some(BaseTable {
                table: *table,
                columns: item.columns.iter().map(|column| column.catalog).collect(),
            }),
            RelationSource::Derived(query) | RelationSource::View { query, .. } => {
                self.projected_table(*query)
            }
            RelationSource::Cte(cte) => {
                let cte = self.query.cte(*cte);
                if cte.recursive {
                    return None;
                }
                self.projected_table(cte.query)
            }
            RelationSource::Function { .. } | RelationSource::Unknown { .. } => None,
        }
    }

    fn projected_table(&self, query: QueryExpressionId) -> Option<BaseTable> {
        let expression = self.query.expression(query);
        if expression.limit.is_some() || expression.offset.is_some() || expression.locks {
            return None;
        }
        let block = match expression.body {
            QueryBody::Select(block) => self.query.block(block),
            QueryBody::Nested(inner) => return self.projected_table(inner),
            _ => return None,
        };
        let [JoinTree::Relation(inner)] = block.from.as_slice() else {
            return None;
        };
        let plain = block.filter.is_empty()
            && !block.is_grouped()
            && block.distinct == Distinct::No
            && !block
                .select
                .iter()
                .any(|item| self.is_volatile(&item.expr) || item.expr.has_set_returning());
        if !plain {
            return None;
        }
        let base = self.base_table(*inner)?;
        Some(BaseTable {
            table: base.table,
            columns: block
                .select
                .iter()
                .map(|item| {
                    let column = item.expr.as_column()?;
                    (column.relation == *inner)
                        .then(|| base.columns.get(column.column).copied().flatten())?
                })
                .collect(),
        })
    }

    /// Whether each row that a block makes is one of its FROM, with columns and expressions over that row alone; DISTINCT
    /// is not looked at.
    pub fn shows_rows_of_from(&self, block: &Block) -> bool {
        !block.is_grouped()
            && !block.select.iter().any(|item| {
                item.expr.has_window()
                    || item.expr.has_set_returning()
                    || self.is_volatile(&item.expr)
            })
    }

    /// The table and column that a column of a relation shows.
    pub fn base_column(&self, column: ColumnRef) -> Option<(TableId, ColumnId)> {
        let relation = self.query.relation(column.relation);
        if let RelationSource::Table(table) = relation.source
            && !relation.sampled
        {
            // most are this, and need no list of all columns
            return Some((table, relation.columns.get(column.column)?.catalog?));
        }
        let base = self.base_table(column.relation)?;
        Some((
            base.table,
            base.columns.get(column.column).copied().flatten()?,
        ))
    }

    /// Whether other tables inherit from a table: its keys and foreign keys do not cover their rows.
    pub fn has_children(&self, table: TableId) -> bool {
        self.schema.catalog().is_inherited(table)
    }

    /// A validated foreign key whose columns and referenced columns are exactly the pairs (child column, parent column):
    /// every child row without NULLs in them has one parent row.
    pub fn foreign_key(
        &self,
        child: TableId,
        parent: TableId,
        pairs: &[(ColumnId, ColumnId)],
    ) -> Option<&'a ForeignKey> {
        let catalog = self.schema.catalog();
        if self.has_children(child)
            || self.has_children(parent)
            || catalog.table(parent).row_security
        {
            return None;
        }
        catalog.table(child).foreign_keys.iter().find(|key| {
            if !key.validated || key.deferrable {
                return false;
            }
            let Some((referenced, columns)) = catalog.referenced_columns(key) else {
                return false;
            };
            let mut wanted: Vec<(ColumnId, ColumnId)> =
                key.columns.iter().copied().zip(columns).collect();
            let mut given = pairs.to_vec();
            wanted.sort();
            given.sort();
            given.dedup();
            referenced.id == parent && wanted == given
        })
    }

    /// The pair of columns that an equality compares: (a column of `relation`, a column of another relation).
    pub fn column_pair(
        &self,
        conjunct: &Expr,
        relation: RelationId,
    ) -> Option<(ColumnRef, ColumnRef)> {
        let (left, right) = crate::query::as_equality(conjunct)?;
        let (left, right) = (left.as_column()?, right.as_column()?);
        match (left.relation == relation, right.relation == relation) {
            (true, false) => Some((left, right)),
            (false, true) => Some((right, left)),
            _ => None,
        }
    }
}
