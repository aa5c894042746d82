use std::collections::HashMap;

use super::flatten::Flattener;
use super::gather::Gathering;
use crate::query::{
    Block, ColumnRef, CteId, Distinct, Expr, ExprKind, GroupBy, QueryBody, RelationId,
    RelationSource,
};

impl Flattener<'_> {
    /// For each relation that is computed first, the conditions on it alone.
    pub(super) fn pushed_down(&self, gathering: &Gathering) -> HashMap<RelationId, Vec<Expr>> {
        let mut pushed: HashMap<RelationId, Vec<Expr>> = HashMap::new();
        for relation in &gathering.relations {
            if relation.query.is_none() || !self.may_push_into(relation.id) {
                continue;
            }
            for condition in &gathering.conditions {
                let reaches = condition.picks(relation.id);
                if reaches
                    && condition.expr.relations().iter().eq([&relation.id])
                    && !condition.expr.has_subquery()
                    && !self.facts.is_volatile(&condition.expr)
                {
                    pushed
                        .entry(relation.id)
                        .or_default()
                        .push(condition.expr.clone());
                }
            }
        }
        pushed
    }

    /// Whether conditions on a relation can become conditions inside of it.
    pub(super) fn may_push_into(&self, relation: RelationId) -> bool {
        match self.query.relation(relation).source {
            RelationSource::Derived(_) | RelationSource::View { .. } => true,
            RelationSource::Cte(cte) => self.is_inlined(cte),
            _ => false,
        }
    }

    /// Source: the conditions under which SS_process_ctes inlines a CTE.
    pub(super) fn is_inlined(&self, cte: CteId) -> bool {
        let cte = self.query.cte(cte);
        !cte.recursive
            && match cte.materialized {
                Some(materialized) => !materialized,
                None => cte.references.len() <= 1,
            }
            && !matches!(self.query.expression(cte.query).body, QueryBody::Write(_))
            && !self.facts.is_volatile_query(cte.query)
    }
}

/// A condition on a derived table as one inside of its block, where it holds there just as well.
pub(super) fn come_down(block: &Block, relation: RelationId, condition: &Expr) -> Option<Expr> {
    if block.select.iter().any(|item| item.expr.has_window())
        || matches!(block.distinct, Distinct::On(_))
    {
        return None;
    }
    let grouped = block.is_grouped();
    let mut possible = true;
    for column in condition.columns() {
        if column.relation != relation {
            continue;
        }
        let fits = block.select.get(column.column).is_some_and(|item| {
            !item.expr.has_aggregate()
                && !item.expr.has_subquery()
                && (!grouped
                    || matches!(&block.group_by, GroupBy::Expressions(keys) if keys.contains(&item.expr)))
        });
        possible &= fits;
    }
    possible.then(|| {
        condition.map_columns(&|column: ColumnRef| {
            if column.relation == relation {
                block
                    .select
                    .get(column.column)
                    .map_or(ExprKind::Column(column), |item| item.expr.kind.clone())
            } else {
                ExprKind::Column(column)
            }
        })
    })
}
