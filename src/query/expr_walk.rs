//! Going through an expression: what is inside it, and what of that is read.

use std::collections::BTreeSet;

use super::{ColumnRef, Expr, ExprKind, FunctionKind, QueryExpressionId, RelationId};

impl Expr {
    /// Calls `visit` for this expression and for each one inside it, outer first. Subqueries are not entered.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.any_child(&mut |child| {
            child.walk(visit);
            false
        });
    }

    /// The expressions directly inside.
    pub fn children(&self) -> Vec<&Expr> {
        let mut children = Vec::new();
        self.any_child(&mut |child| {
            children.push(child);
            false
        });
        children
    }

    /// Whether a condition holds for an expression directly inside; those behind the first such are not visited.
    fn any_child<'a>(&'a self, holds: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
        match &self.kind {
            ExprKind::Column(_)
            | ExprKind::WholeRow(_)
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Exists(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::ArraySubquery(_)
            | ExprKind::Unresolved(_) => false,
            ExprKind::And(list)
            | ExprKind::Or(list)
            | ExprKind::Row(list)
            | ExprKind::Array(list)
            | ExprKind::Other { operands: list, .. } => list.iter().any(holds),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::InSubquery { operand, .. }
            | ExprKind::QuantifiedSubquery { operand, .. }
            | ExprKind::Cast { operand, .. }
            | ExprKind::Collate { operand, .. } => holds(operand),
            ExprKind::Binary { left, right, .. } | ExprKind::IsDistinct { left, right, .. } => {
                holds(left) || holds(right)
            }
            ExprKind::InList { operand, list, .. } => holds(operand) || list.iter().any(holds),
            ExprKind::QuantifiedArray { operand, array, .. } => holds(operand) || holds(array),
            ExprKind::Between {
                operand, low, high, ..
            } => holds(operand) || holds(low) || holds(high),
            ExprKind::Like {
                operand,
                pattern,
                escape,
                ..
            } => holds(operand) || holds(pattern) || escape.as_deref().is_some_and(holds),
            ExprKind::Function(call) => {
                let windows = call.over.iter();
                call.arguments
                    .iter()
                    .chain(call.order_by.iter().map(|key| &key.expr))
                    .chain(&call.filter)
                    .chain(windows.flat_map(|window| {
                        let keys = window.order_by.iter().map(|key| &key.expr);
                        window.partition_by.iter().chain(keys)
                    }))
                    .any(holds)
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => {
                operand.as_deref().is_some_and(&mut *holds)
                    || branches
                        .iter()
                        .any(|(condition, result)| holds(condition) || holds(result))
                    || otherwise.as_deref().is_some_and(holds)
            }
        }
    }

    /// The expressions directly inside, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Column(_)
            | ExprKind::WholeRow(_)
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Exists(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::ArraySubquery(_)
            | ExprKind::Unresolved(_) => Vec::new(),
            ExprKind::And(list)
            | ExprKind::Or(list)
            | ExprKind::Row(list)
            | ExprKind::Array(list)
            | ExprKind::Other { operands: list, .. } => list.iter_mut().collect(),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::InSubquery { operand, .. }
            | ExprKind::QuantifiedSubquery { operand, .. }
            | ExprKind::Cast { operand, .. }
            | ExprKind::Collate { operand, .. } => vec![operand],
            ExprKind::Binary { left, right, .. } | ExprKind::IsDistinct { left, right, .. } => {
                vec![left, right]
            }
            ExprKind::InList { operand, list, .. } => {
                std::iter::once(&mut **operand).chain(list).collect()
            }
            ExprKind::QuantifiedArray { operand, array, .. } => vec![operand, array],
            ExprKind::Between {
                operand, low, high, ..
            } => vec![operand, low, high],
            ExprKind::Like {
                operand,
                pattern,
                escape,
                ..
            } => {
                let mut children: Vec<&mut Expr> = vec![operand, pattern];
                children.extend(escape.as_deref_mut());
                children
            }
            ExprKind::Function(call) => {
                let mut children: Vec<&mut Expr> = call.arguments.iter_mut().collect();
                children.extend(call.order_by.iter_mut().map(|key| &mut key.expr));
                children.extend(call.filter.as_mut());
                if let Some(window) = &mut call.over {
                    children.extend(&mut window.partition_by);
                    children.extend(window.order_by.iter_mut().map(|key| &mut key.expr));
                }
                children
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => {
                let mut children: Vec<&mut Expr> = operand.as_deref_mut().into_iter().collect();
                for (condition, result) in branches {
                    children.push(condition);
                    children.push(result);
                }
                children.extend(otherwise.as_deref_mut());
                children
            }
        }
    }

    /// The expression with every column replaced; subqueries are not entered.
    pub fn map_columns(&self, replace: &dyn Fn(ColumnRef) -> ExprKind) -> Expr {
        let mut copy = self.clone();
        copy.replace_columns(replace);
        copy
    }

    fn replace_columns(&mut self, replace: &dyn Fn(ColumnRef) -> ExprKind) {
        if let ExprKind::Column(column) = self.kind {
            self.kind = replace(column);
            return;
        }
        for child in self.children_mut() {
            child.replace_columns(replace);
        }
    }

    /// All columns in it, subqueries left out.
    pub fn columns(&self) -> BTreeSet<ColumnRef> {
        let mut columns = BTreeSet::new();
        self.walk(&mut |expr| {
            if let ExprKind::Column(column) = expr.kind {
                columns.insert(column);
            }
        });
        columns
    }

    /// The relations whose columns or whole rows are in it, subqueries left out.
    pub fn relations(&self) -> BTreeSet<RelationId> {
        let mut relations = BTreeSet::new();
        self.walk(&mut |expr| match expr.kind {
            ExprKind::Column(column) => {
                relations.insert(column.relation);
            }
            ExprKind::WholeRow(relation) => {
                relations.insert(relation);
            }
            _ => {}
        });
        relations
    }

    /// Whether a column or whole row of one of these relations is in it, subqueries left out.
    pub fn reads_any(&self, relations: &BTreeSet<RelationId>) -> bool {
        self.any(&|expr| match expr.kind {
            ExprKind::Column(column) => relations.contains(&column.relation),
            ExprKind::WholeRow(relation) => relations.contains(&relation),
            _ => false,
        })
    }

    /// Whether a column or the whole row of a relation is in it, subqueries left out.
    pub fn reads(&self, relation: RelationId) -> bool {
        self.any(&|expr| match expr.kind {
            ExprKind::Column(column) => column.relation == relation,
            ExprKind::WholeRow(whole) => whole == relation,
            _ => false,
        })
    }

    /// Whether a relation, and no other, is read in it; subqueries are left out.
    pub fn reads_only(&self, relation: RelationId) -> bool {
        self.reads(relation)
            && !self.any(&|expr| match expr.kind {
                ExprKind::Column(column) => column.relation != relation,
                ExprKind::WholeRow(whole) => whole != relation,
                _ => false,
            })
    }

    /// Whether a column is in it, subqueries left out.
    pub fn has_columns(&self) -> bool {
        self.any(&|expr| matches!(expr.kind, ExprKind::Column(_)))
    }

    /// Whether a function that returns a set is called in it, subqueries left out.
    pub fn has_set_returning(&self) -> bool {
        self.any(&|expr| {
            matches!(&expr.kind, ExprKind::Function(call) if call.kind == FunctionKind::SetReturning)
        })
    }

    /// Whether a subquery stands in it.
    pub fn has_subquery(&self) -> bool {
        self.any(&|expr| {
            matches!(
                expr.kind,
                ExprKind::Exists(_)
                    | ExprKind::ScalarSubquery(_)
                    | ExprKind::ArraySubquery(_)
                    | ExprKind::InSubquery { .. }
                    | ExprKind::QuantifiedSubquery { .. }
            )
        })
    }

    /// The subqueries directly in it.
    pub fn subqueries(&self) -> Vec<QueryExpressionId> {
        let mut queries = Vec::new();
        self.walk(&mut |expr| match expr.kind {
            ExprKind::Exists(query)
            | ExprKind::ScalarSubquery(query)
            | ExprKind::ArraySubquery(query)
            | ExprKind::InSubquery { query, .. }
            | ExprKind::QuantifiedSubquery { query, .. } => queries.push(query),
            _ => {}
        });
        queries
    }

    /// Whether a condition holds for it or for an expression inside it; subqueries are not entered.
    pub fn any(&self, condition: &dyn Fn(&Expr) -> bool) -> bool {
        condition(self) || self.any_child(&mut |child| child.any(condition))
    }

    /// Whether an aggregate (not a window function) is in it.
    pub fn has_aggregate(&self) -> bool {
        self.any(&|expr| {
            matches!(&expr.kind, ExprKind::Function(call) if call.kind == FunctionKind::Aggregate)
        })
    }

    /// Whether a window function is in it.
    pub fn has_window(&self) -> bool {
        self.any(&|expr| {
            matches!(&expr.kind, ExprKind::Function(call) if call.kind == FunctionKind::Window)
        })
    }

    /// Whether it has the same value for all rows of the statement as far as its own text tells: no columns, no
    /// subqueries, no unresolved names (functions are the caller's judgement).
    pub fn is_constant(&self) -> bool {
        !self.any(&|expr| {
            matches!(
                expr.kind,
                ExprKind::Column(_)
                    | ExprKind::WholeRow(_)
                    | ExprKind::Exists(_)
                    | ExprKind::ScalarSubquery(_)
                    | ExprKind::ArraySubquery(_)
                    | ExprKind::InSubquery { .. }
                    | ExprKind::QuantifiedSubquery { .. }
                    | ExprKind::Unresolved(_)
                    | ExprKind::Other { .. }
            )
        })
    }
}
