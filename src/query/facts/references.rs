use std::collections::{BTreeSet, HashSet};

use crate::query::{
    Block, BlockId, Distinct, Expr, Join, QueryBody, QueryExpressionId, Reader, RelationId,
    RelationSource,
};

use super::Facts;

/// Where an expression stands in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Number of the select item.
    Select(usize),
    DistinctOn,
    /// ON (or USING) of a join.
    JoinCondition,
    /// An argument of a function in FROM.
    FromFunction,
    Filter,
    GroupBy,
    Having,
    /// ORDER BY, LIMIT, OFFSET.
    Order,
    /// SET, ON CONFLICT, MERGE actions, named windows.
    Other,
}

/// An expression that reads some relations.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'q> {
    /// The block that it stands in; an inner one where a subquery or lateral item reads an outer relation.
    pub block: BlockId,
    pub place: Place,
    /// The whole conjunct, select item or key.
    pub expr: &'q Expr,
}

impl<'a> Facts<'a> {
    /// All expressions of a block with their places.
    pub fn placed_expressions(&self, block: &'a Block) -> Vec<(Place, &'a Expr)> {
        let mut all: Vec<(Place, &Expr)> = Vec::new();
        for (at, item) in block.select.iter().enumerate() {
            all.push((Place::Select(at), &item.expr));
        }
        if let Distinct::On(exprs) = &block.distinct {
            all.extend(exprs.iter().map(|expr| (Place::DistinctOn, expr)));
        }
        for join in block.joins() {
            all.extend(join.on.iter().map(|expr| (Place::JoinCondition, expr)));
        }
        for relation in block.relations() {
            if let RelationSource::Function { calls, .. } = &self.query.relation(relation).source {
                all.extend(calls.iter().map(|expr| (Place::FromFunction, expr)));
            }
        }
        all.extend(block.filter.iter().map(|expr| (Place::Filter, expr)));
        all.extend(
            block
                .group_by
                .expressions()
                .iter()
                .map(|expr| (Place::GroupBy, expr)),
        );
        all.extend(block.having.iter().map(|expr| (Place::Having, expr)));
        all.extend(block.other.iter().map(|expr| (Place::Other, expr)));
        if let Some(expression) = block.expression {
            all.extend(
                self.query
                    .own_expressions_of(expression)
                    .into_iter()
                    .map(|expr| (Place::Order, expr)),
            );
        }
        all
    }

    /// Everything that reads one of `relations` of a block, in the block itself and in subqueries and lateral items
    /// inside it, but not the conditions of the joins in `without`. The select list of an EXISTS reads nothing.
    pub fn references(
        &self,
        relations: &BTreeSet<RelationId>,
        without: &[&Join],
    ) -> Vec<Reference<'a>> {
        let mut found = Vec::new();
        for block in &self.query.blocks {
            let exists = block.expression.is_some_and(|expression| {
                self.query.expression(expression).reader == Reader::Exists
            }) && !block.is_grouped()
                && block.distinct == Distinct::No;
            for (place, expr) in self.placed_expressions(block) {
                if exists && matches!(place, Place::Select(_)) {
                    continue;
                }
                let skipped = place == Place::JoinCondition
                    && without
                        .iter()
                        .any(|join| join.on.iter().any(|conjunct| std::ptr::eq(conjunct, expr)));
                if !skipped && expr.reads_any(relations) {
                    found.push(Reference {
                        block: block.id,
                        place,
                        expr,
                    });
                }
            }
        }
        // VALUES and set operations have no block of their own
        let of_blocks: HashSet<QueryExpressionId> = self
            .query
            .blocks
            .iter()
            .filter_map(|block| block.expression)
            .collect();
        for expression in &self.query.expressions {
            if of_blocks.contains(&expression.id) {
                continue;
            }
            for expr in self.query.own_expressions_of(expression.id) {
                if expr.reads_any(relations) {
                    found.push(Reference {
                        block: expression.parent.unwrap_or(BlockId(0)),
                        place: Place::Order,
                        expr,
                    });
                }
            }
        }
        found
    }

    /// The relations of an expression, those that its subqueries read included.
    pub fn relations_read_by(&self, expr: &Expr) -> BTreeSet<RelationId> {
        let mut relations = expr.relations();
        for query in expr.subqueries() {
            relations.extend(self.relations_read_in(query));
        }
        relations
    }

    /// The relations that a query expression reads, its own and those of blocks around it.
    pub fn relations_read_in(&self, query: QueryExpressionId) -> BTreeSet<RelationId> {
        let mut found = BTreeSet::new();
        for block in self.blocks_of(query) {
            for expr in self.query.expressions_of(self.query.block(block)) {
                found.extend(expr.relations());
            }
        }
        found
    }

    /// The blocks of a query expression, with those of everything inside it.
    pub fn blocks_of(&self, query: QueryExpressionId) -> Vec<BlockId> {
        let mut blocks = Vec::new();
        let mut todo = vec![query];
        while let Some(id) = todo.pop() {
            let block = match &self.query.expression(id).body {
                QueryBody::Select(block) => *block,
                QueryBody::SetOperation { left, right, .. } => {
                    todo.extend([*left, *right]);
                    continue;
                }
                QueryBody::Nested(inner) => {
                    todo.push(*inner);
                    continue;
                }
                _ => continue,
            };
            blocks.push(block);
            let block = self.query.block(block);
            for expr in self.query.expressions_of(block) {
                todo.extend(expr.subqueries());
            }
            for relation in block.relations() {
                if let RelationSource::Derived(inner) = self.query.relation(relation).source {
                    todo.push(inner);
                }
            }
        }
        blocks
    }
}
