//! Derived tables that are the query around them, columns that nothing reads, and LIMIT over LIMIT.

use std::collections::BTreeSet;

use crate::catalog::Type;

use super::expression::whole_number;
use super::extremes::is_one_row;
use super::grouped::has_window;
use super::model::{AtomId, AtomKind, Relation, Select, Source, Term, shown_by};
use super::simplify::Simplifier;

impl Simplifier<'_> {
    /// A grouped query that is all that is read becomes the query itself: conditions over it are HAVING.
    pub(super) fn merge_grouped(&mut self, select: &mut Select) {
        if select.group.is_some()
            || !select.having.is_empty()
            || select.distinct
            || !select.source.lefts.is_empty()
        {
            return;
        }
        if select.output.iter().any(Term::has_aggregate) {
            return;
        }
        let [atom] = select.source.atoms.as_slice() else {
            return;
        };
        let Some(inner) = atom.derived() else {
            return;
        };
        let fits = inner.group.is_some()
            && !inner.distinct
            && inner.limit.is_none()
            && inner.offset.is_none()
            && !inner.output.iter().any(has_window);
        if !fits {
            return;
        }
        let (id, alias) = (atom.id, atom.alias.clone());
        let mut merged = inner.clone();
        let output = merged.output.clone();
        let replace = shown_by(id, output);
        let mut conditions = std::mem::take(&mut select.source.conditions);
        conditions
            .iter_mut()
            .for_each(|term| term.replace(&replace));
        select.replace_outer(&replace);
        merged.having.extend(conditions);
        merged.output = std::mem::take(&mut select.output);
        merged.order = std::mem::take(&mut select.order);
        merged.limit = select.limit.take();
        merged.offset = select.offset.take();
        *select = merged;
        self.steps.push(format!(
            "{alias} is merged into the query around it, conditions over it are HAVING"
        ));
    }

    /// Columns of derived tables that nothing reads go.
    pub(super) fn prune(&mut self, select: &mut Select) {
        for at in 0..select.source.atoms.len() {
            let atom = &select.source.atoms[at];
            let Some(inner) = atom.derived() else {
                continue;
            };
            if inner.distinct {
                continue;
            }
            let id = atom.id;
            let mut read = BTreeSet::new();
            let mut look = |term: &Term| {
                if let Term::Column(atom, column) = term
                    && *atom == id
                {
                    read.insert(*column);
                }
            };
            select.source.visit(&mut look);
            select.outer_terms().for_each(|term| term.visit(&mut look));
            if read.is_empty() || read.len() >= inner.output.len() {
                continue;
            }
            let mut inner = inner.clone();
            let mut place = 0;
            inner.output.retain(|_| {
                place += 1;
                read.contains(&(place - 1))
            });
            let moved: Vec<usize> = read.into_iter().collect();
            let types: Vec<Option<Type>> = moved
                .iter()
                .map(|column| self.types.get(&(id, *column)).cloned())
                .collect();
            self.types.retain(|(atom, _), _| *atom != id);
            for (column, data_type) in types.into_iter().enumerate() {
                if let Some(data_type) = data_type {
                    self.types.insert((id, column), data_type);
                }
            }
            select.source.atoms[at].kind =
                AtomKind::Query(Box::new(Relation::Select(Box::new(inner))));
            let replace = |atom: AtomId, column: usize| {
                (atom == id)
                    .then(|| moved.iter().position(|old| *old == column))
                    .flatten()
                    .map(|column| Term::Column(id, column))
            };
            select.source.replace(&replace);
            select.replace_outer(&replace);
        }
    }

    /// LIMIT over LIMIT in the same order, and over one row.
    pub(super) fn limits(&mut self, select: &mut Select) {
        let count = |term: &Option<Term>| term.as_ref().and_then(whole_number);
        if select.group.as_ref().is_some_and(Vec::is_empty)
            && select.offset.is_none()
            && count(&select.limit).is_some_and(|count| count > 0)
        {
            select.limit = None;
        }
        let (Some(outer), [atom], [], []) = (
            count(&select.limit),
            select.source.atoms.as_slice(),
            select.source.lefts.as_slice(),
            select.source.conditions.as_slice(),
        ) else {
            return;
        };
        let Some(inner) = atom.derived() else {
            return;
        };
        let Some(own) = count(&inner.limit) else {
            return;
        };
        let output = inner.output.clone();
        let id = atom.id;
        let replace = shown_by(id, output);
        let mut order = select.order.clone();
        order
            .iter_mut()
            .for_each(|order| order.term.replace(&replace));
        let simple = select.group.is_none()
            && !select.distinct
            && select.offset.is_none()
            && !select.output.iter().any(Term::has_aggregate)
            && inner.offset.is_none()
            && inner.group.is_none()
            && !inner.distinct
            && !inner.output.iter().any(Term::has_aggregate);
        if !simple || order != inner.order {
            return;
        }
        let mut merged = inner.clone();
        let mut shown = select.output.clone();
        shown.iter_mut().for_each(|term| term.replace(&replace));
        merged.output = shown;
        merged.limit = Some(super::expression::number(outer.min(own)));
        *select = merged;
        self.steps
            .push("of two LIMITs in the same order the smaller one counts".to_owned());
    }
}

/// A query without rows.
pub(super) fn nothing(width: usize) -> Select {
    Select {
        source: Source {
            conditions: vec![Term::truth(false)],
            ..Source::default()
        },
        group: None,
        having: Vec::new(),
        distinct: false,
        output: vec![Term::leaf("null"); width],
        order: Vec::new(),
        limit: None,
        offset: None,
    }
}

/// The query of `SELECT (SELECT max(x) FROM t)`, which is one row as the query around it.
pub(super) fn only_value(select: &Select) -> Option<Select> {
    let bare = select.source == Source::default() && select.is_plain() && select.order.is_empty();
    match select.output.as_slice() {
        [Term::Subquery(kind, arguments, relation)]
            if bare && kind == "scalar" && arguments.is_empty() =>
        {
            match &**relation {
                Relation::Select(inner) if is_one_row(inner) => Some((**inner).clone()),
                _ => None,
            }
        }
        _ => None,
    }
}
