use super::Wanted;
use super::flatten::Flattener;
use super::gather::Gathering;
use crate::index::value::literal_text;
use crate::query::{Block, Expr, ExprKind, FunctionKind, GroupBy, Reader, SortKey};

/// LIMIT whose number is not known before it runs.
const ASSUMED_LIMIT: f64 = 100.0;

impl Flattener<'_> {
    pub(super) fn wanted(&self, block: &Block, gathering: &Gathering) -> Wanted {
        if let Some(extreme) = self.extreme(block, gathering) {
            return extreme;
        }
        let Some(expression) = block.expression else {
            return Wanted::default();
        };
        let expression = self.query.expression(expression);
        let order = expression
            .order_by
            .iter()
            .map(|key| {
                let expr = match key.output.and_then(|output| block.select.get(output)) {
                    Some(item) => gathering.resolve(&item.expr),
                    None => gathering.resolve(&key.expr),
                };
                SortKey {
                    expr,
                    ..key.clone()
                }
            })
            .collect();
        let mut wanted = Wanted {
            order,
            ..Wanted::default()
        };
        if let Some(count) = expression
            .limit
            .as_ref()
            .and_then(|limit| limit.count.as_ref())
        {
            let number = |expr: &Expr| literal_text(expr).and_then(|text| text.parse::<f64>().ok());
            wanted.rows_assumed = number(count).is_none();
            let skipped = expression
                .offset
                .as_ref()
                .map_or(0.0, |offset| number(offset).unwrap_or(0.0));
            wanted.rows = Some(number(count).unwrap_or(ASSUMED_LIMIT) + skipped);
        } else if expression.reader == Reader::Exists {
            wanted.rows = Some(1.0);
        }
        wanted
    }

    /// `SELECT min(x)`: the first row in the order of x. Source: preprocess_minmax_aggregates.
    fn extreme(&self, block: &Block, gathering: &Gathering) -> Option<Wanted> {
        if gathering.relations.len() != 1
            || block.group_by != GroupBy::None
            || !block.having.is_empty()
            || block.select.is_empty()
        {
            return None;
        }
        let mut calls = Vec::new();
        for item in &block.select {
            item.expr.walk(&mut |part| {
                if let ExprKind::Function(call) = &part.kind
                    && call.kind == FunctionKind::Aggregate
                {
                    calls.push(call);
                }
            });
        }
        let first = calls.first()?;
        let argument = first.arguments.first()?;
        let fits = calls.iter().all(|call| {
            matches!(call.name.as_str(), "min" | "max")
                && call.filter.is_none()
                && call.arguments.first() == Some(argument)
        });
        if !fits || !argument.has_columns() {
            return None;
        }
        Some(Wanted {
            order: vec![SortKey {
                expr: gathering.resolve(argument),
                descending: first.name == "max",
                nulls_first: first.name == "max",
                nulls_written: false,
                output: None,
            }],
            rows: Some(1.0),
            rows_assumed: false,
            extreme: true,
        })
    }
}
