//! What CHECK constraints say of single columns, so that generated values pass them.

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// What is known of one column's values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bounds {
    /// The only values, as text.
    pub allowed: Option<Vec<String>>,
    /// Literals as text, and whether they are included.
    pub least: Option<(String, bool)>,
    pub most: Option<(String, bool)>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<String>,
    /// Position of a column whose value is below this one's.
    pub above: Option<usize>,
}

/// Reads checks as PostgreSQL deparses them. `columns` are the names; a domain's VALUE stands for `value_column`.
pub(super) fn read(
    checks: &[String],
    columns: &[&str],
    value_column: Option<usize>,
    bounds: &mut [Bounds],
) {
    for check in checks {
        let dialect = PostgreSqlDialect {};
        let parsed = Parser::new(&dialect)
            .with_recursion_limit(100)
            .try_with_sql(check)
            .and_then(|mut parser| parser.parse_expr());
        if let Ok(expression) = parsed {
            Reader {
                columns,
                value_column,
                bounds,
            }
            .conjunct(&expression);
        }
    }
}

struct Reader<'a> {
    columns: &'a [&'a str],
    value_column: Option<usize>,
    bounds: &'a mut [Bounds],
}

impl Reader<'_> {
    fn conjunct(&mut self, expression: &Expr) {
        match bare(expression) {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                self.conjunct(left);
                self.conjunct(right);
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => {
                match (bare(left), bare(right)) {
                    // NULL passes by itself.
                    (Expr::IsNull(_), other) | (other, Expr::IsNull(_)) => self.conjunct(other),
                    (left, right) => {
                        if let (Some((column, mut values)), Some((other, more))) =
                            (self.equals(left), self.equals(right))
                            && column == other
                        {
                            values.extend(more);
                            self.allow(column, values);
                        }
                    }
                }
            }
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right),
            other => {
                if let Some((column, values)) = self.equals(other) {
                    self.allow(column, values);
                }
            }
        }
    }

    fn allow(&mut self, column: usize, values: Vec<String>) {
        let Some(bounds) = self.bounds.get_mut(column) else {
            return;
        };
        bounds.allowed = Some(match bounds.allowed.take() {
            Some(before) => before
                .into_iter()
                .filter(|value| values.contains(value))
                .collect(),
            None => values,
        });
    }

    /// `column = literal`, `column IN (...)`, `column = ANY (ARRAY[...])`, and ORs of them.
    fn equals(&self, expression: &Expr) -> Option<(usize, Vec<String>)> {
        match bare(expression) {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => Some((self.column(left)?, vec![literal(right)?])),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => {
                let (column, mut values) = self.equals(left)?;
                let (other, more) = self.equals(right)?;
                values.extend(more);
                (column == other).then_some((column, values))
            }
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => {
                let values = match bare(right) {
                    Expr::Array(array) => {
                        array.elem.iter().map(literal).collect::<Option<Vec<_>>>()?
                    }
                    other => array_elements(&literal(other)?)?,
                };
                Some((self.column(left)?, values))
            }
            _ => None,
        }
    }

    fn comparison(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) {
        use BinaryOperator as Op;
        if let Some((column, values)) = match op {
            Op::Eq => self
                .equals_of(left, right)
                .or_else(|| self.equals_of(right, left)),
            _ => None,
        } {
            self.allow(column, values);
            return;
        }
        if matches!(op, Op::PGRegexMatch | Op::PGRegexIMatch) {
            if let (Some(column), Some(pattern)) = (self.column(left), literal(right)) {
                self.bounds[column].pattern = Some(pattern);
            }
            return;
        }
        let flipped = match op {
            Op::Gt => Op::Lt,
            Op::GtEq => Op::LtEq,
            Op::Lt => Op::Gt,
            Op::LtEq => Op::GtEq,
            Op::Eq => Op::Eq,
            _ => return,
        };
        if let (Some(column), Some(other)) = (self.column(left), self.column(right)) {
            match op {
                Op::Gt | Op::GtEq => self.bounds[column].above = Some(other),
                Op::Lt | Op::LtEq => self.bounds[other].above = Some(column),
                _ => {}
            }
        } else if let Some(value) = literal(right) {
            self.bound(left, op, value);
        } else if let Some(value) = literal(left) {
            self.bound(right, &flipped, value);
        }
    }

    fn equals_of(&self, column: &Expr, value: &Expr) -> Option<(usize, Vec<String>)> {
        Some((self.column(column)?, vec![literal(value)?]))
    }

    fn bound(&mut self, subject: &Expr, op: &BinaryOperator, value: String) {
        use BinaryOperator as Op;
        if let Some(column) = self.column(subject) {
            let bounds = &mut self.bounds[column];
            match op {
                Op::Gt | Op::GtEq => tighten(&mut bounds.least, value, *op == Op::GtEq, true),
                Op::Lt | Op::LtEq => tighten(&mut bounds.most, value, *op == Op::LtEq, false),
                _ => {}
            }
        } else if let Some(column) = self.length_of(subject)
            && let Ok(length) = value.parse::<usize>()
        {
            let bounds = &mut self.bounds[column];
            match op {
                Op::Eq => (bounds.min_length, bounds.max_length) = (Some(length), Some(length)),
                Op::Gt => bounds.min_length = Some(length + 1),
                Op::GtEq => bounds.min_length = Some(length),
                Op::Lt => bounds.max_length = Some(length.saturating_sub(1)),
                Op::LtEq => bounds.max_length = Some(length),
                _ => {}
            }
        }
    }

    fn length_of(&self, expression: &Expr) -> Option<usize> {
        let Expr::Function(function) = bare(expression) else {
            return None;
        };
        let name = function.name.to_string().to_ascii_lowercase();
        let FunctionArguments::List(list) = &function.args else {
            return None;
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice() else {
            return None;
        };
        match name.as_str() {
            "length" | "char_length" | "character_length" | "octet_length" => {
                self.column(argument).or_else(|| self.trimmed(argument))
            }
            _ => None,
        }
    }

    fn trimmed(&self, expression: &Expr) -> Option<usize> {
        match bare(expression) {
            Expr::Trim { expr, .. } => self.column(expr),
            Expr::Function(function) => {
                let FunctionArguments::List(list) = &function.args else {
                    return None;
                };
                let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice()
                else {
                    return None;
                };
                let name = function.name.to_string().to_ascii_lowercase();
                ["btrim", "trim", "lower", "upper"]
                    .contains(&name.as_str())
                    .then(|| self.column(argument))?
            }
            _ => None,
        }
    }

    fn column(&self, expression: &Expr) -> Option<usize> {
        let Expr::Identifier(identifier) = bare(expression) else {
            return None;
        };
        if identifier.quote_style.is_none()
            && identifier.value.eq_ignore_ascii_case("value")
            && self.value_column.is_some()
        {
            return self.value_column;
        }
        self.columns
            .iter()
            .position(|name| *name == identifier.value)
    }
}

fn tighten(bound: &mut Option<(String, bool)>, value: String, included: bool, is_least: bool) {
    let tighter = match bound {
        None => true,
        Some((before, _)) => match (before.parse::<f64>(), value.parse::<f64>()) {
            (Ok(before), Ok(value)) => (value > before) == is_least && value != before,
            _ => (value > *before) == is_least,
        },
    };
    if tighter {
        *bound = Some((value, included));
    }
}

/// Without parentheses and casts.
fn bare(mut expression: &Expr) -> &Expr {
    loop {
        match expression {
            Expr::Nested(inner) => expression = inner,
            Expr::Cast { expr, .. } => expression = expr,
            other => return other,
        }
    }
}

/// The elements of an array's text, `{a,b}`; `None` where it is not that simple.
fn array_elements(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let simple = !inside.contains(['"', '\\', '{']) && !inside.is_empty();
    simple.then(|| inside.split(',').map(str::to_owned).collect())
}

fn literal(expression: &Expr) -> Option<String> {
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.to_string()),
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                Some(text.clone())
            }
            Value::Boolean(value) => Some(value.to_string()),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => literal(expr).map(|number| format!("-{number}")),
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(check: &str) -> Vec<Bounds> {
        let mut bounds = vec![Bounds::default(); 2];
        read(&[check.to_owned()], &["a", "b"], None, &mut bounds);
        bounds
    }

    #[test]
    fn lists_are_read_as_the_server_prints_them() {
        let expected = Some(vec!["x".to_owned(), "y".to_owned()]);
        for check in [
            "(a = ANY (ARRAY['x'::text, 'y'::text]))",
            "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
            "(a = ANY ('{x,y}'::text[]))",
            "((a = 'x'::text) OR (a = 'y'::text))",
            "((a IS NULL) OR (a = ANY (ARRAY['x'::text, 'y'::text])))",
        ] {
            assert_eq!(of(check)[0].allowed, expected, "{check}");
        }
    }

    #[test]
    fn ranges_lengths_patterns_and_orders_are_read() {
        let both = of("((a >= 1) AND (a <= 5))");
        assert_eq!(both[0].least, Some(("1".to_owned(), true)));
        assert_eq!(both[0].most, Some(("5".to_owned(), true)));
        assert_eq!(
            of("(a > (0)::numeric)")[0].least,
            Some(("0".to_owned(), false))
        );
        assert_eq!(
            of("(a > '-5'::integer)")[0].least,
            Some(("-5".to_owned(), false))
        );
        let exact = of("(char_length((a)::text) = 3)");
        assert_eq!(
            (exact[0].min_length, exact[0].max_length),
            (Some(3), Some(3))
        );
        assert_eq!(
            of("(a ~ '^[A-Z]{3}$'::text)")[0].pattern.as_deref(),
            Some("^[A-Z]{3}$")
        );
        assert_eq!(of("(b > a)")[1].above, Some(0));
        assert_eq!(of("(b <= a)")[0].above, Some(1));
    }

    #[test]
    fn what_is_not_understood_changes_nothing() {
        for check in [
            "(a <> b)",
            "((a > 1) OR (b > 1))",
            "(NOT (a = 'x'::text))",
            "(f(a) > 3)",
            "((a = 1",
        ] {
            assert_eq!(of(check), vec![Bounds::default(); 2], "{check}");
        }
    }
}
