//! Window functions as subqueries: the first of each partition is the row before which none comes, and an aggregate
//! over a partition is that of the rows with the same keys.

use super::copy::in_copy;
use super::expression::{comparison, join, negated, number, whole_number};
use super::grouped::{has_window, row_terms_mut, scalar};
use super::keys::unique_keys;
use super::model::{AtomId, AtomKind, Relation, Select, Source, Term};
use super::simplify::{Around, Simplifier, over_terms};

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
            let ranks = name.starts_with("window rank ") || name.starts_with("window dense_rank ");
            let numbers_rows = name.starts_with("window row_number ");
            if !ranks && !numbers_rows {
                continue;
            }
            let keys = [partition.clone(), keys_of(order)].concat();
            let mut distinct = false;
            if numbers_rows && self.unique(&inner.source, &keys).is_none() {
                // Of several first rows it is one, which does not matter if only what they share is read.
                let shared = (0..inner.output.len()).all(|other| {
                    other == column
                        || reads_of(select, id, other) == 0
                        || over_terms(&inner.output[other], &keys)
                });
                if !shared {
                    continue;
                }
                distinct = true;
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
            if distinct {
                for other in 0..inner.output.len() {
                    if !over_terms(&inner.output[other], &keys) {
                        inner.output[other] = Term::leaf("null");
                    }
                }
                inner.distinct = true;
            }
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
        let (function, arguments, partition) = aggregate_of(term)?;
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

    /// `SELECT DISTINCT p, sum(x) OVER (PARTITION BY p)` and what reads a derived table in such a way: one row for each
    /// partition is a grouping.
    pub(super) fn partition_as_group(&mut self, select: &mut Select, harmless: bool) {
        if select.distinct
            && select.group.is_none()
            && let Some(partition) = common_partition(select.output.iter())
            && select
                .output
                .iter()
                .chain(select.order.iter().map(|order| &order.term))
                .all(|term| is_by_partition(term, &partition))
        {
            for term in select
                .output
                .iter_mut()
                .chain(select.order.iter_mut().map(|order| &mut order.term))
            {
                windows_to_aggregates(term);
            }
            select.group = Some(partition);
            self.steps
                .push("one row for each partition is a grouping".to_owned());
            return;
        }
        if !harmless {
            return;
        }
        for at in 0..select.source.atoms.len() {
            let atom = &select.source.atoms[at];
            let Some(inner) = atom.derived() else {
                continue;
            };
            if !is_unlimited(inner) {
                continue;
            }
            let read: Vec<bool> = (0..inner.output.len())
                .map(|column| reads_of(select, atom.id, column) > 0)
                .collect();
            let shown = || {
                inner
                    .output
                    .iter()
                    .zip(&read)
                    .filter_map(|(term, read)| read.then_some(term))
            };
            let Some(partition) = common_partition(shown()) else {
                continue;
            };
            if !shown().all(|term| is_by_partition(term, &partition)) {
                continue;
            }
            let mut inner = inner.clone();
            for (term, read) in inner.output.iter_mut().zip(&read) {
                if *read {
                    windows_to_aggregates(term);
                } else {
                    *term = Term::leaf("null");
                }
            }
            inner.order.clear();
            inner.group = Some(partition);
            select.source.atoms[at].kind =
                AtomKind::Query(Box::new(Relation::Select(Box::new(inner))));
            self.steps
                .push("one row for each partition is a grouping".to_owned());
            return;
        }
    }

    /// Groups of which only the least (greatest) value is read: the rows that no other of their group comes before.
    pub(super) fn extreme_of_group(&mut self, select: &mut Select, around: &Around) {
        let Some(group) = select.group.clone().filter(|group| !group.is_empty()) else {
            return;
        };
        if select.outer_terms().any(has_window) || select.distinct {
            return;
        }
        let mut aggregates: Vec<Term> = Vec::new();
        for term in select.outer_terms() {
            term.visit_own(&mut |term| {
                if let Term::Node(name, _) = term
                    && name.starts_with("aggregate ")
                    && !aggregates.contains(term)
                {
                    aggregates.push(term.clone());
                }
            });
        }
        let [Term::Node(name, of)] = aggregates.as_slice() else {
            return;
        };
        let symbol = match name.as_str() {
            "aggregate min" => "<",
            "aggregate max" => ">",
            _ => return,
        };
        let [value] = of.as_slice() else {
            return;
        };
        let scope = self.scope_of(&select.source, around);
        if !matches!(value, Term::Column(..)) || self.may_be_null(value, &scope) {
            return;
        }
        let (mut copy, numbers) = self.copy_of(&select.source);
        for term in &group {
            let other = in_copy(term, &numbers);
            copy.conditions.push(self.same(&other, term, &scope));
        }
        copy.conditions
            .push(comparison(symbol, in_copy(value, &numbers), value.clone()));
        let (aggregate, value) = (aggregates[0].clone(), value.clone());
        for term in row_terms_mut(select) {
            term.rewrite(&mut |term| {
                if *term == aggregate {
                    *term = value.clone();
                }
            });
        }
        let mut group = group;
        if !group.contains(&value) {
            group.push(value);
        }
        select.group = Some(group);
        select
            .source
            .conditions
            .push(negated(Term::Exists(Box::new(copy))));
        self.steps.push(
            "the least (greatest) value of a group is that of the row that no other comes before"
                .to_owned(),
        );
    }

    /// `GROUP BY g HAVING count(*) > 1`: there is another row with the same g.
    pub(super) fn another_of_group(&mut self, select: &mut Select, around: &Around) {
        let Some(group) = select.group.clone().filter(|group| !group.is_empty()) else {
            return;
        };
        let ([atom], []) = (
            select.source.atoms.as_slice(),
            select.source.lefts.as_slice(),
        ) else {
            return;
        };
        let AtomKind::Table(table) = atom.kind else {
            return;
        };
        let id = atom.id;
        let two = Term::node("<=", vec![number(2), Term::leaf("aggregate count")]);
        let others = select.output.iter().any(Term::has_aggregate)
            || select.order.iter().any(|order| order.term.has_aggregate());
        if select.having != [two] || others {
            return;
        }
        let table = self.catalog.table(table);
        let key = unique_keys(self.catalog, table)
            .into_iter()
            .find(|(key, _)| {
                key.iter().all(|&column| {
                    table
                        .columns
                        .get(column)
                        .is_some_and(|column| column.not_null)
                })
            });
        let Some((key, name)) = key else {
            return;
        };
        let scope = self.scope_of(&select.source, around);
        let (mut copy, numbers) = self.copy_of(&select.source);
        for term in &group {
            let other = in_copy(term, &numbers);
            copy.conditions.push(self.same(&other, term, &scope));
        }
        let other_row = key
            .iter()
            .map(|&column| {
                let own = Term::Column(id, column);
                comparison("<>", in_copy(&own, &numbers), own)
            })
            .collect();
        copy.conditions.push(join("or", other_row));
        select.having.clear();
        select.source.conditions.push(Term::Exists(Box::new(copy)));
        self.steps.push(format!(
            "a group of more than one row has another row by {name}"
        ));
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

/// What all windows of these terms are partitioned by, where it is something and the same.
fn common_partition<'t>(terms: impl Iterator<Item = &'t Term>) -> Option<Vec<Term>> {
    let mut found: Option<Vec<Term>> = None;
    let mut one = true;
    for term in terms {
        term.visit_own(&mut |term| {
            if let Term::Node(name, parts) = term
                && name.starts_with("window ")
            {
                match (parts.get(1), &found) {
                    (Some(Term::Node(_, partition)), None) => found = Some(partition.clone()),
                    (Some(Term::Node(_, partition)), Some(known)) => one &= partition == known,
                    _ => one = false,
                }
            }
        });
    }
    found.filter(|partition| one && !partition.is_empty())
}

/// Whether a term is the same for all rows of a partition, by what it is made of.
fn is_by_partition(term: &Term, partition: &[Term]) -> bool {
    if partition.contains(term) {
        return true;
    }
    match term {
        Term::Node(name, _) if name.starts_with("window ") => aggregate_of(term).is_some(),
        Term::Node(_, arguments) => arguments
            .iter()
            .all(|term| is_by_partition(term, partition)),
        Term::Column(..) | Term::Exists(_) | Term::Subquery(..) => false,
    }
}

fn windows_to_aggregates(term: &mut Term) {
    term.rewrite(&mut |term| {
        if let Some((function, arguments, _)) = aggregate_of(term) {
            *term = Term::node(format!("aggregate {function}"), arguments);
        }
    });
}

/// The aggregate, its arguments and the partition of a window without an order.
fn aggregate_of(term: &Term) -> Option<(&str, Vec<Term>, &[Term])> {
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
    (known && order.is_empty() && (arguments.len() == 1 || star))
        .then(|| (function, arguments.clone(), partition.as_slice()))
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
