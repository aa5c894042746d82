use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ColumnId, Type};
use crate::query::{Block, ColumnRef, Expr, ExprKind, RelationId, as_equality};
use crate::rules::StatementContext;
use crate::rules::joins::support::{InnerRegion, inner_region, is_one_of};

/// Why a relation can go.
pub(super) struct Proof<'b> {
    /// The foreign key.
    pub(super) constraint: String,
    /// The relation that has it.
    pub(super) child: RelationId,
    /// The conditions that compare the foreign key with the key: they go with the relation.
    pub(super) conditions: Vec<&'b Expr>,
    /// The child's column for each column of the key.
    pub(super) stands_in: BTreeMap<usize, ColumnRef>,
    /// Whether anything but those conditions reads the key.
    pub(super) key_is_read: bool,
    /// Foreign-key columns that may be NULL.
    pub(super) nullable: Vec<ColumnRef>,
}

/// Proves that a relation adds nothing: another one has a foreign key to it, and only its key is read. The conditions in
/// `gone` went with other relations.
pub(super) fn only_key_read<'b>(
    context: &StatementContext<'_>,
    block: &'b Block,
    parent: RelationId,
    gone: &[&'b Expr],
) -> Option<Proof<'b>> {
    let region = inner_region(block, parent)?;
    let own: Vec<&Expr> = region
        .conditions
        .iter()
        .copied()
        .filter(|conjunct| conjunct.reads(parent))
        .filter(|conjunct| !is_one_of(conjunct, gone))
        .collect();
    let children: BTreeSet<RelationId> = own
        .iter()
        .filter_map(|conjunct| context.facts.column_pair(conjunct, parent))
        .map(|(_, column)| column.relation)
        .collect();
    children
        .into_iter()
        .find_map(|child| through_child(context, parent, child, &region, (&own, gone)))
}

fn through_child<'b>(
    context: &StatementContext<'_>,
    parent: RelationId,
    child: RelationId,
    region: &InnerRegion<'b>,
    (own, gone): (&[&'b Expr], &[&'b Expr]),
) -> Option<Proof<'b>> {
    let facts = &context.facts;
    let filled_up = region.nullable.contains(&child);
    if !filled_up && !region.present.contains(&child) {
        return None;
    }
    let parent_table = facts.base_table(parent)?.table;
    let child_table = facts.base_table(child)?.table;
    let mut pairs: Vec<Pair<'b>> = own
        .iter()
        .filter_map(|conjunct| {
            let (key, column) = facts.column_pair(conjunct, parent)?;
            (column.relation == child).then(|| pair(context, conjunct, key, column))?
        })
        .collect();
    pairs.extend(fixed_alike(context, parent, child, region, own));
    facts
        .foreign_keys(child_table, parent_table)
        .find_map(|(key, wanted)| {
            let used: Vec<&Pair<'b>> = wanted
                .iter()
                .map(|ids| pairs.iter().find(|pair| pair.ids == *ids))
                .collect::<Option<_>>()?;
            let conditions: Vec<&'b Expr> = used.iter().map(|pair| pair.conjunct).collect();
            let stands_in: BTreeMap<usize, ColumnRef> = used
                .iter()
                .map(|pair| (pair.key.column, pair.column))
                .collect();
            let settled: Vec<&Expr> = conditions.iter().chain(gone).copied().collect();
            let key_is_read = reads_of_key(context, parent, &settled, &stands_in)?;
            // with NULL in a part of a composite key the row has no partner, whatever MATCH says
            let nullable = stands_in
                .values()
                .copied()
                .filter(|column| filled_up || facts.column_may_be_null(*column))
                .collect();
            Some(Proof {
                constraint: key.name.clone(),
                child,
                conditions,
                stands_in,
                key_is_read,
                nullable,
            })
        })
}

/// Columns of the parent that a condition fixes to the very value that another fixes a column of the child to.
fn fixed_alike<'b>(
    context: &StatementContext<'_>,
    parent: RelationId,
    child: RelationId,
    region: &InnerRegion<'b>,
    own: &[&'b Expr],
) -> Vec<Pair<'b>> {
    let facts = &context.facts;
    let fixed = |conjunct: &'b Expr, relation: RelationId| {
        let (left, right) = as_equality(conjunct)?;
        let (column, value) = match (left.as_column(), right.as_column()) {
            (Some(column), _) if column.relation == relation => (column, right),
            (_, Some(column)) if column.relation == relation => (column, left),
            _ => return None,
        };
        let constant = value.is_constant() && !facts.is_volatile(value);
        constant.then_some((column, value))
    };
    own.iter()
        .filter_map(|conjunct| Some((*conjunct, fixed(conjunct, parent)?)))
        .flat_map(|(conjunct, (key, value))| {
            let of_child = region
                .conditions
                .iter()
                .filter_map(|other| fixed(other, child));
            of_child
                .filter(move |(_, other)| *other == value)
                .filter_map(move |(column, _)| pair(context, conjunct, key, column))
        })
        .collect()
}

/// A condition that compares a column of the child with one of the parent, or fixes both to one value.
struct Pair<'b> {
    conjunct: &'b Expr,
    key: ColumnRef,
    column: ColumnRef,
    /// The table columns: the child's and the parent's.
    ids: (ColumnId, ColumnId),
}

fn pair<'b>(
    context: &StatementContext<'_>,
    conjunct: &'b Expr,
    key: ColumnRef,
    column: ColumnRef,
) -> Option<Pair<'b>> {
    let (_, child_id) = context.facts.base_column(column)?;
    let (_, parent_id) = context.facts.base_column(key)?;
    Some(Pair {
        conjunct,
        key,
        column,
        ids: (child_id, parent_id),
    })
}

/// Whether something but `settled` conditions reads the relation; `None` where it reads more than the columns that another
/// relation's stand in for.
fn reads_of_key(
    context: &StatementContext<'_>,
    parent: RelationId,
    settled: &[&Expr],
    stands_in: &BTreeMap<usize, ColumnRef>,
) -> Option<bool> {
    let mut read = false;
    for reference in context.facts.references(&BTreeSet::from([parent]), &[]) {
        if is_one_of(reference.expr, settled) {
            continue;
        }
        read = true;
        let replaceable = !reference.expr.any(&|part| match part.kind {
            ExprKind::WholeRow(relation) => relation == parent,
            ExprKind::Column(column) if column.relation == parent => stands_in
                .get(&column.column)
                .is_none_or(|other| !is_same_value(context, column, *other)),
            _ => false,
        });
        if !replaceable {
            return None;
        }
    }
    Some(read)
}

/// Whether two columns that are equal show the same value: not so where a type has several spellings of one value
/// (1.0 and 1.00), or a collation calls different strings equal.
fn is_same_value(context: &StatementContext<'_>, a: ColumnRef, b: ColumnRef) -> bool {
    let column = |column: ColumnRef| {
        let (table, id) = context.facts.base_column(column)?;
        Some(context.catalog.table(table).column(id))
    };
    let (Some(a), Some(b)) = (column(a), column(b)) else {
        return false;
    };
    let base = context.catalog.base_type(&a.data_type);
    let one_spelling = base.is_integer()
        || matches!(
            base,
            Type::Bool
                | Type::Uuid
                | Type::Date
                | Type::Timestamp
                | Type::TimestampTz
                | Type::Text
                | Type::Varchar(_)
                | Type::Char(_)
                | Type::Enum(_)
        );
    a.data_type == b.data_type && one_spelling && a.collation.is_none() && b.collation.is_none()
}
