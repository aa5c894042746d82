//! Whether one index can stand in for another.

use crate::catalog::{
    Catalog, ColumnId, Index, IndexConstraint, IndexKey, IndexMethod, IndexTarget,
};

/// Whether two keys order and compare in the same way; `reversed` where one is read backwards.
fn same_key(a: &IndexKey, b: &IndexKey, reversed: bool) -> bool {
    let target = match (&a.target, &b.target) {
        (IndexTarget::Column(a), IndexTarget::Column(b)) => a == b,
        (IndexTarget::Expression(a), IndexTarget::Expression(b)) => a.ast == b.ast,
        _ => false,
    };
    target
        && a.opclass == b.opclass
        && a.collation == b.collation
        && (a.descending == b.descending) != reversed
        && (a.nulls_first == b.nulls_first) != reversed
}

fn same_predicate(a: &Index, b: &Index) -> bool {
    match (&a.predicate, &b.predicate) {
        (None, None) => true,
        (Some(a), Some(b)) => a.ast == b.ast,
        _ => false,
    }
}

/// Whether the keys of `a` are the first of `b`'s.
fn leads(a: &Index, b: &Index) -> bool {
    let all = |reversed: bool| {
        a.keys
            .iter()
            .zip(&b.keys)
            .all(|(x, y)| same_key(x, y, reversed))
    };
    a.keys.len() <= b.keys.len() && (all(false) || a.method == IndexMethod::Btree && all(true))
}

/// Whether `a` may go as far as its own duties are concerned: no constraint needs it, and nothing points at it.
pub(super) fn is_free(catalog: &Catalog, a: &Index) -> bool {
    a.constraint.is_none()
        && catalog.table(a.table).replica_identity != Some(a.id)
        && !is_referenced(catalog, a)
}

/// Whether a foreign key refers to the columns of a unique index that no constraint made, and may rest on it.
fn is_referenced(catalog: &Catalog, a: &Index) -> bool {
    if !a.unique || a.predicate.is_some() {
        return false;
    }
    let table = catalog.table(a.table);
    let keys: Vec<ColumnId> = a.leading_columns().collect();
    let covers = |columns: &[ColumnId]| {
        columns.len() == keys.len() && columns.iter().all(|column| keys.contains(column))
    };
    let by_constraint = table
        .primary_key
        .iter()
        .chain(&table.unique_keys)
        .any(|key| covers(&key.columns));
    !by_constraint
        && catalog
            .tables()
            .flat_map(|other| &other.foreign_keys)
            .filter(|key| key.references == table.name)
            .filter_map(|key| catalog.referenced_columns(key))
            .any(|(_, columns)| covers(&columns))
}

/// Whether `b` serves all that `a` serves with the very same keys.
pub(super) fn is_duplicate(a: &Index, b: &Index) -> bool {
    let unique =
        !a.unique || b.unique && a.nulls_not_distinct == b.nulls_not_distinct && !is_deferrable(b);
    a.id != b.id
        && a.table == b.table
        && a.method == b.method
        && a.keys.len() == b.keys.len()
        && leads(a, b)
        && same_predicate(a, b)
        && a.include.iter().all(|column| b.include.contains(column))
        && unique
        && b.valid
}

fn is_deferrable(index: &Index) -> bool {
    matches!(
        index.constraint,
        Some(
            IndexConstraint::PrimaryKey { deferrable: true }
                | IndexConstraint::Unique { deferrable: true }
        )
    )
}

/// Whether `a` is a B-tree whose keys are the first of the longer B-tree `b`.
pub(super) fn is_prefix(a: &Index, b: &Index) -> bool {
    let shown = |column| {
        b.include.contains(column)
            || b.keys
                .iter()
                .any(|key| matches!(&key.target, IndexTarget::Column(found) if found == column))
    };
    a.id != b.id
        && a.table == b.table
        && a.method == IndexMethod::Btree
        && b.method == IndexMethod::Btree
        && a.keys.len() < b.keys.len()
        && !a.unique
        && leads(a, b)
        && same_predicate(a, b)
        && a.include.iter().all(shown)
        && b.valid
}
