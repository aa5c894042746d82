//! Takes out of the algebra what keys, foreign keys, NOT NULL and the reader of the rows make superfluous.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, IndexTarget, Table, TableId, Type};

use super::booleans::canonical;
use super::bounds::{in_one_direction, tightest};
use super::distances::with_all_distances;
use super::expression::{arithmetic, comparison, conjuncts, negated, whole_number};
use super::extremes::is_one_row;
use super::grouped::{has_window, outer_terms_mut};
use super::model::{
    Atom, AtomId, AtomKind, ColumnTypes, Relation, Select, Source, Term, equal_is_same, is_strict,
    literal_of, may_be_null, rejects,
};
use super::subqueries::presence;

pub(super) struct Simplifier<'a> {
    pub catalog: &'a Catalog,
    pub types: ColumnTypes,
    /// The number of the next atom that a step adds.
    pub next_atom: AtomId,
    /// Whether windows and extremes are spelled out as subqueries, which loses what else could be said of them.
    pub expand: bool,
    /// Columns that conditions keep from being NULL in the rows of the query whose output is simplified.
    pub known: Vec<Term>,
    pub steps: Vec<String>,
}

/// Table and number of the atoms around, whose rows are real ones.
pub(super) type Around = Vec<(AtomId, TableId)>;

impl Simplifier<'_> {
    /// `set`: only which rows there are counts, not how often.
    pub fn relation(&mut self, relation: &mut Relation, set: bool) {
        self.relation_in(relation, set, &Vec::new());
    }

    fn relation_in(&mut self, relation: &mut Relation, set: bool, around: &Around) {
        match relation {
            Relation::Select(select) => {
                self.select(select, set, around);
                if let Some(inner) = only_value(select) {
                    **select = inner;
                    return self.relation_in(relation, set, around);
                }
                if let Some(mut distributed) = self.distributed(select, set) {
                    self.relation_in(&mut distributed, set, around);
                    *relation = distributed;
                }
            }
            Relation::Set(name, all, arms) => {
                // How often rows come counts for EXCEPT ALL and INTERSECT ALL, whoever reads them.
                let arms_are_sets = !*all || (set && name == "union");
                for arm in arms.iter_mut() {
                    self.relation_in(arm, arms_are_sets, around);
                }
                if name == "union" {
                    let mut flat = Vec::new();
                    for arm in std::mem::take(arms) {
                        match arm {
                            Relation::Set(inner, inner_all, inner_arms)
                                if inner == "union" && (!*all || inner_all) =>
                            {
                                flat.extend(inner_arms);
                            }
                            other => flat.push(other),
                        }
                    }
                    *arms = flat;
                }
                self.set_operation(relation, set, around);
            }
            Relation::Values(_) => {}
        }
    }

    pub(super) fn select(&mut self, select: &mut Select, set: bool, around: &Around) {
        for _ in 0..12 {
            let before = select.clone();
            self.merge_plain(select);
            self.merge_projection(select);
            self.merge_grouped(select);
            self.prune(select);
            if set && select.limit.is_none() && select.offset.is_none() {
                select.distinct = false;
                let no_aggregate = !select.outer_terms().any(Term::has_aggregate);
                if no_aggregate
                    && select.having.is_empty()
                    && select.group.as_ref().is_some_and(|group| !group.is_empty())
                {
                    select.group = None;
                }
            }
            if select.limit.as_ref().and_then(whole_number) == Some(0) {
                self.steps.push("LIMIT 0 leaves no row".to_owned());
                *select = nothing(select.output.len());
            }
            self.constants(select);
            let harmless = duplicates_harmless(select);
            self.partition_as_group(select, harmless);
            if self.expand {
                self.first_of_partition(select, around);
                self.over_partition(select, around);
            }
            self.grouping(select);
            self.known = conditioned(&select.source);
            self.tidy_aggregates(select, around);
            self.known.clear();
            if self.expand {
                self.extreme_of_group(select, around);
                self.another_of_group(select, around);
            }
            self.merge_nested_groups(select);
            self.one_row_groups(select);
            self.by_referring_columns(select);
            self.scalar_to_left_join(select);
            self.grouped_atoms(select);
            self.grouped_lefts(select);
            let ignored = set
                && select.group.is_none()
                && select.limit.is_none()
                && select.offset.is_none()
                && !select.output.iter().any(Term::has_aggregate);
            let harmless = ignored || duplicates_harmless(select);
            let mut used: BTreeSet<AtomId> = BTreeSet::new();
            for term in select.outer_terms() {
                term.atoms(&mut used);
            }
            self.source(&mut select.source, &used, harmless, around);
            if let Some((from, to)) = self.same_row(&select.source) {
                let replace = move |atom: AtomId, column: usize| {
                    (atom == from).then_some(Term::Column(to, column))
                };
                select.source.atoms.retain(|atom| atom.id != from);
                select.source.replace(&replace);
                select.replace_outer(&replace);
                self.steps
                    .push("a table joined with itself on its key is read once".to_owned());
            }
            self.grouped_by_key(select);
            self.matched_lefts(&mut select.source);
            self.order_by_key(select);
            // Behind a grouping only the grouped columns are left.
            let scope = if select.group.is_some() {
                around.clone()
            } else {
                self.scope_of(&select.source, around)
            };
            let known = conditioned(&select.source);
            for term in outer_terms_mut(select) {
                self.known.clone_from(&known);
                self.term(term, &scope);
            }
            self.known.clear();
            self.limits(select);
            if *select == before {
                break;
            }
        }
    }

    /// Columns that a condition equates with a literal are that literal.
    fn constants(&mut self, select: &mut Select) {
        let known: Vec<(Term, Term)> = select
            .source
            .conditions
            .iter()
            .filter_map(|term| literal_of(term, &self.types))
            .collect();
        if known.is_empty() {
            return;
        }
        let lefts = select.source.nullable_atoms();
        let replace = |atom: AtomId, column: usize| {
            let own = Term::Column(atom, column);
            (!lefts.contains(&atom))
                .then(|| {
                    known
                        .iter()
                        .find(|(column, _)| *column == own)
                        .map(|(_, literal)| literal.clone())
                })
                .flatten()
        };
        select.replace_outer(&replace);
        for term in &mut select.source.conditions {
            // An equality of columns stays, as a foreign key may be behind it.
            let joins = matches!(term, Term::Node(name, sides)
                if name == "=" && sides.iter().all(|side| matches!(side, Term::Column(..))));
            if !joins && literal_of(term, &self.types).is_none() {
                term.replace(&replace);
            }
        }
        select
            .source
            .lefts
            .iter_mut()
            .for_each(|left| left.replace(&replace));
    }

    /// Behind a key of the rows no further sort key decides anything.
    fn order_by_key(&self, select: &mut Select) {
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

    /// The type of a column.
    pub(super) fn type_of(&self, term: &Term) -> Option<Type> {
        match term {
            Term::Column(atom, column) => self.types.get(&(*atom, *column)).cloned(),
            _ => None,
        }
    }

    /// Whether a term can be NULL, where the atoms of `scope` are real rows.
    pub(super) fn may_be_null(&self, term: &Term, scope: &Around) -> bool {
        may_be_null(term, &|atom, column| {
            !self.known.contains(&Term::Column(atom, column))
                && !scope.iter().any(|(id, table)| {
                    *id == atom
                        && self
                            .catalog
                            .table(*table)
                            .columns
                            .get(column)
                            .is_some_and(|column| column.not_null)
                })
        })
    }

    /// DISTINCT, GROUP BY without aggregates, and HAVING on grouped columns.
    fn grouping(&mut self, select: &mut Select) {
        if let Some(group) = &select.group
            && !group.is_empty()
        {
            let (move_down, stay): (Vec<Term>, Vec<Term>) = std::mem::take(&mut select.having)
                .into_iter()
                .partition(|term| !term.has_aggregate() && over_terms(term, group));
            if !move_down.is_empty() {
                self.steps
                    .push("a HAVING condition on grouped columns is a WHERE condition".to_owned());
                select.source.conditions.extend(move_down);
            }
            select.having = tightest(stay, &self.types);
        }
        if select.distinct
            && let Some(group) = &select.group
            && group.iter().all(|term| select.output.contains(term))
        {
            self.steps
                .push("DISTINCT over all grouped columns removes nothing".to_owned());
            select.distinct = false;
        }
        if select.distinct && select.group.is_none() {
            if let Some(key) = self.unique(&select.source, &select.output) {
                self.steps.push(format!("DISTINCT removes nothing: {key}"));
                select.distinct = false;
            } else if let Some((source, key)) = self.unique_without_partners(select) {
                self.steps.push(format!(
                    "DISTINCT only hides that several rows match: {key}"
                ));
                select.source = source;
                select.distinct = false;
            } else if !select.output.iter().any(Term::has_aggregate) && !select.output.is_empty() {
                let mut group: Vec<Term> = Vec::new();
                for term in &select.output {
                    if !group.contains(term) {
                        group.push(term.clone());
                    }
                }
                select.group = Some(group);
                select.distinct = false;
            }
        }
        if let Some(group) = &select.group
            && !group.is_empty()
            && select.having.is_empty()
            && !select.output.iter().any(Term::has_aggregate)
            && !select.order.iter().any(|order| order.term.has_aggregate())
            && let Some(key) = self.unique(&select.source, group)
        {
            self.steps.push(format!("each group is one row: {key}"));
            select.group = None;
        }
        self.tidy_group(select);
    }

    fn source(
        &mut self,
        source: &mut Source,
        used: &BTreeSet<AtomId>,
        harmless: bool,
        around: &Around,
    ) {
        source.conditions = std::mem::take(&mut source.conditions)
            .into_iter()
            .flat_map(conjuncts)
            .collect();
        self.outer_to_inner(source);
        self.anti_joins(source, used);
        self.unused_lefts(source, used, harmless);
        if harmless {
            self.flatten_exists(source);
        } else {
            self.partners_only(source, used);
        }
        let scope = self.scope_of(source, around);
        for atom in &mut source.atoms {
            if let AtomKind::Query(relation) = &mut atom.kind {
                self.relation_in(relation, harmless, &scope);
            }
        }
        for left in &mut source.lefts {
            let mut inner = left.all_atoms();
            inner.extend(used);
            self.source(left, &inner, harmless, &scope);
        }
        let mut conditions = std::mem::take(&mut source.conditions);
        for term in &mut conditions {
            self.term(term, &scope);
        }
        let mut kept: Vec<Term> = Vec::new();
        let conditions: Vec<Term> = conditions.into_iter().flat_map(conjuncts).collect();
        let around = Source {
            conditions: conditions.clone(),
            ..source.clone()
        };
        let conditions: Vec<Term> = conditions
            .into_iter()
            .map(|term| self.bound_as_exists(term, &around, &scope))
            .collect();
        let conditions = with_all_distances(equal_where_not_null(conditions), &self.types);
        let conditions = canonical(conditions, &self.types, &|term| {
            !self.may_be_null(term, &scope)
        });
        for term in conditions.into_iter().flat_map(conjuncts) {
            let term = match term {
                // Of a condition only TRUE counts.
                Term::Node(name, mut inner) if name == "is True false" && inner.len() == 1 => {
                    inner.swap_remove(0)
                }
                Term::Node(name, mut sides) if name == "=" && sides[0] == sides[1] => {
                    Term::node("not null", vec![sides.swap_remove(0)])
                }
                other => other,
            };
            if let Term::Node(name, tested) = &term
                && name == "not null"
                && let [Term::Column(atom, column)] = tested.as_slice()
                && scope.iter().any(|(id, table)| {
                    id == atom
                        && self
                            .catalog
                            .table(*table)
                            .columns
                            .get(*column)
                            .is_some_and(|column| column.not_null)
                })
            {
                continue;
            }
            if !kept.contains(&term) {
                kept.push(term);
            }
        }
        let kept = tightest(kept, &self.types);
        let plain: Vec<Term> = kept
            .iter()
            .filter(|term| !matches!(term, Term::Exists(_)))
            .cloned()
            .collect();
        let kept: Vec<Term> = kept
            .into_iter()
            .flat_map(|term| {
                self.witnessed(&term, &source.atoms, &plain, &scope)
                    .unwrap_or_else(|| vec![term])
            })
            .collect();
        let mut kept = tightest(kept, &self.types);
        if kept.iter().any(|term| term.is("false") || term.is("null")) {
            kept = vec![Term::truth(false)];
        }
        source.conditions = kept;
    }

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

    pub(super) fn scope_of(&self, source: &Source, around: &Around) -> Around {
        let mut scope = around.clone();
        scope.extend(source.atoms.iter().filter_map(|atom| match atom.kind {
            AtomKind::Table(table) => Some((atom.id, table)),
            _ => None,
        }));
        scope
    }

    fn term(&mut self, term: &mut Term, scope: &Around) {
        match term {
            Term::Column(..) => {}
            Term::Node(name, arguments) => {
                arguments.iter_mut().for_each(|term| self.term(term, scope));
                if let Some(exists) = self.counted(name, arguments) {
                    *term = exists;
                    return self.term(term, scope);
                }
                if name == "not"
                    && let [Term::Node(inner, _)] = arguments.as_slice()
                    && matches!(
                        inner.as_str(),
                        "true" | "false" | "and" | "or" | "not null" | "is null"
                    )
                    && let Some(inner) = arguments.pop()
                {
                    *term = negated(inner);
                } else if (name == "and" || name == "or")
                    && arguments
                        .iter()
                        .any(|term| term.is("true") || term.is("false"))
                {
                    *term = super::expression::join(&name.clone(), std::mem::take(arguments));
                }
            }
            Term::Subquery(name, arguments, relation) => {
                arguments.iter_mut().for_each(|term| self.term(term, scope));
                self.known.clear();
                let set = name != "scalar";
                self.relation_in(relation, set, scope);
                if !set
                    && self.expand
                    && arguments.is_empty()
                    && let Some(value) = self.first_value(relation, scope)
                {
                    *term = value;
                    return self.term(term, scope);
                }
            }
            Term::Exists(source) => {
                self.known.clear();
                for _ in 0..8 {
                    let before = source.clone();
                    self.source(source, &BTreeSet::new(), true, scope);
                    self.same_row_inside(source, scope);
                    self.by_foreign_key(source, scope);
                    self.grouped_inside(source);
                    if *source == before {
                        break;
                    }
                }
                let moved = self.by_outer_columns(source);
                if !moved.is_empty() {
                    let mut arms: Vec<Term> = moved
                        .into_iter()
                        .map(|term| {
                            if is_two_valued(&term) {
                                term
                            } else {
                                Term::node("is True false", vec![term])
                            }
                        })
                        .collect();
                    arms.push(Term::Exists(source.clone()));
                    *term = super::expression::join("and", arms);
                    self.term(term, scope);
                    return;
                }
                if source.conditions.iter().any(|term| term.is("false")) {
                    *term = Term::truth(false);
                    return;
                }
                if source.atoms.is_empty() && source.lefts.is_empty() {
                    // The row around is all that is left of it: the conditions are two-valued only where TRUE counts,
                    // which is where EXISTS stands as a condition; elsewhere it keeps its place.
                    *term = if source.conditions.iter().all(is_two_valued) {
                        super::expression::join("and", std::mem::take(&mut source.conditions))
                    } else {
                        Term::node(
                            "is True false",
                            vec![super::expression::join(
                                "and",
                                std::mem::take(&mut source.conditions),
                            )],
                        )
                    };
                }
            }
        }
        folded(term);
        self.decided(term, scope);
        in_one_direction(term, &self.types);
        presence(term, &|term| !self.may_be_null(term, scope));
        if let Term::Node(name, arguments) = term
            && name == "is True false"
            && arguments.len() == 1
            && is_two_valued(&arguments[0])
            && let Some(inner) = arguments.pop()
        {
            *term = inner;
        }
    }

    /// `(SELECT count(*) ...) > 0` asks whether there is a row.
    fn counted(&mut self, name: &str, sides: &[Term]) -> Option<Term> {
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

    fn outer_to_inner(&mut self, source: &mut Source) {
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

    fn unused_lefts(&mut self, source: &mut Source, used: &BTreeSet<AtomId>, harmless: bool) {
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

    /// Joined tables whose columns are not used and of which at most one row matches become EXISTS.
    fn partners_only(&mut self, source: &mut Source, used: &BTreeSet<AtomId>) {
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
    fn unique_without_partners(&self, select: &Select) -> Option<(Source, String)> {
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

    /// A grouped query that is all that is read becomes the query itself: conditions over it are HAVING.
    fn merge_grouped(&mut self, select: &mut Select) {
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
        let AtomKind::Query(inner) = &atom.kind else {
            return;
        };
        let Relation::Select(inner) = &**inner else {
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
        let mut merged = (**inner).clone();
        let output = merged.output.clone();
        let replace = move |atom: AtomId, column: usize| {
            (atom == id).then(|| output.get(column).cloned()).flatten()
        };
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

    /// A left join of which only the rows without a partner are kept is NOT EXISTS.
    fn anti_joins(&mut self, source: &mut Source, used: &BTreeSet<AtomId>) {
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

    /// Within EXISTS, columns that equal one around it are that one; conditions without a row of its own move out.
    fn by_outer_columns(&self, source: &mut Source) -> Vec<Term> {
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

    /// Adds the atoms of which at most one row fits the determined ones.
    #[allow(clippy::too_many_arguments)]
    fn close(
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
    fn fixes(&self, column: &Term, other: &Term) -> bool {
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
    fn same_row(&self, source: &Source) -> Option<(AtomId, AtomId)> {
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
    fn same_row_inside(&mut self, source: &mut Source, scope: &Around) {
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

    /// A condition on key columns as one on the columns that refer to them.
    fn of_reference(
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

    /// What is decided by which terms cannot be NULL, and CASE by its own conditions.
    fn decided(&self, term: &mut Term, scope: &Around) {
        let Term::Node(name, arguments) = term else {
            return;
        };
        match name.as_str() {
            "coalesce" => {
                if let Some(at) = arguments
                    .iter()
                    .position(|term| !self.may_be_null(term, scope))
                {
                    arguments.truncate(at + 1);
                }
                if arguments.len() == 1 {
                    *term = arguments.swap_remove(0);
                }
            }
            "case" => {
                if let Some(decided) =
                    decided_case(arguments, &|term| !self.may_be_null(term, scope))
                {
                    *term = decided;
                }
            }
            _ => {}
        }
    }

    /// Columns of derived tables that nothing reads go.
    fn prune(&mut self, select: &mut Select) {
        for at in 0..select.source.atoms.len() {
            let atom = &select.source.atoms[at];
            let AtomKind::Query(relation) = &atom.kind else {
                continue;
            };
            let Relation::Select(inner) = &**relation else {
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
            let mut inner = (**inner).clone();
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
    fn limits(&mut self, select: &mut Select) {
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
        let AtomKind::Query(relation) = &atom.kind else {
            return;
        };
        let Relation::Select(inner) = &**relation else {
            return;
        };
        let Some(own) = count(&inner.limit) else {
            return;
        };
        let output = inner.output.clone();
        let id = atom.id;
        let replace = |atom: AtomId, column: usize| {
            (atom == id).then(|| output.get(column).cloned()).flatten()
        };
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
        let mut merged = (**inner).clone();
        let mut shown = select.output.clone();
        shown.iter_mut().for_each(|term| term.replace(&replace));
        merged.output = shown;
        merged.limit = Some(super::expression::number(outer.min(own)));
        *select = merged;
        self.steps
            .push("of two LIMITs in the same order the smaller one counts".to_owned());
    }

    /// Within a source whose rows only count as a set, EXISTS is a join. Its atoms get numbers of their own, as other
    /// subqueries may have been made of the same source.
    fn flatten_exists(&mut self, source: &mut Source) {
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

    fn joined_on_key(&self, table: TableId, a: AtomId, b: AtomId, conditions: &[Term]) -> bool {
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

/// Columns that cannot be NULL where the conditions of a source hold.
fn conditioned(source: &Source) -> Vec<Term> {
    let mut columns = Vec::new();
    for term in &source.conditions {
        if let Term::Node(name, sides) = term
            && matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null")
        {
            columns.extend(
                sides
                    .iter()
                    .filter(|side| matches!(side, Term::Column(..)))
                    .cloned(),
            );
        }
    }
    columns
}

/// IS NOT DISTINCT FROM what another condition keeps from being NULL is an equality.
fn equal_where_not_null(conditions: Vec<Term>) -> Vec<Term> {
    let known: Vec<Term> = conditions
        .iter()
        .flat_map(|term| match term {
            Term::Node(name, sides)
                if matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null") =>
            {
                sides.clone()
            }
            _ => Vec::new(),
        })
        .collect();
    conditions
        .into_iter()
        .map(|term| match term {
            Term::Node(name, sides)
                if name == "not distinct"
                    && sides.len() == 2
                    && sides.iter().any(|side| known.contains(side)) =>
            {
                Term::node("=", sides)
            }
            other => other,
        })
        .collect()
}

/// Whether a term is TRUE or FALSE, never NULL.
pub(super) fn is_two_valued(term: &Term) -> bool {
    match term {
        Term::Exists(_) => true,
        Term::Node(name, arguments) => match name.as_str() {
            "true" | "false" | "is null" | "not null" => true,
            "and" | "or" | "not" => arguments.iter().all(is_two_valued),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a left join's own conditions compare a column by `=`, so that it is not NULL in a matching row.
fn equated(left: &Source, atom: AtomId, column: usize) -> bool {
    let column = Term::Column(atom, column);
    left.conditions.iter().any(
        |term| matches!(term, Term::Node(name, sides) if name == "=" && sides.contains(&column)),
    )
}

/// A query without rows.
fn nothing(width: usize) -> Select {
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

/// Computes what has become computable.
fn folded(term: &mut Term) {
    let Term::Node(name, arguments) = term else {
        return;
    };
    if is_strict(name) && arguments.iter().any(|term| term.is("null")) {
        *term = Term::leaf("null");
        return;
    }
    if let [only] = arguments.as_slice()
        && (name == "is null" || name == "not null")
        && (only.is("null")
            || only.is_constant()
                && !matches!(only, Term::Node(name, _) if name.starts_with("parameter ")))
    {
        *term = Term::truth(only.is("null") == (name == "is null"));
        return;
    }
    let [left, right] = arguments.as_slice() else {
        return;
    };
    if whole_number(left).is_none() || whole_number(right).is_none() {
        return;
    }
    *term = match name.as_str() {
        "+" | "-" | "*" => arithmetic(name, left.clone(), right.clone()),
        "=" | "<>" | "<" | "<=" => comparison(name, left.clone(), right.clone()),
        _ => return,
    };
}

/// A CASE whose results are one, whose last condition is left over, or in which a condition is asked again.
fn decided_case(arguments: &mut Vec<Term>, not_null: &dyn Fn(&Term) -> bool) -> Option<Term> {
    if arguments.len() < 3 || arguments.len().is_multiple_of(2) {
        return None;
    }
    // A nested CASE that begins with the condition that led to it.
    if let Term::Node(_, own) = &Term::node("case", arguments.clone()) {
        for at in (1..own.len()).step_by(2) {
            if let Term::Node(inner, parts) = &own[at]
                && inner == "case"
                && parts.first() == own.get(at - 1)
                && let Some(result) = parts.get(1)
            {
                arguments[at] = result.clone();
            }
        }
        let last = own.len() - 1;
        if own.len() == 3
            && let Term::Node(inner, parts) = &own[last]
            && inner == "case"
            && parts.first() == own.first()
            && parts.len() == 3
        {
            arguments[last] = parts[2].clone();
        }
    }
    let last = arguments.len() - 1;
    let mut results = arguments.iter().skip(1).step_by(2);
    if results.all(|result| *result == arguments[last]) {
        return arguments.pop();
    }
    // The second condition is the opposite of the first, which is never NULL: nothing is left for ELSE.
    if arguments.len() == 5
        && negated(arguments[0].clone()) == arguments[2]
        && not_null(&arguments[0])
    {
        arguments.truncate(4);
        arguments.remove(2);
    }
    None
}

/// Takes atoms out of a source: each connected part becomes one EXISTS.
fn move_into_exists(source: &mut Source, going: &BTreeSet<AtomId>) {
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
fn duplicates_harmless(select: &Select) -> bool {
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

/// Whether a condition reads grouped terms only.
pub(super) fn over_terms(term: &Term, group: &[Term]) -> bool {
    if group.contains(term) {
        return true;
    }
    match term {
        Term::Column(..) => false,
        Term::Node(_, arguments) => arguments.iter().all(|term| over_terms(term, group)),
        Term::Exists(_) | Term::Subquery(..) => false,
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

/// The query of `SELECT (SELECT max(x) FROM t)`, which is one row as the query around it.
fn only_value(select: &Select) -> Option<Select> {
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

fn names(source: &Source) -> String {
    source
        .atoms
        .iter()
        .map(|atom| atom.alias.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
