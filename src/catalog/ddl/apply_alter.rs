use super::apply::{Applied, Applier};
use super::apply_table::is_sequence_default;
use super::definition::{ConstraintDefinition, ObjectReference};
use super::error::SchemaError;
use super::parse_alter::TableCommand;
use crate::catalog::{Generated, IndexConstraint, QualifiedName, TableId};

impl Applier<'_> {
    pub(super) fn alter_table(
        &mut self,
        table: TableId,
        command: &TableCommand,
        only: bool,
    ) -> Applied<()> {
        match command {
            TableCommand::AddColumn {
                if_not_exists,
                column,
            } => {
                if self.table(table).column_by_name(&column.name).is_some() {
                    return if *if_not_exists {
                        Ok(())
                    } else {
                        let owner = &self.table(table).name;
                        let name = QualifiedName::new(owner.to_string(), column.name.clone());
                        Err(SchemaError::Exists {
                            kind: "column",
                            name,
                        })
                    };
                }
                for owner in std::iter::once(table).chain(self.descendants(table)) {
                    self.put_column(owner, column);
                }
                self.add_all(table, &column.constraints, only)
            }
            TableCommand::DropColumn {
                if_exists,
                cascade,
                name,
            } => self.drop_column(table, name, *if_exists, *cascade),
            TableCommand::AddConstraint(constraint) => self.add_constraint(table, constraint, only),
            TableCommand::DropConstraint { if_exists, name } => {
                self.drop_constraint(table, name, *if_exists)
            }
            TableCommand::ValidateConstraint { name } => {
                self.change_constraint(table, name, None, Some(true));
                Ok(())
            }
            TableCommand::AlterConstraint {
                name,
                deferrable,
                enforced,
            } => {
                self.change_constraint(table, name, *deferrable, *enforced);
                Ok(())
            }
            TableCommand::SetNotNull { column, not_null } => {
                self.set_not_null(table, column, *not_null, only)
            }
            TableCommand::RenameColumn { from, to } => self.rename_column(table, from, to),
            TableCommand::RenameConstraint { from, to } => self.rename_constraint(table, from, to),
            TableCommand::RenameTable { to } => {
                let name = QualifiedName::new(self.table(table).name.schema.clone(), to.clone());
                self.rename_table(table, name)
            }
            TableCommand::SetSchema { schema } => {
                let name = QualifiedName::new(schema.clone(), self.table(table).name.name.clone());
                self.rename_table(table, name)
            }
            TableCommand::AttachPartition { partition, bound } => {
                let partition = self.find_table(partition)?;
                self.expect_no_circle(table, partition)?;
                self.make_partition(table, partition);
                if let Some(partition) = self.table_mut(partition) {
                    partition.partition_bound = Some(bound.clone());
                }
                Ok(())
            }
            TableCommand::DetachPartition { partition } => self.detach_partition(partition),
            TableCommand::Inherit { parent } => self.inherit(table, parent),
            TableCommand::NoInherit { parent } => {
                let parent = self.find_table(parent)?;
                if let Some(table) = self.table_mut(table) {
                    table.inherits.retain(|own| *own != parent);
                }
                Ok(())
            }
            TableCommand::RowSecurity { enabled } => {
                if let Some(table) = self.table_mut(table) {
                    table.row_security = *enabled;
                }
                Ok(())
            }
            TableCommand::ReplicaIdentity { index } => {
                self.set_replica_identity(table, index.as_deref())
            }
            TableCommand::SetType { .. }
            | TableCommand::SetDefault { .. }
            | TableCommand::AddIdentity { .. }
            | TableCommand::SetExpression { .. }
            | TableCommand::DropGenerated { .. } => self.alter_column(table, command, only),
            TableCommand::Other => Ok(()),
        }
    }

    fn add_all(
        &mut self,
        table: TableId,
        constraints: &[ConstraintDefinition],
        only: bool,
    ) -> Applied<()> {
        constraints
            .iter()
            .try_for_each(|constraint| self.add_constraint(table, constraint, only))
    }

    fn alter_column(&mut self, table: TableId, command: &TableCommand, only: bool) -> Applied<()> {
        let (TableCommand::SetType { column: name, .. }
        | TableCommand::SetDefault { column: name, .. }
        | TableCommand::AddIdentity { column: name, .. }
        | TableCommand::SetExpression { column: name, .. }
        | TableCommand::DropGenerated { column: name }) = command
        else {
            return Ok(());
        };
        self.column_id(table, name)?;
        let new_type = match command {
            TableCommand::SetType { data_type, .. } => Some(self.resolve_type(data_type)),
            _ => None,
        };
        let children = if only {
            Vec::new()
        } else {
            self.descendants(table)
        };
        for owner in std::iter::once(table).chain(children) {
            let Some(id) = self.table(owner).column_by_name(name) else {
                continue;
            };
            let Some(column) = self.column_mut(owner, id) else {
                continue;
            };
            match command {
                TableCommand::SetType { collation, .. } => {
                    if let Some(data_type) = &new_type {
                        column.data_type = data_type.clone();
                    }
                    column.collation.clone_from(collation);
                    column.statistics = None;
                }
                TableCommand::SetDefault { default, .. } => {
                    column.default.clone_from(default);
                    let sequence = default.as_ref().is_some_and(is_sequence_default);
                    match column.generated {
                        Generated::No if sequence => {
                            column.generated = Generated::Identity { always: false }
                        }
                        Generated::Identity { always: false } if !sequence => {
                            column.generated = Generated::No
                        }
                        _ => {}
                    }
                }
                TableCommand::AddIdentity { identity, .. } => {
                    column.generated = Generated::Identity {
                        always: identity.always,
                    };
                    column.not_null = true;
                }
                TableCommand::SetExpression { expression, .. } => {
                    column.generated = Generated::Expression(expression.clone());
                }
                _ => column.generated = Generated::No,
            }
        }
        Ok(())
    }

    fn change_constraint(
        &mut self,
        table: TableId,
        name: &str,
        deferrable: Option<bool>,
        validated: Option<bool>,
    ) {
        for owner in std::iter::once(table).chain(self.descendants(table)) {
            let Some(owner) = self.table_mut(owner) else {
                continue;
            };
            for key in owner.foreign_keys.iter_mut().filter(|key| key.name == name) {
                key.deferrable = deferrable.unwrap_or(key.deferrable);
                key.validated = validated.unwrap_or(key.validated);
            }
            for check in owner
                .checks
                .iter_mut()
                .filter(|check| check.name.as_deref() == Some(name))
            {
                check.validated = validated.unwrap_or(check.validated);
            }
        }
    }

    fn rename_table(&mut self, table: TableId, name: QualifiedName) -> Applied<()> {
        self.expect_free(&name)?;
        let old = self.table(table).name.clone();
        self.catalog.table_names.swap_remove(&old);
        self.catalog.table_names.insert(name.clone(), table);
        if old.schema != name.schema {
            for index in self.table(table).indexes.clone() {
                let index_name = self.catalog.index(index).name.name.clone();
                self.rename_index(index, QualifiedName::new(name.schema.clone(), index_name));
            }
        }
        for other in self.catalog.tables.iter_mut().flatten() {
            for key in other
                .foreign_keys
                .iter_mut()
                .filter(|key| key.references == old)
            {
                key.references = name.clone();
            }
        }
        if let Some(table) = self.table_mut(table) {
            table.name = name;
        }
        Ok(())
    }

    fn rename_constraint(&mut self, table: TableId, from: &str, to: &str) -> Applied<()> {
        let schema = self.table(table).name.schema.clone();
        let index = self
            .catalog
            .index_by_name(&QualifiedName::new(schema.clone(), from))
            .filter(|index| index.table == table && index.constraint.is_some())
            .map(|index| index.id);
        if let Some(index) = index {
            self.rename_index(index, QualifiedName::new(schema, to));
            return Ok(());
        }
        for owner in std::iter::once(table).chain(self.descendants(table)) {
            let Some(owner) = self.table_mut(owner) else {
                continue;
            };
            for key in owner.foreign_keys.iter_mut().filter(|key| key.name == from) {
                to.clone_into(&mut key.name);
            }
            for check in owner
                .checks
                .iter_mut()
                .filter(|check| check.name.as_deref() == Some(from))
            {
                check.name = Some(to.to_owned());
            }
        }
        Ok(())
    }

    fn detach_partition(&mut self, partition: &ObjectReference) -> Applied<()> {
        let partition = self.find_table(partition)?;
        if let Some(partition) = self.table_mut(partition) {
            partition.partition_of = None;
            partition.partition_bound = None;
        }
        for index in self.table(partition).indexes.clone() {
            if let Some(index) = self.index_mut(index) {
                index.parent = None;
            }
        }
        Ok(())
    }

    fn inherit(&mut self, table: TableId, parent: &ObjectReference) -> Applied<()> {
        let parent = self.find_table(parent)?;
        self.expect_no_circle(parent, table)?;
        if let Some(table) = self.table_mut(table) {
            table.inherits.push(parent);
        }
        self.catalog.has_inheritance = true;
        self.inherit_checks(parent, table);
        Ok(())
    }

    fn set_replica_identity(&mut self, table: TableId, index: Option<&str>) -> Applied<()> {
        let identity = match index {
            Some(name) => {
                let name = QualifiedName::new(self.table(table).name.schema.clone(), name);
                match self.catalog.index_by_name(&name) {
                    Some(index) => Some(index.id),
                    None => return Err(SchemaError::missing("index", name)),
                }
            }
            None => None,
        };
        if let Some(table) = self.table_mut(table) {
            table.replica_identity = identity;
        }
        Ok(())
    }
}

impl crate::catalog::Index {
    /// Whether the constraint that it implements is checked at the end of the transaction.
    pub fn is_deferrable(&self) -> bool {
        matches!(
            self.constraint,
            Some(
                IndexConstraint::PrimaryKey { deferrable: true }
                    | IndexConstraint::Unique { deferrable: true }
            )
        )
    }
}
