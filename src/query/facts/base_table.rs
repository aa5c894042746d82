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
        if expression.limit.is_some() || expression.offset.is_some() || expression.locks() {
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

    /// The table column that a column's values come from, through derived tables, views and CTEs, and the relation that
    /// reads the table: rows may be fewer or repeated there, and NULL where an outer join fills them up.
    pub fn origin_column(&self, column: ColumnRef) -> Option<(RelationId, TableId, ColumnId)> {
        let relation = self.query.relation(column.relation);
        let query = match relation.source {
            RelationSource::Table(table) => {
                let id = relation.columns.get(column.column)?.catalog?;
                return Some((relation.id, table, id));
            }
            RelationSource::Derived(query) | RelationSource::View { query, .. } => query,
            RelationSource::Cte(cte) if !self.query.cte(cte).recursive => self.query.cte(cte).query,
            _ => return None,
        };
        let QueryBody::Select(block) = self.query.expression(query).body else {
            return None;
        };
        let item = self.query.block(block).select.get(column.column)?;
        self.origin_column(item.expr.as_column()?)
    }

    /// Whether other tables inherit from a table: its keys and foreign keys do not cover their rows.
    pub fn has_children(&self, table: TableId) -> bool {
        self.schema.catalog().is_inherited(table)
    }

    /// The foreign keys on which a proof may rest, from one table to another, with their pairs (child column, parent
    /// column): every child row without NULLs in them has one parent row.
    pub fn foreign_keys(
        &self,
        child: TableId,
        parent: TableId,
    ) -> impl Iterator<Item = (&'a ForeignKey, Vec<(ColumnId, ColumnId)>)> + use<'a> {
        let catalog = self.schema.catalog();
        let hidden = self.has_children(child)
            || self.has_children(parent)
            || catalog.table(parent).row_security;
        let keys: &'a [ForeignKey] = if hidden {
            &[]
        } else {
            &catalog.table(child).foreign_keys
        };
        keys.iter()
            .filter(|key| key.validated && !key.deferrable)
            .filter_map(move |key| {
                let (referenced, columns) = catalog.referenced_columns(key)?;
                let pairs = key.columns.iter().copied().zip(columns).collect();
                (referenced.id == parent).then_some((key, pairs))
            })
    }

    /// One of [`Facts::foreign_keys`] whose pairs are exactly the given ones.
    pub fn foreign_key(
        &self,
        child: TableId,
        parent: TableId,
        pairs: &[(ColumnId, ColumnId)],
    ) -> Option<&'a ForeignKey> {
        let mut given = pairs.to_vec();
        given.sort();
        given.dedup();
        self.foreign_keys(child, parent)
            .find(|(_, pairs)| {
                let mut wanted = pairs.clone();
                wanted.sort();
                wanted == given
            })
            .map(|(key, _)| key)
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
