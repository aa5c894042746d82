//! Aggregates in one form: counts of ones, averages, filters, and the terms that hold them.

use super::bounds::is_whole;
use super::expression::{number, whole_number};
use super::grouped::row_terms_mut;
use super::model::{ColumnTypes, Select, Term};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// What every group satisfies, counts of ones, and filters that all aggregates share.
    pub(super) fn tidy_aggregates(&mut self, select: &mut Select, around: &Around) {
        let Some(group) = select.group.clone() else {
            return;
        };
        if !group.is_empty() {
            select.having.retain(|term| !always_counted(term));
        }
        let scope = self.scope_of(&select.source, around);
        let source = select.source.clone();
        for term in row_terms_mut(select) {
            term.rewrite(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                if let Some(quotient) = average(name, arguments, &self.types) {
                    *term = quotient;
                    return;
                }
                if name == "coalesce"
                    && let [sum, zero] = arguments.as_slice()
                    && whole_number(zero) == Some(0)
                    && let Some(count) = count_of_ones(sum)
                {
                    *term = count;
                    return;
                }
                if let Some(plain) = name.strip_suffix(" distinct")
                    && name.starts_with("aggregate ")
                    && let [value] = arguments.as_slice()
                {
                    let mut key = group.clone();
                    key.push(value.clone());
                    if self.unique(&source, &key).is_some() {
                        *name = plain.to_owned();
                    }
                }
                if name == "aggregate count"
                    && matches!(arguments.as_slice(), [value] if !self.may_be_null(value, &scope))
                {
                    arguments.clear();
                }
                let [Term::Node(inner, arms)] = arguments.as_slice() else {
                    if name == "aggregate sum"
                        && !group.is_empty()
                        && matches!(arguments.as_slice(), [one] if whole_number(one) == Some(1))
                    {
                        *term = Term::leaf("aggregate count");
                    }
                    return;
                };
                let [condition, value, otherwise] = arms.as_slice() else {
                    return;
                };
                if inner != "case" {
                    return;
                }
                let counts = name == "aggregate count" && otherwise.is("null");
                let sums = name == "aggregate sum"
                    && !group.is_empty()
                    && whole_number(value) == Some(1)
                    && whole_number(otherwise) == Some(0);
                if sums || (counts && !self.may_be_null(value, &scope)) {
                    *term = Term::node(
                        "aggregate count",
                        vec![Term::node(
                            "case",
                            vec![condition.clone(), number(1), Term::leaf("null")],
                        )],
                    );
                }
            });
        }
        if group.is_empty() {
            self.shared_filter(select);
        }
        self.extreme_having(select);
    }

    /// One row for all: a condition inside of every aggregate is a condition on the rows.
    pub(super) fn shared_filter(&mut self, select: &mut Select) {
        let mut shared: Option<Term> = None;
        let mut fits = true;
        for term in select.outer_terms() {
            term.visit_own(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                if !name.starts_with("aggregate ") {
                    return;
                }
                let condition = match arguments.as_slice() {
                    [Term::Node(inner, arms)]
                        if inner == "case"
                            && arms.len() == 3
                            && arms[2].is("null")
                            && skips_null(name) =>
                    {
                        &arms[0]
                    }
                    _ => {
                        fits = false;
                        return;
                    }
                };
                match &shared {
                    None => shared = Some(condition.clone()),
                    Some(known) => fits &= known == condition,
                }
            });
        }
        let Some(condition) = shared.filter(|_| fits) else {
            return;
        };
        for term in row_terms_mut(select) {
            term.rewrite(&mut |term| {
                if let Term::Node(name, arguments) = term
                    && name.starts_with("aggregate ")
                    && let [Term::Node(_, arms)] = arguments.as_slice()
                    && arms.len() == 3
                {
                    let value = arms[1].clone();
                    *arguments = if name == "aggregate count" && whole_number(&value) == Some(1) {
                        Vec::new()
                    } else {
                        vec![value]
                    };
                }
            });
        }
        select.source.conditions.push(condition);
        self.steps
            .push("a condition inside of every aggregate is a WHERE condition".to_owned());
    }
}

/// The average of whole numbers as the sum by the count, and a sum made numeric before it is divided in one way.
/// Source: int8_avg and numeric_poly_avg in numeric.c, which divide by numeric_div as the operator does.
pub(super) fn average(name: &str, arguments: &[Term], types: &ColumnTypes) -> Option<Term> {
    let whole = |term: &Term| is_whole(term, types) || whole_number(term).is_some();
    let quotient = |sum: Term, count: Term| {
        Term::node("/", vec![Term::node("cast numeric", vec![sum]), count])
    };
    match (name, arguments) {
        ("aggregate avg", [value]) if is_whole_value(value, types) => Some(quotient(
            Term::node("aggregate sum", vec![value.clone()]),
            Term::node("aggregate count", vec![value.clone()]),
        )),
        ("/", [Term::Node(times, factors), by]) if times == "*" && whole(by) => {
            match factors.as_slice() {
                [sum, one] | [one, sum] if one.is("number 1.0") && is_sum(sum, types) => {
                    Some(quotient(sum.clone(), by.clone()))
                }
                _ => None,
            }
        }
        ("/", [sum, Term::Node(cast, of)]) if cast == "cast numeric" && is_sum(sum, types) => {
            match of.as_slice() {
                [count] if whole(count) => Some(quotient(sum.clone(), count.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A sum or a count of whole numbers.
pub(super) fn is_sum(term: &Term, types: &ColumnTypes) -> bool {
    match term {
        Term::Node(name, of) if name == "aggregate sum" => {
            matches!(of.as_slice(), [value] if is_whole_value(value, types))
        }
        other => is_whole(other, types),
    }
}

/// Whether a term has whole numbers as its values, a CASE between them included.
pub(super) fn is_whole_value(term: &Term, types: &ColumnTypes) -> bool {
    match term {
        Term::Node(name, arms) if name == "case" && arms.len() >= 3 => arms
            .iter()
            .skip(1)
            .step_by(2)
            .chain(arms.last())
            .all(|term| term.is("null") || is_whole_value(term, types)),
        other => whole_number(other).is_some() || is_whole(other, types),
    }
}

/// `sum(1)` and `sum(CASE WHEN c THEN 1 ELSE 0 END)` as a count, but for what they are over no row.
pub(super) fn count_of_ones(term: &Term) -> Option<Term> {
    match term {
        Term::Node(name, of) if name == "aggregate sum" => match of.as_slice() {
            [one] if whole_number(one) == Some(1) => Some(Term::leaf("aggregate count")),
            [Term::Node(inner, arms)] if inner == "case" => match arms.as_slice() {
                [condition, one, otherwise]
                    if whole_number(one) == Some(1)
                        && (otherwise.is("null") || whole_number(otherwise) == Some(0)) =>
                {
                    Some(Term::node(
                        "aggregate count",
                        vec![Term::node(
                            "case",
                            vec![condition.clone(), number(1), Term::leaf("null")],
                        )],
                    ))
                }
                _ => None,
            },
            _ => None,
        },
        Term::Node(name, _) if name == "aggregate count" => Some(term.clone()),
        _ => None,
    }
}

/// Whether an aggregate leaves NULL out, and is as if the rows with NULL were not there.
pub(super) fn skips_null(name: &str) -> bool {
    let function = name.strip_prefix("aggregate ").unwrap_or(name);
    matches!(
        function.strip_suffix(" distinct").unwrap_or(function),
        "sum" | "avg" | "min" | "max" | "count" | "bool_and" | "bool_or"
    )
}

/// `count(*) > 0` and the like, of a group that has a row.
pub(super) fn always_counted(term: &Term) -> bool {
    let Term::Node(name, sides) = term else {
        return false;
    };
    match (name.as_str(), sides.as_slice()) {
        ("<", [bound, count]) if count.is("aggregate count") && is_bare(count) => {
            whole_number(bound).is_some_and(|bound| bound < 1)
        }
        ("<=", [bound, count]) if count.is("aggregate count") && is_bare(count) => {
            whole_number(bound).is_some_and(|bound| bound <= 1)
        }
        ("<>", [count, zero]) if count.is("aggregate count") && is_bare(count) => {
            whole_number(zero) == Some(0)
        }
        _ => false,
    }
}

pub(super) fn is_bare(term: &Term) -> bool {
    matches!(term, Term::Node(_, arguments) if arguments.is_empty())
}
