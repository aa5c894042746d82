//! Predicates of which only TRUE counts: IN and NOT IN as EXISTS.

use std::collections::BTreeSet;

use crate::query::{BinaryOp, Expr, ExprKind, QueryExpressionId, Truth};

use super::convert::{Converted, Converter, NotUnderstood, Scope};
use super::expression::{comparison, join, negated};
use super::model::{AtomId, AtomKind, Relation, Source, Term};

impl<'a> Converter<'a> {
    fn conditions(
        &mut self,
        list: &[Expr],
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Vec<Term>> {
        list.iter()
            .map(|expr| self.condition(expr, scope, nullable))
            .collect()
    }

    /// A predicate of which only TRUE counts: IN becomes EXISTS.
    pub(super) fn condition(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        nullable: &BTreeSet<AtomId>,
    ) -> Converted<Term> {
        match &expr.kind {
            ExprKind::And(list) => Ok(join("and", self.conditions(list, scope, nullable)?)),
            ExprKind::Or(list) => Ok(join("or", self.conditions(list, scope, nullable)?)),
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
    pub(super) fn existence(&mut self, relation: Relation) -> Converted<(Source, Vec<Term>)> {
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

    pub(super) fn opaque(&mut self, relation: Relation, width: usize) -> (Source, Vec<Term>) {
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

    pub(super) fn membership(
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

    pub(super) fn not_in(
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
}

/// A query that returns exactly one row with one column, as that value.
pub(super) fn one_row(relation: &Relation) -> Option<Term> {
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
pub(super) fn rules_out_null(condition: &Term, term: &Term) -> bool {
    matches!(condition, Term::Node(name, sides)
        if matches!(name.as_str(), "=" | "<>" | "<" | "<=" | "not null") && sides.contains(term))
}

/// The rows of VALUES, or of a query that shows all of VALUES.
pub(super) fn listed(relation: &Relation) -> Option<Vec<Vec<Term>>> {
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
