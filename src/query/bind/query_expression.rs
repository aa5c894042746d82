use std::rc::Rc;

use sqlparser::ast::{self, SelectItemQualifiedWildcardKind, SetExpr, SetQuantifier, Spanned};

use crate::catalog::Type;
use crate::query::model::*;
use crate::query::{Expr, ExprKind, Literal, SortKey, Window};
use crate::source::Span;

use super::Binder;
use super::names::nearest;
use super::scope::{NamedColumn, Scope, fold};

const BODY_ENDS: &[&str] = &["order", "limit", "offset", "fetch", "for"];

impl Binder<'_> {
    /// Binds WITH ... body ORDER BY ... LIMIT.
    pub(super) fn query_expression(
        &mut self,
        query: &ast::Query,
        reader: Reader,
    ) -> QueryExpressionId {
        let span = self.level_from(self.start_of_query(query));
        let id = self.new_expression(span, reader);
        let visible = self.visible_ctes.len();
        let windows = std::mem::take(&mut self.windows);
        if let Some(with) = &query.with {
            let mut ctes = Vec::new();
            for cte in &with.cte_tables {
                ctes.push(self.cte(cte, with.recursive));
            }
            self.expressions[id.0].ctes = ctes;
        }
        let body_start = self.start_of_body(&query.body).unwrap_or(span.start);
        let body_span = self.up_to_word(Span::new(body_start, span.end), body_start, BODY_ENDS);
        let scope = self.body(id, &query.body, body_span);
        let order_by = self.order_by_clause(id, query, &scope);
        let (limit, offset, limit_span) = self.limit_clause(query, span);
        self.visible_ctes.truncate(visible);
        self.windows = windows;
        let order_by_span = order_by
            .iter()
            .map(|key| key.expr.span)
            .reduce(Span::union)
            .map(|keys| {
                let words = self
                    .extents
                    .with_words_after(keys, &["asc", "desc", "nulls", "first", "last"]);
                self.extents.with_words_before(words, &["by", "order"])
            });
        let expression = &mut self.expressions[id.0];
        expression.order_by = order_by;
        expression.limit = limit;
        expression.offset = offset;
        expression.limit_span = limit_span;
        expression.order_by_span = order_by_span;
        expression.row_locks = row_locks(&query.locks);
        id
    }

    fn new_expression(&mut self, span: Span, reader: Reader) -> QueryExpressionId {
        let id = QueryExpressionId(self.expressions.len());
        self.expressions.push(QueryExpression {
            id,
            ctes: Vec::new(),
            body: QueryBody::Unknown,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            row_locks: RowLocks::None,
            output: Vec::new(),
            span,
            order_by_span: None,
            limit_span: None,
            parent: self.block,
            view: self.views.last().copied(),
            reader,
        });
        id
    }

    fn cte(&mut self, cte: &ast::Cte, recursive: bool) -> CteId {
        let id = CteId(self.ctes.len());
        let name = fold(&cte.alias.name);
        let name_span = self.extents.place(cte.alias.name.span);
        let end = self.extents.place(cte.closing_paren_token.0.span);
        let span = match (name_span, end) {
            (Some(start), Some(end)) => start.union(end),
            _ => self.extents.fallback(),
        };
        self.ctes.push(Cte {
            id,
            name: name.clone(),
            query: QueryExpressionId(self.expressions.len()),
            recursive: false,
            materialized: match cte.materialized {
                Some(ast::CteAsMaterialized::Materialized) => Some(true),
                Some(ast::CteAsMaterialized::NotMaterialized) => Some(false),
                None => None,
            },
            references: Vec::new(),
            span,
            view: self.views.last().copied(),
        });
        if recursive {
            self.visible_ctes.push((name.clone(), id));
        }
        let outer = self.block.take();
        let names: Vec<String> = cte
            .alias
            .columns
            .iter()
            .map(|column| fold(&column.name))
            .collect();
        // a recursive arm reads the columns under the names that the CTE gives them
        let query = match (&*cte.query.body, recursive) {
            (SetExpr::SetOperation { left, .. }, true) => {
                self.recursive_cte(&cte.query, left, id, &names)
            }
            _ => self.query_expression(&cte.query, Reader::Cte(id)),
        };
        self.block = outer;
        for (column, name) in self.expressions[query.0].output.iter_mut().zip(&names) {
            column.name = name.clone();
        }
        self.ctes[id.0].query = query;
        self.ctes[id.0].recursive = recursive && !self.ctes[id.0].references.is_empty();
        if !recursive {
            self.visible_ctes.push((name, id));
        }
        id
    }

    /// The output of the first arm is known before the second arm is bound.
    fn recursive_cte(
        &mut self,
        query: &ast::Query,
        first: &SetExpr,
        id: CteId,
        names: &[String],
    ) -> QueryExpressionId {
        let probe_from = (
            self.expressions.len(),
            self.blocks.len(),
            self.relations.len(),
            self.ctes.len(),
            self.problems.len(),
        );
        let visible = self.visible_ctes.len();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                self.cte(cte, with.recursive);
            }
        }
        let span = self.extents.fallback();
        let probe = self.new_expression(span, Reader::Cte(id));
        self.body(probe, first, span);
        let mut output = self.expressions[probe.0].output.clone();
        for (column, name) in output.iter_mut().zip(names) {
            column.name = name.clone();
        }
        self.visible_ctes.truncate(visible);
        self.expressions.truncate(probe_from.0);
        self.blocks.truncate(probe_from.1);
        self.relations.truncate(probe_from.2);
        self.ctes.truncate(probe_from.3);
        self.problems.truncate(probe_from.4);
        for cte in &mut self.ctes {
            cte.references.retain(|relation| relation.0 < probe_from.2);
        }
        // the expression comes to stand at the same number that references look at
        let number = QueryExpressionId(self.expressions.len());
        self.ctes[id.0].query = number;
        self.recursive_outputs(number, output);
        let bound = self.query_expression(query, Reader::Cte(id));
        debug_assert_eq!(bound, number);
        bound
    }

    fn recursive_outputs(&mut self, number: QueryExpressionId, output: Vec<OutputColumn>) {
        self.pending_output = Some((number, output));
    }

    /// Binds a body into expression `id`; the scope that its ORDER BY sees beside the output.
    fn body(&mut self, id: QueryExpressionId, body: &SetExpr, span: Span) -> Scope {
        if let Some((number, output)) = self.pending_output.take() {
            if number == id {
                self.expressions[id.0].output = output;
            } else {
                self.pending_output = Some((number, output));
            }
        }
        match body {
            SetExpr::Select(select) => self.select(id, select, span),
            SetExpr::Query(query) => {
                let reader = self.expressions[id.0].reader;
                let nested = self.query_expression(query, reader);
                self.expressions[id.0].body = QueryBody::Nested(nested);
                self.expressions[id.0].output = self.expressions[nested.0].output.clone();
                Scope::default()
            }
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                let right_start = self.start_of_body(right);
                let operator_span = match right_start {
                    Some(start) => {
                        let words = self.extents.with_words_before(
                            Span::new(start, start),
                            &["union", "intersect", "except", "all", "distinct"],
                        );
                        match self.extents.before(start) {
                            Some(at) if words.start < start => {
                                Span::new(words.start, self.extents.span_of(at).end)
                            }
                            _ => span,
                        }
                    }
                    None => span,
                };
                let left_end = self
                    .extents
                    .before(operator_span.start)
                    .map_or(span.end, |at| self.extents.span_of(at).end);
                let all = matches!(set_quantifier, SetQuantifier::All);
                let left = self.arm(id, left, Span::new(span.start, left_end.max(span.start)));
                // in a recursive CTE the columns of the first arm are the CTE's
                if self.expressions[id.0].output.is_empty() {
                    self.expressions[id.0].output = self.expressions[left.0].output.clone();
                }
                let right = self.arm(
                    id,
                    right,
                    Span::new(right_start.unwrap_or(span.start), span.end),
                );
                let mut output = self.expressions[left.0].output.clone();
                for (column, other) in output.iter_mut().zip(&self.expressions[right.0].output) {
                    column.data_type =
                        common_type(column.data_type.take(), other.data_type.clone());
                }
                self.expressions[id.0].output = output;
                self.expressions[id.0].body = QueryBody::SetOperation {
                    operator: match op {
                        ast::SetOperator::Intersect => SetOperator::Intersect,
                        ast::SetOperator::Except | ast::SetOperator::Minus => SetOperator::Except,
                        ast::SetOperator::Union => SetOperator::Union,
                    },
                    all,
                    left,
                    right,
                    operator_span,
                };
                Scope::default()
            }
            SetExpr::Values(values) => {
                let rows: Vec<Vec<Expr>> = values
                    .rows
                    .iter()
                    .map(|row| row.content.iter().map(|expr| self.expr(expr)).collect())
                    .collect();
                let width = rows.first().map_or(0, Vec::len);
                self.expressions[id.0].output = (0..width)
                    .map(|at| OutputColumn {
                        name: format!("column{}", at + 1),
                        data_type: rows
                            .iter()
                            .filter_map(|row| row.get(at)?.data_type.clone())
                            .map(Some)
                            .reduce(common_type)
                            .flatten(),
                    })
                    .collect();
                self.expressions[id.0].body = QueryBody::Values(rows);
                Scope::default()
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                let kind = self.write(statement, Some(id));
                let block = match kind {
                    StatementKind::Insert { block, .. }
                    | StatementKind::Update { block, .. }
                    | StatementKind::Delete { block, .. }
                    | StatementKind::Merge { block, .. } => block,
                    _ => return Scope::default(),
                };
                self.expressions[id.0].body = QueryBody::Write(block);
                self.expressions[id.0].output = self.output_of(block);
                Scope::default()
            }
            SetExpr::Table(_) => Scope::default(),
        }
    }

    fn arm(&mut self, parent: QueryExpressionId, arm: &SetExpr, span: Span) -> QueryExpressionId {
        let reader = Reader::SetOperation { parent };
        match arm {
            SetExpr::Query(query) => self.query_expression(query, reader),
            _ => {
                let id = self.new_expression(span, reader);
                let windows = std::mem::take(&mut self.windows);
                self.body(id, arm, span);
                self.windows = windows;
                id
            }
        }
    }

    fn output_of(&self, block: BlockId) -> Vec<OutputColumn> {
        self.blocks[block.0]
            .select
            .iter()
            .map(|item| OutputColumn {
                name: item.name.clone(),
                data_type: item.expr.data_type.clone(),
            })
            .collect()
    }

    fn select(&mut self, id: QueryExpressionId, select: &ast::Select, span: Span) -> Scope {
        let block = self.new_block(BlockRole::Select, span);
        self.blocks[block.0].expression = Some(id);
        self.blocks[block.0].clauses = self.clause_spans(span);
        self.expressions[id.0].body = QueryBody::Select(block);
        self.within_block(block, |binder| {
            let (scope, trees) = binder.bind_from(&select.from, block);
            binder.blocks[block.0].from = trees;
            binder.within_scope(scope.clone(), |binder| {
                binder.windows = binder.named_windows(&select.named_window);
                let items = binder.select_items(&select.projection, &scope);
                binder.blocks[block.0].select = items;
                let distinct = match &select.distinct {
                    None | Some(ast::Distinct::All) => Distinct::No,
                    Some(ast::Distinct::Distinct) => Distinct::All,
                    Some(ast::Distinct::On(list)) => Distinct::On(
                        list.iter()
                            .map(|expr| binder.output_or_input(expr, block, false).0)
                            .collect(),
                    ),
                };
                let filter = select.selection.as_ref().map(|expr| binder.expr(expr));
                let group_by = binder.group_by(&select.group_by, block);
                let having = select.having.as_ref().map(|expr| binder.expr(expr));
                let other: Vec<Expr> = binder
                    .windows
                    .iter()
                    .flat_map(|(_, window)| {
                        window
                            .partition_by
                            .iter()
                            .cloned()
                            .chain(window.order_by.iter().map(|key| key.expr.clone()))
                    })
                    .collect();
                let target = &mut binder.blocks[block.0];
                target.distinct = distinct;
                target.filter = filter.map(Expr::into_conjuncts).unwrap_or_default();
                target.group_by = group_by;
                target.having = having.map(Expr::into_conjuncts).unwrap_or_default();
                target.other = other;
            });
            binder.expressions[id.0].output = binder.output_of(block);
            scope
        })
    }

    fn named_windows(&mut self, windows: &[ast::NamedWindowDefinition]) -> Vec<(String, Window)> {
        for definition in windows {
            let window = match &definition.1 {
                ast::NamedWindowExpr::NamedWindow(name) => self.window_by_name(&fold(name)),
                ast::NamedWindowExpr::WindowSpec(spec) => self.window_spec(spec),
            };
            self.windows.push((fold(&definition.0), window));
        }
        std::mem::take(&mut self.windows)
    }

    pub(super) fn window_by_name(&self, name: &str) -> Window {
        self.windows
            .iter()
            .find(|(known, _)| known == name)
            .map_or_else(
                || Window {
                    partition_by: Vec::new(),
                    order_by: Vec::new(),
                    frame: Some(name.to_owned()),
                },
                |(_, window)| window.clone(),
            )
    }

    pub(super) fn window_spec(&mut self, spec: &ast::WindowSpec) -> Window {
        let mut window = match &spec.window_name {
            Some(name) => self.window_by_name(&fold(name)),
            None => Window {
                partition_by: Vec::new(),
                order_by: Vec::new(),
                frame: None,
            },
        };
        window
            .partition_by
            .extend(spec.partition_by.iter().map(|expr| self.expr(expr)));
        window
            .order_by
            .extend(spec.order_by.iter().map(|key| self.sort_key(key, None)));
        if let Some(frame) = &spec.window_frame {
            window.frame = Some(format!(
                "{:?} {:?} {:?}",
                frame.units, frame.start_bound, frame.end_bound
            ));
        }
        window
    }

    /// The items of a select list, or of RETURNING.
    pub(super) fn select_items(
        &mut self,
        items: &[ast::SelectItem],
        scope: &Scope,
    ) -> Vec<SelectItem> {
        let mut bound = Vec::new();
        for item in items {
            match item {
                ast::SelectItem::UnnamedExpr(expr) => {
                    let expr = self.expr(expr);
                    bound.push(SelectItem {
                        name: self.output_name(&expr),
                        span: expr.span,
                        expr,
                        star: false,
                    });
                }
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    let expr = self.expr(expr);
                    let place = self.extents.place(alias.span).unwrap_or(expr.span);
                    bound.push(SelectItem {
                        name: fold(alias),
                        span: expr.span.union(place),
                        expr,
                        star: false,
                    });
                }
                ast::SelectItem::Wildcard(options) => {
                    let span = self
                        .extents
                        .place(options.wildcard_token.0.span)
                        .unwrap_or_else(|| self.extents.fallback());
                    self.star(&scope.columns, span, &mut bound);
                    for relation in scope.relations().collect::<Vec<_>>() {
                        self.open_star(relation, span, &mut bound);
                    }
                }
                ast::SelectItem::QualifiedWildcard(kind, options) => {
                    let star = self
                        .extents
                        .place(options.wildcard_token.0.span)
                        .unwrap_or_else(|| self.extents.fallback());
                    match kind {
                        SelectItemQualifiedWildcardKind::ObjectName(name) => {
                            let parts: Vec<String> = name
                                .0
                                .iter()
                                .filter_map(|part| part.as_ident())
                                .map(fold)
                                .collect();
                            let span = self
                                .extents
                                .place(name.span())
                                .map_or(star, |place| place.union(star));
                            let alias = parts.last().map_or("", String::as_str);
                            let schema = parts.len().checked_sub(2).map(|at| parts[at].as_str());
                            let entry = self
                                .scopes
                                .iter()
                                .rev()
                                .find_map(|scope| scope.entry(schema, alias))
                                .cloned();
                            match entry {
                                Some(entry) => {
                                    self.star(&entry.columns, span, &mut bound);
                                    if let Some(relation) = entry.relation {
                                        self.open_star(relation, span, &mut bound);
                                    }
                                }
                                None => self.report(
                                    BindProblemKind::UnknownTable {
                                        name: alias.to_owned(),
                                        nearest: None,
                                    },
                                    span,
                                ),
                            }
                        }
                        SelectItemQualifiedWildcardKind::Expr(expr) => {
                            let expr = self.expr(expr);
                            bound.push(SelectItem {
                                name: "?column?".to_owned(),
                                span: expr.span.union(star),
                                expr,
                                star: true,
                            });
                        }
                    }
                }
                ast::SelectItem::ExprWithAliases { expr, .. } => {
                    let expr = self.expr(expr);
                    bound.push(SelectItem {
                        name: "?column?".to_owned(),
                        span: expr.span,
                        expr,
                        star: false,
                    });
                }
            }
        }
        bound
    }

    fn star(&self, columns: &[Rc<NamedColumn>], span: Span, into: &mut Vec<SelectItem>) {
        for column in columns {
            let mut expr = column.expr.clone();
            expr.span = span;
            into.push(SelectItem {
                expr,
                name: column.name.clone(),
                star: true,
                span,
            });
        }
    }

    /// A star over a relation whose columns are not known reads all of it.
    fn open_star(&self, relation: RelationId, span: Span, into: &mut Vec<SelectItem>) {
        if !self.relations[relation.0].columns_known {
            into.push(SelectItem {
                expr: Expr::new(ExprKind::WholeRow(relation), span),
                name: "*".to_owned(),
                star: true,
                span,
            });
        }
    }

    /// The name that PostgreSQL gives an unnamed output column. Source: FigureColname in parse_target.c.
    fn output_name(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Column(column) => match self.relations.get(column.relation.0) {
                Some(relation) => relation.columns[column.column].name.clone(),
                None => "?column?".to_owned(),
            },
            ExprKind::Function(call) => call.name.rsplit('.').next().unwrap_or_default().to_owned(),
            ExprKind::Cast { operand, data_type } => match self.output_name(operand) {
                name if name == "?column?" => data_type.to_string(),
                name => name,
            },
            ExprKind::Collate { operand, .. } => self.output_name(operand),
            ExprKind::Case { otherwise, .. } => {
                match otherwise.as_ref().map(|expr| self.output_name(expr)) {
                    Some(name) if name != "?column?" => name,
                    _ => "case".to_owned(),
                }
            }
            ExprKind::Exists(_) => "exists".to_owned(),
            ExprKind::Array(_) | ExprKind::ArraySubquery(_) => "array".to_owned(),
            ExprKind::Row(_) => "row".to_owned(),
            ExprKind::WholeRow(relation) => self
                .relations
                .get(relation.0)
                .map_or_else(|| "?column?".to_owned(), |relation| relation.alias.clone()),
            ExprKind::ScalarSubquery(query) => self.expressions[query.0]
                .output
                .first()
                .map_or_else(|| "?column?".to_owned(), |column| column.name.clone()),
            ExprKind::Unresolved(parts) => parts.last().cloned().unwrap_or_default(),
            _ => "?column?".to_owned(),
        }
    }

    fn group_by(&mut self, group_by: &ast::GroupByExpr, block: BlockId) -> GroupBy {
        let ast::GroupByExpr::Expressions(list, modifiers) = group_by else {
            return GroupBy::Sets(GroupingSets::default());
        };
        if list.is_empty() && modifiers.is_empty() {
            return GroupBy::None;
        }
        let mut sets = !modifiers.is_empty();
        let mut bound = Vec::new();
        let mut spelled = modifiers.is_empty().then(|| vec![Vec::new()]);
        for expr in list {
            match expr {
                ast::Expr::GroupingSets(groups)
                | ast::Expr::Cube(groups)
                | ast::Expr::Rollup(groups) => {
                    sets = true;
                    let mut members = Vec::new();
                    for group in groups {
                        let start = bound.len();
                        bound.extend(
                            group
                                .iter()
                                .map(|expr| self.output_or_input(expr, block, true).0),
                        );
                        members.push((start..bound.len()).collect());
                    }
                    let nested = groups.iter().flatten().any(|expr| {
                        matches!(
                            expr,
                            ast::Expr::GroupingSets(_)
                                | ast::Expr::Cube(_)
                                | ast::Expr::Rollup(_)
                                | ast::Expr::Tuple(_)
                                | ast::Expr::Function(_)
                        )
                    });
                    let own = (!nested).then(|| grouping_sets(expr, &members)).flatten();
                    spelled = crossed(spelled, own);
                }
                ast::Expr::Tuple(members) => {
                    let start = bound.len();
                    bound.extend(
                        members
                            .iter()
                            .map(|expr| self.output_or_input(expr, block, true).0),
                    );
                    spelled = crossed(spelled, Some(vec![(start..bound.len()).collect()]));
                }
                // ROLLUP (a, b) may come as a call of a function of that name
                ast::Expr::Function(function)
                    if function.name.0.len() == 1
                        && matches!(
                            function.name.to_string().to_lowercase().as_str(),
                            "rollup" | "cube"
                        ) =>
                {
                    sets = true;
                    spelled = None;
                    let call = self.expr(expr);
                    bound.extend(call.children().into_iter().cloned());
                }
                _ => {
                    spelled = crossed(spelled, Some(vec![vec![bound.len()]]));
                    bound.push(self.output_or_input(expr, block, true).0);
                }
            }
        }
        if sets {
            GroupBy::Sets(GroupingSets {
                expressions: bound,
                sets: spelled,
            })
        } else {
            GroupBy::Expressions(bound)
        }
    }

    /// A key of GROUP BY, ORDER BY or DISTINCT ON: an output column by number or name, else an expression over the input.
    /// Source: findTargetlistEntrySQL92 in parse_clause.c: GROUP BY prefers an input column, ORDER BY an output name.
    fn output_or_input(
        &mut self,
        expr: &ast::Expr,
        block: BlockId,
        input_first: bool,
    ) -> (Expr, Option<usize>) {
        let items = &self.blocks[block.0].select;
        match expr {
            ast::Expr::Value(value) => {
                if let ast::Value::Number(number, _) = &value.value {
                    let at = number
                        .parse::<usize>()
                        .ok()
                        .and_then(|number| number.checked_sub(1));
                    if let Some(item) = at.and_then(|at| items.get(at)) {
                        let mut key = item.expr.clone();
                        key.span = self.extents.place(value.span).unwrap_or(key.span);
                        return (key, at);
                    }
                }
            }
            ast::Expr::Identifier(ident) => {
                let name = fold(ident);
                let hidden = input_first
                    && self.scopes.last().is_some_and(|scope| {
                        scope.columns.iter().any(|column| column.name == name)
                    });
                if !hidden && let Some(at) = items.iter().position(|item| item.name == name) {
                    let mut key = items[at].expr.clone();
                    key.span = self.extents.place(ident.span).unwrap_or(key.span);
                    return (key, Some(at));
                }
            }
            _ => {}
        }
        let bound = self.expr(expr);
        let at = self.blocks[block.0]
            .select
            .iter()
            .position(|item| item.expr == bound);
        (bound, at)
    }

    fn order_by_clause(
        &mut self,
        id: QueryExpressionId,
        query: &ast::Query,
        scope: &Scope,
    ) -> Vec<SortKey> {
        let Some(order_by) = &query.order_by else {
            return Vec::new();
        };
        let ast::OrderByKind::Expressions(keys) = &order_by.kind else {
            return Vec::new();
        };
        match self.expressions[id.0].body {
            QueryBody::Select(block) => self.within_block(block, |binder| {
                binder.within_scope(scope.clone(), |binder| {
                    keys.iter()
                        .map(|key| binder.sort_key(key, Some(block)))
                        .collect()
                })
            }),
            _ => keys
                .iter()
                .map(|key| self.output_sort_key(key, id))
                .collect(),
        }
    }

    /// An ORDER BY key of a set operation or VALUES: only output columns can be meant.
    fn output_sort_key(&mut self, key: &ast::OrderByExpr, id: QueryExpressionId) -> SortKey {
        let output = &self.expressions[id.0].output;
        let at = match &key.expr {
            ast::Expr::Identifier(ident) => {
                let name = fold(ident);
                output.iter().position(|column| column.name == name)
            }
            ast::Expr::Value(value) => match &value.value {
                ast::Value::Number(number, _) => {
                    number.parse::<usize>().ok().and_then(|n| n.checked_sub(1))
                }
                _ => None,
            },
            _ => None,
        };
        let span = self
            .extents
            .place(key.expr.span())
            .unwrap_or_else(|| self.extents.fallback());
        if let (None, ast::Expr::Identifier(ident)) = (at, &key.expr)
            && !output.is_empty()
            && output.iter().all(|column| column.name != "*")
        {
            let name = fold(ident);
            let nearest = nearest(&name, output.iter().map(|column| column.name.as_str()));
            self.report(
                BindProblemKind::UnknownColumn {
                    name,
                    relation: None,
                    nearest,
                },
                span,
            );
        }
        let expr = Expr::new(
            match at {
                Some(at) => ExprKind::Literal(Literal::Number((at + 1).to_string())),
                None => ExprKind::Unresolved(vec![key.expr.to_string()]),
            },
            span,
        );
        let (descending, nulls_first, nulls_written) = sort_options(&key.options);
        SortKey {
            expr,
            descending,
            nulls_first,
            nulls_written,
            output: at,
        }
    }

    pub(super) fn sort_key(&mut self, key: &ast::OrderByExpr, block: Option<BlockId>) -> SortKey {
        let (expr, output) = match block {
            Some(block) => self.output_or_input(&key.expr, block, false),
            None => (self.expr(&key.expr), None),
        };
        let (descending, nulls_first, nulls_written) = sort_options(&key.options);
        SortKey {
            expr,
            descending,
            nulls_first,
            nulls_written,
            output,
        }
    }

    fn limit_clause(
        &mut self,
        query: &ast::Query,
        span: Span,
    ) -> (Option<Limit>, Option<Expr>, Option<Span>) {
        let mut limit = None;
        let mut offset = None;
        if let Some(ast::LimitClause::LimitOffset {
            limit: count,
            offset: skipped,
            ..
        }) = &query.limit_clause
        {
            limit = count.as_ref().map(|count| Limit {
                count: Some(self.expr(count)).filter(|count| !count.is_null_literal()),
                with_ties: false,
            });
            offset = skipped.as_ref().map(|skipped| self.expr(&skipped.value));
        }
        if let Some(fetch) = &query.fetch {
            limit = Some(Limit {
                count: Some(fetch.quantity.as_ref().map_or_else(
                    || {
                        Expr::typed(
                            ExprKind::Literal(Literal::Number("1".to_owned())),
                            span,
                            Some(Type::Int4),
                        )
                    },
                    |quantity| self.expr(quantity),
                )),
                with_ties: fetch.with_ties,
            });
        }
        let limit_span = (limit.is_some() || offset.is_some())
            .then(|| {
                let at =
                    self.extents
                        .find_word(span.start, span.end, &["limit", "offset", "fetch"])?;
                let start = self.extents.span_of(at).start;
                let whole = Span::new(start, span.end);
                Some(self.up_to_word(whole, start, &["for"]))
            })
            .flatten();
        (limit, offset, limit_span)
    }
}

fn sort_options(options: &ast::OrderByOptions) -> (bool, bool, bool) {
    let descending = matches!(&options.sort, Some(ast::OrderBySort::Desc))
        || matches!(&options.sort, Some(ast::OrderBySort::Using(operator)) if operator.to_string().contains('>'));
    (
        descending,
        options.nulls_first.unwrap_or(descending),
        options.nulls_first.is_some(),
    )
}

fn row_locks(clauses: &[ast::LockClause]) -> RowLocks {
    if clauses.is_empty() {
        return RowLocks::None;
    }
    clauses
        .iter()
        .map(|clause| Some(fold(clause.of.as_ref()?.0.last()?.as_ident()?)))
        .collect::<Option<_>>()
        .map_or(RowLocks::All, RowLocks::Of)
}

/// The type of a set operation's column, from its arms.
fn common_type(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    match (left, right) {
        (Some(left), Some(right)) if left == right => Some(left),
        (Some(left), Some(right)) if left.is_numeric() && right.is_numeric() => {
            Some(crate::query::types::wider(&left, &right))
        }
        (Some(Type::Char(_)), Some(Type::Char(_))) => Some(Type::Char(0)),
        (Some(Type::Varchar(_)), Some(Type::Varchar(_))) => Some(Type::Varchar(None)),
        (Some(left), Some(right)) if left.is_string() && right.is_string() => Some(Type::Text),
        (Some(known), None) | (None, Some(known)) => Some(known),
        _ => None,
    }
}

/// More grouping sets are not spelled out.
const MOST_GROUPING_SETS: usize = 32;

/// The sets that GROUPING SETS, ROLLUP or CUBE over these groups of expressions stand for.
fn grouping_sets(expr: &ast::Expr, groups: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
    match expr {
        ast::Expr::GroupingSets(_) => Some(groups.to_vec()),
        ast::Expr::Rollup(_) => Some(
            (0..=groups.len())
                .rev()
                .map(|count| groups[..count].concat())
                .collect(),
        ),
        ast::Expr::Cube(_) if groups.len() <= 5 => Some(
            (0..1_usize << groups.len())
                .map(|chosen| {
                    groups
                        .iter()
                        .enumerate()
                        .filter(|(number, _)| chosen >> number & 1 == 1)
                        .flat_map(|(_, group)| group.iter().copied())
                        .collect()
                })
                .collect(),
        ),
        _ => None,
    }
}

/// Each set of the one list with each of the other, as the items of GROUP BY combine.
fn crossed(
    left: Option<Vec<Vec<usize>>>,
    right: Option<Vec<Vec<usize>>>,
) -> Option<Vec<Vec<usize>>> {
    let (left, right) = (left?, right?);
    (left.len() * right.len() <= MOST_GROUPING_SETS).then(|| {
        left.iter()
            .flat_map(|set| {
                right
                    .iter()
                    .map(move |other| [set.as_slice(), other.as_slice()].concat())
            })
            .collect()
    })
}
