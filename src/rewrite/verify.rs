use crate::catalog::Catalog;
use crate::query::{OutputColumn, Query, StatementKind, analyze_text};

use super::{Edit, apply_edits};

/// A rewrite whose text was read again.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// The whole statement.
    pub sql: String,
    /// Byte offsets in the file.
    pub edits: Vec<Edit>,
}

/// Applies edits to a statement and reads the result: it must parse, every name must still be known, and the output must
/// have the same columns. `None` where it does not.
pub fn verified(query: &Query, catalog: &Catalog, edits: Vec<Edit>) -> Option<Rewritten> {
    if edits.is_empty() {
        return None;
    }
    let sql = apply_edits(query.text(), query.span.start, &edits)?;
    let again = analyze_text(query.file.path(), &sql, catalog).ok()?;
    let same =
        again.problems.len() <= query.problems.len() && same_output(output(query), output(&again));
    same.then_some(Rewritten { sql, edits })
}

fn output(query: &Query) -> &[OutputColumn] {
    match query.kind {
        StatementKind::Select(expression) => &query.expression(expression).output,
        _ => &[],
    }
}

fn same_output(a: &[OutputColumn], b: &[OutputColumn]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.name == b.name
                && (a.data_type == b.data_type || a.data_type.is_none() || b.data_type.is_none())
        })
}
