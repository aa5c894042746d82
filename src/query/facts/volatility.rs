use crate::catalog::{UserFunction, Volatility};
use crate::query::functions;
use crate::query::{
    BlockId, Expr, ExprKind, QueryBody, QueryExpressionId, RelationId, RelationSource,
};

use super::Facts;

impl Facts<'_> {
    /// The user's function of that name, where the schema has it.
    pub(super) fn user_function(&self, name: &str) -> Option<&UserFunction> {
        let catalog = self.schema.catalog();
        let (schema, name) = match name.rsplit_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, name),
        };
        catalog.functions.iter().find_map(|(known, function)| {
            let visible = match schema {
                Some(schema) => known.schema == schema,
                None => catalog.search_path.contains(&known.schema),
            };
            (visible && known.name == name).then_some(function)
        })
    }

    /// Volatility of a function; one that nobody knows counts as volatile.
    pub fn function_volatility(&self, name: &str) -> Volatility {
        functions::volatility(name)
            .or_else(|| self.user_function(name).map(|function| function.volatility))
            .unwrap_or(Volatility::Volatile)
    }

    /// Whether two evaluations of an expression on the same row may differ, or do something besides; subqueries are
    /// entered.
    pub fn is_volatile(&self, expr: &Expr) -> bool {
        expr.any(&|part| {
            matches!(&part.kind, ExprKind::Function(call)
                if self.function_volatility(&call.name) == Volatility::Volatile
                    && !crate::query::functions::is_window(&call.name))
        }) || expr
            .subqueries()
            .into_iter()
            .any(|query| self.is_volatile_query(query))
    }

    /// Whether a query expression calls a volatile function anywhere, or writes.
    pub fn is_volatile_query(&self, query: QueryExpressionId) -> bool {
        let expression = self.query.expression(query);
        let body = match &expression.body {
            QueryBody::Select(block) => self.is_volatile_block(*block),
            QueryBody::SetOperation { left, right, .. } => {
                self.is_volatile_query(*left) || self.is_volatile_query(*right)
            }
            QueryBody::Nested(inner) => self.is_volatile_query(*inner),
            QueryBody::Values(_) => false,
            QueryBody::Write(_) | QueryBody::Unknown => true,
        };
        body || self
            .query
            .own_expressions_of(query)
            .into_iter()
            .any(|expr| self.is_volatile(expr))
    }

    /// Whether a block calls a volatile function anywhere.
    pub fn is_volatile_block(&self, block: BlockId) -> bool {
        let block = self.query.block(block);
        self.query
            .expressions_of(block)
            .into_iter()
            .any(|expr| self.is_volatile(expr))
            || block
                .relations()
                .into_iter()
                .any(|relation| self.is_volatile_relation(relation))
    }

    /// Whether reading a relation calls a volatile function or writes.
    pub fn is_volatile_relation(&self, relation: RelationId) -> bool {
        match &self.query.relation(relation).source {
            RelationSource::Derived(query) | RelationSource::View { query, .. } => {
                self.is_volatile_query(*query)
            }
            // a CTE that calls a volatile function is computed once, whoever reads it; one that reads itself is not followed
            RelationSource::Cte(_) | RelationSource::Table(_) | RelationSource::Unknown { .. } => {
                false
            }
            RelationSource::Function { calls, .. } => {
                calls.iter().any(|call| self.is_volatile(call))
            }
        }
    }
}
