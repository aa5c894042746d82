use crate::catalog::{Catalog, ColumnId, Index, IndexId, IndexMethod, Table, TableId, TableKind};
use crate::query::{BoundSchema, ColumnRef, Expr, ExprKind};

use super::key_form::key_form;

/// An index, existing or thought of, with its expressions bound over [`BoundSchema::TABLE`].
#[derive(Debug, Clone)]
pub struct IndexDefinition {
    /// `None` for one that does not exist.
    pub id: Option<IndexId>,
    pub method: IndexMethod,
    pub keys: Vec<KeyDefinition>,
    pub include: Vec<ColumnId>,
    /// Conjuncts of the predicate; empty for an index over all rows.
    pub predicate: Vec<Expr>,
    pub unique: bool,
}

/// One key of an index.
#[derive(Debug, Clone)]
pub struct KeyDefinition {
    /// In key form.
    pub expr: Expr,
    /// As written, where it is not the type's default.
    pub opclass: Option<String>,
    pub collation: Option<String>,
    pub descending: bool,
    pub nulls_first: bool,
}

impl KeyDefinition {
    /// An ascending key with the type's own operator class.
    pub fn plain(expr: Expr) -> Self {
        Self {
            expr,
            opclass: None,
            collation: None,
            descending: false,
            nulls_first: false,
        }
    }

    /// The column, where the key is one.
    pub fn column(&self) -> Option<ColumnId> {
        self.expr
            .as_collated_column()
            .map(|column| ColumnId(column.column))
    }
}

impl IndexDefinition {
    /// An index of the catalog.
    pub fn existing(schema: &BoundSchema<'_>, index: &Index) -> Option<Self> {
        let bound = schema.index(index.id)?;
        let keys = index
            .keys
            .iter()
            .zip(&bound.keys)
            .map(|(key, expr)| KeyDefinition {
                expr: key_form(schema.catalog(), expr),
                opclass: key.opclass.as_deref().map(unqualified),
                collation: key.collation.clone(),
                descending: key.descending,
                nulls_first: key.nulls_first,
            })
            .collect();
        Some(Self {
            id: Some(index.id),
            method: index.method.clone(),
            keys,
            include: index.include.clone(),
            predicate: bound.predicate.clone(),
            unique: index.unique,
        })
    }

    /// The valid indexes of a table; of a partitioned one also what each of its partitions has an index of its own for.
    pub fn of_table(schema: &BoundSchema<'_>, catalog: &Catalog, table: TableId) -> Vec<Self> {
        catalog
            .indexes_of(catalog.table(table))
            .filter(|index| index.valid)
            .filter_map(|index| Self::existing(schema, index))
            .chain(Self::of_all_partitions(schema, catalog, table))
            .collect()
    }

    fn of_all_partitions(schema: &BoundSchema<'_>, catalog: &Catalog, table: TableId) -> Vec<Self> {
        let parent = catalog.table(table);
        if !matches!(parent.kind, TableKind::Partitioned { .. }) {
            return Vec::new();
        }
        let mut partitions = catalog.children_of(table).into_iter().map(|partition| {
            Self::of_table(schema, catalog, partition)
                .iter()
                .filter_map(|own| own.moved(catalog.table(partition), parent))
                .collect::<Vec<Self>>()
        });
        let Some(mut shared) = partitions.next() else {
            return Vec::new();
        };
        for others in partitions {
            shared.retain(|own| others.iter().any(|other| other.serves_as(own)));
        }
        shared
    }

    /// The same index over another table with columns of the same names.
    fn moved(&self, from: &Table, to: &Table) -> Option<Self> {
        let column = |column: usize| to.column_by_name(&from.columns.get(column)?.name);
        let all_there = self
            .keys
            .iter()
            .map(|key| &key.expr)
            .chain(&self.predicate)
            .flat_map(Expr::columns)
            .all(|reference| column(reference.column).is_some());
        let expr = |expr: &Expr| {
            expr.map_columns(&|reference| {
                ExprKind::Column(ColumnRef {
                    column: column(reference.column).map_or(reference.column, |column| column.0),
                    ..reference
                })
            })
        };
        all_there.then_some(())?;
        Some(Self {
            id: None,
            method: self.method.clone(),
            keys: self
                .keys
                .iter()
                .map(|key| KeyDefinition {
                    expr: expr(&key.expr),
                    ..key.clone()
                })
                .collect(),
            include: self
                .include
                .iter()
                .map(|id| column(id.0))
                .collect::<Option<_>>()?,
            predicate: self.predicate.iter().map(expr).collect(),
            unique: false,
        })
    }

    /// Whether it can be read wherever `other` can, whatever the method.
    fn serves_as(&self, other: &Self) -> bool {
        let same_key = |a: &KeyDefinition, b: &KeyDefinition| {
            a.expr == b.expr && a.opclass == b.opclass && a.collation == b.collation
        };
        self.contains(other)
            || self.method == other.method
                && self.predicate == other.predicate
                && self.keys.len() == other.keys.len()
                && self
                    .keys
                    .iter()
                    .zip(&other.keys)
                    .all(|(a, b)| same_key(a, b))
                && self.method != IndexMethod::Btree
    }

    /// Whether it can be read wherever `other`, over the same rows, can: both are B-trees, its keys begin with all of
    /// that one's, and it holds what that one includes.
    pub fn contains(&self, other: &Self) -> bool {
        self.method == IndexMethod::Btree
            && other.method == IndexMethod::Btree
            && self.predicate == other.predicate
            && self.keys.len() >= other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|(a, b)| {
                a.expr == b.expr
                    && a.opclass == b.opclass
                    && a.collation == b.collation
                    && a.descending == b.descending
                    && a.nulls_first == b.nulls_first
            })
            && other
                .include
                .iter()
                .all(|column| self.holds_column(*column))
    }

    /// Whether an index-only scan can read a column from it.
    pub fn holds_column(&self, column: ColumnId) -> bool {
        self.method == IndexMethod::Btree
            && (self.include.contains(&column)
                || self.keys.iter().any(|key| key.column() == Some(column)))
    }
}

fn unqualified(name: &str) -> String {
    name.rsplit('.')
        .next()
        .unwrap_or(name)
        .trim_matches('"')
        .to_owned()
}
