//! Subqueries and joins that say the same: grouped derived tables, scalar subqueries, groupings by a key.

use std::collections::BTreeSet;

use super::expression::{negated, whole_number};
use super::grouped::{atoms_of, equals, has_window, lifted, outer_terms_mut, scalar};
use super::model::{
    AtomId, AtomKind, Relation, Select, Source, Term, equal_is_same, is_null_with, rejects,
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
        let replace = move |atom: AtomId, column: usize| {
            (atom == id).then(|| output.get(column).cloned()).flatten()
        };
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
        let AtomKind::Query(relation) = &atom.kind else {
            return;
        };
        let Relation::Select(inner) = &**relation else {
            return;
        };
        if !outer_is_plain || inner.distinct {
            return;
        }
        let id = atom.id;
        let mut merged = (**inner).clone();
        let output = merged.output.clone();
        let replace = move |atom: AtomId, column: usize| {
            (atom == id).then(|| output.get(column).cloned()).flatten()
        };
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
            let mut source = inner.source.clone();
            for (term, outer) in &keys {
                source.conditions.push(equals(term, outer));
            }
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
            let replace = move |atom: AtomId, column: usize| {
                (atom == id).then(|| columns.get(column).cloned()).flatten()
            };
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
            let mut source = inner.source.clone();
            for (term, outer) in &keys {
                source.conditions.push(equals(term, outer));
            }
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
            let replace = move |atom: AtomId, column: usize| {
                (atom == id).then(|| columns.get(column).cloned()).flatten()
            };
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
    fn key_equalities(
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
    fn seen_from_outside(&self, term: &Term, keys: &[(Term, Term)], source: &Source) -> Term {
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

    fn grouped_over_left(&mut self, select: &mut Select, group: &[Term]) {
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
        let mut changed = select.clone();
        let mut fits = true;
        for term in outer_terms_mut(&mut changed) {
            term.rewrite(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                let Some(function) = name.strip_prefix("aggregate ") else {
                    return;
                };
                let function = function.strip_suffix(" distinct").unwrap_or(function);
                match (function, arguments.as_slice()) {
                    ("count", []) => {
                        let count = scalar(term.clone(), left.clone());
                        *term = Term::node(
                            "case",
                            vec![
                                negated(Term::Exists(Box::new(left.clone()))),
                                super::expression::number(1),
                                count,
                            ],
                        );
                    }
                    ("count" | "sum" | "avg" | "min" | "max" | "bool_and" | "bool_or", [value])
                        if nothing_without(value, &atoms) =>
                    {
                        *term = scalar(term.clone(), left.clone());
                    }
                    _ => fits = false,
                }
            });
        }
        if !fits || outside_reads(&changed, &atoms) {
            return;
        }
        changed.group = None;
        changed.source.lefts.clear();
        changed.source.conditions.append(&mut changed.having);
        *select = changed;
        self.steps.push(format!(
            "the groups are rows: {key}; their aggregates are those of the rows that fit"
        ));
    }

    fn grouped_over_join(&mut self, select: &mut Select, group: &[Term]) {
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
        let mut changed = select.clone();
        let mut fits = true;
        for term in outer_terms_mut(&mut changed) {
            term.rewrite(&mut |term| {
                let Term::Node(name, _) = term else {
                    return;
                };
                if let Some(function) = name.strip_prefix("aggregate ") {
                    let function = function.strip_suffix(" distinct").unwrap_or(function);
                    if matches!(
                        function,
                        "count" | "sum" | "avg" | "min" | "max" | "bool_and" | "bool_or"
                    ) {
                        *term = scalar(term.clone(), other.clone());
                    } else {
                        fits = false;
                    }
                }
            });
        }
        if !fits || outside_reads(&changed, &going) {
            return;
        }
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
struct KeyEqualities {
    /// Each term with the outer term that it equals.
    keys: Vec<(Term, Term)>,
    /// Numbers of the conditions that say so.
    spent: Vec<usize>,
}

/// A grouping with keys, that no LIMIT cuts.
fn grouped_by_key(relation: &Relation) -> Option<&Select> {
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
fn one_row(relation: &Relation) -> Option<&Select> {
    match relation {
        Relation::Select(inner)
            if inner.group.as_ref().is_some_and(Vec::is_empty)
                && inner.having.is_empty()
                && inner.limit.is_none()
                && inner.offset.is_none()
                && !inner.output.iter().any(has_window) =>
        {
            Some(inner)
        }
        _ => None,
    }
}

/// Atoms that a term reads outside of its subqueries.
fn atoms_outside(term: &Term) -> BTreeSet<AtomId> {
    let mut atoms = BTreeSet::new();
    term.visit_own(&mut |term| {
        if let Term::Column(atom, _) = term {
            atoms.insert(*atom);
        }
    });
    atoms
}

fn outside_reads(select: &Select, atoms: &BTreeSet<AtomId>) -> bool {
    select
        .outer_terms()
        .any(|term| !atoms_outside(term).is_disjoint(atoms))
}

/// Whether an argument is NULL for the row that a left join fills up.
fn nothing_without(value: &Term, atoms: &BTreeSet<AtomId>) -> bool {
    is_null_with(value, atoms)
        || matches!(value, Term::Node(name, arms) if name == "case" && arms.len() == 3
            && rejects(&arms[0], atoms) && (arms[2].is("null") || is_null_with(&arms[2], atoms)))
}

/// Whether a condition cannot be TRUE where an aggregate over this source finds no row.
fn rejects_empty(term: &Term, source: &Source) -> bool {
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

/// The partitions of each window of a query.
fn partitions(select: &Select) -> Vec<Vec<Term>> {
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
