use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Query, visit_relations};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::apply::{Applied, Applier, columns_in, index_columns};
use super::definition::ObjectReference;
use super::error::SchemaError;
use crate::catalog::{
    ColumnId, IndexId, IndexTarget, QualifiedName, Table, TableId, TableKind, fold_identifier,
};

impl Applier<'_> {
    /// DROP TABLE and DROP VIEW of all kinds. All that they name goes at once; CASCADE takes the views over it along.
    pub(super) fn drop_tables(
        &mut self,
        references: &[ObjectReference],
        if_exists: bool,
        cascade: bool,
    ) -> Applied<()> {
        let mut tables = Vec::new();
        for reference in references {
            match self.find_table(reference) {
                Ok(table) => tables.push(table),
                Err(_) if if_exists => {}
                Err(error) => return Err(error),
            }
        }
        for table in tables {
            if cascade {
                self.remove_with_views(table);
            } else {
                self.remove_table(table);
            }
        }
        Ok(())
    }

    /// Removes a table and the views over it, and those over these.
    fn remove_with_views(&mut self, table: TableId) {
        // one that was over another of them, or a partition, has gone with it
        if self.catalog.tables.get(table.0).is_none_or(Option::is_none) {
            return;
        }
        let views = self.views_over(table, None);
        self.remove_table(table);
        for view in views {
            self.remove_with_views(view);
        }
    }

    /// The views that read a table and, where a column is named, speak of such a name.
    fn views_over(&self, table: TableId, column: Option<&str>) -> Vec<TableId> {
        self.catalog
            .tables()
            .filter(|view| match &view.kind {
                TableKind::View { query } | TableKind::MaterializedView { query } => {
                    self.reads_table(query, table)
                        && column.is_none_or(|column| mentions_column(query, column))
                }
                _ => false,
            })
            .map(|view| view.id)
            .collect()
    }

    fn reads_table(&self, query: &Query, table: TableId) -> bool {
        visit_relations(query, |name| {
            let reads = super::reference_of(name)
                .and_then(|name| {
                    self.catalog
                        .resolve_table(name.schema.as_deref(), &name.name)
                })
                .is_some_and(|read| read.id == table);
            if reads {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .is_break()
    }

    pub(super) fn drop_index(
        &mut self,
        reference: &ObjectReference,
        if_exists: bool,
    ) -> Applied<()> {
        match self.find_index(reference) {
            Ok(index) => {
                self.remove_index(index);
                Ok(())
            }
            Err(_) if if_exists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes a table with its indexes, its partitions and the foreign keys that refer to it.
    pub(super) fn remove_table(&mut self, id: TableId) {
        // also of a table that is not partitioned, which a wrong PARTITION OF may name
        let children: Vec<TableId> = self
            .catalog
            .tables()
            .filter(|table| table.partition_of == Some(id) || table.inherits.contains(&id))
            .map(|table| table.id)
            .collect();
        for child in children {
            if self.table(child).partition_of == Some(id) {
                self.remove_table(child);
            } else if let Some(child) = self.table_mut(child) {
                child.inherits.retain(|parent| *parent != id);
            }
        }
        let Some(table) = self.catalog.tables.get_mut(id.0).and_then(Option::take) else {
            return;
        };
        self.catalog.table_names.swap_remove(&table.name);
        for index in table.indexes {
            if let Some(index) = self.catalog.indexes.get_mut(index.0).and_then(Option::take) {
                self.catalog.index_names.swap_remove(&index.name);
            }
        }
        for other in self.catalog.tables.iter_mut().flatten() {
            other
                .foreign_keys
                .retain(|key| key.references != table.name);
        }
    }

    /// Removes the foreign keys that refer to the key of an index: CASCADE takes them along, and without it PostgreSQL would
    /// not let the key go.
    fn remove_keys_resting_on(&mut self, index: IndexId) {
        let index = self.catalog.index(index);
        let columns: Vec<ColumnId> = index.leading_columns().collect();
        let resting: Vec<(TableId, String)> = self
            .catalog
            .foreign_keys_to(self.table(index.table), &columns)
            .map(|(table, key)| (table, key.name.clone()))
            .collect();
        for (table, name) in resting {
            if let Some(table) = self.table_mut(table) {
                table.foreign_keys.retain(|key| key.name != name);
            }
        }
    }

    /// Removes an index, those of partitions that belong to it, and the key that it implements.
    pub(super) fn remove_index(&mut self, id: IndexId) {
        let Some(index) = self.catalog.indexes.get_mut(id.0).and_then(Option::take) else {
            return;
        };
        self.catalog.index_names.swap_remove(&index.name);
        if let Some(table) = self.table_mut(index.table) {
            table.indexes.retain(|own| *own != id);
            table.unique_keys.retain(|key| key.index != id);
            if table
                .primary_key
                .as_ref()
                .is_some_and(|key| key.index == id)
            {
                table.primary_key = None;
            }
            if table.replica_identity == Some(id) {
                table.replica_identity = None;
            }
        }
        for child in self.catalog.children_of(index.table) {
            for own in self.table(child).indexes.clone() {
                if self.catalog.index(own).parent == Some(id) {
                    self.remove_index(own);
                }
            }
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        table: TableId,
        name: &str,
        if_exists: bool,
    ) -> Applied<()> {
        let schema = self.table(table).name.schema.clone();
        let index = self
            .catalog
            .index_by_name(&QualifiedName::new(schema, name))
            .filter(|index| index.table == table && index.constraint.is_some())
            .map(|index| index.id);
        if let Some(index) = index {
            self.remove_keys_resting_on(index);
            self.remove_index(index);
            return Ok(());
        }
        let mut found = false;
        for owner in std::iter::once(table).chain(self.descendants(table)) {
            let Some(owner) = self.table_mut(owner) else {
                continue;
            };
            let before = owner.foreign_keys.len() + owner.checks.len();
            owner.foreign_keys.retain(|key| key.name != name);
            owner
                .checks
                .retain(|check| check.name.as_deref() != Some(name));
            found |= before != owner.foreign_keys.len() + owner.checks.len();
        }
        // A NOT NULL constraint has a name since PostgreSQL 18, of which nothing is kept.
        if found || if_exists || name.ends_with("_not_null") {
            Ok(())
        } else {
            let table = &self.table(table).name;
            Err(SchemaError::missing(
                "constraint",
                format!("{name} of table {table}"),
            ))
        }
    }

    /// Removes a column from a table and its descendants, with the indexes and constraints that use it.
    pub(super) fn drop_column(
        &mut self,
        table: TableId,
        name: &str,
        if_exists: bool,
        cascade: bool,
    ) -> Applied<()> {
        match self.column_id(table, name) {
            Ok(_) => {}
            Err(_) if if_exists => return Ok(()),
            Err(error) => return Err(error),
        }
        if cascade {
            for view in self.views_over(table, Some(name)) {
                self.remove_with_views(view);
            }
        }
        for table in std::iter::once(table).chain(self.descendants(table)) {
            if let Some(column) = self.table(table).column_by_name(name) {
                self.remove_column(table, column);
            }
        }
        Ok(())
    }

    fn remove_column(&mut self, table: TableId, column: ColumnId) {
        let owner = self.table(table);
        let indexes: Vec<IndexId> = self
            .catalog
            .indexes_of(owner)
            .filter(|index| index_columns(owner, index).contains(&column))
            .map(|index| index.id)
            .collect();
        let checks: BTreeSet<usize> = owner
            .checks
            .iter()
            .enumerate()
            .filter(|(_, check)| columns_in(owner, &check.expression.text).contains(&column))
            .map(|(n, _)| n)
            .collect();
        let (table_name, column_name) = (owner.name.clone(), owner.column(column).name.clone());
        for index in indexes {
            self.remove_index(index);
        }
        for other in self.catalog.tables.iter_mut().flatten() {
            other.foreign_keys.retain(|key| {
                key.references != table_name || !key.referenced_columns.contains(&column_name)
            });
        }
        if let Some(owner) = self.table_mut(table) {
            let mut n = 0;
            owner.checks.retain(|_| {
                n += 1;
                !checks.contains(&(n - 1))
            });
            owner
                .foreign_keys
                .retain(|key| !key.columns.contains(&column));
            if column.0 < owner.columns.len() {
                owner.columns.remove(column.0);
            }
            renumber_table(owner, column);
            let remaining = owner.indexes.clone();
            for id in remaining {
                if let Some(index) = self.index_mut(id) {
                    for key in &mut index.keys {
                        renumber_target(&mut key.target, column);
                    }
                    renumber(&mut index.include, column);
                }
            }
        }
    }
}

/// Whether a query names such a column of any table, or all columns.
fn mentions_column(query: &Query, column: &str) -> bool {
    let text = query.to_string();
    let words = Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize();
    words.is_ok_and(|tokens| {
        tokens.iter().any(|token| match token {
            Token::Mul => true,
            Token::Word(word) => fold_identifier(&word.value, word.quote_style.is_some()) == column,
            _ => false,
        })
    })
}

fn renumber_table(table: &mut Table, removed: ColumnId) {
    for key in table.primary_key.iter_mut().chain(&mut table.unique_keys) {
        renumber(&mut key.columns, removed);
    }
    for key in &mut table.foreign_keys {
        renumber(&mut key.columns, removed);
    }
    if let TableKind::Partitioned { keys, .. } = &mut table.kind {
        for key in keys {
            renumber_target(key, removed);
        }
    }
}

fn renumber_target(target: &mut IndexTarget, removed: ColumnId) {
    if let IndexTarget::Column(column) = target {
        renumber(std::slice::from_mut(column), removed);
    }
}

fn renumber(columns: &mut [ColumnId], removed: ColumnId) {
    for column in columns {
        if column.0 > removed.0 {
            column.0 -= 1;
        }
    }
}
