//! Expressions as terms.

use std::collections::BTreeSet;

use crate::query::{
    BinaryOp, Expr, ExprKind, FunctionCall, FunctionKind, LikeKind, Literal, SortKey, UnaryOp,
};

use super::convert::{Columns, Converted, Converter, NotUnderstood, Scope};
use super::expression::{arithmetic, comparison, join, negated, whole_number};
use super::model::{AtomId, Relation, Term};

impl<'a> Converter<'a> {
    pub(super) fn values(
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
    pub(super) fn value(
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

    pub(super) fn value_inner(
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

    pub(super) fn case(
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

    pub(super) fn function(
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

    pub(super) fn sort_terms(
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

pub(super) fn contains_set_returning(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("set ") || arguments.iter().any(contains_set_returning)
        }
        _ => false,
    }
}

pub(super) fn has_plain_aggregate(term: &Term) -> bool {
    match term {
        Term::Node(name, arguments) => {
            name.starts_with("aggregate ") || arguments.iter().any(has_plain_aggregate)
        }
        _ => false,
    }
}
