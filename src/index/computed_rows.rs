//! Rows of what a block reads besides tables, as far as they can be told without knowing a table.

use crate::query::{Expr, ExprKind, Literal, Query, QueryBody, RelationId, RelationSource};

/// `estimate_array_length`
const ARRAY_LENGTH: f64 = 10.0;
/// `prorows` of the functions that take a JSON document apart.
const DOCUMENT_PARTS: f64 = 100.0;

/// Rows of a VALUES list or a function in FROM.
pub(super) fn rows_of_itself(query: &Query, relation: RelationId) -> Option<f64> {
    match &query.relation(relation).source {
        RelationSource::Derived(_) | RelationSource::Cte(_) => rows_of_values(query, relation),
        RelationSource::Function { calls, .. } => {
            let rows = calls.iter().filter_map(rows_of_call);
            rows.reduce(f64::max)
        }
        _ => None,
    }
}

/// Rows of a relation that is a VALUES list.
pub(super) fn rows_of_values(query: &Query, relation: RelationId) -> Option<f64> {
    let mut id = query.query_of(relation)?;
    loop {
        match &query.expression(id).body {
            QueryBody::Values(rows) => return Some(rows.len() as f64),
            QueryBody::Nested(inner) => id = *inner,
            _ => return None,
        }
    }
}

/// Source: array_unnest_support, generate_series_int4_support and pg_proc.dat.
fn rows_of_call(call: &Expr) -> Option<f64> {
    let ExprKind::Function(call) = &call.kind else {
        return None;
    };
    match call.name.as_str() {
        "unnest" => Some(
            call.arguments
                .first()
                .and_then(Expr::array_members)
                .map_or(ARRAY_LENGTH, |members| members.len() as f64),
        ),
        "generate_series" => {
            let [low, high, ..] = call.arguments.as_slice() else {
                return None;
            };
            Some((integer(high)? - integer(low)? + 1.0).max(1.0))
        }
        "json_array_elements"
        | "json_array_elements_text"
        | "json_each"
        | "json_each_text"
        | "json_object_keys"
        | "json_populate_recordset"
        | "json_to_recordset"
        | "jsonb_array_elements"
        | "jsonb_array_elements_text"
        | "jsonb_each"
        | "jsonb_each_text"
        | "jsonb_object_keys"
        | "jsonb_populate_recordset"
        | "jsonb_to_recordset" => Some(DOCUMENT_PARTS),
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(number)) => number.parse().ok(),
        _ => None,
    }
}
