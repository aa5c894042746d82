use std::collections::BTreeSet;

use crate::catalog::Type;
use crate::query::functions;
use crate::query::{
    BinaryOp, Block, ColumnRef, Expr, ExprKind, FunctionKind, Literal, QueryBody,
    QueryExpressionId, RelationId, Truth,
};

use super::Facts;
use super::known_value::KnownValue;

/// Columns that are supposed to be NULL.
#[derive(Debug, Clone)]
pub enum NullSet {
    /// All columns of some relations: a row that an outer join filled up.
    Relations(BTreeSet<RelationId>),
    /// One column.
    Column(ColumnRef),
    /// Some columns.
    Columns(BTreeSet<ColumnRef>),
    /// All columns of some relations, in every row of a group: what aggregates of them are is known as well.
    InWholeGroups(BTreeSet<RelationId>),
}

impl NullSet {
    /// One relation's columns.
    pub fn relation(relation: RelationId) -> Self {
        Self::Relations(BTreeSet::from([relation]))
    }

    fn column(&self, column: ColumnRef) -> bool {
        match self {
            Self::Relations(relations) | Self::InWholeGroups(relations) => {
                relations.contains(&column.relation)
            }
            Self::Column(only) => *only == column,
            Self::Columns(columns) => columns.contains(&column),
        }
    }

    fn whole_row(&self, relation: RelationId) -> bool {
        matches!(self, Self::Relations(relations) | Self::InWholeGroups(relations) if relations.contains(&relation))
    }

    pub(super) fn is_of_whole_groups(&self) -> bool {
        matches!(self, Self::InWholeGroups(_))
    }
}

/// Operators that give NULL as soon as one side is NULL. Source: proisstrict in pg_proc.dat.
fn is_strict_operator(op: &BinaryOp, left: &Expr, right: &Expr) -> bool {
    match op {
        // array || array and array || element take NULL as empty
        BinaryOp::Concat => {
            let scalar = |expr: &Expr| {
                matches!(&expr.data_type, Some(data_type) if data_type.is_string() || *data_type == Type::Jsonb)
                    || matches!(expr.kind, ExprKind::Literal(Literal::String(_)))
            };
            let array = |expr: &Expr| matches!(expr.data_type, Some(Type::Array(_)));
            (scalar(left) || scalar(right)) && !array(left) && !array(right)
        }
        BinaryOp::Other(symbol) => matches!(
            symbol.as_str(),
            "->" | "->>"
                | "#>"
                | "#>>"
                | "@>"
                | "<@"
                | "&&"
                | "?"
                | "?|"
                | "?&"
                | "@@"
                | "@?"
                | "<<"
                | ">>"
                | "&"
                | "|"
                | "#"
                | "%"
                | "-|-"
                | "&<"
                | "&>"
                | "<->"
                | "<<="
                | ">>="
                | "^@"
                | "~~"
                | "!~~"
                | "%>"
                | "<%"
        ),
        _ => true,
    }
}

/// Aggregates that leave NULLs out, and are NULL where nothing is left. Source: pg_aggregate.dat, strict transition
/// functions without an initial value.
const SKIPS_NULLS: &[&str] = &[
    "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "every", "max", "min", "sum",
];

impl Facts<'_> {
    /// Whether an expression is surely NULL when the columns of `nulls` are NULL.
    pub fn is_null_when(&self, expr: &Expr, nulls: &NullSet) -> bool {
        let null = |expr: &Expr| self.is_null_when(expr, nulls);
        match &expr.kind {
            ExprKind::Column(column) => nulls.column(*column),
            ExprKind::WholeRow(relation) => nulls.whole_row(*relation),
            ExprKind::Literal(literal) => *literal == Literal::Null,
            ExprKind::And(arms) | ExprKind::Or(arms) => !arms.is_empty() && arms.iter().all(null),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::Collate { operand, .. } => null(operand),
            ExprKind::Cast { operand, data_type } => {
                !matches!(data_type, Type::Other(_) | Type::Composite(_)) && null(operand)
            }
            ExprKind::Binary { op, left, right } => {
                let rows =
                    matches!(left.kind, ExprKind::Row(_)) || matches!(right.kind, ExprKind::Row(_));
                !rows && is_strict_operator(op, left, right) && (null(left) || null(right))
            }
            ExprKind::InList { operand, list, .. } => {
                !list.is_empty()
                    && !matches!(operand.kind, ExprKind::Row(_))
                    && (null(operand) || list.iter().all(null))
            }
            ExprKind::Between {
                operand, low, high, ..
            } => null(operand) || (null(low) && null(high)),
            ExprKind::Like {
                operand, pattern, ..
            } => null(operand) || null(pattern),
            ExprKind::QuantifiedArray { array, .. } => null(array),
            ExprKind::Function(call) if call.kind == FunctionKind::Scalar => {
                match call.name.as_str() {
                    "coalesce" | "greatest" | "least" => {
                        !call.arguments.is_empty() && call.arguments.iter().all(null)
                    }
                    "nullif" => call.arguments.first().is_some_and(null),
                    name => {
                        (functions::is_strict(name) || self.is_strict_user_function(name))
                            && call.arguments.iter().any(null)
                    }
                }
            }
            ExprKind::Function(call)
                if call.kind == FunctionKind::Aggregate && nulls.is_of_whole_groups() =>
            {
                SKIPS_NULLS.contains(&call.name.as_str())
                    && call.arguments.first().is_some_and(null)
            }
            ExprKind::Case {
                branches,
                otherwise,
                ..
            } => {
                branches.iter().all(|(_, result)| null(result))
                    && otherwise.as_deref().is_none_or(null)
            }
            _ => false,
        }
    }

    /// Whether a predicate surely is not TRUE (but FALSE or NULL) when the columns of `nulls` are NULL: rows with such
    /// NULLs do not pass it.
    pub fn rejects(&self, predicate: &Expr, nulls: &NullSet) -> bool {
        let null = |expr: &Expr| self.is_null_when(expr, nulls);
        if null(predicate) {
            return true;
        }
        match &predicate.kind {
            ExprKind::Literal(Literal::Boolean(value)) => !value,
            ExprKind::And(arms) => arms.iter().any(|arm| self.rejects(arm, nulls)),
            ExprKind::Or(arms) => arms.iter().all(|arm| self.rejects(arm, nulls)),
            ExprKind::Not(operand) => self.never_false(operand, nulls),
            ExprKind::IsNull {
                operand,
                negated: true,
            } => null(operand) || self.row_has_null(operand, nulls),
            ExprKind::IsTruth {
                operand,
                value,
                negated,
            } => match (value, negated) {
                (Truth::True, false) => self.rejects(operand, nulls),
                (Truth::False, false) => self.never_false(operand, nulls),
                (Truth::Unknown, true) => null(operand),
                _ => false,
            },
            ExprKind::IsDistinct {
                left,
                right,
                negated: true,
            } => {
                (null(left) && self.is_certain_value(right))
                    || (null(right) && self.is_certain_value(left))
            }
            ExprKind::IsDistinct {
                left,
                right,
                negated: false,
            } => null(left) && null(right),
            ExprKind::Between {
                operand,
                low,
                high,
                negated: false,
            } => null(operand) || null(low) || null(high),
            ExprKind::InList {
                operand,
                list,
                negated: false,
            } => {
                self.row_has_null(operand, nulls)
                    || list
                        .iter()
                        .all(|member| self.row_has_null(member, nulls) || null(member))
            }
            ExprKind::InSubquery {
                operand,
                query,
                negated: false,
            } => {
                null(operand)
                    || self.row_has_null(operand, nulls)
                    || self.is_empty_when(*query, nulls)
            }
            // NOT IN is an AND of <>, and one of them is not true
            ExprKind::InList {
                operand,
                list,
                negated: true,
            } if !matches!(operand.kind, ExprKind::Row(_)) => list.iter().any(null),
            ExprKind::QuantifiedArray {
                operand,
                all: false,
                ..
            } => null(operand),
            ExprKind::QuantifiedArray {
                operand,
                array,
                all: true,
                ..
            } => {
                null(operand) && has_members(array)
                    || matches!(&array.kind, ExprKind::Array(elements) if elements.iter().any(null))
            }
            ExprKind::QuantifiedSubquery {
                operand,
                query,
                all: false,
                ..
            } => null(operand) || self.is_empty_when(*query, nulls),
            ExprKind::Exists(query) => self.is_empty_when(*query, nulls),
            // a row comparison is decided by its first columns that differ; equality needs all of them
            ExprKind::Binary { op, left, right } => match (&left.kind, &right.kind) {
                (ExprKind::Row(left), ExprKind::Row(right)) if left.len() == right.len() => {
                    match op {
                        BinaryOp::Eq => left.iter().zip(right).any(|(a, b)| null(a) || null(b)),
                        BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq => {
                            left.first().is_some_and(null) || right.first().is_some_and(null)
                        }
                        _ => false,
                    }
                }
                _ => self.works_out_not_true(predicate, nulls),
            },
            ExprKind::Function(call) if call.name == "coalesce" => call
                .arguments
                .iter()
                .all(|argument| self.rejects(argument, nulls)),
            ExprKind::Case {
                branches,
                otherwise,
                ..
            } => {
                branches
                    .iter()
                    .all(|(_, result)| self.rejects(result, nulls))
                    && otherwise
                        .as_deref()
                        .is_none_or(|result| self.rejects(result, nulls))
                    || self.works_out_not_true(predicate, nulls)
            }
            _ => false,
        }
    }

    /// Whether a predicate that is not surely NULL is worked out to something else than TRUE.
    fn works_out_not_true(&self, predicate: &Expr, nulls: &NullSet) -> bool {
        matches!(
            self.worked_out_when(predicate, nulls),
            Some(KnownValue::Null | KnownValue::Boolean(false))
        )
    }

    /// Whether a predicate surely is not FALSE (but TRUE or NULL) when the columns of `nulls` are NULL.
    fn never_false(&self, predicate: &Expr, nulls: &NullSet) -> bool {
        let null = |expr: &Expr| self.is_null_when(expr, nulls);
        if null(predicate) {
            return true;
        }
        match &predicate.kind {
            ExprKind::Literal(Literal::Boolean(value)) => *value,
            ExprKind::And(arms) => arms.iter().all(|arm| self.never_false(arm, nulls)),
            ExprKind::Or(arms) => arms.iter().any(|arm| self.never_false(arm, nulls)),
            ExprKind::Not(operand) => self.rejects(operand, nulls),
            ExprKind::IsNull {
                operand,
                negated: false,
            } => null(operand),
            ExprKind::IsTruth {
                operand,
                value,
                negated,
            } => match (value, negated) {
                (Truth::True, true) => self.rejects(operand, nulls),
                (Truth::False, true) => self.never_false(operand, nulls),
                (Truth::Unknown, false) => null(operand),
                _ => false,
            },
            ExprKind::IsDistinct {
                left,
                right,
                negated: true,
            } => null(left) && null(right),
            ExprKind::IsDistinct {
                left,
                right,
                negated: false,
            } => {
                (null(left) && self.is_certain_value(right))
                    || (null(right) && self.is_certain_value(left))
            }
            ExprKind::QuantifiedArray { operand, array, .. } => null(operand) && has_members(array),
            ExprKind::Binary { .. } | ExprKind::Case { .. } => {
                self.worked_out_when(predicate, nulls) == Some(KnownValue::Boolean(true))
            }
            _ => false,
        }
    }

    fn row_has_null(&self, expr: &Expr, nulls: &NullSet) -> bool {
        matches!(&expr.kind, ExprKind::Row(members) if members.iter().any(|member| self.is_null_when(member, nulls)))
    }

    fn is_certain_value(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Literal(literal) => *literal != Literal::Null,
            ExprKind::Cast { operand, .. } => self.is_certain_value(operand),
            _ => false,
        }
    }

    /// Whether a correlated subquery has no rows when the columns of `nulls` are NULL.
    fn is_empty_when(&self, query: QueryExpressionId, nulls: &NullSet) -> bool {
        match &self.query.expression(query).body {
            QueryBody::Nested(inner) => self.is_empty_when(*inner, nulls),
            QueryBody::Select(block) => {
                let block = self.query.block(*block);
                let has_row_without_input = block.is_single_group()
                    || matches!(block.group_by, crate::query::GroupBy::Sets(_));
                !has_row_without_input && self.reads_no_row_when(block, nulls)
            }
            _ => false,
        }
    }

    /// Whether no row passes the conditions of a block when the columns of `nulls` are NULL.
    pub(super) fn reads_no_row_when(&self, block: &Block, nulls: &NullSet) -> bool {
        self.passed_conditions(block)
            .any(|conjunct| self.rejects(conjunct, nulls))
    }

    fn is_strict_user_function(&self, name: &str) -> bool {
        self.user_function(name)
            .is_some_and(|function| function.strict && !function.returns_set)
    }
}

/// Whether a written array surely is not empty.
fn has_members(array: &Expr) -> bool {
    match &array.kind {
        ExprKind::Array(elements) => !elements.is_empty(),
        ExprKind::Literal(Literal::String(text)) => text
            .trim()
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .is_some_and(|members| !members.trim().is_empty() && !members.contains('{')),
        ExprKind::Cast { operand, .. } => has_members(operand),
        _ => false,
    }
}
