use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, Parsed};
use super::definition::{
    ColumnDefinition, ConstraintKind, Identity, KeyDefinition, LikeClause, TableDefinition,
};
use super::parse_constraint::{
    at_table_constraint, constraint_name, finished, key_options, references, table_constraint,
};
use super::parse_index::{index_element, nulls_not_distinct};
use crate::catalog::{CatalogExpression, PartitionStrategy};

/// `(column ..., constraint ..., LIKE ...)`. `typed` where the columns have their types from elsewhere
/// (PARTITION OF, OF type).
pub(super) fn table_elements(
    cursor: &mut Cursor<'_>,
    typed: bool,
    table: &mut TableDefinition,
) -> Parsed<()> {
    cursor.in_parentheses(|cursor| {
        if at_table_constraint(cursor) {
            table.constraints.push(table_constraint(cursor)?);
        } else if cursor.at_word("like") {
            let position = table.columns.len();
            table.likes.push(like_clause(cursor, position)?);
        } else if typed {
            table.columns.push(typed_column(cursor)?);
        } else {
            table.columns.push(column_definition(cursor)?);
        }
        Ok(())
    })?;
    Ok(())
}

/// What may follow the elements: INHERITS, PARTITION BY, USING, WITH, ON COMMIT, TABLESPACE, SERVER, OPTIONS.
pub(super) fn table_options(cursor: &mut Cursor<'_>, table: &mut TableDefinition) -> Parsed<()> {
    loop {
        if cursor.take_word("inherits") {
            table.inherits = cursor.in_parentheses(Cursor::object_reference)?;
        } else if cursor.take_words(&["partition", "by"]) {
            let strategy = match cursor.identifier()?.as_str() {
                "range" => PartitionStrategy::Range,
                "list" => PartitionStrategy::List,
                "hash" => PartitionStrategy::Hash,
                _ => return cursor.expected("RANGE, LIST or HASH"),
            };
            table.partition_by = Some((strategy, cursor.in_parentheses(index_element)?));
        } else if cursor.take_word("using")
            || cursor.take_word("tablespace")
            || cursor.take_word("server")
        {
            cursor.identifier()?;
        } else if cursor.take_word("with") || cursor.take_word("options") {
            cursor.skip_parentheses()?;
        } else if cursor.take_words(&["without", "oids"]) {
        } else if cursor.take_words(&["on", "commit"]) {
            while !cursor.at_end() && !cursor.at_any_word(&["tablespace", "as"]) {
                cursor.advance();
            }
        } else {
            return Ok(());
        }
    }
}

fn like_clause(cursor: &mut Cursor<'_>, position: usize) -> Parsed<LikeClause> {
    cursor.expect_word("like")?;
    let mut like = LikeClause {
        table: cursor.object_reference()?,
        position,
        defaults: false,
        constraints: false,
        indexes: false,
        generated: false,
        identity: false,
    };
    loop {
        let including = cursor.take_word("including");
        if !including && !cursor.take_word("excluding") {
            return Ok(like);
        }
        let what = cursor.identifier()?;
        let all = what == "all";
        for (name, option) in [
            ("defaults", &mut like.defaults),
            ("constraints", &mut like.constraints),
            ("indexes", &mut like.indexes),
            ("generated", &mut like.generated),
            ("identity", &mut like.identity),
        ] {
            if all || what == name {
                *option = including;
            }
        }
    }
}

/// `name type ...`. Source: `columnDef` in gram.y.
pub(super) fn column_definition(cursor: &mut Cursor<'_>) -> Parsed<ColumnDefinition> {
    let name = cursor.identifier()?;
    let data_type = cursor.data_type()?;
    let mut column = empty_column(name);
    column.data_type = Some(data_type);
    column_options(cursor, &mut column)?;
    Ok(column)
}

fn typed_column(cursor: &mut Cursor<'_>) -> Parsed<ColumnDefinition> {
    let mut column = empty_column(cursor.identifier()?);
    cursor.take_words(&["with", "options"]);
    column_options(cursor, &mut column)?;
    Ok(column)
}

fn empty_column(name: String) -> ColumnDefinition {
    ColumnDefinition {
        name,
        data_type: None,
        collation: None,
        not_null: false,
        default: None,
        identity: None,
        generated: None,
        constraints: Vec::new(),
    }
}

fn column_options(cursor: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Parsed<()> {
    loop {
        let start = cursor.offset();
        if cursor.take_word("storage") || cursor.take_word("compression") {
            cursor.identifier()?;
        } else if cursor.take_word("options") {
            cursor.skip_parentheses()?;
        } else if cursor.take_word("collate") {
            column.collation = Some(cursor.object_reference()?.name);
        } else if matches!(cursor.peek(), Token::Comma | Token::RParen | Token::EOF) {
            return Ok(());
        } else {
            let name = constraint_name(cursor)?;
            column_constraint(cursor, column, name, start)?;
        }
    }
}

/// Source: `ColConstraintElem` in gram.y.
fn column_constraint(
    cursor: &mut Cursor<'_>,
    column: &mut ColumnDefinition,
    name: Option<String>,
    start: usize,
) -> Parsed<()> {
    let kind = if cursor.take_words(&["not", "null"]) {
        let kind = ConstraintKind::NotNull {
            column: column.name.clone(),
        };
        let constraint = finished(cursor, name, kind, start)?;
        column.not_null |= constraint.validated;
        return Ok(());
    } else if cursor.take_word("null") {
        return Ok(());
    } else if cursor.take_word("default") {
        column.default = Some(default_expression(cursor)?);
        return Ok(());
    } else if cursor.take_word("generated") {
        return generated(cursor, column);
    } else if cursor.take_words(&["primary", "key"]) {
        ConstraintKind::PrimaryKey(column_key(cursor, column, false)?)
    } else if cursor.take_word("unique") {
        let nulls_not_distinct = nulls_not_distinct(cursor)?;
        ConstraintKind::Unique(column_key(cursor, column, nulls_not_distinct)?)
    } else if cursor.take_word("check") {
        ConstraintKind::Check(cursor.expression_in_parentheses()?)
    } else if cursor.take_word("references") {
        ConstraintKind::ForeignKey(references(cursor, vec![column.name.clone()])?)
    } else {
        return cursor.expected("a column constraint");
    };
    column
        .constraints
        .push(finished(cursor, name, kind, start)?);
    Ok(())
}

fn column_key(
    cursor: &mut Cursor<'_>,
    column: &ColumnDefinition,
    nulls_not_distinct: bool,
) -> Parsed<KeyDefinition> {
    let mut key = KeyDefinition {
        columns: vec![column.name.clone()],
        nulls_not_distinct,
        ..KeyDefinition::default()
    };
    key_options(cursor, &mut key)?;
    Ok(key)
}

fn generated(cursor: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Parsed<()> {
    let always = cursor.take_word("always");
    if !always {
        cursor.expect_word("by")?;
        cursor.expect_word("default")?;
    }
    cursor.expect_word("as")?;
    if cursor.take_word("identity") {
        if *cursor.peek() == Token::LParen {
            cursor.skip_parentheses()?;
        }
        column.identity = Some(Identity { always });
    } else {
        column.generated = Some(cursor.expression_in_parentheses()?);
        if !cursor.take_word("stored") {
            cursor.take_word("virtual");
        }
    }
    Ok(())
}

/// The expression of DEFAULT: it ends before the next option of the column. PostgreSQL's grammar allows only a
/// `b_expr` there, so that none of these words can belong to it but NULL as its first and after IS [NOT].
pub(super) fn default_expression(cursor: &mut Cursor<'_>) -> Parsed<CatalogExpression> {
    const ENDS: &[&str] = &[
        "constraint",
        "not",
        "null",
        "unique",
        "primary",
        "check",
        "references",
        "generated",
        "default",
        "collate",
        "deferrable",
        "initially",
        "storage",
        "compression",
    ];
    let mut length = 0;
    loop {
        let ends_here = match cursor.peek_nth(length) {
            Token::EOF | Token::Comma | Token::RParen => true,
            Token::LParen => {
                length += cursor.parenthesised_length(length).unwrap_or(1);
                continue;
            }
            Token::LBracket => {
                length += bracketed_length(cursor, length);
                continue;
            }
            Token::Word(_) => {
                length > 0 && ENDS.iter().any(|word| cursor.nth_is_word(length, word))
            }
            _ => false,
        };
        if ends_here {
            break;
        }
        length += 1;
    }
    if length == 0 {
        return cursor.expected("an expression");
    }
    cursor.expression_of(length)
}

fn bracketed_length(cursor: &Cursor<'_>, from: usize) -> usize {
    let mut depth = 0usize;
    let mut n = from;
    loop {
        match cursor.peek_nth(n) {
            Token::LBracket => depth += 1,
            Token::RBracket => {
                depth -= 1;
                if depth == 0 {
                    return n + 1 - from;
                }
            }
            Token::EOF => return n - from,
            _ => {}
        }
        n += 1;
    }
}
