//! Bounds of whole-number columns: of several the tightest, and none that exclude each other.

use crate::catalog::Type;

use super::expression::{number, whole_number};
use super::model::{ColumnTypes, Relation, Term};

/// The conditions with the tightest bounds of each whole-number term only; FALSE where nothing is left between them.
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
    rest.retain(|term| {
        // What the bounds rule out need not be ruled out again.
        let Term::Node(name, sides) = term else {
            return true;
        };
        let [left, right] = sides.as_slice() else {
            return true;
        };
        let excluded = [(left, right), (right, left)]
            .into_iter()
            .find_map(|(x, y)| {
                let value = whole_number(y)?;
                let (_, low, high) = bounds.iter().find(|(known, _, _)| known == x)?;
                Some(low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high))
            });
        name != "<>" || excluded != Some(true)
    });
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

/// Whether a term has whole numbers as its values, other than as a literal.
pub(super) fn is_whole(term: &Term, types: &ColumnTypes) -> bool {
    match term {
        Term::Column(atom, column) => types.get(&(*atom, *column)).is_some_and(Type::is_integer),
        Term::Node(name, arguments) => {
            name.starts_with("aggregate count")
                || matches!(name.as_str(), "+" | "-" | "*" | "%" | "/")
                    && arguments
                        .iter()
                        .all(|term| whole_number(term).is_some() || is_whole(term, types))
                    && arguments.iter().any(|term| whole_number(term).is_none())
        }
        Term::Subquery(kind, _, relation) => {
            kind == "scalar"
                && matches!(&**relation, Relation::Select(select)
                    if matches!(select.output.as_slice(), [only] if is_whole(only, types)))
        }
        Term::Exists(_) => false,
    }
}

/// A whole-number term with the least and the greatest value that a comparison leaves.
fn bound(term: &Term, types: &ColumnTypes) -> Option<(Term, Option<i64>, Option<i64>)> {
    let Term::Node(name, sides) = term else {
        return None;
    };
    let [left, right] = sides.as_slice() else {
        return None;
    };
    let is_whole = |term: &Term| is_whole(term, types);
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

/// A comparison between two terms and a distance in one direction: `a - 1 = b` and `b - a = -1` are `a = b + 1`.
pub(super) fn in_one_direction(term: &mut Term, types: &ColumnTypes) {
    let Term::Node(name, sides) = term else {
        return;
    };
    let [left, right] = sides.as_slice() else {
        return;
    };
    if !matches!(name.as_str(), "=" | "<>" | "<" | "<=") {
        return;
    }
    let mut sum = Sum::default();
    if !sum.add(left, 1, types) || !sum.add(right, -1, types) || !sum.computed {
        return;
    }
    let ([plus], [minus]) = (sum.plus.as_slice(), sum.minus.as_slice()) else {
        // `x + 5 < 9`: the column alone.
        if let ([only], []) | ([], [only]) = (sum.plus.as_slice(), sum.minus.as_slice())
            && is_whole(only, types)
            && i32::try_from(sum.constant).is_ok()
        {
            let positive = sum.minus.is_empty();
            let bound = number(if positive {
                -sum.constant
            } else {
                sum.constant
            });
            *sides = if positive {
                vec![only.clone(), bound]
            } else {
                vec![bound, only.clone()]
            };
        }
        return;
    };
    // plus - minus + constant against 0, the distance on the side where it is positive.
    let distance = |term: &Term, by: i64| match by {
        0 => term.clone(),
        _ => Term::node("+", vec![term.clone(), number(by)]),
    };
    let (mut first, mut second) = (
        distance(plus, sum.constant.max(0)),
        distance(minus, (-sum.constant).max(0)),
    );
    if (name == "=" || name == "<>") && sum.constant > 0 {
        std::mem::swap(&mut first, &mut second);
    }
    *sides = vec![first, second];
}

/// Terms that are added, terms that are taken away, and a number.
#[derive(Default)]
struct Sum {
    plus: Vec<Term>,
    minus: Vec<Term>,
    constant: i64,
    /// Whether there is something to compute at all.
    computed: bool,
}

impl Sum {
    /// Whether a term could be added (or taken away, by `sign`).
    fn add(&mut self, term: &Term, sign: i64, types: &ColumnTypes) -> bool {
        if let Some(value) = whole_number(term) {
            self.constant += sign * value;
            return true;
        }
        match term {
            Term::Column(atom, column) => {
                let countable = types
                    .get(&(*atom, *column))
                    .is_some_and(|data_type| data_type.is_integer() || *data_type == Type::Date);
                if countable {
                    let list = if sign > 0 {
                        &mut self.plus
                    } else {
                        &mut self.minus
                    };
                    list.push(term.clone());
                }
                countable
            }
            Term::Node(name, arguments) if name == "+" || name == "-" => {
                self.computed = true;
                let second = if name == "+" { sign } else { -sign };
                matches!(arguments.as_slice(), [x, y] if self.add(x, sign, types) && self.add(y, second, types))
            }
            _ => false,
        }
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
