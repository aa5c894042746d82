//! Expressions and indexes as SQL.

use crate::catalog::{Table, Type, Volatility, key_order_sql, quote_identifier, quote_literal};
use crate::query::{BinaryOp, BoundSchema, Expr, ExprKind, Facts, Literal, UnaryOp};

use super::definition::{IndexDefinition, KeyDefinition};

/// An expression over a table's columns as SQL; `None` for what an index cannot hold (or what is not worth trying).
pub fn expression_sql(facts: &Facts<'_>, table: &Table, expr: &Expr) -> Option<String> {
    let sql = |expr: &Expr| expression_sql(facts, table, expr);
    Some(match &expr.kind {
        ExprKind::Column(column) if column.relation == BoundSchema::TABLE => {
            quote_identifier(&table.columns.get(column.column)?.name)
        }
        ExprKind::Literal(literal) => match literal {
            Literal::Null => "NULL".to_owned(),
            Literal::Boolean(value) => value.to_string(),
            Literal::Number(text) => text.clone(),
            Literal::String(text) => quote_literal(text),
        },
        ExprKind::Function(call) => {
            let plain = !call.star
                && !call.distinct
                && call.over.is_none()
                && call.filter.is_none()
                && call.order_by.is_empty()
                && facts.function_volatility(&call.name) == Volatility::Immutable;
            if !plain {
                return None;
            }
            let arguments = call.arguments.iter().map(sql).collect::<Option<Vec<_>>>()?;
            match (call.name.as_str(), arguments.as_slice()) {
                ("timezone", [zone, value]) => format!("({value} AT TIME ZONE {zone})"),
                // part of the grammar, so that quotes would make them names of functions
                (name @ ("coalesce" | "nullif" | "greatest" | "least"), arguments) => {
                    format!("{name}({})", arguments.join(", "))
                }
                ("extract", [field, value]) => {
                    format!("EXTRACT({} FROM {value})", field.trim_matches('\''))
                }
                (name, _) => {
                    let name: Vec<String> = name.split('.').map(quote_identifier).collect();
                    format!("{}({})", name.join("."), arguments.join(", "))
                }
            }
        }
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::Concat
            | BinaryOp::Plus
            | BinaryOp::Minus
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Modulo => format!("({} {} {})", sql(left)?, op.symbol(), sql(right)?),
            BinaryOp::Other(symbol) if matches!(symbol.as_str(), "->" | "->>" | "#>" | "#>>") => {
                format!("({} {symbol} {})", sql(left)?, sql(right)?)
            }
            _ => return None,
        },
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => format!("(-{})", sql(operand)?),
        ExprKind::Cast { operand, data_type } => {
            format!("({}::{data_type})", sql(operand)?)
        }
        ExprKind::Array(members) => format!(
            "ARRAY[{}]",
            members
                .iter()
                .map(sql)
                .collect::<Option<Vec<_>>>()?
                .join(", ")
        ),
        _ => return None,
    })
}

/// Whether an expression may be an index key: it gives the same for the same row at all times. Times with a zone, and
/// casts between text and dates, depend on the session.
pub fn is_immutable(facts: &Facts<'_>, expr: &Expr) -> bool {
    let zoned = |expr: &Expr| matches!(expr.data_type, Some(Type::TimestampTz | Type::TimeTz));
    let dated = |data_type: &Type| {
        data_type.is_date_time() || matches!(data_type, Type::Time | Type::TimeTz | Type::Interval)
    };
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) => true,
        ExprKind::Function(call) => {
            let name = call.name.as_str();
            let zone = name == "timezone";
            facts.function_volatility(name) == Volatility::Immutable
                && (zone || !call.arguments.iter().any(zoned))
                // of a date it is a moment in the session's zone
                && !(name == "date_trunc" && zoned(expr))
                && call.arguments.iter().all(|argument| is_immutable(facts, argument))
                && !matches!(name, "to_char" | "to_timestamp" | "to_date")
                // the configuration has to be named
                && !(matches!(name, "to_tsvector" | "to_tsquery") && call.arguments.len() < 2)
        }
        ExprKind::Cast { operand, data_type } => {
            let from = operand.data_type.as_ref();
            // between texts and moments DateStyle decides
            let by_style = from.is_some_and(Type::is_string) && dated(data_type)
                || from.is_some_and(dated) && data_type.is_string();
            is_immutable(facts, operand)
                && !zoned(operand)
                && !matches!(data_type, Type::TimestampTz | Type::TimeTz)
                && !by_style
                && from.is_some()
                && !matches!(from, Some(Type::Enum(_)))
        }
        ExprKind::Binary { op, left, right } => {
            let same_always =
                op.is_arithmetic() || matches!(op, BinaryOp::Concat | BinaryOp::Other(_));
            let text = |expr: &Expr| {
                expr.data_type.as_ref().is_some_and(Type::is_string)
                    || matches!(expr.kind, ExprKind::Literal(Literal::String(_)))
            };
            let concatenates = *op != BinaryOp::Concat || (text(left) && text(right));
            same_always
                && concatenates
                && !zoned(left)
                && !zoned(right)
                && is_immutable(facts, left)
                && is_immutable(facts, right)
        }
        ExprKind::Unary { operand, .. } => is_immutable(facts, operand),
        ExprKind::Array(members) => members.iter().all(|member| is_immutable(facts, member)),
        _ => false,
    }
}

/// `CREATE INDEX ON schema.table USING method (keys) INCLUDE (...) WHERE ...`; the server chooses the name.
pub fn create_index_sql(
    facts: &Facts<'_>,
    table: &Table,
    index: &IndexDefinition,
) -> Option<String> {
    let keys = index
        .keys
        .iter()
        .map(|key| key_sql(facts, table, key))
        .collect::<Option<Vec<_>>>()?;
    let method = match index.method.name() {
        "btree" => String::new(),
        name => format!("USING {name} "),
    };
    let mut sql = format!(
        "CREATE INDEX ON {} {method}({})",
        table.name.to_sql(),
        keys.join(", ")
    );
    if !index.include.is_empty() {
        let columns = index
            .include
            .iter()
            .map(|id| Some(quote_identifier(&table.columns.get(id.0)?.name)))
            .collect::<Option<Vec<_>>>()?;
        sql.push_str(&format!(" INCLUDE ({})", columns.join(", ")));
    }
    if !index.predicate.is_empty() {
        let conjuncts = index
            .predicate
            .iter()
            .map(|conjunct| predicate_sql(facts, table, conjunct))
            .collect::<Option<Vec<_>>>()?;
        sql.push_str(&format!(" WHERE {}", conjuncts.join(" AND ")));
    }
    Some(sql)
}

fn key_sql(facts: &Facts<'_>, table: &Table, key: &KeyDefinition) -> Option<String> {
    let mut sql = expression_sql(facts, table, &key.expr)?;
    let bare = key.column().is_some()
        || matches!(&key.expr.kind, ExprKind::Function(call) if call.name != "timezone");
    if !bare && !sql.starts_with('(') {
        sql = format!("({sql})");
    }
    if matches!(&key.expr.kind, ExprKind::Function(call) if matches!(call.name.as_str(), "extract" | "coalesce" | "nullif" | "greatest" | "least"))
    {
        sql = format!("({sql})");
    }
    if let Some(class) = &key.opclass {
        sql.push(' ');
        sql.push_str(class);
    }
    sql.push_str(key_order_sql(key.descending, key.nulls_first));
    Some(sql)
}

/// A predicate of a partial index as SQL.
pub fn predicate_sql(facts: &Facts<'_>, table: &Table, conjunct: &Expr) -> Option<String> {
    let sql = |expr: &Expr| expression_sql(facts, table, expr);
    Some(match &conjunct.kind {
        ExprKind::IsNull { operand, negated } => {
            format!(
                "{} IS {}NULL",
                sql(operand)?,
                if *negated { "NOT " } else { "" }
            )
        }
        ExprKind::Not(operand) => format!("NOT {}", sql(operand)?),
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            format!("{} {} {}", sql(left)?, op.symbol(), sql(right)?)
        }
        ExprKind::Column(_) => sql(conjunct)?,
        _ => return None,
    })
}
