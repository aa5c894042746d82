use std::collections::BTreeSet;

use sqlparser::ast::DataType;

use super::definition::ObjectReference;
use super::error::SchemaError;
use crate::catalog::{
    Catalog, Column, ColumnId, Index, IndexId, IndexTarget, QualifiedName, Table, TableId, Type,
    fold_identifier,
};
use crate::source::{Location, Span, StatementText};

pub(super) type Applied<T> = Result<T, SchemaError>;

/// Applies one statement to a catalog.
pub(super) struct Applier<'a> {
    pub(super) catalog: &'a mut Catalog,
    pub(super) statement: &'a StatementText,
}

impl Applier<'_> {
    /// Where an object is created: in the schema that is written, else in the first of the search path.
    pub(super) fn creation_name(&self, reference: &ObjectReference) -> QualifiedName {
        let schema = match &reference.schema {
            Some(schema) => schema.clone(),
            None => self.catalog.creation_schema().to_owned(),
        };
        QualifiedName::new(schema, reference.name.clone())
    }

    pub(super) fn find_table(&self, reference: &ObjectReference) -> Applied<TableId> {
        self.catalog
            .resolve_table(reference.schema.as_deref(), &reference.name)
            .map(|table| table.id)
            .ok_or_else(|| SchemaError::missing("table", reference))
    }

    pub(super) fn find_index(&self, reference: &ObjectReference) -> Applied<IndexId> {
        self.catalog
            .resolve_index(reference.schema.as_deref(), &reference.name)
            .map(|index| index.id)
            .ok_or_else(|| SchemaError::missing("index", reference))
    }

    pub(super) fn table(&self, id: TableId) -> &Table {
        self.catalog.table(id)
    }

    pub(super) fn location(&self, span: Span) -> Location {
        self.statement.location_of(span)
    }

    pub(super) fn column_id(&self, table: TableId, name: &str) -> Applied<ColumnId> {
        let table = self.table(table);
        table
            .column_by_name(name)
            .ok_or_else(|| SchemaError::MissingColumn {
                table: table.name.clone(),
                column: name.to_owned(),
            })
    }

    pub(super) fn column_ids(&self, table: TableId, names: &[String]) -> Applied<Vec<ColumnId>> {
        names
            .iter()
            .map(|name| self.column_id(table, name))
            .collect()
    }

    pub(super) fn table_mut(&mut self, id: TableId) -> Option<&mut Table> {
        self.catalog.tables.get_mut(id.0)?.as_mut()
    }

    pub(super) fn column_mut(&mut self, table: TableId, column: ColumnId) -> Option<&mut Column> {
        self.table_mut(table)?.columns.get_mut(column.0)
    }

    pub(super) fn index_mut(&mut self, id: IndexId) -> Option<&mut Index> {
        self.catalog.indexes.get_mut(id.0)?.as_mut()
    }

    pub(super) fn add_table(&mut self, build: impl FnOnce(TableId) -> Table) -> TableId {
        let id = TableId(self.catalog.tables.len());
        let table = build(id);
        self.catalog.table_names.insert(table.name.clone(), id);
        self.catalog.tables.push(Some(table));
        id
    }

    pub(super) fn add_index(&mut self, build: impl FnOnce(IndexId) -> Index) -> IndexId {
        let id = IndexId(self.catalog.indexes.len());
        let index = build(id);
        let table = index.table;
        self.catalog.index_names.insert(index.name.clone(), id);
        self.catalog.indexes.push(Some(index));
        if let Some(table) = self.table_mut(table) {
            table.indexes.push(id);
        }
        id
    }

    /// Partitions and inheriting tables of a table, those of theirs included.
    pub(super) fn descendants(&self, table: TableId) -> Vec<TableId> {
        let mut found = vec![table];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            for id in self.catalog.children_of(parent) {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            next += 1;
        }
        found.remove(0);
        found
    }

    /// A table cannot come from itself. Source: the check for circular inheritance of `ATExecAddInherit` in tablecmds.c.
    pub(super) fn expect_no_circle(&self, parent: TableId, child: TableId) -> Applied<()> {
        let mut ancestors = vec![parent];
        let mut next = 0;
        while let Some(&table) = ancestors.get(next) {
            if table == child {
                return Err(SchemaError::Circular {
                    parent: self.table(parent).name.clone(),
                    child: self.table(child).name.clone(),
                });
            }
            let table = self.table(table);
            for above in table.partition_of.iter().chain(&table.inherits) {
                if !ancestors.contains(above) {
                    ancestors.push(*above);
                }
            }
            next += 1;
        }
        Ok(())
    }

    pub(super) fn resolve_type(&self, data_type: &DataType) -> Type {
        Type::from_ast(data_type, self.catalog)
    }
}

/// The columns of a table that an expression names.
pub(super) fn columns_in(table: &Table, text: &str) -> BTreeSet<ColumnId> {
    use sqlparser::tokenizer::{Token, Tokenizer};
    let dialect = sqlparser::dialect::PostgreSqlDialect {};
    let tokens: Vec<Token> = Tokenizer::new(&dialect, text)
        .tokenize()
        .unwrap_or_default()
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    tokens
        .iter()
        .enumerate()
        .filter_map(|(n, token)| match token {
            Token::Word(word) => {
                let called = tokens.get(n + 1) == Some(&Token::LParen);
                let cast = n > 0 && tokens[n - 1] == Token::DoubleColon;
                (!called && !cast).then(|| fold_identifier(&word.value, word.quote_style.is_some()))
            }
            _ => None,
        })
        .filter_map(|name| table.column_by_name(&name))
        .collect()
}

/// The columns that an index stores or computes with.
pub(super) fn index_columns(table: &Table, index: &Index) -> BTreeSet<ColumnId> {
    let mut columns: BTreeSet<ColumnId> = index.include.iter().copied().collect();
    for key in &index.keys {
        match &key.target {
            IndexTarget::Column(column) => {
                columns.insert(*column);
            }
            IndexTarget::Expression(expression) => {
                columns.extend(columns_in(table, &expression.text));
            }
        }
    }
    if let Some(predicate) = &index.predicate {
        columns.extend(columns_in(table, &predicate.text));
    }
    columns
}
