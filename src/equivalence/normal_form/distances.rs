//! Columns at fixed distances: of `a = b + 1` and `b = c + 1` also `a = c + 2`, so that it does not matter which of them
//! a query spells out.

use crate::catalog::Type;

use super::expression::{number, whole_number};
use super::model::{ColumnTypes, Term};

/// Columns with distances between more than these are left as they are.
const MOST_COLUMNS: usize = 8;

/// The conditions with every distance that follows from others; FALSE where two of them contradict each other.
pub(super) fn with_all_distances(conditions: Vec<Term>, types: &ColumnTypes) -> Vec<Term> {
    let edges: Vec<(Term, Term, i64)> = conditions
        .iter()
        .filter_map(|term| distance(term, types))
        .collect();
    if edges.iter().all(|(_, _, by)| *by == 0) {
        return conditions;
    }
    let mut conditions = conditions;
    let mut seen: Vec<Term> = Vec::new();
    for (start, _, _) in &edges {
        if seen.contains(start) {
            continue;
        }
        // Each column of the component with its distance from the first.
        let mut placed: Vec<(Term, i64)> = vec![(start.clone(), 0)];
        let mut at = 0;
        while let Some((column, place)) = placed.get(at).cloned() {
            at += 1;
            for (plain, other, by) in &edges {
                let next = if *plain == column {
                    (other.clone(), place - by)
                } else if *other == column {
                    (plain.clone(), place + by)
                } else {
                    continue;
                };
                match placed.iter().find(|(known, _)| *known == next.0) {
                    Some((_, known)) if *known != next.1 => return vec![Term::truth(false)],
                    Some(_) => {}
                    None => placed.push(next),
                }
            }
        }
        seen.extend(placed.iter().map(|(column, _)| column.clone()));
        if placed.len() < 3
            || placed.len() > MOST_COLUMNS
            || placed.iter().all(|(_, place)| *place == 0)
        {
            continue;
        }
        for (first, (a, x)) in placed.iter().enumerate() {
            for (b, y) in &placed[first + 1..] {
                let (high, low, by) = if x >= y { (a, b, x - y) } else { (b, a, y - x) };
                let implied = if by == 0 {
                    if data_type(a, types) != data_type(b, types) {
                        continue;
                    }
                    Term::node("=", vec![high.clone(), low.clone()])
                } else if i32::try_from(by).is_ok() {
                    let sum = Term::node("+", vec![low.clone(), number(by)]);
                    Term::node("=", vec![high.clone(), sum])
                } else {
                    continue;
                };
                let mirrored = match &implied {
                    Term::Node(name, sides) if by == 0 => {
                        Term::node(name.clone(), sides.iter().rev().cloned().collect())
                    }
                    other => other.clone(),
                };
                if !conditions.contains(&implied) && !conditions.contains(&mirrored) {
                    conditions.push(implied);
                }
            }
        }
    }
    conditions
}

/// `a = b + n` between columns of whole numbers, or of days.
fn distance(term: &Term, types: &ColumnTypes) -> Option<(Term, Term, i64)> {
    let Term::Node(name, sides) = term else {
        return None;
    };
    let [plain, other] = sides.as_slice() else {
        return None;
    };
    if name != "=" {
        return None;
    }
    let (other, by) = match other {
        Term::Node(name, parts) if name == "+" => match parts.as_slice() {
            [column, by] => (column, whole_number(by)?),
            _ => return None,
        },
        column => (column, 0),
    };
    let (first, second) = (data_type(plain, types)?, data_type(other, types)?);
    let alike =
        first.is_integer() && second.is_integer() || *first == Type::Date && *second == Type::Date;
    (alike && plain != other).then(|| (plain.clone(), other.clone(), by))
}

fn data_type<'t>(term: &Term, types: &'t ColumnTypes) -> Option<&'t Type> {
    match term {
        Term::Column(atom, column) => types.get(&(*atom, *column)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_add_up_and_contradictions_show() {
        let types = ColumnTypes::from([
            ((0, 0), Type::Int4),
            ((1, 0), Type::Int4),
            ((2, 0), Type::Int4),
        ]);
        let [a, b, c] = [0, 1, 2].map(|atom| Term::Column(atom, 0));
        let apart = |x: &Term, y: &Term, by| {
            Term::node(
                "=",
                vec![x.clone(), Term::node("+", vec![y.clone(), number(by)])],
            )
        };
        let closed = with_all_distances(vec![apart(&a, &b, 1), apart(&b, &c, 1)], &types);
        assert!(closed.contains(&apart(&a, &c, 2)), "{closed:?}");
        assert_eq!(with_all_distances(closed.clone(), &types), closed);
        let wrong = vec![apart(&a, &b, 1), apart(&b, &c, 1), apart(&a, &c, 3)];
        assert_eq!(with_all_distances(wrong, &types), [Term::truth(false)]);
    }
}
