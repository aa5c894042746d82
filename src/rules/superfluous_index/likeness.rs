//! Whether one index can stand in for another.

use crate::catalog::{Catalog, ColumnId, Index, IndexConstraint, IndexMethod, IndexTarget, Type};
use crate::index::{IndexDefinition, KeyDefinition};
use crate::query::{Expr, Facts};

/// Whether two keys order and compare in the same way; `reversed` where one is read backwards.
fn same_key(method: &IndexMethod, a: &KeyDefinition, b: &KeyDefinition, reversed: bool) -> bool {
    a.expr == b.expr
        && operator_class(method, a) == operator_class(method, b)
        && a.collation == b.collation
        && (a.descending == b.descending) != reversed
        && (a.nulls_first == b.nulls_first) != reversed
}

/// The operator class of a key, where it is not that of its type.
fn operator_class<'k>(method: &IndexMethod, key: &'k KeyDefinition) -> Option<&'k str> {
    let class = key.opclass.as_deref()?;
    let type_of_class = match (method, class) {
        (IndexMethod::Gin, "jsonb_ops") => matches!(key.expr.data_type, Some(Type::Jsonb)),
        (IndexMethod::Gin, "array_ops") => matches!(key.expr.data_type, Some(Type::Array(_))),
        (IndexMethod::Gin, "tsvector_ops") => matches!(key.expr.data_type, Some(Type::TsVector)),
        (IndexMethod::Btree, "int2_ops") => matches!(key.expr.data_type, Some(Type::Int2)),
        (IndexMethod::Btree, "int4_ops") => matches!(key.expr.data_type, Some(Type::Int4)),
        (IndexMethod::Btree, "int8_ops") => matches!(key.expr.data_type, Some(Type::Int8)),
        (IndexMethod::Btree, "uuid_ops") => matches!(key.expr.data_type, Some(Type::Uuid)),
        (IndexMethod::Btree, "date_ops") => matches!(key.expr.data_type, Some(Type::Date)),
        (IndexMethod::Btree, "timestamp_ops") => {
            matches!(key.expr.data_type, Some(Type::Timestamp))
        }
        (IndexMethod::Btree, "timestamptz_ops") => {
            matches!(key.expr.data_type, Some(Type::TimestampTz))
        }
        // varchar_ops is another name of text_ops
        (IndexMethod::Btree, "text_ops" | "varchar_ops") => {
            matches!(key.expr.data_type, Some(Type::Text | Type::Varchar(_)))
        }
        _ => false,
    };
    (!type_of_class).then_some(class)
}

/// Whether two indexes hold the same rows, however their predicates are spelled.
fn same_predicate(facts: &Facts<'_>, a: &IndexDefinition, b: &IndexDefinition) -> bool {
    let follows = |from: &IndexDefinition, to: &IndexDefinition| {
        let premises: Vec<&Expr> = from.predicate.iter().collect();
        facts.implies_all(&premises, &to.predicate)
    };
    a.predicate.is_empty() == b.predicate.is_empty() && follows(a, b) && follows(b, a)
}

/// Whether the keys of `a` are the first of `b`'s.
fn leads(a: &IndexDefinition, b: &IndexDefinition) -> bool {
    let all = |reversed: bool| {
        a.keys
            .iter()
            .zip(&b.keys)
            .all(|(x, y)| same_key(&a.method, x, y, reversed))
    };
    a.keys.len() <= b.keys.len() && (all(false) || a.method == IndexMethod::Btree && all(true))
}

/// Whether `a` and `b` hold the same rows, `b` by keys that begin with those of `a`.
fn stands_in(facts: &Facts<'_>, a: &Index, b: &Index) -> bool {
    if a.id == b.id || a.table != b.table || a.method != b.method || a.keys.len() > b.keys.len() {
        return false;
    }
    let existing = |index| IndexDefinition::existing(facts.schema, index);
    let (Some(a), Some(b)) = (existing(a), existing(b)) else {
        return false;
    };
    leads(&a, &b) && same_predicate(facts, &a, &b)
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
    !by_constraint && catalog.foreign_keys_to(table, &keys).next().is_some()
}

/// Whether `b` serves all that `a` serves with the very same keys.
pub(super) fn is_duplicate(facts: &Facts<'_>, a: &Index, b: &Index) -> bool {
    let unique =
        !a.unique || b.unique && a.nulls_not_distinct == b.nulls_not_distinct && !is_deferrable(b);
    a.keys.len() == b.keys.len()
        && unique
        && b.valid
        && a.include.iter().all(|column| b.include.contains(column))
        && stands_in(facts, a, b)
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
pub(super) fn is_prefix(facts: &Facts<'_>, a: &Index, b: &Index) -> bool {
    let shown = |column| {
        b.include.contains(column)
            || b.keys
                .iter()
                .any(|key| matches!(&key.target, IndexTarget::Column(found) if found == column))
    };
    a.method == IndexMethod::Btree
        && a.keys.len() < b.keys.len()
        && !a.unique
        && b.valid
        && a.include.iter().all(shown)
        && stands_in(facts, a, b)
}
