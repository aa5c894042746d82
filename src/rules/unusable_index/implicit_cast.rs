use crate::catalog::Type;
use crate::index::literal_text;
use crate::query::{BinaryOp, Expr, ExprKind};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

use super::access::column_of;
use super::comparison::{Comparison, Test};
use super::each_comparison::check_each;
use super::number::{Decimal, compare_integer};
use super::operator_types::{cast_of_column, type_name, value_type};
use super::verdict::{finding, replace_conjunct, text, verdict};

/// A value whose type makes PostgreSQL cast the column.
pub struct ImplicitCast;

static INFO: RuleInfo = RuleInfo {
    name: "implicit-cast",
    summary: "a value of another type makes PostgreSQL cast the column",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds comparisons of a bare column with a value whose type has no operator in the column's index family: \
            an integer column with a numeric or floating-point value, numeric with floating-point, char(n) with text, varchar with char(n), \
            citext with text. Types that PostgreSQL compares directly (smallint with bigint, varchar with text, date with timestamptz) \
            are not reported.",
        why_it_is_slow: "PostgreSQL has no operator for the pair, so it casts one side to the type of the other, and here that is the column. \
            The plan then shows the cast in Filter, such as `((id)::numeric = 42.0)`: it is computed for every row, and the index on the column is not used.",
        example_schema: "CREATE TABLE invoices (id int PRIMARY KEY, customer_id int NOT NULL);",
        example_statistics: "",
        example: "SELECT customer_id FROM invoices\nWHERE id = 4711.0;",
        use_instead: "SELECT customer_id FROM invoices\nWHERE id = 4711;",
        trade_off: "None, where the value has the column's type. With a driver, send the parameter as an integer and not as decimal or double.",
        interview_question: "The primary key is an integer. Why does WHERE id = 42.0 read the whole table?",
        good_answer: &[
            "There is no operator integer = numeric; integer is cast to numeric, never the other way.",
            "An index on id is no index on id::numeric.",
            "EXPLAIN shows the cast in the Filter line.",
            "Integers of different sizes have operators of their own in the same family, so that is no problem.",
            "Drivers send typed parameters: a decimal or double in the program does the same harm.",
        ],
    },
};

impl Rule for ImplicitCast {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            (comparison.depends.is_empty() && !comparison.correlated)
                .then(|| check(context, comparison))
                .flatten()
        });
    }
}

/// The type that PostgreSQL casts the column of a comparison to.
pub(super) fn cast_target(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> Option<Type> {
    let column = comparison.column()?;
    let column = &column_of(comparison.table(context), column)?.data_type;
    if comparison.is_pattern() {
        return None;
    }
    let cast = |data_type: &Type| cast_of_column(context.catalog, column, data_type);
    match &comparison.test {
        Test::AnyOf(array) => match value_type(array)? {
            Type::Array(element) => cast(element),
            _ => match &array.kind {
                ExprKind::Array(members) => members.iter().filter_map(value_type).find_map(cast),
                _ => None,
            },
        },
        Test::InSubquery(query) => {
            let output = context.query.expression(*query).output.first()?;
            cast(output.data_type.as_ref()?)
        }
        _ => comparison
            .values()
            .into_iter()
            .filter_map(value_type)
            .find_map(cast),
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    if matches!(comparison.test, Test::InSubquery(_)) {
        return None;
    }
    let target = cast_target(context, comparison)?;
    let verdict = verdict(context, comparison)?;
    let column = text(context, comparison.written);
    let own = column_of(comparison.table(context), comparison.column()?)?;
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!(
            "{column} is {} and compared as {}: the column is cast for every row",
            own.data_type,
            type_name(&target)
        ),
    );
    finding.label = Some(format!("really ({column})::{}", type_name(&target)));
    finding.why.insert(
        0,
        format!(
            "PostgreSQL has no operator for {} and the value's type, so it casts the column",
            own.data_type
        ),
    );
    finding
        .fixes
        .extend(rewritten(context, comparison, &own.data_type, &target));
    Some(finding)
}

fn rewritten(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    column_type: &Type,
    target: &Type,
) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    let column_type = context.catalog.base_type(column_type);
    let column = text(context, comparison.written);
    match (column_type, &comparison.test) {
        (Type::Char(_), Test::Compare(op, value)) => {
            let value = uncast(value)?;
            let literal = literal_text(value)?;
            let safety = if literal.ends_with(' ') {
                Safety::Review
            } else {
                Safety::Equivalent
            };
            let replacement = format!("{column} {} {}", op.symbol(), text(context, value));
            replace_conjunct(
                context,
                comparison.conjunct,
                replacement,
                safety,
                "compares as char(n) does: without the padding",
            )
        }
        (column_type, Test::Compare(op, value)) if column_type.is_integer() => {
            let decimal = Decimal::of(value);
            let Some(decimal) = decimal else {
                let ExprKind::Cast { operand, .. } = &value.kind else {
                    return None;
                };
                let ExprKind::Parameter(_) = operand.kind else {
                    return None;
                };
                let replacement = format!(
                    "{column} {} {}::{column_type}",
                    op.symbol(),
                    text(context, operand)
                );
                return replace_conjunct(
                    context,
                    comparison.conjunct,
                    replacement,
                    Safety::Review,
                    "the parameter has to be a whole number",
                );
            };
            let replacement = compare_integer(&column, op, &decimal, *target == Type::Float8)?;
            replace_conjunct(
                context,
                comparison.conjunct,
                replacement,
                Safety::Equivalent,
                "the same rows: the column holds whole numbers only",
            )
        }
        (column_type, Test::In(list)) if column_type.is_integer() => {
            let members: Option<Vec<String>> = list
                .iter()
                .map(|member| Decimal::of(member)?.whole(*target == Type::Float8))
                .collect();
            let replacement = format!("{column} IN ({})", members?.join(", "));
            replace_conjunct(
                context,
                comparison.conjunct,
                replacement,
                Safety::Equivalent,
                "the same rows: the column holds whole numbers only",
            )
        }
        (column_type, Test::Between(low, high)) if column_type.is_integer() => {
            let float = *target == Type::Float8;
            let low = compare_integer(&column, &BinaryOp::GtEq, &Decimal::of(low)?, float)?;
            let high = compare_integer(&column, &BinaryOp::LtEq, &Decimal::of(high)?, float)?;
            replace_conjunct(
                context,
                comparison.conjunct,
                format!("{low} AND {high}"),
                Safety::Equivalent,
                "the same rows: the column holds whole numbers only",
            )
        }
        (Type::Numeric(_) | Type::Varchar(_) | Type::Citext, Test::Compare(op, value)) => {
            let value = uncast(value)?;
            let replacement = format!("{column} {} {}", op.symbol(), text(context, value));
            replace_conjunct(
                context,
                comparison.conjunct,
                replacement,
                Safety::Review,
                "compares in the column's own type: rounding, padding and case may count differently",
            )
        }
        _ => None,
    }
}

/// The constant or parameter behind a cast.
fn uncast(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Cast { operand, .. } => match operand.kind {
            ExprKind::Literal(_) | ExprKind::Parameter(_) => Some(operand),
            _ => None,
        },
        _ => None,
    }
}
