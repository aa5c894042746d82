//! Comparisons of a part of a date or moment as half-open ranges of the whole.

use jiff::civil::{Date, DateTime, Time};

use crate::catalog::{Type, quote_literal};
use crate::index::literal_text;
use crate::query::{BinaryOp, Expr, ExprKind, Literal};
use crate::rules::{Fix, Safety, StatementContext};

use super::calendar::{Unit, moment_text, parse_formatted, parse_moment};
use super::comparison::{Comparison, Test};
use super::number::integer;
use super::pattern::{constant_text, fixed_prefix};
use super::verdict::{operand_text, replace_conjunct, text};

/// IN lists longer than this stay as they are.
const LONGEST_LIST: usize = 4;

/// How a key cuts a moment.
enum Cut<'e> {
    /// To the start of a unit.
    Truncated(Unit),
    /// To the number of the year.
    Year,
    /// To a text.
    Formatted(&'e str),
}

/// What a key is made of.
struct CutKey<'e> {
    cut: Cut<'e>,
    column: &'e Expr,
    /// `column AT TIME ZONE zone`
    zone: Option<&'e Expr>,
}

/// Whether a key is a part of a moment that is one range of it: not extract(month), not to_char(..., 'Day').
pub(super) fn is_range_of_time(key: &Expr) -> bool {
    // date_trunc('day', at, 'UTC'): the start of the day in a zone
    if let ExprKind::Function(call) = &key.kind
        && let ("date_trunc", [_, moment, _]) = (call.name.as_str(), call.arguments.as_slice())
    {
        return moment_column(moment).is_some();
    }
    match read_key(key) {
        Some(CutKey {
            cut: Cut::Formatted(format),
            ..
        }) => format.to_ascii_uppercase().contains("YYYY"),
        read => read.is_some(),
    }
}

fn read_key(key: &Expr) -> Option<CutKey<'_>> {
    match &key.kind {
        ExprKind::Cast { operand, data_type } => {
            let inner = read_key(operand);
            match (inner, data_type) {
                (Some(inner), Type::Date | Type::Timestamp) => {
                    matches!(inner.cut, Cut::Truncated(unit) if unit >= Unit::Day).then_some(inner)
                }
                (Some(inner), data_type) if data_type.is_numeric() => {
                    matches!(inner.cut, Cut::Year).then_some(inner)
                }
                (Some(_), _) => None,
                (None, Type::Date) => {
                    let (column, zone) = moment_column(operand)?;
                    // a date is cut already
                    (column.data_type != Some(Type::Date)).then_some(CutKey {
                        cut: Cut::Truncated(Unit::Day),
                        column,
                        zone,
                    })
                }
                _ => None,
            }
        }
        ExprKind::Function(call) => {
            let (cut, moment) = match (call.name.as_str(), call.arguments.as_slice()) {
                ("date", [moment]) => (Cut::Truncated(Unit::Day), moment),
                ("date_trunc", [unit, moment]) => (
                    Cut::Truncated(Unit::from_name(&literal_text(unit)?)?),
                    moment,
                ),
                ("extract" | "date_part", [field, moment]) => {
                    let field = literal_text(field)?.to_ascii_lowercase();
                    if field != "year" {
                        return None;
                    }
                    (Cut::Year, moment)
                }
                ("to_char", [moment, format]) => match &format.kind {
                    ExprKind::Literal(Literal::String(format)) => (Cut::Formatted(format), moment),
                    _ => return None,
                },
                _ => return None,
            };
            let (column, zone) = moment_column(moment)?;
            Some(CutKey { cut, column, zone })
        }
        _ => None,
    }
}

/// The column of a moment, and the zone that it is moved to.
fn moment_column(expr: &Expr) -> Option<(&Expr, Option<&Expr>)> {
    match &expr.kind {
        ExprKind::Column(_) => expr
            .data_type
            .as_ref()
            .is_some_and(Type::is_date_time)
            .then_some((expr, None)),
        ExprKind::Function(call) if call.name == "timezone" => match call.arguments.as_slice() {
            [zone, column]
                if column.as_column().is_some() && column.data_type == Some(Type::TimestampTz) =>
            {
                Some((column, Some(zone)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The comparison as a range of the bare column.
pub(super) fn as_range(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    if comparison.is_pattern() {
        return spelled_start(context, comparison);
    }
    let key = read_key(comparison.written)?;
    let column_type = key.column.data_type.as_ref()?;
    let column_type = context.catalog.base_type(column_type);
    if *column_type == Type::Date && matches!(key.cut, Cut::Truncated(unit) if unit < Unit::Day) {
        return None;
    }
    let writer = Writer {
        column: text(context, key.column),
        zone: key.zone.map(|zone| operand_text(context, zone)),
    };
    let exact_zone = match key.zone {
        Some(zone) => is_utc(zone),
        None => *column_type != Type::TimestampTz,
    };
    let known = match &comparison.test {
        Test::Compare(op, value) => one(&writer, &key, op, value),
        Test::Between(low, high) => {
            let low = one(&writer, &key, &BinaryOp::GtEq, low);
            let high = one(&writer, &key, &BinaryOp::LtEq, high);
            low.zip(high).map(|(low, high)| format!("{low} AND {high}"))
        }
        Test::In(list) if list.len() <= LONGEST_LIST => {
            let ranges: Option<Vec<String>> = list
                .iter()
                .map(|value| {
                    one(&writer, &key, &BinaryOp::Eq, value).map(|range| format!("({range})"))
                })
                .collect();
            ranges.map(|ranges| format!("({})", ranges.join(" OR ")))
        }
        _ => None,
    };
    if let Some(replacement) = known {
        let (safety, tradeoff) = match (&key.cut, exact_zone) {
            (_, false) if key.zone.is_some() => (
                Safety::Review,
                "hours that the clocks repeat or skip in the zone may fall differently",
            ),
            (Cut::Formatted(_), true) => (
                Safety::Review,
                "the same rows, unless there are years BC, which to_char does not tell apart",
            ),
            (_, true) => (Safety::Equivalent, "the same rows"),
            (_, false) => (
                Safety::Review,
                "the bounds are midnight in the session's time zone, as the old condition was; hours that the clocks repeat or skip may fall differently",
            ),
        };
        return replace_conjunct(context, comparison.conjunct, replacement, safety, tradeoff);
    }
    unknown_value(context, comparison, &key, &writer, column_type)
}

/// `created_at::text LIKE '2024-02%'` as the range of that month.
fn spelled_start(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    let ExprKind::Cast { operand, data_type } = &comparison.written.kind else {
        return None;
    };
    let (column, zone) = moment_column(operand)?;
    let Test::Like { pattern, .. } = &comparison.test else {
        return None;
    };
    let prefix = fixed_prefix(&comparison.test)?;
    let whole = constant_text(pattern)?.strip_prefix(&prefix) == Some("%");
    if !data_type.is_string() || !whole {
        return None;
    }
    let (unit, start) = ["YYYY-", "YYYY-MM", "YYYY-MM-", "YYYY-MM-DD", "YYYY-MM-DD "]
        .into_iter()
        .find_map(|format| parse_formatted(format, &prefix))?;
    let writer = Writer {
        column: text(context, column),
        zone: zone.map(|zone| operand_text(context, zone)),
    };
    let replacement = format!(
        "{} AND {}",
        writer.from(start),
        writer.before(unit.next(start)?)
    );
    replace_conjunct(
        context,
        comparison.conjunct,
        replacement,
        Safety::Review,
        "the text hangs on DateStyle and, for timestamptz, on the session's time zone; the range says what was meant",
    )
}

/// The range for one constant.
fn one(writer: &Writer, key: &CutKey<'_>, op: &BinaryOp, value: &Expr) -> Option<String> {
    let (unit, at) = match key.cut {
        Cut::Truncated(unit) => {
            let text = literal_text(value)?;
            let typed = value.data_type.as_ref();
            if !typed.is_none_or(|typed| matches!(typed, Type::Date | Type::Timestamp)) {
                return None;
            }
            let at = parse_moment(&text)?;
            // a clock time is lost on its way to a date
            if typed == Some(&Type::Date) && at.time() != Time::midnight() {
                return None;
            }
            (unit, at)
        }
        Cut::Year => {
            let year = i16::try_from(integer(value)?)
                .ok()
                .filter(|year| (1..9999).contains(year))?;
            (
                Unit::Year,
                Date::new(year, 1, 1).ok()?.to_datetime(Time::midnight()),
            )
        }
        Cut::Formatted(format) => {
            if *op != BinaryOp::Eq {
                return None;
            }
            parse_formatted(format, &literal_text(value)?)?
        }
    };
    let start = unit.start(at)?;
    let next = unit.next(start)?;
    Some(match (op, start == at) {
        (BinaryOp::Eq, true) => format!("{} AND {}", writer.from(start), writer.before(next)),
        (BinaryOp::GtEq, true) => writer.from(start),
        (BinaryOp::Lt, true) => writer.before(start),
        (BinaryOp::Gt, true) => writer.from(next),
        (BinaryOp::LtEq, true) => writer.before(next),
        // what is cut is never between two starts
        (BinaryOp::Gt | BinaryOp::GtEq, false) => writer.from(next),
        (BinaryOp::Lt | BinaryOp::LtEq, false) => writer.before(next),
        _ => return None,
    })
}

struct Writer {
    column: String,
    zone: Option<String>,
}

impl Writer {
    fn bound(&self, at: DateTime) -> String {
        let literal = quote_literal(&moment_text(at));
        match &self.zone {
            Some(zone) => format!("{literal}::timestamp AT TIME ZONE {zone}"),
            None => literal,
        }
    }

    fn from(&self, at: DateTime) -> String {
        format!("{} >= {}", self.column, self.bound(at))
    }

    fn before(&self, at: DateTime) -> String {
        format!("{} < {}", self.column, self.bound(at))
    }
}

/// Whether a zone is one whose clocks are never changed.
pub(super) fn is_utc(zone: &Expr) -> bool {
    literal_text(zone).is_some_and(|zone| {
        matches!(
            zone.to_ascii_uppercase().as_str(),
            "UTC" | "ETC/UTC" | "GMT" | "Z" | "ZULU"
        )
    })
}

/// The range for a value that is known only when the query runs.
fn unknown_value(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    key: &CutKey<'_>,
    writer: &Writer,
    column_type: &Type,
) -> Option<Fix> {
    let (Cut::Truncated(unit), Test::Compare(op, value), None) =
        (&key.cut, &comparison.test, key.zone)
    else {
        return None;
    };
    // a ? cannot be written twice
    if value.any(&|part| matches!(&part.kind, ExprKind::Parameter(name) if name == "?"))
        || !value.relations().is_empty()
        || value.has_subquery()
    {
        return None;
    }
    let day = *unit == Unit::Day && comparison.written.data_type == Some(Type::Date);
    let (value, is_date) = match (&value.kind, &value.data_type) {
        (ExprKind::Parameter(_), None) if day => (format!("{}::date", text(context, value)), true),
        (ExprKind::Parameter(_), None) => (format!("{}::timestamp", text(context, value)), false),
        (_, Some(Type::Date)) => (operand_text(context, value), true),
        (_, Some(Type::Timestamp | Type::TimestampTz)) => (operand_text(context, value), false),
        _ => return None,
    };
    if day && !is_date {
        return None;
    }
    let next = if day {
        format!("{value} + 1")
    } else {
        format!("{value} + interval '{}'", unit.interval())
    };
    let column = &writer.column;
    let replacement = match op {
        BinaryOp::Eq => format!("{column} >= {value} AND {column} < {next}"),
        BinaryOp::GtEq if day => format!("{column} >= {value}"),
        BinaryOp::Lt if day => format!("{column} < {value}"),
        BinaryOp::Gt if day => format!("{column} >= {next}"),
        BinaryOp::LtEq if day => format!("{column} < {next}"),
        _ => return None,
    };
    // the current date is finite, and a timestamp knows no clocks that change
    let today = matches!(&comparison.test, Test::Compare(_, value) if is_near_today(value));
    let exact = day && *column_type == Type::Timestamp && today;
    let (safety, tradeoff) = if exact {
        (Safety::Equivalent, "the same rows")
    } else {
        (
            Safety::Review,
            "the same rows where the value is the start of its unit, finite, and the clocks are not changed at it",
        )
    };
    replace_conjunct(context, comparison.conjunct, replacement, safety, tradeoff)
}

/// `current_date`, or a number of days from it.
fn is_near_today(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Function(call) => call.name == "current_date",
        ExprKind::Binary {
            op: BinaryOp::Plus | BinaryOp::Minus,
            left,
            right,
        } => is_near_today(left) && integer(right).is_some_and(|days| days.abs() < 100_000),
        _ => false,
    }
}
