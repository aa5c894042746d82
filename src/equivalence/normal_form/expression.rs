//! Predicates and values spelled out in one way.

use super::model::Term;

/// The negation, pushed inwards.
pub(super) fn negated(term: Term) -> Term {
    match term {
        Term::Node(name, mut arguments) => match (name.as_str(), arguments.len()) {
            ("and", _) => join("or", arguments.into_iter().map(negated).collect()),
            ("or", _) => join("and", arguments.into_iter().map(negated).collect()),
            ("not", 1) => arguments.swap_remove(0),
            ("=", 2) => Term::node("<>", arguments),
            ("<>", 2) => Term::node("=", arguments),
            ("<", 2) => {
                arguments.reverse();
                Term::node("<=", arguments)
            }
            ("<=", 2) => {
                arguments.reverse();
                Term::node("<", arguments)
            }
            ("is null", 1) => Term::node("not null", arguments),
            ("not null", 1) => Term::node("is null", arguments),
            ("true", 0) => Term::truth(false),
            ("false", 0) => Term::truth(true),
            ("null", 0) => Term::leaf("null"),
            _ => Term::node("not", vec![Term::Node(name, arguments)]),
        },
        other => Term::node("not", vec![other]),
    }
}

/// AND or OR, flat, without neutral and repeated arms.
pub(super) fn join(operator: &str, terms: Vec<Term>) -> Term {
    let neutral = if operator == "and" { "true" } else { "false" };
    let absorbing = if operator == "and" { "false" } else { "true" };
    let mut flat: Vec<Term> = Vec::new();
    for term in terms {
        match term {
            Term::Node(name, inner) if name == operator => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.iter().any(|term| term.is(absorbing)) {
        return Term::leaf(absorbing);
    }
    let mut kept: Vec<Term> = Vec::new();
    for term in flat {
        if !term.is(neutral) && !kept.contains(&term) {
            kept.push(term);
        }
    }
    match kept.len() {
        0 => Term::leaf(neutral),
        1 => kept.swap_remove(0),
        _ => Term::node(operator, kept),
    }
}

/// A comparison with its sides in one order: `a > b` is `b < a`.
pub(super) fn comparison(symbol: &str, left: Term, right: Term) -> Term {
    let folded = match (whole_number(&left), whole_number(&right)) {
        (Some(x), Some(y)) => match symbol {
            "=" => Some(x == y),
            "<>" => Some(x != y),
            "<" => Some(x < y),
            "<=" => Some(x <= y),
            ">" => Some(x > y),
            ">=" => Some(x >= y),
            _ => None,
        },
        _ => None,
    };
    if let Some(value) = folded {
        return Term::truth(value);
    }
    if left.is("null") || right.is("null") {
        return Term::leaf("null");
    }
    if let (Term::Node(row, own), Term::Node(other_row, other)) = (&left, &right)
        && row == "row"
        && other_row == "row"
        && own.len() == other.len()
        && !own.is_empty()
        && matches!(symbol, "=" | "<>")
    {
        let pairs = own
            .iter()
            .zip(other)
            .map(|(x, y)| comparison(symbol, x.clone(), y.clone()))
            .collect();
        return join(if symbol == "=" { "and" } else { "or" }, pairs);
    }
    for (value, literal) in [(&left, &right), (&right, &left)] {
        if symbol == "=" && literal.is("true") {
            return value.clone();
        }
        if symbol == "=" && literal.is("false") {
            return negated(value.clone());
        }
    }
    match symbol {
        ">" => Term::node("<", vec![right, left]),
        ">=" => Term::node("<=", vec![right, left]),
        _ => Term::node(symbol, vec![left, right]),
    }
}

/// Arithmetic; whole numbers are computed.
pub(super) fn arithmetic(symbol: &str, left: Term, right: Term) -> Term {
    if let (Some(x), Some(y)) = (whole_number(&left), whole_number(&right)) {
        let value = match symbol {
            "+" => x.checked_add(y),
            "-" => x.checked_sub(y),
            "*" => x.checked_mul(y),
            _ => None,
        };
        // Beyond int4 the type changes with the value.
        if let Some(value) = value.filter(|value| i32::try_from(*value).is_ok()) {
            return number(value);
        }
    }
    Term::node(symbol, vec![left, right])
}

pub(super) fn number(value: i64) -> Term {
    Term::leaf(format!("number {value}"))
}

/// The value of a literal that is an int4.
pub(super) fn whole_number(term: &Term) -> Option<i64> {
    match term {
        Term::Node(name, arguments) if arguments.is_empty() => name
            .strip_prefix("number ")?
            .parse::<i32>()
            .ok()
            .map(i64::from),
        _ => None,
    }
}

/// Arms of a condition's AND.
pub(super) fn conjuncts(term: Term) -> Vec<Term> {
    match term {
        Term::Node(name, arguments) if name == "and" => {
            arguments.into_iter().flat_map(conjuncts).collect()
        }
        other if other.is("true") => Vec::new(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_goes_inwards() {
        let a = Term::Column(1, 0);
        let b = Term::Column(2, 0);
        let term = join(
            "and",
            vec![
                comparison(">", a.clone(), b.clone()),
                Term::node("is null", vec![a.clone()]),
            ],
        );
        assert_eq!(
            negated(term),
            join(
                "or",
                vec![
                    Term::node("<=", vec![a.clone(), b]),
                    Term::node("not null", vec![a])
                ]
            )
        );
    }

    #[test]
    fn whole_numbers_are_computed() {
        assert_eq!(arithmetic("*", number(6), number(7)), number(42));
        assert_eq!(comparison("<", number(1), number(2)), Term::truth(true));
        assert!(whole_number(&arithmetic("*", number(2_000_000_000), number(2))).is_none());
    }
}
