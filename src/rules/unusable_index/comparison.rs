//! The comparisons of a block that an index could answer: a side computed from one table's columns, and values.

use std::collections::BTreeSet;

use crate::catalog::{Table, TableId};
use crate::query::{
    BinaryOp, Block, BlockRole, ColumnRef, Distinct, Expr, ExprKind, Join, JoinKind, LikeKind,
    QueryBody, QueryExpressionId, RelationId, RelationSource,
};
use crate::rules::StatementContext;

/// What a key is compared with.
#[derive(Debug, Clone)]
pub(in crate::rules) enum Test<'q> {
    /// The operator with the key on its left.
    Compare(BinaryOp, &'q Expr),
    In(&'q [Expr]),
    Between(&'q Expr, &'q Expr),
    /// `= ANY (array)`
    AnyOf(&'q Expr),
    /// `IN (SELECT ...)`
    InSubquery(QueryExpressionId),
    /// LIKE, ILIKE.
    Like {
        pattern: &'q Expr,
        case_insensitive: bool,
        /// Whether ESCAPE is written.
        escaped: bool,
    },
    /// `~`, `~*`
    Regex {
        pattern: &'q Expr,
        case_insensitive: bool,
    },
    /// SIMILAR TO, without ESCAPE.
    Similar {
        pattern: &'q Expr,
    },
    /// `LIKE ANY (array)`, `ILIKE ANY (array)`
    LikeAny {
        patterns: &'q Expr,
        case_insensitive: bool,
    },
}

impl Test<'_> {
    fn is_pattern(&self) -> bool {
        matches!(
            self,
            Self::Like { .. } | Self::Regex { .. } | Self::Similar { .. } | Self::LikeAny { .. }
        )
    }
}

/// A conjunct that compares a key of one table with values that do not come from the same row.
pub(in crate::rules) struct Comparison<'q> {
    pub conjunct: &'q Expr,
    /// As it stands in the text.
    pub written: &'q Expr,
    /// The same over the columns of tables, derived tables and views resolved.
    pub key: Expr,
    pub test: Test<'q>,
    /// The relation of the block that the key is over.
    pub outer: RelationId,
    /// Whose columns the key holds.
    pub relation: RelationId,
    pub table: TableId,
    /// The relation to name: the innermost one of the statement's own text.
    pub shown: RelationId,
    /// All conditions that hold beside this one where it is checked, resolved.
    pub beside: Vec<Expr>,
    /// Relations of the same block that the values come from.
    pub depends: BTreeSet<RelationId>,
    /// Whether values come from a block around this one, so that the key is looked up for each of its rows.
    pub correlated: bool,
    /// Whether the text says of the key what is done with the table's columns, by the names that a derived table, view
    /// or CTE gives them: the comparison can be written otherwise where it stands.
    pub can_be_rewritten: bool,
}

impl<'q> Comparison<'q> {
    /// The key as a bare column.
    pub fn column(&self) -> Option<ColumnRef> {
        self.key.as_column()
    }

    /// The value expressions.
    pub fn values(&self) -> Vec<&'q Expr> {
        match &self.test {
            Test::Compare(_, value) | Test::AnyOf(value) => vec![value],
            Test::In(list) => list.iter().collect(),
            Test::Between(low, high) => vec![low, high],
            Test::Like { pattern, .. }
            | Test::Regex { pattern, .. }
            | Test::Similar { pattern }
            | Test::LikeAny {
                patterns: pattern, ..
            } => vec![pattern],
            Test::InSubquery(_) => Vec::new(),
        }
    }

    /// Whether it asks for single values: `=`, IN, = ANY.
    pub fn is_equality(&self) -> bool {
        !matches!(self.test, Test::Between(..)) && !self.is_pattern() && !self.is_range()
    }

    /// Whether it is LIKE, SIMILAR TO or a regular expression.
    pub fn is_pattern(&self) -> bool {
        self.test.is_pattern()
    }

    fn is_range(&self) -> bool {
        matches!(&self.test, Test::Compare(op, _) if op.is_range())
    }

    /// Whether the key stands in the text as it is over the table: edits of it are edits of the query.
    pub fn is_direct(&self) -> bool {
        self.outer == self.relation && self.written.reads_only(self.relation)
    }

    /// The table that the key belongs to.
    pub fn table<'a>(&self, context: &StatementContext<'a>) -> &'a Table {
        context.catalog.table(self.table)
    }
}

/// A condition of a block, resolved, and where it is checked.
pub(in crate::rules) struct PlacedCondition<'q> {
    pub conjunct: &'q Expr,
    pub resolved: Expr,
    /// The outer join in whose ON it stands.
    outer_join: Option<&'q Join>,
}

/// All conditions of a block that pick rows of its relations; read once for all rules.
pub(super) fn placed_conditions<'c, 'q>(
    context: &'c StatementContext<'q>,
    block: &Block,
) -> &'c [PlacedCondition<'q>] {
    let query: &'q crate::query::Query = context.query;
    let of_blocks = context.placed_conditions.get_or_init(|| {
        let blocks = query.blocks.iter();
        blocks.map(|block| read_placed(context, block)).collect()
    });
    of_blocks.get(block.id.0).map_or(&[], Vec::as_slice)
}

fn read_placed<'q>(context: &StatementContext<'_>, block: &'q Block) -> Vec<PlacedCondition<'q>> {
    let mut placed = Vec::new();
    let mut add = |conjunct: &'q Expr, outer_join: Option<&'q Join>| {
        placed.push(PlacedCondition {
            conjunct,
            resolved: resolve(context, conjunct),
            outer_join,
        });
    };
    for conjunct in &block.filter {
        add(conjunct, None);
    }
    for join in block.joins() {
        let outer = match join.kind {
            JoinKind::Inner | JoinKind::Cross => None,
            JoinKind::Left | JoinKind::Right | JoinKind::Full => Some(join),
        };
        for conjunct in &join.on {
            add(conjunct, outer);
        }
    }
    placed
}

/// Whether a condition in the ON of an outer join picks rows of a relation: it is on the side that may stay unmatched.
fn picks(condition: &PlacedCondition<'_>, relation: RelationId) -> bool {
    let Some(join) = condition.outer_join else {
        return true;
    };
    match join.kind {
        JoinKind::Left => join.right.relations().contains(&relation),
        JoinKind::Right => join.left.relations().contains(&relation),
        _ => false,
    }
}

/// The comparisons of all blocks of the statement's own text; read once for all rules.
pub(super) fn comparisons<'c, 'q>(context: &'c StatementContext<'q>) -> &'c [Comparison<'q>] {
    context
        .comparisons
        .get_or_init(|| read_comparisons(context))
}

fn read_comparisons<'q>(context: &StatementContext<'q>) -> Vec<Comparison<'q>> {
    let query: &'q crate::query::Query = context.query;
    let mut found = Vec::new();
    for block in query.own_blocks() {
        if block.role == BlockRole::Merge {
            continue;
        }
        let placed = placed_conditions(context, block);
        for (at, condition) in placed.iter().enumerate() {
            for (written, test) in sides(condition.conjunct) {
                found.extend(read(context, block, placed, at, written, test));
            }
        }
    }
    found
}

/// Longer chains of OR are lists of values.
const MOST_ARMS: usize = 50;

/// The comparisons that are arms of an OR in which each arm compares something made of the same columns; read once for all
/// rules.
pub(super) fn arms_over_one_key<'c, 'q>(
    context: &'c StatementContext<'q>,
) -> &'c [Vec<Comparison<'q>>] {
    context.arms_over_one_key.get_or_init(|| {
        read_arms(context, |condition, arms| {
            arms.len() <= MOST_ARMS && condition.resolved.columns().len() == 1
        })
    })
}

/// The comparisons that are arms of an OR in which each arm is a pattern on the same relation: `a LIKE x OR b LIKE x`.
pub(super) fn pattern_arms<'q>(context: &StatementContext<'q>) -> Vec<Comparison<'q>> {
    let is_pattern = |arm: &Expr| {
        sides(arm)
            .first()
            .is_some_and(|(_, test)| test.is_pattern())
    };
    let same = |arms: &Vec<Comparison<'_>>| {
        arms.windows(2)
            .all(|pair| pair[0].relation == pair[1].relation)
    };
    read_arms(context, |_, arms| arms.iter().all(is_pattern))
        .into_iter()
        .filter(same)
        .flatten()
        .collect()
}

/// The arms of each wanted OR of which all are comparisons.
fn read_arms<'q>(
    context: &StatementContext<'q>,
    wanted: impl Fn(&PlacedCondition<'q>, &[Expr]) -> bool,
) -> Vec<Vec<Comparison<'q>>> {
    let query: &'q crate::query::Query = context.query;
    let mut found = Vec::new();
    for block in query.own_blocks() {
        if block.role == BlockRole::Merge {
            continue;
        }
        let placed = placed_conditions(context, block);
        for (at, condition) in placed.iter().enumerate() {
            let ExprKind::Or(arms) = &condition.conjunct.kind else {
                continue;
            };
            if !wanted(condition, arms) {
                continue;
            }
            let read: Option<Vec<Comparison<'q>>> = arms
                .iter()
                .map(|arm| {
                    let mut comparison = sides(arm).into_iter().find_map(|(written, test)| {
                        read(context, block, placed, at, written, test)
                    })?;
                    comparison.conjunct = arm;
                    Some(comparison)
                })
                .collect();
            found.extend(read);
        }
    }
    found
}

/// A conjunct with each side in turn as the key.
pub(super) fn sides(conjunct: &Expr) -> Vec<(&Expr, Test<'_>)> {
    match &conjunct.kind {
        ExprKind::Binary { op, left, right } if op.is_comparison() && *op != BinaryOp::NotEq => {
            let mut sides = vec![(&**left, Test::Compare(op.clone(), right))];
            if let Some(commuted) = op.commuted() {
                sides.push((&**right, Test::Compare(commuted, left)));
            }
            sides
        }
        ExprKind::InList {
            operand,
            list,
            negated: false,
        } => vec![(operand, Test::In(list))],
        ExprKind::Between {
            operand,
            low,
            high,
            negated: false,
        } => vec![(operand, Test::Between(low, high))],
        ExprKind::QuantifiedArray {
            op: BinaryOp::Eq,
            operand,
            array,
            all: false,
        } => vec![(operand, Test::AnyOf(array))],
        ExprKind::InSubquery {
            operand,
            query,
            negated: false,
        } => vec![(operand, Test::InSubquery(*query))],
        ExprKind::Like {
            operand,
            pattern,
            escape,
            kind: kind @ (LikeKind::Like | LikeKind::ILike),
            negated: false,
        } => vec![(
            operand,
            Test::Like {
                pattern,
                case_insensitive: *kind == LikeKind::ILike,
                escaped: escape.is_some(),
            },
        )],
        ExprKind::Like {
            operand,
            pattern,
            escape: None,
            kind: LikeKind::SimilarTo,
            negated: false,
        } => vec![(operand, Test::Similar { pattern })],
        ExprKind::QuantifiedArray {
            op: BinaryOp::Other(symbol),
            operand,
            array,
            all: false,
        } if matches!(symbol.as_str(), "~~" | "~~*") => vec![(
            operand,
            Test::LikeAny {
                patterns: array,
                case_insensitive: symbol == "~~*",
            },
        )],
        ExprKind::Binary {
            op:
                BinaryOp::Regex {
                    case_insensitive,
                    negated: false,
                },
            left,
            right,
        } => vec![(
            left,
            Test::Regex {
                pattern: right,
                case_insensitive: *case_insensitive,
            },
        )],
        _ => Vec::new(),
    }
}

fn read<'q>(
    context: &StatementContext<'q>,
    block: &'q Block,
    placed: &[PlacedCondition<'q>],
    at: usize,
    written: &'q Expr,
    test: Test<'q>,
) -> Option<Comparison<'q>> {
    let mut relations = written.relations().into_iter();
    let (outer, None) = (relations.next()?, relations.next()) else {
        return None;
    };
    let own = block.relations();
    if !own.contains(&outer)
        || !picks(placed.get(at)?, outer)
        || written.has_subquery()
        || context.facts.is_volatile(written)
    {
        return None;
    }
    let key = resolve(context, written);
    let mut inner = key.relations().into_iter();
    let (relation, None) = (inner.next()?, inner.next()) else {
        return None;
    };
    let RelationSource::Table(table) = context.query.relation(relation).source else {
        return None;
    };
    let mut comparison = Comparison {
        conjunct: placed.get(at)?.conjunct,
        written,
        key,
        test,
        outer,
        relation,
        table,
        shown: shown_relation(context, outer, relation),
        beside: Vec::new(),
        depends: BTreeSet::new(),
        correlated: false,
        can_be_rewritten: written.columns().into_iter().all(|column| {
            let shown = Expr::new(ExprKind::Column(column), written.span);
            resolve(context, &shown).as_column().is_some()
        }),
    };
    for value in comparison.values() {
        let from = value.relations();
        if from.contains(&outer) || context.facts.is_volatile(value) {
            return None;
        }
        comparison.correlated |= from.iter().any(|relation| !own.contains(relation));
        comparison
            .depends
            .extend(from.into_iter().filter(|relation| own.contains(relation)));
    }
    comparison.beside = placed
        .iter()
        .enumerate()
        .filter(|(other, condition)| *other != at && picks(condition, outer))
        .map(|(_, condition)| condition.resolved.clone())
        .collect();
    comparison.beside.extend(inner_conditions(context, outer));
    Some(comparison)
}

/// The relation to name in a finding about `inner`, which `outer` shows.
fn shown_relation(
    context: &StatementContext<'_>,
    outer: RelationId,
    inner: RelationId,
) -> RelationId {
    let block = context.query.relation(inner).block;
    if context.query.block(block).view.is_some() {
        outer
    } else {
        inner
    }
}

/// The conditions inside of a derived table, view or CTE that is read as a plain selection.
fn inner_conditions(context: &StatementContext<'_>, relation: RelationId) -> Vec<Expr> {
    let Some(block) = selection(context, relation) else {
        return Vec::new();
    };
    let mut conditions: Vec<Expr> = context
        .facts
        .passed_conditions(block)
        .map(|conjunct| resolve(context, conjunct))
        .collect();
    for inner in block.relations() {
        conditions.extend(inner_conditions(context, inner));
    }
    conditions
}

/// The block of a relation that PostgreSQL pulls up, or pushes conditions into: one that only selects and projects.
/// Source: is_simple_subquery of prepjointree.c, and inline_cte of subselect.c.
fn selection<'q>(context: &StatementContext<'q>, relation: RelationId) -> Option<&'q Block> {
    let query: &'q crate::query::Query = context.query;
    let id = match query.relation(relation).source {
        RelationSource::Derived(id) | RelationSource::View { query: id, .. } => id,
        RelationSource::Cte(cte) => {
            let cte = query.cte(cte);
            let inlined = match cte.materialized {
                Some(materialized) => !materialized,
                None => cte.references.len() == 1,
            };
            if cte.recursive || !inlined {
                return None;
            }
            cte.query
        }
        _ => return None,
    };
    let expression = query.expression(id);
    if expression.limit.is_some() || expression.offset.is_some() || expression.locks() {
        return None;
    }
    let QueryBody::Select(block) = expression.body else {
        return None;
    };
    let block = query.block(block);
    (block.distinct == Distinct::No && context.facts.shows_rows_of_from(block)).then_some(block)
}

/// An expression over the columns of tables, where its relations only select and project.
pub(super) fn resolve(context: &StatementContext<'_>, expr: &Expr) -> Expr {
    expr.map_columns(&|column| {
        let inner = selection(context, column.relation)
            .and_then(|block| block.select.get(column.column))
            .map(|item| resolve(context, &item.expr));
        inner.map_or(ExprKind::Column(column), |inner| inner.kind)
    })
}
