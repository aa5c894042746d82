//! A small algebra: inner joins, left joins, conditions, grouping, output.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::{TableId, Type};

/// Number of an atom, unique within one query.
pub(super) type AtomId = u32;

/// Types of the atoms' columns, where known.
pub(super) type ColumnTypes = HashMap<(AtomId, usize), Type>;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Column(AtomId, usize),
    /// An operator, function or literal by a name that says all but its arguments.
    Node(String, Vec<Term>),
    Exists(Box<Source>),
    /// A subquery under an operator: `scalar`, `array`, `not in`, ...
    Subquery(String, Vec<Term>, Box<Relation>),
}

/// A relation that rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub id: AtomId,
    /// As the query calls it.
    pub alias: String,
    pub kind: AtomKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AtomKind {
    Table(TableId),
    Query(Box<Relation>),
    Function(Vec<Term>, bool),
}

/// The atoms joined with each other, then each of `lefts` joined from the left, then the conditions applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub atoms: Vec<Atom>,
    /// Right sides of left joins; their conditions are those of ON.
    pub lefts: Vec<Source>,
    pub conditions: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    Select(Box<Select>),
    /// `union`, `intersect` or `except`, with ALL or without.
    Set(String, bool, Vec<Relation>),
    Values(Vec<Vec<Term>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Select {
    pub source: Source,
    /// `None`: no grouping.
    pub group: Option<Vec<Term>>,
    pub having: Vec<Term>,
    pub distinct: bool,
    pub output: Vec<Term>,
    pub order: Vec<Order>,
    pub limit: Option<Term>,
    pub offset: Option<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub term: Term,
    pub descending: bool,
    pub nulls_first: bool,
}

impl Term {
    pub fn node(name: impl Into<String>, arguments: Vec<Term>) -> Self {
        Self::Node(name.into(), arguments)
    }

    pub fn leaf(name: impl Into<String>) -> Self {
        Self::Node(name.into(), Vec::new())
    }

    pub fn truth(value: bool) -> Self {
        Self::leaf(if value { "true" } else { "false" })
    }

    pub fn is(&self, name: &str) -> bool {
        matches!(self, Self::Node(own, _) if own == name)
    }

    /// Whether it is a literal or a parameter other than NULL.
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Node(name, arguments) if arguments.is_empty()
            && (name.starts_with("number ") || name.starts_with("string ") || name.starts_with("parameter ")
                || name == "true" || name == "false"))
    }

    /// Calls `visit` for each atom that it mentions, subqueries entered.
    pub fn atoms(&self, into: &mut BTreeSet<AtomId>) {
        self.visit(&mut |term| {
            if let Term::Column(atom, _) = term {
                into.insert(*atom);
            }
        });
    }

    pub fn mentions(&self, atom: AtomId) -> bool {
        let mut atoms = BTreeSet::new();
        self.atoms(&mut atoms);
        atoms.contains(&atom)
    }

    /// Whether an aggregate or a window function is in it, subqueries left out.
    pub fn has_aggregate(&self) -> bool {
        match self {
            Term::Node(name, arguments) => {
                name.starts_with("aggregate ")
                    || name.starts_with("window ")
                    || arguments.iter().any(Term::has_aggregate)
            }
            Term::Subquery(_, arguments, _) => arguments.iter().any(Term::has_aggregate),
            Term::Column(..) | Term::Exists(_) => false,
        }
    }

    pub fn visit(&self, visit: &mut dyn FnMut(&Term)) {
        visit(self);
        match self {
            Term::Column(..) => {}
            Term::Node(_, arguments) => arguments.iter().for_each(|term| term.visit(visit)),
            Term::Exists(source) => source.visit(visit),
            Term::Subquery(_, arguments, relation) => {
                arguments.iter().for_each(|term| term.visit(visit));
                relation.visit(visit);
            }
        }
    }

    /// Calls `visit` for this term and those inside it; subqueries themselves, but not what is in them.
    pub fn visit_own(&self, visit: &mut dyn FnMut(&Term)) {
        visit(self);
        match self {
            Term::Node(_, arguments) | Term::Subquery(_, arguments, _) => {
                arguments.iter().for_each(|term| term.visit_own(visit));
            }
            Term::Column(..) | Term::Exists(_) => {}
        }
    }

    /// Changes the terms inside this one, then it itself; subqueries are not entered.
    pub fn rewrite(&mut self, change: &mut dyn FnMut(&mut Term)) {
        if let Term::Node(_, arguments) | Term::Subquery(_, arguments, _) = self {
            arguments.iter_mut().for_each(|term| term.rewrite(change));
        }
        change(self);
    }

    /// With columns replaced, subqueries entered.
    pub fn replace(&mut self, replace: &dyn Fn(AtomId, usize) -> Option<Term>) {
        match self {
            Term::Column(atom, column) => {
                if let Some(term) = replace(*atom, *column) {
                    *self = term;
                }
            }
            Term::Node(_, arguments) => arguments.iter_mut().for_each(|term| term.replace(replace)),
            Term::Exists(source) => source.replace(replace),
            Term::Subquery(_, arguments, relation) => {
                arguments.iter_mut().for_each(|term| term.replace(replace));
                relation.replace(replace);
            }
        }
    }
}

impl Source {
    pub fn visit(&self, visit: &mut dyn FnMut(&Term)) {
        for atom in &self.atoms {
            match &atom.kind {
                AtomKind::Table(_) => {}
                AtomKind::Query(relation) => relation.visit(visit),
                AtomKind::Function(terms, _) => terms.iter().for_each(|term| term.visit(visit)),
            }
        }
        self.lefts.iter().for_each(|left| left.visit(visit));
        self.conditions.iter().for_each(|term| term.visit(visit));
    }

    pub fn replace(&mut self, replace: &dyn Fn(AtomId, usize) -> Option<Term>) {
        for atom in &mut self.atoms {
            match &mut atom.kind {
                AtomKind::Table(_) => {}
                AtomKind::Query(relation) => relation.replace(replace),
                AtomKind::Function(terms, _) => {
                    terms.iter_mut().for_each(|term| term.replace(replace))
                }
            }
        }
        self.lefts.iter_mut().for_each(|left| left.replace(replace));
        self.conditions
            .iter_mut()
            .for_each(|term| term.replace(replace));
    }

    /// Numbers of the atoms, those of left joins included.
    pub fn all_atoms(&self) -> BTreeSet<AtomId> {
        let mut all: BTreeSet<AtomId> = self.atoms.iter().map(|atom| atom.id).collect();
        for left in &self.lefts {
            all.extend(left.all_atoms());
        }
        all
    }

    /// Atoms that a left join may fill up with NULL.
    pub fn nullable_atoms(&self) -> BTreeSet<AtomId> {
        self.lefts.iter().flat_map(Source::all_atoms).collect()
    }
}

impl Relation {
    pub fn visit(&self, visit: &mut dyn FnMut(&Term)) {
        match self {
            Relation::Select(select) => {
                select.source.visit(visit);
                select.outer_terms().for_each(|term| term.visit(visit));
            }
            Relation::Set(_, _, arms) => arms.iter().for_each(|arm| arm.visit(visit)),
            Relation::Values(rows) => rows.iter().flatten().for_each(|term| term.visit(visit)),
        }
    }

    pub fn replace(&mut self, replace: &dyn Fn(AtomId, usize) -> Option<Term>) {
        match self {
            Relation::Select(select) => {
                select.source.replace(replace);
                select.replace_outer(replace);
            }
            Relation::Set(_, _, arms) => arms.iter_mut().for_each(|arm| arm.replace(replace)),
            Relation::Values(rows) => rows
                .iter_mut()
                .flatten()
                .for_each(|term| term.replace(replace)),
        }
    }

    pub fn width(&self) -> usize {
        match self {
            Relation::Select(select) => select.output.len(),
            Relation::Set(_, _, arms) => arms.first().map_or(0, Relation::width),
            Relation::Values(rows) => rows.first().map_or(0, Vec::len),
        }
    }
}

impl Atom {
    /// The query of a derived table that is no set operation and no VALUES.
    pub fn derived(&self) -> Option<&Select> {
        match &self.kind {
            AtomKind::Query(relation) => match &**relation {
                Relation::Select(inner) => Some(inner),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What a derived table's columns are in the query that takes its place.
pub(super) fn shown_by(
    derived: AtomId,
    output: Vec<Term>,
) -> impl Fn(AtomId, usize) -> Option<Term> {
    move |atom, column| {
        (atom == derived)
            .then(|| output.get(column).cloned())
            .flatten()
    }
}

impl Select {
    /// All terms but those of the source.
    pub fn outer_terms(&self) -> impl Iterator<Item = &Term> {
        self.group
            .iter()
            .flatten()
            .chain(&self.having)
            .chain(&self.output)
            .chain(self.order.iter().map(|order| &order.term))
            .chain(&self.limit)
            .chain(&self.offset)
    }

    /// All terms but those of the source, to be changed.
    pub fn outer_terms_mut(&mut self) -> impl Iterator<Item = &mut Term> {
        self.group
            .iter_mut()
            .flatten()
            .chain(&mut self.having)
            .chain(&mut self.output)
            .chain(self.order.iter_mut().map(|order| &mut order.term))
            .chain(&mut self.limit)
            .chain(&mut self.offset)
    }

    pub fn replace_outer(&mut self, replace: &dyn Fn(AtomId, usize) -> Option<Term>) {
        self.outer_terms_mut()
            .for_each(|term| term.replace(replace));
    }

    /// Whether it is joins, conditions and an output, and no more.
    pub fn is_plain(&self) -> bool {
        self.group.is_none()
            && self.having.is_empty()
            && !self.distinct
            && self.limit.is_none()
            && self.offset.is_none()
            && !self.output.iter().any(Term::has_aggregate)
    }
}

/// Whether a term can be NULL; `column` tells it of a column.
pub(super) fn may_be_null(term: &Term, column: &dyn Fn(AtomId, usize) -> bool) -> bool {
    match term {
        Term::Column(atom, number) => column(*atom, *number),
        Term::Node(name, arguments) => {
            let some = || arguments.iter().any(|term| may_be_null(term, column));
            match name.as_str() {
                "null" => true,
                "true" | "false" | "is null" | "not null" | "distinct" | "not distinct" => false,
                "coalesce" => arguments.iter().all(|term| may_be_null(term, column)),
                "=" | "<>" | "<" | "<=" | "+" | "-" | "*" | "and" | "or" | "not" => some(),
                "case" => {
                    // The results: every second one, and the last.
                    let last = arguments.len().saturating_sub(1);
                    arguments
                        .iter()
                        .enumerate()
                        .any(|(at, term)| (at % 2 == 1 || at == last) && may_be_null(term, column))
                }
                "aggregate count" | "aggregate count distinct" => false,
                _ if name.starts_with("is ") => false,
                _ => !(name.starts_with("number ") || name.starts_with("string ")),
            }
        }
        Term::Exists(_) => false,
        Term::Subquery(kind, _, relation) => {
            !(kind == "scalar"
                && matches!(&**relation, Relation::Select(select)
                    if select.group.as_ref().is_some_and(Vec::is_empty)
                        && select.having.is_empty()
                        && select.limit.is_none()
                        && select.offset.is_none()
                        && matches!(select.output.as_slice(), [Term::Node(name, _)] if name.starts_with("aggregate count"))))
        }
    }
}

/// Whether a term is surely NULL when the columns of these atoms are NULL.
pub(super) fn is_null_with(term: &Term, atoms: &BTreeSet<AtomId>) -> bool {
    match term {
        Term::Column(atom, _) => atoms.contains(atom),
        Term::Node(name, arguments) => {
            is_strict(name) && arguments.iter().any(|term| is_null_with(term, atoms))
        }
        Term::Exists(_) | Term::Subquery(..) => false,
    }
}

/// Whether a condition is surely not TRUE when the columns of these atoms are NULL.
pub(super) fn rejects(term: &Term, atoms: &BTreeSet<AtomId>) -> bool {
    match term {
        Term::Node(name, arguments) => match name.as_str() {
            "and" => arguments.iter().any(|term| rejects(term, atoms)),
            "or" => arguments.iter().all(|term| rejects(term, atoms)),
            "not null" => arguments.iter().all(|term| is_null_with(term, atoms)),
            "false" | "null" => true,
            _ => is_null_with(term, atoms),
        },
        Term::Column(atom, _) => atoms.contains(atom),
        // Within EXISTS a condition that cannot be TRUE leaves no row.
        Term::Exists(source) => source.conditions.iter().any(|term| rejects(term, atoms)),
        Term::Subquery(..) => false,
    }
}

/// Operators and functions that give NULL for a NULL argument.
pub(super) fn is_strict(name: &str) -> bool {
    matches!(
        name,
        "=" | "<>" | "<" | "<=" | "+" | "-" | "*" | "/" | "%" | "^" | "not" | "negative" | "||"
    ) || name.starts_with("like ")
        || name.starts_with("cast ")
        || name.starts_with("regex ")
        || name
            .strip_prefix("function ")
            .is_some_and(crate::query::functions::is_strict)
}

/// The column and the literal of an equality that leaves nothing of the column but the literal.
pub(super) fn literal_of(term: &Term, types: &ColumnTypes) -> Option<(Term, Term)> {
    let Term::Node(name, sides) = term else {
        return None;
    };
    if name != "=" {
        return None;
    }
    let (column, literal) = match sides.as_slice() {
        [column @ Term::Column(..), literal] | [literal, column @ Term::Column(..)] => {
            (column, literal)
        }
        _ => return None,
    };
    let (Term::Column(atom, number), Term::Node(text, arguments)) = (column, literal) else {
        return None;
    };
    let fits = arguments.is_empty()
        && match types.get(&(*atom, *number))? {
            Type::Int4 => super::expression::whole_number(literal).is_some(),
            Type::Bool => text == "true" || text == "false",
            Type::Text | Type::Varchar(_) | Type::Uuid | Type::Date | Type::Enum(_) => {
                text.starts_with("string ")
            }
            _ => false,
        };
    fits.then(|| (column.clone(), literal.clone()))
}

/// Whether values that are equal by `=` are the same in every other respect.
pub(super) fn equal_is_same(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::Bool
            | Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Text
            | Type::Varchar(_)
            | Type::Name
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Uuid
            | Type::Oid
            | Type::Enum(_)
    )
}
