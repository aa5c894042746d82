use crate::catalog::Type;
use crate::query::{Expr, ExprKind, Literal, UnaryOp};

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
}
