use std::rc::Rc;

use sqlparser::ast::Ident;

use crate::query::{Expr, RelationId};

/// A column that can be named, and what it means.
#[derive(Debug, Clone)]
pub(super) struct NamedColumn {
    pub(super) name: String,
    pub(super) expr: Expr,
}

/// A relation, or an aliased join, that can qualify a column's name.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) schema: Option<String>,
    pub(super) alias: String,
    pub(super) columns: Rc<[Rc<NamedColumn>]>,
    /// `None` for an aliased join.
    pub(super) relation: Option<RelationId>,
}

/// The names that one level of FROM offers. Scopes are copied for every level that sees them, so what they hold is
/// shared.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) entries: Vec<Rc<Entry>>,
    /// Columns that can be named without a qualifier, in the order of `*`.
    pub(super) columns: Vec<Rc<NamedColumn>>,
}

impl Scope {
    pub(super) fn append(&mut self, other: Scope) {
        self.entries.extend(other.entries);
        self.columns.extend(other.columns);
    }

    /// The entry that a qualifier means.
    pub(super) fn entry(&self, schema: Option<&str>, alias: &str) -> Option<&Entry> {
        self.entries.iter().map(Rc::as_ref).find(|entry| {
            entry.alias == alias && (schema.is_none() || entry.schema.as_deref() == schema)
        })
    }

    pub(super) fn relations(&self) -> impl Iterator<Item = RelationId> + '_ {
        self.entries.iter().filter_map(|entry| entry.relation)
    }
}

/// An identifier as PostgreSQL stores it: folded unless quoted, cut at 63 bytes.
pub(super) fn fold(ident: &Ident) -> String {
    let mut name = if ident.quote_style.is_some() {
        ident.value.clone()
    } else {
        ident.value.to_lowercase()
    };
    if name.len() > 63 {
        let mut end = 63;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
    }
    name
}
