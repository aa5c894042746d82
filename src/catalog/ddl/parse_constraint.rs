use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, Parsed};
use super::definition::{
    ConstraintDefinition, ConstraintKind, ForeignKeyDefinition, IndexDefinition, KeyDefinition,
};
use super::parse_index::{index_element, method, nulls_not_distinct, storage_parameters};
use crate::catalog::ReferentialAction;
use crate::source::Span;

/// Whether a table constraint follows, and no column. `exclude` alone of its first words may be a column's name.
pub(super) fn at_table_constraint(cursor: &Cursor<'_>) -> bool {
    cursor.at_any_word(&["constraint", "check", "unique", "primary", "foreign"])
        || (cursor.at_word("exclude")
            && (cursor.nth_is_word(1, "using") || *cursor.peek_nth(1) == Token::LParen))
        || cursor.at_words(&["not", "null"])
}

/// A table constraint. Source: `TableConstraint` in gram.y.
pub(super) fn table_constraint(cursor: &mut Cursor<'_>) -> Parsed<ConstraintDefinition> {
    let start = cursor.offset();
    let name = constraint_name(cursor)?;
    let kind = if cursor.take_words(&["primary", "key"]) {
        ConstraintKind::PrimaryKey(table_key(cursor, false)?)
    } else if cursor.take_word("unique") {
        let nulls_not_distinct = nulls_not_distinct(cursor)?;
        ConstraintKind::Unique(table_key(cursor, nulls_not_distinct)?)
    } else if cursor.take_word("check") {
        ConstraintKind::Check(cursor.expression_in_parentheses()?)
    } else if cursor.take_words(&["foreign", "key"]) {
        let columns = cursor.in_parentheses(|cursor| {
            cursor.take_word("period");
            cursor.identifier()
        })?;
        cursor.expect_word("references")?;
        ConstraintKind::ForeignKey(references(cursor, columns)?)
    } else if cursor.take_word("exclude") {
        ConstraintKind::Exclusion(exclusion(cursor)?)
    } else if cursor.take_words(&["not", "null"]) {
        ConstraintKind::NotNull {
            column: cursor.identifier()?,
        }
    } else {
        return cursor.expected("a constraint");
    };
    finished(cursor, name, kind, start)
}

/// `[CONSTRAINT name]`.
pub(super) fn constraint_name(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    if cursor.take_word("constraint") {
        cursor.identifier().map(Some)
    } else {
        Ok(None)
    }
}

/// Reads the attributes behind a constraint (DEFERRABLE, NOT VALID, NOT ENFORCED, NO INHERIT) and builds it.
pub(super) fn finished(
    cursor: &mut Cursor<'_>,
    name: Option<String>,
    kind: ConstraintKind,
    start: usize,
) -> Parsed<ConstraintDefinition> {
    let mut constraint = ConstraintDefinition {
        name,
        kind,
        deferrable: false,
        validated: true,
        no_inherit: false,
        span: Span::new(start, start),
    };
    loop {
        if cursor.take_words(&["not", "deferrable"]) {
            constraint.deferrable = false;
        } else if cursor.take_word("deferrable") || cursor.take_words(&["initially", "deferred"]) {
            constraint.deferrable = true;
        } else if cursor.take_words(&["not", "valid"]) || cursor.take_words(&["not", "enforced"]) {
            constraint.validated = false;
        } else if cursor.take_words(&["no", "inherit"]) {
            constraint.no_inherit = true;
        } else if !(cursor.take_words(&["initially", "immediate"]) || cursor.take_word("enforced"))
        {
            break;
        }
    }
    constraint.span = Span::new(start, cursor.previous_end());
    Ok(constraint)
}

fn table_key(cursor: &mut Cursor<'_>, nulls_not_distinct: bool) -> Parsed<KeyDefinition> {
    let mut key = KeyDefinition {
        nulls_not_distinct,
        ..KeyDefinition::default()
    };
    if cursor.take_words(&["using", "index"]) {
        key.using_index = Some(cursor.identifier()?);
        return Ok(key);
    }
    let mut without_overlaps = false;
    key.columns = cursor.in_parentheses(|cursor| {
        let column = cursor.identifier()?;
        without_overlaps |= cursor.take_words(&["without", "overlaps"]);
        Ok(column)
    })?;
    key.without_overlaps = without_overlaps;
    key_options(cursor, &mut key)?;
    Ok(key)
}

/// `[INCLUDE (...)] [WITH (...)] [USING INDEX TABLESPACE name]` behind a key.
pub(super) fn key_options(cursor: &mut Cursor<'_>, key: &mut KeyDefinition) -> Parsed<()> {
    if cursor.take_word("include") {
        key.include = cursor.identifiers_in_parentheses()?;
    }
    key.fill_factor = storage_parameters(cursor)?;
    if cursor.take_words(&["using", "index", "tablespace"]) {
        cursor.identifier()?;
    }
    Ok(())
}

/// What follows REFERENCES.
pub(super) fn references(
    cursor: &mut Cursor<'_>,
    columns: Vec<String>,
) -> Parsed<ForeignKeyDefinition> {
    let mut key = ForeignKeyDefinition {
        columns,
        references: cursor.object_reference()?,
        referenced_columns: Vec::new(),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
    };
    if *cursor.peek() == Token::LParen {
        key.referenced_columns = cursor.in_parentheses(|cursor| {
            cursor.take_word("period");
            cursor.identifier()
        })?;
    }
    loop {
        if cursor.take_word("match") {
            key.match_full = cursor.at_word("full");
            cursor.identifier()?;
        } else if cursor.take_words(&["on", "delete"]) {
            key.on_delete = referential_action(cursor)?;
        } else if cursor.take_words(&["on", "update"]) {
            key.on_update = referential_action(cursor)?;
        } else {
            return Ok(key);
        }
    }
}

fn referential_action(cursor: &mut Cursor<'_>) -> Parsed<ReferentialAction> {
    let action = if cursor.take_words(&["no", "action"]) {
        ReferentialAction::NoAction
    } else if cursor.take_word("restrict") {
        ReferentialAction::Restrict
    } else if cursor.take_word("cascade") {
        ReferentialAction::Cascade
    } else if cursor.take_words(&["set", "null"]) {
        ReferentialAction::SetNull
    } else if cursor.take_words(&["set", "default"]) {
        ReferentialAction::SetDefault
    } else {
        return cursor.expected("NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT");
    };
    if *cursor.peek() == Token::LParen {
        cursor.skip_parentheses()?;
    }
    Ok(action)
}

fn exclusion(cursor: &mut Cursor<'_>) -> Parsed<IndexDefinition> {
    let method = method(cursor)?;
    let elements = cursor.in_parentheses(|cursor| {
        let element = index_element(cursor)?;
        cursor.expect_word("with")?;
        if cursor.take_word("operator") {
            cursor.skip_parentheses()?;
        } else {
            cursor.advance();
        }
        Ok(element)
    })?;
    let mut definition = IndexDefinition {
        name: None,
        if_not_exists: false,
        unique: false,
        only: false,
        method,
        elements,
        include: Vec::new(),
        nulls_not_distinct: false,
        fill_factor: None,
        predicate: None,
    };
    if cursor.take_word("include") {
        definition.include = cursor.identifiers_in_parentheses()?;
    }
    definition.fill_factor = storage_parameters(cursor)?;
    if cursor.take_words(&["using", "index", "tablespace"]) {
        cursor.identifier()?;
    }
    if cursor.take_word("where") {
        definition.predicate = Some(cursor.expression_in_parentheses()?);
    }
    Ok(definition)
}
