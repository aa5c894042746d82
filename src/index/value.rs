use crate::catalog::Type;
use crate::query::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};

/// The text of a constant as the statistics write values; `None` where its value is not known before it runs.
pub fn literal_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text) | Literal::Number(text)) => Some(text.clone()),
        ExprKind::Literal(Literal::Boolean(value)) => Some(value.to_string()),
        ExprKind::Cast { operand, .. } => literal_text(operand),
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => literal_text(operand).map(|text| format!("-{text}")),
        _ => None,
    }
}

/// A value on a line, so that it can be placed between two others. Source: convert_to_scalar of selfuncs.c.
pub(super) fn scalar(text: &str, data_type: &Type) -> Option<f64> {
    match data_type {
        Type::Bool => Some(f64::from(u8::from(text == "true" || text == "t"))),
        numeric if numeric.is_numeric() || *numeric == Type::Oid || *numeric == Type::Money => {
            text.trim().parse().ok()
        }
        Type::Date | Type::Timestamp | Type::TimestampTz => moment(text),
        string if string.is_string() => Some(
            text.bytes()
                .take(7)
                .enumerate()
                .map(|(at, byte)| f64::from(byte) / 256_f64.powi(at as i32 + 1))
                .sum(),
        ),
        _ => None,
    }
}

/// A constant expression on the line of its type; also sums of numbers, and dates and moments with intervals added, as
/// the planner computes them before it estimates.
pub(super) fn constant_scalar(expr: &Expr, data_type: &Type) -> Option<f64> {
    if let ExprKind::Binary { op, left, right } = &expr.kind {
        if data_type.is_numeric() {
            let (left, right) = (
                constant_scalar(left, data_type)?,
                constant_scalar(right, data_type)?,
            );
            return match op {
                BinaryOp::Plus => Some(left + right),
                BinaryOp::Minus => Some(left - right),
                BinaryOp::Multiply => Some(left * right),
                _ => None,
            };
        }
        if !data_type.is_date_time() {
            return None;
        }
        let sign = match op {
            BinaryOp::Plus => 1.0,
            BinaryOp::Minus => -1.0,
            _ => return None,
        };
        return Some(constant_scalar(left, data_type)? + sign * interval_seconds(right)?);
    }
    scalar(&literal_text(expr)?, data_type)
}

/// Length of an interval written out, such as `3 months`; months have 30.4375 days on average.
fn interval_seconds(expr: &Expr) -> Option<f64> {
    let ExprKind::Cast {
        operand,
        data_type: Type::Interval,
    } = &expr.kind
    else {
        return None;
    };
    let text = literal_text(operand)?;
    let mut words = text.split_whitespace();
    let mut seconds = 0.0;
    while let Some(number) = words.next() {
        let number: f64 = number.parse().ok()?;
        seconds += number
            * match words.next()?.to_lowercase().trim_end_matches('s') {
                "second" | "sec" => 1.0,
                "minute" | "min" => 60.0,
                "hour" => 3600.0,
                "day" => 86_400.0,
                "week" => 7.0 * 86_400.0,
                "month" | "mon" => 30.4375 * 86_400.0,
                "year" => 365.25 * 86_400.0,
                _ => return None,
            };
    }
    (seconds > 0.0).then_some(seconds)
}

/// Seconds since 1970, from the ISO form; a time zone is passed over, as hours do not matter here.
fn moment(text: &str) -> Option<f64> {
    let text = text.trim();
    let mut fields = text.get(..10)?.splitn(3, '-');
    let mut field = || fields.next()?.parse::<i16>().ok();
    let (year, month, day) = (field()?, field()?, field()?);
    let date =
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let days = date
        .since(jiff::civil::Date::new(1970, 1, 1).ok()?)
        .ok()?
        .get_days();
    let clock: Vec<f64> = text
        .get(11..)
        .unwrap_or_default()
        .split(['+', '-', 'Z'])
        .next()
        .unwrap_or_default()
        .split(':')
        .map_while(|part| part.trim().parse().ok())
        .collect();
    let seconds: f64 = clock
        .iter()
        .zip([3600.0, 60.0, 1.0])
        .map(|(part, unit)| part * unit)
        .sum();
    Some(f64::from(days) * 86_400.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_ordered_by_day_and_clock() {
        let at = |text: &str| scalar(text, &Type::TimestampTz).unwrap();
        assert_eq!(at("1970-01-02"), 86_400.0);
        assert_eq!(
            at("2024-01-10 13:00+00") - at("2024-01-10 12:00+00"),
            3600.0
        );
        assert!(scalar("yesterday", &Type::Date).is_none());
    }

    #[test]
    fn strings_are_ordered_by_their_first_bytes() {
        let at = |text: &str| scalar(text, &Type::Text).unwrap();
        assert!(at("abc") < at("abd"));
        assert!(at("ab") < at("abc"));
    }

    #[test]
    fn intervals_are_added_to_dates() {
        let cast = |text: &str, data_type: Type| {
            let text = ExprKind::Literal(Literal::String(text.to_owned()));
            Expr::new(
                ExprKind::Cast {
                    operand: Box::new(Expr::new(text, crate::source::Span::default())),
                    data_type,
                },
                crate::source::Span::default(),
            )
        };
        let later = Expr::new(
            ExprKind::Binary {
                op: BinaryOp::Minus,
                left: Box::new(cast("1970-01-11", Type::Date)),
                right: Box::new(cast("1 week 2 days", Type::Interval)),
            },
            crate::source::Span::default(),
        );
        assert_eq!(constant_scalar(&later, &Type::Date), Some(86_400.0));
    }
}
