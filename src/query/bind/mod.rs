//! Binding: from sqlparser's syntax tree to the query model, every name resolved as PostgreSQL resolves it.

mod clauses;
mod expression;
mod from;
mod names;
mod query_expression;
mod scope;
mod write;

use std::rc::Rc;

use sqlparser::ast;

use crate::catalog::{Catalog, TableId};
use crate::source::{ParsedStatement, Span};

use super::extents::Extents;
use super::model::*;
use super::{Expr, ExprKind};
use scope::Scope;

/// The parts of a [`Query`] while they are built.
pub(super) struct Binder<'c> {
    catalog: &'c Catalog,
    extents: Extents,
    /// Innermost last.
    scopes: Vec<Scope>,
    /// Visible CTEs, innermost last.
    visible_ctes: Vec<(String, CteId)>,
    /// The views being bound, innermost last.
    views: Vec<TableId>,
    /// The block being bound.
    block: Option<BlockId>,
    blocks: Vec<Block>,
    relations: Vec<Relation>,
    expressions: Vec<QueryExpression>,
    ctes: Vec<Cte>,
    problems: Vec<BindProblem>,
    /// The output of a recursive CTE, known before its expression is bound.
    pending_output: Option<(QueryExpressionId, Vec<OutputColumn>)>,
    /// Named windows of the block being bound.
    windows: Vec<(String, super::Window)>,
}

/// What binding a statement gives.
pub(super) struct Bound {
    pub(super) kind: StatementKind,
    pub(super) blocks: Vec<Block>,
    pub(super) relations: Vec<Relation>,
    pub(super) expressions: Vec<QueryExpression>,
    pub(super) ctes: Vec<Cte>,
    pub(super) problems: Vec<BindProblem>,
    pub(super) tokens: Vec<crate::source::PlacedToken>,
}

/// Binds a statement whose text starts at byte `base` of its file.
pub(super) fn bind_statement(parsed: ParsedStatement, base: usize, catalog: &Catalog) -> Bound {
    let ParsedStatement {
        ast, tokens, lines, ..
    } = parsed;
    let mut binder = Binder::new(catalog, Extents::new(tokens, lines, base));
    let kind = binder.statement(&ast);
    Bound {
        kind,
        tokens: binder.extents.into_tokens(),
        blocks: binder.blocks,
        relations: binder.relations,
        expressions: binder.expressions,
        ctes: binder.ctes,
        problems: binder.problems,
    }
}

/// Binds an expression of the schema (an index predicate, a CHECK) over one table's columns, which belong to
/// `relation`.
pub(super) fn bind_table_expression(
    catalog: &Catalog,
    table: TableId,
    relation: RelationId,
    expr: &ast::Expr,
) -> Expr {
    let mut binder = Binder::new(catalog, Extents::fixed(Span::default()));
    let definition = catalog.table(table);
    let columns = definition
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            Rc::new(scope::NamedColumn {
                name: column.name.clone(),
                expr: Expr::typed(
                    ExprKind::Column(super::ColumnRef {
                        relation,
                        column: at,
                    }),
                    Span::default(),
                    Some(column.data_type.clone()),
                ),
            })
        })
        .collect::<Vec<_>>();
    binder.scopes.push(Scope {
        entries: vec![Rc::new(scope::Entry {
            schema: Some(definition.name.schema.clone()),
            alias: definition.name.name.clone(),
            columns: columns.as_slice().into(),
            relation: None,
        })],
        columns,
    });
    binder.expr(expr)
}

impl<'c> Binder<'c> {
    fn new(catalog: &'c Catalog, extents: Extents) -> Self {
        Self {
            catalog,
            extents,
            scopes: Vec::new(),
            visible_ctes: Vec::new(),
            views: Vec::new(),
            block: None,
            blocks: Vec::new(),
            relations: Vec::new(),
            expressions: Vec::new(),
            ctes: Vec::new(),
            problems: Vec::new(),
            pending_output: None,
            windows: Vec::new(),
        }
    }

    /// Whether names can be checked: a schema was given, and the text is the user's own.
    fn checks_names(&self) -> bool {
        self.views.is_empty() && self.catalog.tables().next().is_some()
    }

    fn statement(&mut self, statement: &ast::Statement) -> StatementKind {
        match statement {
            ast::Statement::Query(query) => {
                StatementKind::Select(self.query_expression(query, Reader::Client))
            }
            ast::Statement::Insert(_)
            | ast::Statement::Update(_)
            | ast::Statement::Delete(_)
            | ast::Statement::Merge(_) => self.write(statement, None),
            ast::Statement::Explain { statement, .. } => self.statement(statement),
            ast::Statement::Prepare { statement, .. } => self.statement(statement),
            ast::Statement::Declare { stmts, .. } => stmts
                .iter()
                .find_map(|declared| declared.for_query.as_ref())
                .map_or(StatementKind::Other, |query| {
                    StatementKind::Select(self.query_expression(query, Reader::Client))
                }),
            ast::Statement::CreateTable(create) => match &create.query {
                Some(query) => StatementKind::Select(self.query_expression(query, Reader::Client)),
                None => StatementKind::Other,
            },
            ast::Statement::CreateView(create) => {
                StatementKind::Select(self.query_expression(&create.query, Reader::Client))
            }
            _ => StatementKind::Other,
        }
    }

    fn new_block(&mut self, role: BlockRole, span: Span) -> BlockId {
        let id = BlockId(self.blocks.len());
        self.blocks.push(Block {
            id,
            role,
            expression: None,
            distinct: Distinct::No,
            select: Vec::new(),
            from: Vec::new(),
            from_spans: Vec::new(),
            filter: Vec::new(),
            group_by: GroupBy::None,
            having: Vec::new(),
            other: Vec::new(),
            span,
            clauses: ClauseSpans::default(),
            view: self.views.last().copied(),
        });
        id
    }

    /// Runs `bind` with a block as the current one.
    fn within_block<T>(&mut self, block: BlockId, bind: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.block.replace(block);
        let result = bind(self);
        self.block = outer;
        result
    }

    /// Runs `bind` with one more scope.
    fn within_scope<T>(&mut self, scope: Scope, bind: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(scope);
        let result = bind(self);
        self.scopes.pop();
        result
    }
}
