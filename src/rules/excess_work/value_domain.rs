//! Which values an expression can have in the rows of a block, as far as its conditions and the table's CHECKs tell.

use crate::catalog::{Type, is_deterministic_collation};
use crate::query::facts::NullSet;
use crate::query::{BinaryOp, Block, BoundSchema, Expr, ExprKind, Literal, Truth, UnaryOp};
use crate::rules::StatementContext;

/// A literal in a form in which two are equal only if PostgreSQL takes them for equal, or that cannot be told.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Value {
    Number(f64),
    /// Without trailing blanks, which char(n) does not count.
    Text(String),
    /// ISO 8601, midnight left out.
    Moment(String),
    Boolean(bool),
}

/// The values that an expression can have.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueDomain {
    may_be_null: bool,
    /// The only values, where they are known.
    values: Option<Vec<Value>>,
    excluded: Vec<Value>,
    /// A bound, and whether it is a value itself.
    lower: Option<(Value, bool)>,
    upper: Option<(Value, bool)>,
}

impl ValueDomain {
    /// The domain of an expression in the rows that pass a block's conditions.
    pub(super) fn of(context: &StatementContext<'_>, block: &Block, expr: &Expr) -> Self {
        if expr.is_null_literal() {
            return Self {
                may_be_null: true,
                values: Some(Vec::new()),
                ..Self::default()
            };
        }
        if let Some(value) = literal(expr, expr.data_type.as_ref()) {
            return Self {
                values: Some(vec![value]),
                ..Self::default()
            };
        }
        let facts = &context.facts;
        let conditions: Vec<&Expr> = facts.passed_conditions(block).collect();
        let rejects_null = expr.as_column().is_some_and(|column| {
            conditions
                .iter()
                .any(|conjunct| facts.rejects(conjunct, &NullSet::Column(column)))
        });
        let mut domain = Self {
            may_be_null: facts.may_be_null(expr, block.id) && !rejects_null,
            ..Self::default()
        };
        if !compares_plainly(context, expr) {
            return domain;
        }
        for condition in &conditions {
            domain.learn(condition, expr);
        }
        if let Some(column) = expr.as_column()
            && let Some(table) = context.query.table_of(column.relation)
        {
            for check in context.schema.checks(table) {
                domain.learn_values(&BoundSchema::for_relation(check, column.relation), expr);
            }
        }
        domain
    }

    /// Whether no value of one is a value of the other, NULL counted as a value.
    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        if self.may_be_null && other.may_be_null {
            return false;
        }
        let listed = |a: &Self, b: &Self| {
            a.values
                .as_ref()
                .is_some_and(|values| values.iter().all(|value| b.surely_rejects(value)))
        };
        let before = |a: &Self, b: &Self| match (&a.upper, &b.lower) {
            (Some((upper, upper_in)), Some((lower, lower_in))) => {
                less(upper, lower) || upper == lower && !(*upper_in && *lower_in)
            }
            _ => false,
        };
        listed(self, other) || listed(other, self) || before(self, other) || before(other, self)
    }

    fn surely_rejects(&self, value: &Value) -> bool {
        self.values
            .as_ref()
            .is_some_and(|values| values.iter().all(|own| differ(own, value)))
            || self.excluded.contains(value)
            || self
                .lower
                .as_ref()
                .is_some_and(|(lower, inside)| less(value, lower) || value == lower && !inside)
            || self
                .upper
                .as_ref()
                .is_some_and(|(upper, inside)| less(upper, value) || value == upper && !inside)
    }

    /// From a condition that is true for every row.
    fn learn(&mut self, condition: &Expr, expr: &Expr) {
        if let ExprKind::IsNull {
            operand,
            negated: false,
        } = &condition.kind
            && **operand == *expr
        {
            self.may_be_null = true;
            self.values = Some(Vec::new());
        }
        self.learn_values(condition, expr);
    }

    /// From a condition that is not false for any row: it says nothing about NULL.
    fn learn_values(&mut self, condition: &Expr, expr: &Expr) {
        let data_type = expr.data_type.as_ref();
        let value = |side: &Expr| literal(side, data_type);
        match &condition.kind {
            ExprKind::Column(_) if condition == expr => self.only(vec![Value::Boolean(true)]),
            ExprKind::Not(operand) if **operand == *expr => self.only(vec![Value::Boolean(false)]),
            ExprKind::IsTruth {
                operand,
                value: truth @ (Truth::True | Truth::False),
                negated: false,
            } if **operand == *expr => self.only(vec![Value::Boolean(*truth == Truth::True)]),
            ExprKind::Binary { op, left, right } => {
                let (op, value) = if **left == *expr {
                    (Some(op.clone()), value(right))
                } else if **right == *expr {
                    (op.commuted(), value(left))
                } else {
                    return;
                };
                let (Some(op), Some(value)) = (op, value) else {
                    return;
                };
                match op {
                    BinaryOp::Eq => self.only(vec![value]),
                    BinaryOp::NotEq => self.excluded.push(value),
                    BinaryOp::Lt => self.below(value, false),
                    BinaryOp::LtEq => self.below(value, true),
                    BinaryOp::Gt => self.above(value, false),
                    BinaryOp::GtEq => self.above(value, true),
                    _ => {}
                }
            }
            ExprKind::InList {
                operand,
                list,
                negated,
            } if **operand == *expr => {
                let values: Option<Vec<Value>> = list.iter().map(value).collect();
                match (values, negated) {
                    (Some(values), false) => self.only(values),
                    (Some(values), true) => self.excluded.extend(values),
                    (None, _) => {}
                }
            }
            ExprKind::QuantifiedArray {
                op: BinaryOp::Eq,
                operand,
                array,
                all: false,
            } if **operand == *expr => {
                let array = match &array.kind {
                    ExprKind::Cast { operand, .. } => operand,
                    _ => array,
                };
                if let ExprKind::Array(elements) = &array.kind
                    && let Some(values) = elements.iter().map(value).collect()
                {
                    self.only(values);
                }
            }
            ExprKind::Between {
                operand,
                low,
                high,
                negated: false,
            } if **operand == *expr => {
                if let Some(low) = value(low) {
                    self.above(low, true);
                }
                if let Some(high) = value(high) {
                    self.below(high, true);
                }
            }
            ExprKind::Or(arms) => {
                let mut values = Vec::new();
                for arm in arms {
                    let mut domain = Self::default();
                    domain.learn_values(arm, expr);
                    match domain.values {
                        Some(own) => values.extend(own),
                        None => return,
                    }
                }
                self.only(values);
            }
            _ => {}
        }
    }

    fn only(&mut self, values: Vec<Value>) {
        // several conditions hold together: one list is enough
        if self.values.is_none() {
            self.values = Some(values);
        }
    }

    fn below(&mut self, value: Value, inside: bool) {
        let tighter = self
            .upper
            .as_ref()
            .is_none_or(|(upper, _)| less(&value, upper) || value == *upper && !inside);
        if tighter {
            self.upper = Some((value, inside));
        }
    }

    fn above(&mut self, value: Value, inside: bool) {
        let tighter = self
            .lower
            .as_ref()
            .is_none_or(|(lower, _)| less(lower, &value) || value == *lower && !inside);
        if tighter {
            self.lower = Some((value, inside));
        }
    }
}

/// Whether two values are surely different.
fn differ(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) && a != b
}

/// Whether one value is surely less than another. The order of texts hangs on the collation.
fn less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a < b,
        (Value::Moment(a), Value::Moment(b)) => a < b,
        _ => false,
    }
}

/// Whether equality of an expression's values is that of their texts or numbers: not with citext, extension types and
/// collations of unknown kind.
fn compares_plainly(context: &StatementContext<'_>, expr: &Expr) -> bool {
    let Some(data_type) = &expr.data_type else {
        return false;
    };
    let plain_collation = match expr
        .as_column()
        .map(|column| context.facts.base_column(column))
    {
        Some(Some((table, column))) => context
            .catalog
            .table(table)
            .column(column)
            .collation
            .as_deref()
            .is_none_or(is_deterministic_collation),
        Some(None) => !data_type.is_string(),
        None => false,
    };
    plain_collation
        && matches!(
            context.catalog.base_type(data_type),
            Type::Bool
                | Type::Int2
                | Type::Int4
                | Type::Int8
                | Type::Numeric(_)
                | Type::Float4
                | Type::Float8
                | Type::Text
                | Type::Varchar(_)
                | Type::Char(_)
                | Type::Date
                | Type::Timestamp
                | Type::TimestampTz
                | Type::Enum(_)
        )
}

/// The value of a literal that is compared with something of a type.
fn literal(expr: &Expr, compared: Option<&Type>) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => Some(Value::Boolean(*value)),
        ExprKind::Literal(Literal::Number(number)) => number_value(number),
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => match literal(operand, compared)? {
            Value::Number(number) => Some(Value::Number(-number)),
            _ => None,
        },
        ExprKind::Literal(Literal::String(text)) => string_value(text, compared),
        ExprKind::Cast { operand, data_type } => match &operand.kind {
            ExprKind::Literal(Literal::String(text)) => {
                // a length or precision may change the value
                let plain = !matches!(
                    data_type,
                    Type::Varchar(Some(_)) | Type::Char(_) | Type::Numeric(Some(_))
                );
                plain.then(|| string_value(text, Some(data_type))).flatten()
            }
            ExprKind::Literal(Literal::Number(number)) if data_type.is_integer() => {
                number.parse::<i64>().ok()?;
                number_value(number)
            }
            _ => None,
        },
        _ => None,
    }
}

fn number_value(number: &str) -> Option<Value> {
    // more digits than a double holds could make two numbers one
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (plain && digits <= 15)
        .then(|| number.parse().ok().map(Value::Number))
        .flatten()
}

fn string_value(text: &str, data_type: Option<&Type>) -> Option<Value> {
    match data_type {
        None | Some(Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Enum(_) | Type::Name) => {
            Some(Value::Text(text.trim_end_matches(' ').to_owned()))
        }
        Some(Type::Date | Type::Timestamp | Type::TimestampTz) => moment(text),
        Some(data_type) if data_type.is_numeric() => number_value(text.trim()),
        _ => None,
    }
}

/// `YYYY-MM-DD` with hours, minutes and seconds or without; other spellings are not compared.
fn moment(text: &str) -> Option<Value> {
    let pattern = "dddd-dd-dd dd:dd:dd";
    let fits = matches!(text.len(), 10 | 16 | 19)
        && text.bytes().zip(pattern.bytes()).all(|(byte, expected)| {
            if expected == b'd' {
                byte.is_ascii_digit()
            } else {
                byte == expected
            }
        });
    let short = text
        .strip_suffix(":00")
        .filter(|_| text.len() == 19)
        .unwrap_or(text);
    fits.then(|| Value::Moment(short.strip_suffix(" 00:00").unwrap_or(short).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_moment_are_one() {
        assert_eq!(moment("2024-01-01 00:00:00"), moment("2024-01-01"));
        assert_eq!(moment("2024-01-01 10:00:00"), moment("2024-01-01 10:00"));
        assert_ne!(moment("2024-01-01 10:00:01"), moment("2024-01-01 10:00"));
        assert_eq!(moment("1/2/2024"), None);
    }

    #[test]
    fn long_numbers_are_not_compared() {
        assert_eq!(number_value("12345678901234567"), None);
        assert_eq!(number_value("1.50"), number_value("1.5"));
    }
}
