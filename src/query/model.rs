use std::sync::Arc;

use crate::catalog::{ColumnId, TableId, Type};
use crate::source::{PlacedToken, SourceFile, Span};

use super::{BinaryOp, Expr, SortKey};

/// Number of a relation in [`Query::relations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub usize);

/// Number of a block in [`Query::blocks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub usize);

/// Number of a query expression in [`Query::expressions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryExpressionId(pub usize);

/// Number of a CTE in [`Query::ctes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CteId(pub usize);

/// A statement, understood: every part bound to what it means.
#[derive(Debug, Clone)]
pub struct Query {
    pub file: Arc<SourceFile>,
    /// The statement's text, without its semicolon.
    pub span: Span,
    /// Number of the statement in its file, from 1.
    pub number: usize,
    /// `-- name: X` above it.
    pub name: Option<String>,
    pub kind: StatementKind,
    /// All SELECTs, and the FROM/WHERE part of UPDATE, DELETE and MERGE.
    pub blocks: Vec<Block>,
    pub relations: Vec<Relation>,
    pub expressions: Vec<QueryExpression>,
    pub ctes: Vec<Cte>,
    /// Names that mean nothing in the schema.
    pub problems: Vec<BindProblem>,
    /// Whether a name in an expression could not be resolved, so that nobody knows what it reads.
    pub has_unresolved: bool,
    /// Tokens of the statement, without white space and comments; spans as in the file.
    pub tokens: Vec<PlacedToken>,
}

#[derive(Debug, Clone)]
pub enum StatementKind {
    Select(QueryExpressionId),
    Insert {
        target: Option<TableId>,
        /// Columns written, in order; empty where none are named.
        columns: Vec<ColumnId>,
        source: Option<QueryExpressionId>,
        /// Holds RETURNING and ON CONFLICT expressions; its only relation is the target.
        block: BlockId,
    },
    Update {
        target: RelationId,
        block: BlockId,
        /// Columns written.
        columns: Vec<ColumnId>,
    },
    Delete {
        target: RelationId,
        block: BlockId,
    },
    Merge {
        target: RelationId,
        block: BlockId,
    },
    /// DDL and all else that reads no rows by a plan of its own.
    Other,
}

impl Query {
    /// No statement at all: what follows from the schema alone is asked beside it.
    pub fn none() -> Self {
        Self {
            file: SourceFile::new("", ""),
            span: Span::default(),
            number: 0,
            name: None,
            kind: StatementKind::Other,
            blocks: Vec::new(),
            relations: Vec::new(),
            expressions: Vec::new(),
            ctes: Vec::new(),
            problems: Vec::new(),
            has_unresolved: false,
            tokens: Vec::new(),
        }
    }
}

/// The rows that `FOR UPDATE` and the like lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowLocks {
    None,
    /// Of all relations.
    All,
    /// Of the relations that the clauses name (`OF`), by alias.
    Of(Vec<String>),
}

impl QueryExpression {
    /// Whether rows are locked.
    pub fn locks(&self) -> bool {
        self.row_locks != RowLocks::None
    }
}

/// WITH, a body, ORDER BY, LIMIT and OFFSET: what stands in one pair of parentheses.
#[derive(Debug, Clone)]
pub struct QueryExpression {
    pub id: QueryExpressionId,
    pub ctes: Vec<CteId>,
    pub body: QueryBody,
    pub order_by: Vec<SortKey>,
    pub limit: Option<Limit>,
    /// Rows skipped.
    pub offset: Option<Expr>,
    pub row_locks: RowLocks,
    pub output: Vec<OutputColumn>,
    /// From its first keyword to its last token, parentheses left out.
    pub span: Span,
    /// From `ORDER` to the end of the last key.
    pub order_by_span: Option<Span>,
    /// From `LIMIT` / `FETCH` / `OFFSET`, whichever comes first, to the end of the last.
    pub limit_span: Option<Span>,
    /// The block around it; `None` at the top and in a CTE of the top.
    pub parent: Option<BlockId>,
    /// The view whose text it is.
    pub view: Option<TableId>,
    pub reader: Reader,
}

/// Who reads the rows of a query expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The client, or the table that an INSERT fills.
    Client,
    /// A relation in FROM.
    Relation(RelationId),
    Cte(CteId),
    /// EXISTS (...): only whether there is a row.
    Exists,
    /// IN, = ANY, or another ANY/ALL: which values there are, not how often.
    Membership,
    /// A value: at most one row.
    Scalar,
    /// ARRAY(SELECT ...): all rows.
    Array,
    /// A set operation; `all` is false where it removes duplicates.
    SetOperation {
        parent: QueryExpressionId,
    },
}

#[derive(Debug, Clone)]
pub struct Limit {
    /// `None` for LIMIT ALL and LIMIT NULL.
    pub count: Option<Expr>,
    pub with_ties: bool,
}

#[derive(Debug, Clone)]
pub enum QueryBody {
    Select(BlockId),
    SetOperation {
        operator: SetOperator,
        all: bool,
        left: QueryExpressionId,
        right: QueryExpressionId,
        /// From the operator's keyword to the end of ALL or DISTINCT where written.
        operator_span: Span,
    },
    /// A query expression in parentheses, with its own ORDER BY or LIMIT.
    Nested(QueryExpressionId),
    Values(Vec<Vec<Expr>>),
    /// INSERT, UPDATE or DELETE in a CTE; the block holds its RETURNING as output.
    Write(BlockId),
    /// Something that could not be understood.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// An output column of a query expression.
#[derive(Debug, Clone)]
pub struct OutputColumn {
    pub name: String,
    pub data_type: Option<Type>,
}

/// One SELECT, or the part of an UPDATE, DELETE or MERGE that finds rows.
#[derive(Debug, Clone)]
pub struct Block {
    pub id: BlockId,
    pub role: BlockRole,
    /// The query expression whose body it is; for writes outside of a CTE, `None`.
    pub expression: Option<QueryExpressionId>,
    pub distinct: Distinct,
    pub select: Vec<SelectItem>,
    /// Items of FROM, separated by commas; for UPDATE, DELETE and MERGE the target comes first.
    pub from: Vec<JoinTree>,
    /// The whole texts of the items, parentheses included.
    pub from_spans: Vec<Span>,
    /// Conjuncts of WHERE.
    pub filter: Vec<Expr>,
    pub group_by: GroupBy,
    /// Conjuncts of HAVING.
    pub having: Vec<Expr>,
    /// Named windows, SET expressions, ON CONFLICT and MERGE actions: read columns, filter no rows of this block.
    pub other: Vec<Expr>,
    /// From `SELECT` (UPDATE, DELETE, MERGE) to the block's last token.
    pub span: Span,
    pub clauses: ClauseSpans,
    /// The view whose text it is.
    pub view: Option<TableId>,
}

/// Where the clauses of a block stand; each from its keyword to its last token.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClauseSpans {
    /// `DISTINCT [ON (...)]`
    pub distinct: Option<Span>,
    /// The select list, without SELECT and DISTINCT.
    pub select: Option<Span>,
    pub from: Option<Span>,
    pub filter: Option<Span>,
    pub group_by: Option<Span>,
    pub having: Option<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockRole {
    Select,
    Insert,
    Update,
    Delete,
    Merge,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distinct {
    No,
    All,
    On(Vec<Expr>),
}

/// One column of a select list; `*` is one for each column it stands for.
#[derive(Debug, Clone)]
pub struct SelectItem {
    pub expr: Expr,
    pub name: String,
    /// Whether it comes from `*` or `t.*`.
    pub star: bool,
    /// The item with its alias; for a star, the star.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    None,
    /// Plain expressions (one grouping set); may be empty for `GROUP BY ()`.
    Expressions(Vec<Expr>),
    /// ROLLUP, CUBE or GROUPING SETS.
    Sets(GroupingSets),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupingSets {
    /// All expressions that occur.
    pub expressions: Vec<Expr>,
    /// For each set the numbers of its expressions; `None` where they are not spelled out (too many, or nested).
    pub sets: Option<Vec<Vec<usize>>>,
}

impl GroupBy {
    /// All grouping expressions.
    pub fn expressions(&self) -> &[Expr] {
        match self {
            Self::None => &[],
            Self::Expressions(list) => list,
            Self::Sets(sets) => &sets.expressions,
        }
    }
}

/// FROM as it is nested.
#[derive(Debug, Clone)]
pub enum JoinTree {
    Relation(RelationId),
    Join(Box<Join>),
}

#[derive(Debug, Clone)]
pub struct Join {
    pub kind: JoinKind,
    pub left: JoinTree,
    pub right: JoinTree,
    /// The sides' whole texts, parentheses included.
    pub left_span: Span,
    pub right_span: Span,
    /// Conjuncts of ON, and the equalities that USING or NATURAL stand for.
    pub on: Vec<Expr>,
    pub constraint: JoinConstraint,
    /// From the first keyword of the join (`LEFT`, `JOIN`, ...) to the end of its ON or USING.
    pub span: Span,
    /// The keywords alone: `LEFT OUTER JOIN`.
    pub keyword_span: Span,
    /// `ON condition` or `USING (...)`, where there is one.
    pub constraint_span: Option<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinConstraint {
    None,
    On,
    /// The merged columns by name.
    Using(Vec<String>),
    Natural(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

impl JoinTree {
    /// The relations in it, left to right.
    pub fn relations(&self) -> Vec<RelationId> {
        let mut relations = Vec::new();
        self.collect_relations(&mut relations);
        relations
    }

    fn collect_relations(&self, into: &mut Vec<RelationId>) {
        match self {
            Self::Relation(relation) => into.push(*relation),
            Self::Join(join) => {
                join.left.collect_relations(into);
                join.right.collect_relations(into);
            }
        }
    }

    /// All joins in it, outer before inner.
    pub fn joins(&self) -> Vec<&Join> {
        let mut joins = Vec::new();
        self.collect_joins(&mut joins);
        joins
    }

    fn collect_joins<'a>(&'a self, into: &mut Vec<&'a Join>) {
        if let Self::Join(join) = self {
            into.push(join);
            join.left.collect_joins(into);
            join.right.collect_joins(into);
        }
    }
}

/// An item of FROM that has columns of its own.
#[derive(Debug, Clone)]
pub struct Relation {
    pub id: RelationId,
    pub block: BlockId,
    /// The alias as PostgreSQL stores it; the table's name where there is none.
    pub alias: String,
    /// Whether an alias was written.
    pub has_alias: bool,
    pub source: RelationSource,
    pub columns: Vec<RelationColumn>,
    /// False where the table is unknown: columns are then added as they are named.
    pub columns_known: bool,
    pub lateral: bool,
    /// `TABLESAMPLE`: reads a random part.
    pub sampled: bool,
    /// The whole item, alias included.
    pub span: Span,
    /// The name of the table or CTE, where it has one.
    pub name_span: Option<Span>,
}

#[derive(Debug, Clone)]
pub enum RelationSource {
    Table(TableId),
    /// A view, and its text, bound.
    View {
        table: TableId,
        query: QueryExpressionId,
    },
    Derived(QueryExpressionId),
    Cte(CteId),
    Function {
        /// Calls; several for ROWS FROM.
        calls: Vec<Expr>,
        with_ordinality: bool,
    },
    /// A table that the schema does not have.
    Unknown {
        schema: Option<String>,
        name: String,
    },
}

#[derive(Debug, Clone)]
pub struct RelationColumn {
    pub name: String,
    pub data_type: Option<Type>,
    /// For tables: the catalog's column. (Of views and derived tables the output column has the same number.)
    pub catalog: Option<ColumnId>,
}

#[derive(Debug, Clone)]
pub struct Cte {
    pub id: CteId,
    pub name: String,
    pub query: QueryExpressionId,
    /// Whether it reads itself.
    pub recursive: bool,
    pub materialized: Option<bool>,
    /// Relations that read it (its own recursive reference included).
    pub references: Vec<RelationId>,
    /// `name AS (...)`, whole.
    pub span: Span,
    pub view: Option<TableId>,
}

/// A name that means nothing.
#[derive(Debug, Clone)]
pub struct BindProblem {
    pub kind: BindProblemKind,
    pub span: Span,
    /// False where PostgreSQL may know the name though we do not: say nothing then.
    pub certain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindProblemKind {
    UnknownTable {
        name: String,
        nearest: Option<String>,
    },
    UnknownColumn {
        name: String,
        /// The relation that was named, where one was.
        relation: Option<String>,
        nearest: Option<String>,
    },
    AmbiguousColumn {
        name: String,
    },
}

impl Query {
    /// A relation by its number.
    pub fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0]
    }

    /// A block by its number.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0]
    }

    /// A query expression by its number.
    pub fn expression(&self, id: QueryExpressionId) -> &QueryExpression {
        &self.expressions[id.0]
    }

    /// A CTE by its number.
    pub fn cte(&self, id: CteId) -> &Cte {
        &self.ctes[id.0]
    }

    /// The catalog table of a relation, where it is an ordinary one.
    pub fn table_of(&self, relation: RelationId) -> Option<TableId> {
        match self.relation(relation).source {
            RelationSource::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The query expression that a relation reads: of a derived table, a view or a CTE.
    pub fn query_of(&self, relation: RelationId) -> Option<QueryExpressionId> {
        match self.relation(relation).source {
            RelationSource::Derived(query) | RelationSource::View { query, .. } => Some(query),
            RelationSource::Cte(cte) => Some(self.cte(cte).query),
            _ => None,
        }
    }

    /// The blocks that stand in the statement's own text, not in a view's.
    pub fn own_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.view.is_none())
    }

    /// Every expression of a block: FROM's conditions and function calls, WHERE, GROUP BY, HAVING, the select list, and
    /// the ORDER BY, LIMIT and OFFSET of its query expression. Subqueries are not entered.
    pub fn expressions_of<'a>(&'a self, block: &'a Block) -> Vec<&'a Expr> {
        let mut all: Vec<&Expr> = block.select.iter().map(|item| &item.expr).collect();
        if let Distinct::On(list) = &block.distinct {
            all.extend(list);
        }
        for relation in block.relations() {
            if let RelationSource::Function { calls, .. } = &self.relation(relation).source {
                all.extend(calls);
            }
        }
        for join in block.joins() {
            all.extend(&join.on);
        }
        all.extend(&block.filter);
        all.extend(block.group_by.expressions());
        all.extend(&block.having);
        all.extend(&block.other);
        if let Some(expression) = block.expression {
            all.extend(self.own_expressions_of(expression));
        }
        all
    }

    /// The ORDER BY, LIMIT and OFFSET expressions of a query expression, and the rows of its VALUES.
    pub fn own_expressions_of(&self, id: QueryExpressionId) -> Vec<&Expr> {
        let expression = self.expression(id);
        let mut all: Vec<&Expr> = expression.order_by.iter().map(|key| &key.expr).collect();
        if let Some(count) = expression
            .limit
            .as_ref()
            .and_then(|limit| limit.count.as_ref())
        {
            all.push(count);
        }
        all.extend(&expression.offset);
        if let QueryBody::Values(rows) = &expression.body {
            all.extend(rows.iter().flatten());
        }
        all
    }

    /// Whether a condition holds for an expression of some block, or for one inside it.
    pub(super) fn any_expression(&self, condition: &dyn Fn(&Expr) -> bool) -> bool {
        self.blocks.iter().any(|block| {
            self.expressions_of(block)
                .into_iter()
                .any(|expr| expr.any(condition))
        })
    }

    /// The statement's text.
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }

    /// Whether every table and column was found in the schema.
    pub fn fully_bound(&self) -> bool {
        self.problems.is_empty() && self.relations.iter().all(|relation| relation.columns_known)
    }
}

impl Block {
    /// The relations of FROM, left to right.
    pub fn relations(&self) -> Vec<RelationId> {
        self.from.iter().flat_map(JoinTree::relations).collect()
    }

    /// All joins of FROM, outer before inner.
    pub fn joins(&self) -> Vec<&Join> {
        self.from.iter().flat_map(JoinTree::joins).collect()
    }

    /// Whether it groups: GROUP BY, HAVING, or an aggregate in its select list.
    pub fn is_grouped(&self) -> bool {
        self.group_by != GroupBy::None
            || !self.having.is_empty()
            || self.select.iter().any(|item| item.expr.has_aggregate())
    }

    /// Whether it groups into one row whatever there is: aggregates without GROUP BY.
    pub fn is_single_group(&self) -> bool {
        match &self.group_by {
            GroupBy::None => self.is_grouped(),
            GroupBy::Expressions(list) => list.is_empty(),
            GroupBy::Sets(_) => false,
        }
    }
}

impl Join {
    /// Whether a side's rows may come out with NULLs instead: (left, right).
    pub fn nullable_sides(&self) -> (bool, bool) {
        match self.kind {
            JoinKind::Inner | JoinKind::Cross => (false, false),
            JoinKind::Left => (false, true),
            JoinKind::Right => (true, false),
            JoinKind::Full => (true, true),
        }
    }
}

/// An equality of two expressions.
pub fn as_equality(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match &expr.kind {
        super::ExprKind::Binary {
            op: BinaryOp::Eq,
            left,
            right,
        } => Some((left, right)),
        _ => None,
    }
}
