use std::collections::BTreeSet;

use crate::catalog::{Type, is_deterministic_collation};
use crate::query::{BinaryOp, Expr, ExprKind, JoinTree, Literal, RelationId, Truth};

use super::implication::normalized;
use super::{Facts, KeyProof, UniqueKey};

/// Whether `key = value` finds at most one row of a key of type `key`: the comparison is made with the key's own
/// operator (same operator family), not after a cast that may make two keys one.
/// Source: pg_amop.dat, families integer_ops, float_ops, datetime_ops, text_ops, bpchar_ops.
pub fn comparable_by_key(key: Option<&Type>, value: &Expr) -> bool {
    comparable_types(key, value, value.data_type.as_ref())
}

/// As [`comparable_by_key`], with the type of the value given: that behind its domain.
pub fn comparable_types(key: Option<&Type>, value: &Expr, value_type: Option<&Type>) -> bool {
    // a bare literal or parameter takes the key's type
    if matches!(
        value.kind,
        ExprKind::Literal(Literal::String(_) | Literal::Null) | ExprKind::Parameter(_)
    ) {
        return true;
    }
    let (Some(key), Some(other)) = (key, value_type) else {
        return false;
    };
    match (key, other) {
        (a, b) if a == b => true,
        (a, b) if a.is_integer() && b.is_integer() => true,
        (Type::Numeric(_), Type::Numeric(_)) => true,
        // whole numbers stay distinct as numeric
        (a, Type::Numeric(_)) | (Type::Numeric(_), a) if a.is_integer() => true,
        (Type::Float4 | Type::Float8, Type::Float4 | Type::Float8) => true,
        (
            Type::Text | Type::Varchar(_) | Type::Name,
            Type::Text | Type::Varchar(_) | Type::Name,
        ) => true,
        (Type::Char(_), Type::Char(_)) => true,
        (a, b) if a.is_date_time() && b.is_date_time() => true,
        (Type::Inet | Type::Cidr, Type::Inet | Type::Cidr) => true,
        _ => false,
    }
}

/// Expressions over the relations `own` whose value the conjuncts fix for each row outside of them: by an equality with
/// something outside, a constant, or another fixed expression.
pub fn determined(facts: &Facts<'_>, own: &BTreeSet<RelationId>, conjuncts: &[&Expr]) -> Vec<Expr> {
    let outside = |expr: &Expr| {
        !expr.reads_any(own)
            && (!expr.has_subquery() || is_one_value_outside(facts, own, expr))
            && !expr
                .any(&|part| matches!(part.kind, ExprKind::Unresolved(_) | ExprKind::Other { .. }))
            && !facts.is_volatile(expr)
    };
    let catalog = facts.schema.catalog();
    let comparable = |key: &Expr, value: &Expr| {
        if has_own_collation(key) || has_own_collation(value) {
            return false;
        }
        let key_type = key.data_type.as_ref();
        let value_type = value.data_type.as_ref();
        comparable_types(
            key_type.map(|data_type| catalog.base_type(data_type)),
            value,
            value_type.map(|data_type| catalog.base_type(data_type)),
        )
    };
    let mut fixed: Vec<Expr> = Vec::new();
    let mut flat: Vec<&Expr> = Vec::new();
    fn flatten<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
        match &expr.kind {
            ExprKind::And(arms) => arms.iter().for_each(|arm| flatten(arm, into)),
            _ => into.push(expr),
        }
    }
    conjuncts
        .iter()
        .for_each(|conjunct| flatten(conjunct, &mut flat));
    loop {
        let before = fixed.len();
        for conjunct in &flat {
            let mut learn = |expr: &Expr| {
                if !fixed.contains(expr) {
                    fixed.push(expr.clone());
                }
            };
            match &conjunct.kind {
                ExprKind::Binary {
                    op: BinaryOp::Eq,
                    left,
                    right,
                } => {
                    if let (ExprKind::Row(left), ExprKind::Row(right)) = (&left.kind, &right.kind) {
                        for (a, b) in left.iter().zip(right) {
                            if outside(b) && comparable(a, b) {
                                learn(a);
                            } else if outside(a) && comparable(b, a) {
                                learn(b);
                            }
                        }
                        continue;
                    }
                    let known = |expr: &Expr, fixed: &[Expr]| outside(expr) || fixed.contains(expr);
                    let left_known = known(left, &fixed);
                    let right_known = known(right, &fixed);
                    if right_known && !left_known && comparable(left, right) {
                        fixed.push((**left).clone());
                    } else if left_known && !right_known && comparable(right, left) {
                        fixed.push((**right).clone());
                    }
                }
                ExprKind::InList {
                    operand,
                    list,
                    negated: false,
                } => {
                    if let [only] = list.as_slice()
                        && outside(only)
                        && comparable(operand, only)
                    {
                        learn(operand);
                    }
                }
                ExprKind::QuantifiedArray {
                    op: BinaryOp::Eq,
                    operand,
                    array,
                    all: false,
                } => {
                    if let ExprKind::Array(elements) = &array.kind
                        && let [only] = elements.as_slice()
                        && outside(only)
                        && comparable(operand, only)
                    {
                        learn(operand);
                    }
                }
                // a boolean column as a condition is fixed
                ExprKind::Column(_) => learn(conjunct),
                ExprKind::Not(operand) if operand.as_column().is_some() => learn(operand),
                ExprKind::IsTruth {
                    operand,
                    value: Truth::True | Truth::False,
                    negated: false,
                } if operand.as_column().is_some() => learn(operand),
                _ => {}
            }
        }
        if fixed.len() == before {
            return fixed;
        }
    }
}

/// Whether an expression is a subquery that surely gives one value, and reads none of the relations `own`.
fn is_one_value_outside(facts: &Facts<'_>, own: &BTreeSet<RelationId>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::ScalarSubquery(query) => {
            facts.at_most_one_row(*query).is_some()
                && facts.relations_read_in(*query).is_disjoint(own)
        }
        _ => false,
    }
}

/// Whether COLLATE names a collation that may call different strings equal.
fn has_own_collation(expr: &Expr) -> bool {
    expr.any(&|part| {
        matches!(&part.kind, ExprKind::Collate { collation, .. }
            if !is_deterministic_collation(collation))
    })
}

/// Whether two expressions are the same in one spelling; bare columns have only one.
fn is_same(a: &Expr, b: &Expr) -> bool {
    let bare = a.as_column().is_some() && b.as_column().is_some();
    a == b || !bare && normalized(a) == normalized(b)
}

impl Facts<'_> {
    /// Why a join tree has at most one row for each row outside of it that satisfies the conjuncts; `None` where that is
    /// not sure. The conjuncts must hold of every pair.
    pub fn matches_at_most_once(&self, tree: &JoinTree, conjuncts: &[&Expr]) -> Option<KeyProof> {
        let own = tree.relations().into_iter().collect();
        let keys = self.tree_keys(tree, conjuncts, &own);
        self.unique_match(&keys, &own, conjuncts)
    }

    /// Whether some expressions tell the rows of a join tree apart, none of them NULL.
    pub fn tell_rows_apart(&self, expressions: &[Expr], tree: &JoinTree) -> bool {
        let own = tree.relations().into_iter().collect();
        self.tree_keys(tree, &[], &own).iter().any(|key| {
            !key.nulls_repeat
                && key.condition.is_empty()
                && key
                    .columns
                    .iter()
                    .all(|column| expressions.iter().any(|expr| is_same(expr, column)))
        })
    }

    /// As [`Facts::matches_at_most_once`], with keys and relations given.
    pub(super) fn unique_match(
        &self,
        keys: &[UniqueKey],
        own: &BTreeSet<RelationId>,
        conjuncts: &[&Expr],
    ) -> Option<KeyProof> {
        let fixed = determined(self, own, conjuncts);
        let null_fixed = self.null_safe_fixed(own, conjuncts);
        keys.iter()
            .find(|key| {
                key.columns.iter().all(|column| {
                    fixed.iter().any(|expr| is_same(expr, column))
                        || (!key.nulls_repeat && null_fixed.contains(column))
                })
            })
            .map(|key| key.proof.clone())
    }

    /// Expressions fixed by IS NULL or IS NOT DISTINCT FROM: enough for a key in which NULL counts as a value.
    fn null_safe_fixed(&self, own: &BTreeSet<RelationId>, conjuncts: &[&Expr]) -> Vec<Expr> {
        let mut fixed = Vec::new();
        for conjunct in conjuncts {
            match &conjunct.kind {
                ExprKind::IsNull {
                    operand,
                    negated: false,
                } => fixed.push((**operand).clone()),
                ExprKind::IsDistinct {
                    left,
                    right,
                    negated: true,
                } => {
                    let outside = |expr: &Expr| {
                        !expr.reads_any(own) && !expr.has_subquery() && !self.is_volatile(expr)
                    };
                    if outside(right) && comparable_by_key(left.data_type.as_ref(), right) {
                        fixed.push((**left).clone());
                    } else if outside(left) && comparable_by_key(right.data_type.as_ref(), left) {
                        fixed.push((**right).clone());
                    }
                }
                _ => {}
            }
        }
        fixed
    }
}
