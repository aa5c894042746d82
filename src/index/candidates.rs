//! Indexes worth trying for a table of a block: columns compared by equality first, then those sorted by, then a range.

use crate::catalog::{Column, ColumnId, IndexMethod, Type};
use crate::query::Expr;

use super::candidate_keys::key_lists;
use super::definition::{IndexDefinition, KeyDefinition};
use super::inverted::{block_range, inverted, overlapping};
use super::model::{BlockModel, TableModel};
use super::partial::partial;
use super::proposal::ProposalKind;

/// An index worth trying.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub definition: IndexDefinition,
    pub kind: ProposalKind,
    pub extension: Option<&'static str>,
}

/// All indexes worth trying for a table.
pub(super) fn candidates(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let plans = key_lists(model, table);
    for keys in plans {
        let kind = kind_of(&keys);
        let definition = IndexDefinition {
            id: None,
            method: IndexMethod::Btree,
            keys,
            include: Vec::new(),
            predicate: Vec::new(),
            unique: false,
        };
        found.push(Candidate {
            definition: definition.clone(),
            kind,
            extension: None,
        });
        found.extend(partial(model, table, &definition));
    }
    found.extend(covering(table, &found));
    found.extend(inverted(model, table));
    found.extend(overlapping(model, table));
    found.extend(block_range(table));
    found
}

fn kind_of(keys: &[KeyDefinition]) -> ProposalKind {
    if keys.iter().any(|key| key.opclass.is_some()) {
        ProposalKind::OperatorClass
    } else if keys.iter().any(|key| key.column().is_none()) {
        ProposalKind::Expression
    } else if keys.iter().any(|key| key.descending) && keys.iter().any(|key| !key.descending) {
        ProposalKind::MixedOrder
    } else {
        ProposalKind::Plain
    }
}

/// The column that a key is, where it is one.
pub(super) fn column_of<'t>(table: &TableModel<'t>, key: &Expr) -> Option<&'t Column> {
    let column = key.as_collated_column()?;
    table.table.columns.get(column.column)
}

/// A larger fraction of the rows than this is read from an index as from a copy of the table.
const MUCH: f64 = 0.1;

/// Whether the conditions on the keys leave much of the table.
fn reads_much(table: &TableModel<'_>, definition: &IndexDefinition) -> bool {
    let mut left: f64 = 1.0;
    let mut bounded = false;
    for key in &definition.keys {
        let conditions = table.constant.iter().filter(|one| one.key == key.expr);
        let strongest = conditions.map(|one| one.selectivity).reduce(f64::min);
        bounded |= strongest.is_some();
        left *= strongest.unwrap_or(1.0);
    }
    bounded && left > MUCH
}

/// The same indexes with the few other columns that the query reads, so that the table need not be read.
fn covering(table: &TableModel<'_>, plain: &[Candidate]) -> Vec<Candidate> {
    plain
        .iter()
        .filter(|candidate| {
            candidate.kind == ProposalKind::Plain && !reads_much(table, &candidate.definition)
        })
        .filter_map(|candidate| {
            let include: Vec<ColumnId> = table
                .columns
                .iter()
                .map(|column| ColumnId(*column))
                .filter(|column| !candidate.definition.holds_column(*column))
                .collect();
            let narrow = include.len() <= 3
                && include.iter().all(|id| {
                    table.table.columns.get(id.0).is_some_and(|column| {
                        let known = column.statistics.as_ref().and_then(|one| one.width);
                        let fixed = !column.data_type.is_string()
                            && !matches!(
                                column.data_type,
                                Type::Json
                                    | Type::Jsonb
                                    | Type::Bytea
                                    | Type::Array(_)
                                    | Type::Xml
                                    | Type::TsVector
                            );
                        fixed || known.is_some_and(|width| width <= 32.0)
                    })
                });
            (narrow && !include.is_empty()).then(|| Candidate {
                definition: IndexDefinition {
                    include,
                    ..candidate.definition.clone()
                },
                kind: ProposalKind::Covering,
                extension: None,
            })
        })
        .collect()
}
