//! CREATE INDEX statements, as a person would write them.

use crate::catalog::{Table, Type, quote_identifier};
use crate::query::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
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
    if !is_immutable(key) {
        return None;
    }
    let text = unqualified_text(context, table, key)?;
    Some(create_index(
        format!("CREATE INDEX ON {} (({text}));", table.name.to_short_sql()),
        &format!("{INDEX_COST}; run ANALYZE afterwards, so that the expression has statistics"),
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

/// Functions that are immutable for every type of argument that they take here.
const IMMUTABLE: &[&str] = &[
    "abs",
    "ascii",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "coalesce",
    "floor",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "octet_length",
    "position",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "strpos",
    "substr",
    "substring",
    "translate",
    "trim",
    "trunc",
    "upper",
    "greatest",
    "least",
];

/// Whether PostgreSQL takes an expression as an index key: every function and cast in it is immutable. False where that
/// is not known. Source: provolatile of pg_proc.dat, and of the functions behind pg_cast.dat.
pub(super) fn is_immutable(expr: &Expr) -> bool {
    let here = match &expr.kind {
        ExprKind::Column(_) => true,
        // an untyped literal beside a date is read by DateStyle
        ExprKind::Literal(literal) => matches!(
            literal,
            Literal::Number(_) | Literal::Boolean(_) | Literal::String(_) | Literal::Null
        ),
        ExprKind::Function(call) => {
            let first = call
                .arguments
                .get(1)
                .and_then(|argument| argument.data_type.as_ref());
            match call.name.as_str() {
                "extract" | "date_part" | "date_trunc" => {
                    matches!(first, Some(Type::Timestamp))
                        || call.name == "extract" && matches!(first, Some(Type::Date))
                }
                "timezone" => call.arguments.len() == 2,
                name => IMMUTABLE.contains(&name),
            }
        }
        ExprKind::Cast { operand, data_type } => match (&operand.data_type, data_type) {
            (Some(from), to) => {
                let plain = |data_type: &Type| {
                    data_type.is_numeric()
                        || data_type.is_string()
                        || matches!(data_type, Type::Uuid | Type::Bool)
                };
                plain(from) && plain(to)
                    || matches!(
                        (from, to),
                        (Type::Timestamp, Type::Date) | (Type::Date, Type::Timestamp)
                    )
            }
            (None, to) => to.is_numeric() || to.is_string(),
        },
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::Concat => [left, right].into_iter().all(|side| {
                matches!(side.kind, ExprKind::Literal(Literal::String(_)))
                    || side.data_type.as_ref().is_some_and(Type::is_string)
            }),
            BinaryOp::Other(symbol) => matches!(symbol.as_str(), "->" | "->>" | "#>" | "#>>"),
            op if op.is_arithmetic() => {
                let number = |side: &Expr| side.data_type.as_ref().is_some_and(Type::is_numeric);
                number(left) && number(right)
            }
            _ => false,
        },
        ExprKind::Unary { op, .. } => matches!(op, UnaryOp::Minus | UnaryOp::Plus),
        ExprKind::Collate { .. } => true,
        _ => false,
    };
    here && expr.children().into_iter().all(is_immutable)
}
