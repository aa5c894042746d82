use super::{Fix, FixKind, Safety, StatementContext};
use crate::rewrite::{Edit, verified};

/// A rewrite as a fix; `None` where the text does not allow it.
pub(super) fn rewrite(
    context: &StatementContext<'_>,
    edits: Vec<Edit>,
    safety: Safety,
    tradeoff: &str,
) -> Option<Fix> {
    let rewritten = verified(context.query, context.catalog, edits)?;
    Some(Fix {
        kind: FixKind::Rewrite,
        sql: rewritten.sql,
        safety,
        tradeoff: tradeoff.to_owned(),
        edits: rewritten.edits,
    })
}
