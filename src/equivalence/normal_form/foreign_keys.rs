//! What foreign keys say: a referenced row is there, and its key is the reference.

use super::model::{AtomId, AtomKind, Source, Term};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// A condition on key columns as one on the columns that refer to them.
    pub(super) fn of_reference(
        &self,
        term: &Term,
        id: AtomId,
        pairs: &[(AtomId, usize, usize)],
    ) -> Option<Term> {
        let mut fits = true;
        term.visit(&mut |term| match term {
            Term::Column(atom, column) if *atom == id => {
                fits &= pairs.iter().any(|(from, own, other)| {
                    other == column && self.same_value(term, &Term::Column(*from, *own))
                });
            }
            Term::Exists(_) | Term::Subquery(..) => fits = false,
            _ => {}
        });
        if !fits {
            return None;
        }
        let mut term = term.clone();
        term.replace(&|atom, column| {
            (atom == id)
                .then(|| pairs.iter().find(|(_, _, other)| *other == column))
                .flatten()
                .map(|(from, own, _)| Term::Column(*from, *own))
        });
        Some(term)
    }

    /// A referenced row is there: what is left of the join is that the reference is not NULL.
    pub(super) fn by_foreign_key(&mut self, source: &mut Source, scope: &Around) {
        for _ in 0..16 {
            let inner = self.scope_of(source, scope);
            let found = source.atoms.iter().find_map(|atom| {
                let AtomKind::Table(table) = atom.kind else {
                    return None;
                };
                let mine: Vec<&Term> = source
                    .conditions
                    .iter()
                    .filter(|term| term.mentions(atom.id))
                    .collect();
                if source.lefts.iter().any(|left| {
                    let mut read = false;
                    left.visit(&mut |term| {
                        read |= matches!(term, Term::Column(other, _) if *other == atom.id)
                    });
                    read
                }) {
                    return None;
                }
                let mut pairs: Vec<(AtomId, usize, usize)> = Vec::new();
                let mut others: Vec<&Term> = Vec::new();
                for term in &mine {
                    match term {
                        Term::Node(name, sides) if name == "=" => match (&sides[0], &sides[1]) {
                            (Term::Column(a, x), Term::Column(b, y))
                                if *a == atom.id && *b != atom.id =>
                            {
                                pairs.push((*b, *y, *x));
                            }
                            (Term::Column(b, y), Term::Column(a, x))
                                if *a == atom.id && *b != atom.id =>
                            {
                                pairs.push((*b, *y, *x));
                            }
                            _ => others.push(term),
                        },
                        Term::Node(name, tested) if name == "not null" => match tested.as_slice() {
                            [Term::Column(a, x)]
                                if *a == atom.id
                                    && self
                                        .catalog
                                        .table(table)
                                        .columns
                                        .get(*x)
                                        .is_some_and(|c| c.not_null) => {}
                            _ => others.push(term),
                        },
                        _ => others.push(term),
                    }
                }
                pairs.sort_unstable();
                pairs.dedup();
                let (from, _) = pairs.first().map(|(from, column, _)| (*from, *column))?;
                if pairs.iter().any(|(other, _, _)| *other != from) {
                    return None;
                }
                let (_, referring) = inner.iter().find(|(id, _)| *id == from)?;
                let referring = self.catalog.table(*referring);
                // Tables that inherit from it are read with it, and do not inherit the foreign key.
                if self
                    .catalog
                    .tables()
                    .any(|other| other.inherits.contains(&referring.id))
                {
                    return None;
                }
                let key = referring.foreign_keys.iter().find(|key| {
                    key.validated
                        && !key.deferrable
                        && self
                            .catalog
                            .referenced_columns(key)
                            .is_some_and(|(target, columns)| {
                                let mut of_key: Vec<(AtomId, usize, usize)> = key
                                    .columns
                                    .iter()
                                    .zip(columns)
                                    .map(|(own, other)| (from, own.0, other.0))
                                    .collect();
                                of_key.sort_unstable();
                                target.id == table && of_key == pairs
                            })
                })?;
                let mut conditions: Vec<Term> = key
                    .columns
                    .iter()
                    .filter(|column| !referring.column(**column).not_null)
                    .map(|column| Term::node("not null", vec![Term::Column(from, column.0)]))
                    .collect();
                // What is asked of the key can be asked of the reference.
                for term in others {
                    conditions.push(self.of_reference(term, atom.id, &pairs)?);
                }
                Some((atom.id, atom.alias.clone(), key.name.clone(), conditions))
            });
            let Some((id, alias, key, conditions)) = found else {
                return;
            };
            source.atoms.retain(|atom| atom.id != id);
            source.conditions.retain(|term| !term.mentions(id));
            source.conditions.extend(conditions);
            self.steps
                .push(format!("{alias} is always there: foreign key {key}"));
        }
    }
}
