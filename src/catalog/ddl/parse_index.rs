use sqlparser::ast::Expr;
use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, Parsed};
use super::definition::{ElementTarget, IndexDefinition, IndexElement, ObjectReference};
use crate::catalog::{CatalogExpression, IndexMethod};

/// `CREATE [UNIQUE] INDEX ...`, from CREATE on; gives the table too.
/// Source of the grammar: `IndexStmt` in gram.y.
pub(super) fn create_index(cursor: &mut Cursor<'_>) -> Parsed<(ObjectReference, IndexDefinition)> {
    cursor.expect_word("create")?;
    let unique = cursor.take_word("unique");
    cursor.expect_word("index")?;
    cursor.take_word("concurrently");
    let if_not_exists = cursor.take_words(&["if", "not", "exists"]);
    let name = if cursor.at_word("on") && !cursor.nth_is_word(1, "on") {
        None
    } else {
        Some(cursor.object_reference()?.name)
    };
    cursor.expect_word("on")?;
    let only = cursor.take_word("only");
    let table = cursor.object_reference()?;
    cursor.take(&Token::Mul);
    let method = method(cursor)?;
    let elements = cursor.in_parentheses(index_element)?;
    let mut definition = IndexDefinition {
        name,
        if_not_exists,
        unique,
        only,
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
    definition.nulls_not_distinct = nulls_not_distinct(cursor)?;
    definition.fill_factor = storage_parameters(cursor)?;
    if cursor.take_word("tablespace") {
        cursor.identifier()?;
    }
    if cursor.take_word("where") {
        definition.predicate = Some(cursor.expression()?);
    }
    cursor.expect_end()?;
    Ok((table, definition))
}

/// `[USING method]`.
pub(super) fn method(cursor: &mut Cursor<'_>) -> Parsed<IndexMethod> {
    if cursor.take_word("using") {
        Ok(IndexMethod::from_name(&cursor.identifier()?))
    } else {
        Ok(IndexMethod::Btree)
    }
}

/// `[NULLS [NOT] DISTINCT]`; true for NOT.
pub(super) fn nulls_not_distinct(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    if !cursor.take_word("nulls") {
        return Ok(false);
    }
    let not = cursor.take_word("not");
    cursor.expect_word("distinct")?;
    Ok(not)
}

/// `[WITH (name = value, ...)]`; gives the fill factor.
pub(super) fn storage_parameters(cursor: &mut Cursor<'_>) -> Parsed<Option<u8>> {
    if !(cursor.at_word("with") && *cursor.peek_nth(1) == Token::LParen) {
        return Ok(None);
    }
    cursor.advance();
    let mut fill_factor = None;
    cursor.in_parentheses(|cursor| {
        let name = cursor.object_reference()?.name;
        if cursor.take(&Token::Eq) {
            if name == "fillfactor" {
                fill_factor = match cursor.peek() {
                    Token::Number(value, _) | Token::SingleQuotedString(value) => {
                        value.parse().ok()
                    }
                    _ => None,
                };
            }
            cursor.skip_item();
        }
        Ok(())
    })?;
    Ok(fill_factor)
}

/// One column or expression of an index, with its options. Source: `index_elem` in gram.y.
pub(super) fn index_element(cursor: &mut Cursor<'_>) -> Parsed<IndexElement> {
    let (target, inner_collation) = element_target(cursor)?;
    let mut element = IndexElement {
        target,
        collation: inner_collation,
        opclass: None,
        descending: false,
        nulls_first: false,
    };
    if cursor.take_word("collate") {
        element.collation = Some(cursor.object_reference()?.name);
    }
    let option_follows = cursor.at_any_word(&["asc", "desc", "nulls", "with"]);
    if !option_follows && matches!(cursor.peek(), Token::Word(_)) {
        element.opclass = Some(cursor.object_reference()?.name);
        if *cursor.peek() == Token::LParen {
            cursor.skip_parentheses()?;
        }
    }
    if !cursor.take_word("asc") {
        element.descending = cursor.take_word("desc");
    }
    element.nulls_first = element.descending;
    if cursor.take_word("nulls") {
        element.nulls_first = cursor.take_word("first");
        if !element.nulls_first {
            cursor.expect_word("last")?;
        }
    }
    Ok(element)
}

fn element_target(cursor: &mut Cursor<'_>) -> Parsed<(ElementTarget, Option<String>)> {
    if *cursor.peek() == Token::LParen {
        let expression = cursor.expression_in_parentheses()?;
        return Ok(simplified(expression));
    }
    let mut length = 1;
    while *cursor.peek_nth(length) == Token::Period {
        length += 2;
    }
    match cursor.parenthesised_length(length) {
        Some(arguments) => {
            let expression = cursor.expression_of(length + arguments)?;
            Ok((ElementTarget::Expression(expression), None))
        }
        None => Ok((ElementTarget::Column(cursor.identifier()?), None)),
    }
}

/// A plain column in parentheses is that column; a COLLATE at the end of an expression in parentheses stays in it.
fn simplified(expression: CatalogExpression) -> (ElementTarget, Option<String>) {
    match &expression.ast {
        Expr::Identifier(identifier) => {
            let name = crate::catalog::fold_identifier(
                &identifier.value,
                identifier.quote_style.is_some(),
            );
            (ElementTarget::Column(name), None)
        }
        _ => (ElementTarget::Expression(expression), None),
    }
}
