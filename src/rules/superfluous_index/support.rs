//! What the rules about existing indexes share.

use indexmap::IndexMap;

use super::likeness::is_free;
use crate::catalog::{
    Column, ColumnId, Index, IndexMethod, IndexTarget, Table, Type, quote_identifier,
};
use crate::rules::{Evidence, Finding, Fix, FixKind, Safety, SchemaContext, Severity};

/// A finding about an index.
pub(super) fn about_index(
    context: &SchemaContext<'_>,
    rule: &'static str,
    severity: Severity,
    evidence: Evidence,
    index: &Index,
    message: String,
) -> Finding {
    let table = context.catalog.table(index.table);
    Finding {
        rule,
        severity,
        evidence,
        location: index.location.clone(),
        statement: None,
        relation: Some(table.name.name.clone()),
        table: Some(table.name.to_string()),
        columns: key_names(table, index),
        index: Some(index.name.to_string()),
        message,
        why: Vec::new(),
        label: None,
        facts: IndexMap::new(),
        fixes: Vec::new(),
    }
}

/// The names of the key's plain columns.
pub(super) fn key_names(table: &Table, index: &Index) -> Vec<String> {
    index
        .keys
        .iter()
        .filter_map(|key| match key.target {
            IndexTarget::Column(column) => Some(table.column(column).name.clone()),
            IndexTarget::Expression(_) => None,
        })
        .collect()
}

/// DROP INDEX, for a person to decide.
pub(super) fn drop_index(index: &Index, tradeoff: &str) -> Fix {
    Fix {
        kind: FixKind::DropIndex,
        sql: format!("DROP INDEX {}", index.name.to_sql()),
        safety: Safety::Review,
        tradeoff: tradeoff.to_owned(),
        edits: Vec::new(),
    }
}

/// What to do about a B-tree with keys of a type that it is of no use for: DROP INDEX where such a key leads; where
/// others lead, an index on those alone in its place, unless there is one.
pub(super) fn drop_or_shorten(
    context: &SchemaContext<'_>,
    index: &Index,
    is_useless: impl Fn(&Type) -> bool,
    tradeoff: &str,
) -> Fix {
    let table = context.catalog.table(index.table);
    let before = columns_before(context, index, is_useless);
    let served = context.catalog.indexes_of(table).any(|other| {
        other.id != index.id && other.predicate.is_none() && other.begins_with(&before)
    });
    if before.is_empty() || index.predicate.is_some() {
        return drop_index(index, tradeoff);
    }
    let names: Vec<String> = before
        .iter()
        .map(|column| quote_identifier(&table.column(*column).name))
        .collect();
    let names = names.join(", ");
    if served {
        return drop_index(
            index,
            &format!("none for searches by {names}: another index begins with it"),
        );
    }
    Fix {
        kind: FixKind::CreateIndex,
        sql: format!("CREATE INDEX ON {} ({names})", table.name.to_sql()),
        safety: Safety::Review,
        tradeoff: format!(
            "in the place of {}, which can be dropped then: a search by {names} is served as before, by a smaller index",
            index.name.name
        ),
        edits: Vec::new(),
    }
}

/// Whether keys of another type stand before the first of a type.
pub(super) fn others_lead(
    context: &SchemaContext<'_>,
    index: &Index,
    is_useless: impl Fn(&Type) -> bool,
) -> bool {
    !columns_before(context, index, is_useless).is_empty()
}

/// The first columns of an index, up to the first of a type.
fn columns_before(
    context: &SchemaContext<'_>,
    index: &Index,
    is_useless: impl Fn(&Type) -> bool,
) -> Vec<ColumnId> {
    let table = context.catalog.table(index.table);
    let useless =
        |column: ColumnId| is_useless(context.catalog.base_type(&table.column(column).data_type));
    index
        .leading_columns()
        .take_while(|column| !useless(*column))
        .collect()
}

/// The only key of an index, where it is a plain column.
pub(super) fn only_column<'a>(table: &'a Table, index: &Index) -> Option<&'a Column> {
    match index.keys.as_slice() {
        [key] => match key.target {
            IndexTarget::Column(column) => Some(table.column(column)),
            IndexTarget::Expression(_) => None,
        },
        _ => None,
    }
}

/// The indexes of ordinary tables that no partitioned index brought along.
pub(super) fn own_indexes<'a>(context: &SchemaContext<'a>) -> impl Iterator<Item = &'a Index> {
    let catalog = context.catalog;
    catalog
        .indexes()
        .filter(|index| index.parent.is_none() && catalog.table(index.table).partition_of.is_none())
}

/// The B-trees with a key column of some type that nothing rests on.
pub(super) fn btrees_on<'a>(
    context: &SchemaContext<'a>,
    is_wanted: impl Fn(&Type) -> bool,
) -> impl Iterator<Item = &'a Index> {
    let catalog = context.catalog;
    own_indexes(context).filter(move |index| {
        let table = catalog.table(index.table);
        index.method == IndexMethod::Btree
            && index
                .leading_columns()
                .any(|column| is_wanted(catalog.base_type(&table.column(column).data_type)))
            && is_free(catalog, index)
    })
}
