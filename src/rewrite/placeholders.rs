use super::{Edit, apply_edits};
use crate::catalog::{Catalog, ColumnId, TableId};
use crate::query::{BoundSchema, Expr, ExprKind, Facts, Query};

/// A query whose placeholders are `$1`, `$2`, ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedQuery {
    pub sql: String,
    pub parameters: Vec<QueryParameter>,
}

/// One placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryParameter {
    /// As written: `$1`, `:name`, `?`.
    pub written: String,
    /// The column that it is compared with.
    pub column: Option<(TableId, ColumnId)>,
    /// Whether it counts rows (LIMIT, OFFSET).
    pub counts_rows: bool,
    /// Where it first stands; `None` where the numbers leave it out.
    pub span: Option<crate::source::Span>,
}

/// Replaces a query's placeholders by numbered ones: equal names are one parameter, each `?` and `%s` is its own.
pub fn numbered(query: &Query, catalog: &Catalog) -> NumberedQuery {
    let schema = BoundSchema::new(catalog);
    let facts = Facts::new(query, &schema);
    let mut found: Vec<(usize, QueryParameter, crate::source::Span)> = Vec::new();
    for block in &query.blocks {
        for expr in query.expressions_of(block) {
            collect(&facts, expr, false, &mut found);
        }
    }
    for expression in &query.expressions {
        for expr in query.own_expressions_of(expression.id) {
            collect(&facts, expr, false, &mut found);
        }
        let counted = expression
            .limit
            .iter()
            .filter_map(|limit| limit.count.as_ref())
            .chain(&expression.offset);
        for expr in counted {
            collect(&facts, expr, true, &mut found);
        }
    }
    found.sort_by_key(|(start, _, _)| *start);
    let mut parameters: Vec<QueryParameter> = Vec::new();
    let mut edits = Vec::new();
    let mut last = None;
    for (start, parameter, span) in found {
        let anonymous = matches!(parameter.written.as_str(), "?" | "%s");
        let repeated = last == Some(start);
        let explicit = parameter
            .written
            .strip_prefix('$')
            .and_then(|number| number.parse::<usize>().ok());
        let number = match explicit {
            Some(number) if number > 0 && number < 1000 => {
                while parameters.len() < number {
                    parameters.push(QueryParameter {
                        written: format!("${}", parameters.len() + 1),
                        column: None,
                        counts_rows: false,
                        span: None,
                    });
                }
                number
            }
            _ => match parameters
                .iter()
                .position(|known| !anonymous && known.written == parameter.written)
            {
                Some(at) => at + 1,
                None if repeated => parameters.len(),
                None => {
                    parameters.push(parameter.clone());
                    parameters.len()
                }
            },
        };
        if let Some(known) = parameters.get_mut(number - 1) {
            known.column = known.column.or(parameter.column);
            known.counts_rows |= parameter.counts_rows;
            known.span = known.span.or(parameter.span);
        }
        if !repeated {
            edits.push(Edit::replace(span, format!("${number}")));
        }
        last = Some(start);
    }
    let sql = apply_edits(query.text(), query.span.start, &edits)
        .unwrap_or_else(|| query.text().to_owned());
    NumberedQuery { sql, parameters }
}

fn collect(
    facts: &Facts<'_>,
    expr: &Expr,
    counts_rows: bool,
    into: &mut Vec<(usize, QueryParameter, crate::source::Span)>,
) {
    let column_beside = |siblings: &[&Expr]| {
        siblings
            .iter()
            .find_map(|sibling| sibling.as_column())
            .and_then(|column| facts.base_column(column))
    };
    if let ExprKind::Parameter(written) = &expr.kind {
        push(into, written, expr, None, counts_rows);
    }
    let children = expr.children();
    for child in &children {
        match &child.kind {
            ExprKind::Parameter(written) => {
                push(into, written, child, column_beside(&children), counts_rows)
            }
            ExprKind::Cast { operand, .. } if matches!(operand.kind, ExprKind::Parameter(_)) => {
                if let ExprKind::Parameter(written) = &operand.kind {
                    push(
                        into,
                        written,
                        operand,
                        column_beside(&children),
                        counts_rows,
                    );
                }
            }
            _ => collect(facts, child, counts_rows, into),
        }
    }
}

fn push(
    into: &mut Vec<(usize, QueryParameter, crate::source::Span)>,
    written: &str,
    expr: &Expr,
    column: Option<(TableId, ColumnId)>,
    counts_rows: bool,
) {
    into.push((
        expr.span.start,
        QueryParameter {
            written: written.to_owned(),
            column,
            counts_rows,
            span: Some(expr.span),
        },
        expr.span,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;
    use crate::query::analyze_text;
    use crate::source::SourceFile;

    #[test]
    fn named_and_anonymous_placeholders_get_numbers() {
        let catalog = load_schema(&[SourceFile::new(
            "s.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a text);",
        )]);
        let query = analyze_text(
            "q.sql",
            "SELECT id FROM t WHERE a = :name AND id > :low AND a <> :name LIMIT :n",
            &catalog,
        )
        .unwrap();
        let numbered = numbered(&query, &catalog);
        assert_eq!(
            numbered.sql,
            "SELECT id FROM t WHERE a = $1 AND id > $2 AND a <> $1 LIMIT $3"
        );
        assert_eq!(numbered.parameters.len(), 3);
        assert_eq!(
            numbered.parameters[1].column.map(|(_, column)| column.0),
            Some(0)
        );
        assert!(numbered.parameters[2].counts_rows);
    }
}
