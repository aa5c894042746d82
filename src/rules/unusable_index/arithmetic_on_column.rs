use crate::catalog::{Column, Type};
use crate::index::literal_text;
use crate::query::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

use super::access::column_of;
use super::comparison::{Comparison, Test};
use super::each_comparison::check_each;
use super::index_sql::expression_index;
use super::number::integer;
use super::solve::{Operation, solve};
use super::verdict::{finding, operand_text, replace_conjunct, text, verdict};
use super::wrapped::{Wrapping, only_column, wrapping};

/// Arithmetic on an indexed column.
pub struct ArithmeticOnColumn;

static INFO: RuleInfo = RuleInfo {
    name: "arithmetic-on-column",
    summary: "arithmetic on the column side of a comparison",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds comparisons in which a column is computed with (`qty - 5 > 10`, `created_at + interval '1 day' > now()`) \
            where the constant could stand on the other side. Whole numbers are solved exactly, truncating division included. \
            Silent where an index on the expression serves, where another condition already leads to few rows, and where the \
            computed side drives a join.",
        why_it_is_slow: "A B-tree is searched for values of its key. PostgreSQL does no algebra: for `qty - 5 > 10` it computes the difference for \
            every row of the table, and it does not know how many rows pass, so the rest of the plan suffers too.",
        example_schema: "CREATE TABLE stock (sku int PRIMARY KEY, qty int NOT NULL);\nCREATE INDEX stock_qty ON stock (qty);",
        example_statistics: "",
        example: "SELECT sku FROM stock\nWHERE qty - 5 > 9990;",
        use_instead: "SELECT sku FROM stock\nWHERE qty > 9995;",
        trade_off: "The rewritten condition cannot overflow where the old one did. Floating-point and numeric results may round otherwise: \
            there, look before you change. `column + 0` is sometimes written on purpose, to keep the planner off an index.",
        interview_question: "Which of these can use an index on created_at: created_at + interval '1 day' > now(), or created_at > now() - interval '1 day'?",
        good_answer: &[
            "Only the second: the column stands alone, and the other side is computed once.",
            "PostgreSQL does not rearrange expressions.",
            "Where the expression cannot be turned round (width * height), an index on the expression serves.",
            "An index on an expression also gives ANALYZE something to count.",
        ],
    },
};

impl Rule for ArithmeticOnColumn {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            (wrapping(context, comparison) == Some(Wrapping::Arithmetic))
                .then(|| check(context, comparison))
                .flatten()
        });
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let table = comparison.table(context);
    let key = text(context, comparison.written);
    let single = only_column(&comparison.key);
    // a remainder or product of columns cannot be turned round: only equality is worth an index on it
    if single.is_none() && !comparison.is_equality() && comparison.key.columns().len() < 2 {
        return None;
    }
    if has_remainder(&comparison.key) {
        return None;
    }
    let mut verdict = verdict(context, comparison)?;
    let fixes = solved(context, comparison);
    if fixes.is_none() && verdict.index.is_none() {
        verdict.severity = Severity::Info;
    }
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!("{key} is computed for every row: an index on the column does not serve"),
    );
    finding.label = Some("the constant belongs on the other side".to_owned());
    match fixes {
        Some(fix) => finding.fixes.push(fix),
        None if comparison.is_direct() => {
            finding.label = Some("computed for every row".to_owned());
            finding
                .fixes
                .extend(expression_index(context, table, &comparison.key));
        }
        None => {}
    }
    Some(finding)
}

fn has_remainder(key: &Expr) -> bool {
    key.any(&|part| {
        matches!(
            part.kind,
            ExprKind::Binary {
                op: BinaryOp::Modulo,
                ..
            }
        )
    })
}

/// The comparison with the column alone on its side.
fn solved(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    let column_expr = only_column(comparison.written)?;
    let column = column_of(
        comparison.table(context),
        only_column(&comparison.key)?.as_column()?,
    )?;
    let name = text(context, column_expr);
    let replacement = solved_exactly(context, comparison, column, &name);
    if let Some((replacement, safety, tradeoff)) = replacement {
        return replace_conjunct(context, comparison.conjunct, replacement, safety, tradeoff);
    }
    let (replacement, tradeoff) = moved(context, comparison, column, &name)?;
    replace_conjunct(
        context,
        comparison.conjunct,
        replacement,
        Safety::Review,
        tradeoff,
    )
}

fn solved_exactly(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    column: &Column,
    name: &str,
) -> Option<(String, Safety, &'static str)> {
    let data_type = context.catalog.base_type(&column.data_type);
    let same = |replacement| Some((replacement, Safety::Equivalent, "the same rows"));
    if data_type.is_integer() {
        let operations = operations(comparison.written)?;
        let solved = match &comparison.test {
            Test::Compare(op, value) => solve(name, &operations, op, integer(value)?)?,
            Test::Between(low, high) => {
                let low = solve(name, &operations, &BinaryOp::GtEq, integer(low)?)?;
                let high = solve(name, &operations, &BinaryOp::LtEq, integer(high)?)?;
                format!("{low} AND {high}")
            }
            Test::In(list) => {
                let members: Option<Vec<String>> = list
                    .iter()
                    .map(|member| {
                        let solved = solve(name, &operations, &BinaryOp::Eq, integer(member)?)?;
                        solved
                            .strip_prefix(&format!("{name} = "))
                            .map(str::to_owned)
                    })
                    .collect();
                format!("{name} IN ({})", members?.join(", "))
            }
            _ => return None,
        };
        return same(solved);
    }
    // a date or moment moved by a constant
    let ExprKind::Binary { op, left, right } = &comparison.written.kind else {
        return None;
    };
    if let (Type::Date, BinaryOp::Minus, Test::Compare(test, value)) =
        (data_type, op, &comparison.test)
        && [left, right]
            .iter()
            .all(|side| side.data_type == Some(Type::Date))
    {
        // a difference of two dates is a whole number of days
        let days = integer(value).map(|_| text(context, value))?;
        return match (left.as_column(), right.as_column()) {
            (Some(_), None) => same(format!(
                "{name} {} {} + {days}",
                test.symbol(),
                operand_text(context, right)
            )),
            (None, Some(_)) => same(format!(
                "{name} {} {} - {days}",
                test.commuted()?.symbol(),
                operand_text(context, left)
            )),
            _ => None,
        };
    }
    let (BinaryOp::Plus | BinaryOp::Minus, Some(_), Test::Compare(test, value)) =
        (op, left.as_column(), &comparison.test)
    else {
        return None;
    };
    let back = if *op == BinaryOp::Plus { "-" } else { "+" };
    match data_type {
        Type::Date if integer(right).is_some() => {
            let value = dated(context, value, "date")?;
            same(format!(
                "{name} {} {value} {back} {}",
                test.symbol(),
                text(context, right)
            ))
        }
        Type::Timestamp | Type::TimestampTz if right.data_type == Some(Type::Interval) => {
            let exact = literal_text(right).is_some_and(|text| {
                is_clock_interval(&text) || *data_type == Type::Timestamp && is_day_interval(&text)
            });
            let own = if *data_type == Type::Timestamp {
                "timestamp"
            } else {
                "timestamptz"
            };
            let typed = value.data_type.as_ref();
            let value = match typed {
                Some(Type::Timestamp | Type::TimestampTz) => operand_text(context, value),
                Some(_) => return None,
                None => dated(context, value, own)?,
            };
            let exact = exact && typed.is_none_or(|typed| typed == data_type);
            Some((
                format!(
                    "{name} {} {value} {back} {}",
                    test.symbol(),
                    operand_text(context, right)
                ),
                if exact {
                    Safety::Equivalent
                } else {
                    Safety::Review
                },
                if exact {
                    "the same rows"
                } else {
                    "months, and days across a change of the clocks, are not always as long back as forth"
                },
            ))
        }
        _ => None,
    }
}

/// A value to compute a date with: with its type where it has none.
fn dated(context: &StatementContext<'_>, value: &Expr, data_type: &str) -> Option<String> {
    match (&value.kind, &value.data_type) {
        (ExprKind::Literal(_), None) => Some(format!("{}::{data_type}", text(context, value))),
        (ExprKind::Parameter(_), None) => Some(format!("{}::{data_type}", text(context, value))),
        (_, Some(Type::Date)) if data_type == "date" => Some(operand_text(context, value)),
        _ => None,
    }
}

/// Whether an interval is made of hours, minutes and seconds alone: as long everywhere.
fn is_clock_interval(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    number.parse::<i64>().is_ok()
        && matches!(
            unit.trim_end_matches('s'),
            "hour" | "minute" | "min" | "second" | "sec"
        )
}

/// Whether an interval is a number of days or weeks: as long everywhere where no time zone is.
fn is_day_interval(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    number.parse::<i64>().is_ok() && matches!(unit.trim_end_matches('s'), "day" | "week")
}

/// The operations on the one column of a whole-number expression, outermost first.
fn operations(key: &Expr) -> Option<Vec<Operation>> {
    match &key.kind {
        ExprKind::Column(_) => Some(Vec::new()),
        ExprKind::Unary { op, operand } => {
            let inner = operations(operand)?;
            match op {
                UnaryOp::Minus => Some([vec![Operation::SubtractFrom(0)], inner].concat()),
                UnaryOp::Plus => Some(inner),
                UnaryOp::Other => None,
            }
        }
        ExprKind::Binary { op, left, right } => {
            let (inner, operation) = match (integer(left), integer(right)) {
                (None, Some(constant)) => (
                    left,
                    match op {
                        BinaryOp::Plus => Operation::Add(constant),
                        BinaryOp::Minus => Operation::Add(constant.checked_neg()?),
                        BinaryOp::Multiply => Operation::Multiply(constant),
                        BinaryOp::Divide => Operation::Divide(constant),
                        _ => return None,
                    },
                ),
                (Some(constant), None) => (
                    right,
                    match op {
                        BinaryOp::Plus => Operation::Add(constant),
                        BinaryOp::Minus => Operation::SubtractFrom(constant),
                        BinaryOp::Multiply => Operation::Multiply(constant),
                        _ => return None,
                    },
                ),
                _ => return None,
            };
            Some([vec![operation], operations(inner)?].concat())
        }
        _ => None,
    }
}

/// The constant moved to the other side as it is written, where that may round or overflow otherwise.
fn moved(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    column: &Column,
    name: &str,
) -> Option<(String, &'static str)> {
    let ExprKind::Binary { op, left, right } = &comparison.written.kind else {
        return None;
    };
    let Test::Compare(test, value) = &comparison.test else {
        return None;
    };
    let data_type = context.catalog.base_type(&column.data_type);
    let typed = value.data_type.is_some() || matches!(value.kind, ExprKind::Parameter(_));
    if !typed {
        return None;
    }
    let value = operand_text(context, value);
    if data_type.is_date_time() && left.data_type.as_ref().is_some_and(Type::is_date_time) {
        let of_days = match data_type {
            Type::Date => "the value has to be a whole number of days",
            _ => {
                "an interval of a difference has days of 24 hours; across a change of the clocks a day is longer or shorter"
            }
        };
        // now() - created_at > interval '7 days'
        if *op == BinaryOp::Minus && right.as_column().is_some() {
            let turned = test.commuted()?;
            return Some((
                format!(
                    "{name} {} {} - {value}",
                    turned.symbol(),
                    operand_text(context, left)
                ),
                of_days,
            ));
        }
        if *op == BinaryOp::Minus && left.as_column().is_some() {
            return Some((
                format!(
                    "{name} {} {value} + {}",
                    test.symbol(),
                    operand_text(context, right)
                ),
                of_days,
            ));
        }
        return None;
    }
    if !data_type.is_numeric() || left.as_column().is_none() {
        return None;
    }
    // an integer column against a fraction would be cast again
    let whole = right.data_type.as_ref().is_some_and(Type::is_integer);
    if data_type.is_integer() && !whole {
        return None;
    }
    let back = match op {
        BinaryOp::Plus => "-",
        BinaryOp::Minus => "+",
        BinaryOp::Multiply if !data_type.is_integer() && is_positive(right) => "/",
        BinaryOp::Divide if !data_type.is_integer() && is_positive(right) => "*",
        _ => return None,
    };
    Some((
        format!(
            "{name} {} {value} {back} {}",
            test.symbol(),
            operand_text(context, right)
        ),
        "rounding and overflow may differ at the edge",
    ))
}

fn is_positive(expr: &Expr) -> bool {
    literal_text(expr)
        .and_then(|text| text.parse::<f64>().ok())
        .is_some_and(|number| number > 0.0)
}
