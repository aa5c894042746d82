//! The algebra as a text that is the same for queries that differ only in names and in the order of joins, conditions
//! and arms: of all numberings of the tables the one with the least text is taken, and equal columns are written as one.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalog::Type;

use super::expression::whole_number;
use super::model::{
    Atom, AtomId, AtomKind, ColumnTypes, Relation, Select, Source, Term, equal_is_same,
};

/// Numberings that are tried at most, in all.
const MOST_NUMBERINGS: u64 = 20_000;

pub(super) struct Printer<'a> {
    pub types: &'a ColumnTypes,
}

/// Names of the atoms in reach, and columns that are equal.
#[derive(Clone, Default)]
struct Names {
    atoms: HashMap<AtomId, String>,
    classes: Vec<BTreeSet<Member>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Constant(String),
    Column(AtomId, usize),
}

impl Printer<'_> {
    pub fn top(&self, relation: &Relation, ordered: bool) -> Option<String> {
        let budget = Cell::new(MOST_NUMBERINGS);
        self.relation(relation, &Names::default(), 0, ordered, &budget)
    }

    fn relation(
        &self,
        relation: &Relation,
        names: &Names,
        depth: usize,
        ordered: bool,
        budget: &Cell<u64>,
    ) -> Option<String> {
        match relation {
            Relation::Select(select) => self.select(select, names, depth, ordered, budget),
            Relation::Set(name, all, arms) => {
                let mut printed = arms
                    .iter()
                    .map(|arm| self.relation(arm, names, depth + 1, false, budget))
                    .collect::<Option<Vec<_>>>()?;
                if name != "except" {
                    printed.sort();
                }
                if !all && name != "except" {
                    printed.dedup();
                }
                Some(format!(
                    "{name}{}({})",
                    if *all { " all" } else { "" },
                    printed.join("; ")
                ))
            }
            Relation::Values(rows) => {
                let mut printed = rows
                    .iter()
                    .map(|row| {
                        Some(format!(
                            "({})",
                            self.terms(row, names, depth, budget)?.join(", ")
                        ))
                    })
                    .collect::<Option<Vec<_>>>()?;
                printed.sort();
                Some(format!("values({})", printed.join(", ")))
            }
        }
    }

    fn select(
        &self,
        select: &Select,
        names: &Names,
        depth: usize,
        ordered: bool,
        budget: &Cell<u64>,
    ) -> Option<String> {
        let one_row_at_least = select.group.as_ref().is_some_and(Vec::is_empty);
        if select.source.conditions.iter().any(|term| term.is("false")) && !one_row_at_least {
            return Some(format!("nothing, {} columns", select.output.len()));
        }
        self.canonical(&select.source, names, depth, budget, &|names| {
            let mut text = format!(
                "select {}",
                self.terms(&select.output, names, depth, budget)?.join(", ")
            );
            if let Some(group) = &select.group {
                let all: BTreeSet<String> = self
                    .terms(group, names, depth, budget)?
                    .into_iter()
                    .collect();
                let columns: BTreeSet<String> = all
                    .iter()
                    .filter(|text| !is_literal(text))
                    .cloned()
                    .collect();
                let kept = if columns.is_empty() { all } else { columns };
                text.push_str(&format!(
                    " group by ({})",
                    kept.into_iter().collect::<Vec<_>>().join(", ")
                ));
            }
            if !select.having.is_empty() {
                let mut having = self.terms(&select.having, names, depth, budget)?;
                having.sort();
                having.dedup();
                text.push_str(&format!(" having {}", having.join(" and ")));
            }
            if select.distinct {
                text.push_str(" distinct");
            }
            if (ordered || select.limit.is_some() || select.offset.is_some())
                && !select.order.is_empty()
            {
                let mut keys: Vec<String> = Vec::new();
                for order in &select.order {
                    let key = self.term(&order.term, names, depth, budget)?;
                    if is_literal(&key)
                        || keys
                            .iter()
                            .any(|known| known.starts_with(&format!("{key} ")))
                    {
                        continue;
                    }
                    keys.push(format!(
                        "{key} {}{}",
                        if order.descending { "desc" } else { "asc" },
                        if order.nulls_first {
                            " nulls first"
                        } else {
                            ""
                        }
                    ));
                }
                text.push_str(&format!(" order by {}", keys.join(", ")));
            }
            if let Some(limit) = &select.limit {
                text.push_str(&format!(
                    " limit {}",
                    self.term(limit, names, depth, budget)?
                ));
            }
            if let Some(offset) = &select.offset {
                text.push_str(&format!(
                    " offset {}",
                    self.term(offset, names, depth, budget)?
                ));
            }
            Some(text)
        })
    }

    /// The least text of a source and of what `finish` writes, over all numberings of its atoms.
    fn canonical(
        &self,
        source: &Source,
        names: &Names,
        depth: usize,
        budget: &Cell<u64>,
        finish: &dyn Fn(&Names) -> Option<String>,
    ) -> Option<String> {
        // A number that stands for two tables at once would let columns of the one pass for those of the other.
        if source
            .all_atoms()
            .iter()
            .any(|atom| names.atoms.contains_key(atom))
        {
            return None;
        }
        let mut groups: BTreeMap<String, Vec<AtomId>> = BTreeMap::new();
        self.labels(source, "", names, depth, budget, &mut groups)?;
        let groups: Vec<Vec<AtomId>> = groups.into_values().collect();
        let mut product: u64 = 1;
        for group in &groups {
            for factor in 1..=group.len() as u64 {
                product = product.saturating_mul(factor);
            }
        }
        if product > 5040 {
            return None;
        }
        let mut best: Option<String> = None;
        for number in 0..product {
            if budget.get() == 0 {
                return None;
            }
            budget.set(budget.get() - 1);
            let mut inner = names.clone();
            let mut rest = number;
            let mut index = 0;
            for group in &groups {
                let mut pool = group.clone();
                while !pool.is_empty() {
                    let size = pool.len() as u64;
                    let chosen = pool.remove(usize::try_from(rest % size).unwrap_or(0));
                    rest /= size;
                    inner.atoms.insert(chosen, format!("t{depth}_{index}"));
                    index += 1;
                }
            }
            let text = self.numbered(source, inner, depth, budget, finish)?;
            if best.as_ref().is_none_or(|best| text < *best) {
                best = Some(text);
            }
        }
        best
    }

    /// Atoms by what they read, those of left joins apart.
    fn labels(
        &self,
        source: &Source,
        prefix: &str,
        names: &Names,
        depth: usize,
        budget: &Cell<u64>,
        groups: &mut BTreeMap<String, Vec<AtomId>>,
    ) -> Option<()> {
        for atom in &source.atoms {
            let label = format!("{prefix}{}", self.atom(atom, names, depth, budget)?);
            groups.entry(label).or_default().push(atom.id);
        }
        for left in &source.lefts {
            self.labels(
                left,
                &format!("{prefix}left "),
                names,
                depth,
                budget,
                groups,
            )?;
        }
        Some(())
    }

    fn atom(&self, atom: &Atom, names: &Names, depth: usize, budget: &Cell<u64>) -> Option<String> {
        match &atom.kind {
            AtomKind::Table(table) => Some(format!("table {}", table.0)),
            AtomKind::Query(relation) => Some(format!(
                "({})",
                self.relation(relation, names, depth + 1, false, budget)?
            )),
            AtomKind::Function(terms, ordinality) => Some(format!(
                "function({}){}",
                self.terms(terms, names, depth, budget)?.join(", "),
                if *ordinality { " with ordinality" } else { "" }
            )),
        }
    }

    fn numbered(
        &self,
        source: &Source,
        mut names: Names,
        depth: usize,
        budget: &Cell<u64>,
        finish: &dyn Fn(&Names) -> Option<String>,
    ) -> Option<String> {
        let outer = names.classes.clone();
        self.add_classes(&source.conditions, &mut names);
        let mut parts = self.atoms_of(source, &names, depth, budget)?;
        parts.extend(self.lefts_of(source, &names, depth, budget)?);
        let conditions = self.conditions(&source.conditions, &names, &outer, depth, budget)?;
        let mut text = finish(&names)?;
        if !parts.is_empty() {
            text.push_str(&format!(" from {}", parts.join(", ")));
        }
        if !conditions.is_empty() {
            text.push_str(&format!(" where {}", conditions.join(" and ")));
        }
        Some(text)
    }

    fn atoms_of(
        &self,
        source: &Source,
        names: &Names,
        depth: usize,
        budget: &Cell<u64>,
    ) -> Option<Vec<String>> {
        let mut atoms = source
            .atoms
            .iter()
            .map(|atom| {
                Some(format!(
                    "{} {}",
                    names.atoms.get(&atom.id)?,
                    self.atom(atom, names, depth, budget)?
                ))
            })
            .collect::<Option<Vec<_>>>()?;
        atoms.sort();
        Some(atoms)
    }

    fn lefts_of(
        &self,
        source: &Source,
        names: &Names,
        depth: usize,
        budget: &Cell<u64>,
    ) -> Option<Vec<String>> {
        let mut lefts = Vec::new();
        for left in &source.lefts {
            let mut inner = names.clone();
            self.add_classes(&left.conditions, &mut inner);
            let mut parts = self.atoms_of(left, &inner, depth, budget)?;
            parts.extend(self.lefts_of(left, &inner, depth, budget)?);
            let mut conditions =
                self.conditions(&left.conditions, &inner, &names.classes, depth, budget)?;
            // What every row around satisfies need not be asked again.
            let known: Vec<Term> = source
                .conditions
                .iter()
                .filter(|term| self.members(term).is_none())
                .cloned()
                .collect();
            let known = self.terms(&known, &inner, depth, budget)?;
            conditions.retain(|condition| !known.contains(condition));
            lefts.push(format!(
                "left join ({}) on {}",
                parts.join(", "),
                conditions.join(" and ")
            ));
        }
        lefts.sort();
        Some(lefts)
    }

    /// Conditions, equalities as sets of equal things; sorted.
    fn conditions(
        &self,
        conditions: &[Term],
        names: &Names,
        outer: &[BTreeSet<Member>],
        depth: usize,
        budget: &Cell<u64>,
    ) -> Option<Vec<String>> {
        let mut printed = BTreeSet::new();
        for class in names.classes.iter().filter(|class| !outer.contains(class)) {
            // Equal to a literal: each column by itself, however they were joined.
            if let Some(literal) = class.iter().find_map(|member| match member {
                Member::Constant(text) => Some(text),
                Member::Column(..) => None,
            }) {
                for member in class {
                    let Member::Column(atom, column) = member else {
                        continue;
                    };
                    let known = outer.iter().any(|class| {
                        class.contains(member) && class.contains(&Member::Constant(literal.clone()))
                    });
                    if !known {
                        let name = names.atoms.get(atom)?;
                        printed.insert(format!("equal({name}.{column}, {literal})"));
                    }
                }
                continue;
            }
            let mut members = class
                .iter()
                .map(|member| match member {
                    Member::Constant(text) => Some(text.clone()),
                    Member::Column(atom, column) => {
                        Some(format!("{}.{column}", names.atoms.get(atom)?))
                    }
                })
                .collect::<Option<Vec<_>>>()?;
            members.sort();
            printed.insert(format!("equal({})", members.join(", ")));
        }
        for (at, term) in conditions.iter().enumerate() {
            if self.members(term).is_some() {
                continue;
            }
            if let Term::Node(name, tested) = term
                && name == "not null"
                && let [Term::Column(atom, column)] = tested.as_slice()
            {
                let column = Term::Column(*atom, *column);
                let implied = conditions.iter().enumerate().any(|(other, condition)| {
                    other != at
                        && matches!(condition, Term::Node(name, sides)
                            if matches!(name.as_str(), "=" | "<>" | "<" | "<=") && sides.contains(&column))
                });
                if implied {
                    continue;
                }
            }
            let text = self.term(term, names, depth, budget)?;
            if text != "true" {
                printed.insert(text);
            }
        }
        Some(printed.into_iter().collect())
    }

    /// The two sides of an equality that makes one of the other: columns of one type, or a column and a literal of it.
    fn members(&self, term: &Term) -> Option<[Member; 2]> {
        let Term::Node(name, sides) = term else {
            return None;
        };
        let [left, right] = sides.as_slice() else {
            return None;
        };
        if name != "=" {
            return None;
        }
        let data_type = |term: &Term| match term {
            Term::Column(atom, column) => self.types.get(&(*atom, *column)),
            _ => None,
        };
        match (left, right) {
            (Term::Column(a, x), Term::Column(b, y)) => {
                let data_type = data_type(left)?;
                (data_type == self.types.get(&(*b, *y))? && equal_is_same(data_type))
                    .then_some([Member::Column(*a, *x), Member::Column(*b, *y)])
            }
            (column @ Term::Column(a, x), literal) | (literal, column @ Term::Column(a, x)) => {
                let data_type = data_type(column)?;
                let Term::Node(text, arguments) = literal else {
                    return None;
                };
                let fits = arguments.is_empty()
                    && match data_type {
                        Type::Int4 => whole_number(literal).is_some(),
                        Type::Bool => text == "true" || text == "false",
                        Type::Text | Type::Varchar(_) | Type::Uuid | Type::Date | Type::Enum(_) => {
                            text.starts_with("string ")
                        }
                        _ => false,
                    };
                fits.then(|| [Member::Column(*a, *x), Member::Constant(literal_text(text))])
            }
            _ => None,
        }
    }

    fn add_classes(&self, conditions: &[Term], names: &mut Names) {
        for term in conditions {
            let Some(pair) = self.members(term) else {
                continue;
            };
            let mut merged: BTreeSet<Member> = pair.into_iter().collect();
            names.classes.retain(|class| {
                let apart = class.is_disjoint(&merged)
                    || class
                        .intersection(&merged)
                        .all(|member| matches!(member, Member::Constant(_)));
                if !apart {
                    merged.extend(class.iter().cloned());
                }
                apart
            });
            names.classes.push(merged);
        }
    }

    fn terms(
        &self,
        terms: &[Term],
        names: &Names,
        depth: usize,
        budget: &Cell<u64>,
    ) -> Option<Vec<String>> {
        terms
            .iter()
            .map(|term| self.term(term, names, depth, budget))
            .collect()
    }

    fn term(&self, term: &Term, names: &Names, depth: usize, budget: &Cell<u64>) -> Option<String> {
        match term {
            Term::Column(atom, column) => {
                let own = Member::Column(*atom, *column);
                let class = names.classes.iter().find(|class| class.contains(&own));
                let members: Vec<String> = class
                    .into_iter()
                    .flatten()
                    .filter_map(|member| match member {
                        Member::Constant(text) => Some(format!(" {text}")),
                        Member::Column(atom, column) => {
                            Some(format!("{}.{column}", names.atoms.get(atom)?))
                        }
                    })
                    .collect();
                match members.into_iter().min() {
                    Some(least) => Some(least.trim_start().to_owned()),
                    None => Some(match names.atoms.get(atom) {
                        Some(name) => format!("{name}.{column}"),
                        // Of a sibling that is not numbered yet: only the label of a group.
                        None => "?".to_owned(),
                    }),
                }
            }
            Term::Node(name, arguments) if arguments.is_empty() => Some(literal_text(name)),
            Term::Node(name, arguments) => {
                let mut printed = self.terms(arguments, names, depth, budget)?;
                if matches!(
                    name.as_str(),
                    "=" | "<>" | "and" | "or" | "+" | "*" | "distinct" | "not distinct"
                ) {
                    printed.sort();
                }
                if name == "and" || name == "or" {
                    printed.dedup();
                }
                Some(format!("{name}({})", printed.join(", ")))
            }
            Term::Exists(source) => self.canonical(source, names, depth + 1, budget, &|_| {
                Some("exists".to_owned())
            }),
            Term::Subquery(name, arguments, relation) => Some(format!(
                "{name}({}; {})",
                self.terms(arguments, names, depth, budget)?.join(", "),
                self.relation(relation, names, depth + 1, false, budget)?
            )),
        }
    }
}

/// A literal so that it cannot be taken for anything else.
fn literal_text(name: &str) -> String {
    match name.strip_prefix("string ") {
        Some(text) => format!("'{}'", text.replace('\'', "''")),
        None => name.to_owned(),
    }
}

fn is_literal(text: &str) -> bool {
    text.starts_with('\'') && text.ends_with('\'') && text.matches('\'').count() == 2
        || text
            .strip_prefix("number ")
            .is_some_and(|number| number.parse::<f64>().is_ok())
}
