//! What an index does for the conditions on its table, and for the order in which rows are wanted.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, ColumnId, IndexMethod, Table, Type};
use crate::query::{BoundSchema, Expr, Facts, RelationId, SortKey};

use super::condition::{Condition, Operator};
use super::definition::{IndexDefinition, KeyDefinition};

/// What is asked of a table's indexes.
pub struct Requirements<'r> {
    pub relation: RelationId,
    pub conditions: &'r [&'r Condition],
    /// The order in which rows are wanted, over the table's columns in key form; empty where it does not matter.
    pub order: &'r [SortKey],
    /// Conjuncts that all rows wanted satisfy, over the relation's columns: what implies a partial index's predicate.
    pub premises: &'r [&'r Expr],
    /// Columns that the query reads of the table.
    pub columns: &'r BTreeSet<usize>,
}

/// What an index does for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Leading keys with an equality.
    pub equality: usize,
    /// Conditions (numbers in [`Requirements::conditions`]) that bound the part of the index which is read.
    pub bounds: Vec<usize>,
    /// Conditions that are checked in the index without bounding it.
    pub filters: Vec<usize>,
    /// How many of the wanted sort keys come in order, and whether the index is read backwards for it.
    pub order: Option<(usize, bool)>,
    /// Whether no column has to be read from the table.
    pub covers: bool,
    /// How many values of leading keys without a condition are skipped over, each by a descent of its own.
    pub skipped: f64,
    /// Whether the bounds leave one row: a unique index with an equality on each key.
    pub single_row: bool,
}

impl Served {
    /// Whether it helps at all.
    pub fn is_useful(&self) -> bool {
        !self.bounds.is_empty() || self.order.is_some()
    }
}

/// What `index` does for `requirements`; `None` where it cannot be used: its predicate does not follow.
/// Source: match_clause_to_index and build_index_pathkeys of indxpath.c.
pub fn serves(
    catalog: &Catalog,
    table: &Table,
    facts: &Facts<'_>,
    index: &IndexDefinition,
    requirements: &Requirements<'_>,
) -> Option<Served> {
    if !index.predicate.is_empty() {
        let predicate: Vec<Expr> = index
            .predicate
            .iter()
            .map(|conjunct| BoundSchema::for_relation(conjunct, requirements.relation))
            .collect();
        if !facts.implies_all(requirements.premises, &predicate) {
            return None;
        }
    }
    match index.method {
        IndexMethod::Btree => Some(btree(catalog, table, index, requirements)),
        _ => Some(other_method(catalog, table, index, requirements)),
    }
}

fn btree(
    catalog: &Catalog,
    table: &Table,
    index: &IndexDefinition,
    requirements: &Requirements<'_>,
) -> Served {
    let mut served = Served {
        equality: 0,
        bounds: Vec::new(),
        filters: Vec::new(),
        order: None,
        covers: covers(index, requirements),
        skipped: 1.0,
        single_row: false,
    };
    let mut bounded = true;
    let mut fixed = vec![false; index.keys.len()];
    for (at, key) in index.keys.iter().enumerate() {
        let fitting = |wanted: &dyn Fn(&Condition) -> bool| {
            requirements.conditions.iter().position(|condition| {
                condition.key == key.expr
                    && wanted(condition)
                    && fits_btree(catalog, table, key, condition)
            })
        };
        if let Some(found) = fitting(&|condition| condition.is_equality()) {
            if bounded {
                served.bounds.push(found);
                served.equality += 1;
            } else {
                served.filters.push(found);
            }
            fixed[at] = requirements.conditions[found].fixes_key();
            continue;
        }
        let ranges: Vec<usize> = requirements
            .conditions
            .iter()
            .enumerate()
            .filter(|(_, condition)| {
                condition.key == key.expr
                    && matches!(
                        condition.operator,
                        Operator::Range { .. } | Operator::Prefix | Operator::IsNotNull
                    )
                    && fits_btree(catalog, table, key, condition)
            })
            .map(|(at, _)| at)
            .collect();
        if bounded
            && ranges.is_empty()
            && !order_begins_with(key, requirements)
            && let Some(values) = skippable_values(catalog, table, key)
        {
            served.skipped *= values;
            continue;
        }
        if bounded {
            served.bounds.extend(ranges);
        } else {
            served.filters.extend(ranges);
        }
        bounded = false;
    }
    served.single_row = index.unique
        && index.predicate.is_empty()
        && served.equality == index.keys.len()
        && fixed.iter().all(|fixed| *fixed);
    served.order = order(index, &fixed, requirements);
    served
}

/// The first version with B-tree skip scan.
const SKIP_SCAN_VERSION: u32 = 180_000;
/// More values than this are not skipped over one by one.
const MOST_SKIPPED: f64 = 100.0;

/// The values of a key without a condition, where they are so few that a skip scan descends once for each.
fn skippable_values(catalog: &Catalog, table: &Table, key: &KeyDefinition) -> Option<f64> {
    catalog
        .server
        .version
        .filter(|version| *version >= SKIP_SCAN_VERSION)?;
    let column = table.columns.get(key.column()?.0)?;
    let rows = table.statistics.as_ref()?.rows;
    let values = column.statistics.as_ref()?.distinct_values(rows)?;
    (values <= MOST_SKIPPED).then_some(values.max(1.0))
}

/// Whether the rows are wanted in the order of a key, so that its values follow one another anyway.
fn order_begins_with(key: &KeyDefinition, requirements: &Requirements<'_>) -> bool {
    requirements
        .order
        .first()
        .is_some_and(|wanted| wanted.expr == key.expr)
}

/// Whether a B-tree key serves a condition: operator class and collation.
fn fits_btree(
    catalog: &Catalog,
    table: &Table,
    key: &KeyDefinition,
    condition: &Condition,
) -> bool {
    match &condition.operator {
        Operator::Equal { .. } => same_collation(table, key),
        Operator::IsNull | Operator::IsNotNull => true,
        Operator::Range { .. } => !has_pattern_class(key) && same_collation(table, key),
        Operator::Prefix => finds_prefixes(catalog, table, key),
        Operator::Pattern | Operator::Contains(_) => false,
    }
}

/// Whether the key is sorted by the collation that comparisons of its column use.
fn same_collation(table: &Table, key: &KeyDefinition) -> bool {
    let Some(written) = &key.collation else {
        return true;
    };
    let column = key
        .column()
        .and_then(|id| table.columns.get(id.0))
        .and_then(|column| column.collation.as_ref());
    column == Some(written)
}

/// Whether LIKE 'abc%' is a range of a B-tree's key: by its operator class, or as it is sorted byte by byte.
pub fn finds_prefixes(catalog: &Catalog, table: &Table, key: &KeyDefinition) -> bool {
    has_pattern_class(key) || sorts_by_bytes(catalog, table, key)
}

fn has_pattern_class(key: &KeyDefinition) -> bool {
    let class = key.opclass.as_deref();
    class.is_some_and(|class| class.ends_with("_pattern_ops"))
}

/// Whether the key is sorted byte by byte, so that LIKE 'abc%' is a range. An unknown collation is taken not to.
pub fn sorts_by_bytes(catalog: &Catalog, table: &Table, key: &KeyDefinition) -> bool {
    let plain = |name: &str| {
        let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
        matches!(name, "C" | "POSIX" | "ucs_basic" | "C.UTF-8" | "C.utf8")
    };
    let column = key.column().and_then(|id| table.columns.get(id.0));
    if let Some(column) = column
        && matches!(
            catalog.base_type(&column.data_type),
            Type::Name | Type::Bytea
        )
    {
        return true;
    }
    match (
        &key.collation,
        column.and_then(|column| column.collation.as_ref()),
        &catalog.server.collation,
    ) {
        (Some(collation), _, _) | (None, Some(collation), _) | (None, None, Some(collation)) => {
            matches!(collation.as_str(), _ if plain(collation))
        }
        (None, None, None) => false,
    }
}

/// How many wanted sort keys come in the index's order.
fn order(
    index: &IndexDefinition,
    fixed: &[bool],
    requirements: &Requirements<'_>,
) -> Option<(usize, bool)> {
    let mut backwards: Option<bool> = None;
    let mut matched = 0;
    let mut keys = index.keys.iter().zip(fixed);
    'wanted: for wanted in requirements.order {
        let expr = &wanted.expr;
        let constant = requirements
            .conditions
            .iter()
            .any(|condition| condition.key == *expr && condition.fixes_key());
        if constant || expr.is_constant() {
            matched += 1;
            continue;
        }
        for (key, fixed) in keys.by_ref() {
            if key.expr == *expr
                && key
                    .opclass
                    .as_deref()
                    .is_none_or(|class| !class.ends_with("_pattern_ops"))
            {
                let reversed = key.descending != wanted.descending;
                let nulls_agree = (key.nulls_first != wanted.nulls_first) == reversed;
                if !nulls_agree || backwards.is_some_and(|known| known != reversed) {
                    break 'wanted;
                }
                backwards = Some(reversed);
                matched += 1;
                continue 'wanted;
            }
            if !*fixed {
                break 'wanted;
            }
        }
        break;
    }
    backwards.map(|backwards| (matched, backwards))
}

fn covers(index: &IndexDefinition, requirements: &Requirements<'_>) -> bool {
    let expression_keys = index.keys.iter().any(|key| key.column().is_none());
    !expression_keys
        && requirements
            .columns
            .iter()
            .all(|column| index.holds_column(ColumnId(*column)))
}

/// GIN, GiST, hash, BRIN and the methods of extensions: which conditions they find.
fn other_method(
    catalog: &Catalog,
    table: &Table,
    index: &IndexDefinition,
    requirements: &Requirements<'_>,
) -> Served {
    let mut bounds = Vec::new();
    for (at, condition) in requirements.conditions.iter().enumerate() {
        let fits = index.keys.iter().any(|key| {
            condition.key == key.expr && fits_method(catalog, table, &index.method, key, condition)
        });
        if fits {
            bounds.push(at);
        }
    }
    Served {
        equality: 0,
        bounds,
        filters: Vec::new(),
        order: None,
        covers: false,
        skipped: 1.0,
        single_row: false,
    }
}

fn fits_method(
    catalog: &Catalog,
    table: &Table,
    method: &IndexMethod,
    key: &KeyDefinition,
    condition: &Condition,
) -> bool {
    let class = key.opclass.as_deref().unwrap_or_default();
    let data_type = key
        .column()
        .and_then(|id| table.columns.get(id.0))
        .map(|column| catalog.base_type(&column.data_type));
    let trigrams = class.ends_with("trgm_ops");
    match (method, &condition.operator) {
        (IndexMethod::Hash, Operator::Equal { values }) => *values <= 1.0,
        (IndexMethod::Brin, Operator::Equal { .. } | Operator::Range { .. } | Operator::IsNull) => {
            true
        }
        (IndexMethod::Gin | IndexMethod::Gist, Operator::Pattern | Operator::Prefix) => trigrams,
        (IndexMethod::Gin, Operator::Contains(symbol)) => match symbol.as_str() {
            "?" | "?|" | "?&" => class != "jsonb_path_ops",
            "<@" => data_type != Some(&Type::Jsonb),
            _ => true,
        },
        (IndexMethod::Gin, Operator::Equal { .. } | Operator::Range { .. }) => {
            // by the extension btree_gin; arrays have equality of their own
            !trigrams && !matches!(data_type, Some(Type::Jsonb | Type::TsVector))
        }
        (IndexMethod::SpGist, Operator::Pattern) => trigrams,
        (IndexMethod::Gist | IndexMethod::SpGist, _) => true,
        (IndexMethod::Other(_), Operator::Equal { values }) => *values <= 1.0,
        _ => false,
    }
}
