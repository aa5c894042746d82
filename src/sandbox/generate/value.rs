use super::bounds::Bounds;
use super::formula::{ROW, Salt, nth, pick};
use super::pattern;
use super::table::{Category, Column};
use super::usual::{contains, looks_unique};
use crate::catalog::{ColumnStatistics, quote_literal};

/// Rows that can be told apart, where nothing limits them.
pub(super) const UNLIMITED: u64 = u64::MAX;
/// Moments lie in the three years before today.
pub(super) const DAYS: u64 = 3 * 365;
pub(super) const FILLER: &str =
    "the quick brown fox jumps over the lazy dog and runs away through the high grass ";
/// NULLs of a column that may have them, where nothing is known.
const NULL_FRACTION: f64 = 0.05;
/// Different texts of a pattern, where they may repeat.
const PATTERN_SAMPLES: u64 = 200;
/// Largest share of the rows that hints at literals take.
const HINTED_SHARE: f64 = 0.5;

/// Makes the formulas of one column's values.
pub(super) struct Maker<'a> {
    pub column: &'a Column,
    pub bounds: &'a Bounds,
    pub salt: Salt,
    pub rows: u64,
    /// `2026-11-24`.
    pub today: &'a str,
}

impl Maker<'_> {
    /// All values, where they are few: of a boolean, an enum, a CHECK with a list; or `count` that match a pattern.
    pub fn listed(&self, count: u64) -> Option<Vec<String>> {
        if let Some(allowed) = &self.bounds.allowed {
            return Some(allowed.clone());
        }
        if self.column.category == Category::Enum {
            return Some(self.column.enum_labels.clone());
        }
        if self.column.type_name == "bool" {
            return Some(vec!["true".to_owned(), "false".to_owned()]);
        }
        let pattern = self
            .bounds
            .pattern
            .as_ref()
            .filter(|_| self.column.is_text())?;
        let texts = pattern::samples(
            pattern,
            self.max_length(),
            count,
            self.salt.constant(u64::MAX),
        );
        (!texts.is_empty()).then_some(texts)
    }

    /// A formula that gives another value for each `v` (SQL of type bigint, from 0), and for how many.
    pub fn injective(&self, v: &str) -> Option<(String, u64)> {
        if let Some(values) = self.listed(self.rows) {
            return Some((nth(v, &values, &self.column.base_type), values.len() as u64));
        }
        self.of_type(v)
    }

    /// The formula for values that need not differ.
    pub fn plain(&self, statistics: Option<&ColumnStatistics>, hints: &[String]) -> String {
        let value = self.not_null(statistics, hints);
        let nulls = match (self.column.not_null, statistics) {
            (true, _) => 0.0,
            (false, Some(statistics)) => statistics.null_fraction,
            (false, None) if is_mostly_null(&self.column.name) => 0.9,
            (false, None) => NULL_FRACTION,
        };
        if nulls <= 0.0 {
            return value;
        }
        format!(
            "CASE WHEN {} >= {nulls:.9} THEN {value} END",
            self.salt.with("null").unit()
        )
    }

    fn not_null(&self, statistics: Option<&ColumnStatistics>, hints: &[String]) -> String {
        let unit = self.salt.with("value").unit();
        let sql_type = &self.column.base_type;
        let mut common: Vec<(String, f64)> = Vec::new();
        if let Some(statistics) = statistics {
            let present = (1.0 - statistics.null_fraction).max(1e-9);
            common.extend(
                statistics
                    .most_common
                    .iter()
                    .map(|(value, share)| (value.clone(), share / present)),
            );
        }
        let listed = self.listed(PATTERN_SAMPLES);
        if common.is_empty()
            && let Some(values) = &listed
            && self.bounds.pattern.is_none()
        {
            // The first of a list is the usual case: weights 1, 1/2, 1/3, ...
            common = values
                .iter()
                .zip(1..)
                .map(|(value, n)| (value.clone(), 1.0 / f64::from(n)))
                .collect();
            return pick(&unit, &common, sql_type);
        }
        let distinct = statistics
            .and_then(|statistics| statistics.distinct_values(self.rows as f64))
            .map(|distinct| (distinct.round() as u64).max(1));
        let hinted: Vec<&String> = hints
            .iter()
            .filter(|hint| !common.iter().any(|(value, _)| value == *hint))
            .filter(|_| listed.is_none() || self.bounds.pattern.is_some())
            .collect();
        if !hinted.is_empty() {
            let share = self
                .hinted_share(distinct)
                .min(HINTED_SHARE / hinted.len() as f64);
            common.extend(hinted.into_iter().map(|hint| (hint.clone(), share)));
        }
        let covered: f64 = common.iter().map(|(_, share)| share).sum();
        let others_left = distinct.is_none_or(|distinct| distinct > common.len() as u64);
        if !common.is_empty() && (covered > 0.999 || !others_left) {
            return pick(&unit, &common, sql_type);
        }
        let rest = self.uncommon(
            statistics,
            distinct.map(|distinct| distinct - common.len() as u64),
        );
        if common.is_empty() {
            return rest;
        }
        // Among the common ones by their share of what they cover.
        let among = pick(&format!("({unit} / {covered:.9})"), &common, sql_type);
        format!("CASE WHEN {unit} < {covered:.9} THEN {among} ELSE {rest} END")
    }

    fn hinted_share(&self, distinct: Option<u64>) -> f64 {
        let values = distinct.unwrap_or_else(|| self.usual_distinct()).max(1);
        (1.0 / values as f64).clamp(1.0 / self.rows.max(1) as f64, 0.2)
    }

    /// Values that are not among the most common.
    fn uncommon(&self, statistics: Option<&ColumnStatistics>, distinct: Option<u64>) -> String {
        let unit = self.salt.with("rest").unit();
        let sql_type = &self.column.base_type;
        if let Some(statistics) = statistics {
            if let Some(formula) = self.between_histogram_bounds(statistics) {
                return formula;
            }
            if let Some(distinct) = distinct {
                let skew = 1.0 + statistics.skew.unwrap_or(0.0).max(0.0);
                let ordered = statistics
                    .correlation
                    .is_some_and(|correlation| correlation.abs() > 0.9);
                let v = if ordered {
                    format!("({ROW} * {distinct} / {})", self.rows.max(1))
                } else if skew > 1.0 {
                    format!("floor(power({unit}, {skew}) * {distinct}::float8)::bigint")
                } else {
                    self.salt.with("rest").below(distinct)
                };
                if let Some((formula, capacity)) = self.injective(&v)
                    && capacity >= distinct
                {
                    return self.padded(&formula, statistics.width);
                }
            }
        }
        if let Some(values) = self.listed(PATTERN_SAMPLES) {
            let weighted: Vec<_> = values.into_iter().map(|value| (value, 1.0)).collect();
            return pick(&unit, &weighted, sql_type);
        }
        let usual = self.usual(&unit);
        self.padded(&usual, statistics.and_then(|statistics| statistics.width))
    }

    /// Numbers and moments between the bounds, other types by the bounds themselves.
    fn between_histogram_bounds(&self, statistics: &ColumnStatistics) -> Option<String> {
        let bounds = &statistics.histogram;
        if bounds.len() < 2 {
            return None;
        }
        let sql_type = &self.column.base_type;
        let values = bounds
            .iter()
            .map(|bound| quote_literal(bound))
            .collect::<Vec<_>>()
            .join(", ");
        let buckets = bounds.len() as u64 - 1;
        let ordered = statistics
            .correlation
            .is_some_and(|correlation| correlation > 0.9);
        let place = if ordered {
            format!(
                "(({ROW}::float8 + {}) / {})",
                self.salt.with("rest").unit(),
                self.rows.max(1)
            )
        } else {
            self.salt.with("rest").unit()
        };
        let bucket = format!("floor({place} * {buckets})::int");
        let array = format!("(ARRAY[{values}]::{sql_type}[])");
        let inside = format!("({place} * {buckets} - floor({place} * {buckets}))");
        let (low, high) = (
            format!("{array}[1 + {bucket}]"),
            format!("{array}[least({}, 2 + {bucket})]", bounds.len()),
        );
        if self.column.is_number() && self.column.type_name != "money" {
            return Some(format!(
                "({low} + (({high} - {low})::float8 * {inside})::{sql_type})::{sql_type}"
            ));
        }
        match self.column.type_name.as_str() {
            "timestamp" | "timestamptz" => Some(format!("({low} + ({high} - {low}) * {inside})")),
            "date" => Some(format!("({low} + floor(({high} - {low}) * {inside})::int)")),
            _ => Some(low),
        }
    }

    fn padded(&self, formula: &str, width: Option<f64>) -> String {
        let limit = self.max_length().unwrap_or(usize::MAX);
        match width {
            // The header of a short value is part of the width.
            Some(width)
                if self.column.is_text() && width > 12.0 && self.column.type_name != "name" =>
            {
                let characters = ((width - 1.0) as usize).min(limit).min(1_000_000);
                format!(
                    "rpad({formula} || ' ', greatest({characters}, length({formula})), {})",
                    quote_literal(FILLER)
                )
            }
            _ => formula.to_owned(),
        }
    }

    pub(super) fn max_length(&self) -> Option<usize> {
        [self.column.length(), self.bounds.max_length]
            .into_iter()
            .flatten()
            .min()
    }

    /// Distinct values, where nothing is known.
    fn usual_distinct(&self) -> u64 {
        if self.column.is_text() {
            return if looks_unique(&self.column.name) {
                self.rows
            } else {
                20
            };
        }
        if self.column.is_moment() || self.column.type_name == "uuid" {
            return self.rows;
        }
        1_000
    }
}

fn is_mostly_null(name: &str) -> bool {
    contains(
        name,
        &["deleted", "cancelled", "canceled", "archived", "revoked"],
    )
}
