//! What unique keys say: which rows are one, and which at most one row fits.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, IndexTarget, Table, TableId, Type};

use super::model::{Atom, AtomId, AtomKind, Select, Source, Term};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// Behind a key of the rows no further sort key decides anything.
    pub(super) fn order_by_key(&self, select: &mut Select) {
        if select.group.is_some() || select.distinct || select.order.len() < 2 {
            return;
        }
        for count in 1..select.order.len() {
            let terms: Vec<Term> = select.order[..count]
                .iter()
                .map(|order| order.term.clone())
                .collect();
            if self.unique(&select.source, &terms).is_some() {
                select.order.truncate(count);
                return;
            }
        }
    }

    /// Adds the atoms of which at most one row fits the determined ones.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn close(
        &self,
        atoms: &[Atom],
        conditions: &[Term],
        determined: &mut BTreeSet<AtomId>,
        columns: &BTreeSet<(AtomId, usize)>,
        candidates: &BTreeSet<AtomId>,
        // Atoms whose rows are not given from outside.
        inside: &BTreeSet<AtomId>,
        why: &mut Vec<String>,
    ) {
        loop {
            let mut grown = false;
            for atom in atoms.iter().filter(|atom| candidates.contains(&atom.id)) {
                if determined.contains(&atom.id) {
                    continue;
                }
                let AtomKind::Table(table) = atom.kind else {
                    continue;
                };
                let table = self.catalog.table(table);
                let fixed = |column: usize| {
                    // Only NOT NULL makes rows with equal output columns one row.
                    columns.contains(&(atom.id, column))
                        && table
                            .columns
                            .get(column)
                            .is_some_and(|column| column.not_null)
                        || conditions.iter().any(|term| {
                            let Term::Node(name, sides) = term else {
                                return false;
                            };
                            name == "="
                                && [(0, 1), (1, 0)].into_iter().any(|(own, other)| {
                                    sides[own] == Term::Column(atom.id, column)
                                        && self.fixes(&sides[own], &sides[other])
                                        && {
                                            let mut read = BTreeSet::new();
                                            sides[other].atoms(&mut read);
                                            read.iter().all(|read| {
                                                determined.contains(read)
                                                    || (!inside.contains(read) && *read != atom.id)
                                            })
                                        }
                                })
                        })
                };
                if let Some((_, name)) = unique_keys(self.catalog, table)
                    .into_iter()
                    .find(|(key, _)| key.iter().all(|&column| fixed(column)))
                {
                    determined.insert(atom.id);
                    why.push(format!("{name} allows one row of {}", atom.alias));
                    grown = true;
                }
            }
            if !grown {
                return;
            }
        }
    }

    /// Whether an equality with this term leaves one value of the column.
    pub(super) fn fixes(&self, column: &Term, other: &Term) -> bool {
        match (column, other) {
            (Term::Column(a, x), Term::Column(b, y)) => {
                match (self.types.get(&(*a, *x)), self.types.get(&(*b, *y))) {
                    (Some(x), Some(y)) => x == y || (x.is_integer() && y.is_integer()),
                    _ => false,
                }
            }
            (Term::Column(a, x), constant) if constant.is_constant() => {
                // A number beside a string column would be an error, beside a float a cast.
                !matches!(
                    self.types.get(&(*a, *x)),
                    None | Some(Type::Float4 | Type::Float8)
                )
            }
            _ => false,
        }
    }

    /// Why at most one row of a source fits each row outside of it.
    pub(super) fn at_most_one(
        &self,
        source: &Source,
        conditions: &[Term],
        columns: &BTreeSet<(AtomId, usize)>,
    ) -> Option<String> {
        let candidates: BTreeSet<AtomId> = source.atoms.iter().map(|atom| atom.id).collect();
        let mut determined = BTreeSet::new();
        let mut why = Vec::new();
        let own = source.all_atoms();
        self.close(
            &source.atoms,
            conditions,
            &mut determined,
            columns,
            &candidates,
            &own,
            &mut why,
        );
        if !candidates.is_subset(&determined) {
            return None;
        }
        for left in &source.lefts {
            let inner: BTreeSet<AtomId> = left.atoms.iter().map(|atom| atom.id).collect();
            let mut known = determined.clone();
            self.close(
                &left.atoms,
                &left.conditions,
                &mut known,
                columns,
                &inner,
                &own,
                &mut why,
            );
            if !inner.is_subset(&known) || !left.lefts.is_empty() {
                return None;
            }
        }
        Some(why.join(", "))
    }

    /// Why no two rows of a source share these terms.
    pub(super) fn unique(&self, source: &Source, terms: &[Term]) -> Option<String> {
        let columns: BTreeSet<(AtomId, usize)> = terms
            .iter()
            .filter_map(|term| match term {
                Term::Column(atom, column) => Some((*atom, *column)),
                _ => None,
            })
            .collect();
        // A key column that an outer join fills up with NULL still tells its rows apart from others.
        if source.atoms.is_empty() {
            return None;
        }
        self.at_most_one(source, &source.conditions, &columns)
    }

    /// Two atoms of one table that are the same row: the first is replaced by the second.
    pub(super) fn same_row(&self, source: &Source) -> Option<(AtomId, AtomId)> {
        for (at, first) in source.atoms.iter().enumerate() {
            for second in &source.atoms[at + 1..] {
                if let (AtomKind::Table(a), AtomKind::Table(b)) = (&first.kind, &second.kind)
                    && a == b
                    && self.joined_on_key(*a, first.id, second.id, &source.conditions)
                {
                    return Some((second.id, first.id));
                }
            }
        }
        None
    }

    /// The same, for a row inside EXISTS and one around it.
    pub(super) fn same_row_inside(&mut self, source: &mut Source, scope: &Around) {
        for _ in 0..8 {
            let inner = self.same_row(source);
            let outer = source.atoms.iter().find_map(|atom| {
                let AtomKind::Table(table) = atom.kind else {
                    return None;
                };
                scope
                    .iter()
                    .find(|(other, of)| {
                        *of == table
                            && *other != atom.id
                            && self.joined_on_key(table, atom.id, *other, &source.conditions)
                    })
                    .map(|(other, _)| (atom.id, *other))
            });
            let Some((from, to)) = inner.or(outer) else {
                return;
            };
            source.atoms.retain(|atom| atom.id != from);
            source.replace(&|atom, column| (atom == from).then_some(Term::Column(to, column)));
            self.steps
                .push("a table joined with itself on its key is read once".to_owned());
        }
    }

    pub(super) fn joined_on_key(
        &self,
        table: TableId,
        a: AtomId,
        b: AtomId,
        conditions: &[Term],
    ) -> bool {
        let table = self.catalog.table(table);
        let equal = |column: usize| {
            conditions.iter().any(|term| {
                let (x, y) = (Term::Column(a, column), Term::Column(b, column));
                *term == Term::node("=", vec![x.clone(), y.clone()])
                    || *term == Term::node("=", vec![y, x])
            })
        };
        unique_keys(self.catalog, table)
            .into_iter()
            .any(|(key, _)| key.iter().all(|&column| equal(column)))
    }
}

/// Keys of a table that hold for all of its rows at any time, NULL among them ruled out by NOT NULL or by an equality.
pub(super) fn unique_keys(catalog: &Catalog, table: &Table) -> Vec<(Vec<usize>, String)> {
    use crate::catalog::IndexConstraint;
    if table.partition_of.is_none()
        && catalog
            .tables()
            .any(|other| other.inherits.contains(&table.id))
    {
        return Vec::new();
    }
    catalog
        .indexes_of(table)
        .filter(|index| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && !matches!(
                    index.constraint,
                    Some(
                        IndexConstraint::PrimaryKey { deferrable: true }
                            | IndexConstraint::Unique { deferrable: true }
                    )
                )
        })
        .filter_map(|index| {
            let columns: Option<Vec<usize>> = index
                .keys
                .iter()
                .map(|key| match key.target {
                    IndexTarget::Column(column) => Some(column.0),
                    IndexTarget::Expression(_) => None,
                })
                .collect();
            Some((columns?, index.name.name.clone()))
        })
        .collect()
}
