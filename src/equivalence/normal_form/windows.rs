//! Window functions as subqueries: the first of each partition is the row before which none comes, and an aggregate
//! over a partition is that of the rows with the same keys.

use super::copy::in_copy;
use super::expression::{comparison, join, negated, number, whole_number};
use super::grouped::{has_window, scalar};
use super::model::{AtomId, AtomKind, Relation, Select, Source, Term};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// `rank() OVER (PARTITION BY p ORDER BY k) = 1` of a derived table: no row of the partition comes before it.
    pub(super) fn first_of_partition(&mut self, select: &mut Select, around: &Around) {
        for at in 0..select.source.conditions.len() {
            let Some((id, column)) = first(&select.source.conditions[at]) else {
                continue;
            };
            let Some(place) = select.source.atoms.iter().position(|atom| atom.id == id) else {
                continue;
            };
            let AtomKind::Query(relation) = &select.source.atoms[place].kind else {
                continue;
            };
            let Relation::Select(inner) = &**relation else {
                continue;
            };
            if reads_of(select, id, column) != 1 || !is_unlimited(inner) {
                continue;
            }
            let windows = inner.output.iter().filter(|term| has_window(term)).count();
            let Some(Term::Node(name, parts)) = inner.output.get(column) else {
                continue;
            };
            let ([_, Term::Node(_, partition), Term::Node(_, order)], 1) =
                (parts.as_slice(), windows)
            else {
                continue;
            };
            let ranks = name.starts_with("window rank ")
                || name.starts_with("window dense_rank ")
                || name.starts_with("window row_number ")
                    && self
                        .unique(&inner.source, &[partition.clone(), keys_of(order)].concat())
                        .is_some();
            if !ranks {
                continue;
            }
            let (partition, order) = (partition.clone(), order.clone());
            let mut inner = (**inner).clone();
            let scope = self.scope_of(&inner.source, around);
            let (mut copy, numbers) = self.copy_of(&inner.source);
            for term in &partition {
                let other = in_copy(term, &numbers);
                copy.conditions.push(self.same(&other, term, &scope));
            }
            let mut earlier = Vec::new();
            let mut equal_so_far = Vec::new();
            for key in &order {
                let Term::Node(how, of) = key else {
                    return;
                };
                let Some(term) = of.first() else {
                    return;
                };
                let other = in_copy(term, &numbers);
                let before = self.before(how, &other, term, &scope);
                earlier.push(join("and", [equal_so_far.clone(), vec![before]].concat()));
                equal_so_far.push(self.same(&other, term, &scope));
            }
            copy.conditions.push(join("or", earlier));
            inner
                .source
                .conditions
                .push(negated(Term::Exists(Box::new(copy))));
            inner.output[column] = number(1);
            select.source.conditions.remove(at);
            select.source.atoms[place].kind =
                AtomKind::Query(Box::new(Relation::Select(Box::new(inner))));
            self.steps.push(
                "the first of a partition is the row that no other of it comes before".to_owned(),
            );
            return;
        }
    }

    /// `sum(x) OVER (PARTITION BY p)`: the sum over the rows with the same p.
    pub(super) fn over_partition(&mut self, select: &mut Select, around: &Around) {
        if select.group.is_some() || !select.output.iter().any(has_window) {
            return;
        }
        let source = select.source.clone();
        let scope = self.scope_of(&source, around);
        let mut changed = false;
        for term in select
            .output
            .iter_mut()
            .chain(select.order.iter_mut().map(|order| &mut order.term))
        {
            term.rewrite(&mut |term| {
                if let Some(value) = self.aggregate_over_partition(term, &source, &scope) {
                    *term = value;
                    changed = true;
                }
            });
        }
        if changed {
            self.steps.push(
                "an aggregate over a partition is that of the rows with the same keys".to_owned(),
            );
        }
    }

    fn aggregate_over_partition(
        &mut self,
        term: &Term,
        source: &Source,
        scope: &Around,
    ) -> Option<Term> {
        let Term::Node(name, parts) = term else {
            return None;
        };
        let function = name.strip_prefix("window ")?;
        let [
            Term::Node(_, arguments),
            Term::Node(_, partition),
            Term::Node(_, order),
        ] = parts.as_slice()
        else {
            return None;
        };
        // A frame would follow the name; a star does.
        let (function, star) = match function.strip_suffix(" *") {
            Some(function) => (function.trim_end(), true),
            None => (function.trim_end(), false),
        };
        let known = matches!(
            function,
            "sum" | "count" | "min" | "max" | "avg" | "bool_and" | "bool_or"
        );
        if !known || !order.is_empty() || (arguments.len() != 1 && !star) {
            return None;
        }
        let (mut copy, numbers) = self.copy_of(source);
        for term in partition {
            let other = in_copy(term, &numbers);
            copy.conditions.push(self.same(&other, term, scope));
        }
        let mut arguments: Vec<Term> = arguments
            .iter()
            .map(|term| in_copy(term, &numbers))
            .collect();
        if function == "count"
            && arguments
                .iter()
                .any(|term| !self.may_be_null(term, &self.scope_of(&copy, scope)))
        {
            arguments.clear();
        }
        Some(scalar(
            Term::node(format!("aggregate {function}"), arguments),
            copy,
        ))
    }

    /// Equal, NULL with NULL.
    pub(super) fn same(&self, other: &Term, term: &Term, scope: &Around) -> Term {
        if self.may_be_null(term, scope) {
            Term::node("not distinct", vec![other.clone(), term.clone()])
        } else {
            comparison("=", other.clone(), term.clone())
        }
    }

    /// Whether the other row comes before this one by one sort key.
    fn before(&self, how: &str, other: &Term, term: &Term, scope: &Around) -> Term {
        let symbol = if how.starts_with("key true") {
            ">"
        } else {
            "<"
        };
        let smaller = comparison(symbol, other.clone(), term.clone());
        if !self.may_be_null(term, scope) {
            return smaller;
        }
        let is_null = |term: &Term| Term::node("is null", vec![term.clone()]);
        let not_null = |term: &Term| Term::node("not null", vec![term.clone()]);
        let by_null = if how.ends_with("true") {
            vec![is_null(other), not_null(term)]
        } else {
            vec![not_null(other), is_null(term)]
        };
        join("or", vec![smaller, join("and", by_null)])
    }
}

/// The column of a condition that is TRUE for 1 and not for more.
fn first(condition: &Term) -> Option<(AtomId, usize)> {
    let Term::Node(name, sides) = condition else {
        return None;
    };
    match (name.as_str(), sides.as_slice()) {
        ("=", [Term::Column(atom, column), one] | [one, Term::Column(atom, column)])
        | ("<=", [Term::Column(atom, column), one])
            if whole_number(one) == Some(1) =>
        {
            Some((*atom, *column))
        }
        ("<", [Term::Column(atom, column), two]) if whole_number(two) == Some(2) => {
            Some((*atom, *column))
        }
        _ => None,
    }
}

/// How often a column is read in a query.
fn reads_of(select: &Select, id: AtomId, column: usize) -> usize {
    let mut count = 0;
    let mut look = |term: &Term| {
        count += usize::from(*term == Term::Column(id, column));
    };
    select.source.visit(&mut look);
    select.outer_terms().for_each(|term| term.visit(&mut look));
    count
}

/// Joins, conditions and an output, windows allowed.
fn is_unlimited(select: &Select) -> bool {
    select.group.is_none()
        && select.having.is_empty()
        && !select.distinct
        && select.limit.is_none()
        && select.offset.is_none()
}

fn keys_of(order: &[Term]) -> Vec<Term> {
    order
        .iter()
        .filter_map(|key| match key {
            Term::Node(_, of) => of.first().cloned(),
            _ => None,
        })
        .collect()
}
