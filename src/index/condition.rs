use std::collections::BTreeSet;

use crate::query::{Expr, RelationId};
use crate::source::Span;

/// What a condition asks of an index.
#[derive(Debug, Clone, PartialEq)]
pub enum Operator {
    /// One value, or one of several (IN, = ANY).
    Equal {
        values: f64,
    },
    IsNull,
    IsNotNull,
    Range {
        low: Option<Box<Expr>>,
        high: Option<Box<Expr>>,
    },
    /// LIKE 'abc%', `^@`, `~ '^abc'`.
    Prefix,
    /// LIKE '%abc%', ILIKE and regular expressions, with three characters in a row to look for.
    Pattern,
    /// `@>`, `?`, `&&`, `@@` and the like, by its symbol.
    Contains(String),
}

/// A condition that an index on `key` can serve.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Over [`crate::query::BoundSchema::TABLE`], in key form.
    pub key: Expr,
    pub operator: Operator,
    /// Relations of the same flat block that have to be read first.
    pub depends: BTreeSet<RelationId>,
    /// Fraction of the table's rows that pass.
    pub selectivity: f64,
    /// The value, where it is one constant.
    pub value: Option<String>,
    /// As the query has it.
    pub span: Span,
}

impl Condition {
    /// Whether it leaves one value of the key.
    pub fn fixes_key(&self) -> bool {
        matches!(self.operator, Operator::Equal { values } if values <= 1.0)
            || self.operator == Operator::IsNull
    }

    /// Whether it is an equality in the sense of an index (IN and IS NULL included).
    pub fn is_equality(&self) -> bool {
        matches!(self.operator, Operator::Equal { .. } | Operator::IsNull)
    }
}
