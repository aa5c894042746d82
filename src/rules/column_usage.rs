use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::catalog::{Catalog, ColumnId, Index, TableId};
use crate::index::literal_text;
use crate::query::{
    BinaryOp, Block, ColumnRef, Expr, ExprKind, Facts, Query, RelationId, StatementKind, Truth,
};
use crate::source::Location;

/// Literals that are kept for one column: enough to see what kind of values it is asked for.
const MOST_FORMS: usize = 1000;

/// How a query asks for a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// `= value`; `None` where the value is not in the text (a parameter, another column).
    Equal(Option<String>),
    Range,
    /// LIKE, ILIKE or a regular expression.
    Pattern {
        prefix: bool,
    },
    Other,
}

/// What all statements together do with the columns of the schema's tables. It grows with the schema, not with the
/// statements.
#[derive(Debug, Clone, Default)]
pub struct ColumnUsage {
    forms: HashMap<(TableId, usize), BTreeSet<Asked>>,
    /// See [`Self::asks_range_before_equality`].
    range_before_equality: HashSet<(TableId, Vec<ColumnId>, ColumnId)>,
    /// For each column the first UPDATE that changes it.
    updates: HashMap<(TableId, ColumnId), Location>,
}

impl ColumnUsage {
    /// How the statements ask for a column that leads an index.
    pub fn asked(&self, table: TableId, column: usize) -> impl Iterator<Item = &Asked> {
        self.forms.get(&(table, column)).into_iter().flatten()
    }

    /// Whether some block asks for the first columns of an index by equality up to the last of `columns`, for that one
    /// by range, and for `later`, a column behind it, by equality again.
    pub fn asks_range_before_equality(
        &self,
        table: TableId,
        columns: &[ColumnId],
        later: ColumnId,
    ) -> bool {
        self.range_before_equality
            .contains(&(table, columns.to_vec(), later))
    }

    /// The first UPDATE that changes a column.
    pub fn update_of(&self, table: TableId, column: ColumnId) -> Option<&Location> {
        self.updates.get(&(table, column))
    }

    /// Adds what another has, which comes later in the order of statements.
    pub(super) fn merge(mut self, other: Self) -> Self {
        for (column, statement) in other.updates {
            self.updates.entry(column).or_insert(statement);
        }
        if self.forms.is_empty() && self.range_before_equality.is_empty() {
            self.forms = other.forms;
            self.range_before_equality = other.range_before_equality;
            return self;
        }
        for (column, forms) in other.forms {
            let own = self.forms.entry(column).or_default();
            for form in forms {
                add(own, form);
            }
        }
        self.range_before_equality
            .extend(other.range_before_equality);
        self
    }

    /// Adds what one statement asks for. `schema` is that whose indexes count: the statement may have been bound to one
    /// with tables of its own file.
    pub(super) fn add(&mut self, query: &Query, facts: &Facts<'_>, schema: &Catalog) {
        for block in &query.blocks {
            self.add_block(block, facts, schema);
        }
        if let StatementKind::Update {
            target, columns, ..
        } = &query.kind
            && let Some(table) = query.table_of(*target)
            && is_of_schema(facts, schema, table)
        {
            for column in columns {
                self.updates
                    .entry((table, *column))
                    .or_insert_with(|| Location {
                        file: Arc::clone(&query.file),
                        span: query.span,
                    });
            }
        }
    }

    fn add_block(&mut self, block: &Block, facts: &Facts<'_>, schema: &Catalog) {
        let mut ranges: BTreeMap<(RelationId, TableId), BTreeSet<ColumnId>> = BTreeMap::new();
        let mut equalities = ranges.clone();
        let joins = block.joins();
        let conditions = block
            .filter
            .iter()
            .chain(joins.iter().flat_map(|join| &join.on));
        for conjunct in conditions {
            for reference in conjunct.columns() {
                let Some((table, column)) = facts.base_column(reference) else {
                    continue;
                };
                if !is_index_column(facts, schema, table, column.0) {
                    continue;
                }
                for asked in forms(conjunct, reference) {
                    let place = (reference.relation, table);
                    match asked {
                        Asked::Range => ranges.entry(place).or_default().insert(column),
                        Asked::Equal(_) => equalities.entry(place).or_default().insert(column),
                        Asked::Pattern { .. } | Asked::Other => false,
                    };
                    add(self.forms.entry((table, column.0)).or_default(), asked);
                }
            }
        }
        let catalog = facts.schema.catalog();
        for (place, ranges) in ranges {
            let Some(equalities) = equalities.get(&place) else {
                continue;
            };
            let (_, table) = place;
            for index in catalog.indexes_of(catalog.table(table)) {
                self.add_range_before_equality(index, &ranges, equalities);
            }
        }
    }

    fn add_range_before_equality(
        &mut self,
        index: &Index,
        ranges: &BTreeSet<ColumnId>,
        equalities: &BTreeSet<ColumnId>,
    ) {
        let columns: Vec<ColumnId> = index.leading_columns().collect();
        let first = columns
            .iter()
            .position(|column| !equalities.contains(column));
        let Some(at) = first.filter(|at| ranges.contains(&columns[*at])) else {
            return;
        };
        for later in &columns[at + 1..] {
            if equalities.contains(later) {
                self.range_before_equality
                    .insert((index.table, columns[..=at].to_vec(), *later));
            }
        }
    }
}

fn add(forms: &mut BTreeSet<Asked>, form: Asked) {
    if forms.len() < MOST_FORMS {
        forms.insert(form);
    }
}

/// Whether a column is a key of an index of the schema.
fn is_index_column(facts: &Facts<'_>, schema: &Catalog, table: TableId, column: usize) -> bool {
    let catalog = facts.schema.catalog();
    is_of_schema(facts, schema, table)
        && catalog.indexes_of(catalog.table(table)).any(|index| {
            let mut leading = index.leading_columns();
            leading.any(|leading| leading.0 == column)
        })
}

/// Whether a table that a statement was bound to is one of the schema, not of the statement's own file.
fn is_of_schema(facts: &Facts<'_>, schema: &Catalog, table: TableId) -> bool {
    let bound_to = facts.schema.catalog();
    std::ptr::eq(bound_to, schema)
        || schema
            .table_by_name(&bound_to.table(table).name)
            .is_some_and(|known| known.id == table)
}

fn forms(conjunct: &Expr, column: ColumnRef) -> Vec<Asked> {
    let is_it = |expr: &Expr| expr.as_collated_column() == Some(column);
    match &conjunct.kind {
        ExprKind::Or(arms) | ExprKind::And(arms) => {
            arms.iter().flat_map(|arm| forms(arm, column)).collect()
        }
        ExprKind::Column(found) if *found == column => vec![Asked::Equal(Some("true".to_owned()))],
        ExprKind::Not(operand) if is_it(operand) => vec![Asked::Equal(Some("false".to_owned()))],
        ExprKind::IsTruth {
            operand,
            value,
            negated: false,
        } if is_it(operand) => match value {
            Truth::True => vec![Asked::Equal(Some("true".to_owned()))],
            Truth::False => vec![Asked::Equal(Some("false".to_owned()))],
            Truth::Unknown => vec![Asked::Other],
        },
        ExprKind::Binary { op, left, right } if is_it(left) || is_it(right) => {
            let other = if is_it(left) { right } else { left };
            match op {
                BinaryOp::Eq => vec![Asked::Equal(literal_text(other))],
                op if op.is_range() => vec![Asked::Range],
                BinaryOp::Regex { .. } => vec![Asked::Pattern { prefix: false }],
                _ => vec![Asked::Other],
            }
        }
        ExprKind::InList {
            operand,
            list,
            negated: false,
        } if is_it(operand) => list
            .iter()
            .map(|member| Asked::Equal(literal_text(member)))
            .collect(),
        ExprKind::QuantifiedArray { operand, .. } | ExprKind::InSubquery { operand, .. }
            if is_it(operand) =>
        {
            vec![Asked::Equal(None)]
        }
        ExprKind::Between { operand, .. } if is_it(operand) => vec![Asked::Range],
        ExprKind::Like {
            operand, pattern, ..
        } if is_it(operand) => {
            let prefix =
                literal_text(pattern).is_some_and(|pattern| !pattern.starts_with(['%', '_']));
            vec![Asked::Pattern { prefix }]
        }
        _ => vec![Asked::Other],
    }
}
