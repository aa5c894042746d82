//! Groupings: what keys make superfluous, one grouping over another, aggregates over one row.

use std::collections::BTreeSet;

use crate::catalog::Type;

use super::expression::{comparison, number};
use super::keys::unique_keys;
use super::model::{AtomId, AtomKind, Relation, Select, Source, Term};
use super::simplify::{Simplifier, over_terms};

impl Simplifier<'_> {
    /// Literals and columns that a key among the others determines need not be grouped by.
    pub(super) fn tidy_group(&self, select: &mut Select) {
        let Some(group) = &mut select.group else {
            return;
        };
        if group.is_empty() {
            return;
        }
        let mut kept: Vec<Term> = Vec::new();
        for term in std::mem::take(group) {
            if !term.is_constant() && !kept.contains(&term) {
                kept.push(term);
            }
        }
        let mut atoms = Vec::new();
        tables(&select.source, &mut atoms);
        for (atom, table) in atoms {
            let table = self.catalog.table(table);
            let has = |column: usize| kept.contains(&Term::Column(atom, column));
            let key = unique_keys(self.catalog, table)
                .into_iter()
                .map(|(key, _)| key)
                .find(|key| {
                    key.iter().all(|&column| {
                        has(column) && table.columns.get(column).is_some_and(|c| c.not_null)
                    })
                });
            if let Some(key) = key {
                kept.retain(|term| {
                    !matches!(term, Term::Column(other, column) if *other == atom && !key.contains(column))
                });
            }
        }
        if kept.is_empty() {
            kept.push(number(1));
        }
        *group = kept;
    }

    /// `HAVING max(x) > c` without other aggregates asks for a row with `x > c`.
    pub(super) fn extreme_having(&mut self, select: &mut Select) {
        let others = select.output.iter().any(Term::has_aggregate)
            || select.order.iter().any(|order| order.term.has_aggregate());
        let [only] = select.having.as_slice() else {
            return;
        };
        let Some(group) = select.group.as_ref().filter(|group| !group.is_empty()) else {
            return;
        };
        let Term::Node(name, sides) = only else {
            return;
        };
        if others || !(name == "<" || name == "<=") {
            return;
        }
        let argument = |term: &Term, wanted: &str| match term {
            Term::Node(name, arguments) if name == wanted && arguments.len() == 1 => {
                Some(arguments[0].clone())
            }
            _ => None,
        };
        let moved = match sides.as_slice() {
            [bound, side] if over_terms(bound, group) || bound.is_constant() => {
                argument(side, "aggregate max")
                    .map(|inner| Term::node(name.clone(), vec![bound.clone(), inner]))
            }
            [side, bound] if over_terms(bound, group) || bound.is_constant() => {
                argument(side, "aggregate min")
                    .map(|inner| Term::node(name.clone(), vec![inner, bound.clone()]))
            }
            _ => None,
        };
        if let Some(condition) = moved {
            select.having.clear();
            select.source.conditions.push(condition);
            self.steps.push(
                "a bound on the greatest (least) value of a group asks for a row beyond it"
                    .to_owned(),
            );
        }
    }

    /// Aggregates over groups of one row are values of that row.
    pub(super) fn one_row_groups(&mut self, select: &mut Select) {
        let Some(group) = &select.group else {
            return;
        };
        if group.is_empty() || !select.outer_terms().any(Term::has_aggregate) {
            return;
        }
        let Some(key) = self.unique(&select.source, group) else {
            return;
        };
        if select.outer_terms().any(has_window) {
            return;
        }
        let changed = with_aggregates(select, |function, arguments, _| {
            Some(match (function, arguments) {
                ("count", []) => number(1),
                ("count", [value]) => Term::node(
                    "case",
                    vec![
                        Term::node("is null", vec![value.clone()]),
                        number(0),
                        number(1),
                    ],
                ),
                ("min" | "max" | "bool_and" | "bool_or", [value]) => value.clone(),
                ("sum", [value]) => match self.type_of(value) {
                    Some(Type::Int2 | Type::Int4 | Type::Numeric(_)) => value.clone(),
                    _ => return None,
                },
                ("avg", [value]) => match self.type_of(value) {
                    Some(Type::Numeric(_)) => value.clone(),
                    Some(Type::Int2 | Type::Int4 | Type::Int8) => {
                        Term::node("cast numeric", vec![value.clone()])
                    }
                    _ => return None,
                },
                _ => return None,
            })
        });
        let Some(mut changed) = changed else {
            return;
        };
        changed.group = None;
        changed.source.conditions.append(&mut changed.having);
        *select = changed;
        self.steps.push(format!("each group is one row: {key}"));
    }
}

/// The terms outside of the source that are worked out for rows or groups, to be changed: not LIMIT and OFFSET.
pub(super) fn row_terms_mut(select: &mut Select) -> impl Iterator<Item = &mut Term> {
    select
        .group
        .iter_mut()
        .flatten()
        .chain(&mut select.having)
        .chain(&mut select.output)
        .chain(select.order.iter_mut().map(|order| &mut order.term))
}

/// The query with another term in the place of each aggregate, by its function (DISTINCT left out), its arguments and
/// itself; `None` where one has none.
pub(super) fn with_aggregates(
    select: &Select,
    replacement: impl Fn(&str, &[Term], &Term) -> Option<Term>,
) -> Option<Select> {
    let mut changed = select.clone();
    let mut fits = true;
    for term in row_terms_mut(&mut changed) {
        term.rewrite(&mut |term| {
            let Term::Node(name, arguments) = &*term else {
                return;
            };
            let Some(function) = name.strip_prefix("aggregate ") else {
                return;
            };
            let function = function.strip_suffix(" distinct").unwrap_or(function);
            match replacement(function, arguments, term) {
                Some(other) => *term = other,
                None => fits = false,
            }
        });
    }
    fits.then_some(changed)
}

pub(super) fn has_window(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("window ") || arguments.iter().any(has_window)
        }
        Term::Subquery(_, arguments, _) => arguments.iter().any(has_window),
        _ => false,
    }
}

/// The tables of a source, those of left joins included.
pub(super) fn tables(source: &Source, into: &mut Vec<(AtomId, crate::catalog::TableId)>) {
    for atom in &source.atoms {
        if let AtomKind::Table(table) = atom.kind {
            into.push((atom.id, table));
        }
    }
    for left in &source.lefts {
        tables(left, into);
    }
}

/// The aggregates of a term become scalar subqueries over a source.
pub(super) fn lifted(term: &Term, source: &Source) -> Term {
    let mut term = term.clone();
    term.rewrite(&mut |term| {
        if let Term::Node(name, _) = term
            && name.starts_with("aggregate ")
        {
            let aggregate = term.clone();
            *term = scalar(aggregate, source.clone());
        }
    });
    term
}

/// `(SELECT aggregate FROM source)`.
pub(super) fn scalar(aggregate: Term, source: Source) -> Term {
    Term::Subquery(
        "scalar".to_owned(),
        Vec::new(),
        Box::new(Relation::Select(Box::new(Select {
            source,
            group: Some(Vec::new()),
            having: Vec::new(),
            distinct: false,
            output: vec![aggregate],
            order: Vec::new(),
            limit: None,
            offset: None,
        }))),
    )
}

/// The atoms that terms mention.
pub(super) fn atoms_of<'t>(terms: impl IntoIterator<Item = &'t Term>) -> BTreeSet<AtomId> {
    let mut atoms = BTreeSet::new();
    terms.into_iter().for_each(|term| term.atoms(&mut atoms));
    atoms
}

/// An equality between a term of the inside and one of the outside.
pub(super) fn equals(inner: &Term, outer: &Term) -> Term {
    comparison("=", inner.clone(), outer.clone())
}
