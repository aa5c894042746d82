//! Another value for each number, by type: for keys, and for columns of which the number of values is known.

use super::formula::nth;
use super::table::Category;
use super::usual::{contains, readable};
use super::value::{DAYS, Maker, UNLIMITED};
use crate::catalog::quote_literal;

impl Maker<'_> {
    /// `v` in capital letters, and how many different ones there are.
    pub(super) fn letters(&self, v: &str, length: usize) -> (String, u64) {
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

    pub(super) fn of_type(&self, v: &str) -> Option<(String, u64)> {
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
