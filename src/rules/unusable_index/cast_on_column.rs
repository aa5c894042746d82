use crate::catalog::{Type, quote_literal};
use crate::index::literal_text;
use crate::query::{BinaryOp, Expr, ExprKind};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

use super::comparison::{Comparison, Test};
use super::each_comparison::check_each;
use super::index_sql::{expression_index, prefix_index};
use super::moment_range::as_range;
use super::operator_types::{cast_of_column, value_type};
use super::pattern::fixed_prefix;
use super::verdict::{finding, operand_text, replace_conjunct, text, verdict};
use super::wrapped::{Wrapping, wrapping};

/// A cast written around an indexed column.
pub struct CastOnColumn;

static INFO: RuleInfo = RuleInfo {
    name: "cast-on-column",
    summary: "a cast is written around the column of a comparison",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds comparisons in which the column is cast (`id::text = '42'`) and the value could be cast instead. \
            Casts that PostgreSQL only relabels (varchar to text, a domain to its base type) are not reported, \
            nor those that an index on the expression serves.",
        why_it_is_slow: "The cast is computed for every row, and an index on the column is no index on the cast column.",
        example_schema: "CREATE TABLE sessions (id uuid PRIMARY KEY, user_id int NOT NULL);",
        example_statistics: "",
        example: "SELECT user_id FROM sessions\nWHERE id::text = '00000000-0000-0000-0000-000000000003';",
        use_instead: "SELECT user_id FROM sessions\nWHERE id = '00000000-0000-0000-0000-000000000003';",
        trade_off: "A value that is no uuid or number matched nothing before, and is an error then: good where the value comes from a program, \
            to be considered where a person types it.",
        interview_question: "id::text = $1 is slow. What are the two ways out, and which do you prefer?",
        good_answer: &[
            "Cast the value, not the column: id = $1::uuid.",
            "Or an index on the expression, which every write has to keep up.",
            "Text and value order differ ('10' < '9'), so a range over the cast is another range.",
            "varchar to text is a relabelling and costs nothing.",
        ],
    },
};

impl Rule for CastOnColumn {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            let answerable = !comparison.is_pattern() || fixed_prefix(&comparison.test).is_some();
            (answerable && wrapping(context, comparison) == Some(Wrapping::Cast))
                .then(|| check(context, comparison))
                .flatten()
        });
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let verdict = verdict(context, comparison)?;
    let key = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!("{key} is cast for every row: an index on the column does not serve"),
    );
    finding.label = Some("cast the value, not the column".to_owned());
    let fix = uncast(context, comparison).or_else(|| as_range(context, comparison));
    match fix {
        Some(fix) => finding.fixes.push(fix),
        None if comparison.is_direct() && comparison.is_equality() => finding.fixes.extend(
            expression_index(context, comparison.table(context), &comparison.key),
        ),
        None if comparison.is_direct() && comparison.is_pattern() => finding.fixes.extend(
            prefix_index(context, comparison.table(context), &comparison.key),
        ),
        None => {}
    }
    Some(finding)
}

/// The comparison with the bare column.
fn uncast(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    let ExprKind::Cast { operand, data_type } = &comparison.written.kind else {
        return None;
    };
    operand.as_column()?;
    let column_type = operand.data_type.as_ref()?;
    let base = context.catalog.base_type(column_type);
    let name = text(context, operand);
    let exact = |value: &Expr| exact_value(context, base, data_type, value);
    let same = match &comparison.test {
        Test::Compare(op, value) if order_is_kept(base, data_type) || *op == BinaryOp::Eq => {
            exact(value).map(|value| format!("{name} {} {value}", op.symbol()))
        }
        Test::In(list) => {
            let members: Option<Vec<String>> = list.iter().map(exact).collect();
            members.map(|members| format!("{name} IN ({})", members.join(", ")))
        }
        Test::Between(low, high) if order_is_kept(base, data_type) => exact(low)
            .zip(exact(high))
            .map(|(low, high)| format!("{name} BETWEEN {low} AND {high}")),
        _ => None,
    };
    if let Some(replacement) = same {
        return replace_conjunct(
            context,
            comparison.conjunct,
            replacement,
            Safety::Equivalent,
            "the same rows",
        );
    }
    let Test::Compare(BinaryOp::Eq, value) = &comparison.test else {
        return None;
    };
    let turned = matches!(value.kind, ExprKind::Parameter(_))
        || literal_text(value).is_some_and(|text| reads_as(base, &text));
    if !turned || !data_type.is_string() {
        return None;
    }
    replace_conjunct(
        context,
        comparison.conjunct,
        format!("{name} = {}::{base}", operand_text(context, value)),
        Safety::Review,
        "the value has to be one of the column's type, or the query fails",
    )
}

/// Whether the cast keeps the order of values.
fn order_is_kept(from: &Type, to: &Type) -> bool {
    from.is_integer() && (to.is_integer() || matches!(to, Type::Numeric(None)))
        || matches!((from, to), (Type::Date, Type::Timestamp))
}

/// The value that the bare column has exactly when the cast column has `value`.
fn exact_value(
    context: &StatementContext<'_>,
    from: &Type,
    to: &Type,
    value: &Expr,
) -> Option<String> {
    let written = || operand_text(context, value);
    match (from, to) {
        // a wider integer: the operators across integers compare the same values
        (from, to) if from.is_integer() && to.is_integer() && width(from) <= width(to) => {
            match value_type(value) {
                Some(data_type) => cast_of_column(context.catalog, from, data_type)
                    .is_none()
                    .then(written),
                None => whole_number(&literal_text(value)?),
            }
        }
        (from, Type::Numeric(None)) if from.is_integer() => match value_type(value) {
            Some(data_type) if data_type.is_integer() => Some(written()),
            _ => whole_number(&literal_text(value)?),
        },
        (Type::Date, Type::Timestamp) => match value_type(value) {
            Some(Type::Date | Type::Timestamp) => Some(written()),
            Some(_) => None,
            None => Some(format!("{}::timestamp", text(context, value))),
        },
        (Type::Uuid, Type::Text | Type::Varchar(None)) => {
            let text = literal_text(value)?;
            is_canonical_uuid(&text).then(|| format!("{}::uuid", quote_literal(&text)))
        }
        (from, Type::Text | Type::Varchar(None)) if from.is_integer() => {
            let text = literal_text(value)?;
            let number: i64 = text.parse().ok()?;
            // '042' and '+42' are equal to no number's text
            (number.to_string() == text && fits(from, number)).then_some(text)
        }
        // the cast strips the padding
        (Type::Char(_), Type::Text | Type::Varchar(None)) => {
            let text = literal_text(value)?;
            (!text.ends_with(' ')).then(|| quote_literal(&text))
        }
        (Type::Bool, Type::Text) => match literal_text(value)?.as_str() {
            word @ ("true" | "false") => Some(word.to_owned()),
            _ => None,
        },
        (Type::Enum(name), Type::Text | Type::Varchar(None)) => {
            let text = literal_text(value)?;
            let labels = context.catalog.enums.get(name)?;
            labels.contains(&text).then(|| quote_literal(&text))
        }
        _ => None,
    }
}

fn width(data_type: &Type) -> u8 {
    match data_type {
        Type::Int2 => 2,
        Type::Int4 => 4,
        _ => 8,
    }
}

fn fits(data_type: &Type, number: i64) -> bool {
    match data_type {
        Type::Int2 => i16::try_from(number).is_ok(),
        Type::Int4 => i32::try_from(number).is_ok(),
        _ => true,
    }
}

fn whole_number(text: &str) -> Option<String> {
    let number: i64 = text.parse().ok()?;
    Some(number.to_string())
}

/// Whether a text is a uuid as PostgreSQL prints it.
fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Whether a text is a value of a type, in some spelling.
fn reads_as(data_type: &Type, text: &str) -> bool {
    match data_type {
        Type::Uuid => is_canonical_uuid(&text.to_ascii_lowercase()),
        Type::Numeric(_) => text.parse::<f64>().is_ok_and(f64::is_finite),
        Type::Date => super::calendar::parse_moment(text).is_some() && text.len() == 10,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spelling_that_postgresql_prints_is_canonical() {
        assert!(is_canonical_uuid("00000000-0000-0000-0000-00000000000a"));
        assert!(!is_canonical_uuid("00000000-0000-0000-0000-00000000000A"));
        assert!(!is_canonical_uuid("{0000000-0000-0000-0000-000000000000}"));
    }
}
