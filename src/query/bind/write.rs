use std::rc::Rc;

use sqlparser::ast;

use crate::catalog::ColumnId;
use crate::query::Expr;
use crate::query::model::*;
use crate::source::Span;

use super::Binder;
use super::scope::{Entry, Scope, fold};

impl Binder<'_> {
    /// Binds INSERT, UPDATE, DELETE or MERGE; `expression` is the CTE's query expression that it is the body of.
    pub(super) fn write(
        &mut self,
        statement: &ast::Statement,
        expression: Option<QueryExpressionId>,
    ) -> StatementKind {
        let span = self.level_from(self.start_of_write(statement));
        match statement {
            ast::Statement::Insert(insert) => self.insert(insert, span, expression),
            ast::Statement::Update(update) => self.update(update, span, expression),
            ast::Statement::Delete(delete) => self.delete(delete, span, expression),
            ast::Statement::Merge(merge) => self.merge_statement(merge, span, expression),
            _ => StatementKind::Other,
        }
    }

    fn write_block(
        &mut self,
        role: BlockRole,
        span: Span,
        expression: Option<QueryExpressionId>,
    ) -> BlockId {
        let block = self.new_block(role, span);
        self.blocks[block.0].expression = expression;
        self.blocks[block.0].clauses = self.clause_spans(span);
        self.blocks[block.0].clauses.select = None;
        block
    }

    fn returning(&mut self, items: Option<&Vec<ast::SelectItem>>, scope: &Scope, block: BlockId) {
        if let Some(items) = items {
            let items = self.select_items(items, scope);
            self.blocks[block.0].select = items;
        }
    }

    fn insert(
        &mut self,
        insert: &ast::Insert,
        span: Span,
        expression: Option<QueryExpressionId>,
    ) -> StatementKind {
        let source = insert
            .source
            .as_ref()
            .map(|source| self.query_expression(source, Reader::Client));
        let block = self.write_block(BlockRole::Insert, span, expression);
        let ast::TableObject::TableName(name) = &insert.table else {
            return StatementKind::Insert {
                target: None,
                columns: Vec::new(),
                source,
                block,
            };
        };
        self.within_block(block, |binder| {
            let alias = insert.table_alias.as_ref().map(|alias| ast::TableAlias {
                explicit: alias.explicit,
                name: alias.alias.clone(),
                columns: Vec::new(),
                at: None,
            });
            // a CTE cannot be written to
            let visible = std::mem::take(&mut binder.visible_ctes);
            let item = binder.named_relation(name, alias.as_ref(), false, block);
            binder.visible_ctes = visible;
            let target_relation = item.tree.relations().first().copied();
            let target =
                target_relation.and_then(|relation| match binder.relations[relation.0].source {
                    RelationSource::Table(table) => Some(table),
                    _ => None,
                });
            if let Some(relation) = target_relation {
                for name in &insert.columns {
                    binder.check_written_name(relation, name);
                }
            }
            let columns: Vec<ColumnId> = insert
                .columns
                .iter()
                .filter_map(|column| {
                    let name = fold(column.0.first()?.as_ident()?);
                    binder.catalog.table(target?).column_by_name(&name)
                })
                .collect();
            binder.blocks[block.0].from = vec![item.tree];
            binder.blocks[block.0].from_spans = vec![item.span];
            let mut scope = item.scope.clone();
            binder.within_scope(item.scope, |binder| {
                let mut other = Vec::new();
                if let Some(ast::OnInsert::OnConflict(conflict)) = &insert.on {
                    if let Some(ast::ConflictTarget::Columns {
                        predicate: Some(predicate),
                        ..
                    }) = &conflict.conflict_target
                    {
                        other.push(binder.expr(predicate));
                    }
                    if let ast::OnConflictAction::DoUpdate(update) = &conflict.action {
                        if let Some(relation) = target_relation {
                            binder.check_assigned(relation, &update.assignments);
                        }
                        if let (Some(relation), Some(entry)) =
                            (target_relation, scope.entries.first().cloned())
                        {
                            scope.entries.push(Rc::new(Entry {
                                schema: None,
                                alias: "excluded".to_owned(),
                                columns: Rc::clone(&entry.columns),
                                relation: Some(relation),
                            }));
                        }
                        binder.within_scope(
                            Scope {
                                entries: scope.entries.clone(),
                                columns: Vec::new(),
                            },
                            |binder| {
                                other.extend(
                                    update
                                        .assignments
                                        .iter()
                                        .map(|assignment| binder.expr(&assignment.value)),
                                );
                                other.extend(
                                    update
                                        .selection
                                        .iter()
                                        .map(|condition| binder.expr(condition)),
                                );
                            },
                        );
                    }
                }
                binder.blocks[block.0].other = other;
                binder.returning(insert.returning.as_ref(), &scope, block);
            });
            StatementKind::Insert {
                target,
                columns,
                source,
                block,
            }
        })
    }

    fn check_written_name(&mut self, target: RelationId, name: &ast::ObjectName) {
        if let Some(column) = name.0.first().and_then(|part| part.as_ident()) {
            self.check_written_column(target, column);
        }
    }

    fn check_assigned(&mut self, target: RelationId, assignments: &[ast::Assignment]) {
        for name in assignments.iter().flat_map(assigned_names) {
            self.check_written_name(target, name);
        }
    }

    fn assigned_columns(
        &self,
        assignments: &[ast::Assignment],
        target: RelationId,
    ) -> Vec<ColumnId> {
        let RelationSource::Table(table) = self.relations[target.0].source else {
            return Vec::new();
        };
        let table = self.catalog.table(table);
        assignments
            .iter()
            .flat_map(assigned_names)
            .filter_map(|name| table.column_by_name(&fold(name.0.first()?.as_ident()?)))
            .collect()
    }

    fn update(
        &mut self,
        update: &ast::Update,
        span: Span,
        expression: Option<QueryExpressionId>,
    ) -> StatementKind {
        let block = self.write_block(BlockRole::Update, span, expression);
        self.within_block(block, |binder| {
            let visible = std::mem::take(&mut binder.visible_ctes);
            let target_item = binder.table_with_joins(&update.table, block, &Scope::default());
            binder.visible_ctes = visible;
            let Some(target) = target_item.tree.relations().first().copied() else {
                return StatementKind::Other;
            };
            let mut scope = target_item.scope;
            let mut trees = vec![target_item.tree];
            binder.blocks[block.0].from_spans.push(target_item.span);
            if let Some(
                ast::UpdateTableFromKind::BeforeSet(items)
                | ast::UpdateTableFromKind::AfterSet(items),
            ) = &update.from
            {
                let (from_scope, from_trees) = binder.bind_from(items, block);
                scope.append(from_scope);
                trees.extend(from_trees);
            }
            binder.blocks[block.0].from = trees;
            binder.check_assigned(target, &update.assignments);
            let columns = binder.assigned_columns(&update.assignments, target);
            binder.within_scope(scope.clone(), |binder| {
                let other: Vec<Expr> = update
                    .assignments
                    .iter()
                    .map(|assignment| binder.expr(&assignment.value))
                    .collect();
                let filter = update
                    .selection
                    .as_ref()
                    .map(|condition| binder.expr(condition));
                binder.blocks[block.0].other = other;
                binder.blocks[block.0].filter =
                    filter.map(Expr::into_conjuncts).unwrap_or_default();
                binder.returning(update.returning.as_ref(), &scope, block);
            });
            StatementKind::Update {
                target,
                block,
                columns,
            }
        })
    }

    fn delete(
        &mut self,
        delete: &ast::Delete,
        span: Span,
        expression: Option<QueryExpressionId>,
    ) -> StatementKind {
        let block = self.write_block(BlockRole::Delete, span, expression);
        self.within_block(block, |binder| {
            let (ast::FromTable::WithFromKeyword(items) | ast::FromTable::WithoutKeyword(items)) =
                &delete.from;
            let visible = std::mem::take(&mut binder.visible_ctes);
            let (mut scope, mut trees) = binder.bind_from(items, block);
            binder.visible_ctes = visible;
            let Some(target) = trees
                .first()
                .and_then(|tree| tree.relations().first().copied())
            else {
                return StatementKind::Other;
            };
            if let Some(using) = &delete.using {
                let (using_scope, using_trees) = binder.bind_from(using, block);
                scope.append(using_scope);
                trees.extend(using_trees);
            }
            binder.blocks[block.0].from = trees;
            binder.within_scope(scope.clone(), |binder| {
                let filter = delete
                    .selection
                    .as_ref()
                    .map(|condition| binder.expr(condition));
                binder.blocks[block.0].filter =
                    filter.map(Expr::into_conjuncts).unwrap_or_default();
                binder.returning(delete.returning.as_ref(), &scope, block);
            });
            StatementKind::Delete { target, block }
        })
    }

    fn merge_statement(
        &mut self,
        merge: &ast::Merge,
        span: Span,
        expression: Option<QueryExpressionId>,
    ) -> StatementKind {
        let block = self.write_block(BlockRole::Merge, span, expression);
        self.within_block(block, |binder| {
            let lone = |factor: &ast::TableFactor| ast::TableWithJoins {
                relation: factor.clone(),
                joins: Vec::new(),
            };
            let visible = std::mem::take(&mut binder.visible_ctes);
            let target_item =
                binder.table_with_joins(&lone(&merge.table), block, &Scope::default());
            binder.visible_ctes = visible;
            let Some(target) = target_item.tree.relations().first().copied() else {
                return StatementKind::Other;
            };
            let source = binder.table_with_joins(&lone(&merge.source), block, &Scope::default());
            let mut scope = target_item.scope;
            scope.append(source.scope);
            binder.within_scope(scope, |binder| {
                let on = binder.expr(&merge.on);
                let mut other = Vec::new();
                for clause in &merge.clauses {
                    other.extend(
                        clause
                            .predicate
                            .iter()
                            .map(|predicate| binder.expr(predicate)),
                    );
                    match &clause.action {
                        ast::MergeAction::Update(update) => {
                            if let ast::MergeUpdateKind::Set(assignments) = &update.kind {
                                binder.check_assigned(target, assignments);
                                other.extend(
                                    assignments
                                        .iter()
                                        .map(|assignment| binder.expr(&assignment.value)),
                                );
                            }
                        }
                        ast::MergeAction::Insert(insert) => {
                            for name in &insert.columns {
                                binder.check_written_name(target, name);
                            }
                            if let ast::MergeInsertKind::Values(values) = &insert.kind {
                                other.extend(
                                    values
                                        .rows
                                        .iter()
                                        .flat_map(|row| row.content.iter())
                                        .map(|value| binder.expr(value)),
                                );
                            }
                        }
                        ast::MergeAction::Delete { .. } | ast::MergeAction::DoNothing { .. } => {}
                    }
                }
                // rows of the source without a partner may be inserted: the join keeps them
                let join = Join {
                    kind: JoinKind::Left,
                    left: source.tree,
                    right: target_item.tree,
                    left_span: source.span,
                    right_span: target_item.span,
                    constraint_span: Some(on.span),
                    on: on.into_conjuncts(),
                    constraint: JoinConstraint::On,
                    span,
                    keyword_span: span,
                };
                binder.blocks[block.0].from_spans = vec![join.left_span.union(join.right_span)];
                binder.blocks[block.0].from = vec![JoinTree::Join(Box::new(join))];
                binder.blocks[block.0].other = other;
            });
            StatementKind::Merge { target, block }
        })
    }
}

/// The columns that `SET a = ...` or `SET (a, b) = ...` writes, a field of one behind its name.
fn assigned_names(assignment: &ast::Assignment) -> &[ast::ObjectName] {
    match &assignment.target {
        ast::AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
        ast::AssignmentTarget::Tuple(names) => names,
    }
}
