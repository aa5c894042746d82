//! From a bound query to the algebra.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::Catalog;
use crate::query::{
    BinaryOp, Block, BlockId, Distinct, Expr, ExprKind, FunctionCall, FunctionKind, GroupBy,
    JoinConstraint, JoinKind, JoinTree, LikeKind, Literal, Query, QueryBody, QueryExpressionId,
    RelationId, RelationSource, SetOperator, SortKey, Truth, UnaryOp,
};

use super::expression::{arithmetic, comparison, conjuncts, join, negated, whole_number};
use super::grouping_sets::grouped_by_sets;
use super::model::{
    Atom, AtomId, AtomKind, ColumnTypes, Order, Relation, Select, Source, Term, is_null_with,
    may_be_null, rejects,
};

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
    catalog: &'a Catalog,
    pub(super) query: &'a Query,
    pub types: ColumnTypes,
    pub next_atom: AtomId,
    pub steps: Vec<String>,
    /// Columns that cannot be NULL before an outer join.
    not_null: BTreeSet<(AtomId, usize)>,
    /// Atoms that an outer join converted so far fills up with NULL.
    pub(super) outer_joined: BTreeSet<AtomId>,
    /// What full joins come down to, by the place where their text begins.
    full_joins: HashMap<usize, JoinKind>,
    depth: usize,
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

    fn relation_inner(&mut self, id: QueryExpressionId, scope: &Scope) -> Converted<Relation> {
        let expression = self.query.expression(id);
        if expression.locks {
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

    fn limits(
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

    fn select(
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

    /// A full join of which a condition rejects the rows that one side lacks is a left, right or inner join.
    fn decide_full_joins(&mut self, block: &Block, outer: &Scope) -> Converted<()> {
        let full: Vec<_> = block
            .joins()
            .into_iter()
            .filter(|join| join.kind == JoinKind::Full)
            .collect();
        // Merged columns of USING are the one or the other.
        if full
            .iter()
            .any(|join| !matches!(join.constraint, JoinConstraint::On | JoinConstraint::None))
        {
            return Err(NotUnderstood);
        }
        let [join] = full.as_slice() else {
            return Ok(());
        };
        let place = join.span.start;
        let known = (self.steps.len(), self.outer_joined.clone());
        self.full_joins.insert(place, JoinKind::Inner);
        let mut scope = outer.clone();
        let mut source = Source::default();
        for tree in &block.from {
            self.tree(tree, &mut source, &mut scope, true)?;
        }
        let side = |relations: Vec<RelationId>| -> BTreeSet<AtomId> {
            relations
                .into_iter()
                .filter_map(|relation| match scope.relations.get(&relation) {
                    Some(Columns::Of(atom)) => Some(BTreeSet::from([*atom])),
                    Some(Columns::Terms(terms)) => {
                        let mut atoms = BTreeSet::new();
                        terms.iter().for_each(|term| term.atoms(&mut atoms));
                        Some(atoms)
                    }
                    None => None,
                })
                .flatten()
                .collect()
        };
        let (left, right) = (side(join.left.relations()), side(join.right.relations()));
        let every: BTreeSet<AtomId> = left.union(&right).copied().collect();
        let mut needs = [false, false];
        for condition in &block.filter {
            let term = self.condition(condition, &scope, &every)?;
            needs[0] |= rejects(&term, &left);
            needs[1] |= rejects(&term, &right);
        }
        self.steps.truncate(known.0);
        self.outer_joined = known.1;
        let kind = match needs {
            [true, true] => JoinKind::Inner,
            [true, false] => JoinKind::Left,
            [false, true] => JoinKind::Right,
            [false, false] => {
                self.full_joins.remove(&place);
                return Ok(());
            }
        };
        self.step(
            "a full join is one-sided: a condition rejects the rows that the other side adds",
        );
        self.full_joins.insert(place, kind);
        Ok(())
    }

    /// `outer`: whether an outer join may fill its columns up with NULL.
    pub(super) fn tree(
        &mut self,
        tree: &JoinTree,
        source: &mut Source,
        scope: &mut Scope,
        outer: bool,
    ) -> Converted<()> {
        let join = match tree {
            JoinTree::Relation(relation) => {
                return self.add_relation(*relation, source, scope, outer);
            }
            JoinTree::Join(join) => join,
        };
        let kind = match join.kind {
            JoinKind::Full => self
                .full_joins
                .get(&join.span.start)
                .copied()
                .unwrap_or(JoinKind::Full),
            kind => kind,
        };
        match kind {
            JoinKind::Inner | JoinKind::Cross => {
                self.tree(&join.left, source, scope, outer)?;
                self.tree(&join.right, source, scope, outer)?;
                self.on(&join.on, source, scope)
            }
            JoinKind::Left | JoinKind::Right => {
                let (kept, other) = if kind == JoinKind::Left {
                    (&join.left, &join.right)
                } else {
                    self.step("a right join is a left join with its sides exchanged");
                    (&join.right, &join.left)
                };
                self.tree(kept, source, scope, outer)?;
                let mut right = Source::default();
                self.tree(other, &mut right, scope, true)?;
                self.on(&join.on, &mut right, scope)?;
                // From here on its columns can be NULL, also for conditions of later joins and in subqueries.
                self.outer_joined.extend(right.all_atoms());
                source.lefts.push(right);
                Ok(())
            }
            JoinKind::Full => self.full_join(join, source, scope),
        }
    }

    pub(super) fn on(&mut self, on: &[Expr], source: &mut Source, scope: &Scope) -> Converted<()> {
        let nullable = source.nullable_atoms();
        for condition in on {
            let term = self.condition(condition, scope, &nullable)?;
            source.conditions.extend(conjuncts(term));
        }
        Ok(())
    }

    fn add_relation(
        &mut self,
        id: RelationId,
        source: &mut Source,
        scope: &mut Scope,
        outer: bool,
    ) -> Converted<()> {
        let relation = self.query.relation(id);
        if relation.sampled {
            return Err(NotUnderstood);
        }
        let alias = relation.alias.clone();
        let kind = match &relation.source {
            RelationSource::Table(table) => AtomKind::Table(*table),
            RelationSource::Function {
                calls,
                with_ordinality,
            } => {
                let terms = calls
                    .iter()
                    .map(|call| self.value(call, scope, &BTreeSet::new()))
                    .collect::<Converted<Vec<_>>>()?;
                AtomKind::Function(terms, *with_ordinality)
            }
            RelationSource::Unknown { .. } => return Err(NotUnderstood),
            RelationSource::Derived(_) | RelationSource::View { .. } | RelationSource::Cte(_) => {
                if let RelationSource::Cte(cte) = &relation.source
                    && self.query.cte(*cte).recursive
                {
                    return Err(NotUnderstood);
                }
                let query = self.query.query_of(id).ok_or(NotUnderstood)?;
                let inner_scope = if matches!(relation.source, RelationSource::Derived(_)) {
                    scope.clone()
                } else {
                    Scope::default()
                };
                match self.relation(query, &inner_scope)? {
                    Relation::Select(select)
                        if select.is_plain() && (!outer || mergeable(&select)) =>
                    {
                        self.step(format!("{alias} is merged into the query around it"));
                        let Select {
                            source: inner,
                            output,
                            ..
                        } = *select;
                        source.atoms.extend(inner.atoms);
                        source.lefts.extend(inner.lefts);
                        source.conditions.extend(inner.conditions);
                        scope.relations.insert(id, Columns::Terms(output));
                        return Ok(());
                    }
                    other => AtomKind::Query(Box::new(other)),
                }
            }
        };
        let atom = self.new_atom(&alias, kind);
        for (number, column) in relation.columns.iter().enumerate() {
            if matches!(atom.kind, AtomKind::Table(_))
                && column.catalog.is_none_or(|column| column.0 != number)
            {
                return Err(NotUnderstood);
            }
            if let Some(data_type) = &column.data_type {
                self.types.insert((atom.id, number), data_type.clone());
            }
            if let (AtomKind::Table(table), Some(catalog)) = (&atom.kind, column.catalog)
                && self.catalog.table(*table).column(catalog).not_null
            {
                self.not_null.insert((atom.id, number));
            }
        }
        scope.relations.insert(id, Columns::Of(atom.id));
        source.atoms.push(atom);
        Ok(())
    }

    /// Whether a term can be NULL; `nullable` are the atoms that an outer join fills up.
    fn may_be_null(&self, term: &Term, nullable: &BTreeSet<AtomId>) -> bool {
        may_be_null(term, &|atom, column| {
            nullable.contains(&atom)
                || self.outer_joined.contains(&atom)
                || !self.not_null.contains(&(atom, column))
        })
    }

    /// A predicate of which only TRUE counts: IN becomes EXISTS.
    fn condition(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        match &expr.kind {
            ExprKind::And(list) => {
                let arms = list
                    .iter()
                    .map(|expr| self.condition(expr, scope, nullable))
                    .collect::<Converted<Vec<_>>>()?;
                Ok(join("and", arms))
            }
            ExprKind::Or(list) => {
                let arms = list
                    .iter()
                    .map(|expr| self.condition(expr, scope, nullable))
                    .collect::<Converted<Vec<_>>>()?;
                Ok(join("or", arms))
            }
            ExprKind::InSubquery {
                operand,
                query,
                negated: false,
            } => self.membership(operand, *query, scope, nullable),
            ExprKind::QuantifiedSubquery {
                op: BinaryOp::Eq,
                operand,
                query,
                all: false,
            } => self.membership(operand, *query, scope, nullable),
            ExprKind::InSubquery {
                operand,
                query,
                negated: true,
            } => self.not_in(operand, *query, scope, nullable),
            ExprKind::QuantifiedSubquery {
                op: BinaryOp::NotEq,
                operand,
                query,
                all: true,
            } => self.not_in(operand, *query, scope, nullable),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::InSubquery {
                    operand,
                    query,
                    negated: false,
                } => self.not_in(operand, *query, scope, nullable),
                ExprKind::InSubquery {
                    operand,
                    query,
                    negated: true,
                } => self.membership(operand, *query, scope, nullable),
                ExprKind::Not(twice) => self.condition(twice, scope, nullable),
                _ => Ok(negated(self.value(inner, scope, nullable)?)),
            },
            ExprKind::IsTruth {
                operand,
                value: Truth::True,
                negated: false,
            } => self.condition(operand, scope, nullable),
            _ => {
                let term = self.value(expr, scope, nullable)?;
                if let Term::Node(name, arguments) = &term
                    && name == "="
                    && arguments[0] == arguments[1]
                {
                    return Ok(if self.may_be_null(&arguments[0], nullable) {
                        Term::node("not null", vec![arguments[0].clone()])
                    } else {
                        Term::truth(true)
                    });
                }
                Ok(term)
            }
        }
    }

    /// The rows of a subquery of which only the existence counts, and its output over them.
    fn existence(&mut self, relation: Relation) -> Converted<(Source, Vec<Term>)> {
        let width = relation.width();
        if let Relation::Select(select) = relation {
            let grouped = select.group.as_ref().is_some_and(|group| !group.is_empty());
            let simple = (select.group.is_none() || grouped)
                && select.having.is_empty()
                && !select.output.iter().any(Term::has_aggregate)
                && select.offset.is_none()
                && select.limit.is_none();
            if simple {
                return Ok((select.source, select.output));
            }
            return Ok(self.opaque(Relation::Select(select), width));
        }
        Ok(self.opaque(relation, width))
    }

    fn opaque(&mut self, relation: Relation, width: usize) -> (Source, Vec<Term>) {
        let atom = self.new_atom("subquery", AtomKind::Query(Box::new(relation)));
        let columns = (0..width)
            .map(|column| Term::Column(atom.id, column))
            .collect();
        let source = Source {
            atoms: vec![atom],
            ..Source::default()
        };
        (source, columns)
    }

    fn membership(
        &mut self,
        operand: &Expr,
        query: QueryExpressionId,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        let relation = self.relation(query, scope)?;
        if let Some(rows) = listed(&relation) {
            let left = self.value(operand, scope, nullable)?;
            let arms = rows
                .into_iter()
                .map(|mut row| match row.len() {
                    1 => comparison("=", left.clone(), row.swap_remove(0)),
                    _ => comparison("=", left.clone(), Term::node("row", row)),
                })
                .collect();
            self.step("IN over VALUES is IN over a list");
            return Ok(join("or", arms));
        }
        if let Some(scalar) = one_row(&relation) {
            let left = self.value(operand, scope, nullable)?;
            self.step("IN over an aggregate is a comparison with it");
            return Ok(comparison("=", left, scalar));
        }
        let (mut source, output) = self.existence(relation)?;
        let operands = match &operand.kind {
            ExprKind::Row(list) => list.iter().collect(),
            _ => vec![operand],
        };
        if operands.len() != output.len() {
            return Err(NotUnderstood);
        }
        for (operand, column) in operands.into_iter().zip(output) {
            let operand = self.value(operand, scope, nullable)?;
            source.conditions.push(comparison("=", operand, column));
        }
        self.step("IN (SELECT ...) as a condition is EXISTS with an equality");
        Ok(Term::Exists(Box::new(source)))
    }

    fn not_in(
        &mut self,
        operand: &Expr,
        query: QueryExpressionId,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        let left = self.value(operand, scope, nullable)?;
        let relation = self.relation(query, scope)?;
        if let Some(scalar) = one_row(&relation) {
            return Ok(comparison("<>", left, scalar));
        }
        if let Some(rows) = listed(&relation)
            && rows.iter().all(|row| row.len() == 1)
        {
            let arms = rows
                .into_iter()
                .flatten()
                .map(|item| comparison("<>", left.clone(), item))
                .collect();
            return Ok(join("and", arms));
        }
        if relation.width() != 1 || matches!(operand.kind, ExprKind::Row(_)) {
            return Ok(Term::Subquery(
                "not in".to_owned(),
                vec![left],
                Box::new(relation),
            ));
        }
        // TRUE where the comparison is FALSE with every row.
        let left_may_be_null = self.may_be_null(&left, nullable);
        let (mut source, output) = self.existence(relation)?;
        let output = output.into_iter().next().ok_or(NotUnderstood)?;
        let certain = source
            .conditions
            .iter()
            .any(|term| rules_out_null(term, &output))
            || !self.may_be_null(&output, &source.nullable_atoms());
        let mut arms = vec![comparison("=", left.clone(), output.clone())];
        if left_may_be_null {
            arms.push(Term::node("is null", vec![left]));
        }
        if !certain {
            arms.push(Term::node("is null", vec![output]));
        }
        source.conditions.push(join("or", arms));
        self.step(
            "NOT IN (SELECT ...) as a condition is NOT EXISTS with an equality that is not FALSE",
        );
        Ok(negated(Term::Exists(Box::new(source))))
    }

    fn values(
        &mut self,
        list: &[Expr],
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Vec<Term>> {
        list.iter()
            .map(|expr| self.value(expr, scope, nullable))
            .collect()
    }

    /// A value; TRUE, FALSE and NULL are kept apart.
    fn value(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(NotUnderstood);
        }
        let term = self.value_inner(expr, scope, nullable);
        self.depth -= 1;
        term
    }

    fn value_inner(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        Ok(match &expr.kind {
            ExprKind::Column(column) => match scope.relations.get(&column.relation) {
                Some(Columns::Of(atom)) => Term::Column(*atom, column.column),
                Some(Columns::Terms(terms)) => {
                    terms.get(column.column).cloned().ok_or(NotUnderstood)?
                }
                None => return Err(NotUnderstood),
            },
            ExprKind::Literal(literal) => match literal {
                Literal::Null => Term::leaf("null"),
                Literal::Boolean(value) => Term::truth(*value),
                Literal::Number(text) => Term::leaf(format!("number {text}")),
                Literal::String(text) => Term::leaf(format!("string {text}")),
            },
            ExprKind::Parameter(name) => Term::leaf(format!("parameter {name}")),
            ExprKind::And(list) => join("and", self.values(list, scope, nullable)?),
            ExprKind::Or(list) => join("or", self.values(list, scope, nullable)?),
            ExprKind::Not(inner) => negated(self.value(inner, scope, nullable)?),
            ExprKind::Binary { op, left, right } => {
                let left = self.value(left, scope, nullable)?;
                let right = self.value(right, scope, nullable)?;
                match op {
                    op if op.is_comparison() => comparison(op.symbol(), left, right),
                    BinaryOp::Plus | BinaryOp::Minus | BinaryOp::Multiply => {
                        arithmetic(op.symbol(), left, right)
                    }
                    BinaryOp::Divide | BinaryOp::Modulo | BinaryOp::Power | BinaryOp::Concat => {
                        Term::node(op.symbol(), vec![left, right])
                    }
                    BinaryOp::Regex { .. } => {
                        Term::node(format!("regex {}", op.symbol()), vec![left, right])
                    }
                    BinaryOp::Other(symbol) => {
                        Term::node(format!("operator {symbol}"), vec![left, right])
                    }
                    _ => return Err(NotUnderstood),
                }
            }
            ExprKind::Unary { op, operand } => {
                let operand = self.value(operand, scope, nullable)?;
                match op {
                    UnaryOp::Minus => match whole_number(&operand) {
                        Some(number) => Term::leaf(format!("number {}", -number)),
                        None => Term::node("negative", vec![operand]),
                    },
                    UnaryOp::Plus => operand,
                    UnaryOp::Other => return Err(NotUnderstood),
                }
            }
            ExprKind::IsNull { operand, negated } => {
                let term = self.value(operand, scope, nullable)?;
                if matches!(operand.kind, ExprKind::Row(_) | ExprKind::WholeRow(_)) {
                    return Err(NotUnderstood);
                }
                if !self.may_be_null(&term, nullable) {
                    self.step("a test for NULL of what cannot be NULL is decided");
                    return Ok(Term::truth(*negated));
                }
                Term::node(if *negated { "not null" } else { "is null" }, vec![term])
            }
            ExprKind::IsTruth {
                operand,
                value,
                negated,
            } => Term::node(
                format!("is {value:?} {negated}"),
                vec![self.value(operand, scope, nullable)?],
            ),
            ExprKind::IsDistinct {
                left,
                right,
                negated,
            } => {
                let left = self.value(left, scope, nullable)?;
                let right = self.value(right, scope, nullable)?;
                if !self.may_be_null(&left, nullable) && !self.may_be_null(&right, nullable) {
                    self.step("IS DISTINCT FROM between values that cannot be NULL is <>");
                    comparison(if *negated { "=" } else { "<>" }, left, right)
                } else {
                    Term::node(
                        if *negated { "not distinct" } else { "distinct" },
                        vec![left, right],
                    )
                }
            }
            ExprKind::InList {
                operand,
                list,
                negated: not,
            } => {
                let operand = self.value(operand, scope, nullable)?;
                let arms = self
                    .values(list, scope, nullable)?
                    .into_iter()
                    .map(|item| comparison("=", operand.clone(), item))
                    .collect();
                let term = join("or", arms);
                if *not { negated(term) } else { term }
            }
            ExprKind::QuantifiedArray {
                op: BinaryOp::Eq,
                operand,
                array,
                all: false,
            } if matches!(array.kind, ExprKind::Array(_)) => {
                let ExprKind::Array(list) = &array.kind else {
                    return Err(NotUnderstood);
                };
                let operand = self.value(operand, scope, nullable)?;
                let arms = self
                    .values(list, scope, nullable)?
                    .into_iter()
                    .map(|item| comparison("=", operand.clone(), item))
                    .collect();
                join("or", arms)
            }
            ExprKind::QuantifiedArray {
                op,
                operand,
                array,
                all,
            } => Term::node(
                format!("quantified {} {all}", op.symbol()),
                vec![
                    self.value(operand, scope, nullable)?,
                    self.value(array, scope, nullable)?,
                ],
            ),
            ExprKind::Between {
                operand,
                low,
                high,
                negated: not,
            } => {
                let operand = self.value(operand, scope, nullable)?;
                let low = self.value(low, scope, nullable)?;
                let high = self.value(high, scope, nullable)?;
                let term = join(
                    "and",
                    vec![
                        comparison(">=", operand.clone(), low),
                        comparison("<=", operand, high),
                    ],
                );
                if *not { negated(term) } else { term }
            }
            ExprKind::Like {
                operand,
                pattern,
                escape,
                kind,
                negated: not,
            } => {
                if escape.is_some() {
                    return Err(NotUnderstood);
                }
                let name = match kind {
                    LikeKind::Like => "like like",
                    LikeKind::ILike => "like ilike",
                    LikeKind::SimilarTo => "like similar",
                };
                let term = Term::node(
                    name,
                    vec![
                        self.value(operand, scope, nullable)?,
                        self.value(pattern, scope, nullable)?,
                    ],
                );
                if *not { negated(term) } else { term }
            }
            ExprKind::Function(call) => self.function(call, scope, nullable)?,
            ExprKind::Cast { operand, data_type } => {
                let term = self.value(operand, scope, nullable)?;
                if let Term::Column(atom, column) = &term
                    && self.types.get(&(*atom, *column)) == Some(data_type)
                {
                    return Ok(term);
                }
                Term::node(format!("cast {data_type}"), vec![term])
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => self.case(
                operand.as_deref(),
                branches,
                otherwise.as_deref(),
                scope,
                nullable,
            )?,
            ExprKind::Row(list) => Term::node("row", self.values(list, scope, nullable)?),
            ExprKind::Array(list) => Term::node("array", self.values(list, scope, nullable)?),
            ExprKind::Exists(query) => {
                let relation = self.relation(*query, scope)?;
                if let Relation::Select(select) = &relation
                    && select.group.as_ref().is_some_and(Vec::is_empty)
                    && select.having.is_empty()
                    && select.limit.is_none()
                    && select.offset.is_none()
                {
                    self.step("EXISTS over an aggregate without GROUP BY is always true");
                    return Ok(Term::truth(true));
                }
                let relation = match relation {
                    // At least one row stays at least one row.
                    Relation::Select(mut select)
                        if select.offset.is_none()
                            && select
                                .limit
                                .as_ref()
                                .and_then(whole_number)
                                .is_some_and(|count| count > 0) =>
                    {
                        select.limit = None;
                        Relation::Select(select)
                    }
                    other => other,
                };
                Term::Exists(Box::new(self.existence(relation)?.0))
            }
            ExprKind::ScalarSubquery(query) => Term::Subquery(
                "scalar".to_owned(),
                Vec::new(),
                Box::new(self.relation(*query, scope)?),
            ),
            ExprKind::ArraySubquery(_) => return Err(NotUnderstood),
            ExprKind::InSubquery {
                operand,
                query,
                negated: not,
            } => {
                let left = self.value(operand, scope, nullable)?;
                let relation = self.relation(*query, scope)?;
                Term::Subquery(
                    if *not { "not in" } else { "in" }.to_owned(),
                    vec![left],
                    Box::new(relation),
                )
            }
            ExprKind::QuantifiedSubquery {
                op,
                operand,
                query,
                all,
            } => {
                let left = self.value(operand, scope, nullable)?;
                let relation = self.relation(*query, scope)?;
                Term::Subquery(
                    format!("{} {all}", op.symbol()),
                    vec![left],
                    Box::new(relation),
                )
            }
            ExprKind::Collate { operand, collation } => Term::node(
                format!("collate {collation}"),
                vec![self.value(operand, scope, nullable)?],
            ),
            ExprKind::Other { text, operands } => {
                // Equal only to itself in text, so names must not have been changed: no columns.
                if !operands.is_empty() {
                    return Err(NotUnderstood);
                }
                Term::leaf(format!("text {text}"))
            }
            ExprKind::WholeRow(_) | ExprKind::Unresolved(_) => return Err(NotUnderstood),
        })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        let mut arms = Vec::new();
        for (condition, result) in branches {
            let condition = match operand {
                Some(operand) => comparison(
                    "=",
                    self.value(operand, scope, nullable)?,
                    self.value(condition, scope, nullable)?,
                ),
                None => self.condition(condition, scope, nullable)?,
            };
            let result = self.value(result, scope, nullable)?;
            if condition.is("false") || condition.is("null") {
                continue;
            }
            let certain = condition.is("true");
            arms.push(condition);
            arms.push(result);
            if certain {
                break;
            }
        }
        let last = match otherwise {
            Some(expr) => self.value(expr, scope, nullable)?,
            None => Term::leaf("null"),
        };
        if arms.len() >= 2 && arms[arms.len() - 2].is("true") {
            let result = arms.pop().ok_or(NotUnderstood)?;
            arms.pop();
            arms.push(result);
        } else {
            arms.push(last);
        }
        if let [only] = arms.as_slice() {
            self.step("CASE with a decided condition is its result");
            return Ok(only.clone());
        }
        // CASE WHEN x IS NULL THEN y ELSE x END, and its mirror image.
        if let [condition, then, last] = arms.as_slice()
            && let Term::Node(name, tested) = condition
            && let [tested] = tested.as_slice()
        {
            let pair = match name.as_str() {
                "is null" if tested == last => Some((last, then)),
                "not null" if tested == then => Some((then, last)),
                _ => None,
            };
            if let Some((first, second)) = pair {
                return Ok(Term::node("coalesce", vec![first.clone(), second.clone()]));
            }
        }
        Ok(Term::node("case", arms))
    }

    fn function(
        &mut self,
        call: &FunctionCall,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        let mut arguments = self.values(&call.arguments, scope, nullable)?;
        if call.kind == FunctionKind::SetReturning {
            return Ok(Term::node(format!("set {}", call.name), arguments));
        }
        if let Some(window) = &call.over {
            let mut name = format!(
                "window {} {}",
                call.name,
                window.frame.as_deref().unwrap_or("")
            );
            if call.distinct || call.filter.is_some() || !call.order_by.is_empty() {
                return Err(NotUnderstood);
            }
            if call.star {
                name.push_str(" *");
            }
            let mut partition = self.values(&window.partition_by, scope, nullable)?;
            partition.retain(|term| !term.is_constant());
            partition.dedup();
            let order = self.sort_terms(&window.order_by, scope, nullable)?;
            arguments = vec![
                Term::node("arguments", arguments),
                Term::node("partition", partition),
                Term::node("order", order),
            ];
            return Ok(Term::node(name, arguments));
        }
        if call.kind == FunctionKind::Aggregate {
            let mut name = call.name.clone();
            let mut distinct = call.distinct;
            if distinct && crate::query::functions::ignores_duplicates(&name) {
                self.step(format!("DISTINCT makes no difference to {name}"));
                distinct = false;
            }
            if name == "every" {
                name = "bool_and".to_owned();
            }
            if name == "count"
                && !distinct
                && let [only] = arguments.as_slice()
                && !self.may_be_null(only, nullable)
            {
                self.step("count of what cannot be NULL is count(*)");
                arguments.clear();
            }
            let mut full = format!("aggregate {name}");
            if distinct {
                full.push_str(" distinct");
            }
            if !call.order_by.is_empty() {
                let order = self.sort_terms(&call.order_by, scope, nullable)?;
                arguments = vec![
                    Term::node("arguments", arguments),
                    Term::node("order", order),
                ];
                full.push_str(" ordered");
            }
            let skips_null = matches!(
                name.as_str(),
                "sum" | "avg" | "min" | "max" | "count" | "bool_and" | "bool_or"
            );
            if let Some(filter) = &call.filter
                && skips_null
                && call.order_by.is_empty()
                && arguments.len() <= 1
            {
                let filter = self.condition(filter, scope, nullable)?;
                let value = arguments.pop().unwrap_or_else(|| Term::leaf("number 1"));
                self.step("FILTER is a CASE inside of the aggregate");
                arguments.push(Term::node("case", vec![filter, value, Term::leaf("null")]));
                return Ok(Term::node(full, arguments));
            }
            if let Some(filter) = &call.filter {
                let filter = self.condition(filter, scope, nullable)?;
                arguments.push(Term::node("filter", vec![filter]));
                full.push_str(" filtered");
            }
            return Ok(Term::node(full, arguments));
        }
        match call.name.as_str() {
            "coalesce" => {
                let mut kept = Vec::new();
                for argument in arguments {
                    if argument.is("null") {
                        continue;
                    }
                    let last = !self.may_be_null(&argument, nullable);
                    kept.push(argument);
                    if last {
                        break;
                    }
                }
                match kept.len() {
                    0 => Ok(Term::leaf("null")),
                    1 => {
                        self.step("COALESCE of what cannot be NULL is its first argument");
                        Ok(kept.swap_remove(0))
                    }
                    _ => Ok(Term::node("coalesce", kept)),
                }
            }
            "nullif" if arguments.len() == 2 => {
                let value = arguments[0].clone();
                let equal = comparison("=", value.clone(), arguments.swap_remove(1));
                Ok(Term::node("case", vec![equal, Term::leaf("null"), value]))
            }
            "mod" if arguments.len() == 2 => Ok(Term::node("%", arguments)),
            name => Ok(Term::node(format!("function {name}"), arguments)),
        }
    }

    fn sort_terms(
        &mut self,
        keys: &[SortKey],
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Vec<Term>> {
        keys.iter()
            .map(|key| {
                let term = self.value(&key.expr, scope, nullable)?;
                Ok(Term::node(
                    format!("key {} {}", key.descending, key.nulls_first),
                    vec![term],
                ))
            })
            .collect()
    }
}

/// A query that returns exactly one row with one column, as that value.
fn one_row(relation: &Relation) -> Option<Term> {
    match relation {
        Relation::Select(select)
            if select.group.as_ref().is_some_and(Vec::is_empty)
                && select.having.is_empty()
                && select.limit.is_none()
                && select.offset.is_none()
                && select.output.len() == 1 =>
        {
            Some(Term::Subquery(
                "scalar".to_owned(),
                Vec::new(),
                Box::new(relation.clone()),
            ))
        }
        _ => None,
    }
}

/// Whether a condition cannot be TRUE where this term is NULL.
fn rules_out_null(condition: &Term, term: &Term) -> bool {
    matches!(condition, Term::Node(name, sides)
        if matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null") && sides.contains(term))
}

/// The rows of VALUES, or of a query that shows all of VALUES.
fn listed(relation: &Relation) -> Option<Vec<Vec<Term>>> {
    let of = |rows: &Vec<Vec<Term>>| (rows.len() <= 16).then(|| rows.clone());
    match relation {
        Relation::Values(rows) => of(rows),
        Relation::Select(select) if select.is_plain() && select.source.lefts.is_empty() => {
            let ([atom], []) = (
                select.source.atoms.as_slice(),
                select.source.conditions.as_slice(),
            ) else {
                return None;
            };
            let AtomKind::Query(inner) = &atom.kind else {
                return None;
            };
            let Relation::Values(rows) = &**inner else {
                return None;
            };
            let whole = select
                .output
                .iter()
                .enumerate()
                .all(|(at, term)| *term == Term::Column(atom.id, at))
                && rows.iter().all(|row| row.len() == select.output.len());
            whole.then(|| of(rows)).flatten()
        }
        _ => None,
    }
}

/// Whether a query's output may stand for its columns even where an outer join fills them up with NULL.
fn mergeable(select: &Select) -> bool {
    let atoms = select.source.all_atoms();
    !select.source.atoms.is_empty() && select.output.iter().all(|term| is_null_with(term, &atoms))
}

fn contains_set_returning(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("set ") || arguments.iter().any(contains_set_returning)
        }
        _ => false,
    }
}

fn has_plain_aggregate(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("aggregate ") || arguments.iter().any(has_plain_aggregate)
        }
        _ => false,
    }
}
