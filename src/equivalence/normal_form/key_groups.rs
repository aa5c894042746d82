//! Groups that are rows: groupings that are joined on their keys, and groupings by a key of the rows.

use std::collections::BTreeSet;

use super::expression::negated;
use super::extremes::is_one_row;
use super::grouped::{atoms_of, equals, has_window, lifted, scalar, with_aggregates};
use super::model::{
    AtomId, AtomKind, Relation, Select, Source, Term, is_null_with, rejects, shown_by,
};
use super::simplify::Simplifier;

impl Simplifier<'_> {
    /// A grouped derived table joined on all that it is grouped by: the rows around it, each with aggregates over the
    /// rows that fit.
    pub(super) fn grouped_atoms(&mut self, select: &mut Select) {
        for at in 0..select.source.atoms.len() {
            let atom = &select.source.atoms[at];
            let AtomKind::Query(relation) = &atom.kind else {
                continue;
            };
            let Some(inner) = grouped_by_key(relation).or_else(|| one_row(relation)) else {
                continue;
            };
            let id = atom.id;
            let alias = atom.alias.clone();
            let certain = inner.group.as_ref().is_some_and(Vec::is_empty);
            let Some(KeyEqualities { keys, spent }) =
                self.key_equalities(id, inner, &select.source.conditions)
            else {
                continue;
            };
            let source = fitting_rows(inner, &keys);
            let columns: Vec<Term> = inner
                .output
                .iter()
                .map(|term| self.seen_from_outside(term, &keys, &source))
                .collect();
            let having: Vec<Term> = inner
                .having
                .iter()
                .map(|term| self.seen_from_outside(term, &keys, &source))
                .collect();
            if columns
                .iter()
                .chain(&having)
                .any(|term| !atoms_outside(term).is_disjoint(&source.all_atoms()))
            {
                continue;
            }
            let replace = shown_by(id, columns);
            select.source.atoms.remove(at);
            let mut number = 0;
            select.source.conditions.retain(|_| {
                number += 1;
                !spent.contains(&(number - 1))
            });
            select.source.replace(&replace);
            select.replace_outer(&replace);
            // An aggregate that is NULL where no row fits says by itself that one must.
            let implied = select
                .source
                .conditions
                .iter()
                .any(|term| rejects_empty(term, &source));
            if !implied && !certain {
                select
                    .source
                    .conditions
                    .push(Term::Exists(Box::new(source.clone())));
            }
            select.source.conditions.extend(having);
            self.steps.push(format!(
                "{alias} has one row for each key that it is joined on: its aggregates are those of the rows that fit"
            ));
            return;
        }
    }

    /// The same inside of EXISTS.
    pub(super) fn grouped_inside(&mut self, source: &mut Source) {
        let mut select = Select {
            source: std::mem::take(source),
            group: None,
            having: Vec::new(),
            distinct: false,
            output: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        self.merge_plain(&mut select);
        self.grouped_atoms(&mut select);
        *source = select.source;
    }

    /// The same behind a left join.
    pub(super) fn grouped_lefts(&mut self, select: &mut Select) {
        for at in 0..select.source.lefts.len() {
            let left = &select.source.lefts[at];
            let [atom] = left.atoms.as_slice() else {
                continue;
            };
            let AtomKind::Query(relation) = &atom.kind else {
                continue;
            };
            let Some(inner) = grouped_by_key(relation) else {
                continue;
            };
            if !left.lefts.is_empty() || !inner.having.is_empty() {
                continue;
            }
            let id = atom.id;
            let alias = atom.alias.clone();
            let Some(KeyEqualities { keys, spent }) =
                self.key_equalities(id, inner, &left.conditions)
            else {
                continue;
            };
            if spent.len() != left.conditions.len() {
                continue;
            }
            let source = fitting_rows(inner, &keys);
            let columns: Vec<Term> = inner
                .output
                .iter()
                .map(|term| {
                    let value = self.seen_from_outside(term, &keys, &source);
                    // NULL where nothing fits, as the left join has it.
                    let null_when_empty = matches!(term, Term::Node(name, _)
                        if matches!(name.as_str(), "aggregate sum" | "aggregate avg" | "aggregate min" | "aggregate max"));
                    if null_when_empty {
                        value
                    } else {
                        Term::node(
                            "case",
                            vec![
                                Term::Exists(Box::new(source.clone())),
                                value,
                                Term::leaf("null"),
                            ],
                        )
                    }
                })
                .collect();
            if columns
                .iter()
                .any(|term| !atoms_outside(term).is_disjoint(&source.all_atoms()))
            {
                continue;
            }
            let replace = shown_by(id, columns);
            select.source.lefts.remove(at);
            select.source.replace(&replace);
            select.replace_outer(&replace);
            self.steps.push(format!(
                "{alias} has one row for each key that it is joined on: its aggregates are those of the rows that fit"
            ));
            return;
        }
    }

    /// For each term of a grouping the outer term that a condition equates it with, and the numbers of those conditions.
    pub(super) fn key_equalities(
        &self,
        id: AtomId,
        inner: &Select,
        conditions: &[Term],
    ) -> Option<KeyEqualities> {
        let mut keys = Vec::new();
        let mut spent = Vec::new();
        for term in inner.group.iter().flatten() {
            let (number, outer) =
                conditions
                    .iter()
                    .enumerate()
                    .find_map(|(number, condition)| {
                        let Term::Node(name, sides) = condition else {
                            return None;
                        };
                        if name != "=" {
                            return None;
                        }
                        [(0, 1), (1, 0)].into_iter().find_map(|(own, other)| {
                            let Term::Column(atom, column) = &sides[own] else {
                                return None;
                            };
                            (*atom == id
                                && inner.output.get(*column) == Some(term)
                                && !sides[other].mentions(id)
                                && self.same_value(term, &sides[other]))
                            .then(|| (number, sides[other].clone()))
                        })
                    })?;
            spent.push(number);
            keys.push((term.clone(), outer));
        }
        Some(KeyEqualities { keys, spent })
    }

    /// An output of a grouping as the outside can write it: keys by what they equal, aggregates as subqueries.
    pub(super) fn seen_from_outside(
        &self,
        term: &Term,
        keys: &[(Term, Term)],
        source: &Source,
    ) -> Term {
        let mut lifted = lifted(term, source);
        lifted.rewrite(&mut |term| {
            if let Some((_, outer)) = keys.iter().find(|(key, _)| key == term) {
                *term = outer.clone();
            }
        });
        lifted
    }

    /// Grouped by a key of some tables, with aggregates over others: the rows of the first, each with aggregates over
    /// the rows of the others that fit.
    pub(super) fn grouped_by_key(&mut self, select: &mut Select) {
        let Some(group) = select.group.clone().filter(|group| !group.is_empty()) else {
            return;
        };
        if !select.outer_terms().any(Term::has_aggregate)
            || select.outer_terms().any(has_window)
            || select.distinct
        {
            return;
        }
        if select.source.lefts.len() == 1 {
            self.grouped_over_left(select, &group);
        } else if select.source.lefts.is_empty() {
            self.grouped_over_join(select, &group);
        }
    }

    pub(super) fn grouped_over_left(&mut self, select: &mut Select, group: &[Term]) {
        let left = select.source.lefts[0].clone();
        let atoms = left.all_atoms();
        let mut kept = select.source.clone();
        kept.lefts.clear();
        if kept.atoms.is_empty()
            || kept
                .conditions
                .iter()
                .any(|term| !atoms_of([term]).is_disjoint(&atoms))
            || group
                .iter()
                .any(|term| !atoms_of([term]).is_disjoint(&atoms))
        {
            return;
        }
        let Some(key) = self.unique(&kept, group) else {
            return;
        };
        let changed = with_aggregates(select, |function, arguments, aggregate| {
            match (function, arguments) {
                ("count", []) => Some(Term::node(
                    "case",
                    vec![
                        negated(Term::Exists(Box::new(left.clone()))),
                        super::expression::number(1),
                        scalar(aggregate.clone(), left.clone()),
                    ],
                )),
                (function, [value])
                    if is_known_aggregate(function) && nothing_without(value, &atoms) =>
                {
                    Some(scalar(aggregate.clone(), left.clone()))
                }
                _ => None,
            }
        });
        let Some(mut changed) = changed.filter(|changed| !outside_reads(changed, &atoms)) else {
            return;
        };
        changed.group = None;
        changed.source.lefts.clear();
        changed.source.conditions.append(&mut changed.having);
        *select = changed;
        self.steps.push(format!(
            "the groups are rows: {key}; their aggregates are those of the rows that fit"
        ));
    }

    pub(super) fn grouped_over_join(&mut self, select: &mut Select, group: &[Term]) {
        let keeping = atoms_of(group);
        let going: BTreeSet<AtomId> = select
            .source
            .atoms
            .iter()
            .map(|atom| atom.id)
            .filter(|id| !keeping.contains(id))
            .collect();
        if going.is_empty() || going.len() == select.source.atoms.len() {
            return;
        }
        let mut kept = select.source.clone();
        kept.atoms.retain(|atom| !going.contains(&atom.id));
        kept.conditions
            .retain(|term| atoms_of([term]).is_disjoint(&going));
        let mut other = select.source.clone();
        other.atoms.retain(|atom| going.contains(&atom.id));
        other
            .conditions
            .retain(|term| !atoms_of([term]).is_disjoint(&going));
        let lateral = kept.atoms.iter().any(|atom| match &atom.kind {
            AtomKind::Table(_) => false,
            AtomKind::Query(relation) => {
                let mut reads = false;
                relation.visit(&mut |term| {
                    reads |= matches!(term, Term::Column(atom, _) if going.contains(atom));
                });
                reads
            }
            AtomKind::Function(..) => true,
        });
        if lateral {
            return;
        }
        let Some(key) = self.unique(&kept, group) else {
            return;
        };
        let changed = with_aggregates(select, |function, _, aggregate| {
            is_known_aggregate(function).then(|| scalar(aggregate.clone(), other.clone()))
        });
        let Some(mut changed) = changed.filter(|changed| !outside_reads(changed, &going)) else {
            return;
        };
        changed.group = None;
        changed.source = kept;
        changed.source.conditions.append(&mut changed.having);
        let implied = changed
            .source
            .conditions
            .iter()
            .any(|term| rejects_empty(term, &other));
        if !implied {
            changed
                .source
                .conditions
                .push(Term::Exists(Box::new(other)));
        }
        *select = changed;
        self.steps.push(format!(
            "the groups are rows: {key}; their aggregates are those of the rows that fit"
        ));
    }
}

/// What the terms of a grouping are joined on.
pub(super) struct KeyEqualities {
    /// Each term with the outer term that it equals.
    pub(super) keys: Vec<(Term, Term)>,
    /// Numbers of the conditions that say so.
    pub(super) spent: Vec<usize>,
}

/// The rows under a grouping whose keys are those outside.
fn fitting_rows(inner: &Select, keys: &[(Term, Term)]) -> Source {
    let mut source = inner.source.clone();
    source
        .conditions
        .extend(keys.iter().map(|(term, outer)| equals(term, outer)));
    source
}

/// A grouping with keys, that no LIMIT cuts.
pub(super) fn grouped_by_key(relation: &Relation) -> Option<&Select> {
    match relation {
        Relation::Select(inner)
            if inner.group.as_ref().is_some_and(|group| !group.is_empty())
                && !inner.distinct
                && inner.limit.is_none()
                && inner.offset.is_none()
                && !inner.output.iter().chain(&inner.having).any(has_window) =>
        {
            Some(inner)
        }
        _ => None,
    }
}

/// An aggregate over all rows, which is one row.
pub(super) fn one_row(relation: &Relation) -> Option<&Select> {
    match relation {
        Relation::Select(inner) if is_one_row(inner) && !inner.output.iter().any(has_window) => {
            Some(inner)
        }
        _ => None,
    }
}

/// Atoms that a term reads outside of its subqueries.
pub(super) fn atoms_outside(term: &Term) -> BTreeSet<AtomId> {
    let mut atoms = BTreeSet::new();
    term.visit_own(&mut |term| {
        if let Term::Column(atom, _) = term {
            atoms.insert(*atom);
        }
    });
    atoms
}

/// Whether an aggregate is one of those that depend on the rows alone, and not on their order.
fn is_known_aggregate(function: &str) -> bool {
    matches!(
        function,
        "count" | "sum" | "avg" | "min" | "max" | "bool_and" | "bool_or"
    )
}

pub(super) fn outside_reads(select: &Select, atoms: &BTreeSet<AtomId>) -> bool {
    select
        .outer_terms()
        .any(|term| !atoms_outside(term).is_disjoint(atoms))
}

/// Whether an argument is NULL for the row that a left join fills up.
pub(super) fn nothing_without(value: &Term, atoms: &BTreeSet<AtomId>) -> bool {
    is_null_with(value, atoms)
        || matches!(value, Term::Node(name, arms) if name == "case" && arms.len() == 3
            && rejects(&arms[0], atoms) && (arms[2].is("null") || is_null_with(&arms[2], atoms)))
}

/// Whether a condition cannot be TRUE where an aggregate over this source finds no row.
pub(super) fn rejects_empty(term: &Term, source: &Source) -> bool {
    fn null_when_empty(term: &Term, source: &Source) -> bool {
        if let Term::Node(name, arguments) = term {
            return super::model::is_strict(name)
                && arguments.iter().any(|term| null_when_empty(term, source));
        }
        matches!(term, Term::Subquery(kind, _, relation) if kind == "scalar"
            && matches!(&**relation, Relation::Select(inner)
                if inner.source == *source
                    && inner.group.as_ref().is_some_and(Vec::is_empty)
                    && matches!(inner.output.as_slice(), [Term::Node(name, _)]
                        if matches!(name.as_str(), "aggregate sum" | "aggregate avg" | "aggregate min" | "aggregate max"))))
    }
    match term {
        Term::Node(name, sides)
            if matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null") =>
        {
            sides.iter().any(|side| null_when_empty(side, source))
        }
        _ => false,
    }
}
