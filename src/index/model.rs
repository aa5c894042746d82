//! A flat block with everything that deciding about its indexes needs: conditions, estimates, existing indexes.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Table, TableKind};
use crate::query::{BinaryOp, ColumnRef, Expr, ExprKind, Facts, RelationId, SortKey, as_equality};

use super::computed_rows::rows_of_itself;
use super::condition::{Condition, Operator};
use super::condition_reader::ConditionReader;
use super::definition::IndexDefinition;
use super::flat::{FlatBlock, FlatRelation, Pairing};
use super::key_form::over_table;
use super::memo::Memo;
use super::scan::{Prices, ReadTable, SizedIndex};
use super::selectivity::Estimator;
use super::size::{index_size, table_pages};

/// Rows taken for granted of what is computed first and cannot be estimated.
const ASSUMED_COMPUTED_ROWS: f64 = 1000.0;

/// A table of a flat block.
pub(super) struct TableModel<'a> {
    pub flat: FlatRelation,
    pub table: &'a Table,
    pub estimator: Estimator<'a>,
    pub pages: f64,
    /// Conditions on it alone (or with values from blocks around it).
    pub constant: Vec<Condition>,
    /// Equalities with other relations of the block.
    pub joins: Vec<Condition>,
    /// Fraction of its rows that all conditions on it alone leave.
    pub selectivity: f64,
    /// Conjuncts on it alone, for partial indexes.
    pub premises: Vec<Expr>,
    pub columns: BTreeSet<usize>,
    /// The order that the block wants, its keys over this table's columns in key form.
    pub order: Vec<SortKey>,
    pub indexes: Vec<SizedIndex>,
    /// Whether a condition on it alone is a disjunction that indexes on its arms may serve.
    pub disjunctions: Vec<Vec<Vec<Condition>>>,
}

impl TableModel<'_> {
    /// Rows that the conditions on it alone leave.
    pub fn filtered_rows(&self) -> f64 {
        (self.estimator.rows() * self.selectivity).max(1.0)
    }
}

/// A flat block to be planned.
pub(super) struct BlockModel<'a> {
    pub catalog: &'a Catalog,
    pub facts: Facts<'a>,
    pub flat: &'a FlatBlock,
    pub tables: Vec<TableModel<'a>>,
    /// Relations that are computed first, with their rows.
    pub computed: Vec<(FlatRelation, f64)>,
    pub prices: Prices,
    /// How often the block runs.
    pub loops: f64,
    /// Columns that are equal in all rows.
    classes: Vec<BTreeSet<ColumnRef>>,
    pub memo: Memo,
}

impl<'a> BlockModel<'a> {
    /// Reads a flat block; `rows` knows how many rows relations have that are computed first.
    pub fn new(
        facts: Facts<'a>,
        flat: &'a FlatBlock,
        rows: &BTreeMap<RelationId, f64>,
        loops: f64,
    ) -> Self {
        let catalog = facts.schema.catalog();
        let own: BTreeSet<RelationId> = flat.relations.iter().map(|relation| relation.id).collect();
        let classes = equality_classes(flat);
        let implied = implied_constants(flat, &classes, &own);
        let mut tables = Vec::new();
        let mut computed = Vec::new();
        for relation in &flat.relations {
            let table = relation
                .table
                .map(|id| catalog.table(id))
                .filter(|table| !matches!(table.kind, TableKind::Foreign | TableKind::View { .. }));
            match table {
                Some(table) => tables.push(read_table(
                    &facts, flat, relation, table, &own, &classes, &implied,
                )),
                None => computed.push((
                    relation.clone(),
                    rows.get(&relation.id)
                        .copied()
                        .or_else(|| rows_of_itself(facts.query, relation.id))
                        .unwrap_or(ASSUMED_COMPUTED_ROWS),
                )),
            }
        }
        Self {
            memo: Memo::new(&tables, &computed),
            catalog,
            facts,
            flat,
            tables,
            computed,
            prices: Prices::of(catalog),
            loops,
            classes,
        }
    }

    /// For reading one of its tables.
    pub fn reader(&'a self, table: &'a TableModel<'a>) -> ReadTable<'a> {
        ReadTable {
            catalog: self.catalog,
            table: table.table,
            facts: self.facts,
            estimator: &table.estimator,
            pages: table.pages,
            prices: self.prices,
        }
    }

    /// Fraction of pairs that a join condition on `table` keeps: one over the larger number of distinct values.
    /// Source: eqjoinsel.
    pub fn join_selectivity(&self, table: &TableModel<'_>, condition: &Condition) -> f64 {
        let own = table.estimator.distinct(&condition.key);
        let mut other: f64 = 1.0;
        if let Some(column) = condition.key.as_column() {
            let here = ColumnRef {
                relation: table.flat.id,
                column: column.column,
            };
            for class in self.classes.iter().filter(|class| class.contains(&here)) {
                for member in class
                    .iter()
                    .filter(|member| condition.depends.contains(&member.relation))
                {
                    if let Some(partner) = self
                        .tables
                        .iter()
                        .find(|one| one.flat.id == member.relation)
                    {
                        let key = over_table(
                            self.catalog,
                            &Expr::new(ExprKind::Column(*member), condition.span),
                            member.relation,
                        );
                        other = other.max(partner.estimator.distinct(&key));
                    }
                }
            }
        }
        (1.0 - table.estimator.null_fraction(&condition.key)) / own.max(other).max(1.0)
    }
}

/// Columns that inner equalities make equal.
fn equality_classes(flat: &FlatBlock) -> Vec<BTreeSet<ColumnRef>> {
    let mut classes: Vec<BTreeSet<ColumnRef>> = Vec::new();
    for condition in &flat.conditions {
        if condition.reach.is_some() || condition.expr.reads_any(&condition.late) {
            continue;
        }
        let Some((left, right)) = as_equality(&condition.expr) else {
            continue;
        };
        let (Some(a), Some(b)) = (left.as_column(), right.as_column()) else {
            continue;
        };
        let (touched, mut rest): (Vec<_>, Vec<_>) = classes
            .into_iter()
            .partition(|class| class.contains(&a) || class.contains(&b));
        let mut merged: BTreeSet<ColumnRef> = touched.into_iter().flatten().collect();
        merged.extend([a, b]);
        rest.push(merged);
        classes = rest;
    }
    classes
}

/// Equalities with constants that follow for other columns of a class. Source: equivclass.c.
fn implied_constants(
    flat: &FlatBlock,
    classes: &[BTreeSet<ColumnRef>],
    own: &BTreeSet<RelationId>,
) -> Vec<(ColumnRef, Expr)> {
    let mut implied = Vec::new();
    for condition in &flat.conditions {
        if condition.reach.is_some() {
            continue;
        }
        let Some((left, right)) = as_equality(&condition.expr) else {
            continue;
        };
        let outside = |expr: &Expr| !expr.reads_any(own) && !expr.has_subquery();
        let (column, value) = match (left.as_column(), right.as_column()) {
            (Some(column), _) if outside(right) => (column, right),
            (_, Some(column)) if outside(left) => (column, left),
            _ => continue,
        };
        for class in classes.iter().filter(|class| class.contains(&column)) {
            for member in class.iter().filter(|member| **member != column) {
                let mut expr = Expr::new(ExprKind::Column(*member), condition.expr.span);
                expr.data_type.clone_from(&left.data_type);
                implied.push((
                    *member,
                    Expr::new(
                        ExprKind::Binary {
                            op: BinaryOp::Eq,
                            left: Box::new(expr),
                            right: Box::new(value.clone()),
                        },
                        condition.expr.span,
                    ),
                ));
            }
        }
    }
    implied
}

#[allow(clippy::too_many_arguments)]
fn read_table<'a>(
    facts: &Facts<'a>,
    flat: &FlatBlock,
    relation: &FlatRelation,
    table: &'a Table,
    own: &BTreeSet<RelationId>,
    classes: &[BTreeSet<ColumnRef>],
    implied: &[(ColumnRef, Expr)],
) -> TableModel<'a> {
    let catalog = facts.schema.catalog();
    let estimator = Estimator::new(catalog, table);
    let id = relation.id;
    let mut constant: Vec<Condition> = Vec::new();
    let mut joins: Vec<Condition> = Vec::new();
    let mut premises = Vec::new();
    let mut disjunctions = Vec::new();
    let mut selectivity = 1.0;
    {
        let reader = ConditionReader {
            facts: *facts,
            catalog,
            relation: id,
            own,
            estimator: &estimator,
        };
        let follows = implied
            .iter()
            .filter(|(column, _)| column.relation == id)
            .map(|(_, expr)| expr);
        let stated = flat
            .conditions
            .iter()
            .filter(|condition| condition.picks(id) && condition.expr.reads(id))
            .map(|condition| &condition.expr);
        for expr in stated.chain(follows) {
            let others = expr.any(&|part| match part.kind {
                ExprKind::Column(ColumnRef { relation, .. }) | ExprKind::WholeRow(relation) => {
                    relation != id && own.contains(&relation)
                }
                _ => false,
            });
            let read = reader.read(expr);
            if others {
                joins.extend(
                    read.into_iter().filter(|condition| {
                        !condition.depends.is_empty() && condition.is_equality()
                    }),
                );
                continue;
            }
            premises.push(expr.clone());
            if read.is_empty() {
                if !expr.has_subquery() {
                    selectivity *= estimator.condition(&over_table(catalog, expr, id));
                } else {
                    selectivity *= 0.5;
                }
                if let ExprKind::Or(arms) = &expr.kind {
                    let arms: Vec<Vec<Condition>> =
                        arms.iter().map(|arm| reader.read(arm)).collect();
                    if arms.iter().all(|arm| !arm.is_empty()) {
                        disjunctions.push(arms);
                    }
                }
            }
            constant.extend(read);
        }
        for class in classes {
            for column in class.iter().filter(|column| column.relation == id) {
                for other in class
                    .iter()
                    .filter(|other| other.relation != id && own.contains(&other.relation))
                {
                    let key = over_table(
                        catalog,
                        &Expr::new(ExprKind::Column(*column), crate::source::Span::default()),
                        id,
                    );
                    let known = joins.iter().any(|condition| {
                        condition.key == key && condition.depends.iter().eq([&other.relation])
                    });
                    if !known
                        && let Some(direct) = joins.iter().find(|condition| condition.key == key)
                    {
                        let mut copy = direct.clone();
                        copy.depends = BTreeSet::from([other.relation]);
                        joins.push(copy);
                    }
                }
            }
        }
    }
    let constant = merge_ranges(constant, &estimator);
    for (at, condition) in constant.iter().enumerate() {
        let first = constant[..at]
            .iter()
            .all(|earlier| earlier.key != condition.key);
        if first {
            let strongest = constant
                .iter()
                .filter(|other| other.key == condition.key)
                .map(|other| other.selectivity)
                .fold(1.0, f64::min);
            selectivity *= strongest;
        }
    }
    let mut pages = table_pages(catalog, table, estimator.rows());
    if let TableKind::Partitioned { keys, .. } = &table.kind {
        pages /= partitions_skipped(facts, table, keys, &constant);
    }
    let indexes = IndexDefinition::of_table(facts.schema, catalog, table.id)
        .into_iter()
        .map(|definition| {
            let size = index_size(catalog, table, &estimator, &definition, pages);
            SizedIndex { definition, size }
        })
        .collect();
    TableModel {
        flat: relation.clone(),
        table,
        pages,
        constant,
        joins,
        selectivity: selectivity.clamp(1.0 / estimator.rows(), 1.0),
        premises,
        columns: flat.columns.get(&id).cloned().unwrap_or_default(),
        order: flat
            .wanted
            .order
            .iter()
            .map(|key| SortKey {
                expr: over_table(catalog, &key.expr, id),
                ..*key
            })
            .collect(),
        indexes,
        disjunctions,
        estimator,
    }
}

/// How many times fewer pages are read because conditions on the partition key leave one partition.
fn partitions_skipped(
    facts: &Facts<'_>,
    table: &Table,
    keys: &[crate::catalog::IndexTarget],
    constant: &[Condition],
) -> f64 {
    let partitions = facts.schema.catalog().children_of(table.id).len() as f64;
    let pruned = keys.iter().any(|key| match key {
        crate::catalog::IndexTarget::Column(column) => constant.iter().any(|condition| {
            condition
                .key
                .as_column()
                .is_some_and(|known| known.column == column.0)
        }),
        crate::catalog::IndexTarget::Expression(_) => false,
    });
    if pruned { partitions.max(1.0) } else { 1.0 }
}

/// `x >= 1 AND x < 2` as one range.
fn merge_ranges(conditions: Vec<Condition>, estimator: &Estimator<'_>) -> Vec<Condition> {
    let mut merged: Vec<Condition> = Vec::new();
    for condition in conditions {
        let partner = merged.iter_mut().find(|known| {
            known.key == condition.key
                && matches!(known.operator, Operator::Range { .. })
                && matches!(condition.operator, Operator::Range { .. })
        });
        match (partner, &condition.operator) {
            (Some(known), Operator::Range { low, high }) => {
                if let Operator::Range {
                    low: known_low,
                    high: known_high,
                } = &mut known.operator
                {
                    if known_low.is_none() {
                        known_low.clone_from(low);
                    }
                    if known_high.is_none() {
                        known_high.clone_from(high);
                    }
                    known.selectivity = estimator
                        .range(&known.key, known_low.as_deref(), known_high.as_deref())
                        .min(known.selectivity)
                        .min(condition.selectivity);
                    known.span = known.span.union(condition.span);
                }
            }
            _ => merged.push(condition),
        }
    }
    merged
}

/// Whether a relation takes part in an order that the block wants: rows of outer and inner sides come once each.
pub(super) fn may_lead(pairing: Pairing) -> bool {
    matches!(pairing, Pairing::Inner | Pairing::Semi)
}
