//! Subqueries and joins that say the same: grouped derived tables, scalar subqueries, groupings by a key.

use std::collections::BTreeSet;

use super::expression::{negated, whole_number};
use super::grouped::has_window;
use super::model::{
    AtomId, AtomKind, Relation, Select, Source, Term, equal_is_same, is_null_with, shown_by,
};
use super::simplify::Simplifier;

impl Simplifier<'_> {
    /// A derived table that is joins, conditions and an output only is merged into the query around it.
    pub(super) fn merge_plain(&mut self, select: &mut Select) {
        let found = select.source.atoms.iter().position(|atom| {
            matches!(&atom.kind, AtomKind::Query(relation)
                if matches!(&**relation, Relation::Select(inner) if inner.is_plain()))
        });
        let Some(at) = found else {
            return;
        };
        let atom = select.source.atoms.remove(at);
        let AtomKind::Query(relation) = atom.kind else {
            return;
        };
        let Relation::Select(inner) = *relation else {
            return;
        };
        let id = atom.id;
        let output = inner.output;
        let replace = shown_by(id, output);
        select.source.replace(&replace);
        select.replace_outer(&replace);
        select.source.atoms.extend(inner.source.atoms);
        select.source.lefts.extend(inner.source.lefts);
        select.source.conditions.extend(inner.source.conditions);
        self.steps
            .push(format!("{} is merged into the query around it", atom.alias));
    }

    /// A query that only shows columns of a derived table is that derived table.
    pub(super) fn merge_projection(&mut self, select: &mut Select) {
        let outer_is_plain = select.is_plain()
            && select.source.lefts.is_empty()
            && select.order.is_empty()
            && !select.output.iter().any(has_window);
        let [atom] = select.source.atoms.as_slice() else {
            return;
        };
        let Some(inner) = atom.derived() else {
            return;
        };
        if !outer_is_plain || inner.distinct {
            return;
        }
        let id = atom.id;
        let mut merged = inner.clone();
        let output = merged.output.clone();
        let replace = shown_by(id, output);
        // A condition on what every window is partitioned by chooses whole partitions.
        let mut conditions = select.source.conditions.clone();
        conditions
            .iter_mut()
            .for_each(|term| term.replace(&replace));
        if !conditions.is_empty() {
            if merged.group.is_some() || merged.limit.is_some() || merged.offset.is_some() {
                return;
            }
            let partitions = partitions(&merged);
            let covered = conditions.iter().all(|term| {
                !has_window(term)
                    && partitions
                        .iter()
                        .all(|partition| super::simplify::over_terms(term, partition))
            });
            if !covered {
                return;
            }
            merged.source.conditions.extend(conditions);
        }
        let alias = atom.alias.clone();
        let mut shown = std::mem::take(&mut select.output);
        shown.iter_mut().for_each(|term| term.replace(&replace));
        merged.output = shown;
        *select = merged;
        self.steps
            .push(format!("{alias} is merged into the query around it"));
    }

    /// A scalar subquery that at most one row fits is a left join.
    pub(super) fn scalar_to_left_join(&mut self, select: &mut Select) {
        if select.group.is_some() || select.distinct {
            return;
        }
        let mut found: Option<(Term, Source, Term, String)> = None;
        {
            let own = select.source.all_atoms();
            let mut look = |term: &Term| {
                if found.is_none()
                    && let Term::Subquery(kind, arguments, relation) = term
                    && kind == "scalar"
                    && arguments.is_empty()
                    && let Relation::Select(inner) = &**relation
                    && inner.is_plain()
                    && let [shown] = inner.output.as_slice()
                    && !inner.source.atoms.is_empty()
                    && is_null_with(shown, &inner.source.all_atoms())
                    && inner.source.all_atoms().is_disjoint(&own)
                    && let Some(key) =
                        self.at_most_one(&inner.source, &inner.source.conditions, &BTreeSet::new())
                {
                    found = Some((term.clone(), inner.source.clone(), shown.clone(), key));
                }
            };
            for term in select.output.iter().chain(&select.source.conditions) {
                term.visit_own(&mut look);
            }
        }
        let Some((subquery, source, shown, key)) = found else {
            return;
        };
        for term in select
            .output
            .iter_mut()
            .chain(&mut select.source.conditions)
            .chain(select.order.iter_mut().map(|order| &mut order.term))
        {
            term.rewrite(&mut |term| {
                if *term == subquery {
                    *term = shown.clone();
                }
            });
        }
        select.source.lefts.push(source);
        self.steps
            .push(format!("a subquery for one value is a left join: {key}"));
    }

    /// Left joins to what is always there are inner joins.
    pub(super) fn matched_lefts(&mut self, source: &mut Source) {
        loop {
            let found = source.lefts.iter().position(|left| {
                let [atom] = left.atoms.as_slice() else {
                    return false;
                };
                let AtomKind::Table(_) = atom.kind else {
                    return false;
                };
                if !left.lefts.is_empty() {
                    return false;
                }
                // As a semi-join it must come down to nothing.
                let scope = self.scope_of(source, &Vec::new());
                let mut alone = left.clone();
                let mut steps = Vec::new();
                std::mem::swap(&mut self.steps, &mut steps);
                self.by_foreign_key(&mut alone, &scope);
                std::mem::swap(&mut self.steps, &mut steps);
                alone.atoms.is_empty() && alone.conditions.is_empty()
            });
            let Some(at) = found else {
                return;
            };
            let left = source.lefts.remove(at);
            source.atoms.extend(left.atoms);
            source.conditions.extend(left.conditions);
            self.steps
                .push("a left join along a foreign key that is never NULL is inner".to_owned());
        }
    }

    /// Columns of a referenced row that the foreign key repeats are read from the referring row.
    pub(super) fn by_referring_columns(&mut self, select: &mut Select) {
        let atoms: Vec<AtomId> = select.source.atoms.iter().map(|atom| atom.id).collect();
        for id in atoms {
            let mut pairs: Vec<(usize, Term)> = Vec::new();
            for term in &select.source.conditions {
                let Term::Node(name, sides) = term else {
                    continue;
                };
                if name != "=" {
                    continue;
                }
                for (own, other) in [(0, 1), (1, 0)] {
                    if let (Term::Column(a, x), outer @ Term::Column(b, _)) =
                        (&sides[own], &sides[other])
                        && *a == id
                        && *b != id
                        && select.source.atoms.iter().any(|atom| atom.id == *b)
                        && self.same_value(&sides[own], outer)
                    {
                        pairs.push((*x, outer.clone()));
                    }
                }
            }
            if pairs.is_empty() {
                continue;
            }
            let mut alone = select.source.clone();
            alone.lefts.clear();
            alone.atoms.retain(|atom| atom.id == id);
            alone.conditions.retain(|term| term.mentions(id));
            let mut scope_source = select.source.clone();
            scope_source.atoms.retain(|atom| atom.id != id);
            let scope = self.scope_of(&scope_source, &Vec::new());
            let mut steps = Vec::new();
            std::mem::swap(&mut self.steps, &mut steps);
            self.by_foreign_key(&mut alone, &scope);
            std::mem::swap(&mut self.steps, &mut steps);
            if !alone.atoms.is_empty() {
                continue;
            }
            let covered = |column: usize| pairs.iter().any(|(own, _)| *own == column);
            let mut used = true;
            let mut read = false;
            let mut look = |term: &Term| {
                if let Term::Column(atom, column) = term
                    && *atom == id
                {
                    read = true;
                    used &= covered(*column);
                }
            };
            select.outer_terms().for_each(|term| term.visit(&mut look));
            select
                .source
                .lefts
                .iter()
                .for_each(|left| left.visit(&mut look));
            if !read || !used {
                continue;
            }
            let replace = move |atom: AtomId, column: usize| {
                (atom == id)
                    .then(|| {
                        pairs
                            .iter()
                            .find(|(own, _)| *own == column)
                            .map(|(_, term)| term.clone())
                    })
                    .flatten()
            };
            select.replace_outer(&replace);
            select
                .source
                .lefts
                .iter_mut()
                .for_each(|left| left.replace(&replace));
            self.steps
                .push("a referenced key is read from the row that refers to it".to_owned());
        }
    }

    /// Whether equal columns are the same value in every respect.
    pub(super) fn same_value(&self, a: &Term, b: &Term) -> bool {
        match (self.type_of(a), self.type_of(b)) {
            (Some(a), Some(b)) => a == b && equal_is_same(&a),
            _ => false,
        }
    }
}

/// The partitions of each window of a query.
pub(super) fn partitions(select: &Select) -> Vec<Vec<Term>> {
    let mut found = Vec::new();
    for term in &select.output {
        term.visit_own(&mut |term| {
            if let Term::Node(name, parts) = term
                && name.starts_with("window ")
            {
                found.push(match parts.get(1) {
                    Some(Term::Node(_, partition)) => partition.clone(),
                    _ => Vec::new(),
                });
            }
        });
    }
    found
}

/// `coalesce(CASE WHEN EXISTS (s) THEN count over s END, 0)` is the count, and a test of such a CASE for NULL is the
/// test of its condition.
pub(super) fn presence(term: &mut Term, not_null: &dyn Fn(&Term) -> bool) {
    let Term::Node(name, arguments) = term else {
        return;
    };
    if name == "coalesce"
        && let [Term::Node(inner, arms), zero] = arguments.as_slice()
        && inner == "case"
        && let [Term::Exists(source), count, otherwise] = arms.as_slice()
        && otherwise.is("null")
        && whole_number(zero) == Some(0)
        && let Term::Subquery(kind, _, relation) = count
        && kind == "scalar"
        && let Relation::Select(counted) = &**relation
        && counted.source == **source
        && matches!(counted.output.as_slice(), [Term::Node(name, _)] if name.starts_with("aggregate count"))
    {
        *term = count.clone();
        return;
    }
    if (name == "is null" || name == "not null")
        && let [Term::Node(inner, arms)] = arguments.as_slice()
        && inner == "case"
        && arms.len() == 3
    {
        let wanted = name == "not null";
        let then_null = arms[1].is("null");
        let else_null = arms[2].is("null");
        let (then_certain, else_certain) = (not_null(&arms[1]), not_null(&arms[2]));
        let condition = Term::node("is True false", vec![arms[0].clone()]);
        let decided = match (then_null, then_certain, else_null, else_certain) {
            (_, true, _, true) => Some(Term::truth(wanted)),
            // NULL exactly where the condition does not hold.
            (_, true, true, _) => Some(if wanted {
                condition
            } else {
                negated(condition)
            }),
            (true, _, _, true) => Some(if wanted {
                negated(condition)
            } else {
                condition
            }),
            _ => None,
        };
        if let Some(decided) = decided {
            *term = decided;
        }
    }
}
