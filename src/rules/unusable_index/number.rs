//! Whole-number comparisons, exactly.

use crate::query::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};

/// Every whole number up to this one is a double precision value of its own.
const EXACT_IN_FLOAT: i128 = 1 << 53;

/// A numeric constant: its floor, and whether anything is behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    floor: i128,
    exact: bool,
}

impl Decimal {
    /// The value of a numeric constant, where it is written without exponent and is not huge.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Literal(Literal::Number(text)) => Self::parse(text),
            ExprKind::Literal(Literal::String(text)) => match text.strip_prefix('-') {
                Some(rest) => Some(Self::parse(rest)?.negated()),
                None => Self::parse(text),
            },
            // a cast to a whole number or of a limited scale rounds
            ExprKind::Cast { operand, data_type } => {
                let keeps = matches!(
                    data_type,
                    crate::catalog::Type::Numeric(None) | crate::catalog::Type::Float8
                );
                let value = Self::of(operand)?;
                (keeps || value.exact && data_type.is_integer()).then_some(value)
            }
            ExprKind::Unary {
                op: UnaryOp::Minus,
                operand,
            } => Some(Self::of(operand)?.negated()),
            ExprKind::Unary {
                op: UnaryOp::Plus,
                operand,
            } => Self::of(operand),
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (integer(left)?, integer(right)?);
                let value = match op {
                    BinaryOp::Plus => left.checked_add(right)?,
                    BinaryOp::Minus => left.checked_sub(right)?,
                    BinaryOp::Multiply => left.checked_mul(right)?,
                    _ => return None,
                };
                Some(Self {
                    floor: value,
                    exact: true,
                })
            }
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole)
            || !digits(fraction)
            || whole.len() + fraction.len() == 0
            || whole.len() > 18
        {
            return None;
        }
        Some(Self {
            floor: if whole.is_empty() {
                0
            } else {
                whole.parse().ok()?
            },
            exact: fraction.bytes().all(|byte| byte == b'0'),
        })
    }

    fn negated(self) -> Self {
        Self {
            floor: if self.exact {
                -self.floor
            } else {
                -self.floor - 1
            },
            exact: self.exact,
        }
    }

    /// The number without its point, where nothing is behind it and every whole number near it can be told apart.
    pub(super) fn whole(self, as_float: bool) -> Option<String> {
        let fits = !as_float || self.floor.abs() < EXACT_IN_FLOAT;
        (self.exact && fits).then(|| self.floor.to_string())
    }
}

/// A constant that is a whole number.
pub(super) fn integer(expr: &Expr) -> Option<i128> {
    let value = Decimal::of(expr)?;
    let typed_whole = expr
        .data_type
        .as_ref()
        .is_none_or(crate::catalog::Type::is_integer);
    (value.exact && typed_whole).then_some(value.floor)
}

/// The comparison of a whole number with a decimal as one with a whole number; `None` where none is the same.
pub(super) fn compare_integer(
    column: &str,
    op: &BinaryOp,
    value: &Decimal,
    as_float: bool,
) -> Option<String> {
    if as_float && value.floor.abs() >= EXACT_IN_FLOAT - 1 {
        return None;
    }
    let floor = value.floor;
    let (op, bound) = match (op, value.exact) {
        (op, true) => (op.clone(), floor),
        (BinaryOp::Gt | BinaryOp::GtEq, false) => (BinaryOp::Gt, floor),
        (BinaryOp::Lt | BinaryOp::LtEq, false) => (BinaryOp::LtEq, floor),
        _ => return None,
    };
    Some(format!("{column} {} {bound}", op.symbol()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(op: BinaryOp, text: &str) -> Option<String> {
        let (text, negative) = match text.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let value = Decimal::parse(text)?;
        let value = if negative { value.negated() } else { value };
        compare_integer("id", &op, &value, false)
    }

    #[test]
    fn decimals_become_the_whole_number_that_gives_the_same_rows() {
        assert_eq!(rewritten(BinaryOp::Eq, "42.0").as_deref(), Some("id = 42"));
        assert_eq!(rewritten(BinaryOp::Eq, "42.5"), None);
        assert_eq!(rewritten(BinaryOp::Gt, "10.5").as_deref(), Some("id > 10"));
        assert_eq!(
            rewritten(BinaryOp::GtEq, "10.5").as_deref(),
            Some("id > 10")
        );
        assert_eq!(
            rewritten(BinaryOp::Lt, "-10.5").as_deref(),
            Some("id <= -11")
        );
        assert_eq!(
            rewritten(BinaryOp::LtEq, "10.00").as_deref(),
            Some("id <= 10")
        );
    }
}
