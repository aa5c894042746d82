//! From a bound query to the algebra.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::Catalog;
use crate::query::{
    BlockId, Distinct, GroupBy, JoinKind, Query, QueryBody, QueryExpressionId, RelationId,
    SetOperator,
};

use super::expression::{conjuncts, whole_number};
use super::grouping_sets::grouped_by_sets;
use super::model::{
    Atom, AtomId, AtomKind, ColumnTypes, Order, Relation, Select, Source, Term, may_be_null,
};
use super::values::{contains_set_returning, has_plain_aggregate};

/// Something in a query that the algebra does not know.
#[derive(Debug)]
pub(super) struct NotUnderstood;

pub(super) type Converted<T> = Result<T, NotUnderstood>;

/// What the columns of the relations in reach are.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) relations: HashMap<RelationId, Columns>,
}

#[derive(Debug, Clone)]
pub(super) enum Columns {
    Of(AtomId),
    Terms(Vec<Term>),
}

pub(super) struct Converter<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) query: &'a Query,
    pub types: ColumnTypes,
    pub next_atom: AtomId,
    pub steps: Vec<String>,
    /// Columns that cannot be NULL before an outer join.
    pub(super) not_null: BTreeSet<(AtomId, usize)>,
    /// Atoms that an outer join converted so far fills up with NULL.
    pub(super) outer_joined: BTreeSet<AtomId>,
    /// What full joins come down to, by the place where their text begins.
    pub(super) full_joins: HashMap<usize, JoinKind>,
    pub(super) depth: usize,
}

impl<'a> Converter<'a> {
    pub fn new(catalog: &'a Catalog, query: &'a Query) -> Self {
        Self {
            catalog,
            query,
            types: ColumnTypes::new(),
            next_atom: 0,
            steps: Vec::new(),
            not_null: BTreeSet::new(),
            outer_joined: BTreeSet::new(),
            full_joins: HashMap::new(),
            depth: 0,
        }
    }

    pub(super) fn step(&mut self, text: impl Into<String>) {
        self.steps.push(text.into());
    }

    pub fn relation(&mut self, id: QueryExpressionId, scope: &Scope) -> Converted<Relation> {
        self.depth += 1;
        if self.depth > 40 {
            return Err(NotUnderstood);
        }
        let converted = self.relation_inner(id, scope);
        self.depth -= 1;
        converted
    }

    pub(super) fn relation_inner(
        &mut self,
        id: QueryExpressionId,
        scope: &Scope,
    ) -> Converted<Relation> {
        let expression = self.query.expression(id);
        if expression.locks() {
            return Err(NotUnderstood);
        }
        let plain = expression.order_by.is_empty()
            && expression.limit.is_none()
            && expression.offset.is_none();
        match &expression.body {
            QueryBody::Select(block) => self.select(*block, id, scope),
            QueryBody::Nested(inner) if plain => self.relation(*inner, scope),
            QueryBody::Values(rows) if plain => {
                let rows = rows
                    .iter()
                    .map(|row| {
                        row.iter()
                            .map(|expr| self.value(expr, scope, &BTreeSet::new()))
                            .collect()
                    })
                    .collect::<Converted<Vec<Vec<Term>>>>()?;
                Ok(Relation::Values(rows))
            }
            QueryBody::SetOperation {
                operator,
                all,
                left,
                right,
                ..
            } => {
                let left = self.relation(*left, scope)?;
                let right = self.relation(*right, scope)?;
                let name = match operator {
                    SetOperator::Union => "union",
                    SetOperator::Intersect => "intersect",
                    SetOperator::Except => "except",
                };
                let set = Relation::Set(name.to_owned(), *all, vec![left, right]);
                if plain {
                    return Ok(set);
                }
                // ORDER BY and LIMIT stand over the whole.
                let atom = self.new_atom("set", AtomKind::Query(Box::new(set)));
                let width = expression.output.len();
                let columns: Vec<Term> = (0..width)
                    .map(|column| Term::Column(atom.id, column))
                    .collect();
                let order = expression
                    .order_by
                    .iter()
                    .map(|key| {
                        let column = key.output.ok_or(NotUnderstood)?;
                        Ok(Order {
                            term: columns.get(column).cloned().ok_or(NotUnderstood)?,
                            descending: key.descending,
                            nulls_first: key.nulls_first,
                        })
                    })
                    .collect::<Converted<Vec<_>>>()?;
                let (limit, offset) = self.limits(id, scope)?;
                Ok(Relation::Select(Box::new(Select {
                    source: Source {
                        atoms: vec![atom],
                        ..Source::default()
                    },
                    group: None,
                    having: Vec::new(),
                    distinct: false,
                    output: columns,
                    order,
                    limit,
                    offset,
                })))
            }
            _ => Err(NotUnderstood),
        }
    }

    pub(super) fn limits(
        &mut self,
        id: QueryExpressionId,
        scope: &Scope,
    ) -> Converted<(Option<Term>, Option<Term>)> {
        let expression = self.query.expression(id);
        let limit = match &expression.limit {
            Some(limit) if limit.with_ties => return Err(NotUnderstood),
            Some(limit) => match &limit.count {
                Some(count) => Some(self.value(count, scope, &BTreeSet::new())?),
                None => None,
            },
            None => None,
        };
        let offset = match &expression.offset {
            Some(offset) => {
                let term = self.value(offset, scope, &BTreeSet::new())?;
                (whole_number(&term) != Some(0)).then_some(term)
            }
            None => None,
        };
        Ok((limit, offset))
    }

    pub(super) fn new_atom(&mut self, alias: &str, kind: AtomKind) -> Atom {
        let id = self.next_atom;
        self.next_atom += 1;
        Atom {
            id,
            alias: alias.to_owned(),
            kind,
        }
    }

    pub(super) fn select(
        &mut self,
        block: BlockId,
        id: QueryExpressionId,
        outer: &Scope,
    ) -> Converted<Relation> {
        let block = self.query.block(block);
        let mut scope = outer.clone();
        let mut source = Source::default();
        self.decide_full_joins(block, outer)?;
        for tree in &block.from {
            self.tree(tree, &mut source, &mut scope, false)?;
        }
        let nullable = source.nullable_atoms();
        for condition in &block.filter {
            let term = self.condition(condition, &scope, &nullable)?;
            source.conditions.extend(conjuncts(term));
        }
        let mut group = match &block.group_by {
            GroupBy::None => None,
            GroupBy::Expressions(list) => Some(
                list.iter()
                    .map(|expr| self.value(expr, &scope, &nullable))
                    .collect::<Converted<Vec<_>>>()?,
            ),
            GroupBy::Sets(_) => None,
        };
        // A column that a grouping set leaves out is NULL, whatever its table says.
        let nullable = if matches!(block.group_by, GroupBy::Sets(_)) {
            source.all_atoms()
        } else {
            nullable
        };
        let mut having = Vec::new();
        for condition in &block.having {
            having.extend(conjuncts(self.condition(condition, &scope, &nullable)?));
        }
        let output = block
            .select
            .iter()
            .map(|item| self.value(&item.expr, &scope, &nullable))
            .collect::<Converted<Vec<_>>>()?;
        if output.iter().any(contains_set_returning) {
            return Err(NotUnderstood);
        }
        let expression = self.query.expression(id);
        let order = expression
            .order_by
            .iter()
            .map(|key| {
                let term = match key.output.and_then(|column| output.get(column)) {
                    Some(term) => term.clone(),
                    None => self.value(&key.expr, &scope, &nullable)?,
                };
                Ok(Order {
                    term,
                    descending: key.descending,
                    nulls_first: key.nulls_first,
                })
            })
            .collect::<Converted<Vec<_>>>()?;
        let aggregates = output.iter().chain(&having).any(has_plain_aggregate)
            || order.iter().any(|order| has_plain_aggregate(&order.term));
        if group.is_none() && (aggregates || !having.is_empty()) {
            group = Some(Vec::new());
        }
        let (limit, offset) = self.limits(id, &scope)?;
        let distinct = match &block.distinct {
            Distinct::No => false,
            Distinct::All => true,
            Distinct::On(list) => {
                let keys = self.values(list, &scope, &nullable)?;
                let select = Select {
                    source,
                    group,
                    having,
                    distinct: false,
                    output,
                    order,
                    limit,
                    offset,
                };
                return self.first_of_each(select, keys);
            }
        };
        if let GroupBy::Sets(sets) = &block.group_by {
            if distinct || !order.is_empty() || limit.is_some() || offset.is_some() {
                return Err(NotUnderstood);
            }
            let expressions = self.values(&sets.expressions, &scope, &nullable)?;
            let sets = sets.sets.as_ref().ok_or(NotUnderstood)?;
            self.step("GROUPING SETS are the UNION ALL of a grouping by each set");
            return grouped_by_sets(&source, &expressions, sets, &having, &output);
        }
        Ok(Relation::Select(Box::new(Select {
            source,
            group,
            having,
            distinct,
            output,
            order,
            limit,
            offset,
        })))
    }

    /// Whether a term can be NULL; `nullable` are the atoms that an outer join fills up.
    pub(super) fn may_be_null(&self, term: &Term, nullable: &BTreeSet<AtomId>) -> bool {
        may_be_null(term, &|atom, column| {
            nullable.contains(&atom)
                || self.outer_joined.contains(&atom)
                || !self.not_null.contains(&(atom, column))
        })
    }
}
