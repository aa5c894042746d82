use std::rc::Rc;

use sqlparser::ast::Spanned;
use sqlparser::ast::{self, ObjectName, TableFactor, TableWithJoins};

use crate::catalog::{ColumnId, Table, TableKind, Type};
use crate::query::model::*;
use crate::query::{BinaryOp, ColumnRef, Expr, ExprKind, FunctionCall, FunctionKind};
use crate::source::Span;

use super::Binder;
use super::expression::is_value_function;
use super::scope::{Entry, NamedColumn, Scope, fold};

/// A bound item of FROM: its tree, the names it offers, and its whole text with parentheses.
pub(super) struct Item {
    pub(super) tree: JoinTree,
    pub(super) scope: Scope,
    pub(super) span: Span,
}

impl Binder<'_> {
    /// Binds FROM's items; the scope that they offer, and their trees.
    pub(super) fn bind_from(
        &mut self,
        items: &[TableWithJoins],
        block: BlockId,
    ) -> (Scope, Vec<JoinTree>) {
        let mut scope = Scope::default();
        let mut trees = Vec::new();
        for item in items {
            let bound = self.table_with_joins(item, block, &scope);
            trees.push(bound.tree);
            self.blocks[block.0].from_spans.push(bound.span);
            scope.append(bound.scope);
        }
        (scope, trees)
    }

    /// Binds `relation JOIN ...`; `before` is what lateral items can see besides.
    pub(super) fn table_with_joins(
        &mut self,
        item: &TableWithJoins,
        block: BlockId,
        before: &Scope,
    ) -> Item {
        let mut left = self.factor(&item.relation, block, before);
        for join in &item.joins {
            let right = if sees_siblings(&join.relation) {
                let mut visible = before.clone();
                visible.append(left.scope.clone());
                self.factor(&join.relation, block, &visible)
            } else {
                self.factor(&join.relation, block, before)
            };
            left = self.join(join, left, right);
        }
        left
    }

    fn join(&mut self, join: &ast::Join, left: Item, right: Item) -> Item {
        use ast::JoinOperator as Op;
        let none = ast::JoinConstraint::None;
        let (kind, constraint) = match &join.join_operator {
            Op::Join(constraint) | Op::Inner(constraint) => (JoinKind::Inner, constraint),
            Op::Left(constraint) | Op::LeftOuter(constraint) => (JoinKind::Left, constraint),
            Op::Right(constraint) | Op::RightOuter(constraint) => (JoinKind::Right, constraint),
            Op::FullOuter(constraint) => (JoinKind::Full, constraint),
            Op::CrossJoin(constraint) => (JoinKind::Cross, constraint),
            _ => (JoinKind::Cross, &none),
        };
        let right_span = right.span;
        let (left_scope, right_scope) = (left.scope, right.scope);
        let keywords = self.extents.with_words_before(
            Span::new(right_span.start, right_span.start),
            &[
                "join", "left", "right", "full", "outer", "inner", "cross", "natural",
            ],
        );
        let keyword_span = match self.extents.before(right_span.start) {
            Some(at) if keywords.start < right_span.start => {
                Span::new(keywords.start, self.extents.span_of(at).end)
            }
            _ => keywords,
        };
        let mut span = keyword_span.union(right_span);
        let mut constraint_span = None;
        let mut scope = Scope::default();
        let (on, constraint) = match constraint {
            ast::JoinConstraint::On(condition) => {
                scope.append(left_scope);
                scope.append(right_scope);
                // ON sees the join's own sides; lateral siblings to the left are not visible in PostgreSQL
                let on = self.within_scope(scope.clone(), |binder| binder.expr(condition));
                let whole = self.extents.with_words_before(on.span, &["on"]);
                constraint_span = Some(whole);
                span = span.union(whole);
                (on.into_conjuncts(), JoinConstraint::On)
            }
            ast::JoinConstraint::Using(names) | ast::JoinConstraint::UsingAlias(names, _) => {
                let using_alias = match constraint {
                    ast::JoinConstraint::UsingAlias(_, alias) => Some(alias),
                    _ => None,
                };
                let inner = names
                    .iter()
                    .filter_map(|name| self.extents.place(name.span()))
                    .reduce(Span::union);
                if let Some(inner) = inner {
                    let whole = self.extents.bracketed(inner, &["using"]);
                    constraint_span = Some(whole);
                    span = span.union(whole);
                }
                let names: Vec<(String, Span)> = names
                    .iter()
                    .filter_map(|name| {
                        let ident = name.0.last()?.as_ident()?;
                        Some((fold(ident), self.extents.place(ident.span).unwrap_or(span)))
                    })
                    .collect();
                let on = self.merge(kind, left_scope, right_scope, &names, &mut scope);
                if let Some(alias) = using_alias {
                    // it offers the merged columns alone
                    scope.entries.push(Rc::new(Entry {
                        schema: None,
                        alias: fold(alias),
                        columns: scope.columns.iter().take(names.len()).cloned().collect(),
                        relation: None,
                    }));
                }
                (
                    on,
                    JoinConstraint::Using(names.into_iter().map(|(name, _)| name).collect()),
                )
            }
            ast::JoinConstraint::Natural => {
                let common: Vec<(String, Span)> = left_scope
                    .columns
                    .iter()
                    .filter(|column| {
                        right_scope
                            .columns
                            .iter()
                            .any(|other| other.name == column.name)
                    })
                    .map(|column| (column.name.clone(), keyword_span))
                    .collect();
                let on = self.merge(kind, left_scope, right_scope, &common, &mut scope);
                (
                    on,
                    JoinConstraint::Natural(common.into_iter().map(|(name, _)| name).collect()),
                )
            }
            ast::JoinConstraint::None => {
                scope.append(left_scope);
                scope.append(right_scope);
                (Vec::new(), JoinConstraint::None)
            }
        };
        let tree = JoinTree::Join(Box::new(Join {
            kind,
            left: left.tree,
            right: right.tree,
            left_span: left.span,
            right_span,
            on,
            constraint,
            span,
            keyword_span,
            constraint_span,
        }));
        Item {
            tree,
            scope,
            span: left.span.union(span),
        }
    }

    /// USING: the equalities, and in `scope` the merged columns first, then those that are left of each side.
    /// Source: transformFromClauseItem in parse_clause.c.
    fn merge(
        &mut self,
        kind: JoinKind,
        left: Scope,
        right: Scope,
        names: &[(String, Span)],
        scope: &mut Scope,
    ) -> Vec<Expr> {
        let mut on = Vec::new();
        for (name, span) in names {
            let column = |side: &Scope| {
                side.columns
                    .iter()
                    .find(|column| column.name == *name)
                    .map(|column| column.expr.clone())
            };
            let open = |binder: &mut Self, side: &Scope| {
                binder.within_scope(side.clone(), |binder| binder.unqualified(name, *span))
            };
            let mut left_expr = match column(&left) {
                Some(expr) => expr,
                None => open(self, &left),
            };
            let mut right_expr = match column(&right) {
                Some(expr) => expr,
                None => open(self, &right),
            };
            left_expr.span = *span;
            right_expr.span = *span;
            on.push(Expr::typed(
                ExprKind::Binary {
                    op: BinaryOp::Eq,
                    left: Box::new(left_expr.clone()),
                    right: Box::new(right_expr.clone()),
                },
                *span,
                Some(Type::Bool),
            ));
            let merged = match kind {
                JoinKind::Right => right_expr,
                JoinKind::Full => {
                    let data_type = left_expr.data_type.clone();
                    Expr::typed(
                        ExprKind::Function(Box::new(FunctionCall {
                            name: "coalesce".to_owned(),
                            arguments: vec![left_expr, right_expr],
                            star: false,
                            distinct: false,
                            order_by: Vec::new(),
                            filter: None,
                            over: None,
                            kind: FunctionKind::Scalar,
                        })),
                        *span,
                        data_type,
                    )
                }
                _ => left_expr,
            };
            scope.columns.push(Rc::new(NamedColumn {
                name: name.clone(),
                expr: merged,
            }));
        }
        let rest = |side: &Scope| {
            side.columns
                .iter()
                .filter(|column| !names.iter().any(|(name, _)| *name == column.name))
                .cloned()
                .collect::<Vec<_>>()
        };
        scope.columns.extend(rest(&left));
        scope.columns.extend(rest(&right));
        scope.entries.extend(left.entries);
        scope.entries.extend(right.entries);
        on
    }

    fn factor(&mut self, factor: &TableFactor, block: BlockId, before: &Scope) -> Item {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_ordinality,
                sample,
                ..
            } => match args {
                Some(arguments) => self.function_relation(
                    name,
                    &arguments.args,
                    alias.as_ref(),
                    *with_ordinality,
                    block,
                    before,
                ),
                None => self.named_relation(name, alias.as_ref(), sample.is_some(), block),
            },
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => {
                self.function_relation(name, args, alias.as_ref(), *with_ordinality, block, before)
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample,
            } => {
                let id = self.new_relation(
                    block,
                    alias
                        .as_ref()
                        .map(|alias| fold(&alias.name))
                        .unwrap_or_default(),
                    alias.is_some(),
                );
                let query = if *lateral {
                    self.within_scope(before.clone(), |binder| {
                        binder.query_expression(subquery, Reader::Relation(id))
                    })
                } else {
                    self.query_expression(subquery, Reader::Relation(id))
                };
                let mut span = self
                    .extents
                    .bracketed(self.expressions[query.0].span, &["lateral"]);
                span = self.with_alias(span, alias.as_ref());
                let output = self.expressions[query.0].output.clone();
                let relation = &mut self.relations[id.0];
                relation.source = RelationSource::Derived(query);
                relation.lateral = *lateral;
                relation.sampled = sample.is_some();
                relation.span = span;
                relation.columns = renamed(
                    output
                        .into_iter()
                        .map(|column| RelationColumn {
                            name: column.name,
                            data_type: column.data_type,
                            catalog: None,
                        })
                        .collect(),
                    alias.as_ref(),
                );
                self.offered(id, None)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                let mut item = self.table_with_joins(table_with_joins, block, before);
                // a join chain like `a JOIN b JOIN c ON ... ON ...` nests without parentheses
                let written = self.extents.bracketed(item.span, &[]);
                let closes = self
                    .extents
                    .after(item.span.end)
                    .map(|at| self.extents.span_of(at).end);
                let opens = self
                    .extents
                    .before(item.span.start)
                    .map(|at| self.extents.span_of(at).start);
                if closes == Some(written.end) && opens == Some(written.start) {
                    item.span = written;
                }
                if let Some(alias) = alias {
                    // an aliased join hides the names inside it
                    for (column, new_name) in item.scope.columns.iter_mut().zip(&alias.columns) {
                        Rc::make_mut(column).name = fold(&new_name.name);
                    }
                    item.scope.entries = vec![Rc::new(Entry {
                        schema: None,
                        alias: fold(&alias.name),
                        columns: item.scope.columns.as_slice().into(),
                        relation: None,
                    })];
                    item.span = self.with_alias(item.span, Some(alias));
                }
                item
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                ..
            } => {
                let calls = self.within_scope(before.clone(), |binder| {
                    let arguments: Vec<Expr> =
                        array_exprs.iter().map(|expr| binder.expr(expr)).collect();
                    let span = arguments
                        .iter()
                        .map(|argument| argument.span)
                        .reduce(Span::union);
                    let span = span.map_or(binder.extents.fallback(), |span| {
                        binder.extents.bracketed(span, &["unnest", "lateral"])
                    });
                    let types: Vec<Option<Type>> = arguments
                        .iter()
                        .map(|argument| match &argument.data_type {
                            Some(Type::Array(element)) => Some((**element).clone()),
                            _ => None,
                        })
                        .collect();
                    (arguments, types, span)
                });
                let (arguments, types, span) = calls;
                let single = types.len() == 1;
                let columns = types
                    .into_iter()
                    .map(|data_type| RelationColumn {
                        name: match alias {
                            Some(alias) if single => fold(&alias.name),
                            _ => "unnest".to_owned(),
                        },
                        data_type,
                        catalog: None,
                    })
                    .collect();
                let call = Expr::new(
                    ExprKind::Function(Box::new(set_returning("unnest", arguments))),
                    span,
                );
                self.function_columns(
                    vec![call],
                    columns,
                    alias.as_ref(),
                    "unnest",
                    *with_ordinality,
                    span,
                    block,
                )
            }
            TableFactor::XmlTable {
                row_expression,
                passing,
                columns,
                alias,
                ..
            } => {
                let passed = passing.arguments.iter().map(|argument| &argument.expr);
                let arguments: Vec<&ast::Expr> =
                    std::iter::once(row_expression).chain(passed).collect();
                let columns = columns
                    .iter()
                    .map(|column| match &column.option {
                        ast::XmlTableColumnOption::NamedInfo { r#type, .. } => {
                            self.shown_column(&column.name, Some(r#type))
                        }
                        ast::XmlTableColumnOption::ForOrdinality => {
                            self.shown_column(&column.name, None)
                        }
                    })
                    .collect();
                let call = ("xmltable", arguments.as_slice());
                self.table_function(call, columns, alias.as_ref(), block, before)
            }
            TableFactor::JsonTable {
                json_expr,
                columns,
                alias,
                ..
            } => {
                let mut shown = Vec::new();
                self.json_columns(columns, &mut shown);
                let arguments = [json_expr];
                let call = ("json_table", arguments.as_slice());
                self.table_function(call, shown, alias.as_ref(), block, before)
            }
            other => {
                // nothing PostgreSQL has: an item whose columns nobody knows
                let alias = other.span();
                let id = self.new_relation(block, String::new(), false);
                let span = self
                    .extents
                    .place(alias)
                    .unwrap_or_else(|| self.extents.fallback());
                let relation = &mut self.relations[id.0];
                relation.span = span;
                relation.columns_known = false;
                self.offered(id, None)
            }
        }
    }

    /// XMLTABLE and JSON_TABLE: a function, by name and arguments, whose columns the statement spells out.
    fn table_function(
        &mut self,
        (name, arguments): (&str, &[&ast::Expr]),
        columns: Vec<RelationColumn>,
        alias: Option<&ast::TableAlias>,
        block: BlockId,
        before: &Scope,
    ) -> Item {
        let (arguments, span) = self.within_scope(before.clone(), |binder| {
            let arguments: Vec<Expr> = arguments.iter().map(|expr| binder.expr(expr)).collect();
            let span = arguments
                .iter()
                .map(|argument| argument.span)
                .reduce(Span::union);
            let span = span.map_or(binder.extents.fallback(), |span| {
                binder.extents.bracketed(span, &[name, "lateral"])
            });
            (arguments, span)
        });
        let call = ExprKind::Function(Box::new(set_returning(name, arguments)));
        let calls = vec![Expr::new(call, span)];
        self.function_columns(calls, columns, alias, name, false, span, block)
    }

    fn json_columns(&self, columns: &[ast::JsonTableColumn], into: &mut Vec<RelationColumn>) {
        for column in columns {
            match column {
                ast::JsonTableColumn::Named(named) => {
                    into.push(self.shown_column(&named.name, Some(&named.r#type)));
                }
                ast::JsonTableColumn::ForOrdinality(name) => {
                    into.push(self.shown_column(name, None));
                }
                ast::JsonTableColumn::Nested(nested) => self.json_columns(&nested.columns, into),
            }
        }
    }

    /// A column that a table function shows; without a type it counts the rows.
    fn shown_column(&self, name: &ast::Ident, data_type: Option<&ast::DataType>) -> RelationColumn {
        RelationColumn {
            name: fold(name),
            data_type: Some(data_type.map_or(Type::Int4, |data_type| {
                Type::from_ast(data_type, self.catalog)
            })),
            catalog: None,
        }
    }

    fn new_relation(&mut self, block: BlockId, alias: String, has_alias: bool) -> RelationId {
        let id = RelationId(self.relations.len());
        self.relations.push(Relation {
            id,
            block,
            source: RelationSource::Unknown {
                schema: None,
                name: alias.clone(),
            },
            alias,
            has_alias,
            columns: Vec::new(),
            columns_known: true,
            lateral: false,
            sampled: false,
            span: self.extents.fallback(),
            name_span: None,
        });
        id
    }

    fn with_alias(&self, span: Span, alias: Option<&ast::TableAlias>) -> Span {
        let Some(alias) = alias else { return span };
        let Some(place) = self.extents.place(alias.name.span) else {
            return span;
        };
        let mut whole = span.union(place);
        if !alias.columns.is_empty() {
            whole = self.extents.with_bracket_after(whole);
        }
        whole
    }

    fn offered(&self, id: RelationId, schema: Option<String>) -> Item {
        let relation = &self.relations[id.0];
        let columns: Vec<Rc<NamedColumn>> = relation
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                Rc::new(NamedColumn {
                    name: column.name.clone(),
                    expr: Expr::typed(
                        ExprKind::Column(ColumnRef {
                            relation: id,
                            column: at,
                        }),
                        relation.span,
                        column.data_type.clone(),
                    ),
                })
            })
            .collect();
        Item {
            tree: JoinTree::Relation(id),
            scope: Scope {
                entries: vec![Rc::new(Entry {
                    schema,
                    alias: relation.alias.clone(),
                    columns: columns.as_slice().into(),
                    relation: Some(id),
                })],
                columns,
            },
            span: relation.span,
        }
    }

    /// A table, view or CTE by name.
    pub(super) fn named_relation(
        &mut self,
        name: &ObjectName,
        alias: Option<&ast::TableAlias>,
        sampled: bool,
        block: BlockId,
    ) -> Item {
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(fold)
            .collect();
        let table_name = parts.last().cloned().unwrap_or_default();
        let schema = parts
            .len()
            .checked_sub(2)
            .and_then(|at| parts.get(at))
            .cloned();
        let written = alias.map_or_else(|| table_name.clone(), |alias| fold(&alias.name));
        let name_span = self
            .extents
            .place(name.span())
            .unwrap_or_else(|| self.extents.fallback());
        let id = self.new_relation(block, written, alias.is_some());
        let mut span = self
            .extents
            .with_words_before(name_span, &["only", "lateral"]);
        span = self.with_alias(span, alias);
        if sampled {
            let end = self.extents.with_bracket_after(
                self.extents
                    .with_words_after(span, &["tablesample", "bernoulli", "system"]),
            );
            span = self
                .extents
                .with_bracket_after(self.extents.with_words_after(end, &["repeatable"]));
        }
        self.relations[id.0].span = span;
        self.relations[id.0].name_span = Some(name_span);
        self.relations[id.0].sampled = sampled;
        let cte = match &schema {
            None => self
                .visible_ctes
                .iter()
                .rev()
                .find(|(name, _)| *name == table_name)
                .map(|(_, cte)| *cte),
            Some(_) => None,
        };
        if let Some(cte) = cte {
            self.ctes[cte.0].references.push(id);
            let output = self.expressions[self.ctes[cte.0].query.0].output.clone();
            let relation = &mut self.relations[id.0];
            relation.source = RelationSource::Cte(cte);
            relation.columns = renamed(
                output
                    .into_iter()
                    .map(|column| RelationColumn {
                        name: column.name,
                        data_type: column.data_type,
                        catalog: None,
                    })
                    .collect(),
                alias,
            );
            return self.offered(id, None);
        }
        let table = self.catalog.resolve_table(schema.as_deref(), &table_name);
        let Some(table) = table else {
            let system = schema
                .as_deref()
                .is_some_and(|schema| schema == "pg_catalog" || schema == "information_schema")
                || schema.is_none() && table_name.starts_with("pg_")
                || is_value_function(&table_name)
                // sequences can be read, but are not in the catalog
                || table_name.ends_with("_seq");
            if !system {
                let nearest = self.nearest_table(&table_name);
                self.report(
                    BindProblemKind::UnknownTable {
                        name: parts.join("."),
                        nearest,
                    },
                    name_span,
                );
            }
            let relation = &mut self.relations[id.0];
            relation.source = RelationSource::Unknown {
                schema: schema.clone(),
                name: table_name,
            };
            relation.columns_known = false;
            return self.offered(id, schema);
        };
        let columns = renamed(table_columns(table), alias);
        let table_schema = table.name.schema.clone();
        let table_id = table.id;
        self.relations[id.0].columns = columns;
        self.relations[id.0].source = RelationSource::Table(table_id);
        if let TableKind::View { query } = &table.kind {
            self.view(id, table_id, query);
        }
        let offered_schema = alias.is_none().then_some(table_schema);
        self.offered(id, offered_schema)
    }

    /// Binds a view's text, as if it stood in the place of its name.
    fn view(&mut self, relation: RelationId, table: crate::catalog::TableId, query: &ast::Query) {
        if self.views.contains(&table) || self.views.len() > 32 {
            return;
        }
        let span = self.relations[relation.0].span;
        let extents = std::mem::replace(&mut self.extents, super::Extents::fixed(span));
        let scopes = std::mem::take(&mut self.scopes);
        let visible = std::mem::take(&mut self.visible_ctes);
        let windows = std::mem::take(&mut self.windows);
        self.views.push(table);
        let bound = self.query_expression(query, Reader::Relation(relation));
        self.views.pop();
        self.windows = windows;
        self.visible_ctes = visible;
        self.scopes = scopes;
        self.extents = extents;
        let output = &self.expressions[bound.0].output;
        let columns = &mut self.relations[relation.0].columns;
        if columns.is_empty() || columns.len() == output.len() {
            if columns.is_empty() {
                *columns = output
                    .iter()
                    .map(|column| RelationColumn {
                        name: column.name.clone(),
                        data_type: column.data_type.clone(),
                        catalog: None,
                    })
                    .collect();
            } else {
                for (column, bound) in columns.iter_mut().zip(output) {
                    if let (Some(Type::Other(_)) | None, Some(known)) =
                        (&column.data_type, &bound.data_type)
                    {
                        column.data_type = Some(known.clone());
                    }
                }
            }
            self.relations[relation.0].source = RelationSource::View {
                table,
                query: bound,
            };
        }
    }

    fn function_relation(
        &mut self,
        name: &ObjectName,
        arguments: &[ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        with_ordinality: bool,
        block: BlockId,
        before: &Scope,
    ) -> Item {
        let name_span = self
            .extents
            .place(name.span())
            .unwrap_or_else(|| self.extents.fallback());
        let span = self
            .extents
            .with_words_before(self.extents.call(name_span), &["lateral"]);
        let call = self.within_scope(before.clone(), |binder| {
            let arguments: Vec<Expr> = arguments
                .iter()
                .filter_map(|argument| binder.argument(argument))
                .collect();
            let name = binder.function_name(name);
            (name, arguments)
        });
        let (function, arguments) = call;
        let types: Vec<Option<Type>> = arguments
            .iter()
            .map(|argument| argument.data_type.clone())
            .collect();
        let element = match (function.as_str(), types.first()) {
            ("unnest", Some(Some(Type::Array(element)))) => Some((**element).clone()),
            _ => crate::query::functions::return_type(&function, &types),
        };
        let text = || Some(Type::Text);
        let named = |name: &str, data_type: Option<Type>| RelationColumn {
            name: name.to_owned(),
            data_type,
            catalog: None,
        };
        let columns = match function.as_str() {
            "json_each" => vec![named("key", text()), named("value", Some(Type::Json))],
            "jsonb_each" => vec![named("key", text()), named("value", Some(Type::Jsonb))],
            "json_each_text" | "jsonb_each_text" => {
                vec![named("key", text()), named("value", text())]
            }
            "json_array_elements"
            | "jsonb_array_elements"
            | "json_array_elements_text"
            | "jsonb_array_elements_text" => {
                // these have an output parameter called value; a table alias does not rename it
                vec![named("value", element)]
            }
            "json_to_recordset"
            | "jsonb_to_recordset"
            | "json_to_record"
            | "jsonb_to_record"
            | "json_populate_recordset"
            | "jsonb_populate_recordset" => Vec::new(),
            _ if returns_several_columns(&function, types.first()) => Vec::new(),
            _ if crate::query::functions::is_set_returning(&function)
                || crate::query::functions::volatility(&function).is_some() =>
            {
                vec![named(
                    &alias.map_or_else(|| function.clone(), |alias| fold(&alias.name)),
                    element,
                )]
            }
            _ => Vec::new(),
        };
        let call = Expr::new(
            ExprKind::Function(Box::new(set_returning(&function, arguments))),
            span,
        );
        self.function_columns(
            vec![call],
            columns,
            alias,
            &function,
            with_ordinality,
            span,
            block,
        )
    }

    #[allow(clippy::too_many_arguments)]
    fn function_columns(
        &mut self,
        calls: Vec<Expr>,
        mut columns: Vec<RelationColumn>,
        alias: Option<&ast::TableAlias>,
        function: &str,
        with_ordinality: bool,
        span: Span,
        block: BlockId,
    ) -> Item {
        let written = alias.map_or_else(|| function.to_owned(), |alias| fold(&alias.name));
        let id = self.new_relation(block, written, alias.is_some());
        let known = !columns.is_empty() || alias.is_some_and(|alias| !alias.columns.is_empty());
        if with_ordinality {
            columns.push(RelationColumn {
                name: "ordinality".to_owned(),
                data_type: Some(Type::Int8),
                catalog: None,
            });
        }
        if let Some(alias) = alias {
            for (at, column) in alias.columns.iter().enumerate() {
                let name = fold(&column.name);
                let data_type = column
                    .data_type
                    .as_ref()
                    .map(|data_type| Type::from_ast(data_type, self.catalog));
                match columns.get_mut(at) {
                    Some(existing) => {
                        existing.name = name;
                        if data_type.is_some() {
                            existing.data_type = data_type;
                        }
                    }
                    None => columns.push(RelationColumn {
                        name,
                        data_type,
                        catalog: None,
                    }),
                }
            }
        }
        let whole = self.with_alias(
            self.extents.with_words_after(span, &["with", "ordinality"]),
            alias,
        );
        let relation = &mut self.relations[id.0];
        relation.source = RelationSource::Function {
            calls,
            with_ordinality,
        };
        relation.columns = columns;
        relation.columns_known = known;
        relation.lateral = true;
        relation.span = whole;
        self.offered(id, None)
    }
}

/// Whether an item of FROM can see those to its left.
fn sees_siblings(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { args, .. } => args.is_some(),
        TableFactor::Derived { lateral, .. } => *lateral,
        _ => true,
    }
}

/// Whether a built-in function in FROM has output parameters, whose names are not known to us.
fn returns_several_columns(function: &str, argument: Option<&Option<Type>>) -> bool {
    match function {
        "aclexplode" | "ts_debug" | "ts_parse" | "ts_stat" | "ts_token_type" => true,
        // of a tsvector: lexeme, positions, weights
        "unnest" => {
            matches!(argument, Some(Some(data_type)) if !matches!(data_type, Type::Array(_)))
        }
        _ => function.starts_with("pg_"),
    }
}

fn set_returning(name: &str, arguments: Vec<Expr>) -> FunctionCall {
    FunctionCall {
        name: name.to_owned(),
        arguments,
        star: false,
        distinct: false,
        order_by: Vec::new(),
        filter: None,
        over: None,
        kind: FunctionKind::SetReturning,
    }
}

fn table_columns(table: &Table) -> Vec<RelationColumn> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| RelationColumn {
            name: column.name.clone(),
            data_type: Some(column.data_type.clone()),
            catalog: Some(ColumnId(at)),
        })
        .collect()
}

/// Columns renamed by `AS alias (a, b)`.
fn renamed(
    mut columns: Vec<RelationColumn>,
    alias: Option<&ast::TableAlias>,
) -> Vec<RelationColumn> {
    if let Some(alias) = alias {
        for (column, new_name) in columns.iter_mut().zip(&alias.columns) {
            column.name = fold(&new_name.name);
        }
    }
    columns
}
