use thiserror::Error;

use crate::sandbox::SandboxError;

/// Why two queries could not be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// One of them cannot be run on the schema.
    #[error("{query} cannot be run on this schema: {message}")]
    Query { query: String, message: String },
    /// One of them is no SELECT.
    #[error(
        "{query} is not a query: compare takes SELECT, VALUES, TABLE or WITH ... SELECT; compare what it selects instead"
    )]
    NotASelect { query: String },
    /// A join cannot be left out.
    #[error("{alias} cannot be left out: {reason}")]
    NotRemovable { alias: String, reason: String },
    /// The schema does not load.
    #[error("the schema could not be loaded: {0}")]
    Schema(String),
    #[error(transparent)]
    Server(#[from] SandboxError),
}
