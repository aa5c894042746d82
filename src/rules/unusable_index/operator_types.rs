//! Which side of a comparison PostgreSQL casts, so that an index on it is lost.

use crate::catalog::{Catalog, Type};
use crate::query::{Expr, ExprKind, Literal};

/// The type that a column is cast to when it is compared with a value of another type; `None` where the operator takes
/// the column as it is: the same type, a cross-type operator of the same family, or a mere relabelling.
/// Source: oper_select_candidate and func_select_candidate of parse_func.c over pg_operator.dat, pg_amop.dat and
/// pg_cast.dat.
pub(super) fn cast_of_column(catalog: &Catalog, column: &Type, value: &Type) -> Option<Type> {
    let column = catalog.base_type(column);
    let value = catalog.base_type(value);
    match (column, value) {
        (a, b) if a == b => None,
        // integer_ops holds all pairs of integers
        (a, b) if a.is_integer() && b.is_integer() => None,
        (a, Type::Numeric(_)) if a.is_integer() => Some(Type::Numeric(None)),
        (a, Type::Float4 | Type::Float8) if a.is_integer() => Some(Type::Float8),
        (Type::Numeric(_), Type::Float4 | Type::Float8) => Some(Type::Float8),
        // text is the preferred string type
        (Type::Char(_), Type::Text | Type::Name | Type::Citext) => Some(Type::Text),
        // bpchar is an exact match on one side, text on none
        (Type::Varchar(_), Type::Char(_)) => Some(Type::Char(0)),
        (Type::Citext, Type::Text | Type::Varchar(_) | Type::Char(_)) => Some(Type::Text),
        (Type::Time, Type::TimeTz) => Some(Type::TimeTz),
        (Type::Time, Type::Interval) => Some(Type::Interval),
        _ => None,
    }
}

/// The type of a value as operators see it; `None` for untyped literals and parameters, which take the other side's.
pub(super) fn value_type(expr: &Expr) -> Option<&Type> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(_) | Literal::Null) | ExprKind::Parameter(_) => None,
        _ => expr.data_type.as_ref(),
    }
}

/// How a type is called where PostgreSQL chose it.
pub(super) fn type_name(data_type: &Type) -> String {
    match data_type {
        Type::Char(0) => "char".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast(column: Type, value: Type) -> Option<Type> {
        cast_of_column(&Catalog::new(), &column, &value)
    }

    #[test]
    fn integers_are_cast_to_numeric_and_float_and_not_the_other_way() {
        assert_eq!(
            cast(Type::Int4, Type::Numeric(None)),
            Some(Type::Numeric(None))
        );
        assert_eq!(cast(Type::Int8, Type::Float8), Some(Type::Float8));
        assert_eq!(cast(Type::Numeric(None), Type::Int4), None);
        assert_eq!(cast(Type::Float4, Type::Numeric(None)), None);
        assert_eq!(cast(Type::Int2, Type::Int8), None);
    }

    #[test]
    fn padded_strings_meet_text_as_text_and_varchar_as_char() {
        assert_eq!(cast(Type::Char(8), Type::Text), Some(Type::Text));
        assert_eq!(cast(Type::Char(8), Type::Varchar(None)), None);
        assert_eq!(
            cast(Type::Varchar(Some(6)), Type::Char(6)),
            Some(Type::Char(0))
        );
        assert_eq!(cast(Type::Text, Type::Char(6)), None);
        assert_eq!(cast(Type::Varchar(Some(6)), Type::Text), None);
    }

    #[test]
    fn dates_and_moments_share_a_family() {
        assert_eq!(cast(Type::Date, Type::TimestampTz), None);
        assert_eq!(cast(Type::TimestampTz, Type::Date), None);
    }
}
