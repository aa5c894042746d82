//! Types of operators' results: a small part of PostgreSQL's pg_operator.dat.

use crate::catalog::{Catalog, Type};

use super::{BinaryOp, Expr, ExprKind, Literal};

/// The type of a binary operator's result.
pub(super) fn binary_type(op: &BinaryOp, left: &Expr, right: &Expr) -> Option<Type> {
    match op {
        op if op.is_comparison() => Some(Type::Bool),
        BinaryOp::Regex { .. } => Some(Type::Bool),
        BinaryOp::Concat => match (&left.data_type, &right.data_type) {
            (Some(Type::Jsonb), _) | (_, Some(Type::Jsonb)) => Some(Type::Jsonb),
            (Some(array @ Type::Array(_)), _) | (_, Some(array @ Type::Array(_))) => {
                Some(array.clone())
            }
            _ => Some(Type::Text),
        },
        BinaryOp::Other(symbol) => match symbol.as_str() {
            "->>" | "#>>" => Some(Type::Text),
            "->" | "#>" | "#-" => left.data_type.clone(),
            "@>" | "<@" | "&&" | "?" | "?|" | "?&" | "@@" | "@?" | "<<" | ">>" | "-|-" => {
                Some(Type::Bool)
            }
            _ => None,
        },
        BinaryOp::Power => Some(match (&left.data_type, &right.data_type) {
            (Some(Type::Numeric(_)), _) | (_, Some(Type::Numeric(_))) => Type::Numeric(None),
            _ => Type::Float8,
        }),
        _ => arithmetic_type(op, left, right),
    }
}

fn arithmetic_type(op: &BinaryOp, left: &Expr, right: &Expr) -> Option<Type> {
    let known = |expr: &Expr| -> Option<Type> {
        match &expr.kind {
            ExprKind::Literal(Literal::String(_) | Literal::Null) | ExprKind::Parameter(_) => None,
            _ => expr.data_type.clone(),
        }
    };
    match (known(left), known(right)) {
        (Some(a), Some(b)) => match (&a, &b) {
            (Type::Date, Type::Date) => Some(Type::Int4),
            (Type::Date, b) if b.is_integer() => Some(Type::Date),
            (a, Type::Date) if a.is_integer() && *op == BinaryOp::Plus => Some(Type::Date),
            (Type::Date, Type::Interval) | (Type::Interval, Type::Date) => Some(Type::Timestamp),
            (Type::Timestamp | Type::TimestampTz, Type::Interval) => Some(a),
            (Type::Interval, Type::Timestamp | Type::TimestampTz) => Some(b),
            (Type::Timestamp, Type::Timestamp) | (Type::TimestampTz, Type::TimestampTz) => {
                Some(Type::Interval)
            }
            (Type::Interval, _) | (_, Type::Interval) => Some(Type::Interval),
            _ if a.is_numeric() && b.is_numeric() => Some(wider(&a, &b)),
            _ if a == b => Some(a),
            _ => None,
        },
        // an untyped literal takes the type of the other side
        (Some(a), None) | (None, Some(a)) if a.is_numeric() => Some(a),
        _ => None,
    }
}

/// The type in which two numbers of different types are computed and compared.
/// Source: implicit casts of pg_cast.dat, int2 < int4 < int8 < numeric < float4 < float8.
pub fn wider(a: &Type, b: &Type) -> Type {
    fn rank(data_type: &Type) -> u8 {
        match data_type {
            Type::Int2 => 0,
            Type::Int4 => 1,
            Type::Int8 => 2,
            Type::Numeric(_) => 3,
            Type::Float4 => 4,
            _ => 5,
        }
    }
    match (a, b) {
        // float4 against an integer or numeric is computed as float8
        (Type::Float4, other) | (other, Type::Float4) if *other != Type::Float4 => Type::Float8,
        (Type::Numeric(_), _) if rank(b) <= 3 => Type::Numeric(None),
        _ if rank(a) >= rank(b) => match a {
            Type::Numeric(_) => Type::Numeric(None),
            other => other.clone(),
        },
        _ => match b {
            Type::Numeric(_) => Type::Numeric(None),
            other => other.clone(),
        },
    }
}

/// Whether a cast leaves the value as it is stored, so that PostgreSQL only relabels it and an index still serves.
/// Source: pg_cast.dat (castmethod b), varchar_support and numeric_support.
pub fn is_relabelling(catalog: &Catalog, from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    if matches!(to, Type::Domain(_)) {
        return false;
    }
    let from = catalog.base_type(from);
    match (from, to) {
        (a, b) if a == b => true,
        (Type::Text | Type::Varchar(_), Type::Text | Type::Varchar(None)) => true,
        (Type::Varchar(Some(from)), Type::Varchar(Some(to))) => from <= to,
        (Type::Numeric(_), Type::Numeric(None)) => true,
        (Type::Numeric(Some((from, from_scale))), Type::Numeric(Some((to, to_scale)))) => {
            from_scale == to_scale && from <= to
        }
        (Type::Char(_), Type::Char(0)) => true,
        (Type::Cidr, Type::Inet) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relabelling_casts_keep_the_index() {
        let catalog = Catalog::new();
        assert!(is_relabelling(
            &catalog,
            &Type::Varchar(Some(5)),
            &Type::Text
        ));
        assert!(!is_relabelling(
            &catalog,
            &Type::Varchar(Some(5)),
            &Type::Varchar(Some(3))
        ));
        assert!(!is_relabelling(&catalog, &Type::Int4, &Type::Int8));
        assert!(!is_relabelling(&catalog, &Type::Char(5), &Type::Text));
        assert!(is_relabelling(&catalog, &Type::Char(5), &Type::Char(0)));
        assert!(!is_relabelling(&catalog, &Type::Char(5), &Type::Char(8)));
    }
}
