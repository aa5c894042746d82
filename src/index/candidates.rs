//! Indexes worth trying for a table of a block: columns compared by equality first, then those sorted by, then a range.

use crate::catalog::{Column, ColumnId, IndexMethod, Type};
use crate::query::{BinaryOp, BoundSchema, Expr, ExprKind, Literal, SortKey};

use super::condition::{Condition, Operator};
use super::definition::{IndexDefinition, KeyDefinition};
use super::key_form::over_table;
use super::model::{BlockModel, TableModel};
use super::proposal::ProposalKind;
use super::serve::sorts_by_bytes;
use super::spelling::is_immutable;

/// More keys than this are not proposed.
const MOST_KEYS: usize = 5;
/// A value in fewer of the rows than this is rare: an index on it alone is small.
const RARE: f64 = 0.05;
/// A column with more values than this is no status or flag.
const FEW_VALUES: f64 = 50.0;

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

/// Lists of keys for a B-tree.
fn key_lists(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Vec<KeyDefinition>> {
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
        .filter(|condition| {
            matches!(
                condition.operator,
                Operator::Range { .. } | Operator::Prefix
            )
        })
        .filter(indexable)
        .collect();
    let order = order_keys(model, table, &equal);

    let mut join_sets: Vec<Vec<&Condition>> = vec![Vec::new()];
    let mut partners: Vec<&std::collections::BTreeSet<_>> = table
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

fn column_of<'t>(table: &TableModel<'t>, key: &Expr) -> Option<&'t Column> {
    let column = key.as_collated_column()?;
    table.table.columns.get(column.column)
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
    for key in &wanted.order {
        let expr = over_table(&key.expr, table.flat.id);
        if equal
            .iter()
            .any(|condition| condition.key == expr && condition.fixes_key())
            || expr.is_constant()
        {
            continue;
        }
        let of_table = expr
            .columns()
            .iter()
            .all(|column| column.relation == BoundSchema::TABLE)
            && (expr.as_column().is_some() || is_immutable(&model.facts, &expr));
        if !of_table {
            // an order that another table takes over is kept up to there
            break;
        }
        if keys.iter().all(|known| known.expr != expr) {
            keys.push(sort_key(expr, key));
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

fn sort_key(expr: Expr, key: &SortKey) -> KeyDefinition {
    KeyDefinition {
        expr,
        opclass: None,
        collation: None,
        descending: key.descending,
        nulls_first: key.nulls_first,
    }
}

/// The same index for the rows with a rare constant only.
fn partial(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    whole: &IndexDefinition,
) -> Option<Candidate> {
    let rare: Vec<&Condition> = table
        .constant
        .iter()
        .filter(|condition| is_rare(model, table, condition))
        .collect();
    let chosen = rare
        .iter()
        .min_by(|a, b| a.selectivity.total_cmp(&b.selectivity))?;
    let predicate = predicate_of(model, table, chosen)?;
    let mut keys: Vec<KeyDefinition> = whole
        .keys
        .iter()
        .filter(|key| key.expr != chosen.key)
        .cloned()
        .collect();
    if keys.is_empty() {
        let first = table
            .table
            .primary_key
            .as_ref()
            .and_then(|key| key.columns.first().copied());
        let column = first.or_else(|| {
            column_of(table, &chosen.key)
                .and_then(|column| table.table.column_by_name(&column.name))
        })?;
        keys.push(KeyDefinition::plain(column_expr(table, column)));
    }
    Some(Candidate {
        definition: IndexDefinition {
            keys,
            predicate: vec![predicate],
            ..whole.clone()
        },
        kind: ProposalKind::Partial,
        extension: None,
    })
}

fn column_expr(table: &TableModel<'_>, id: ColumnId) -> Expr {
    Expr::typed(
        ExprKind::Column(crate::query::ColumnRef {
            relation: BoundSchema::TABLE,
            column: id.0,
        }),
        crate::source::Span::default(),
        table
            .table
            .columns
            .get(id.0)
            .map(|column| column.data_type.clone()),
    )
}

/// Whether a condition picks a value that the statistics show to be rare, in a column with few values.
fn is_rare(_model: &BlockModel<'_>, table: &TableModel<'_>, condition: &Condition) -> bool {
    let Some(column) = column_of(table, &condition.key) else {
        return false;
    };
    // one tenant or customer of many: the next query asks for another
    let refers = table.table.foreign_keys.iter().any(|key| {
        key.columns.iter().any(|id| {
            table
                .table
                .columns
                .get(id.0)
                .is_some_and(|one| one.name == column.name)
        })
    });
    if refers && matches!(condition.operator, Operator::Equal { .. }) {
        return false;
    }
    let Some(statistics) = &column.statistics else {
        return false;
    };
    let few = table.estimator.distinct(&condition.key) <= FEW_VALUES;
    match (&condition.operator, &condition.value) {
        (Operator::Equal { .. }, Some(value)) => {
            few && !statistics.most_common.is_empty()
                && table
                    .estimator
                    .known_frequency(&condition.key, value)
                    .unwrap_or(condition.selectivity)
                    <= RARE
        }
        (Operator::IsNull, _) => !column.not_null && statistics.null_fraction <= RARE,
        (Operator::IsNotNull, _) => 1.0 - statistics.null_fraction <= RARE,
        _ => false,
    }
}

/// The condition as the predicate of an index.
fn predicate_of(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    condition: &Condition,
) -> Option<Expr> {
    let column = column_of(table, &condition.key)?;
    let data_type = model.catalog.base_type(&column.data_type);
    let key = condition.key.clone();
    let kind = match (&condition.operator, &condition.value) {
        (Operator::IsNull, _) => ExprKind::IsNull {
            operand: Box::new(key),
            negated: false,
        },
        (Operator::IsNotNull, _) => ExprKind::IsNull {
            operand: Box::new(key),
            negated: true,
        },
        (Operator::Equal { .. }, Some(value)) => match data_type {
            Type::Bool if matches!(value.as_str(), "true" | "t") => key.kind,
            Type::Bool => ExprKind::Not(Box::new(key)),
            numeric => {
                let literal = if numeric.is_numeric() {
                    Literal::Number(value.clone())
                } else {
                    Literal::String(value.clone())
                };
                let right = Expr::typed(
                    ExprKind::Literal(literal),
                    condition.span,
                    Some(column.data_type.clone()),
                );
                ExprKind::Binary {
                    op: BinaryOp::Eq,
                    left: Box::new(key),
                    right: Box::new(right),
                }
            }
        },
        _ => return None,
    };
    Some(Expr::typed(kind, condition.span, Some(Type::Bool)))
}

/// The same indexes with the few other columns that the query reads, so that the table need not be read.
fn covering(table: &TableModel<'_>, plain: &[Candidate]) -> Vec<Candidate> {
    plain
        .iter()
        .filter(|candidate| candidate.kind == ProposalKind::Plain)
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

/// GIN for documents, arrays, full text and trigrams.
fn inverted(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for condition in &table.constant {
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
    // one range of a large table whose rows lie in its order
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
