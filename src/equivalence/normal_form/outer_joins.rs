//! Outer joins that are inner, unused, or keep only the rows without a partner.

use std::collections::BTreeSet;

use super::expression::negated;
use super::model::{AtomId, AtomKind, Source, Term, rejects};
use super::simplify::Simplifier;

impl Simplifier<'_> {
    pub(super) fn outer_to_inner(&mut self, source: &mut Source) {
        loop {
            let found = source.lefts.iter().position(|left| {
                let atoms = left.all_atoms();
                source.conditions.iter().any(|term| rejects(term, &atoms))
            });
            let Some(at) = found else {
                return;
            };
            let left = source.lefts.remove(at);
            self.steps.push(format!(
                "the left join to {} is inner: a condition rejects the rows without a partner",
                names(&left)
            ));
            source.atoms.extend(left.atoms);
            source.conditions.extend(left.conditions);
            source.lefts.extend(left.lefts);
        }
    }

    pub(super) fn unused_lefts(
        &mut self,
        source: &mut Source,
        used: &BTreeSet<AtomId>,
        harmless: bool,
    ) {
        loop {
            let found = source.lefts.iter().enumerate().find_map(|(at, left)| {
                let atoms = left.all_atoms();
                let mut read: BTreeSet<AtomId> = used.clone();
                source
                    .conditions
                    .iter()
                    .for_each(|term| term.atoms(&mut read));
                for (other, left) in source.lefts.iter().enumerate() {
                    if other != at {
                        left.visit(&mut |term| {
                            if let Term::Column(atom, _) = term {
                                read.insert(*atom);
                            }
                        });
                    }
                }
                source.atoms.iter().for_each(|atom| {
                    if let AtomKind::Query(relation) = &atom.kind {
                        relation.visit(&mut |term| {
                            if let Term::Column(atom, _) = term {
                                read.insert(*atom);
                            }
                        });
                    }
                });
                if !read.is_disjoint(&atoms) {
                    return None;
                }
                if harmless {
                    return Some((at, "how often a row comes does not matter".to_owned()));
                }
                self.at_most_one(left, &left.conditions, &BTreeSet::new())
                    .map(|key| (at, key))
            });
            let Some((at, why)) = found else {
                return;
            };
            let left = source.lefts.remove(at);
            self.steps.push(format!(
                "the left join to {} goes: none of its columns is used, and {why}",
                names(&left)
            ));
        }
    }

    /// A left join of which only the rows without a partner are kept is NOT EXISTS.
    pub(super) fn anti_joins(&mut self, source: &mut Source, used: &BTreeSet<AtomId>) {
        loop {
            let found = source.lefts.iter().enumerate().find_map(|(at, left)| {
                let atoms = left.all_atoms();
                let tested = source.conditions.iter().position(|term| match term {
                    Term::Node(name, tested) if name == "is null" => match tested.as_slice() {
                        [Term::Column(atom, column)] => left.atoms.iter().any(|own| {
                            own.id == *atom
                                && matches!(own.kind, AtomKind::Table(table)
                                    if self.catalog.table(table).columns.get(*column).is_some_and(|c| c.not_null)
                                        || equated(left, *atom, *column))
                        }),
                        _ => false,
                    },
                    _ => false,
                })?;
                let mut read = used.clone();
                for (number, term) in source.conditions.iter().enumerate() {
                    if number != tested {
                        term.atoms(&mut read);
                    }
                }
                for (other, left) in source.lefts.iter().enumerate() {
                    if other != at {
                        left.visit(&mut |term| {
                            if let Term::Column(atom, _) = term {
                                read.insert(*atom);
                            }
                        });
                    }
                }
                (read.is_disjoint(&atoms) && source.atoms.iter().all(|atom| matches!(atom.kind, AtomKind::Table(_))))
                    .then_some((at, tested))
            });
            let Some((at, tested)) = found else {
                return;
            };
            source.conditions.remove(tested);
            let left = source.lefts.remove(at);
            self.steps.push(format!(
                "the left join to {} keeps the rows without a partner: NOT EXISTS",
                names(&left)
            ));
            source
                .conditions
                .push(negated(Term::Exists(Box::new(left))));
        }
    }
}

/// Whether a left join's own conditions compare a column by `=`, so that it is not NULL in a matching row.
pub(super) fn equated(left: &Source, atom: AtomId, column: usize) -> bool {
    let column = Term::Column(atom, column);
    left.conditions.iter().any(
        |term| matches!(term, Term::Node(name, sides) if name == "=" && sides.contains(&column)),
    )
}

pub(super) fn names(source: &Source) -> String {
    source
        .atoms
        .iter()
        .map(|atom| atom.alias.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
