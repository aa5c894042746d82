use crate::query::{BinaryOp, Expr, ExprKind, Literal};

use super::{Facts, NullSet};

impl Facts<'_> {
    /// Whether all of `conclusions` follow from the conjunction of `premises` (rows that pass the premises pass them).
    /// Source: the same cases as predicate_implied_by in PostgreSQL's predtest.c, so that what follows here also lets the
    /// planner use a partial index.
    pub fn implies_all(&self, premises: &[&Expr], conclusions: &[Expr]) -> bool {
        conclusions
            .iter()
            .all(|conclusion| self.implies(premises, conclusion))
    }

    /// Whether `conclusion` follows from the conjunction of `premises`.
    pub fn implies(&self, premises: &[&Expr], conclusion: &Expr) -> bool {
        match &conclusion.kind {
            ExprKind::Literal(Literal::Boolean(true)) => return true,
            ExprKind::And(arms) => return arms.iter().all(|arm| self.implies(premises, arm)),
            ExprKind::Or(arms) if arms.iter().any(|arm| self.implies(premises, arm)) => {
                return true;
            }
            _ => {}
        }
        premises
            .iter()
            .any(|premise| self.implies_one(premise, conclusion))
    }

    /// Whether no row can pass all conjuncts: one of them is never true, or one of them rules another out.
    pub fn contradictory(&self, conjuncts: &[&Expr]) -> bool {
        conjuncts.iter().any(|conjunct| {
            is_never_true(conjunct)
                || !self.is_volatile(conjunct)
                    && denial(conjunct).is_some_and(|denied| self.implies(conjuncts, &denied))
        })
    }

    fn implies_one(&self, premise: &Expr, conclusion: &Expr) -> bool {
        if normalized(premise) == normalized(conclusion) {
            return true;
        }
        if let Some(premise) = as_list(premise) {
            return self.implies_one(&premise, conclusion);
        }
        if let Some(conclusion) = as_list(conclusion) {
            return self.implies_one(premise, &conclusion);
        }
        match &premise.kind {
            ExprKind::And(arms) => {
                let arms: Vec<&Expr> = arms.iter().collect();
                return self.implies(&arms, conclusion);
            }
            ExprKind::Or(arms) => {
                return !arms.is_empty() && arms.iter().all(|arm| self.implies(&[arm], conclusion));
            }
            // x IN (1, 2) is x = 1 OR x = 2
            ExprKind::InList {
                operand,
                list,
                negated: false,
            } if !list.is_empty()
                && list
                    .iter()
                    .all(|member| self.implies_one(&equality(operand, member), conclusion)) =>
            {
                return true;
            }
            ExprKind::Between {
                operand,
                low,
                high,
                negated: false,
            } => {
                return self.implies_one(&comparison(BinaryOp::GtEq, operand, low), conclusion)
                    || self.implies_one(&comparison(BinaryOp::LtEq, operand, high), conclusion);
            }
            _ => {}
        }
        match &conclusion.kind {
            ExprKind::And(arms) => arms.iter().all(|arm| self.implies_one(premise, arm)),
            ExprKind::Or(arms) => arms.iter().any(|arm| self.implies_one(premise, arm)),
            ExprKind::IsNull {
                operand,
                negated: true,
            } => match operand.kind {
                // a predicate that rejects NULL implies IS NOT NULL
                ExprKind::Column(column) => self.rejects(premise, &NullSet::Column(column)),
                _ => false,
            },
            ExprKind::InList {
                operand,
                list,
                negated: false,
            } => list
                .iter()
                .any(|member| self.implies_one(premise, &equality(operand, member))),
            ExprKind::InList {
                operand,
                list,
                negated: true,
            } => {
                !list.is_empty()
                    && list.iter().all(|member| {
                        self.implies_one(premise, &comparison(BinaryOp::NotEq, operand, member))
                    })
            }
            ExprKind::Between {
                operand,
                low,
                high,
                negated: false,
            } => {
                self.implies_one(premise, &comparison(BinaryOp::GtEq, operand, low))
                    && self.implies_one(premise, &comparison(BinaryOp::LtEq, operand, high))
            }
            _ => match (
                as_constant_comparison(premise),
                as_constant_comparison(conclusion),
            ) {
                (Some(known), Some(wanted)) if known.0 == wanted.0 => {
                    comparison_implies(&known.1, known.2, &wanted.1, wanted.2)
                }
                _ => false,
            },
        }
    }
}

/// `x = ANY (ARRAY[1, 2])` as `x IN (1, 2)`, and `x <> ALL (ARRAY[1, 2])` as `x NOT IN (1, 2)`: so PostgreSQL prints
/// them.
fn as_list(expr: &Expr) -> Option<Expr> {
    let ExprKind::QuantifiedArray {
        op,
        operand,
        array,
        all,
    } = &expr.kind
    else {
        return None;
    };
    let negated = match (op, all) {
        (BinaryOp::Eq, false) => false,
        (BinaryOp::NotEq, true) => true,
        _ => return None,
    };
    let list = array.array_members().filter(|list| !list.is_empty())?;
    let list = ExprKind::InList {
        operand: operand.clone(),
        list: list.to_vec(),
        negated,
    };
    Some(Expr::typed(list, expr.span, expr.data_type.clone()))
}

/// Whether a constant condition is FALSE or NULL.
fn is_never_true(conjunct: &Expr) -> bool {
    match &conjunct.kind {
        ExprKind::Literal(Literal::Boolean(value)) => !value,
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Cast { operand, .. } => is_never_true(operand),
        ExprKind::Binary { op, left, right } => match (&left.kind, &right.kind) {
            (ExprKind::Literal(Literal::Null), _) | (_, ExprKind::Literal(Literal::Null)) => {
                op.is_comparison()
            }
            (ExprKind::Literal(Literal::Number(a)), ExprKind::Literal(Literal::Number(b))) => {
                *op == BinaryOp::Eq
                    && matches!((a.parse::<i64>(), b.parse::<i64>()), (Ok(a), Ok(b)) if a != b)
            }
            _ => false,
        },
        _ => false,
    }
}

/// A predicate that cannot be true of a row together with `expr`.
fn denial(expr: &Expr) -> Option<Expr> {
    match &expr.kind {
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            Some(comparison(op.inverse()?, left, right))
        }
        ExprKind::IsNull { operand, negated } => Some(Expr::new(
            ExprKind::IsNull {
                operand: operand.clone(),
                negated: !negated,
            },
            expr.span,
        )),
        ExprKind::InList {
            operand,
            list,
            negated,
        } => Some(Expr::new(
            ExprKind::InList {
                operand: operand.clone(),
                list: list.clone(),
                negated: !negated,
            },
            expr.span,
        )),
        ExprKind::Column(_) => Some(negation(expr)),
        ExprKind::Not(operand) if operand.as_column().is_some() => Some((**operand).clone()),
        _ => None,
    }
}

/// A predicate in one spelling: `NOT x` of a boolean column, `x = true`, `5 < x` as `x > 5`, `NOT (x IS NULL)`.
pub(super) fn normalized(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Binary { op, left, right } => {
            let flipped = right.as_column().is_some() && left.as_column().is_none();
            if let (true, Some(op)) = (flipped, op.commuted()) {
                return normalized(&comparison(op, right, left));
            }
            if let (Some(_), ExprKind::Literal(Literal::Boolean(value)), BinaryOp::Eq) =
                (left.as_column(), &right.kind, op)
            {
                return if *value {
                    (**left).clone()
                } else {
                    negation(left)
                };
            }
            let mut copy = expr.clone();
            for child in copy.children_mut() {
                *child = stripped(child);
            }
            copy
        }
        ExprKind::IsTruth {
            operand,
            value,
            negated: false,
        } if operand.as_column().is_some() => match value {
            crate::query::Truth::True => (**operand).clone(),
            crate::query::Truth::False => negation(operand),
            crate::query::Truth::Unknown => expr.clone(),
        },
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::IsNull { operand, negated } => Expr::new(
                ExprKind::IsNull {
                    operand: operand.clone(),
                    negated: !negated,
                },
                expr.span,
            ),
            ExprKind::InList {
                operand,
                list,
                negated,
            } => Expr::new(
                ExprKind::InList {
                    operand: operand.clone(),
                    list: list.clone(),
                    negated: !negated,
                },
                expr.span,
            ),
            ExprKind::Binary { op, left, right } => match op.inverse() {
                Some(op) => normalized(&comparison(op, left, right)),
                None => expr.clone(),
            },
            _ => expr.clone(),
        },
        ExprKind::InList {
            operand,
            list,
            negated,
        } if list.len() == 1 => {
            let op = if *negated {
                BinaryOp::NotEq
            } else {
                BinaryOp::Eq
            };
            normalized(&comparison(op, operand, &list[0]))
        }
        _ => {
            let mut copy = expr.clone();
            for child in copy.children_mut() {
                *child = stripped(child);
            }
            copy
        }
    }
}

/// A literal without a cast that only names the type it takes anyway: `'en'::text`, `'open'::status`.
fn stripped(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Cast { operand, .. }
            if matches!(operand.kind, ExprKind::Literal(Literal::String(_))) =>
        {
            (**operand).clone()
        }
        ExprKind::Cast { operand, data_type }
            if data_type.is_string()
                && operand.data_type.as_ref().is_some_and(|t| t.is_string())
                && operand.as_column().is_some() =>
        {
            (**operand).clone()
        }
        _ => normalized(expr),
    }
}

fn negation(operand: &Expr) -> Expr {
    Expr::new(ExprKind::Not(Box::new(operand.clone())), operand.span)
}

pub(super) fn comparison(op: BinaryOp, left: &Expr, right: &Expr) -> Expr {
    Expr::typed(
        ExprKind::Binary {
            op,
            left: Box::new(left.clone()),
            right: Box::new(right.clone()),
        },
        left.span.union(right.span),
        Some(crate::catalog::Type::Bool),
    )
}

fn equality(left: &Expr, right: &Expr) -> Expr {
    comparison(BinaryOp::Eq, left, right)
}

/// `expression op literal`, normalized.
fn as_constant_comparison(expr: &Expr) -> Option<(Expr, BinaryOp, Constant)> {
    let normal = normalized(expr);
    match normal.kind {
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            let constant = Constant::of(&right, left.data_type.as_ref())?;
            Some((*left, op, constant))
        }
        ExprKind::Not(operand) if operand.as_column().is_some() => Some((
            *operand,
            BinaryOp::Eq,
            Constant::Text("false".to_owned(), false),
        )),
        ExprKind::Column(_) => Some((
            normal,
            BinaryOp::Eq,
            Constant::Text("true".to_owned(), false),
        )),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Number(f64),
    /// A text, and whether its order is the order of its bytes (dates in ISO form).
    Text(String, bool),
}

impl Constant {
    fn of(expr: &Expr, data_type: Option<&crate::catalog::Type>) -> Option<Self> {
        match &expr.kind {
            ExprKind::Literal(Literal::Number(text)) => {
                let number: f64 = text.parse().ok()?;
                // beyond 2^53 neighbours are one
                (number.abs() < 9e15).then_some(Self::Number(number))
            }
            ExprKind::Unary {
                op: crate::query::UnaryOp::Minus,
                operand,
            } => match Self::of(operand, data_type)? {
                Self::Number(number) => Some(Self::Number(-number)),
                Self::Text(..) => None,
            },
            ExprKind::Literal(Literal::Boolean(value)) => {
                Some(Self::Text(value.to_string(), false))
            }
            ExprKind::Literal(Literal::String(text)) => {
                let ordered = data_type.is_some_and(|t| t.is_date_time())
                    && text.len() >= 10
                    && text.is_ascii()
                    && text.bytes().take(10).enumerate().all(|(at, byte)| {
                        if at == 4 || at == 7 {
                            byte == b'-'
                        } else {
                            byte.is_ascii_digit()
                        }
                    })
                    && (text.len() == 10 || !text.contains(['+', 'Z']) && text.len() == 19);
                if data_type.is_some_and(|t| t.is_numeric()) {
                    return text
                        .trim()
                        .parse()
                        .ok()
                        .filter(|number: &f64| number.abs() < 9e15)
                        .map(Self::Number);
                }
                Some(Self::Text(text.clone(), ordered))
            }
            ExprKind::Cast { operand, data_type } => Self::of(operand, Some(data_type)),
            _ => None,
        }
    }

    /// Order where it is known.
    fn compare(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Text(a, _), Self::Text(b, _)) if a == b => Some(std::cmp::Ordering::Equal),
            (Self::Text(a, true), Self::Text(b, true)) if a.len() == b.len() => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn surely_differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a != b,
            (Self::Text(a, _), Self::Text(b, _)) => {
                // trailing blanks, case and spelling of dates may make two texts one value
                let plain = |text: &str| {
                    text.chars()
                        .all(|c| c.is_ascii_lowercase() || c == '_' || c == '-')
                };
                a != b && plain(a) && plain(b)
            }
            _ => false,
        }
    }
}

/// Whether `x op a` implies `x wanted b`. Source: BT_implic_table in predtest.c.
fn comparison_implies(op: &BinaryOp, a: Constant, wanted: &BinaryOp, b: Constant) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = a.compare(&b);
    match (op, wanted) {
        (BinaryOp::Eq, BinaryOp::Eq) | (BinaryOp::NotEq, BinaryOp::NotEq) => order == Some(Equal),
        (BinaryOp::Eq, BinaryOp::NotEq) => {
            matches!(order, Some(Less | Greater)) || a.surely_differs(&b)
        }
        (BinaryOp::Eq, BinaryOp::Lt) | (BinaryOp::LtEq, BinaryOp::Lt) => order == Some(Less),
        (BinaryOp::Eq | BinaryOp::Lt | BinaryOp::LtEq, BinaryOp::LtEq) => {
            matches!(order, Some(Less | Equal))
        }
        (BinaryOp::Lt, BinaryOp::Lt) => matches!(order, Some(Less | Equal)),
        (BinaryOp::Eq, BinaryOp::Gt) | (BinaryOp::GtEq, BinaryOp::Gt) => order == Some(Greater),
        (BinaryOp::Eq | BinaryOp::Gt | BinaryOp::GtEq, BinaryOp::GtEq) => {
            matches!(order, Some(Greater | Equal))
        }
        (BinaryOp::Gt, BinaryOp::Gt) => matches!(order, Some(Greater | Equal)),
        (BinaryOp::Lt, BinaryOp::NotEq) => matches!(order, Some(Less | Equal)),
        (BinaryOp::LtEq, BinaryOp::NotEq) => order == Some(Less),
        (BinaryOp::Gt, BinaryOp::NotEq) => matches!(order, Some(Greater | Equal)),
        (BinaryOp::GtEq, BinaryOp::NotEq) => order == Some(Greater),
        _ => false,
    }
}
