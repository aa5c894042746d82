use std::collections::BTreeSet;

use crate::catalog::{TableId, Type};
use crate::query::functions;
use crate::query::{
    BinaryOp, Block, BlockId, BoundSchema, ColumnRef, Expr, ExprKind, FunctionKind, GroupBy,
    JoinKind, JoinTree, Literal, QueryBody, QueryExpressionId, RelationId, RelationSource,
    SetOperator,
};

use super::known_value::KnownValue;
use super::{Facts, NullSet};

impl Facts<'_> {
    /// The relations of a block that an outer join may fill up with NULLs.
    pub fn nullable_relations(&self, block: &Block) -> BTreeSet<RelationId> {
        fn collect(tree: &JoinTree, nullable: bool, into: &mut BTreeSet<RelationId>) {
            match tree {
                JoinTree::Relation(relation) => {
                    if nullable {
                        into.insert(*relation);
                    }
                }
                JoinTree::Join(join) => {
                    let (left, right) = join.nullable_sides();
                    collect(&join.left, nullable || left, into);
                    collect(&join.right, nullable || right, into);
                }
            }
        }
        let mut nullable = BTreeSet::new();
        for tree in &block.from {
            collect(tree, false, &mut nullable);
        }
        nullable
    }

    /// Whether a column of a relation can be NULL before any outer join fills it up.
    pub fn column_may_be_null(&self, column: ColumnRef) -> bool {
        let Some(relation) = self.query.relations.get(column.relation.0) else {
            return true;
        };
        match &relation.source {
            RelationSource::Table(table) => match relation
                .columns
                .get(column.column)
                .and_then(|column| column.catalog)
            {
                Some(id) => {
                    !self.schema.catalog().table(*table).column(id).not_null
                        && !self.checked_not_null(*table, column.column)
                }
                None => true,
            },
            RelationSource::Derived(query) | RelationSource::View { query, .. } => {
                self.output_may_be_null(*query, column.column)
            }
            RelationSource::Cte(cte) => {
                let cte = self.query.cte(*cte);
                cte.recursive || self.output_may_be_null(cte.query, column.column)
            }
            RelationSource::Function {
                with_ordinality, ..
            } => {
                !(*with_ordinality
                    && relation
                        .columns
                        .get(column.column)
                        .is_some_and(|column| column.name == "ordinality"))
            }
            RelationSource::Unknown { .. } => true,
        }
    }

    /// Whether a validated CHECK is false where a column is NULL: NULL itself would pass it.
    fn checked_not_null(&self, table: TableId, column: usize) -> bool {
        let checks = self.schema.checks(table);
        if checks.is_empty() || self.has_children(table) {
            return false;
        }
        let column = NullSet::Column(ColumnRef {
            relation: BoundSchema::TABLE,
            column,
        });
        checks
            .iter()
            .any(|check| self.value_when(check, &column) == Some(KnownValue::Boolean(false)))
    }

    /// Whether an output column of a query expression can be NULL.
    pub fn output_may_be_null(&self, query: QueryExpressionId, column: usize) -> bool {
        match &self.query.expression(query).body {
            QueryBody::Select(block) | QueryBody::Write(block) => {
                let block = self.query.block(*block);
                match block.select.get(column) {
                    Some(item) => self.may_be_null(&item.expr, block.id),
                    None => true,
                }
            }
            QueryBody::SetOperation {
                operator,
                left,
                right,
                ..
            } => match operator {
                SetOperator::Union => {
                    self.output_may_be_null(*left, column)
                        || self.output_may_be_null(*right, column)
                }
                SetOperator::Intersect => {
                    self.output_may_be_null(*left, column)
                        && self.output_may_be_null(*right, column)
                }
                SetOperator::Except => self.output_may_be_null(*left, column),
            },
            QueryBody::Nested(inner) => self.output_may_be_null(*inner, column),
            QueryBody::Values(rows) => rows.iter().any(|row| match row.get(column) {
                Some(expr) => {
                    !matches!(&expr.kind, ExprKind::Literal(literal) if *literal != Literal::Null)
                }
                None => true,
            }),
            QueryBody::Unknown => true,
        }
    }

    /// Whether an expression of a block's select list (or another that is computed after WHERE) can be NULL.
    pub fn may_be_null(&self, expr: &Expr, block: BlockId) -> bool {
        let block = self.query.block(block);
        self.may_be_null_in(expr, block, true)
    }

    /// As [`Facts::may_be_null`]; `filtered` says whether WHERE has been passed.
    pub fn may_be_null_in(&self, expr: &Expr, block: &Block, filtered: bool) -> bool {
        let may = |expr: &Expr| self.may_be_null_in(expr, block, filtered);
        // a grouping set without an expression shows NULL in its place
        if let GroupBy::Sets(sets) = &block.group_by
            && filtered
            && sets.expressions.contains(expr)
        {
            return true;
        }
        match &expr.kind {
            ExprKind::Column(column) => {
                let own = block.relations().contains(&column.relation);
                if !own {
                    // an outer reference: its own block may fill it up
                    let Some(relation) = self.query.relations.get(column.relation.0) else {
                        return self.schema_column_may_be_null(*column);
                    };
                    let outer = self.query.block(relation.block);
                    return self.column_may_be_null(*column)
                        || self.nullable_relations(outer).contains(&column.relation);
                }
                let filled = self.nullable_relations(block).contains(&column.relation);
                if !self.column_may_be_null(*column) && !filled {
                    return false;
                }
                let grouped_away = matches!(block.group_by, GroupBy::Sets(_));
                if grouped_away {
                    return true;
                }
                if !filtered {
                    return true;
                }
                // with a NOT NULL column of its own only a filled-up row is NULL here
                let only_filled = filled && !self.column_may_be_null(*column);
                // a condition on a grouping column drops its groups
                let conditions = self.passed_conditions(block).chain(&block.having);
                !conditions.into_iter().any(|conjunct| {
                    self.rejects(conjunct, &NullSet::Column(*column))
                        || only_filled
                            && self.rejects(conjunct, &NullSet::relation(column.relation))
                })
            }
            ExprKind::Literal(literal) => *literal == Literal::Null,
            ExprKind::And(arms) | ExprKind::Or(arms) => arms.iter().any(may),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::Collate { operand, .. } => may(operand),
            ExprKind::Cast { operand, data_type } => {
                matches!(data_type, Type::Other(_)) || may(operand)
            }
            ExprKind::IsNull { .. }
            | ExprKind::IsTruth { .. }
            | ExprKind::IsDistinct { .. }
            | ExprKind::Exists(_) => false,
            ExprKind::Binary { op, left, right } => match op {
                BinaryOp::Other(_) => true,
                BinaryOp::Concat | BinaryOp::Regex { .. } => may(left) || may(right),
                op if op.is_comparison() || op.is_arithmetic() => may(left) || may(right),
                _ => true,
            },
            ExprKind::Between {
                operand, low, high, ..
            } => may(operand) || may(low) || may(high),
            ExprKind::Like {
                operand, pattern, ..
            } => may(operand) || may(pattern),
            ExprKind::InList { operand, list, .. } => may(operand) || list.iter().any(may),
            ExprKind::Array(_) | ExprKind::Row(_) | ExprKind::ArraySubquery(_) => false,
            ExprKind::WholeRow(relation) => {
                self.nullable_relations(block).contains(relation)
                    || !block.relations().contains(relation)
            }
            ExprKind::Function(call) => match (call.kind, call.name.as_str()) {
                (_, "coalesce" | "greatest" | "least") => call.arguments.iter().all(may),
                (FunctionKind::Aggregate, "count") | (FunctionKind::Scalar, "concat") => false,
                (FunctionKind::Scalar, "concat_ws") => call.arguments.first().is_none_or(may),
                (FunctionKind::Window, "lag" | "lead") => match call.arguments.as_slice() {
                    [value, offset, default] => may(value) || may(offset) || may(default),
                    _ => true,
                },
                (
                    FunctionKind::Aggregate,
                    "sum" | "min" | "max" | "avg" | "bool_and" | "bool_or" | "every" | "array_agg"
                    | "string_agg" | "jsonb_agg" | "json_agg",
                ) => {
                    // a group has at least one row; without GROUP BY there may be none
                    block.is_single_group()
                        || matches!(block.group_by, GroupBy::Sets(_))
                        || call.filter.is_some()
                        || !matches!(call.name.as_str(), "array_agg" | "jsonb_agg" | "json_agg")
                            && call.arguments.first().is_none_or(may)
                }
                (FunctionKind::Scalar | FunctionKind::Window, name)
                    if functions::is_total(name) =>
                {
                    call.arguments.iter().any(may)
                }
                _ => true,
            },
            ExprKind::Case {
                branches,
                otherwise,
                ..
            } => {
                branches.iter().any(|(_, result)| may(result))
                    || otherwise.as_deref().is_none_or(may)
            }
            ExprKind::ScalarSubquery(query) => match &self.query.expression(*query).body {
                QueryBody::Select(inner) => {
                    let inner = self.query.block(*inner);
                    let limited = self.query.expression(*query).limit.is_some()
                        || self.query.expression(*query).offset.is_some();
                    limited
                        || !inner.is_single_group()
                        || !inner.having.is_empty()
                        || self.output_may_be_null(*query, 0)
                }
                _ => true,
            },
            _ => true,
        }
    }

    fn schema_column_may_be_null(&self, _column: ColumnRef) -> bool {
        true
    }

    /// Conjuncts that every row of a block has passed: WHERE, and the ON of inner joins that are under no outer join.
    pub fn passed_conditions<'b>(
        &self,
        block: &'b Block,
    ) -> impl Iterator<Item = &'b Expr> + use<'b> {
        let mut conditions: Vec<&Expr> = block.filter.iter().collect();
        for tree in &block.from {
            collect_passed(tree, &mut conditions);
        }
        conditions.into_iter()
    }

    /// Conjuncts that every row of a join tree has passed.
    pub fn passed_in_tree<'b>(&self, tree: &'b JoinTree) -> Vec<&'b Expr> {
        let mut conditions = Vec::new();
        collect_passed(tree, &mut conditions);
        conditions
    }
}

fn collect_passed<'t>(tree: &'t JoinTree, into: &mut Vec<&'t Expr>) {
    if let JoinTree::Join(join) = tree {
        match join.kind {
            JoinKind::Inner | JoinKind::Cross => {
                into.extend(&join.on);
                collect_passed(&join.left, into);
                collect_passed(&join.right, into);
            }
            JoinKind::Left => collect_passed(&join.left, into),
            JoinKind::Right => collect_passed(&join.right, into),
            JoinKind::Full => {}
        }
    }
}
