//! UNION, INTERSECT and EXCEPT: arms without rows, arms over the same tables, and what EXISTS says as well.

use std::collections::BTreeSet;

use crate::catalog::Type;

use super::bounds::tightest;
use super::expression::{comparison, join, negated, whole_number};
use super::model::{AtomId, AtomKind, Relation, Select, Source, Term, literal_of};
use super::simplify::{Around, Simplifier};

impl Simplifier<'_> {
    /// A set operation whose arms are simple; `set`: only which rows there are counts.
    pub(super) fn set_operation(&mut self, relation: &mut Relation, set: bool, around: &Around) {
        let Relation::Set(name, all, arms) = relation else {
            return;
        };
        match name.as_str() {
            "union" => {
                if set {
                    *all = false;
                }
                if arms.iter().any(is_nothing) && !arms.iter().all(is_nothing) {
                    arms.retain(|arm| !is_nothing(arm));
                    self.steps
                        .push("an arm without rows adds nothing".to_owned());
                }
                self.merge_arms(arms, *all);
                if arms.len() == 1
                    && let Some(mut only) = arms.pop()
                {
                    if !*all && let Relation::Select(select) = &mut only {
                        if select.limit.is_some() || select.offset.is_some() {
                            arms.push(only);
                            return;
                        }
                        select.distinct = true;
                        self.select(select, set, around);
                    }
                    *relation = only;
                }
            }
            "intersect" | "except" if !*all && arms.len() == 2 => {
                if let Some(mut select) = self.as_exists(name == "except", arms) {
                    self.steps
                        .push("the rows of one query that are (not) in the other".to_owned());
                    self.select(&mut select, set, around);
                    *relation = Relation::Select(Box::new(select));
                }
            }
            _ => {}
        }
    }

    fn as_exists(&self, without: bool, arms: &[Relation]) -> Option<Select> {
        let [Relation::Select(left), right] = arms else {
            return None;
        };
        let right = match right {
            Relation::Select(right) => right,
            Relation::Set(name, _, arms) if without && name == "union" => {
                return arms
                    .iter()
                    .try_fold((**left).clone(), |left, arm| {
                        let arms = [Relation::Select(Box::new(left)), arm.clone()];
                        let mut select = self.as_exists(true, &arms)?;
                        select.distinct = false;
                        Some(select)
                    })
                    .map(|select| Select {
                        distinct: true,
                        ..select
                    });
            }
            _ => return None,
        };
        let fits = left.is_plain()
            && right.is_plain()
            && left.output.len() == right.output.len()
            && !left.source.atoms.is_empty()
            && left
                .source
                .all_atoms()
                .is_disjoint(&right.source.all_atoms());
        if !fits {
            return None;
        }
        let scopes = [&left.source, &right.source].map(|source| self.scope_of(source, &Vec::new()));
        let mut source = right.source.clone();
        for (a, b) in left.output.iter().zip(&right.output) {
            // NULL counts as equal to NULL here, which = does not say.
            let certain = !self.may_be_null(a, &scopes[0]) || !self.may_be_null(b, &scopes[1]);
            source.conditions.push(if certain {
                comparison("=", a.clone(), b.clone())
            } else {
                Term::node("not distinct", vec![a.clone(), b.clone()])
            });
        }
        let mut select = (**left).clone();
        let exists = Term::Exists(Box::new(source));
        select
            .source
            .conditions
            .push(if without { negated(exists) } else { exists });
        select.distinct = true;
        select.order.clear();
        Some(select)
    }

    /// Of two arms over the same tables with the same output one is left, with either condition.
    /// Where rows may come twice (`all`), only of arms that have none in common.
    fn merge_arms(&mut self, arms: &mut Vec<Relation>, all: bool) {
        let mut at = 0;
        while at < arms.len() {
            let mut other = at + 1;
            while other < arms.len() {
                let merged = match (&arms[at], &arms[other]) {
                    (Relation::Select(a), Relation::Select(b)) => {
                        either(a, b, &|own, rest| !all || self.exclude(own, rest))
                    }
                    _ => None,
                };
                match merged {
                    Some(select) => {
                        arms[at] = Relation::Select(Box::new(select));
                        arms.remove(other);
                        self.steps.push(
                            "arms of UNION over the same tables are one with either condition"
                                .to_owned(),
                        );
                    }
                    None => other += 1,
                }
            }
            at += 1;
        }
    }

    /// Whether no row satisfies both.
    fn exclude(&self, own: &[Term], rest: &[Term]) -> bool {
        let both = tightest([own, rest].concat(), &self.types);
        if both.iter().any(|term| term.is("false")) {
            return true;
        }
        let literals = |terms: &[Term]| -> Vec<(Term, Term)> {
            terms
                .iter()
                .filter_map(|term| literal_of(term, &self.types))
                .collect()
        };
        let (own_literals, others) = (literals(own), literals(rest));
        own_literals.iter().any(|(column, value)| {
            others
                .iter()
                .any(|(other, by)| other == column && by != value && self.is_text(column))
        }) || own.iter().any(|term| rest.contains(&negated(term.clone())))
    }

    /// Whether literals of the column's type that are written differently are different.
    fn is_text(&self, column: &Term) -> bool {
        matches!(
            self.type_of(column),
            Some(Type::Text | Type::Varchar(_) | Type::Bool)
        )
    }

    /// A query over UNION ALL as UNION ALL of the query over each arm; over UNION where it removes duplicates itself.
    pub(super) fn distributed(&mut self, select: &Select, set: bool) -> Option<Relation> {
        let group = select.group.as_ref();
        let distinct = group.is_some_and(|group| {
            !group.is_empty()
                && group.iter().all(|term| select.output.contains(term))
                && select
                    .output
                    .iter()
                    .all(|term| group.contains(term) || term.is_constant())
        }) && !select.outer_terms().any(Term::has_aggregate);
        let plain = select.is_plain();
        if !(plain || distinct)
            || !select.having.is_empty()
            || select.limit.is_some()
            || select.offset.is_some()
            || !select.order.is_empty()
            || select.distinct
        {
            return None;
        }
        let (at, arms) =
            select
                .source
                .atoms
                .iter()
                .enumerate()
                .find_map(|(at, atom)| match &atom.kind {
                    AtomKind::Query(relation) => match &**relation {
                        Relation::Set(name, all, arms)
                            if name == "union" && (*all || distinct || set) =>
                        {
                            Some((at, arms.clone()))
                        }
                        // Only of whole numbers is the literal of the type that the column has.
                        Relation::Values(rows)
                            if rows
                                .iter()
                                .flatten()
                                .all(|term| whole_number(term).is_some()) =>
                        {
                            Some((at, rows.iter().map(|row| one_row(row)).collect()))
                        }
                        _ => None,
                    },
                    _ => None,
                })?;
        if arms.len() > 6 {
            return None;
        }
        let all = plain && !set;
        let id = select.source.atoms[at].id;
        let mut results = Vec::new();
        for arm in arms {
            let mut one = select.clone();
            one.group = None;
            one.source.atoms[at].kind = AtomKind::Query(Box::new(arm));
            debug_assert_eq!(one.source.atoms[at].id, id);
            results.push(Relation::Select(Box::new(one)));
        }
        self.steps
            .push("a query over UNION is the UNION of the query over each arm".to_owned());
        Some(Relation::Set("union".to_owned(), all, results))
    }
}

/// A row of literals as a query.
fn one_row(row: &[Term]) -> Relation {
    Relation::Select(Box::new(Select {
        source: Source::default(),
        group: None,
        having: Vec::new(),
        distinct: false,
        output: row.to_vec(),
        order: Vec::new(),
        limit: None,
        offset: None,
    }))
}

/// Whether a query surely returns no row.
pub(super) fn is_nothing(relation: &Relation) -> bool {
    match relation {
        Relation::Select(select) => {
            let at_least_one = select.group.as_ref().is_some_and(Vec::is_empty);
            !at_least_one && select.source.conditions.iter().any(|term| term.is("false"))
                || select
                    .limit
                    .as_ref()
                    .and_then(super::expression::whole_number)
                    == Some(0)
        }
        _ => false,
    }
}

/// Two plain queries over the same tables and with the same output as one with either condition.
fn either(a: &Select, b: &Select, allowed: &dyn Fn(&[Term], &[Term]) -> bool) -> Option<Select> {
    let simple = |select: &Select| {
        select.is_plain()
            && select.source.lefts.is_empty()
            && select
                .source
                .atoms
                .iter()
                .all(|atom| matches!(atom.kind, AtomKind::Table(_)))
    };
    if !simple(a) || !simple(b) || a.source.atoms.len() != b.source.atoms.len() {
        return None;
    }
    let mut pairs: Vec<(AtomId, AtomId)> = Vec::new();
    let mut taken = BTreeSet::new();
    for atom in &b.source.atoms {
        let own = a
            .source
            .atoms
            .iter()
            .find(|own| own.kind == atom.kind && !taken.contains(&own.id))?;
        taken.insert(own.id);
        pairs.push((atom.id, own.id));
    }
    let mut other = b.clone();
    let replace = move |atom: AtomId, column: usize| {
        pairs
            .iter()
            .find(|(from, _)| *from == atom)
            .map(|(_, to)| Term::Column(*to, column))
    };
    other.source.replace(&replace);
    other.replace_outer(&replace);
    if a.output != other.output {
        return None;
    }
    let (common, own): (Vec<Term>, Vec<Term>) = a
        .source
        .conditions
        .iter()
        .cloned()
        .partition(|term| other.source.conditions.contains(term));
    let rest: Vec<Term> = other
        .source
        .conditions
        .iter()
        .filter(|term| !common.contains(term))
        .cloned()
        .collect();
    if !allowed(&own, &rest) {
        return None;
    }
    let mut merged = a.clone();
    merged.source = Source {
        conditions: common,
        ..a.source.clone()
    };
    merged
        .source
        .conditions
        .push(join("or", vec![join("and", own), join("and", rest)]));
    Some(merged)
}
