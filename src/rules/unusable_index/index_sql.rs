//! CREATE INDEX statements, as a person would write them.

use crate::catalog::{Table, quote_identifier};
use crate::index::is_immutable;
use crate::query::{Expr, ExprKind};
use crate::rewrite::{Edit, apply_edits};
use crate::rules::{Fix, FixKind, Safety, StatementContext};

use super::access::column_of;

/// What every new index costs.
pub(super) const INDEX_COST: &str = "the index takes disk space and has to be kept up by every INSERT, and by every UPDATE of its columns";

/// A fix that makes an index.
pub(super) fn create_index(sql: String, tradeoff: &str) -> Fix {
    Fix {
        kind: FixKind::CreateIndex,
        sql,
        safety: Safety::Review,
        tradeoff: tradeoff.to_owned(),
        edits: Vec::new(),
    }
}

/// `CREATE INDEX ON table (key)` over an expression of one table, where PostgreSQL accepts it as immutable.
pub(super) fn expression_index(
    context: &StatementContext<'_>,
    table: &Table,
    key: &Expr,
) -> Option<Fix> {
    if !is_immutable(&context.facts, key) {
        return None;
    }
    let text = unqualified_text(context, table, key)?;
    Some(create_index(
        format!("CREATE INDEX ON {} (({text}));", table.name.to_short_sql()),
        &format!("{INDEX_COST}; run ANALYZE afterwards, so that the expression has statistics"),
    ))
}

/// `CREATE INDEX ON table ((key) text_pattern_ops)`, for prefix searches of a text expression.
pub(super) fn prefix_index(
    context: &StatementContext<'_>,
    table: &Table,
    key: &Expr,
) -> Option<Fix> {
    if !is_immutable(&context.facts, key) {
        return None;
    }
    let text = unqualified_text(context, table, key)?;
    Some(create_index(
        format!(
            "CREATE INDEX ON {} (({text}) text_pattern_ops);",
            table.name.to_short_sql()
        ),
        INDEX_COST,
    ))
}

/// The text of an expression over one table, without the alias before its columns.
pub(super) fn unqualified_text(
    context: &StatementContext<'_>,
    table: &Table,
    key: &Expr,
) -> Option<String> {
    let mut edits = Vec::new();
    let mut known = true;
    key.walk(&mut |part| {
        if let ExprKind::Column(column) = part.kind {
            match column_of(table, column) {
                Some(column) => {
                    edits.push(Edit::replace(part.span, quote_identifier(&column.name)))
                }
                None => known = false,
            }
        }
    });
    if !known {
        return None;
    }
    let text = context.query.file.slice(key.span);
    let text = apply_edits(text, key.span.start, &edits)?;
    // a comment would swallow what follows on one line
    (!text.contains("--")).then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}
