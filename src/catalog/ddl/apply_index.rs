use super::apply::{Applied, Applier};
use super::definition::{ElementTarget, IndexDefinition, IndexElement, ObjectReference};
use super::error::SchemaError;
use super::names;
use crate::catalog::{
    Index, IndexConstraint, IndexId, IndexKey, IndexTarget, QualifiedName, TableId, TableKind,
};
use crate::source::Span;

impl Applier<'_> {
    pub(super) fn create_index(
        &mut self,
        table: &ObjectReference,
        definition: &IndexDefinition,
    ) -> Applied<()> {
        let table = self.find_table(table)?;
        let name = self.index_name(table, definition, "idx")?;
        if self.catalog.index_by_name(&name).is_some()
            || self.catalog.table_by_name(&name).is_some()
        {
            return if definition.if_not_exists {
                Ok(())
            } else {
                Err(SchemaError::Exists {
                    kind: "index",
                    name,
                })
            };
        }
        let statement = self.statement.text().to_owned();
        let index =
            self.build_index(table, definition, name, None, Some(statement), self.whole())?;
        if matches!(self.table(table).kind, TableKind::Partitioned { .. }) {
            if definition.only {
                let has_partitions = !self.catalog.children_of(table).is_empty();
                if let Some(index) = self.index_mut(index) {
                    index.valid = !has_partitions;
                }
            } else {
                self.spread_index(index);
            }
        }
        Ok(())
    }

    pub(super) fn whole(&self) -> Span {
        Span::new(0, self.statement.span.len())
    }

    /// The name written, else the one PostgreSQL chooses.
    pub(super) fn index_name(
        &self,
        table: TableId,
        definition: &IndexDefinition,
        label: &str,
    ) -> Applied<QualifiedName> {
        let schema = self.table(table).name.schema.clone();
        match &definition.name {
            Some(name) => Ok(QualifiedName::new(schema, name.clone())),
            None => {
                let keys = self.index_keys(table, &definition.elements)?;
                let columns =
                    names::index_column_names(self.table(table), &keys, &definition.include);
                let addition = names::joined(columns.iter().map(String::as_str));
                let table_name = &self.table(table).name.name;
                Ok(names::relation_name(
                    self.catalog,
                    &schema,
                    table_name,
                    Some(&addition),
                    label,
                ))
            }
        }
    }

    pub(super) fn build_index(
        &mut self,
        table: TableId,
        definition: &IndexDefinition,
        name: QualifiedName,
        constraint: Option<IndexConstraint>,
        statement: Option<String>,
        span: Span,
    ) -> Applied<IndexId> {
        let keys = self.index_keys(table, &definition.elements)?;
        let include = self.column_ids(table, &definition.include)?;
        let location = self.location(span);
        Ok(self.add_index(|id| Index {
            id,
            name,
            table,
            method: definition.method.clone(),
            keys,
            include,
            predicate: definition.predicate.clone(),
            unique: definition.unique,
            nulls_not_distinct: definition.nulls_not_distinct,
            constraint,
            parent: None,
            valid: true,
            fill_factor: definition.fill_factor,
            definition: statement,
            statistics: None,
            location: Some(location),
        }))
    }

    pub(super) fn index_keys(
        &self,
        table: TableId,
        elements: &[IndexElement],
    ) -> Applied<Vec<IndexKey>> {
        elements
            .iter()
            .map(|element| {
                Ok(IndexKey {
                    target: match &element.target {
                        ElementTarget::Column(name) => {
                            IndexTarget::Column(self.column_id(table, name)?)
                        }
                        ElementTarget::Expression(expression) => {
                            IndexTarget::Expression(expression.clone())
                        }
                    },
                    opclass: element.opclass.clone(),
                    collation: element.collation.clone(),
                    descending: element.descending,
                    nulls_first: element.nulls_first,
                })
            })
            .collect()
    }

    /// Makes an index of a partitioned table on each of its partitions, or attaches the like one that is there.
    /// Source: `DefineIndex` in indexcmds.c.
    pub(super) fn spread_index(&mut self, index: IndexId) {
        let table = self.catalog.index(index).table;
        for partition in self.catalog.children_of(table) {
            if self.table(partition).partition_of == Some(table) {
                self.index_on_partition(index, partition);
            }
        }
    }

    /// The index of a partition that belongs to the index of its parent.
    pub(super) fn index_on_partition(&mut self, parent: IndexId, partition: TableId) {
        let Some(mut wanted) = self.translated_index(parent, partition) else {
            return;
        };
        let existing = self
            .catalog
            .indexes_of(self.table(partition))
            .find(|index| index.parent.is_none() && same_definition(index, &wanted));
        let index = match existing.map(|index| index.id) {
            Some(id) => id,
            None => {
                let table = self.table(partition);
                let include: Vec<String> = wanted
                    .include
                    .iter()
                    .map(|column| table.column(*column).name.clone())
                    .collect();
                let columns = names::index_column_names(table, &wanted.keys, &include);
                let addition = names::joined(columns.iter().map(String::as_str));
                let (addition, label) = match wanted.constraint {
                    Some(IndexConstraint::PrimaryKey { .. }) => (None, "pkey"),
                    Some(IndexConstraint::Unique { .. }) => (Some(addition.as_str()), "key"),
                    Some(IndexConstraint::Exclusion) => (Some(addition.as_str()), "excl"),
                    None => (Some(addition.as_str()), "idx"),
                };
                wanted.name = names::relation_name(
                    self.catalog,
                    &table.name.schema,
                    &table.name.name,
                    addition,
                    label,
                );
                let id = self.add_index(|id| Index { id, ..wanted });
                self.key_of_index(id);
                id
            }
        };
        if let Some(index) = self.index_mut(index) {
            index.parent = Some(parent);
        }
        if matches!(self.table(partition).kind, TableKind::Partitioned { .. }) {
            self.spread_index(index);
        }
    }

    /// An index as its like on another table, columns matched by name; `None` where one is missing.
    fn translated_index(&self, index: IndexId, table: TableId) -> Option<Index> {
        let index = self.catalog.index(index);
        let from = self.table(index.table);
        let to = self.table(table);
        let column = |id| to.column_by_name(&from.column(id).name);
        let keys = index
            .keys
            .iter()
            .map(|key| {
                Some(IndexKey {
                    target: match &key.target {
                        IndexTarget::Column(id) => IndexTarget::Column(column(*id)?),
                        IndexTarget::Expression(expression) => {
                            IndexTarget::Expression(expression.clone())
                        }
                    },
                    ..key.clone()
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let include = index
            .include
            .iter()
            .map(|id| column(*id))
            .collect::<Option<Vec<_>>>()?;
        Some(Index {
            table,
            keys,
            include,
            parent: None,
            valid: true,
            definition: None,
            statistics: None,
            ..index.clone()
        })
    }

    /// `ALTER INDEX parent ATTACH PARTITION child`: the parent is valid once every partition has its index.
    pub(super) fn attach_index(&mut self, parent: IndexId, child: IndexId) {
        if let Some(index) = self.index_mut(child) {
            index.parent = Some(parent);
        }
        self.validate_partitioned_index(parent);
    }

    /// Source: `validatePartitionedIndex` in tablecmds.c.
    fn validate_partitioned_index(&mut self, parent: IndexId) {
        let table = self.catalog.index(parent).table;
        let complete = self
            .catalog
            .children_of(table)
            .into_iter()
            .all(|partition| {
                self.catalog
                    .indexes_of(self.table(partition))
                    .any(|index| index.parent == Some(parent) && index.valid)
            });
        if let Some(index) = self.index_mut(parent) {
            index.valid |= complete;
        }
        let index = self.catalog.index(parent);
        if let (true, Some(above)) = (index.valid, index.parent) {
            self.validate_partitioned_index(above);
        }
    }
}

/// Whether two indexes (of tables with the same columns) are defined alike but for their names.
pub(super) fn same_definition(a: &Index, b: &Index) -> bool {
    let same_key = |x: &IndexKey, y: &IndexKey| {
        let same_target = match (&x.target, &y.target) {
            (IndexTarget::Column(x), IndexTarget::Column(y)) => x == y,
            (IndexTarget::Expression(x), IndexTarget::Expression(y)) => x.ast == y.ast,
            _ => false,
        };
        same_target
            && x.opclass == y.opclass
            && x.collation == y.collation
            && x.descending == y.descending
            && x.nulls_first == y.nulls_first
    };
    a.method == b.method
        && a.unique == b.unique
        && a.nulls_not_distinct == b.nulls_not_distinct
        && a.constraint == b.constraint
        && a.include == b.include
        && a.keys.len() == b.keys.len()
        && a.keys.iter().zip(&b.keys).all(|(x, y)| same_key(x, y))
        && a.predicate.as_ref().map(|p| &p.ast) == b.predicate.as_ref().map(|p| &p.ast)
}
