//! Copies of a source with numbers of their own, for rows that are compared with rows of the same source.

use std::collections::HashMap;

use super::model::{AtomId, AtomKind, Relation, Source, Term};
use super::simplify::Simplifier;

impl Simplifier<'_> {
    /// A copy of a source whose atoms have new numbers, those of subqueries inside of it included.
    pub(super) fn copy_of(&mut self, source: &Source) -> (Source, HashMap<AtomId, AtomId>) {
        let mut numbers = HashMap::new();
        let mut copy = source.clone();
        self.number_source(&mut copy, &mut numbers);
        copy.replace(&|atom, column| {
            numbers
                .get(&atom)
                .map(|&number| Term::Column(number, column))
        });
        (copy, numbers)
    }

    fn number_source(&mut self, source: &mut Source, numbers: &mut HashMap<AtomId, AtomId>) {
        for atom in &mut source.atoms {
            let number = self.new_atom(atom.id);
            numbers.insert(atom.id, number);
            atom.id = number;
            match &mut atom.kind {
                AtomKind::Table(_) => {}
                AtomKind::Query(relation) => self.number_relation(relation, numbers),
                AtomKind::Function(terms, _) => {
                    terms
                        .iter_mut()
                        .for_each(|term| self.number_term(term, numbers));
                }
            }
        }
        for left in &mut source.lefts {
            self.number_source(left, numbers);
        }
        for term in &mut source.conditions {
            self.number_term(term, numbers);
        }
    }

    fn number_relation(&mut self, relation: &mut Relation, numbers: &mut HashMap<AtomId, AtomId>) {
        match relation {
            Relation::Select(select) => {
                self.number_source(&mut select.source, numbers);
                for term in select.outer_terms_mut() {
                    self.number_term(term, numbers);
                }
            }
            Relation::Set(_, _, arms) => arms
                .iter_mut()
                .for_each(|arm| self.number_relation(arm, numbers)),
            Relation::Values(rows) => rows
                .iter_mut()
                .flatten()
                .for_each(|term| self.number_term(term, numbers)),
        }
    }

    fn number_term(&mut self, term: &mut Term, numbers: &mut HashMap<AtomId, AtomId>) {
        match term {
            Term::Column(..) => {}
            Term::Node(_, arguments) => arguments
                .iter_mut()
                .for_each(|term| self.number_term(term, numbers)),
            Term::Exists(source) => self.number_source(source, numbers),
            Term::Subquery(_, arguments, relation) => {
                arguments
                    .iter_mut()
                    .for_each(|term| self.number_term(term, numbers));
                self.number_relation(relation, numbers);
            }
        }
    }

    /// A number for an atom that is like another one.
    fn new_atom(&mut self, like: AtomId) -> AtomId {
        let number = self.next_atom;
        self.next_atom += 1;
        let known: Vec<_> = self
            .types
            .iter()
            .filter(|((atom, _), _)| *atom == like)
            .map(|((_, column), data_type)| ((number, *column), data_type.clone()))
            .collect();
        self.types.extend(known);
        number
    }
}

/// A term as it reads in a copy.
pub(super) fn in_copy(term: &Term, numbers: &HashMap<AtomId, AtomId>) -> Term {
    let mut copy = term.clone();
    copy.replace(&|atom, column| {
        numbers
            .get(&atom)
            .map(|&number| Term::Column(number, column))
    });
    copy
}
