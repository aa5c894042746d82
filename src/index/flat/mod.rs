//! Blocks as the planner plans them: simple derived tables, views, CTEs that are read once, and EXISTS and IN
//! subqueries are pulled up into the block that reads them; conditions on the others are pushed down into them.
//! Source: prepjointree.c (pull_up_subqueries, pull_up_sublinks) and allpaths.c (subquery_push_qual).

mod flatten;
mod gather;
mod push_down;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::TableId;
use crate::query::{BlockId, Expr, QueryExpressionId, RelationId, SortKey};

pub use flatten::flat_blocks;
pub(super) use flatten::is_within;

/// Stands among the columns read of a relation for where its row lies (ctid), which no index tells.
pub(super) const ROW_ADDRESS: usize = usize::MAX;

/// How rows of a relation pair up with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    Inner,
    /// The nullable side of an outer join: drops no row of the other side.
    Outer,
    /// EXISTS and IN: at most one partner counts.
    Semi,
    /// NOT EXISTS.
    Anti,
}

/// A relation of a flat block.
#[derive(Debug, Clone)]
pub struct FlatRelation {
    pub id: RelationId,
    /// `None` for what is computed first: a materialized CTE, a grouped derived table, a function.
    pub table: Option<TableId>,
    /// What it reads, where it is computed first.
    pub query: Option<QueryExpressionId>,
    pub pairing: Pairing,
    /// The relation by which the user knows it: the reference to the view where it is inside of one.
    pub reported: RelationId,
}

/// A condition of a flat block.
#[derive(Debug, Clone)]
pub struct FlatCondition {
    /// Over the relations of the flat block, and of blocks around it.
    pub expr: Expr,
    /// The relations whose rows it may pick, where not all: ON of an outer join, NOT EXISTS.
    pub reach: Option<BTreeSet<RelationId>>,
    /// Relations that it sees only after an outer join has filled them up.
    pub late: BTreeSet<RelationId>,
}

impl FlatCondition {
    /// Whether it may pick the rows that are read of a relation.
    pub fn picks(&self, relation: RelationId) -> bool {
        self.reach
            .as_ref()
            .is_none_or(|reach| reach.contains(&relation))
            && !self.late.contains(&relation)
    }
}

/// The order in which a block's rows are wanted, with a number of rows after which the reader stops.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub order: Vec<SortKey>,
    /// `None`: all.
    pub rows: Option<f64>,
    /// Whether `rows` was not written as a number.
    pub rows_assumed: bool,
    /// `min(x)` or `max(x)`: the first row in that order is the answer.
    pub extreme: bool,
}

/// A block with everything that the planner pulls up into it.
#[derive(Debug, Clone)]
pub struct FlatBlock {
    pub block: BlockId,
    pub relations: Vec<FlatRelation>,
    pub conditions: Vec<FlatCondition>,
    pub wanted: Wanted,
    /// Whether grouping, DISTINCT or a window needs all rows before the first comes out.
    pub gathers: bool,
    /// Columns read of each relation, conditions included; [`ROW_ADDRESS`] where rows are written or locked.
    pub columns: BTreeMap<RelationId, BTreeSet<usize>>,
    /// Columns of outer blocks that it reads: it is computed for each of their rows.
    pub parameters: BTreeSet<RelationId>,
    pub grouping: Vec<Expr>,
    pub single_group: bool,
}
