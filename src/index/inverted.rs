//! Indexes other than B-trees: GIN for documents, arrays, full text and trigrams; GiST for ranges; BRIN.

use crate::catalog::{IndexMethod, Type};

use super::candidates::{Candidate, column_of};
use super::condition::Operator;
use super::definition::{IndexDefinition, KeyDefinition};
use super::model::{BlockModel, TableModel};
use super::proposal::ProposalKind;
use super::spelling::is_immutable;

/// GIN for documents, arrays, full text and trigrams.
pub(super) fn inverted(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let found_otherwise = has_good_access(table);
    for condition in &table.constant {
        if found_otherwise && condition.operator == Operator::Pattern {
            continue;
        }
        let plain_key = condition.key.as_collated_column().is_some();
        if !plain_key && !is_immutable(&model.facts, &condition.key) {
            continue;
        }
        let column = column_of(table, &condition.key);
        let data_type = column
            .map(|column| model.catalog.base_type(&column.data_type))
            .or(condition.key.data_type.as_ref());
        let (opclass, kind, extension) = match (&condition.operator, data_type) {
            (Operator::Contains(symbol), Some(Type::Jsonb)) => match symbol.as_str() {
                "@>" | "@?" | "@@" => (Some("jsonb_path_ops"), ProposalKind::Gin, None),
                "?" | "?|" | "?&" => (None, ProposalKind::Gin, None),
                _ => continue,
            },
            (Operator::Contains(symbol), Some(Type::Array(_)))
                if matches!(symbol.as_str(), "@>" | "&&") =>
            {
                (None, ProposalKind::Gin, None)
            }
            (Operator::Contains(symbol), Some(Type::TsVector)) if symbol == "@@" => {
                (None, ProposalKind::Gin, None)
            }
            (Operator::Pattern, Some(data_type)) if data_type.is_string() => (
                Some("gin_trgm_ops"),
                ProposalKind::Trigram,
                (!model
                    .catalog
                    .extensions
                    .iter()
                    .any(|name| name == "pg_trgm"))
                .then_some("pg_trgm"),
            ),
            _ => continue,
        };
        let mut key = KeyDefinition::plain(condition.key.clone());
        key.opclass = opclass.map(str::to_owned);
        found.push(Candidate {
            definition: IndexDefinition {
                id: None,
                method: IndexMethod::Gin,
                keys: vec![key],
                include: Vec::new(),
                predicate: Vec::new(),
                unique: false,
            },
            kind,
            extension,
        });
    }
    found
}

/// GiST for conditions on ranges; with columns compared by equality before them where btree_gist is there.
pub(super) fn overlapping(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for condition in &table.constant {
        let data_type = column_of(table, &condition.key)
            .map(|column| &column.data_type)
            .or(condition.key.data_type.as_ref());
        let is_range = data_type
            .is_some_and(|data_type| matches!(model.catalog.base_type(data_type), Type::Range(_)));
        let plain_key = condition.key.as_collated_column().is_some();
        if !is_range
            || !matches!(&condition.operator, Operator::Contains(symbol) if matches!(symbol.as_str(), "@>" | "<@" | "&&"))
            || !plain_key && !is_immutable(&model.facts, &condition.key)
        {
            continue;
        }
        let candidate = |keys: Vec<KeyDefinition>| Candidate {
            definition: IndexDefinition {
                id: None,
                method: IndexMethod::Gist,
                keys,
                include: Vec::new(),
                predicate: Vec::new(),
                unique: false,
            },
            kind: ProposalKind::Gist,
            extension: None,
        };
        let key = KeyDefinition::plain(condition.key.clone());
        found.push(candidate(vec![key.clone()]));
        let extensions = &model.catalog.extensions;
        if extensions.iter().any(|name| name == "btree_gist") {
            let equal = table
                .constant
                .iter()
                .filter(|one| {
                    matches!(one.operator, Operator::Equal { values } if values <= 1.0)
                        && one.key.as_column().is_some()
                })
                .map(|one| KeyDefinition::plain(one.key.clone()));
            found.extend(equal.map(|equal| candidate(vec![equal, key.clone()])));
        }
    }
    found
}

/// A fraction of the rows that an index leads to, beside which patterns, of which estimates are vague, are left alone.
const GOOD_ACCESS: f64 = 0.05;

/// Whether an index leads to few of the rows by an equality.
fn has_good_access(table: &TableModel<'_>) -> bool {
    table.constant.iter().any(|condition| {
        condition.is_equality()
            && condition.selectivity <= GOOD_ACCESS
            && table.indexes.iter().any(|index| {
                index
                    .definition
                    .keys
                    .first()
                    .is_some_and(|key| key.expr == condition.key)
            })
    })
}

/// BRIN for a range of a large table whose rows lie in its order.
pub(super) fn block_range(table: &TableModel<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for condition in &table.constant {
        let correlated = column_of(table, &condition.key)
            .and_then(|column| column.statistics.as_ref())
            .and_then(|statistics| statistics.correlation)
            .is_some_and(|correlation| correlation.abs() >= 0.95);
        if correlated
            && matches!(condition.operator, Operator::Range { .. })
            && table.pages >= 25_000.0
        {
            found.push(Candidate {
                definition: IndexDefinition {
                    id: None,
                    method: IndexMethod::Brin,
                    keys: vec![KeyDefinition::plain(condition.key.clone())],
                    include: Vec::new(),
                    predicate: Vec::new(),
                    unique: false,
                },
                kind: ProposalKind::Brin,
                extension: None,
            });
        }
    }
    found
}
