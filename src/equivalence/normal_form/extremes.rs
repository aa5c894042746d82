//! The greatest and the least of a subquery: comparisons with it ask which rows there are and which there are not.

use crate::catalog::Type;

use super::copy::in_copy;
use super::expression::{comparison, join, negated, whole_number};
use super::grouped::scalar;
use super::model::{Atom, AtomKind, Relation, Select, Source, Term};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// A bound by the greatest or least value of a subquery, or by any of its values, asks for a row; being that value
    /// asks that no row lies beyond.
    pub(super) fn bound_as_exists(&mut self, term: Term, around: &Source, scope: &Around) -> Term {
        match term {
            Term::Node(name, arms) if name == "and" || name == "or" => join(
                &name,
                arms.into_iter()
                    .map(|term| self.bound_as_exists(term, around, scope))
                    .collect(),
            ),
            Term::Node(name, sides) if (name == "<" || name == "<=") && sides.len() == 2 => {
                let greatest = extreme(&sides[1], "aggregate max")
                    .map(|(source, value)| (source, comparison(&name, sides[0].clone(), value)));
                let least = extreme(&sides[0], "aggregate min")
                    .map(|(source, value)| (source, comparison(&name, value, sides[1].clone())));
                match greatest.or(least) {
                    Some((mut source, condition)) => {
                        source.conditions.push(condition);
                        self.steps.push(
                            "beyond the least (greatest) value of a subquery is beyond one of them"
                                .to_owned(),
                        );
                        Term::Exists(Box::new(source))
                    }
                    None if self.expand => self.beyond_all(&name, sides),
                    None => Term::Node(name, sides),
                }
            }
            Term::Node(name, sides)
                if self.expand && (name == "=" || name == "<>") && sides.len() == 2 =>
            {
                self.is_extreme(&name, sides, around, scope)
            }
            Term::Subquery(name, arguments, relation)
                if (name.ends_with(" false") || name.ends_with(" true"))
                    && arguments.len() == 1 =>
            {
                quantified(name, arguments, relation)
            }
            other => other,
        }
    }

    /// `max(y) <= x`: there is a y, and none is greater than x.
    fn beyond_all(&mut self, name: &str, sides: Vec<Term>) -> Term {
        let [left, right] = sides.as_slice() else {
            return Term::node(name, sides);
        };
        let opposite = if name == "<" { "<=" } else { "<" };
        let found = match (
            extreme(left, "aggregate max"),
            extreme(right, "aggregate min"),
        ) {
            (Some((source, value)), _) => {
                let beyond = comparison(opposite, right.clone(), value.clone());
                (source, value, beyond, right.clone())
            }
            (None, Some((source, value))) => {
                let beyond = comparison(opposite, value.clone(), left.clone());
                (source, value, beyond, left.clone())
            }
            (None, None) => return Term::node(name, sides),
        };
        let (mut some, value, beyond, bound) = found;
        let (mut none, numbers) = self.copy_of(&some);
        none.conditions.push(in_copy(&beyond, &numbers));
        some.conditions.push(Term::node("not null", vec![value]));
        self.steps.push(
            "beyond the greatest (least) value of a subquery is beyond each of them".to_owned(),
        );
        join(
            "and",
            vec![
                Term::node("not null", vec![bound]),
                Term::Exists(Box::new(some)),
                negated(Term::Exists(Box::new(none))),
            ],
        )
    }

    /// `x = max(y)`: x is one of them, and none is greater. `x <> max(y)` for an x among them: one is greater.
    fn is_extreme(
        &mut self,
        name: &str,
        sides: Vec<Term>,
        around: &Source,
        scope: &Around,
    ) -> Term {
        let [left, right] = sides.as_slice() else {
            return Term::node(name, sides);
        };
        let found = [(left, right), (right, left)]
            .into_iter()
            .find_map(|(x, of)| {
                [("aggregate max", "<"), ("aggregate min", ">")]
                    .into_iter()
                    .find_map(|(aggregate, symbol)| {
                        let (source, value) = extreme(of, aggregate)?;
                        Some((x.clone(), source, value, symbol))
                    })
            });
        let Some((x, mut one, value, symbol)) = found else {
            return Term::node(name, sides);
        };
        let (mut beyond, numbers) = self.copy_of(&one);
        beyond
            .conditions
            .push(comparison(symbol, x.clone(), in_copy(&value, &numbers)));
        one.conditions.push(comparison("=", x, value));
        let (one, beyond) = (Term::Exists(Box::new(one)), Term::Exists(Box::new(beyond)));
        let both = if name == "=" {
            join("and", vec![one, negated(beyond)])
        } else if self
            .witnessed(&one, &around.atoms, &around.conditions, scope)
            .is_some()
        {
            beyond
        } else {
            return Term::node(name, sides);
        };
        self.steps.push(
            "the greatest (least) value of a subquery is the one that none lies beyond".to_owned(),
        );
        both
    }

    /// `(SELECT y FROM t ORDER BY y DESC LIMIT 1)` is the greatest y; with DISTINCT and OFFSET 1 the greatest of those
    /// that are less than another.
    pub(super) fn first_value(&mut self, relation: &Relation, around: &Around) -> Option<Term> {
        let Relation::Select(select) = relation else {
            return None;
        };
        let ([value], [order]) = (select.output.as_slice(), select.order.as_slice()) else {
            return None;
        };
        let skipped = match &select.offset {
            None => 0,
            Some(offset) => whole_number(offset)?,
        };
        let distinct = select.distinct
            || select
                .group
                .as_ref()
                .is_some_and(|group| group.as_slice() == std::slice::from_ref(value));
        let fits = whole_number(select.limit.as_ref()?) == Some(1)
            && order.term == *value
            && (select.group.is_none() || distinct)
            && (select.having.is_empty() || skipped == 0)
            && !value.has_aggregate()
            && (skipped == 0
                || skipped == 1
                    && (distinct
                        || self
                            .unique(&select.source, std::slice::from_ref(value))
                            .is_some()))
            && self
                .type_of(value)
                .is_some_and(|data_type| is_ordered(&data_type));
        let known = |term: &Term| {
            matches!(term, Term::Node(name, tested)
                if matches!(name.as_str(), "not null" | "=" | "<>" | "<" | "<=") && tested.contains(value))
        };
        let scope = self.scope_of(&select.source, around);
        let certain = !order.nulls_first
            || select.source.conditions.iter().any(known)
            || !self.may_be_null(value, &scope) && select.source.lefts.is_empty();
        if !fits || !certain {
            return None;
        }
        let (aggregate, symbol) = if order.descending {
            ("aggregate max", "<")
        } else {
            ("aggregate min", ">")
        };
        let mut value = value.clone();
        let mut source = select.source.clone();
        if !select.having.is_empty() {
            // The groups themselves are what the value is chosen from.
            let mut groups = (**select).clone();
            (groups.limit, groups.order) = (None, Vec::new());
            let data_type = self.type_of(&value);
            let id = self.next_atom;
            self.next_atom += 1;
            if let Some(data_type) = data_type {
                self.types.insert((id, 0), data_type);
            }
            value = Term::Column(id, 0);
            source = Source {
                atoms: vec![Atom {
                    id,
                    alias: "groups".to_owned(),
                    kind: AtomKind::Query(Box::new(Relation::Select(Box::new(groups)))),
                }],
                ..Source::default()
            };
        }
        if skipped == 1 {
            let (mut copy, numbers) = self.copy_of(&source);
            copy.conditions
                .push(comparison(symbol, value.clone(), in_copy(&value, &numbers)));
            source.conditions.push(Term::Exists(Box::new(copy)));
        }
        self.steps
            .push("the first of the sorted values is the greatest (least)".to_owned());
        Some(scalar(Term::node(aggregate, vec![value]), source))
    }
}

/// Whether `max` and `min` exist for a type.
fn is_ordered(data_type: &Type) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            Type::Numeric(_)
                | Type::Text
                | Type::Varchar(_)
                | Type::Date
                | Type::Timestamp
                | Type::TimestampTz
        )
}

/// A comparison with any, or with all, of the rows of a subquery.
fn quantified(name: String, mut arguments: Vec<Term>, relation: Box<Relation>) -> Term {
    let (symbol, all) = match (name.strip_suffix(" false"), name.strip_suffix(" true")) {
        (Some(symbol), _) => (symbol, false),
        (_, Some(symbol)) => (symbol, true),
        _ => return Term::Subquery(name, arguments, relation),
    };
    let fits = matches!(symbol, "<" | "<=" | ">" | ">=" | "<>");
    match *relation {
        Relation::Select(inner) if inner.is_plain() && inner.output.len() == 1 && fits => {
            let mut source = inner.source;
            let left = arguments.swap_remove(0);
            let right = inner
                .output
                .into_iter()
                .next()
                .unwrap_or_else(|| Term::leaf("null"));
            let compared = comparison(symbol, left.clone(), right.clone());
            if !all {
                source.conditions.push(compared);
                return Term::Exists(Box::new(source));
            }
            // Not TRUE for one of them: FALSE, or a side is NULL.
            source.conditions.push(join(
                "or",
                vec![
                    negated(compared),
                    Term::node("is null", vec![left]),
                    Term::node("is null", vec![right]),
                ],
            ));
            negated(Term::Exists(Box::new(source)))
        }
        other => Term::Subquery(name, arguments, Box::new(other)),
    }
}

/// The source and the argument of `(SELECT max(x) FROM ...)`.
fn extreme(term: &Term, aggregate: &str) -> Option<(Source, Term)> {
    let Term::Subquery(kind, arguments, relation) = term else {
        return None;
    };
    let Relation::Select(inner) = &**relation else {
        return None;
    };
    let plain = kind == "scalar" && arguments.is_empty() && is_one_row(inner);
    match inner.output.as_slice() {
        [Term::Node(name, of)] if plain && name == aggregate && of.len() == 1 => {
            Some((inner.source.clone(), of[0].clone()))
        }
        _ => None,
    }
}

/// Whether a query is an aggregate over all rows, which is one row.
pub(super) fn is_one_row(select: &Select) -> bool {
    select.group.as_ref().is_some_and(Vec::is_empty)
        && select.having.is_empty()
        && select.limit.is_none()
        && select.offset.is_none()
}
