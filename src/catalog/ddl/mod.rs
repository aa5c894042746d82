//! The catalog that DDL makes: CREATE, ALTER and DROP read and applied in order, as PostgreSQL would.
//!
//! `parse_*` read a statement into the definitions of `definition`, `apply_*` apply those to the catalog.

mod apply;
mod apply_alter;
mod apply_constraint;
mod apply_drop;
mod apply_index;
mod apply_table;
mod apply_type;
mod apply_view;
mod cursor;
mod definition;
mod error;
mod loader;
mod names;
mod parse_alter;
mod parse_constraint;
mod parse_index;
mod parse_table;
mod rename_column;
mod search_path;
mod statement;

pub use error::SchemaError;
pub use loader::{SchemaLoader, SchemaStatement, StatementKind, load_schema};

use definition::ObjectReference;
use sqlparser::ast::ObjectName;

/// The last part of a name, folded.
fn last_part(name: &ObjectName) -> Option<String> {
    reference_of(name).map(|reference| reference.name)
}

/// A name as sqlparser read it, folded.
fn reference_of(name: &ObjectName) -> Option<ObjectReference> {
    let mut parts = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|part| super::fold_identifier(&part.value, part.quote_style.is_some()))
        .rev();
    let name = parts.next()?;
    Some(ObjectReference {
        schema: parts.next(),
        name,
    })
}

#[cfg(test)]
mod tests;
