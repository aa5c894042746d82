//! A grouping over a grouping.

use crate::query::functions::ignores_duplicates;

use super::grouped::has_window;
use super::model::{Select, Term, shown_by};
use super::simplify::{Simplifier, over_terms};

impl Simplifier<'_> {
    /// A grouping over a grouping that only refines it is one grouping.
    pub(super) fn merge_nested_groups(&mut self, select: &mut Select) {
        let Some(outer) = select.group.clone() else {
            return;
        };
        let [atom] = select.source.atoms.as_slice() else {
            return;
        };
        let Some(inner) = atom.derived() else {
            return;
        };
        let Some(inner_group) = inner.group.clone().filter(|group| !group.is_empty()) else {
            return;
        };
        let simple = select.source.lefts.is_empty()
            && inner.having.is_empty()
            && !inner.distinct
            && inner.limit.is_none()
            && inner.offset.is_none()
            && !inner.output.iter().any(has_window);
        if !simple {
            return;
        }
        let (id, alias, global) = (atom.id, atom.alias.clone(), outer.is_empty());
        let output = inner.output.clone();
        let replace = shown_by(id, output);
        let mut merged = select.clone();
        merged.source = inner.source.clone();
        let mut conditions = select.source.conditions.clone();
        conditions
            .iter_mut()
            .for_each(|term| term.replace(&replace));
        if !select.outer_terms().any(Term::has_aggregate)
            && inner_group.iter().all(|term| {
                outer.iter().any(|outer| {
                    let mut outer = outer.clone();
                    outer.replace(&replace);
                    outer == *term
                })
            })
        {
            // Each row of the inside is a group of its own.
            merged.group = Some(inner_group);
            merged.having = [std::mem::take(&mut merged.having), conditions].concat();
            for term in outer_terms_mut_but_group(&mut merged) {
                term.replace(&replace);
            }
            *select = merged;
            self.steps.push(format!(
                "the grouping over {alias} is the grouping inside of it"
            ));
            return;
        }
        if conditions
            .iter()
            .any(|term| term.has_aggregate() || !over_terms(term, &inner_group))
        {
            return;
        }
        merged.source.conditions.extend(conditions);
        let mut group = merged.group.take().unwrap_or_default();
        group.iter_mut().for_each(|term| term.replace(&replace));
        if group
            .iter()
            .any(|term| term.has_aggregate() || !over_terms(term, &inner_group))
        {
            return;
        }
        let finer: Vec<&Term> = inner_group
            .iter()
            .filter(|term| !group.contains(term))
            .collect();
        let scope = self.scope_of(&inner.source, &Vec::new());
        let mut fits = true;
        let nesting = Nesting {
            inner_group: &inner_group,
            finer: &finer,
            global,
        };
        for term in outer_terms_mut_but_group(&mut merged) {
            let bare = matches!(term, Term::Node(name, _) if name.starts_with("aggregate "));
            term.rewrite(&mut |term| {
                let Term::Node(name, arguments) = term else {
                    return;
                };
                if name.starts_with("window ") {
                    fits = false;
                }
                if !name.starts_with("aggregate ") {
                    return;
                }
                let mut arguments = arguments.clone();
                arguments.iter_mut().for_each(|term| term.replace(&replace));
                match nesting.composed(name, &arguments, bare, &|term| {
                    !self.may_be_null(term, &scope)
                }) {
                    Some(composed) => *term = composed,
                    None => fits = false,
                }
            });
            term.replace(&replace);
        }
        // What was an inner aggregate outside of an outer one is not of this shape.
        if !fits {
            return;
        }
        merged.group = Some(group);
        *select = merged;
        self.steps.push(format!(
            "the grouping over {alias} is one with the grouping inside of it"
        ));
    }
}

pub(super) struct Nesting<'a> {
    pub(super) inner_group: &'a [Term],
    /// Terms of the inner grouping that the outer one has not.
    pub(super) finer: &'a [&'a Term],
    /// Whether the outer grouping is one row for all.
    pub(super) global: bool,
}

impl Nesting<'_> {
    /// An aggregate over the inner groups as one over the rows.
    pub(super) fn composed(
        &self,
        name: &str,
        arguments: &[Term],
        bare: bool,
        not_null: &dyn Fn(&Term) -> bool,
    ) -> Option<Term> {
        let function = name.strip_prefix("aggregate ")?;
        if let [Term::Node(inner, of)] = arguments
            && let Some(inner_function) = inner.strip_prefix("aggregate ")
        {
            return match (function, inner_function) {
                ("min", "min")
                | ("max", "max")
                | ("bool_and", "bool_and")
                | ("bool_or", "bool_or") => Some(Term::Node(inner.clone(), of.clone())),
                ("sum", "sum") if bare => Some(Term::Node(inner.clone(), of.clone())),
                // No group at all counts as NULL here and as 0 there.
                ("sum", "count") if bare && !self.global => {
                    Some(Term::Node(inner.clone(), of.clone()))
                }
                _ => None,
            };
        }
        if arguments.iter().any(Term::has_aggregate) {
            return None;
        }
        match (function, arguments) {
            ("count", []) => match self.finer {
                [only] if not_null(only) => Some(Term::node(
                    "aggregate count distinct",
                    vec![(*only).clone()],
                )),
                _ => None,
            },
            (_, [value]) if over_terms(value, self.inner_group) => {
                let plain = function.strip_suffix(" distinct");
                if plain.is_some() || ignores_duplicates(function) {
                    return Some(Term::node(name, vec![value.clone()]));
                }
                let single = matches!(self.finer, [only] if *only == value);
                (single && matches!(function, "count" | "sum" | "avg"))
                    .then(|| Term::node(format!("{name} distinct"), vec![value.clone()]))
            }
            _ => None,
        }
    }
}

pub(super) fn outer_terms_mut_but_group(select: &mut Select) -> impl Iterator<Item = &mut Term> {
    select
        .having
        .iter_mut()
        .chain(&mut select.output)
        .chain(select.order.iter_mut().map(|order| &mut order.term))
}
