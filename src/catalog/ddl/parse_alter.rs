use sqlparser::ast::DataType;

use super::cursor::{Cursor, Parsed};
use super::definition::{ColumnDefinition, ConstraintDefinition, Identity, ObjectReference};
use super::parse_constraint::{at_table_constraint, table_constraint};
use super::parse_table::{column_definition, default_expression};
use crate::catalog::CatalogExpression;
use crate::source::Span;
use sqlparser::tokenizer::Token;

/// What ALTER TABLE does, as far as it concerns the catalog.
#[derive(Debug)]
pub(super) enum TableCommand {
    AddColumn {
        if_not_exists: bool,
        column: Box<ColumnDefinition>,
    },
    DropColumn {
        if_exists: bool,
        cascade: bool,
        name: String,
    },
    SetType {
        column: String,
        data_type: DataType,
        collation: Option<String>,
    },
    SetDefault {
        column: String,
        default: Option<CatalogExpression>,
    },
    SetNotNull {
        column: String,
        not_null: bool,
    },
    AddIdentity {
        column: String,
        identity: Identity,
    },
    SetExpression {
        column: String,
        expression: CatalogExpression,
    },
    /// DROP IDENTITY, DROP EXPRESSION.
    DropGenerated {
        column: String,
    },
    AddConstraint(Box<ConstraintDefinition>),
    ValidateConstraint {
        name: String,
    },
    AlterConstraint {
        name: String,
        deferrable: Option<bool>,
        enforced: Option<bool>,
    },
    DropConstraint {
        if_exists: bool,
        name: String,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    RenameConstraint {
        from: String,
        to: String,
    },
    RenameTable {
        to: String,
    },
    SetSchema {
        schema: String,
    },
    AttachPartition {
        partition: ObjectReference,
        /// `FOR VALUES ...` or `DEFAULT`.
        bound: String,
    },
    DetachPartition {
        partition: ObjectReference,
    },
    Inherit {
        parent: ObjectReference,
    },
    NoInherit {
        parent: ObjectReference,
    },
    /// `None` for DEFAULT, FULL and NOTHING.
    RowSecurity {
        enabled: bool,
    },
    ReplicaIdentity {
        index: Option<String>,
    },
    /// Nothing of what the catalog holds: OWNER TO, SET (...), ENABLE TRIGGER and the like.
    Other,
}

/// The commands of ALTER TABLE, from behind the table's name.
pub(super) fn table_commands(cursor: &mut Cursor<'_>) -> Parsed<Vec<TableCommand>> {
    let mut commands = Vec::new();
    loop {
        commands.push(table_command(cursor)?);
        if !cursor.take(&Token::Comma) {
            cursor.expect_end()?;
            return Ok(commands);
        }
    }
}

fn table_command(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    if cursor.take_word("add") {
        return add(cursor);
    }
    if cursor.take_word("drop") {
        return drop(cursor);
    }
    if cursor.take_words(&["alter", "constraint"]) {
        return alter_constraint(cursor);
    }
    if cursor.take_word("alter") {
        cursor.take_word("column");
        return alter_column(cursor);
    }
    if cursor.take_word("rename") {
        return rename(cursor);
    }
    if cursor.take_words(&["validate", "constraint"]) {
        return Ok(TableCommand::ValidateConstraint {
            name: cursor.identifier()?,
        });
    }
    if cursor.take_words(&["set", "schema"]) {
        return Ok(TableCommand::SetSchema {
            schema: cursor.identifier()?,
        });
    }
    if cursor.take_words(&["attach", "partition"]) {
        let partition = cursor.object_reference()?;
        let start = cursor.offset();
        cursor.skip_item();
        let bound = cursor.slice(Span::new(start, cursor.previous_end()));
        return Ok(TableCommand::AttachPartition { partition, bound });
    }
    if cursor.take_words(&["detach", "partition"]) {
        let partition = cursor.object_reference()?;
        cursor.skip_item();
        return Ok(TableCommand::DetachPartition { partition });
    }
    if cursor.take_word("inherit") {
        return Ok(TableCommand::Inherit {
            parent: cursor.object_reference()?,
        });
    }
    if cursor.take_words(&["no", "inherit"]) {
        return Ok(TableCommand::NoInherit {
            parent: cursor.object_reference()?,
        });
    }
    if cursor.take_words(&["replica", "identity"]) {
        let index = if cursor.take_words(&["using", "index"]) {
            Some(cursor.identifier()?)
        } else {
            cursor.advance();
            None
        };
        return Ok(TableCommand::ReplicaIdentity { index });
    }
    if cursor.take_words(&["enable", "row", "level", "security"]) {
        return Ok(TableCommand::RowSecurity { enabled: true });
    }
    if cursor.take_words(&["disable", "row", "level", "security"]) {
        return Ok(TableCommand::RowSecurity { enabled: false });
    }
    cursor.skip_item();
    Ok(TableCommand::Other)
}

fn add(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    if at_table_constraint(cursor) {
        return Ok(TableCommand::AddConstraint(Box::new(table_constraint(
            cursor,
        )?)));
    }
    cursor.take_word("column");
    let if_not_exists = cursor.take_words(&["if", "not", "exists"]);
    Ok(TableCommand::AddColumn {
        if_not_exists,
        column: Box::new(column_definition(cursor)?),
    })
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    let constraint = cursor.take_word("constraint");
    if !constraint {
        cursor.take_word("column");
    }
    let if_exists = cursor.take_words(&["if", "exists"]);
    let name = cursor.identifier()?;
    let cascade = cursor.take_word("cascade");
    if !cascade {
        cursor.take_word("restrict");
    }
    Ok(if constraint {
        TableCommand::DropConstraint { if_exists, name }
    } else {
        TableCommand::DropColumn {
            if_exists,
            cascade,
            name,
        }
    })
}

fn alter_constraint(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    let name = cursor.identifier()?;
    let (mut deferrable, mut enforced) = (None, None);
    while !matches!(cursor.peek(), Token::EOF | Token::Comma) {
        if cursor.take_words(&["not", "deferrable"]) {
            deferrable = Some(false);
        } else if cursor.take_word("deferrable") || cursor.take_words(&["initially", "deferred"]) {
            deferrable = Some(true);
        } else if cursor.take_words(&["not", "enforced"]) {
            enforced = Some(false);
        } else if cursor.take_word("enforced") {
            enforced = Some(true);
        } else {
            cursor.advance();
        }
    }
    Ok(TableCommand::AlterConstraint {
        name,
        deferrable,
        enforced,
    })
}

fn alter_column(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    let column = cursor.identifier()?;
    if cursor.take_word("type") || cursor.take_words(&["set", "data", "type"]) {
        let data_type = cursor.data_type()?;
        let collation = if cursor.take_word("collate") {
            Some(cursor.object_reference()?.name)
        } else {
            None
        };
        // USING says how the values are converted, and nothing of the new column.
        cursor.skip_item();
        return Ok(TableCommand::SetType {
            column,
            data_type,
            collation,
        });
    }
    if cursor.take_words(&["set", "default"]) {
        let default = Some(default_expression(cursor)?);
        return Ok(TableCommand::SetDefault { column, default });
    }
    if cursor.take_words(&["drop", "default"]) {
        return Ok(TableCommand::SetDefault {
            column,
            default: None,
        });
    }
    if cursor.take_words(&["set", "not", "null"]) {
        return Ok(TableCommand::SetNotNull {
            column,
            not_null: true,
        });
    }
    if cursor.take_words(&["drop", "not", "null"]) {
        return Ok(TableCommand::SetNotNull {
            column,
            not_null: false,
        });
    }
    if cursor.take_words(&["set", "expression", "as"]) {
        let expression = cursor.expression_in_parentheses()?;
        return Ok(TableCommand::SetExpression { column, expression });
    }
    if cursor.at_words(&["drop", "identity"]) || cursor.at_words(&["drop", "expression"]) {
        cursor.skip_item();
        return Ok(TableCommand::DropGenerated { column });
    }
    if cursor.at_words(&["add", "generated"]) {
        cursor.advance();
        cursor.advance();
        let always = cursor.take_word("always");
        cursor.skip_item();
        return Ok(TableCommand::AddIdentity {
            column,
            identity: Identity { always },
        });
    }
    cursor.skip_item();
    Ok(TableCommand::Other)
}

fn rename(cursor: &mut Cursor<'_>) -> Parsed<TableCommand> {
    if cursor.take_word("to") {
        return Ok(TableCommand::RenameTable {
            to: cursor.identifier()?,
        });
    }
    let constraint = cursor.take_word("constraint");
    if !constraint {
        cursor.take_word("column");
    }
    let from = cursor.identifier()?;
    cursor.expect_word("to")?;
    let to = cursor.identifier()?;
    Ok(if constraint {
        TableCommand::RenameConstraint { from, to }
    } else {
        TableCommand::RenameColumn { from, to }
    })
}
