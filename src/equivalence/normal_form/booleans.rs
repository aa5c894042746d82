//! Conditions of which only TRUE counts, in one form: an OR of ANDs without arms that others cover, common arms taken
//! out, and complements that leave nothing out joined.

use super::bounds::tightest;
use super::expression::{comparison, conjuncts, join, negated, whole_number};
use super::model::{ColumnTypes, Term};

/// An OR with more arms is left as it is.
const MOST_ARMS: usize = 32;

/// The conditions in one form; `not_null` tells whether a term cannot be NULL.
pub(super) fn canonical(
    conditions: Vec<Term>,
    types: &ColumnTypes,
    not_null: &dyn Fn(&Term) -> bool,
) -> Vec<Term> {
    let mut plain: Vec<Term> = Vec::new();
    let mut choices: Vec<Vec<Vec<Term>>> = Vec::new();
    for term in conditions {
        for term in conjuncts(truth(term, not_null)) {
            if !term.is("or") {
                plain.push(term);
                continue;
            }
            match arms(&term) {
                Some(arms) => choices.push(arms),
                None => plain.push(term),
            }
        }
    }
    for mut arms in choices {
        with_bounds(&mut arms, &mut plain);
        let arms = minimal(arms, types, not_null);
        let Some(first) = arms.first() else {
            return vec![Term::truth(false)];
        };
        let common: Vec<Term> = first
            .iter()
            .filter(|term| arms.iter().all(|arm| arm.contains(term)))
            .cloned()
            .collect();
        let rest: Vec<Term> = arms
            .iter()
            .map(|arm| {
                join(
                    "and",
                    arm.iter()
                        .filter(|term| !common.contains(term))
                        .cloned()
                        .collect(),
                )
            })
            .collect();
        for term in common.into_iter().chain(conjuncts(join("or", rest))) {
            if !plain.contains(&term) {
                plain.push(term);
            }
        }
    }
    plain
}

/// A term in a place where FALSE and NULL are the same.
fn truth(term: Term, not_null: &dyn Fn(&Term) -> bool) -> Term {
    let Term::Node(name, mut arguments) = term else {
        return term;
    };
    match (name.as_str(), arguments.len()) {
        ("and" | "or", _) => join(
            &name,
            arguments
                .into_iter()
                .map(|term| truth(term, not_null))
                .collect(),
        ),
        ("is True false", 1) => truth(arguments.swap_remove(0), not_null),
        ("is False false", 1) => truth(negated(arguments.swap_remove(0)), not_null),
        ("not", 1) if arguments[0].is("is True false") => match arguments.swap_remove(0) {
            Term::Node(_, mut inner) if inner.len() == 1 => {
                let inner = inner.swap_remove(0);
                match untrue(&inner, not_null) {
                    Some(term) => truth(term, not_null),
                    None => Term::node("not", vec![Term::node("is True false", vec![inner])]),
                }
            }
            other => negated(other),
        },
        ("=" | "<>" | "<" | "<=", 2) if arguments.iter().any(is_choice) => {
            match chosen(&name, &arguments, not_null) {
                Some(term) => truth(term, not_null),
                None => Term::Node(name, arguments),
            }
        }
        ("case", count)
            if count > 3
                && arguments.iter().skip(1).step_by(2).all(is_decided)
                && arguments.last().is_some_and(is_decided) =>
        {
            match branches(&arguments, not_null, &|result| result.clone()) {
                Some(term) => truth(term, not_null),
                None => Term::Node(name, arguments),
            }
        }
        ("case", 3) if arguments[1].is("true") && !arguments[2].is("true") => {
            if arguments[2].is("false") || arguments[2].is("null") {
                truth(arguments.swap_remove(0), not_null)
            } else {
                Term::Node(name, arguments)
            }
        }
        ("distinct", 2) => {
            let nullable: Vec<Term> = arguments
                .iter()
                .filter(|term| !not_null(term))
                .cloned()
                .collect();
            let [left, right] = [arguments[0].clone(), arguments[1].clone()];
            match nullable.as_slice() {
                [] => comparison("<>", left, right),
                [one] => join(
                    "or",
                    vec![
                        comparison("<>", left, right),
                        Term::node("is null", vec![one.clone()]),
                    ],
                ),
                _ => Term::Node(name, arguments),
            }
        }
        ("not distinct", 2) if arguments.iter().any(not_null) => {
            let right = arguments.swap_remove(1);
            comparison("=", arguments.swap_remove(0), right)
        }
        ("=", 2) if arguments[0] == arguments[1] => {
            Term::node("not null", vec![arguments.swap_remove(0)])
        }
        ("not null", 1) if not_null(&arguments[0]) => Term::truth(true),
        ("is null", 1) if not_null(&arguments[0]) => Term::truth(false),
        _ => Term::Node(name, arguments),
    }
}

/// TRUE where a condition is FALSE or NULL; `None` where that cannot be said in simpler terms.
fn untrue(term: &Term, not_null: &dyn Fn(&Term) -> bool) -> Option<Term> {
    let nulls = |terms: &[Term]| -> Vec<Term> {
        terms
            .iter()
            .filter(|term| !not_null(term))
            .map(|term| Term::node("is null", vec![term.clone()]))
            .collect()
    };
    match term {
        Term::Exists(_) => Some(negated(term.clone())),
        Term::Column(..) => {
            let mut arms = vec![negated(term.clone())];
            arms.extend(nulls(std::slice::from_ref(term)));
            Some(join("or", arms))
        }
        Term::Node(name, arguments) => match name.as_str() {
            "and" | "or" => {
                let arms: Option<Vec<Term>> = arguments
                    .iter()
                    .map(|term| untrue(term, not_null))
                    .collect();
                Some(join(if name == "and" { "or" } else { "and" }, arms?))
            }
            "=" | "<>" | "<" | "<=" if arguments.len() == 2 => {
                let mut arms = vec![negated(term.clone())];
                arms.extend(nulls(arguments));
                Some(join("or", arms))
            }
            "true" | "false" | "is null" | "not null" => Some(negated(term.clone())),
            "null" => Some(Term::truth(true)),
            _ => None,
        },
        Term::Subquery(..) => None,
    }
}

/// Whether a term chooses between values whose comparison can be spelled out.
fn is_choice(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) if name == "coalesce" => arguments.len() == 2,
        Term::Node(name, arguments) if name == "case" => {
            let results = arguments.iter().skip(1).step_by(2).chain(arguments.last());
            arguments.len() >= 3
                && arguments.len() % 2 == 1
                && results
                    .into_iter()
                    .all(|term| term.is("null") || whole_number(term).is_some())
        }
        _ => false,
    }
}

fn is_decided(term: &Term) -> bool {
    term.is("true") || term.is("false") || term.is("null")
}

/// A comparison with COALESCE or with a CASE between numbers, by its alternatives.
fn chosen(symbol: &str, sides: &[Term], not_null: &dyn Fn(&Term) -> bool) -> Option<Term> {
    let at = sides.iter().position(is_choice)?;
    let Term::Node(name, arguments) = &sides[at] else {
        return None;
    };
    let with = |value: &Term| {
        let mut sides = sides.to_vec();
        sides[at] = value.clone();
        let right = sides.pop().unwrap_or_else(|| Term::leaf("null"));
        let left = sides.pop().unwrap_or_else(|| Term::leaf("null"));
        comparison(symbol, left, right)
    };
    if name == "coalesce" {
        let [first, second] = arguments.as_slice() else {
            return None;
        };
        let missing = Term::node("is null", vec![first.clone()]);
        return Some(join(
            "or",
            vec![with(first), join("and", vec![missing, with(second)])],
        ));
    }
    // Only beside a number: the condition is then decided for each result.
    whole_number(&sides[1 - at])?;
    branches(arguments, not_null, &with)
}

/// TRUE where the result of the CASE that is taken is: each result with its condition, the ones before it not TRUE.
fn branches(
    arguments: &[Term],
    not_null: &dyn Fn(&Term) -> bool,
    of_result: &dyn Fn(&Term) -> Term,
) -> Option<Term> {
    let mut before: Vec<Term> = Vec::new();
    let mut arms = Vec::new();
    for pair in arguments.chunks(2) {
        match pair {
            [condition, result] => {
                let mut arm = before.clone();
                arm.push(condition.clone());
                arm.push(of_result(result));
                arms.push(join("and", arm));
                before.push(untrue(condition, not_null)?);
            }
            [last] => {
                let mut arm = before.clone();
                arm.push(of_result(last));
                arms.push(join("and", arm));
            }
            _ => return None,
        }
    }
    Some(join("or", arms))
}

/// The arms of a condition as an OR of ANDs; `None` where there are too many.
fn arms(term: &Term) -> Option<Vec<Vec<Term>>> {
    match term {
        Term::Node(name, list) if name == "or" => {
            let mut all = Vec::new();
            for term in list {
                all.extend(arms(term)?);
                if all.len() > MOST_ARMS {
                    return None;
                }
            }
            Some(all)
        }
        Term::Node(name, list) if name == "and" => {
            let mut all: Vec<Vec<Term>> = vec![Vec::new()];
            for term in list {
                let of_term = arms(term)?;
                if all.len() * of_term.len() > MOST_ARMS {
                    return None;
                }
                all = all
                    .iter()
                    .flat_map(|arm| {
                        of_term.iter().map(move |other| {
                            let mut arm = arm.clone();
                            for term in other {
                                if !arm.contains(term) {
                                    arm.push(term.clone());
                                }
                            }
                            arm
                        })
                    })
                    .collect();
            }
            Some(all)
        }
        Term::Node(name, _) if name == "false" || name == "null" => Some(Vec::new()),
        Term::Node(name, _) if name == "true" => Some(vec![Vec::new()]),
        other => Some(vec![vec![other.clone()]]),
    }
}

/// Where all arms bound one column only, conditions on the same column join them.
fn with_bounds(arms: &mut [Vec<Term>], plain: &mut Vec<Term>) {
    let column_of = |term: &Term| -> Option<Term> {
        let Term::Node(name, sides) = term else {
            return None;
        };
        if !matches!(name.as_str(), "=" | "<" | "<=") {
            return None;
        }
        match sides.as_slice() {
            [column @ Term::Column(..), other] | [other, column @ Term::Column(..)]
                if other.is_constant() =>
            {
                Some(column.clone())
            }
            _ => None,
        }
    };
    let mut columns = arms.iter().flatten().map(column_of);
    let Some(Some(first)) = columns.next() else {
        return;
    };
    if !columns.all(|column| column.as_ref() == Some(&first)) {
        return;
    }
    let (bounds, rest): (Vec<Term>, Vec<Term>) = std::mem::take(plain)
        .into_iter()
        .partition(|term| column_of(term).as_ref() == Some(&first));
    *plain = rest;
    for arm in arms {
        arm.extend(bounds.iter().cloned());
    }
}

/// Without arms that cannot be or that others cover, complements joined.
fn minimal(
    arms: Vec<Vec<Term>>,
    types: &ColumnTypes,
    not_null: &dyn Fn(&Term) -> bool,
) -> Vec<Vec<Term>> {
    let mut kept: Vec<Vec<Term>> = arms
        .into_iter()
        .map(|arm| tightest(arm, types))
        .filter(|arm| {
            !arm.iter().any(|term| {
                term.is("false") || term.is("null") || arm.contains(&negated(term.clone()))
            })
        })
        .collect();
    for _ in 0..MOST_ARMS {
        let covered = (0..kept.len()).find(|&at| {
            kept.iter().enumerate().any(|(other, arm)| {
                other != at
                    && arm.iter().all(|term| kept[at].contains(term))
                    && (arm.len() < kept[at].len() || other < at)
            })
        });
        if let Some(at) = covered {
            kept.remove(at);
            continue;
        }
        let joined = (0..kept.len()).find_map(|at| {
            (at + 1..kept.len()).find_map(|other| {
                complement(&kept[at], &kept[other], types, not_null).map(|arm| (at, other, arm))
            })
        });
        match joined {
            Some((at, other, arm)) => {
                kept.remove(other);
                kept[at] = arm;
            }
            None => break,
        }
    }
    kept
}

/// Two arms that differ in one condition and its negation, where one of the two always holds: what they share.
fn complement(
    a: &[Term],
    b: &[Term],
    types: &ColumnTypes,
    not_null: &dyn Fn(&Term) -> bool,
) -> Option<Vec<Term>> {
    if a.len() != b.len() {
        return None;
    }
    let mut own = a.iter().filter(|term| !b.contains(term));
    let only = own.next()?;
    if own.next().is_some() {
        return None;
    }
    let other = b.iter().find(|term| !a.contains(term))?;
    let whole = |x: &Term, y: &Term| {
        let negated = negated(x.clone());
        negated == *y || tightest(vec![negated], types) == [y.clone()]
    };
    let certain = matches!(only, Term::Node(name, _) if name == "is null" || name == "not null")
        || not_null(only);
    (certain && (whole(only, other) || whole(other, only)))
        .then(|| a.iter().filter(|term| *term != only).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::super::expression::number;
    use super::*;
    use crate::catalog::Type;

    fn above(column: usize, value: i64) -> Term {
        comparison(">", Term::Column(0, column), number(value))
    }

    #[test]
    fn what_is_common_comes_out_and_what_is_covered_goes() {
        let types = ColumnTypes::new();
        let or = |a: Vec<Term>, b: Vec<Term>| join("or", vec![join("and", a), join("and", b)]);
        let factored = canonical(
            vec![or(
                vec![above(0, 1), above(1, 1)],
                vec![above(0, 1), above(2, 1)],
            )],
            &types,
            &|_| false,
        );
        assert_eq!(factored.len(), 2);
        assert_eq!(factored[0], above(0, 1));
        let covered = canonical(
            vec![or(vec![above(0, 1)], vec![above(0, 1), above(2, 1)])],
            &types,
            &|_| false,
        );
        assert_eq!(covered, [above(0, 1)]);
    }

    #[test]
    fn a_tautology_needs_what_cannot_be_null() {
        let types = ColumnTypes::from([((0, 0), Type::Int4)]);
        let both = || vec![join("or", vec![above(0, 5), negated(above(0, 5))])];
        assert_eq!(canonical(both(), &types, &|_| true), []);
        assert_eq!(canonical(both(), &types, &|_| false).len(), 1);
    }
}
