//! What stands around the column of a comparison's key, so that each comparison belongs to one rule.

use crate::catalog::Type;
use crate::query::{BinaryOp, Expr, ExprKind, FunctionCall, is_relabelling};
use crate::rules::StatementContext;

use super::comparison::Comparison;

/// The kind of a key that is not a bare column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// A part of a date or moment: date_trunc, extract, to_char, a cast of a timestamp to date.
    PartOfTime,
    /// A cast or AT TIME ZONE whose result hangs on a time zone.
    TimeZone,
    /// A cast.
    Cast,
    /// `+`, `-`, `*`, `/`, `%` or a sign.
    Arithmetic,
    /// Any other function, concatenation.
    Function,
}

/// What stands around the column; `None` for a bare column (relabelled or collated ones included), and for keys that
/// are not understood.
pub(super) fn wrapping(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> Option<Wrapping> {
    of_key(context, &comparison.key)
}

fn of_key(context: &StatementContext<'_>, key: &Expr) -> Option<Wrapping> {
    match &key.kind {
        ExprKind::Cast { operand, data_type } => {
            let from = operand.data_type.as_ref()?;
            if is_relabelling(context.catalog, from, data_type) {
                return of_key(context, operand);
            }
            match (context.catalog.base_type(from), data_type) {
                (Type::TimestampTz, Type::Date | Type::Timestamp | Type::Time | Type::Text) => {
                    Some(Wrapping::TimeZone)
                }
                (Type::Timestamp, Type::TimestampTz) => Some(Wrapping::TimeZone),
                (Type::Timestamp, Type::Date) => match &operand.kind {
                    ExprKind::Function(call) if call.name == "timezone" => Some(Wrapping::TimeZone),
                    _ => Some(Wrapping::PartOfTime),
                },
                _ => match of_key(context, operand) {
                    None | Some(Wrapping::Cast) => Some(Wrapping::Cast),
                    inner => inner,
                },
            }
        }
        ExprKind::Function(call) => of_call(call),
        ExprKind::Binary { op, .. } if op.is_arithmetic() => Some(Wrapping::Arithmetic),
        ExprKind::Binary {
            op: BinaryOp::Concat,
            ..
        } => Some(Wrapping::Function),
        ExprKind::Unary { .. } => Some(Wrapping::Arithmetic),
        ExprKind::Case { .. } => Some(Wrapping::Function),
        _ => None,
    }
}

fn of_call(call: &FunctionCall) -> Option<Wrapping> {
    let moment = call
        .arguments
        .iter()
        .any(|argument| argument.data_type.as_ref().is_some_and(Type::is_date_time));
    match call.name.as_str() {
        "timezone" => Some(Wrapping::TimeZone),
        "date_trunc" | "extract" | "date_part" | "to_char" | "date" if moment => {
            Some(Wrapping::PartOfTime)
        }
        _ => Some(Wrapping::Function),
    }
}

/// The column of a key, where exactly one is in it, once.
pub(super) fn only_column(key: &Expr) -> Option<&Expr> {
    let mut found = None;
    let mut count = 0;
    key.walk(&mut |part| {
        if matches!(part.kind, ExprKind::Column(_)) {
            count += 1;
            found = Some(part);
        }
    });
    found.filter(|_| count == 1)
}
