//! Joins that only ask whether there is a partner, and EXISTS: what can be said of either by the other.

use std::collections::BTreeSet;

use super::expression::{negated, whole_number};
use super::model::{Atom, AtomId, AtomKind, Relation, Select, Source, Term, equal_is_same};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// What is left of an EXISTS that a row of the source itself fulfils: that what it compares is not NULL.
    pub(super) fn witnessed(
        &self,
        term: &Term,
        atoms: &[Atom],
        known: &[Term],
        scope: &Around,
    ) -> Option<Vec<Term>> {
        let Term::Exists(inner) = term else {
            return None;
        };
        let ([own], []) = (inner.atoms.as_slice(), inner.lefts.as_slice()) else {
            return None;
        };
        atoms
            .iter()
            .filter(|atom| atom.kind == own.kind && matches!(atom.kind, AtomKind::Table(_)))
            .find_map(|atom| {
                let mut left = Vec::new();
                for condition in &inner.conditions {
                    let mut condition = condition.clone();
                    condition.replace(&|id, column| {
                        (id == own.id).then_some(Term::Column(atom.id, column))
                    });
                    match &condition {
                        Term::Node(name, sides) if name == "=" && sides[0] == sides[1] => {
                            if self.may_be_null(&sides[0], scope) {
                                left.push(Term::node("not null", vec![sides[0].clone()]));
                            }
                        }
                        Term::Node(name, sides)
                            if name == "="
                                && known.contains(&Term::node(
                                    "=",
                                    sides.iter().rev().cloned().collect(),
                                )) => {}
                        other if known.contains(other) => {}
                        _ => return None,
                    }
                }
                Some(left)
            })
    }

    /// `(SELECT count(*) ...) > 0` asks whether there is a row.
    pub(super) fn counted(&mut self, name: &str, sides: &[Term]) -> Option<Term> {
        let (subquery, wanted) = match (name, sides) {
            ("<", [zero, count]) if whole_number(zero) == Some(0) => (count, true),
            ("<=", [one, count]) if whole_number(one) == Some(1) => (count, true),
            ("<", [count, one]) if whole_number(one) == Some(1) => (count, false),
            ("<=", [count, zero]) if whole_number(zero) == Some(0) => (count, false),
            ("=" | "<>", [count, zero] | [zero, count]) if whole_number(zero) == Some(0) => {
                (count, name == "<>")
            }
            _ => return None,
        };
        let Term::Subquery(kind, _, relation) = subquery else {
            return None;
        };
        let Relation::Select(select) = &**relation else {
            return None;
        };
        let counts = kind == "scalar"
            && select.group.as_ref().is_some_and(Vec::is_empty)
            && select.having.is_empty()
            && select.limit.is_none()
            && select.offset.is_none();
        let mut source = select.source.clone();
        match select.output.as_slice() {
            [Term::Node(name, arguments)]
                if counts && (name == "aggregate count" || name == "aggregate count distinct") =>
            {
                // Rows in which the argument is NULL do not count.
                source.conditions.extend(
                    arguments
                        .iter()
                        .map(|term| Term::node("not null", vec![term.clone()])),
                );
            }
            _ => return None,
        }
        self.steps
            .push("a count compared with 0 asks whether there is a row".to_owned());
        let exists = Term::Exists(Box::new(source));
        Some(if wanted { exists } else { negated(exists) })
    }

    /// Joined tables whose columns are not used and of which at most one row matches become EXISTS.
    pub(super) fn partners_only(&mut self, source: &mut Source, used: &BTreeSet<AtomId>) {
        let mut keep: BTreeSet<AtomId> = used.clone();
        for left in &source.lefts {
            left.visit(&mut |term| {
                if let Term::Column(atom, _) = term {
                    keep.insert(*atom);
                }
            });
        }
        for atom in &source.atoms {
            match &atom.kind {
                AtomKind::Table(_) => {}
                AtomKind::Query(relation) => {
                    keep.insert(atom.id);
                    relation.visit(&mut |term| {
                        if let Term::Column(atom, _) = term {
                            keep.insert(*atom);
                        }
                    });
                }
                AtomKind::Function(terms, _) => {
                    keep.insert(atom.id);
                    terms.iter().for_each(|term| term.atoms(&mut keep));
                }
            }
        }
        let lefts = source.nullable_atoms();
        let mut going: BTreeSet<AtomId> = source
            .atoms
            .iter()
            .map(|atom| atom.id)
            .filter(|atom| !keep.contains(atom))
            .collect();
        let mut why = Vec::new();
        loop {
            if going.is_empty() || going.len() == source.atoms.len() {
                return;
            }
            why.clear();
            let mut determined: BTreeSet<AtomId> = source
                .atoms
                .iter()
                .map(|atom| atom.id)
                .filter(|atom| !going.contains(atom))
                .collect();
            determined.extend(&lefts);
            self.close(
                &source.atoms,
                &source.conditions,
                &mut determined,
                &BTreeSet::new(),
                &going,
                &going,
                &mut why,
            );
            let undetermined: Vec<AtomId> = going.difference(&determined).copied().collect();
            if undetermined.is_empty() {
                break;
            }
            for atom in undetermined {
                going.remove(&atom);
            }
        }
        self.steps.extend(
            why.into_iter()
                .map(|why| format!("a join only tests for a partner: {why}")),
        );
        move_into_exists(source, &going);
    }

    /// The source with every table that the output does not read as EXISTS, and why its rows then are unique.
    pub(super) fn unique_without_partners(&self, select: &Select) -> Option<(Source, String)> {
        if !select.source.lefts.is_empty()
            || select
                .source
                .atoms
                .iter()
                .any(|atom| !matches!(atom.kind, AtomKind::Table(_)))
        {
            return None;
        }
        let mut used = BTreeSet::new();
        select.outer_terms().for_each(|term| term.atoms(&mut used));
        let going: BTreeSet<AtomId> = select
            .source
            .all_atoms()
            .difference(&used)
            .copied()
            .collect();
        if going.is_empty() || going.len() == select.source.atoms.len() {
            return None;
        }
        let mut source = select.source.clone();
        move_into_exists(&mut source, &going);
        let key = self.unique(&source, &select.output)?;
        Some((source, key))
    }

    /// Within EXISTS, columns that equal one around it are that one; conditions without a row of its own move out.
    pub(super) fn by_outer_columns(&self, source: &mut Source) -> Vec<Term> {
        if !source.lefts.is_empty() {
            return Vec::new();
        }
        let own = source.all_atoms();
        let pairs: Vec<(AtomId, usize, Term)> = source
            .conditions
            .iter()
            .filter_map(|term| {
                let Term::Node(name, sides) = term else {
                    return None;
                };
                if name != "=" {
                    return None;
                }
                [(0, 1), (1, 0)].into_iter().find_map(|(inner, outer)| {
                    match (&sides[inner], &sides[outer]) {
                        (Term::Column(a, x), Term::Column(b, y))
                            if own.contains(a) && !own.contains(b) =>
                        {
                            let data_type = self.types.get(&(*a, *x))?;
                            (equal_is_same(data_type)
                                && self.types.get(&(*b, *y)) == Some(data_type))
                            .then(|| (*a, *x, sides[outer].clone()))
                        }
                        _ => None,
                    }
                })
            })
            .collect();
        for (atom, column, outer) in &pairs {
            for term in &mut source.conditions {
                let is_pair = matches!(term, Term::Node(name, sides) if name == "="
                    && sides.contains(&Term::Column(*atom, *column)) && sides.contains(outer));
                if !is_pair {
                    term.replace(&|a, x| (a == *atom && x == *column).then(|| outer.clone()));
                }
            }
        }
        let (inside, outside): (Vec<Term>, Vec<Term>) = std::mem::take(&mut source.conditions)
            .into_iter()
            .partition(|term| {
                let mut atoms = BTreeSet::new();
                term.atoms(&mut atoms);
                !atoms.is_disjoint(&own) || atoms.is_empty()
            });
        source.conditions = inside;
        outside
    }

    /// Within a source whose rows only count as a set, EXISTS is a join. Its atoms get numbers of their own, as other
    /// subqueries may have been made of the same source.
    pub(super) fn flatten_exists(&mut self, source: &mut Source) {
        let mut conditions = Vec::new();
        for term in std::mem::take(&mut source.conditions) {
            match term {
                Term::Exists(inner) if inner.lefts.is_empty() => {
                    let (inner, _) = self.copy_of(&inner);
                    source.atoms.extend(inner.atoms);
                    conditions.extend(inner.conditions);
                }
                other => conditions.push(other),
            }
        }
        source.conditions = conditions;
    }
}

/// Takes atoms out of a source: each connected part becomes one EXISTS.
pub(super) fn move_into_exists(source: &mut Source, going: &BTreeSet<AtomId>) {
    let (mut moved, stay): (Vec<Atom>, Vec<Atom>) = std::mem::take(&mut source.atoms)
        .into_iter()
        .partition(|atom| going.contains(&atom.id));
    source.atoms = stay;
    let (mut inside, outside): (Vec<Term>, Vec<Term>) = std::mem::take(&mut source.conditions)
        .into_iter()
        .partition(|term| {
            let mut atoms = BTreeSet::new();
            term.atoms(&mut atoms);
            !atoms.is_disjoint(going)
        });
    source.conditions = outside;
    while let Some(first) = moved.pop() {
        let mut ids = BTreeSet::from([first.id]);
        let mut part = Source {
            atoms: vec![first],
            ..Source::default()
        };
        loop {
            let mut grown = false;
            let mut index = 0;
            while index < inside.len() {
                let mut atoms = BTreeSet::new();
                inside[index].atoms(&mut atoms);
                if atoms.is_disjoint(&ids) {
                    index += 1;
                    continue;
                }
                part.conditions.push(inside.remove(index));
                for atom in atoms.intersection(going) {
                    if ids.insert(*atom) {
                        grown = true;
                        if let Some(at) = moved.iter().position(|other| other.id == *atom) {
                            part.atoms.push(moved.remove(at));
                        }
                    }
                }
            }
            if !grown {
                break;
            }
        }
        source.conditions.push(Term::Exists(Box::new(part)));
    }
}

/// Whether the rows of the source may come more often without a change of the result.
pub(super) fn duplicates_harmless(select: &Select) -> bool {
    if select.distinct && select.group.is_none() {
        return !select.output.iter().any(Term::has_aggregate);
    }
    let harmless = |term: &Term| {
        let mut fine = true;
        let mut check = |term: &Term| {
            if let Term::Node(name, _) = term {
                if name.starts_with("window ") {
                    fine = false;
                }
                if let Some(aggregate) = name.strip_prefix("aggregate ") {
                    let function = aggregate.split(' ').next().unwrap_or("");
                    let distinct =
                        aggregate.contains(" distinct") && !aggregate.contains(" ordered");
                    fine &= crate::query::functions::ignores_duplicates(function)
                        && !aggregate.contains(' ')
                        || distinct && matches!(function, "count" | "sum" | "avg");
                }
            }
        };
        term.visit(&mut check);
        fine
    };
    select.group.is_some()
        && select.output.iter().all(harmless)
        && select.having.iter().all(harmless)
        && select.order.iter().all(|order| harmless(&order.term))
}
