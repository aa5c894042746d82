use crate::catalog::quote_identifier;
use crate::query::{Expr, ExprKind, RelationId};
use crate::rewrite::{Edit, apply_edits};
use crate::rules::StatementContext;
use crate::source::Span;

/// What the relation that stays calls a column of the one that goes; `None` where it does not show it.
pub(super) type NameOf<'a> = dyn Fn(usize) -> Option<String> + 'a;

/// Lets expressions read one alias instead of another.
pub(super) struct Renaming<'a> {
    pub(super) from: RelationId,
    /// As SQL writes it.
    pub(super) alias: String,
    pub(super) name: &'a NameOf<'a>,
    /// Whether columns may be written without their alias.
    pub(super) bare_names: bool,
}

impl Renaming<'_> {
    /// Adds the edits for an expression; `None` where its columns are not written as `alias.column`, or the other alias
    /// does not show one.
    pub(super) fn edit(
        &self,
        context: &StatementContext<'_>,
        expr: &Expr,
        gone: &[Span],
        edits: &mut Vec<Edit>,
    ) -> Option<()> {
        let mut all_written = true;
        expr.walk(&mut |part| {
            let reads = match part.kind {
                ExprKind::Column(column) => {
                    (column.relation == self.from).then_some(Some(column.column))
                }
                ExprKind::WholeRow(relation) => (relation == self.from).then_some(None),
                _ => None,
            };
            let Some(column) = reads else { return };
            if gone.iter().any(|span| span.contains(part.span)) {
                return;
            }
            let text = context.query.file.slice(part.span);
            let written = self.bare_names || text.contains('.');
            match column.and_then(self.name) {
                Some(name) if written && !text.ends_with('*') => edits.push(Edit::replace(
                    part.span,
                    format!("{}.{}", self.alias, quote_identifier(&name)),
                )),
                _ => all_written = false,
            }
        });
        all_written.then_some(())
    }

    /// A conjunct's text that reads the other alias.
    pub(super) fn text_of(
        &self,
        context: &StatementContext<'_>,
        conjunct: &Expr,
    ) -> Option<String> {
        let mut edits = Vec::new();
        self.edit(context, conjunct, &[], &mut edits)?;
        let text = apply_edits(
            context.query.file.slice(conjunct.span),
            conjunct.span.start,
            &edits,
        )?;
        Some(match conjunct.kind {
            ExprKind::Or(_) if !text.starts_with('(') => format!("({text})"),
            _ => text,
        })
    }
}
