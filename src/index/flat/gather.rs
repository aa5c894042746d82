use std::collections::{BTreeSet, HashMap};

use super::flatten::Flattener;
use super::{FlatCondition, FlatRelation, Pairing};
use crate::query::facts::NullSet;
use crate::query::{
    BinaryOp, Block, Distinct, Expr, ExprKind, JoinKind, JoinTree, QueryBody, QueryExpressionId,
    RelationId, RelationSource,
};

/// What is gathered while a block is flattened.
pub(super) struct Gathering {
    pub relations: Vec<FlatRelation>,
    pub conditions: Vec<FlatCondition>,
    /// What the columns of a pulled-up relation stand for.
    pub shown: HashMap<RelationId, Vec<Expr>>,
    pub extra: Vec<Expr>,
}

impl Gathering {
    pub(super) fn resolve(&self, expr: &Expr) -> Expr {
        expr.map_columns(&|column| match self.shown.get(&column.relation) {
            Some(exprs) => exprs
                .get(column.column)
                .map_or(ExprKind::Column(column), |expr| expr.kind.clone()),
            None => ExprKind::Column(column),
        })
    }
}

impl<'a> Flattener<'a> {
    pub(super) fn gather(
        &mut self,
        block: &'a Block,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let before = gathering.relations.len();
        for tree in &block.from {
            self.gather_tree(block, tree, reach, pairing, reported, gathering);
        }
        let late = gathering.relations[before..]
            .iter()
            .filter(|relation| relation.pairing == Pairing::Outer && pairing != Pairing::Outer)
            .map(|relation| relation.id)
            .collect();
        for conjunct in &block.filter {
            self.gather_condition(conjunct, reach, &late, pairing, reported, gathering);
        }
    }

    fn gather_tree(
        &mut self,
        block: &'a Block,
        tree: &'a JoinTree,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        match tree {
            JoinTree::Relation(relation) => {
                self.gather_relation(*relation, reach, pairing, reported, gathering);
            }
            JoinTree::Join(join) => {
                let rejected = |side: &JoinTree| {
                    let nulls = NullSet::Relations(side.relations().into_iter().collect());
                    block.filter.iter().any(|conjunct| {
                        !conjunct.is_constant() && self.facts.rejects(conjunct, &nulls)
                    })
                };
                let kind = match join.kind {
                    JoinKind::Left if rejected(&join.right) => JoinKind::Inner,
                    JoinKind::Right if rejected(&join.left) => JoinKind::Inner,
                    JoinKind::Full => match (rejected(&join.left), rejected(&join.right)) {
                        (true, true) => JoinKind::Inner,
                        (true, false) => JoinKind::Left,
                        (false, true) => JoinKind::Right,
                        (false, false) => JoinKind::Full,
                    },
                    kind => kind,
                };
                let before = gathering.relations.len();
                let outer = |nullable: bool| {
                    if nullable && pairing == Pairing::Inner {
                        Pairing::Outer
                    } else {
                        pairing
                    }
                };
                let (left_nullable, right_nullable) = match kind {
                    JoinKind::Inner | JoinKind::Cross => (false, false),
                    JoinKind::Left => (false, true),
                    JoinKind::Right => (true, false),
                    JoinKind::Full => (true, true),
                };
                self.gather_tree(
                    block,
                    &join.left,
                    reach,
                    outer(left_nullable),
                    reported,
                    gathering,
                );
                let middle = gathering.relations.len();
                self.gather_tree(
                    block,
                    &join.right,
                    reach,
                    outer(right_nullable),
                    reported,
                    gathering,
                );
                let ids = |range: std::ops::Range<usize>| -> BTreeSet<RelationId> {
                    gathering.relations[range]
                        .iter()
                        .map(|relation| relation.id)
                        .collect()
                };
                let reach = match kind {
                    JoinKind::Inner | JoinKind::Cross => reach.cloned(),
                    JoinKind::Left => Some(ids(middle..gathering.relations.len())),
                    JoinKind::Right => Some(ids(before..middle)),
                    JoinKind::Full => Some(BTreeSet::new()),
                };
                let none = BTreeSet::new();
                for conjunct in &join.on {
                    self.gather_condition(
                        conjunct,
                        reach.as_ref(),
                        &none,
                        pairing,
                        reported,
                        gathering,
                    );
                }
            }
        }
    }

    fn gather_relation(
        &mut self,
        id: RelationId,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let query = self.query;
        let relation = query.relation(id);
        let mut flat = FlatRelation {
            id,
            table: None,
            query: None,
            pairing,
            reported: reported.unwrap_or(id),
        };
        let inner = match &relation.source {
            RelationSource::Table(table) => {
                flat.table = (!relation.sampled).then_some(*table);
                None
            }
            RelationSource::Derived(inner) => Some(*inner),
            RelationSource::View { query, .. } => {
                flat.reported = reported.unwrap_or(id);
                Some(*query)
            }
            RelationSource::Cte(cte) if self.is_inlined(*cte) => Some(query.cte(*cte).query),
            RelationSource::Cte(cte) => {
                flat.query = Some(query.cte(*cte).query);
                None
            }
            RelationSource::Function { calls, .. } => {
                gathering.extra.extend(calls.iter().cloned());
                None
            }
            RelationSource::Unknown { .. } => None,
        };
        if let Some(inner) = inner {
            let simple = self
                .simple_block(inner)
                .filter(|block| !self.seen.contains(&block.id));
            if let Some(block) = simple {
                self.seen.insert(block.id);
                let inside_view = matches!(relation.source, RelationSource::View { .. });
                let reported = reported.or(inside_view.then_some(id));
                let nested_reach = reach.cloned();
                self.gather(block, nested_reach.as_ref(), pairing, reported, gathering);
                let shown = block
                    .select
                    .iter()
                    .map(|item| gathering.resolve(&item.expr))
                    .collect();
                gathering.shown.insert(id, shown);
                return;
            }
            flat.query = Some(inner);
        }
        gathering.relations.push(flat);
    }

    fn gather_condition(
        &mut self,
        conjunct: &Expr,
        reach: Option<&BTreeSet<RelationId>>,
        late: &BTreeSet<RelationId>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let pulled = match &conjunct.kind {
            ExprKind::Exists(inner) => Some((*inner, None, Pairing::Semi)),
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::Exists(inner) => Some((*inner, None, Pairing::Anti)),
                _ => None,
            },
            ExprKind::InSubquery {
                operand,
                query,
                negated: false,
            } => Some((*query, Some(operand), Pairing::Semi)),
            ExprKind::QuantifiedSubquery {
                op: BinaryOp::Eq,
                operand,
                query,
                all: false,
            } => Some((*query, Some(operand), Pairing::Semi)),
            _ => None,
        };
        if let Some((inner, operand, inner_pairing)) = pulled
            && let Some(block) = self.semi_join_block(inner, operand.is_some())
            && !self.seen.contains(&block.id)
        {
            self.seen.insert(block.id);
            let before = gathering.relations.len();
            let first_condition = gathering.conditions.len();
            let inner_pairing = if pairing == Pairing::Anti {
                pairing
            } else {
                inner_pairing
            };
            self.gather(block, reach, inner_pairing, reported, gathering);
            if let Some(operand) = operand {
                let operands: Vec<&Expr> = match &operand.kind {
                    ExprKind::Row(list) => list.iter().collect(),
                    _ => vec![operand],
                };
                for (operand, item) in operands.into_iter().zip(&block.select) {
                    let expr = Expr::new(
                        ExprKind::Binary {
                            op: BinaryOp::Eq,
                            left: Box::new(gathering.resolve(operand)),
                            right: Box::new(gathering.resolve(&item.expr)),
                        },
                        conjunct.span,
                    );
                    gathering.conditions.push(FlatCondition {
                        expr,
                        reach: reach.cloned(),
                        late: late.clone(),
                    });
                }
            }
            if inner_pairing == Pairing::Anti {
                let inside: BTreeSet<RelationId> = gathering.relations[before..]
                    .iter()
                    .map(|relation| relation.id)
                    .collect();
                for condition in &mut gathering.conditions[first_condition..] {
                    let narrowed = match &condition.reach {
                        Some(reach) => reach.intersection(&inside).copied().collect(),
                        None => inside.clone(),
                    };
                    condition.reach = Some(narrowed);
                }
            }
            return;
        }
        let expr = gathering.resolve(conjunct);
        gathering.conditions.push(FlatCondition {
            expr,
            reach: reach.cloned(),
            late: late.clone(),
        });
    }

    /// The block of a query expression that can be pulled up. Source: is_simple_subquery.
    fn simple_block(&self, id: QueryExpressionId) -> Option<&'a Block> {
        let expression = self.query.expression(id);
        if expression.limit.is_some()
            || expression.offset.is_some()
            || expression.locks()
            || expression.ctes.iter().any(|cte| !self.is_inlined(*cte))
        {
            return None;
        }
        match &expression.body {
            QueryBody::Select(block) => {
                let block = self.query.block(*block);
                let plain = block.distinct == Distinct::No
                    && !block.from.is_empty()
                    && self.facts.shows_rows_of_from(block);
                plain.then_some(block)
            }
            QueryBody::Nested(inner) => self.simple_block(*inner),
            _ => None,
        }
    }

    /// As [`Self::simple_block`], for EXISTS and IN: EXISTS does not mind LIMIT, DISTINCT and the select list.
    fn semi_join_block(&self, id: QueryExpressionId, membership: bool) -> Option<&'a Block> {
        let expression = self.query.expression(id);
        if membership {
            if let QueryBody::Select(block) = &expression.body {
                let block = self.query.block(*block);
                // DISTINCT inside of IN changes nothing
                if block.distinct == Distinct::All
                    && !block.is_grouped()
                    && expression.limit.is_none()
                    && expression.offset.is_none()
                    && !block.from.is_empty()
                {
                    return Some(block);
                }
            }
            return self.simple_block(id);
        }
        if expression.offset.is_some() {
            return None;
        }
        match &expression.body {
            QueryBody::Select(block) => {
                let block = self.query.block(*block);
                (!block.is_grouped() && !block.from.is_empty() && expression.ctes.is_empty())
                    .then_some(block)
            }
            _ => None,
        }
    }
}
