//! SQL over the number of a row. In formulas the row's number, from 0, is written as [`ROW`].

use crate::catalog::quote_literal;

/// Stands for the number of the row (a bigint, from 0) until [`at`] puts it in.
pub(super) const ROW: &str = "\u{1}";

/// The formula for the row that `row` (SQL of type bigint) numbers.
pub(super) fn at(formula: &str, row: &str) -> String {
    formula.replace(ROW, row)
}

/// Salts the hashes of one column, so that columns do not depend on each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Salt(u64);

impl Salt {
    /// FNV-1a over the seed and the names: the same on every machine and version.
    pub fn new(seed: u64, names: &[&str]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in names.iter().flat_map(|name| name.bytes().chain([0])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(hash)
    }

    /// Another salt, for another use in the same column.
    pub fn with(self, purpose: &str) -> Self {
        Self::new(self.0, &[purpose])
    }

    /// A number in [0, 1) for each row, as double precision.
    pub fn unit(self) -> String {
        // 53 bits: the mantissa of a double.
        format!(
            "((hashint8extended({ROW}, {}) & 9007199254740991)::float8 / 9007199254740992.0)",
            self.0.cast_signed()
        )
    }

    /// A whole number in [0, count) for each row, as bigint.
    pub fn below(self, count: u64) -> String {
        format!("floor({} * {count}::float8)::bigint", self.unit())
    }

    /// The same for all rows: below `count`.
    pub fn constant(self, count: u64) -> u64 {
        self.0.checked_rem(count).unwrap_or(0)
    }
}

/// One of some values by weight; `unit` is SQL for a number in [0, 1).
pub(super) fn pick(unit: &str, values: &[(String, f64)], sql_type: &str) -> String {
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let thresholds: Vec<String> = values
        .iter()
        .take(values.len().saturating_sub(1))
        .map(|(_, weight)| {
            sum += weight / total.max(f64::MIN_POSITIVE);
            format!("{sum:.9}")
        })
        .collect();
    let listed: Vec<String> = values
        .iter()
        .map(|(value, _)| quote_literal(value))
        .collect();
    if thresholds.is_empty() {
        return match listed.first() {
            Some(only) => format!("{only}::{sql_type}"),
            None => format!("NULL::{sql_type}"),
        };
    }
    format!(
        "(ARRAY[{}]::{sql_type}[])[1 + width_bucket({unit}, ARRAY[{}]::float8[])]",
        listed.join(", "),
        thresholds.join(", ")
    )
}

/// The value at a position from 0 (SQL of type bigint).
pub(super) fn nth(position: &str, values: &[String], sql_type: &str) -> String {
    let listed: Vec<String> = values.iter().map(|value| quote_literal(value)).collect();
    format!(
        "(ARRAY[{}]::{sql_type}[])[1 + ({position})::int]",
        listed.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_depend_on_seed_and_names() {
        let salt = |seed, names: &[&str]| Salt::new(seed, names).0;
        assert_eq!(salt(1, &["a", "b"]), salt(1, &["a", "b"]));
        assert_ne!(salt(1, &["a", "b"]), salt(2, &["a", "b"]));
        assert_ne!(salt(1, &["a", "b"]), salt(1, &["ab"]));
    }

    #[test]
    fn weights_become_thresholds() {
        let values = [("a".to_owned(), 3.0), ("b'".to_owned(), 1.0)];
        assert_eq!(
            pick("u", &values, "text"),
            "(ARRAY['a', 'b''']::text[])[1 + width_bucket(u, ARRAY[0.750000000]::float8[])]"
        );
    }
}
