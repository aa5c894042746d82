//! GROUPING SETS and DISTINCT ON in terms of what the algebra has.

use super::convert::{Converted, Converter, NotUnderstood};
use super::expression::{comparison, number};
use super::model::{AtomKind, Order, Relation, Select, Source, Term};

/// One grouping for each set, with NULL for what a set leaves out.
pub(super) fn grouped_by_sets(
    source: &Source,
    expressions: &[Term],
    sets: &[Vec<usize>],
    having: &[Term],
    output: &[Term],
) -> Converted<Relation> {
    let arms = sets
        .iter()
        .map(|set| {
            let group: Vec<Term> = set
                .iter()
                .filter_map(|&number| expressions.get(number).cloned())
                .collect();
            let seen = |terms: &[Term]| {
                terms
                    .iter()
                    .map(|term| of_set(term, expressions, &group))
                    .collect::<Converted<Vec<_>>>()
            };
            Ok(Relation::Select(Box::new(Select {
                source: source.clone(),
                having: seen(having)?,
                output: seen(output)?,
                group: Some(group),
                distinct: false,
                order: Vec::new(),
                limit: None,
                offset: None,
            })))
        })
        .collect::<Converted<Vec<_>>>()?;
    match <[Relation; 1]>::try_from(arms) {
        Ok([only]) => Ok(only),
        Err(arms) => Ok(Relation::Set("union".to_owned(), true, arms)),
    }
}

/// A term behind the grouping by one set.
fn of_set(term: &Term, expressions: &[Term], group: &[Term]) -> Converted<Term> {
    if group.contains(term) {
        return Ok(term.clone());
    }
    if expressions.contains(term) {
        return Ok(Term::leaf("null"));
    }
    match term {
        Term::Node(name, _) if name.starts_with("aggregate ") => Ok(term.clone()),
        Term::Node(name, _) if name.starts_with("window ") || name == "function grouping" => {
            Err(NotUnderstood)
        }
        Term::Node(name, arguments) => Ok(Term::node(
            name.clone(),
            arguments
                .iter()
                .map(|term| of_set(term, expressions, group))
                .collect::<Converted<Vec<_>>>()?,
        )),
        // A column that is determined by others, or a subquery that reads one.
        Term::Column(..) | Term::Exists(_) | Term::Subquery(..) => Err(NotUnderstood),
    }
}

impl Converter<'_> {
    /// `DISTINCT ON (keys)`: of each group of rows the one with `row_number() = 1`.
    pub(super) fn first_of_each(&mut self, select: Select, keys: Vec<Term>) -> Converted<Relation> {
        if select.group.is_some() || select.output.iter().any(Term::has_aggregate) {
            return Err(NotUnderstood);
        }
        let mut inner = select;
        let width = inner.output.len();
        let partition: Vec<Term> = keys.into_iter().filter(|key| !key.is_constant()).collect();
        let order: Vec<Order> = std::mem::take(&mut inner.order);
        let within: Vec<Term> = order
            .iter()
            .filter(|order| !partition.contains(&order.term))
            .map(|order| {
                Term::node(
                    format!("key {} {}", order.descending, order.nulls_first),
                    vec![order.term.clone()],
                )
            })
            .collect();
        let (limit, offset) = (inner.limit.take(), inner.offset.take());
        inner.output.push(Term::node(
            "window row_number ",
            vec![
                Term::node("arguments", Vec::new()),
                Term::node("partition", partition),
                Term::node("order", within),
            ],
        ));
        inner
            .output
            .extend(order.iter().map(|order| order.term.clone()));
        for (column, term) in inner.output.iter().enumerate() {
            if let Term::Column(atom, own) = term
                && let Some(data_type) = self.types.get(&(*atom, *own)).cloned()
            {
                self.types.insert((self.next_atom, column), data_type);
            }
        }
        let query = Relation::Select(Box::new(inner));
        let atom = self.new_atom("the first rows", AtomKind::Query(Box::new(query)));
        let column = |number| Term::Column(atom.id, number);
        let condition = comparison("=", column(width), number(1));
        let order = order
            .into_iter()
            .enumerate()
            .map(|(at, order)| Order {
                term: column(width + 1 + at),
                ..order
            })
            .collect();
        self.step("DISTINCT ON keeps the rows that are first by row_number()");
        Ok(Relation::Select(Box::new(Select {
            output: (0..width).map(column).collect(),
            source: Source {
                atoms: vec![atom],
                lefts: Vec::new(),
                conditions: vec![condition],
            },
            group: None,
            having: Vec::new(),
            distinct: false,
            order,
            limit,
            offset,
        })))
    }
}
