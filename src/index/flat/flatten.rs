use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::gather::Gathering;
use super::push_down::come_down;
use super::{FlatBlock, FlatCondition, Pairing, ROW_ADDRESS};
use crate::query::{
    BlockId, Distinct, Expr, ExprKind, Facts, Query, QueryBody, QueryExpressionId, Reader,
    RelationId, SetOperator, StatementKind,
};

/// All flat blocks of a statement, those that others read first.
pub fn flat_blocks(facts: &Facts<'_>) -> Vec<FlatBlock> {
    let mut flattener = Flattener {
        facts: *facts,
        query: facts.query,
        seen: BTreeSet::new(),
        done: Vec::new(),
    };
    let query = facts.query;
    // outermost first: conditions come down from them
    let mut order: Vec<(usize, BlockId)> = query
        .blocks
        .iter()
        .map(|block| (depth(query, block.id), block.id))
        .collect();
    order.sort();
    for (_, block) in order {
        flattener.root(block, Vec::new());
    }
    flattener.done
}

/// How many blocks are around a block.
fn depth(query: &Query, block: BlockId) -> usize {
    let mut depth = 0;
    let mut at = block;
    while depth < query.blocks.len() {
        let Some(expression) = query.block(at).expression else {
            break;
        };
        let expression = query.expression(expression);
        let mut reader = expression.reader;
        let mut parent = expression.parent;
        let mut hops = 0;
        while let Reader::SetOperation { parent: above } = reader {
            reader = query.expression(above).reader;
            parent = parent.or(query.expression(above).parent);
            hops += 1;
            if hops > query.expressions.len() {
                break;
            }
        }
        let next = match reader {
            Reader::Relation(relation) => Some(query.relation(relation).block),
            Reader::Cte(cte) => query
                .cte(cte)
                .references
                .iter()
                .map(|relation| query.relation(*relation).block)
                .find(|reading| *reading != at && reading.0 != block.0),
            _ => parent,
        };
        match next {
            Some(next) if next != at => at = next,
            _ => break,
        }
        depth += 1;
    }
    depth
}

/// Flattens the blocks of one statement.
pub(super) struct Flattener<'a> {
    pub facts: Facts<'a>,
    pub query: &'a Query,
    pub seen: BTreeSet<BlockId>,
    done: Vec<FlatBlock>,
}

impl<'a> Flattener<'a> {
    fn root(&mut self, id: BlockId, inherited: Vec<Expr>) {
        if !self.seen.insert(id) {
            return;
        }
        let query = self.query;
        let block = query.block(id);
        let mut gathering = Gathering {
            relations: Vec::new(),
            conditions: Vec::new(),
            shown: HashMap::new(),
            extra: Vec::new(),
        };
        self.gather(block, None, Pairing::Inner, None, &mut gathering);
        for expr in inherited {
            let expr = gathering.resolve(&expr);
            gathering.conditions.push(FlatCondition {
                expr,
                reach: None,
                late: BTreeSet::new(),
            });
        }
        let wanted = self.wanted(block, &gathering);
        let gathers = block.is_grouped()
            || block.distinct != Distinct::No
            || block.select.iter().any(|item| item.expr.has_window());
        let mut read: Vec<Expr> = block
            .select
            .iter()
            .map(|item| gathering.resolve(&item.expr))
            .collect();
        let exists = block
            .expression
            .is_some_and(|expression| query.expression(expression).reader == Reader::Exists);
        if exists {
            read.clear();
        }
        read.extend(block.having.iter().map(|expr| gathering.resolve(expr)));
        read.extend(block.other.iter().map(|expr| gathering.resolve(expr)));
        if let Distinct::On(list) = &block.distinct {
            read.extend(list.iter().map(|expr| gathering.resolve(expr)));
        }
        let grouping: Vec<Expr> = block
            .group_by
            .expressions()
            .iter()
            .map(|expr| gathering.resolve(expr))
            .collect();
        read.append(&mut gathering.extra);
        let sorting = wanted.order.iter().map(|key| &key.expr);
        let conditions = gathering.conditions.iter();
        let used = read
            .iter()
            .chain(&grouping)
            .chain(sorting)
            .chain(conditions.map(|condition| &condition.expr));
        let mut columns: BTreeMap<RelationId, BTreeSet<usize>> = BTreeMap::new();
        for expr in used {
            for column in expr.columns() {
                columns
                    .entry(column.relation)
                    .or_default()
                    .insert(column.column);
            }
            for subquery in expr.subqueries() {
                self.columns_of_subquery(subquery, &gathering, &mut columns, 0);
            }
            expr.walk(&mut |part| {
                if let ExprKind::WholeRow(relation) = part.kind {
                    let all = query
                        .relations
                        .get(relation.0)
                        .map_or(0, |r| r.columns.len());
                    columns.entry(relation).or_default().extend(0..all);
                }
            });
        }
        let own: BTreeSet<RelationId> = gathering
            .relations
            .iter()
            .map(|relation| relation.id)
            .collect();
        if self.marks_rows(id) {
            for relation in &own {
                columns.entry(*relation).or_default().insert(ROW_ADDRESS);
            }
        }
        let parameters = columns
            .keys()
            .copied()
            .filter(|relation| !own.contains(relation) && !gathering.shown.contains_key(relation))
            .collect();
        let pushed = self.pushed_down(&gathering);
        let relations = gathering.relations.clone();
        self.done.push(FlatBlock {
            block: id,
            relations: gathering.relations,
            conditions: gathering.conditions,
            wanted,
            gathers,
            columns,
            parameters,
            grouping,
            single_group: block.is_single_group(),
        });
        for relation in &relations {
            if let Some(inner) = relation.query {
                let conditions = pushed.get(&relation.id).cloned().unwrap_or_default();
                self.inner_roots(inner, relation.id, &conditions, 0);
            }
        }
    }

    /// Whether a block writes or locks rows: then the planner keeps for each of its relations where the row lies.
    /// Source: preprocess_rowmarks and preprocess_targetlist.
    fn marks_rows(&self, id: BlockId) -> bool {
        let query = self.query;
        let writes = match &query.kind {
            StatementKind::Update { block, .. }
            | StatementKind::Delete { block, .. }
            | StatementKind::Merge { block, .. } => *block == id,
            StatementKind::Select(_) | StatementKind::Insert { .. } | StatementKind::Other => false,
        };
        writes
            || query.expressions.iter().any(|expression| {
                matches!(expression.body, QueryBody::Write(block) if block == id)
                    || expression.locks()
                        && matches!(expression.body, QueryBody::Select(block) if block == id)
            })
    }

    /// Columns of this block's relations that a subquery reads.
    fn columns_of_subquery(
        &self,
        id: QueryExpressionId,
        gathering: &Gathering,
        columns: &mut BTreeMap<RelationId, BTreeSet<usize>>,
        depth: usize,
    ) {
        if depth > 32 {
            return;
        }
        for block in &self.query.blocks {
            let inside = block
                .expression
                .is_some_and(|expression| is_within(self.query, expression, id));
            if !inside {
                continue;
            }
            for expr in self.query.expressions_of(block) {
                for column in gathering.resolve(expr).columns() {
                    columns
                        .entry(column.relation)
                        .or_default()
                        .insert(column.column);
                }
            }
        }
    }

    /// The blocks of a query expression that is computed by itself, with the conditions that can come down.
    fn inner_roots(
        &mut self,
        id: QueryExpressionId,
        relation: RelationId,
        conditions: &[Expr],
        depth: usize,
    ) {
        if depth > 64 {
            return;
        }
        let expression = self.query.expression(id);
        let stops = expression.limit.is_some() || expression.offset.is_some();
        let conditions = if stops { &[] } else { conditions };
        match &expression.body {
            QueryBody::Select(block) | QueryBody::Write(block) => {
                let block = self.query.block(*block);
                let inherited = conditions
                    .iter()
                    .filter_map(|condition| come_down(block, relation, condition))
                    .collect();
                self.root(block.id, inherited);
            }
            QueryBody::SetOperation {
                operator,
                left,
                right,
                ..
            } => {
                let conditions = if *operator == SetOperator::Except {
                    &[]
                } else {
                    conditions
                };
                self.inner_roots(*left, relation, conditions, depth + 1);
                self.inner_roots(*right, relation, conditions, depth + 1);
            }
            QueryBody::Nested(inner) => self.inner_roots(*inner, relation, conditions, depth + 1),
            QueryBody::Values(_) | QueryBody::Unknown => {}
        }
    }
}

/// Whether a query expression is another one, or stands inside of it.
pub(in crate::index) fn is_within(
    query: &Query,
    expression: QueryExpressionId,
    outer: QueryExpressionId,
) -> bool {
    let mut at = expression;
    for _ in 0..=query.expressions.len() {
        if at == outer {
            return true;
        }
        let one = query.expression(at);
        let above = match one.reader {
            Reader::SetOperation { parent } => Some(parent),
            _ => one.parent.and_then(|block| query.block(block).expression),
        };
        match above {
            Some(above) if above != at => at = above,
            _ => return false,
        }
    }
    false
}
