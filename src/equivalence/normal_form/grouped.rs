//! Groupings: what keys make superfluous, one grouping over another, aggregates over one row.

use std::collections::BTreeSet;

use crate::catalog::Type;
use crate::query::functions::ignores_duplicates;

use super::bounds::is_whole;
use super::expression::{comparison, number, whole_number};
use super::model::{AtomId, AtomKind, ColumnTypes, Relation, Select, Source, Term};
use super::simplify::{Around, Simplifier, over_terms, unique_keys};

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
        for term in outer_terms_mut(select) {
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
    fn shared_filter(&mut self, select: &mut Select) {
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
        for term in outer_terms_mut(select) {
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

    /// `HAVING max(x) > c` without other aggregates asks for a row with `x > c`.
    fn extreme_having(&mut self, select: &mut Select) {
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
        let mut changed = select.clone();
        let mut fits = true;
        for term in outer_terms_mut(&mut changed) {
            term.rewrite(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                if name.starts_with("window ") {
                    fits = false;
                }
                let Some(function) = name.strip_prefix("aggregate ") else {
                    return;
                };
                let function = function.strip_suffix(" distinct").unwrap_or(function);
                let value = match (function, arguments.as_slice()) {
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
                        _ => {
                            fits = false;
                            return;
                        }
                    },
                    ("avg", [value]) => match self.type_of(value) {
                        Some(Type::Numeric(_)) => value.clone(),
                        Some(Type::Int2 | Type::Int4 | Type::Int8) => {
                            Term::node("cast numeric", vec![value.clone()])
                        }
                        _ => {
                            fits = false;
                            return;
                        }
                    },
                    _ => {
                        fits = false;
                        return;
                    }
                };
                *term = value;
            });
        }
        if !fits {
            return;
        }
        changed.group = None;
        changed.source.conditions.append(&mut changed.having);
        *select = changed;
        self.steps.push(format!("each group is one row: {key}"));
    }

    /// A grouping over a grouping that only refines it is one grouping.
    pub(super) fn merge_nested_groups(&mut self, select: &mut Select) {
        let Some(outer) = select.group.clone() else {
            return;
        };
        let [atom] = select.source.atoms.as_slice() else {
            return;
        };
        let AtomKind::Query(relation) = &atom.kind else {
            return;
        };
        let Relation::Select(inner) = &**relation else {
            return;
        };
        let Some(inner_group) = inner.group.clone().filter(|group| !group.is_empty()) else {
            return;
        };
        let simple = select.source.lefts.is_empty()
            && inner.having.is_empty()
            && !inner.distinct
            && inner.limit.is_none()
            && inner.offset.is_none()
            && !inner.output.iter().any(has_window);
        if !simple {
            return;
        }
        let (id, alias, global) = (atom.id, atom.alias.clone(), outer.is_empty());
        let output = inner.output.clone();
        let replace = |atom: AtomId, column: usize| {
            (atom == id).then(|| output.get(column).cloned()).flatten()
        };
        let mut merged = select.clone();
        merged.source = inner.source.clone();
        let mut conditions = select.source.conditions.clone();
        conditions
            .iter_mut()
            .for_each(|term| term.replace(&replace));
        if !select.outer_terms().any(Term::has_aggregate)
            && inner_group.iter().all(|term| {
                outer.iter().any(|outer| {
                    let mut outer = outer.clone();
                    outer.replace(&replace);
                    outer == *term
                })
            })
        {
            // Each row of the inside is a group of its own.
            merged.group = Some(inner_group);
            merged.having = [std::mem::take(&mut merged.having), conditions].concat();
            for term in outer_terms_mut_but_group(&mut merged) {
                term.replace(&replace);
            }
            *select = merged;
            self.steps.push(format!(
                "the grouping over {alias} is the grouping inside of it"
            ));
            return;
        }
        if conditions
            .iter()
            .any(|term| term.has_aggregate() || !over_terms(term, &inner_group))
        {
            return;
        }
        merged.source.conditions.extend(conditions);
        let mut group = merged.group.take().unwrap_or_default();
        group.iter_mut().for_each(|term| term.replace(&replace));
        if group
            .iter()
            .any(|term| term.has_aggregate() || !over_terms(term, &inner_group))
        {
            return;
        }
        let finer: Vec<&Term> = inner_group
            .iter()
            .filter(|term| !group.contains(term))
            .collect();
        let scope = self.scope_of(&inner.source, &Vec::new());
        let mut fits = true;
        let nesting = Nesting {
            inner_group: &inner_group,
            finer: &finer,
            global,
        };
        for term in outer_terms_mut_but_group(&mut merged) {
            let bare = matches!(term, Term::Node(name, _) if name.starts_with("aggregate "));
            term.rewrite(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                if name.starts_with("window ") {
                    fits = false;
                }
                if !name.starts_with("aggregate ") {
                    return;
                }
                let mut arguments = arguments.clone();
                arguments.iter_mut().for_each(|term| term.replace(&replace));
                match nesting.composed(name, &arguments, bare, &|term| {
                    !self.may_be_null(term, &scope)
                }) {
                    Some(composed) => *term = composed,
                    None => fits = false,
                }
            });
            term.replace(&replace);
        }
        // What was an inner aggregate outside of an outer one is not of this shape.
        if !fits {
            return;
        }
        merged.group = Some(group);
        *select = merged;
        self.steps.push(format!(
            "the grouping over {alias} is one with the grouping inside of it"
        ));
    }
}

struct Nesting<'a> {
    inner_group: &'a [Term],
    /// Terms of the inner grouping that the outer one has not.
    finer: &'a [&'a Term],
    /// Whether the outer grouping is one row for all.
    global: bool,
}

impl Nesting<'_> {
    /// An aggregate over the inner groups as one over the rows.
    fn composed(
        &self,
        name: &str,
        arguments: &[Term],
        bare: bool,
        not_null: &dyn Fn(&Term) -> bool,
    ) -> Option<Term> {
        let function = name.strip_prefix("aggregate ")?;
        if let [Term::Node(inner, of)] = arguments
            && let Some(inner_function) = inner.strip_prefix("aggregate ")
        {
            return match (function, inner_function) {
                ("min", "min")
                | ("max", "max")
                | ("bool_and", "bool_and")
                | ("bool_or", "bool_or") => Some(Term::Node(inner.clone(), of.clone())),
                ("sum", "sum") if bare => Some(Term::Node(inner.clone(), of.clone())),
                // No group at all counts as NULL here and as 0 there.
                ("sum", "count") if bare && !self.global => {
                    Some(Term::Node(inner.clone(), of.clone()))
                }
                _ => None,
            };
        }
        if arguments.iter().any(Term::has_aggregate) {
            return None;
        }
        match (function, arguments) {
            ("count", []) => match self.finer {
                [only] if not_null(only) => Some(Term::node(
                    "aggregate count distinct",
                    vec![(*only).clone()],
                )),
                _ => None,
            },
            (_, [value]) if over_terms(value, self.inner_group) => {
                let plain = function.strip_suffix(" distinct");
                if plain.is_some() || ignores_duplicates(function) {
                    return Some(Term::node(name, vec![value.clone()]));
                }
                let single = matches!(self.finer, [only] if *only == value);
                (single && matches!(function, "count" | "sum" | "avg"))
                    .then(|| Term::node(format!("{name} distinct"), vec![value.clone()]))
            }
            _ => None,
        }
    }
}

/// All terms outside of the source, to be changed.
pub(super) fn outer_terms_mut(select: &mut Select) -> impl Iterator<Item = &mut Term> {
    select
        .group
        .iter_mut()
        .flatten()
        .chain(&mut select.having)
        .chain(&mut select.output)
        .chain(select.order.iter_mut().map(|order| &mut order.term))
}

fn outer_terms_mut_but_group(select: &mut Select) -> impl Iterator<Item = &mut Term> {
    select
        .having
        .iter_mut()
        .chain(&mut select.output)
        .chain(select.order.iter_mut().map(|order| &mut order.term))
}

pub(super) fn has_window(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("window ") || arguments.iter().any(has_window)
        }
        _ => false,
    }
}

/// The average of whole numbers as the sum by the count, and a sum made numeric before it is divided in one way.
/// Source: int8_avg and numeric_poly_avg in numeric.c, which divide by numeric_div as the operator does.
fn average(name: &str, arguments: &[Term], types: &ColumnTypes) -> Option<Term> {
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
fn is_sum(term: &Term, types: &ColumnTypes) -> bool {
    match term {
        Term::Node(name, of) if name == "aggregate sum" => {
            matches!(of.as_slice(), [value] if is_whole_value(value, types))
        }
        other => is_whole(other, types),
    }
}

/// Whether a term has whole numbers as its values, a CASE between them included.
fn is_whole_value(term: &Term, types: &ColumnTypes) -> bool {
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
fn count_of_ones(term: &Term) -> Option<Term> {
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
fn skips_null(name: &str) -> bool {
    let function = name.strip_prefix("aggregate ").unwrap_or(name);
    matches!(
        function.strip_suffix(" distinct").unwrap_or(function),
        "sum" | "avg" | "min" | "max" | "count" | "bool_and" | "bool_or"
    )
}

/// `count(*) > 0` and the like, of a group that has a row.
fn always_counted(term: &Term) -> bool {
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

fn is_bare(term: &Term) -> bool {
    matches!(term, Term::Node(_, arguments) if arguments.is_empty())
}

/// The tables of a source, those of left joins included.
fn tables(source: &Source, into: &mut Vec<(AtomId, crate::catalog::TableId)>) {
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
