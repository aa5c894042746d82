//! Terms that are decided by what they are made of, and by what cannot be NULL.

use super::expression::{arithmetic, comparison, negated, whole_number};
use super::model::{Source, Term, is_strict};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// What is decided by which terms cannot be NULL, and CASE by its own conditions.
    pub(super) fn decided(&self, term: &mut Term, scope: &Around) {
        let Term::Node(name, arguments) = term else {
            return;
        };
        match name.as_str() {
            "coalesce" => {
                if let Some(at) = arguments
                    .iter()
                    .position(|term| !self.may_be_null(term, scope))
                {
                    arguments.truncate(at + 1);
                }
                if arguments.len() == 1 {
                    *term = arguments.swap_remove(0);
                }
            }
            "case" => {
                if let Some(decided) =
                    decided_case(arguments, &|term| !self.may_be_null(term, scope))
                {
                    *term = decided;
                }
            }
            _ => {}
        }
    }
}

/// Columns that cannot be NULL where the conditions of a source hold.
pub(super) fn conditioned(source: &Source) -> Vec<Term> {
    let mut columns = Vec::new();
    for term in &source.conditions {
        if let Term::Node(name, sides) = term
            && matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null")
        {
            columns.extend(
                sides
                    .iter()
                    .filter(|side| matches!(side, Term::Column(..)))
                    .cloned(),
            );
        }
    }
    columns
}

/// IS NOT DISTINCT FROM what another condition keeps from being NULL is an equality.
pub(super) fn equal_where_not_null(conditions: Vec<Term>) -> Vec<Term> {
    let known: Vec<Term> = conditions
        .iter()
        .flat_map(|term| match term {
            Term::Node(name, sides)
                if matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null") =>
            {
                sides.clone()
            }
            _ => Vec::new(),
        })
        .collect();
    conditions
        .into_iter()
        .map(|term| match term {
            Term::Node(name, sides)
                if name == "not distinct"
                    && sides.len() == 2
                    && sides.iter().any(|side| known.contains(side)) =>
            {
                Term::node("=", sides)
            }
            other => other,
        })
        .collect()
}

/// Whether a term is TRUE or FALSE, never NULL.
pub(super) fn is_two_valued(term: &Term) -> bool {
    match term {
        Term::Exists(_) => true,
        Term::Node(name, arguments) => match name.as_str() {
            "true" | "false" | "is null" | "not null" => true,
            "and" | "or" | "not" => arguments.iter().all(is_two_valued),
            _ => false,
        },
        _ => false,
    }
}

/// Computes what has become computable.
pub(super) fn folded(term: &mut Term) {
    let Term::Node(name, arguments) = term else {
        return;
    };
    if is_strict(name) && arguments.iter().any(|term| term.is("null")) {
        *term = Term::leaf("null");
        return;
    }
    if let [only] = arguments.as_slice()
        && (name == "is null" || name == "not null")
        && (only.is("null")
            || only.is_constant()
                && !matches!(only, Term::Node(name, _) if name.starts_with("parameter ")))
    {
        *term = Term::truth(only.is("null") == (name == "is null"));
        return;
    }
    let [left, right] = arguments.as_slice() else {
        return;
    };
    if whole_number(left).is_none() || whole_number(right).is_none() {
        return;
    }
    *term = match name.as_str() {
        "+" | "-" | "*" => arithmetic(name, left.clone(), right.clone()),
        "=" | "<>" | "<" | "<=" => comparison(name, left.clone(), right.clone()),
        _ => return,
    };
}

/// A CASE whose results are one, whose last condition is left over, or in which a condition is asked again.
pub(super) fn decided_case(
    arguments: &mut Vec<Term>,
    not_null: &dyn Fn(&Term) -> bool,
) -> Option<Term> {
    if arguments.len() < 3 || arguments.len().is_multiple_of(2) {
        return None;
    }
    // A nested CASE that begins with the condition that led to it.
    if let Term::Node(_, own) = &Term::node("case", arguments.clone()) {
        for at in (1..own.len()).step_by(2) {
            if let Term::Node(inner, parts) = &own[at]
                && inner == "case"
                && parts.first() == own.get(at - 1)
                && let Some(result) = parts.get(1)
            {
                arguments[at] = result.clone();
            }
        }
        let last = own.len() - 1;
        if own.len() == 3
            && let Term::Node(inner, parts) = &own[last]
            && inner == "case"
            && parts.first() == own.first()
            && parts.len() == 3
        {
            arguments[last] = parts[2].clone();
        }
    }
    let last = arguments.len() - 1;
    let mut results = arguments.iter().skip(1).step_by(2);
    if results.all(|result| *result == arguments[last]) {
        return arguments.pop();
    }
    // The second condition is the opposite of the first, which is never NULL: nothing is left for ELSE.
    if arguments.len() == 5
        && negated(arguments[0].clone()) == arguments[2]
        && not_null(&arguments[0])
    {
        arguments.truncate(4);
        arguments.remove(2);
    }
    None
}
