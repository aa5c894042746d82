//! Bounds of whole-number columns: of several the tightest, and none that exclude each other.

use crate::catalog::Type;

use super::expression::{number, whole_number};
use super::model::{ColumnTypes, Term};

/// The conditions with the tightest bounds of each int4 column only; FALSE where nothing is left between them.
pub(super) fn tightest(conditions: Vec<Term>, types: &ColumnTypes) -> Vec<Term> {
    let mut bounds: Vec<(Term, Option<i64>, Option<i64>)> = Vec::new();
    let mut rest = Vec::new();
    for term in conditions {
        match bound(&term, types) {
            Some((column, lower, upper)) => {
                match bounds.iter_mut().find(|(known, _, _)| *known == column) {
                    Some((_, low, high)) => {
                        *low = (*low).max(lower);
                        *high = match (*high, upper) {
                            (Some(x), Some(y)) => Some(x.min(y)),
                            (x, y) => x.or(y),
                        };
                    }
                    None => bounds.push((column, lower, upper)),
                }
            }
            None => rest.push(term),
        }
    }
    for (column, lower, upper) in bounds {
        match (lower, upper) {
            (Some(low), Some(high)) if low > high => return vec![Term::truth(false)],
            (Some(low), Some(high)) if low == high => {
                rest.push(Term::node("=", vec![column, number(low)]));
                continue;
            }
            _ => {}
        }
        if let Some(low) = lower {
            rest.push(Term::node("<=", vec![number(low), column.clone()]));
        }
        if let Some(high) = upper {
            rest.push(Term::node("<=", vec![column, number(high)]));
        }
    }
    rest
}

/// An int4 column with the least and the greatest value that a comparison leaves.
fn bound(term: &Term, types: &ColumnTypes) -> Option<(Term, Option<i64>, Option<i64>)> {
    let Term::Node(name, sides) = term else {
        return None;
    };
    let [left, right] = sides.as_slice() else {
        return None;
    };
    let is_whole = |term: &Term| matches!(term, Term::Column(atom, column) if types.get(&(*atom, *column)) == Some(&Type::Int4));
    let step = i64::from(name == "<");
    match name.as_str() {
        "<" | "<=" if is_whole(left) => {
            Some((left.clone(), None, Some(whole_number(right)? - step)))
        }
        "<" | "<=" if is_whole(right) => {
            Some((right.clone(), Some(whole_number(left)? + step), None))
        }
        "=" if is_whole(left) => {
            let value = whole_number(right)?;
            Some((left.clone(), Some(value), Some(value)))
        }
        "=" if is_whole(right) => {
            let value = whole_number(left)?;
            Some((right.clone(), Some(value), Some(value)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::comparison;
    use super::*;

    #[test]
    fn the_tightest_bound_stays_and_contradictions_show() {
        let column = Term::Column(1, 0);
        let types = ColumnTypes::from([((1, 0), Type::Int4)]);
        let above = |value| comparison(">", column.clone(), number(value));
        let below = |value| comparison("<", column.clone(), number(value));
        assert_eq!(
            tightest(vec![above(5), above(3)], &types),
            [Term::node("<=", vec![number(6), column.clone()])]
        );
        assert_eq!(
            tightest(vec![above(5), below(3)], &types),
            [Term::truth(false)]
        );
        assert_eq!(
            tightest(vec![above(4), below(6)], &types),
            [Term::node("=", vec![column.clone(), number(5)])]
        );
    }
}
