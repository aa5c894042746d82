use super::apply::{Applied, Applier, columns_in};
use super::definition::{
    ConstraintDefinition, ConstraintKind, ElementTarget, ForeignKeyDefinition, IndexDefinition,
    IndexElement, KeyDefinition,
};
use super::error::SchemaError;
use super::names;
use crate::catalog::{
    CatalogExpression, Check, ColumnId, ForeignKey, IndexConstraint, IndexId, IndexMethod,
    IndexTarget, Key, QualifiedName, TableId, TableKind,
};

impl Applier<'_> {
    /// Adds a constraint to a table and, unless `only`, to its partitions and children.
    pub(super) fn add_constraint(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        only: bool,
    ) -> Applied<()> {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => self.add_key(table, constraint, key, true, only),
            ConstraintKind::Unique(key) => self.add_key(table, constraint, key, false, only),
            ConstraintKind::ForeignKey(key) => self.add_foreign_key(table, constraint, key),
            ConstraintKind::Check(expression) => {
                self.add_check(table, constraint, expression, only)
            }
            ConstraintKind::Exclusion(definition) => {
                self.add_exclusion(table, constraint, definition)
            }
            ConstraintKind::NotNull { column } => {
                if constraint.validated {
                    self.set_not_null(table, column, true, only || constraint.no_inherit)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn set_not_null(
        &mut self,
        table: TableId,
        column: &str,
        not_null: bool,
        only: bool,
    ) -> Applied<()> {
        let id = self.column_id(table, column)?;
        let tables = if only {
            Vec::new()
        } else {
            self.descendants(table)
        };
        for (table, id) in std::iter::once((table, Some(id))).chain(
            tables
                .iter()
                .map(|child| (*child, self.table(*child).column_by_name(column)))
                .collect::<Vec<_>>(),
        ) {
            let Some(id) = id else { continue };
            let by_domain = self
                .catalog
                .is_not_null_type(&self.table(table).column(id).data_type);
            if let Some(column) = self.column_mut(table, id) {
                column.not_null = not_null || by_domain;
            }
        }
        Ok(())
    }

    fn add_key(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        key: &KeyDefinition,
        primary: bool,
        only: bool,
    ) -> Applied<()> {
        if primary && self.table(table).primary_key.is_some() {
            let name = self.table(table).name.clone();
            return Err(SchemaError::Exists {
                kind: "the primary key of table",
                name,
            });
        }
        let kind = if key.without_overlaps {
            IndexConstraint::Exclusion
        } else if primary {
            IndexConstraint::PrimaryKey {
                deferrable: constraint.deferrable,
            }
        } else {
            IndexConstraint::Unique {
                deferrable: constraint.deferrable,
            }
        };
        let index = match &key.using_index {
            Some(index) => self.adopt_index(table, index, constraint, kind)?,
            None => match self.build_key_index(table, constraint, key, kind, primary)? {
                Some(index) => index,
                None => return Ok(()),
            },
        };
        if primary {
            for column in &key_columns(self.catalog.index(index)) {
                let name = self.table(table).column(*column).name.clone();
                self.set_not_null(table, &name, true, only)?;
            }
        }
        self.key_of_index(index);
        if matches!(self.table(table).kind, TableKind::Partitioned { .. }) {
            if only {
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

    /// The index of a new key; `None` where an earlier key is the same, which PostgreSQL then keeps alone
    /// (`transformIndexConstraints` in parse_utilcmd.c).
    fn build_key_index(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        key: &KeyDefinition,
        kind: IndexConstraint,
        primary: bool,
    ) -> Applied<Option<IndexId>> {
        let mut definition = IndexDefinition {
            name: constraint.name.clone(),
            if_not_exists: false,
            unique: true,
            only: false,
            method: if key.without_overlaps {
                IndexMethod::Gist
            } else {
                IndexMethod::Btree
            },
            elements: key.columns.iter().map(|name| plain_element(name)).collect(),
            include: key.include.clone(),
            nulls_not_distinct: key.nulls_not_distinct,
            fill_factor: key.fill_factor,
            predicate: None,
        };
        if primary && definition.name.is_none() {
            let owner = &self.table(table).name;
            let name = names::relation_name(self.catalog, &owner.schema, &owner.name, None, "pkey");
            definition.name = Some(name.name);
        }
        let name = self.index_name(table, &definition, "key")?;
        if self.catalog.index_by_name(&name).is_some()
            || self.catalog.table_by_name(&name).is_some()
        {
            return Err(SchemaError::Exists {
                kind: "relation",
                name,
            });
        }
        self.build_index(table, &definition, name, Some(kind), None, constraint.span)
            .map(Some)
    }

    /// `ADD CONSTRAINT name PRIMARY KEY USING INDEX index`: the index takes the constraint's name.
    fn adopt_index(
        &mut self,
        table: TableId,
        index: &str,
        constraint: &ConstraintDefinition,
        kind: IndexConstraint,
    ) -> Applied<IndexId> {
        let schema = self.table(table).name.schema.clone();
        let name = QualifiedName::new(schema.clone(), index);
        let id = match self.catalog.index_by_name(&name) {
            Some(found) if found.table == table => found.id,
            _ => return Err(SchemaError::missing("index", name)),
        };
        if let Some(new_name) = &constraint.name {
            self.rename_index(id, QualifiedName::new(schema, new_name.clone()));
        }
        if let Some(index) = self.index_mut(id) {
            index.constraint = Some(kind);
        }
        Ok(id)
    }

    /// Enters the key that an index implements into its table, once.
    pub(super) fn key_of_index(&mut self, index: IndexId) {
        let index = self.catalog.index(index);
        let (primary, deferrable) = match index.constraint {
            Some(IndexConstraint::PrimaryKey { deferrable }) => (true, deferrable),
            Some(IndexConstraint::Unique { deferrable }) => (false, deferrable),
            Some(IndexConstraint::Exclusion) | None => return,
        };
        let key = Key {
            name: index.name.name.clone(),
            columns: key_columns(index),
            deferrable,
            nulls_not_distinct: index.nulls_not_distinct,
            index: index.id,
        };
        let owner = index.table;
        let Some(table) = self.table_mut(owner) else {
            return;
        };
        if primary {
            for column in &key.columns {
                if let Some(column) = table.columns.get_mut(column.0) {
                    column.not_null = true;
                }
            }
            table.primary_key = Some(key);
        } else {
            table.unique_keys.push(key);
        }
    }

    fn add_foreign_key(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        key: &ForeignKeyDefinition,
    ) -> Applied<()> {
        let columns = self.column_ids(table, &key.columns)?;
        let references = match self.find_table(&key.references) {
            Ok(id) => self.table(id).name.clone(),
            Err(_) => self.creation_name(&key.references),
        };
        let name = constraint.name.clone().unwrap_or_else(|| {
            let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
            names::constraint_name(self.table(table), &columns, "fkey")
        });
        let foreign_key = ForeignKey {
            name,
            columns,
            references,
            referenced_columns: key.referenced_columns.clone(),
            on_delete: key.on_delete,
            on_update: key.on_update,
            match_full: key.match_full,
            deferrable: constraint.deferrable,
            validated: constraint.validated,
            location: Some(self.location(constraint.span)),
        };
        self.add_foreign_key_to(table, &foreign_key);
        Ok(())
    }

    fn add_foreign_key_to(&mut self, table: TableId, key: &ForeignKey) {
        if let Some(table) = self.table_mut(table) {
            table.foreign_keys.push(key.clone());
        }
        for partition in self.catalog.children_of(table) {
            if self.table(partition).partition_of == Some(table) {
                self.inherit_foreign_key(table, partition, key);
            }
        }
    }

    /// A foreign key of a partitioned table holds for its partitions too; inheritance does not hand it down.
    pub(super) fn inherit_foreign_key(
        &mut self,
        parent: TableId,
        partition: TableId,
        key: &ForeignKey,
    ) {
        let Some(columns) = self.columns_on(parent, partition, &key.columns) else {
            return;
        };
        let present = self.table(partition).foreign_keys.iter().any(|own| {
            own.columns == columns
                && own.references == key.references
                && own.referenced_columns == key.referenced_columns
        });
        if !present {
            let key = ForeignKey {
                columns,
                ..key.clone()
            };
            self.add_foreign_key_to(partition, &key);
        }
    }

    /// Columns of one table as those of the same names in another.
    pub(super) fn columns_on(
        &self,
        from: TableId,
        to: TableId,
        columns: &[ColumnId],
    ) -> Option<Vec<ColumnId>> {
        columns
            .iter()
            .map(|id| {
                self.table(to)
                    .column_by_name(&self.table(from).column(*id).name)
            })
            .collect()
    }

    fn add_check(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        expression: &CatalogExpression,
        only: bool,
    ) -> Applied<()> {
        let owner = self.table(table);
        let name = constraint.name.clone().unwrap_or_else(|| {
            let columns = columns_in(owner, &expression.text);
            let column = columns.first().filter(|_| columns.len() == 1);
            let column: Vec<&str> = column
                .map(|id| owner.column(*id).name.as_str())
                .into_iter()
                .collect();
            names::constraint_name(owner, &column, "check")
        });
        let check = Check {
            name: Some(name),
            expression: expression.clone(),
            validated: constraint.validated,
        };
        let children = if only || constraint.no_inherit {
            Vec::new()
        } else {
            self.descendants(table)
        };
        for table in std::iter::once(table).chain(children) {
            if let Some(table) = self.table_mut(table)
                && !table.checks.iter().any(|own| own.name == check.name)
            {
                table.checks.push(check.clone());
            }
        }
        Ok(())
    }

    fn add_exclusion(
        &mut self,
        table: TableId,
        constraint: &ConstraintDefinition,
        definition: &IndexDefinition,
    ) -> Applied<()> {
        let name = match &constraint.name {
            Some(name) => QualifiedName::new(self.table(table).name.schema.clone(), name.clone()),
            None => self.index_name(table, definition, "excl")?,
        };
        let index = self.build_index(
            table,
            definition,
            name,
            Some(IndexConstraint::Exclusion),
            None,
            constraint.span,
        )?;
        if matches!(self.table(table).kind, TableKind::Partitioned { .. }) {
            self.spread_index(index);
        }
        Ok(())
    }

    pub(super) fn rename_index(&mut self, id: IndexId, name: QualifiedName) {
        let old = self.catalog.index(id).name.clone();
        self.catalog.index_names.swap_remove(&old);
        self.catalog.index_names.insert(name.clone(), id);
        let owner = self.catalog.index(id).table;
        if let Some(table) = self.table_mut(owner) {
            for key in table.primary_key.iter_mut().chain(&mut table.unique_keys) {
                if key.index == id {
                    key.name.clone_from(&name.name);
                }
            }
        }
        if let Some(index) = self.index_mut(id) {
            index.name = name;
        }
    }
}

fn key_columns(index: &crate::catalog::Index) -> Vec<ColumnId> {
    index
        .keys
        .iter()
        .filter_map(|key| match key.target {
            IndexTarget::Column(column) => Some(column),
            IndexTarget::Expression(_) => None,
        })
        .collect()
}

fn plain_element(name: &str) -> IndexElement {
    IndexElement {
        target: ElementTarget::Column(name.to_owned()),
        collation: None,
        opclass: None,
        descending: false,
        nulls_first: false,
    }
}
