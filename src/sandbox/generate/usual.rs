//! Values by type and name, where nothing is known of a column. Names only change how values look.

use super::formula::{ROW, pick};
use super::value::{DAYS, FILLER, Maker};
use crate::catalog::quote_literal;

impl Maker<'_> {
    /// Values by type and name, where nothing is known.
    pub(super) fn usual(&self, unit: &str) -> String {
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
    pub(super) fn range(&self, usual: (f64, f64)) -> (f64, f64) {
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
}

pub(super) fn contains(name: &str, parts: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(['_', '-', ' ']).any(|word| {
        parts
            .iter()
            .any(|part| word == *part || word.strip_suffix('s') == Some(part))
    })
}

pub(super) fn looks_unique(name: &str) -> bool {
    contains(
        name,
        &[
            "email", "mail", "name", "title", "username", "login", "slug", "token", "hash", "url",
            "sku", "phone",
        ],
    )
}

pub(super) fn readable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect::<String>()
        .trim()
        .to_owned()
}
