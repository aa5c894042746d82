//! Takes out of the algebra what keys, foreign keys, NOT NULL and the reader of the rows make superfluous.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, TableId, Type};

use super::booleans::canonical;
use super::bounds::{in_one_direction, tightest};
use super::decided::{conditioned, equal_where_not_null, folded, is_two_valued};
use super::derived_tables::{nothing, only_value};
use super::distances::with_all_distances;
use super::expression::{conjuncts, negated, whole_number};
use super::grouped::row_terms_mut;
use super::model::{
    AtomId, AtomKind, ColumnTypes, Relation, Select, Source, Term, literal_of, may_be_null,
};
use super::semi_joins::duplicates_harmless;
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

    pub(super) fn relation_in(&mut self, relation: &mut Relation, set: bool, around: &Around) {
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
            for term in row_terms_mut(select) {
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
    pub(super) fn constants(&mut self, select: &mut Select) {
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
    pub(super) fn grouping(&mut self, select: &mut Select) {
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

    pub(super) fn source(
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

    pub(super) fn scope_of(&self, source: &Source, around: &Around) -> Around {
        let mut scope = around.clone();
        scope.extend(source.atoms.iter().filter_map(|atom| match atom.kind {
            AtomKind::Table(table) => Some((atom.id, table)),
            _ => None,
        }));
        scope
    }

    pub(super) fn term(&mut self, term: &mut Term, scope: &Around) {
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
