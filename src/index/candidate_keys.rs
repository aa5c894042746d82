//! Lists of B-tree keys worth trying: columns compared by equality first, then those sorted by, then a range.

use std::collections::BTreeSet;

use crate::catalog::Type;
use crate::query::{BoundSchema, Expr, SortKey};

use super::candidates::column_of;
use super::condition::{Condition, Operator};
use super::definition::KeyDefinition;
use super::model::{BlockModel, TableModel};
use super::partial::RARE;
use super::serve::sorts_by_bytes;
use super::spelling::is_immutable;

/// More keys than this are not proposed.
const MOST_KEYS: usize = 5;

/// Lists of keys for a B-tree.
pub(super) fn key_lists(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Vec<KeyDefinition>> {
    let indexable = |condition: &&Condition| {
        !is_document(model, table, condition)
            && (condition.key.as_collated_column().is_some()
                || is_immutable(&model.facts, &condition.key))
    };
    let mut equal: Vec<&Condition> = distinct_keys(
        table
            .constant
            .iter()
            .filter(|condition| condition.is_equality())
            .filter(indexable),
    );
    // the most values first: the index serves other queries best
    equal.sort_by(|a, b| a.selectivity.total_cmp(&b.selectivity));
    let ranges: Vec<&Condition> = table
        .constant
        .iter()
        .filter(|condition| match condition.operator {
            Operator::Range { .. } | Operator::Prefix => true,
            // a range of its own, worth reading where nearly all are NULL
            Operator::IsNotNull => condition.selectivity <= RARE,
            _ => false,
        })
        .filter(indexable)
        .collect();
    let order = order_keys(model, table, &equal);

    let mut join_sets: Vec<Vec<&Condition>> = vec![Vec::new()];
    let mut partners: Vec<&BTreeSet<_>> = table
        .joins
        .iter()
        .map(|condition| &condition.depends)
        .collect();
    partners.sort();
    partners.dedup();
    for depends in partners {
        join_sets.push(distinct_keys(
            table
                .joins
                .iter()
                .filter(|condition| condition.depends == *depends)
                .filter(indexable),
        ));
    }
    let mut lists: Vec<Vec<KeyDefinition>> = Vec::new();
    for joins in &join_sets {
        let joined = keys_of(model, table, joins);
        for equal in equality_sets(&equal) {
            let mut lead = joined.clone();
            for key in keys_of(model, table, &equal) {
                if lead.iter().all(|known| known.expr != key.expr) {
                    lead.push(key);
                }
            }
            push(&mut lists, lead.clone());
            if let Some(order) = &order {
                push(&mut lists, with(&lead, order.clone()));
                for range in &ranges {
                    let sorted = with(&lead, order.clone());
                    push(&mut lists, with(&sorted, keys_of(model, table, &[range])));
                }
            }
            for range in &ranges {
                push(&mut lists, with(&lead, keys_of(model, table, &[range])));
            }
        }
    }
    lists
}

/// All equalities, each pair's parts, and each alone.
fn equality_sets<'c>(equal: &[&'c Condition]) -> Vec<Vec<&'c Condition>> {
    let mut sets = vec![Vec::new()];
    for one in equal {
        sets.push(vec![*one]);
    }
    if equal.len() > 2 {
        for (at, one) in equal.iter().enumerate() {
            for other in &equal[at + 1..] {
                sets.push(vec![*one, *other]);
            }
        }
    }
    if equal.len() > 1 {
        sets.push(equal.iter().copied().take(MOST_KEYS).collect());
    }
    sets
}

fn distinct_keys<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Vec<&'c Condition> {
    let mut distinct: Vec<&Condition> = Vec::new();
    for condition in conditions {
        if distinct.iter().all(|known| known.key != condition.key) {
            distinct.push(condition);
        }
    }
    distinct
}

fn with(lead: &[KeyDefinition], more: Vec<KeyDefinition>) -> Vec<KeyDefinition> {
    let mut keys = lead.to_vec();
    for key in more {
        if keys.iter().all(|known| known.expr != key.expr) {
            keys.push(key);
        }
    }
    keys
}

fn push(lists: &mut Vec<Vec<KeyDefinition>>, keys: Vec<KeyDefinition>) {
    let same = |known: &Vec<KeyDefinition>| {
        known.len() == keys.len()
            && known.iter().zip(&keys).all(|(a, b)| {
                a.expr == b.expr
                    && a.opclass == b.opclass
                    && a.descending == b.descending
                    && a.nulls_first == b.nulls_first
            })
    };
    if !keys.is_empty() && keys.len() <= MOST_KEYS && !lists.iter().any(same) {
        lists.push(keys);
    }
}

fn keys_of(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    conditions: &[&Condition],
) -> Vec<KeyDefinition> {
    conditions
        .iter()
        .map(|condition| {
            let mut key = KeyDefinition::plain(condition.key.clone());
            if condition.operator == Operator::Prefix
                && !sorts_by_bytes(model.catalog, table.table, &key)
            {
                key.opclass = pattern_class(model, table, &condition.key);
            }
            key
        })
        .collect()
}

/// The operator class that compares a string type byte by byte.
fn pattern_class(model: &BlockModel<'_>, table: &TableModel<'_>, key: &Expr) -> Option<String> {
    let column = column_of(table, key);
    let data_type = column
        .map(|column| model.catalog.base_type(&column.data_type))
        .or(key.data_type.as_ref());
    Some(
        match data_type {
            Some(Type::Varchar(_)) => "varchar_pattern_ops",
            Some(Type::Char(_)) => "bpchar_pattern_ops",
            _ => "text_pattern_ops",
        }
        .to_owned(),
    )
}

/// Whether a key is a document or array, for which a B-tree is of no use.
fn is_document(model: &BlockModel<'_>, table: &TableModel<'_>, condition: &Condition) -> bool {
    column_of(table, &condition.key).is_some_and(|column| {
        matches!(
            model.catalog.base_type(&column.data_type),
            Type::Json | Type::Jsonb | Type::Xml | Type::Array(_) | Type::TsVector | Type::Range(_)
        )
    })
}

/// The wanted order as keys, where all of it is of this table; ascending where it can be read backwards.
fn order_keys(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    equal: &[&Condition],
) -> Option<Vec<KeyDefinition>> {
    let wanted = &model.flat.wanted;
    if wanted.order.is_empty() || (model.flat.gathers && !wanted.extreme) {
        return None;
    }
    let mut keys: Vec<KeyDefinition> = Vec::new();
    for key in &table.order {
        let expr = &key.expr;
        if equal
            .iter()
            .any(|condition| condition.key == *expr && condition.fixes_key())
            || expr.is_constant()
        {
            continue;
        }
        let of_table = expr
            .columns()
            .iter()
            .all(|column| column.relation == BoundSchema::TABLE)
            && (expr.as_column().is_some() || is_immutable(&model.facts, expr));
        if !of_table {
            // an order that another table takes over is kept up to there
            break;
        }
        if keys.iter().all(|known| known.expr != *expr) {
            keys.push(sort_key(key));
        }
    }
    if keys.is_empty() {
        return None;
    }
    let backwards = keys.iter().all(|key| key.descending && key.nulls_first);
    if backwards {
        for key in &mut keys {
            key.descending = false;
            key.nulls_first = false;
        }
    }
    Some(keys)
}

fn sort_key(key: &SortKey) -> KeyDefinition {
    KeyDefinition {
        expr: key.expr.clone(),
        opclass: None,
        collation: None,
        descending: key.descending,
        nulls_first: key.nulls_first,
    }
}
