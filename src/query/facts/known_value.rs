use std::cmp::Ordering;

use crate::catalog::Type;
use crate::query::{
    BinaryOp, Expr, ExprKind, FunctionCall, FunctionKind, Literal, QueryBody, QueryExpressionId,
    Truth, UnaryOp,
};

use super::{Facts, NullSet};

/// What an expression surely is when some columns are NULL.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum KnownValue {
    Null,
    Boolean(bool),
    /// As written, with its sign.
    Number(String),
    /// A string, or what an untyped string literal becomes beside its column.
    Text(String),
}

impl Facts<'_> {
    /// The value of an expression when the columns of `nulls` are NULL; `None` where it depends on anything else.
    pub(super) fn value_when(&self, expr: &Expr, nulls: &NullSet) -> Option<KnownValue> {
        if self.is_null_when(expr, nulls) {
            return Some(KnownValue::Null);
        }
        self.worked_out_when(expr, nulls)
    }

    /// As [`Facts::value_when`], of an expression that is not surely NULL.
    pub(super) fn worked_out_when(&self, expr: &Expr, nulls: &NullSet) -> Option<KnownValue> {
        let value = |expr: &Expr| self.value_when(expr, nulls);
        match &expr.kind {
            ExprKind::Literal(literal) => Some(match literal {
                Literal::Null => KnownValue::Null,
                Literal::Boolean(value) => KnownValue::Boolean(*value),
                Literal::Number(digits) => KnownValue::Number(digits.clone()),
                Literal::String(value) => KnownValue::Text(value.clone()),
            }),
            ExprKind::Unary {
                op: UnaryOp::Minus,
                operand,
            } => match value(operand)? {
                KnownValue::Number(digits) if !digits.starts_with('-') => {
                    Some(KnownValue::Number(format!("-{digits}")))
                }
                _ => None,
            },
            ExprKind::Cast { operand, data_type } => match value(operand)? {
                text @ KnownValue::Text(_) if is_unbounded_string(data_type) => Some(text),
                number @ KnownValue::Number(_) if matches!(data_type, Type::Numeric(None)) => {
                    Some(number)
                }
                _ => None,
            },
            ExprKind::Not(operand) => match value(operand)? {
                KnownValue::Boolean(value) => Some(KnownValue::Boolean(!value)),
                KnownValue::Null => Some(KnownValue::Null),
                _ => None,
            },
            ExprKind::And(arms) => decided(arms.iter().map(value), false),
            ExprKind::Or(arms) => decided(arms.iter().map(value), true),
            ExprKind::IsNull { operand, negated } => {
                let is_null = value(operand)? == KnownValue::Null;
                let row = matches!(operand.kind, ExprKind::Row(_));
                (!row).then_some(KnownValue::Boolean(is_null != *negated))
            }
            ExprKind::IsTruth {
                operand,
                value: truth,
                negated,
            } => {
                let found = match value(operand)? {
                    KnownValue::Boolean(true) => Truth::True,
                    KnownValue::Boolean(false) => Truth::False,
                    KnownValue::Null => Truth::Unknown,
                    _ => return None,
                };
                Some(KnownValue::Boolean((found == *truth) != *negated))
            }
            ExprKind::Binary { op, left, right } if op.is_comparison() => {
                let is_string = [left, right]
                    .iter()
                    .any(|side| matches!(side.data_type, Some(Type::Text | Type::Varchar(_))));
                compared(op, &value(left)?, &value(right)?, is_string).map(KnownValue::Boolean)
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => self.case_when(operand.as_deref(), branches, otherwise.as_deref(), nulls),
            ExprKind::Function(call) => self.call_when(call, nulls),
            ExprKind::ScalarSubquery(query) => self.subquery_when(*query, nulls),
            _ => None,
        }
    }

    fn case_when(
        &self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        nulls: &NullSet,
    ) -> Option<KnownValue> {
        let operand = operand.map(|operand| self.value_when(operand, nulls));
        for (condition, result) in branches {
            let taken = match &operand {
                None => match self.value_when(condition, nulls) {
                    Some(KnownValue::Boolean(taken)) => taken,
                    Some(KnownValue::Null) => false,
                    _ if self.rejects(condition, nulls) => false,
                    _ => return None,
                },
                Some(operand) => match (operand.as_ref()?, self.value_when(condition, nulls)?) {
                    (KnownValue::Null, _) | (_, KnownValue::Null) => false,
                    (operand, tested) => compared(&BinaryOp::Eq, operand, &tested, false)?,
                },
            };
            if taken {
                return self.value_when(result, nulls);
            }
        }
        match otherwise {
            Some(result) => self.value_when(result, nulls),
            None => Some(KnownValue::Null),
        }
    }

    fn call_when(&self, call: &FunctionCall, nulls: &NullSet) -> Option<KnownValue> {
        match (call.kind, call.name.as_str()) {
            (FunctionKind::Scalar, "coalesce") => {
                for argument in &call.arguments {
                    match self.value_when(argument, nulls)? {
                        KnownValue::Null => {}
                        known => return Some(known),
                    }
                }
                Some(KnownValue::Null)
            }
            (FunctionKind::Aggregate, "count")
                if nulls.is_of_whole_groups()
                    && call
                        .arguments
                        .iter()
                        .any(|argument| self.is_null_when(argument, nulls)) =>
            {
                Some(KnownValue::Number("0".to_owned()))
            }
            _ => None,
        }
    }

    /// The value of a subquery that counts rows, and reads none.
    fn subquery_when(&self, query: QueryExpressionId, nulls: &NullSet) -> Option<KnownValue> {
        let expression = self.query.expression(query);
        if expression.limit.is_some() || expression.offset.is_some() {
            return None;
        }
        let QueryBody::Select(block) = expression.body else {
            return None;
        };
        let block = self.query.block(block);
        let [item] = block.select.as_slice() else {
            return None;
        };
        let counts = matches!(&item.expr.kind, ExprKind::Function(call)
            if call.kind == FunctionKind::Aggregate && call.name == "count");
        (counts
            && block.is_single_group()
            && block.having.is_empty()
            && self.reads_no_row_when(block, nulls))
        .then(|| KnownValue::Number("0".to_owned()))
    }
}

/// The value of AND (`deciding` false) or OR (`deciding` true) of arms.
fn decided(arms: impl Iterator<Item = Option<KnownValue>>, deciding: bool) -> Option<KnownValue> {
    let mut result = Some(KnownValue::Boolean(!deciding));
    for arm in arms {
        match arm {
            Some(KnownValue::Boolean(value)) if value == deciding => {
                return Some(KnownValue::Boolean(deciding));
            }
            Some(KnownValue::Boolean(_)) => {}
            Some(KnownValue::Null) if result.is_some() => result = Some(KnownValue::Null),
            _ => result = None,
        }
    }
    result
}

/// What a comparison of two values that are not NULL gives; `is_string`: they are compared as text.
fn compared(op: &BinaryOp, left: &KnownValue, right: &KnownValue, is_string: bool) -> Option<bool> {
    let ordering = match (left, right) {
        (KnownValue::Number(left), KnownValue::Number(right)) => ordered(left, right)?,
        (KnownValue::Boolean(left), KnownValue::Boolean(right)) => left.cmp(right),
        (KnownValue::Text(left), KnownValue::Text(right)) if left == right => Ordering::Equal,
        // which of them is less, only the collation knows
        (KnownValue::Text(left), KnownValue::Text(right))
            if is_string
                && matches!(op, BinaryOp::Eq | BinaryOp::NotEq)
                && differ_everywhere(left, right) =>
        {
            return Some(*op == BinaryOp::NotEq);
        }
        _ => return None,
    };
    Some(match op {
        BinaryOp::Eq => ordering == Ordering::Equal,
        BinaryOp::NotEq => ordering != Ordering::Equal,
        BinaryOp::Lt => ordering == Ordering::Less,
        BinaryOp::LtEq => ordering != Ordering::Greater,
        BinaryOp::Gt => ordering == Ordering::Greater,
        BinaryOp::GtEq => ordering != Ordering::Less,
        _ => return None,
    })
}

/// The order of two numbers; `None` where a double cannot tell them apart.
fn ordered(left: &str, right: &str) -> Option<Ordering> {
    if left == right {
        return Some(Ordering::Equal);
    }
    let (a, b): (f64, f64) = (left.parse().ok()?, right.parse().ok()?);
    // rounding keeps the order of numbers, but can make two into one
    match a.partial_cmp(&b)? {
        Ordering::Equal if is_short(left) && is_short(right) => Some(Ordering::Equal),
        Ordering::Equal => None,
        other => Some(other),
    }
}

/// Whether a double holds a number of so many digits apart from all others of so many.
fn is_short(number: &str) -> bool {
    number.len() <= 15 && !number.contains(['e', 'E'])
}

/// Whether no collation calls two strings equal: such as ignore case and accents exist.
fn differ_everywhere(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain(left) && plain(right) && !left.eq_ignore_ascii_case(right)
}

/// Whether a cast to a type leaves a string as it is.
fn is_unbounded_string(data_type: &Type) -> bool {
    matches!(data_type, Type::Text | Type::Varchar(None))
}
