use super::bounds::Bounds;
use super::formula::{ROW, Salt, nth, pick};
use super::pattern;
use super::table::{Category, Column};
use crate::catalog::{ColumnStatistics, quote_literal};

/// Rows that can be told apart, where nothing limits them.
pub(super) const UNLIMITED: u64 = u64::MAX;
/// Moments lie in the three years before today.
const DAYS: u64 = 3 * 365;
const FILLER: &str =
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

    fn max_length(&self) -> Option<usize> {
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

    /// Values by type and name, where nothing is known.
    fn usual(&self, unit: &str) -> String {
        let column = self.column;
        let sql_type = &column.base_type;
        if column.is_number() {
            return self.number(unit);
        }
        let spread = self.salt.with("rest").below(self.rows.clamp(1, 1_000));
        match column.type_name.as_str() {
            "date" | "timestamp" | "timestamptz" => self.moment(unit),
            "time" | "timetz" => {
                format!("(time '00:00' + {unit} * interval '86399 seconds')::{sql_type}")
            }
            "interval" => format!("({unit} * interval '30 days')::{sql_type}"),
            "uuid" => self
                .of_type(ROW)
                .map_or_else(|| "gen_random_uuid()".to_owned(), |(formula, _)| formula),
            "json" | "jsonb" => format!(
                "jsonb_build_object('id', {ROW} + 1, 'kind', 'kind-' || ({spread} % 10), 'active', {unit} < 0.8, \
                 'score', round({unit}::numeric * 100, 1))::{sql_type}"
            ),
            _ if column.is_text() => self.text(&spread),
            _ => match self.of_type(&spread) {
                Some((formula, _)) => formula,
                None => format!("NULL::{sql_type}"),
            },
        }
    }

    fn number(&self, unit: &str) -> String {
        let name = self.column.name.as_str();
        let usual = match name {
            _ if contains(name, &["percent", "rate", "ratio"]) => (0.0, 100.0),
            _ if contains(
                name,
                &["quantity", "qty", "count", "rating", "level", "priority"],
            ) =>
            {
                (1.0, 10.0)
            }
            _ if contains(name, &["year"]) => (2000.0, 2025.0),
            _ if contains(name, &["age"]) => (18.0, 90.0),
            _ => (1.0, 1_000.0),
        };
        let (low, high) = self.range(usual);
        let sql_type = &self.column.base_type;
        if self.column.is_integer() {
            return format!(
                "({low}::bigint + floor({unit} * {})::bigint)::{sql_type}",
                high - low + 1.0
            );
        }
        let scale = self
            .column
            .precision()
            .map_or(2, |(_, scale)| scale.clamp(0, 6));
        format!(
            "round(({low} + {unit} * {})::numeric, {scale})::{sql_type}",
            high - low
        )
    }

    /// The usual range, moved and narrowed to what checks and the type allow.
    fn range(&self, usual: (f64, f64)) -> (f64, f64) {
        let (mut low, mut high) = usual;
        let step = if self.column.is_integer() { 1.0 } else { 0.01 };
        let number = |bound: &Option<(String, bool)>, inward: f64| {
            let (text, included) = bound.as_ref()?;
            let number = text.parse::<f64>().ok()?;
            Some(if *included { number } else { number + inward })
        };
        let (least, most) = (
            number(&self.bounds.least, step),
            number(&self.bounds.most, -step),
        );
        match (least, most) {
            (Some(least), Some(most)) => {
                (low, high) = (low.max(least).min(most), high.min(most).max(least))
            }
            (Some(least), None) if least > low => (low, high) = (least, least + (high - low)),
            (None, Some(most)) if most < high => (low, high) = (most - (high - low), most),
            _ => {}
        }
        if let Some((precision, scale)) = self.column.precision() {
            let limit = 10f64.powi(precision - scale) - 10f64.powi(-scale);
            (low, high) = (low.clamp(-limit, limit), high.clamp(-limit, limit));
        }
        if self.column.type_name == "int2" {
            (low, high) = (
                low.clamp(-32_768.0, 32_767.0),
                high.clamp(-32_768.0, 32_767.0),
            );
        }
        (low, high.max(low))
    }

    /// In the order of the rows, with some jitter, up to today.
    fn moment(&self, unit: &str) -> String {
        let sql_type = &self.column.base_type;
        let quoted =
            |bound: &Option<(String, bool)>| bound.as_ref().map(|(text, _)| quote_literal(text));
        let share = format!(
            "least(({ROW}::float8 + {unit} * {}) / {}, 0.999999)",
            (self.rows / 1_000).max(1),
            self.rows.max(1)
        );
        match (quoted(&self.bounds.least), quoted(&self.bounds.most)) {
            (None, None) if contains(&self.column.name, &["birth"]) => {
                format!("(date '1950-01-01' + floor({unit} * 20000)::int)::{sql_type}")
            }
            (None, None) => format!(
                "(date {} - interval '{DAYS} days' + {share} * interval '{DAYS} days')::{sql_type}",
                quote_literal(self.today)
            ),
            (Some(least), None) => format!(
                "({least}::timestamp + interval '1 day' + {share} * interval '{DAYS} days')::{sql_type}"
            ),
            (None, Some(most)) => format!(
                "({most}::timestamp - interval '1 day' - {share} * interval '{DAYS} days')::{sql_type}"
            ),
            (Some(least), Some(most)) => {
                format!(
                    "({least}::timestamp + {share} * ({most}::timestamp - {least}::timestamp))::{sql_type}"
                )
            }
        }
    }

    fn text(&self, spread: &str) -> String {
        let name = self.column.name.as_str();
        let words = |list: &[&str]| {
            let weighted: Vec<_> = list
                .iter()
                .zip(1..)
                .map(|(word, n)| ((*word).to_owned(), 1.0 / f64::from(n)))
                .collect();
            pick(&self.salt.with("rest").unit(), &weighted, "text")
        };
        let formula = match name {
            _ if contains(name, &["status", "state"]) => {
                words(&["active", "pending", "done", "failed", "archived"])
            }
            _ if contains(name, &["country"]) => {
                words(&["DE", "US", "FR", "GB", "IT", "ES", "PL", "NL", "SE", "JP"])
            }
            _ if contains(name, &["currency"]) => words(&["EUR", "USD", "GBP", "CHF", "JPY"]),
            _ if contains(name, &["email", "mail"]) => {
                format!("'user' || ({ROW} + 1) || '@example.com'")
            }
            _ if contains(name, &["url", "link"]) => {
                format!("'https://example.com/' || ({ROW} + 1)")
            }
            _ if contains(
                name,
                &[
                    "description",
                    "body",
                    "comment",
                    "content",
                    "note",
                    "message",
                ],
            ) =>
            {
                format!(
                    "rpad('text ' || ({ROW} + 1) || ' ', 40 + ({spread} % 160)::int, {})",
                    quote_literal(FILLER)
                )
            }
            _ if looks_unique(name) => {
                format!("{} || ' ' || ({ROW} + 1)", quote_literal(&readable(name)))
            }
            _ => format!(
                "{} || ' ' || ({spread} + 1)",
                quote_literal(&readable(name))
            ),
        };
        self.fitted(&formula, spread)
    }

    /// Cut or replaced where the length does not fit.
    fn fitted(&self, formula: &str, spread: &str) -> String {
        let least = self.bounds.min_length.unwrap_or(0);
        let sql_type = &self.column.base_type;
        let fitted = match self.max_length() {
            Some(most) if most <= 12 && !formula.starts_with("(ARRAY") => {
                self.letters(spread, most.clamp(1, 6).max(least.min(most)))
                    .0
            }
            Some(most) => format!("left({formula}, {most})"),
            None => formula.to_owned(),
        };
        if least > 0 {
            format!("rpad({fitted}, greatest({least}, length({fitted})), 'x')::{sql_type}")
        } else {
            format!("({fitted})::{sql_type}")
        }
    }

    /// `v` in capital letters, and how many different ones there are.
    fn letters(&self, v: &str, length: usize) -> (String, u64) {
        let digits: Vec<String> = (0..length)
            .rev()
            .map(|place| {
                match u32::try_from(place)
                    .ok()
                    .and_then(|place| 26_u64.checked_pow(place))
                {
                    Some(power) if power < i64::MAX as u64 => {
                        format!("chr((65 + ({v}) / {power} % 26)::int)")
                    }
                    _ => "'A'".to_owned(),
                }
            })
            .collect();
        let capacity = u32::try_from(length)
            .ok()
            .and_then(|length| 26_u64.checked_pow(length))
            .unwrap_or(UNLIMITED);
        (format!("({})", digits.join(" || ")), capacity)
    }

    fn of_type(&self, v: &str) -> Option<(String, u64)> {
        let column = self.column;
        let sql_type = &column.base_type;
        match column.category {
            Category::Array => {
                let element = column.element.as_ref()?;
                let (one, capacity) = if element.category == Category::Enum {
                    (
                        nth(
                            &format!("(({v}) % {})", element.enum_labels.len().max(1)),
                            &element.enum_labels,
                            &element.sql,
                        ),
                        1,
                    )
                } else {
                    by_type(&element.type_name, &element.sql, v)?
                };
                return Some((format!("ARRAY[{one}]::{sql_type}"), capacity));
            }
            Category::Range => {
                let (low, high) = match column.type_name.as_str() {
                    "int4range" => (format!("(({v}) * 2)::int"), format!("(({v}) * 2 + 1)::int")),
                    "int8range" => (format!("({v}) * 2"), format!("({v}) * 2 + 1")),
                    "numrange" => (
                        format!("(({v}) * 2)::numeric"),
                        format!("(({v}) * 2 + 1)::numeric"),
                    ),
                    "daterange" => (
                        format!("date '2020-01-01' + (({v}) * 2)::int"),
                        format!("date '2020-01-01' + (({v}) * 2 + 1)::int"),
                    ),
                    "tsrange" | "tstzrange" => (
                        format!("timestamp '2020-01-01' + ({v}) * interval '2 hours'"),
                        format!(
                            "timestamp '2020-01-01' + ({v}) * interval '2 hours' + interval '1 hour'"
                        ),
                    ),
                    _ => return None,
                };
                return Some((format!("{}({low}, {high})", column.type_name), 1_000_000));
            }
            Category::Composite | Category::Multirange => return None,
            Category::Base | Category::Enum => {}
        }
        if column.is_number() {
            return self.injective_number(v);
        }
        if column.is_text() {
            return Some(self.injective_text(v));
        }
        if matches!(column.type_name.as_str(), "timestamp" | "timestamptz") {
            let step = (DAYS * 86_400_000_000 / self.rows.max(1)).max(1);
            let start = match &self.bounds.least {
                Some((least, _)) => {
                    format!("{}::timestamp + interval '1 second'", quote_literal(least))
                }
                None => format!(
                    "date {} - interval '{DAYS} days'",
                    quote_literal(self.today)
                ),
            };
            return Some((
                format!("({start} + ({v}) * {step} * interval '1 microsecond')::{sql_type}"),
                UNLIMITED,
            ));
        }
        if column.type_name == "date"
            && let Some((least, _)) = &self.bounds.least
        {
            return Some((
                format!("({}::date + 1 + ({v})::int)", quote_literal(least)),
                500_000,
            ));
        }
        by_type(&column.type_name, sql_type, v)
    }

    fn injective_number(&self, v: &str) -> Option<(String, u64)> {
        let sql_type = &self.column.base_type;
        let (least, most) = self.range((
            1.0,
            if self.column.type_name == "int4" {
                2_147_483_647.0
            } else {
                9e15
            },
        ));
        let whole = (most - least.ceil() + 1.0).max(0.0) as u64;
        match self.column.precision() {
            Some((_, scale)) if scale > 0 && whole < self.rows => {
                let steps = ((most - least) * 10f64.powi(scale)).max(0.0) as u64;
                Some((
                    format!("({least} + ({v})::numeric / 1e{scale})::{sql_type}"),
                    steps,
                ))
            }
            _ => Some((
                format!("({}::bigint + ({v}))::{sql_type}", least.ceil()),
                whole,
            )),
        }
    }

    fn injective_text(&self, v: &str) -> (String, u64) {
        let name = self.column.name.as_str();
        let sql_type = &self.column.base_type;
        let least = self.bounds.min_length.unwrap_or(0);
        if let Some(most) = self.max_length()
            && most < 28
        {
            let enough = (1..=most)
                .find(|length| 26f64.powf(*length as f64) >= self.rows as f64)
                .unwrap_or(most);
            let (formula, capacity) = self.letters(v, enough.max(least).max(most.min(6)));
            return (format!("{formula}::{sql_type}"), capacity);
        }
        let label = readable(name).chars().take(12).collect::<String>();
        let formula = if contains(name, &["email", "mail"]) {
            format!("'user' || (({v}) + 1) || '@example.com'")
        } else if contains(name, &["url", "link"]) {
            format!("'https://x.example/' || (({v}) + 1)")
        } else {
            format!("{} || (({v}) + 1)", quote_literal(&format!("{label}-")))
        };
        if least > 0 {
            return (
                format!(
                    "rpad({formula} || '-', greatest({least}, length({formula}) + 1), 'x')::{sql_type}"
                ),
                UNLIMITED,
            );
        }
        (format!("({formula})::{sql_type}"), UNLIMITED)
    }
}

/// Another value for each `v`, for types that have no modifiers that matter.
fn by_type(type_name: &str, sql_type: &str, v: &str) -> Option<(String, u64)> {
    let (formula, capacity) = match type_name {
        "int2" => (format!("(({v}) % 32767)::{sql_type}"), 32_767),
        "int4" | "int8" | "numeric" | "float4" | "float8" | "oid" => {
            (format!("(({v}) + 1)::{sql_type}"), 2_000_000_000)
        }
        "money" => (format!("(({v}) + 1)::numeric::{sql_type}"), 2_000_000_000),
        "text" | "varchar" | "bpchar" | "citext" | "name" => {
            (format!("('value-' || (({v}) + 1))::{sql_type}"), UNLIMITED)
        }
        "bool" => (format!("(({v}) % 2 = 1)"), 2),
        "uuid" => (format!("md5('uuid' || ({v}))::uuid"), UNLIMITED),
        "date" => (format!("(date '1970-01-01' + ({v})::int)"), 2_000_000),
        "timestamp" | "timestamptz" => (
            format!("(timestamp '2020-01-01' + ({v}) * interval '1 second')::{sql_type}"),
            UNLIMITED,
        ),
        "time" | "timetz" => (
            format!("(time '00:00' + ({v}) * interval '1 millisecond')::{sql_type}"),
            86_400_000,
        ),
        "interval" => (
            format!("(({v}) * interval '1 second')::{sql_type}"),
            UNLIMITED,
        ),
        "inet" => (format!("(inet '10.0.0.0' + ({v}))"), 16_000_000),
        "cidr" => (format!("((inet '10.0.0.0' + ({v}))::cidr)"), 16_000_000),
        "macaddr" => (format!("lpad(to_hex({v}), 12, '0')::macaddr"), UNLIMITED),
        "macaddr8" => (format!("lpad(to_hex({v}), 16, '0')::macaddr8"), UNLIMITED),
        "bytea" => (
            format!("decode(lpad(to_hex({v}), 16, '0'), 'hex')"),
            UNLIMITED,
        ),
        "json" | "jsonb" => (
            format!("jsonb_build_object('id', {v})::{sql_type}"),
            UNLIMITED,
        ),
        "tsvector" => (format!("to_tsvector('simple', 'word' || ({v}))"), UNLIMITED),
        "bit" | "varbit" => (format!("({v})::bit(32)::{sql_type}"), 1),
        "point" => (format!("point({v}, 0)"), UNLIMITED),
        _ => return None,
    };
    Some((formula, capacity))
}

fn contains(name: &str, parts: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(['_', '-', ' ']).any(|word| {
        parts
            .iter()
            .any(|part| word == *part || word.strip_suffix('s') == Some(part))
    })
}

fn is_mostly_null(name: &str) -> bool {
    contains(
        name,
        &["deleted", "cancelled", "canceled", "archived", "revoked"],
    )
}

fn looks_unique(name: &str) -> bool {
    contains(
        name,
        &[
            "email", "mail", "name", "title", "username", "login", "slug", "token", "hash", "url",
            "sku", "phone",
        ],
    )
}

fn readable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect::<String>()
        .trim()
        .to_owned()
}
