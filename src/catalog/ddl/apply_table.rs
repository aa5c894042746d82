use super::apply::{Applied, Applier};
use super::apply_index::same_definition;
use super::definition::{
    ColumnDefinition, ConstraintDefinition, ConstraintKind, LikeClause, ObjectReference,
    TableDefinition,
};
use super::error::SchemaError;
use crate::catalog::{
    Column, Generated, Index, IndexId, QualifiedName, Table, TableId, TableKind, Type,
};

impl Applier<'_> {
    /// `CREATE TABLE`, and `CREATE FOREIGN TABLE` by its kind.
    pub(super) fn create_table(
        &mut self,
        name: QualifiedName,
        kind: TableKind,
        definition: &TableDefinition,
    ) -> Applied<TableId> {
        self.expect_free(&name)?;
        let columns = self.inherited_columns(definition)?;
        let inherits = definition
            .inherits
            .iter()
            .filter_map(|parent| self.find_table(parent).ok())
            .collect();
        let table = self.new_table(name, kind, columns, inherits);
        self.fill_table(table, definition)?;
        Ok(table)
    }

    /// `CREATE TABLE ... PARTITION OF parent`.
    pub(super) fn create_partition(
        &mut self,
        name: QualifiedName,
        kind: TableKind,
        parent: &ObjectReference,
        definition: &TableDefinition,
    ) -> Applied<TableId> {
        self.expect_free(&name)?;
        let parent = self.find_table(parent)?;
        let columns = self.table(parent).columns.clone();
        let table = self.new_table(name, kind, columns, Vec::new());
        self.fill_table(table, definition)?;
        self.make_partition(parent, table);
        Ok(table)
    }

    /// Makes a table a partition of another: constraints and indexes of the parent hold for it too.
    /// Source: `attachPartitionTable` in tablecmds.c.
    pub(super) fn make_partition(&mut self, parent: TableId, table: TableId) {
        if let Some(table) = self.table_mut(table) {
            table.partition_of = Some(parent);
        }
        self.inherit_checks(parent, table);
        for key in self.table(parent).foreign_keys.clone() {
            self.inherit_foreign_key(parent, table, &key);
        }
        for index in self.table(parent).indexes.clone() {
            self.index_on_partition(index, table);
        }
    }

    /// CHECK and NOT NULL of a parent hold for its children.
    pub(super) fn inherit_checks(&mut self, parent: TableId, child: TableId) {
        let checks = self.table(parent).checks.clone();
        let not_null: Vec<String> = self
            .table(parent)
            .columns
            .iter()
            .filter(|column| column.not_null)
            .map(|column| column.name.clone())
            .collect();
        let Some(table) = self.table_mut(child) else {
            return;
        };
        for check in checks {
            if !table.checks.iter().any(|own| own.name == check.name) {
                table.checks.push(check);
            }
        }
        for column in &mut table.columns {
            column.not_null |= not_null.contains(&column.name);
        }
    }

    pub(super) fn expect_free(&self, name: &QualifiedName) -> Applied<()> {
        if self.catalog.table_by_name(name).is_some() {
            Err(SchemaError::Exists {
                kind: "table",
                name: name.clone(),
            })
        } else {
            Ok(())
        }
    }

    pub(super) fn new_table(
        &mut self,
        name: QualifiedName,
        kind: TableKind,
        columns: Vec<Column>,
        inherits: Vec<TableId>,
    ) -> TableId {
        let location = self.statement.location();
        self.catalog.has_inheritance |= !inherits.is_empty();
        self.add_table(|id| Table {
            id,
            name,
            kind,
            columns,
            primary_key: None,
            unique_keys: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            partition_of: None,
            partition_bound: None,
            inherits,
            replica_identity: None,
            row_security: false,
            statistics: None,
            location: Some(location),
        })
    }

    /// The columns of a new table: those of its parents first, those written merged into them.
    fn inherited_columns(&self, definition: &TableDefinition) -> Applied<Vec<Column>> {
        let mut columns: Vec<Column> = Vec::new();
        for parent in &definition.inherits {
            let parent = self.find_table(parent)?;
            for column in &self.table(parent).columns {
                if !columns.iter().any(|own| own.name == column.name) {
                    columns.push(column.clone());
                }
            }
        }
        Ok(columns)
    }

    /// Adds what a definition says to a table that may have columns already.
    pub(super) fn fill_table(
        &mut self,
        table: TableId,
        definition: &TableDefinition,
    ) -> Applied<()> {
        let mut problem = None;
        let mut keep_first = |result: Applied<()>| {
            if let Err(error) = result {
                problem.get_or_insert(error);
            }
        };
        let mut likes = definition.likes.iter().peekable();
        for (position, column) in definition.columns.iter().enumerate() {
            while let Some(like) = likes.next_if(|like| like.position <= position) {
                keep_first(self.copy_columns(table, like));
            }
            self.put_column(table, column);
        }
        for like in likes {
            keep_first(self.copy_columns(table, like));
        }
        self.set_partition_kind(table, definition)?;
        for parent in self.table(table).inherits.clone() {
            self.inherit_checks(parent, table);
        }
        // PostgreSQL makes the primary key first, then CHECKs, then the others in their order.
        let constraints: Vec<&ConstraintDefinition> = definition
            .columns
            .iter()
            .flat_map(|column| &column.constraints)
            .chain(&definition.constraints)
            .collect();
        let (primary, others): (Vec<_>, Vec<_>) = constraints
            .into_iter()
            .partition(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey(_)));
        for constraint in primary.into_iter().chain(others) {
            keep_first(self.add_constraint(table, constraint, false));
        }
        self.drop_repeated_keys(table);
        for like in &definition.likes {
            keep_first(self.copy_like(table, like));
        }
        problem.map_or(Ok(()), Err)
    }

    fn set_partition_kind(&mut self, table: TableId, definition: &TableDefinition) -> Applied<()> {
        if let Some((strategy, elements)) = &definition.partition_by {
            let keys = self
                .index_keys(table, elements)?
                .into_iter()
                .map(|key| key.target)
                .collect();
            if let Some(table) = self.table_mut(table) {
                table.kind = TableKind::Partitioned {
                    strategy: *strategy,
                    keys,
                };
            }
        }
        Ok(())
    }

    /// Enters a column as defined; one that is there already (inherited, of a parent) is refined.
    pub(super) fn put_column(&mut self, table: TableId, definition: &ColumnDefinition) {
        let column = self.built_column(definition);
        let Some(table) = self.table_mut(table) else {
            return;
        };
        match table.columns.iter_mut().find(|own| own.name == column.name) {
            Some(own) => {
                own.not_null |= column.not_null;
                if column.default.is_some() {
                    own.default = column.default;
                }
                if !matches!(column.generated, Generated::No) {
                    own.generated = column.generated;
                }
                if column.collation.is_some() {
                    own.collation = column.collation;
                }
            }
            None => table.columns.push(column),
        }
    }

    fn built_column(&self, definition: &ColumnDefinition) -> Column {
        let data_type = match &definition.data_type {
            Some(data_type) => self.resolve_type(data_type),
            None => Type::Other("unknown".to_owned()),
        };
        let sequence = definition.default.as_ref().is_some_and(is_sequence_default);
        let serial = definition.data_type.as_ref().is_some_and(Type::is_serial);
        let generated = match (&definition.generated, definition.identity) {
            (Some(expression), _) => Generated::Expression(expression.clone()),
            (None, Some(identity)) => Generated::Identity {
                always: identity.always,
            },
            (None, None) if serial || sequence => Generated::Identity { always: false },
            (None, None) => Generated::No,
        };
        let by_type = self.catalog.is_not_null_type(&data_type);
        let collation = definition
            .collation
            .clone()
            .or_else(|| match &definition.data_type {
                Some(sqlparser::ast::DataType::Collate(_, name)) => super::last_part(name),
                _ => None,
            });
        Column {
            name: definition.name.clone(),
            data_type,
            not_null: definition.not_null || definition.identity.is_some() || serial || by_type,
            default: definition.default.clone(),
            generated,
            collation: collation.filter(|name| name != "default"),
            statistics: None,
        }
    }

    fn copy_columns(&mut self, table: TableId, like: &LikeClause) -> Applied<()> {
        let source = self.find_table(&like.table)?;
        for mut column in self.table(source).columns.clone() {
            if !like.defaults {
                column.default = None;
            }
            let keeps_generation = match column.generated {
                Generated::No => true,
                Generated::Identity { .. } => like.identity,
                Generated::Expression(_) => like.generated,
            };
            if !keeps_generation {
                column.generated = Generated::No;
            }
            column.statistics = None;
            if let Some(table) = self.table_mut(table)
                && !table.columns.iter().any(|own| own.name == column.name)
            {
                table.columns.push(column);
            }
        }
        Ok(())
    }

    fn copy_like(&mut self, table: TableId, like: &LikeClause) -> Applied<()> {
        let source = self.find_table(&like.table)?;
        if like.constraints {
            let checks = self.table(source).checks.clone();
            if let Some(table) = self.table_mut(table) {
                table.checks.extend(checks);
            }
        }
        if like.indexes {
            for index in self.table(source).indexes.clone() {
                self.copy_index(index, table);
            }
        }
        Ok(())
    }

    fn copy_index(&mut self, index: IndexId, table: TableId) {
        self.index_on_partition(index, table);
        let copies = self.table(table).indexes.clone();
        for copy in copies {
            if let Some(copy) = self.index_mut(copy)
                && copy.parent == Some(index)
            {
                copy.parent = None;
            }
        }
    }

    /// Of keys that are defined alike PostgreSQL keeps one (`transformIndexConstraints` in parse_utilcmd.c); a name
    /// that was written goes to it.
    fn drop_repeated_keys(&mut self, table: TableId) {
        let ids = self.table(table).indexes.clone();
        for (position, id) in ids.iter().enumerate() {
            let repeated = ids[..position].iter().any(|earlier| {
                let (Some(a), Some(b)) =
                    (self.index_if_present(*earlier), self.index_if_present(*id))
                else {
                    return false;
                };
                let alike = Index {
                    constraint: b.constraint,
                    ..a.clone()
                };
                a.constraint.is_some()
                    && b.constraint.is_some()
                    && a.is_deferrable() == b.is_deferrable()
                    && same_definition(&alike, b)
            });
            if repeated {
                self.remove_index(*id);
            }
        }
    }

    fn index_if_present(&self, id: IndexId) -> Option<&Index> {
        self.catalog.indexes.get(id.0)?.as_ref()
    }

    /// Columns of a view or of CREATE TABLE AS: named, of types that only the query layer knows.
    pub(super) fn columns_of_query(names: Vec<(String, Type)>) -> Vec<Column> {
        names
            .into_iter()
            .map(|(name, data_type)| Column {
                name,
                data_type,
                not_null: false,
                default: None,
                generated: Generated::No,
                collation: None,
                statistics: None,
            })
            .collect()
    }
}

/// Whether a default takes the next value of a sequence, as a serial column's does.
pub(super) fn is_sequence_default(default: &crate::catalog::CatalogExpression) -> bool {
    default
        .text
        .trim_start()
        .trim_start_matches("pg_catalog.")
        .starts_with("nextval(")
}
