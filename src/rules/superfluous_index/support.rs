//! What the rules about existing indexes share.

use indexmap::IndexMap;

use super::likeness::is_free;
use crate::catalog::{Column, Index, IndexMethod, IndexTarget, Table, Type};
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
