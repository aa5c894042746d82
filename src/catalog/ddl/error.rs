use thiserror::Error;

use crate::catalog::QualifiedName;
use crate::source::SyntaxError;

/// Why a statement of a schema could not be applied.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum SchemaError {
    #[error("cannot read this statement: {0}; it was left out")]
    Syntax(#[from] SyntaxError),
    #[error("{kind} {name} is not in the schema; give the file that creates it before this one")]
    Missing { kind: &'static str, name: String },
    #[error("table {table} has no column {column}; the statement was left out")]
    MissingColumn {
        table: QualifiedName,
        column: String,
    },
    #[error("{kind} {name} exists already; the later definition was left out")]
    Exists {
        kind: &'static str,
        name: QualifiedName,
    },
    #[error("table {parent} is itself a child of {child}; the statement was left out")]
    Circular {
        parent: QualifiedName,
        child: QualifiedName,
    },
    #[error("{0}")]
    Unsupported(&'static str),
}

impl SchemaError {
    pub(super) fn missing(kind: &'static str, name: impl ToString) -> Self {
        Self::Missing {
            kind,
            name: name.to_string(),
        }
    }

    /// Byte offset in the statement, where one place is to blame.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax(error) => Some(error.offset),
            _ => None,
        }
    }
}
