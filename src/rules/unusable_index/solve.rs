//! Whole-number comparisons solved for the column, exactly.

use crate::query::BinaryOp;

/// What is done to the column, with a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add(i128),
    /// `constant - x`
    SubtractFrom(i128),
    Multiply(i128),
    /// Truncating division.
    Divide(i128),
}

/// The values of the column: from, to; open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    low: Option<i128>,
    high: Option<i128>,
}

/// A comparison of an expression over a whole-number column with a whole number, as one of the column alone: the same
/// rows wherever the expression does not overflow. `None` where no row passes, or a bound is larger than a bigint.
pub(super) fn solve(
    column: &str,
    operations: &[Operation],
    op: &BinaryOp,
    value: i128,
) -> Option<String> {
    let mut range = match op {
        BinaryOp::Eq => Range {
            low: Some(value),
            high: Some(value),
        },
        BinaryOp::Lt => Range {
            low: None,
            high: Some(value.checked_sub(1)?),
        },
        BinaryOp::LtEq => Range {
            low: None,
            high: Some(value),
        },
        BinaryOp::Gt => Range {
            low: Some(value.checked_add(1)?),
            high: None,
        },
        BinaryOp::GtEq => Range {
            low: Some(value),
            high: None,
        },
        _ => return None,
    };
    for operation in operations {
        range = undone(range, *operation)?;
    }
    let fits = |bound: Option<i128>| bound.is_none_or(|bound| i64::try_from(bound).is_ok());
    if !fits(range.low) || !fits(range.high) {
        return None;
    }
    // strict comparisons stay strict, as the author wrote them
    match (range.low, range.high) {
        (Some(low), Some(high)) if low == high => Some(format!("{column} = {low}")),
        (Some(low), Some(high)) if low < high => Some(format!("{column} BETWEEN {low} AND {high}")),
        (Some(low), None) if matches!(op, BinaryOp::Gt | BinaryOp::Lt) => {
            Some(format!("{column} > {}", low.checked_sub(1)?))
        }
        (Some(low), None) => Some(format!("{column} >= {low}")),
        (None, Some(high)) if matches!(op, BinaryOp::Gt | BinaryOp::Lt) => {
            Some(format!("{column} < {}", high.checked_add(1)?))
        }
        (None, Some(high)) => Some(format!("{column} <= {high}")),
        _ => None,
    }
}

/// The operand's range, from the result's.
fn undone(range: Range, operation: Operation) -> Option<Range> {
    let map = |bound: Option<i128>, with: &dyn Fn(i128) -> Option<i128>| -> Option<Option<i128>> {
        match bound {
            Some(bound) => with(bound).map(Some),
            None => Some(None),
        }
    };
    match operation {
        Operation::Add(constant) => Some(Range {
            low: map(range.low, &|bound| bound.checked_sub(constant))?,
            high: map(range.high, &|bound| bound.checked_sub(constant))?,
        }),
        Operation::SubtractFrom(constant) => Some(Range {
            low: map(range.high, &|bound| constant.checked_sub(bound))?,
            high: map(range.low, &|bound| constant.checked_sub(bound))?,
        }),
        Operation::Multiply(0) | Operation::Divide(0) => None,
        Operation::Multiply(factor) if factor < 0 => {
            let turned = undone(range, Operation::SubtractFrom(0))?;
            undone(turned, Operation::Multiply(factor.checked_neg()?))
        }
        Operation::Multiply(factor) => Some(Range {
            low: map(range.low, &|bound| Some(ceiling_division(bound, factor)))?,
            high: map(range.high, &|bound| Some(bound.div_euclid(factor)))?,
        }),
        Operation::Divide(divisor) if divisor < 0 => {
            let turned = undone(range, Operation::SubtractFrom(0))?;
            undone(turned, Operation::Divide(divisor.checked_neg()?))
        }
        // trunc(x / d) >= b: x >= b * d above zero, x > (b - 1) * d at and below it
        Operation::Divide(divisor) => Some(Range {
            low: map(range.low, &|bound| {
                if bound > 0 {
                    bound.checked_mul(divisor)
                } else {
                    bound.checked_sub(1)?.checked_mul(divisor)?.checked_add(1)
                }
            })?,
            high: map(range.high, &|bound| {
                if bound < 0 {
                    bound.checked_mul(divisor)
                } else {
                    bound.checked_add(1)?.checked_mul(divisor)?.checked_sub(1)
                }
            })?,
        }),
    }
}

fn ceiling_division(number: i128, divisor: i128) -> i128 {
    -(-number).div_euclid(divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(op: &BinaryOp, left: i128, right: i128) -> bool {
        match op {
            BinaryOp::Eq => left == right,
            BinaryOp::Lt => left < right,
            BinaryOp::LtEq => left <= right,
            BinaryOp::Gt => left > right,
            _ => left >= right,
        }
    }

    fn passes(solved: &str, x: i128) -> bool {
        let words: Vec<&str> = solved.split(' ').collect();
        let number = |at: usize| words[at].parse::<i128>().unwrap();
        match words[1] {
            "=" => x == number(2),
            ">" => x > number(2),
            ">=" => x >= number(2),
            "<" => x < number(2),
            "<=" => x <= number(2),
            _ => x >= number(2) && x <= number(4),
        }
    }

    #[test]
    fn every_solution_keeps_exactly_the_rows() {
        let operations = [
            Operation::Add(5),
            Operation::Add(-3),
            Operation::SubtractFrom(4),
            Operation::Multiply(3),
            Operation::Multiply(-2),
            Operation::Divide(3),
            Operation::Divide(-4),
        ];
        let apply = |operation: Operation, x: i128| match operation {
            Operation::Add(c) => x + c,
            Operation::SubtractFrom(c) => c - x,
            Operation::Multiply(c) => x * c,
            Operation::Divide(c) => x / c,
        };
        for outer in operations {
            for inner in operations {
                for op in [
                    BinaryOp::Eq,
                    BinaryOp::Lt,
                    BinaryOp::LtEq,
                    BinaryOp::Gt,
                    BinaryOp::GtEq,
                ] {
                    for value in -12..=12 {
                        let solved = solve("x", &[outer, inner], &op, value);
                        for x in -60..=60 {
                            let wanted = holds(&op, apply(outer, apply(inner, x)), value);
                            let found = solved.as_deref().is_some_and(|solved| passes(solved, x));
                            assert!(
                                solved.is_none() && !wanted || found == wanted,
                                "{outer:?} {inner:?} {op:?} {value} {x} {solved:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_written_strictly_stays_strict() {
        let solved = solve("qty", &[Operation::Add(-5)], &BinaryOp::Gt, 9990);
        assert_eq!(solved.as_deref(), Some("qty > 9995"));
    }
}
