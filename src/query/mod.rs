//! One statement understood: parsing, scopes, columns bound to tables, predicates, keys, nullability.

/// A statement, understood.
#[derive(Debug)]
pub struct Query {}
