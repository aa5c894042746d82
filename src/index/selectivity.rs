//! How many rows a condition leaves, from the statistics. Source: selfuncs.c, clausesel.c and array_selfuncs.c.

use std::cell::Cell;

use crate::catalog::{Catalog, Column, ColumnId, ColumnStatistics, Table, Type};
use crate::query::{BinaryOp, BoundSchema, Expr, ExprKind, LikeKind, Literal, Truth};

use super::value::{constant_scalar, literal_text, scalar};

/// `DEFAULT_INEQ_SEL`
const DEFAULT_RANGE: f64 = 1.0 / 3.0;
/// `DEFAULT_RANGE_INEQ_SEL`
const DEFAULT_CLOSED_RANGE: f64 = 0.005;
/// `DEFAULT_MATCH_SEL`
const DEFAULT_MATCH: f64 = 0.005;
/// `DEFAULT_CONTAIN_SEL` and `DEFAULT_MATCHING_SEL`, rounded to the larger.
const DEFAULT_CONTAINS: f64 = 0.01;
/// `contsel`: taken where a table has no statistics at all, so that nothing speaks for so many rows as above.
const UNKNOWN_CONTAINS: f64 = 0.001;
/// Different documents taken to hold the value looked for, where nothing tells how many do.
const DOCUMENTS_WITH_A_VALUE: f64 = 10.0;
/// `DEFAULT_NUM_DISTINCT`
const DEFAULT_DISTINCT: f64 = 200.0;
/// `FIXED_CHAR_SEL`
const FIXED_CHARACTER: f64 = 0.20;
/// Rows taken for granted where a table has no statistics.
pub const ASSUMED_ROWS: f64 = 100_000.0;

/// Estimates over one table.
pub struct Estimator<'a> {
    catalog: &'a Catalog,
    table: &'a Table,
    rows: f64,
    /// Whether a default of PostgreSQL had to stand in for a figure.
    assumed: Cell<bool>,
}

impl<'a> Estimator<'a> {
    /// Estimates for a table with its statistics, or with [`ASSUMED_ROWS`].
    pub fn new(catalog: &'a Catalog, table: &'a Table) -> Self {
        let rows = table
            .statistics
            .as_ref()
            .map_or(ASSUMED_ROWS, |statistics| statistics.rows.max(1.0));
        Self {
            catalog,
            table,
            rows,
            assumed: Cell::new(false),
        }
    }

    /// Rows of the table, at least 1.
    pub fn rows(&self) -> f64 {
        self.rows
    }

    /// Whether the estimates so far rest on a default where a figure is missing.
    pub fn has_assumed(&self) -> bool {
        self.assumed.get()
    }

    fn column_of(&self, key: &Expr) -> Option<(ColumnId, &'a Column)> {
        let column = key.as_collated_column()?;
        if column.relation != BoundSchema::TABLE {
            return None;
        }
        Some((
            ColumnId(column.column),
            self.table.columns.get(column.column)?,
        ))
    }

    fn statistics_of(&self, key: &Expr) -> Option<&'a ColumnStatistics> {
        self.column_of(key)?.1.statistics.as_ref()
    }

    /// Number of distinct values of a key. Source: get_variable_numdistinct.
    pub fn distinct(&self, key: &Expr) -> f64 {
        if let Some((id, column)) = self.column_of(key) {
            if let Some(distinct) = column
                .statistics
                .as_ref()
                .and_then(|statistics| statistics.distinct_values(self.rows))
            {
                return distinct.clamp(1.0, self.rows);
            }
            if self.is_unique(id) {
                return self.rows;
            }
            match self.catalog.base_type(&column.data_type) {
                Type::Bool => return 2.0,
                Type::Enum(name) => {
                    if let Some(labels) = self.catalog.enums.get(name) {
                        return (labels.len() as f64).max(1.0);
                    }
                }
                _ => {}
            }
            self.assumed.set(true);
            return DEFAULT_DISTINCT.min(self.rows);
        }
        // an expression index gets statistics of its own from ANALYZE; till then the columns tell most
        let folds_few = matches!(&key.kind, ExprKind::Function(call)
            if ["lower", "upper", "trim", "btrim", "coalesce", "md5", "digest"].contains(&call.name.as_str()));
        let columns = key.columns();
        if (folds_few || matches!(key.kind, ExprKind::Cast { .. })) && !columns.is_empty() {
            return columns
                .iter()
                .map(|column| self.distinct(&Expr::new(ExprKind::Column(*column), key.span)))
                .fold(1.0, f64::max);
        }
        self.assumed.set(true);
        DEFAULT_DISTINCT.min(self.rows)
    }

    fn is_unique(&self, id: ColumnId) -> bool {
        self.catalog.indexes_of(self.table).any(|index| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index.keys.len() == 1
                && index.leading_columns().eq([id])
        })
    }

    /// Fraction of NULLs.
    pub fn null_fraction(&self, key: &Expr) -> f64 {
        match self.column_of(key) {
            Some((_, column)) if column.not_null => 0.0,
            Some((_, column)) => match &column.statistics {
                Some(statistics) => statistics.null_fraction,
                None => {
                    self.assumed.set(true);
                    DEFAULT_MATCH
                }
            },
            None => 0.0,
        }
    }

    /// Fraction of the rows in which a key has one value, known or not. Source: var_eq_const, var_eq_non_const.
    pub fn equality(&self, key: &Expr, value: Option<&str>) -> f64 {
        let nulls = self.null_fraction(key);
        if let (Some((_, column)), Some(statistics), Some(value)) =
            (self.column_of(key), self.statistics_of(key), value)
        {
            let boolean = *self.catalog.base_type(&column.data_type) == Type::Bool;
            let value = match value {
                "t" if boolean => "true",
                "f" if boolean => "false",
                other => other,
            };
            if let Some(frequency) = statistics.frequency(value) {
                return frequency;
            }
            if !statistics.most_common.is_empty() {
                let listed: f64 = statistics.most_common.iter().map(|(_, f)| f).sum();
                let rest = (1.0 - listed - nulls).max(0.0);
                let others = self.distinct(key) - statistics.most_common.len() as f64;
                let smallest = statistics
                    .most_common
                    .iter()
                    .map(|(_, frequency)| *frequency)
                    .fold(1.0, f64::min);
                let each = if others > 1.0 { rest / others } else { rest };
                return each.min(smallest).max(1.0 / self.rows);
            }
        }
        ((1.0 - nulls) / self.distinct(key)).clamp(1.0 / self.rows, 1.0)
    }

    /// The fraction of all rows that hold a value, where it is among the most common ones.
    pub fn known_frequency(&self, key: &Expr, value: &str) -> Option<f64> {
        self.statistics_of(key)?.frequency(value)
    }

    /// Fraction of the rows below `value` (or at it), of those that are not NULL. Source: scalarineqsel.
    fn below(&self, key: &Expr, value: &Expr) -> Option<f64> {
        let (_, column) = self.column_of(key)?;
        let statistics = column.statistics.as_ref()?;
        let data_type = self.catalog.base_type(&column.data_type);
        let at = constant_scalar(value, data_type)?;
        let listed: f64 = statistics.most_common.iter().map(|(_, f)| f).sum();
        let nulls = statistics.null_fraction;
        let mut fraction = 0.0;
        for (common, frequency) in &statistics.most_common {
            if scalar(common, data_type)? < at {
                fraction += frequency;
            }
        }
        let rest = (1.0 - listed - nulls).max(0.0);
        let bounds: Vec<f64> = statistics
            .histogram
            .iter()
            .map_while(|bound| scalar(bound, data_type))
            .collect();
        if bounds.len() >= 2 && bounds.len() == statistics.histogram.len() {
            let bins = (bounds.len() - 1) as f64;
            let passed = bounds.iter().filter(|bound| **bound <= at).count();
            let inside = if passed == 0 {
                0.0
            } else if passed == bounds.len() {
                1.0
            } else {
                let (low, high) = (bounds[passed - 1], bounds[passed]);
                let within = if high > low {
                    (at - low) / (high - low)
                } else {
                    0.5
                };
                ((passed - 1) as f64 + within) / bins
            };
            fraction += rest * inside;
        } else if rest > 0.1 {
            return None;
        } else {
            fraction += rest / 2.0;
        }
        Some(fraction)
    }

    /// Fraction of the rows in which a key lies in a range; a missing bound is open. Source: scalarineqsel and
    /// addRangeClause.
    pub fn range(&self, key: &Expr, low: Option<&Expr>, high: Option<&Expr>) -> f64 {
        let nulls = self.null_fraction(key);
        let smallest = 1.0 / self.rows;
        let below_low = low.map(|value| self.below(key, value));
        let below_high = high.map(|value| self.below(key, value));
        let fraction = match (below_low, below_high) {
            (None, None) => 1.0 - nulls,
            (Some(Some(low)), None) => 1.0 - nulls - low,
            (None, Some(Some(high))) => high,
            (Some(Some(low)), Some(Some(high))) => high - low,
            (Some(_), Some(_)) => {
                self.assumed.set(true);
                DEFAULT_CLOSED_RANGE
            }
            (Some(None), None) | (None, Some(None)) => {
                self.assumed.set(true);
                DEFAULT_RANGE
            }
        };
        fraction.clamp(smallest, 1.0)
    }

    /// Fraction of the rows that match a pattern. Source: patternsel_common of like_support.c.
    pub fn pattern(&self, key: &Expr, pattern: &str) -> f64 {
        let fixed_start = pattern
            .chars()
            .take_while(|c| !matches!(c, '%' | '_' | '\\'))
            .count();
        let (mut prefix, mut rest): (f64, f64) = (1.0, 1.0);
        for (at, character) in pattern.chars().enumerate() {
            let factor: f64 = match character {
                '%' => 5.0,
                '_' => 0.9,
                _ => FIXED_CHARACTER,
            };
            if at < fixed_start {
                prefix *= FIXED_CHARACTER;
            } else {
                rest = (rest * factor).min(1.0);
            }
        }
        let statistics = self.statistics_of(key);
        if let Some(statistics) = statistics.filter(|statistics| !statistics.most_common.is_empty())
        {
            let start: String = pattern.chars().take(fixed_start).collect();
            let listed: f64 = statistics.most_common.iter().map(|(_, f)| f).sum();
            let matching: f64 = statistics
                .most_common
                .iter()
                .filter(|(value, _)| value.starts_with(&start))
                .map(|(_, frequency)| frequency)
                .sum();
            let others = (1.0 - listed - statistics.null_fraction).max(0.0);
            return (matching + others * prefix * rest).clamp(1.0 / self.rows, 1.0);
        }
        self.assumed.set(true);
        (prefix * rest * (1.0 - self.null_fraction(key))).clamp(1.0 / self.rows, 1.0)
    }

    /// Fraction of the rows for which a condition over this table alone holds. Source: clause_selectivity.
    pub fn condition(&self, expr: &Expr) -> f64 {
        let smallest = 1.0 / self.rows;
        let fraction = match &expr.kind {
            ExprKind::And(arms) => arms.iter().map(|arm| self.condition(arm)).product(),
            ExprKind::Or(arms) => arms.iter().fold(0.0, |sum: f64, arm| {
                let one = self.condition(arm);
                sum + one - sum * one
            }),
            ExprKind::Not(operand) => match self.column_of(operand) {
                Some(_) => self.equality(operand, Some("false")),
                None => 1.0 - self.condition(operand),
            },
            ExprKind::Column(_) => self.equality(expr, Some("true")),
            ExprKind::Literal(Literal::Boolean(value)) => f64::from(u8::from(*value)),
            ExprKind::IsNull { operand, negated } => {
                let nulls = self.null_fraction(operand);
                if *negated { 1.0 - nulls } else { nulls }
            }
            ExprKind::IsTruth {
                operand,
                value,
                negated,
            } => {
                let plain = match value {
                    Truth::True => self.equality(operand, Some("true")),
                    Truth::False => self.equality(operand, Some("false")),
                    Truth::Unknown => self.null_fraction(operand),
                };
                if *negated { 1.0 - plain } else { plain }
            }
            ExprKind::InList {
                operand,
                list,
                negated,
            } => {
                let sum: f64 = list
                    .iter()
                    .map(|member| self.equality(operand, literal_text(member).as_deref()))
                    .sum();
                if *negated {
                    1.0 - sum - self.null_fraction(operand)
                } else {
                    sum
                }
            }
            ExprKind::QuantifiedArray {
                op: BinaryOp::Eq,
                operand,
                array,
                all: false,
            } => match array.array_members() {
                Some(members) => members
                    .iter()
                    .map(|member| self.equality(operand, literal_text(member).as_deref()))
                    .sum(),
                // estimate_array_length: 10 elements
                None => 10.0 * self.equality(operand, None),
            },
            ExprKind::Between {
                operand,
                low,
                high,
                negated,
            } => {
                let inside = self.range(operand, Some(low), Some(high));
                if *negated { 1.0 - inside } else { inside }
            }
            ExprKind::Like {
                operand,
                pattern,
                kind,
                negated,
                ..
            } => {
                let matching = match literal_text(pattern) {
                    Some(text) if *kind != LikeKind::SimilarTo => self.pattern(operand, &text),
                    _ => DEFAULT_MATCH,
                };
                if *negated { 1.0 - matching } else { matching }
            }
            ExprKind::Binary { op, left, right } => self.binary(op, left, right),
            ExprKind::IsDistinct {
                left,
                right,
                negated: true,
            } => self.equality(left, literal_text(right).as_deref()),
            _ => {
                self.assumed.set(true);
                DEFAULT_RANGE
            }
        };
        fraction.clamp(smallest, 1.0)
    }

    fn binary(&self, op: &BinaryOp, left: &Expr, right: &Expr) -> f64 {
        let (key, value, op) = if !right.has_columns() || left.has_columns() {
            (left, right, op.clone())
        } else {
            (right, left, op.commuted().unwrap_or_else(|| op.clone()))
        };
        match op {
            BinaryOp::Eq => self.equality(key, literal_text(value).as_deref()),
            BinaryOp::NotEq => {
                1.0 - self.equality(key, literal_text(value).as_deref()) - self.null_fraction(key)
            }
            BinaryOp::Lt | BinaryOp::LtEq => self.range(key, None, Some(value)),
            BinaryOp::Gt | BinaryOp::GtEq => self.range(key, Some(value), None),
            BinaryOp::Regex { negated, .. } => {
                if negated {
                    1.0 - DEFAULT_MATCH
                } else {
                    DEFAULT_MATCH
                }
            }
            BinaryOp::Other(symbol) => match symbol.as_str() {
                "@>" | "<@" | "&&" | "?" | "?|" | "?&" | "@?" | "@@" | "%" => {
                    self.contains(key, value)
                }
                _ => DEFAULT_CONTAINS,
            },
            _ => DEFAULT_RANGE,
        }
    }

    /// Containment of elements, by their frequency where it is known.
    fn contains(&self, key: &Expr, value: &Expr) -> f64 {
        let data_type = self
            .column_of(key)
            .map(|(_, column)| &column.data_type)
            .or(key.data_type.as_ref());
        if data_type.is_some_and(|one| matches!(self.catalog.base_type(one), Type::Range(_))) {
            return DEFAULT_CLOSED_RANGE;
        }
        let Some(statistics) = self
            .statistics_of(key)
            .filter(|statistics| !statistics.most_common_elements.is_empty())
        else {
            self.assumed.set(true);
            // ANALYZE shows the planner whole documents: where most differ, few of the sample contain the one
            let distinct = self
                .statistics_of(key)
                .and_then(|one| one.distinct_values(self.rows));
            let otherwise = match self.table.statistics {
                Some(_) => DEFAULT_CONTAINS,
                None => UNKNOWN_CONTAINS,
            };
            return distinct.map_or(otherwise, |distinct| {
                (DOCUMENTS_WITH_A_VALUE / distinct).min(DEFAULT_CONTAINS)
            });
        };
        let text = literal_text(value).unwrap_or_default();
        let found = statistics
            .most_common_elements
            .iter()
            .filter(|(element, _)| !element.is_empty() && text.contains(element.as_str()))
            .map(|(_, frequency)| *frequency)
            .fold(None, |least: Option<f64>, one| {
                Some(least.map_or(one, |least| least.min(one)))
            });
        let smallest = statistics
            .most_common_elements
            .iter()
            .map(|(_, frequency)| *frequency)
            .fold(1.0, f64::min);
        found.unwrap_or(smallest / 2.0)
    }
}
