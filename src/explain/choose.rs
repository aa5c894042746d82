use std::sync::Arc;

use thiserror::Error;

use crate::source::{SourceFile, StatementText, split};

/// Why it is not clear which statement of a file is meant.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChooseError {
    #[error("{file} has no statement")]
    Empty { file: String },
    #[error("{file} has {count} statements")]
    Several { file: String, count: usize },
    #[error("{file} has no statement {wanted}")]
    Missing { file: String, wanted: String },
}

/// The statement that is meant: by number (from 1) or `-- name:`, or the only one.
///
/// # Errors
/// There is none, or several and none is named.
pub fn choose_statement(
    file: &Arc<SourceFile>,
    wanted: Option<&str>,
) -> Result<StatementText, ChooseError> {
    let statements = split(file);
    let path = file.path().to_owned();
    match wanted {
        Some(wanted) => statements
            .into_iter()
            .find(|statement| {
                statement.name.as_deref() == Some(wanted) || wanted.parse() == Ok(statement.number)
            })
            .ok_or_else(|| ChooseError::Missing {
                file: path,
                wanted: wanted.to_owned(),
            }),
        None => match statements.len() {
            0 => Err(ChooseError::Empty { file: path }),
            1 => statements
                .into_iter()
                .next()
                .ok_or(ChooseError::Empty { file: path }),
            count => Err(ChooseError::Several { file: path, count }),
        },
    }
}
