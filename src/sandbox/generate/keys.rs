//! Key columns as injective functions of the row's number.

use super::formula::ROW;

/// One or more columns of a key that are chosen together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Digit {
    /// How many different values it has.
    pub values: u64,
}

/// Spreads the rows over the digits, so that no two rows have the same ones: a formula for each digit (SQL of type
/// bigint, from 0), and how many rows there can be. The first digit runs slowest, as the lines of an order lie
/// together; the digit with the most values should come last.
pub(super) fn spread(digits: &[Digit], rows: u64) -> (Vec<String>, u64) {
    let mut formulas = Vec::with_capacity(digits.len());
    let mut number = ROW.to_owned();
    let mut left = rows.max(1);
    let mut total: u64 = 1;
    for (at, digit) in digits.iter().enumerate() {
        let values = digit.values.max(1);
        if at + 1 == digits.len() {
            left = left.min(values);
            formulas.push(format!("({number})"));
        } else {
            let behind = digits[at + 1..].iter().fold(1_u64, |product, digit| {
                product.saturating_mul(digit.values.max(1))
            });
            // As many of the slow digit as there are, each with the same number of rows behind it.
            let each = left.div_ceil(values.min(left)).min(behind);
            formulas.push(format!("(({number}) / {each})"));
            let used = left.div_ceil(each).min(values);
            total = total.saturating_mul(used);
            number = format!("({number}) % {each}");
            left = each;
        }
    }
    let possible = total.saturating_mul(left);
    (formulas, rows.min(possible))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas for a row, by arithmetic on the text: `(n)`, `/ k` and `% k` alone occur.
    fn evaluate(formula: &str, row: u64) -> u64 {
        let text = formula
            .replace(ROW, &row.to_string())
            .replace(['(', ')'], "");
        let mut words = text.split_whitespace();
        let mut value: u64 = words.next().unwrap().parse().unwrap();
        while let (Some(operator), Some(number)) = (words.next(), words.next()) {
            let number: u64 = number.parse().unwrap();
            value = if operator == "/" {
                value / number
            } else {
                value % number
            };
        }
        value
    }

    fn check(values: &[u64], rows: u64, expected_rows: u64) {
        let digits: Vec<Digit> = values.iter().map(|&values| Digit { values }).collect();
        let (formulas, possible) = spread(&digits, rows);
        assert_eq!(possible, expected_rows, "{values:?}");
        let mut seen = std::collections::HashSet::new();
        for row in 0..possible {
            let key: Vec<u64> = formulas
                .iter()
                .map(|formula| evaluate(formula, row))
                .collect();
            for (digit, limit) in key.iter().zip(values) {
                assert!(digit < limit, "{values:?} row {row}: {key:?}");
            }
            assert!(seen.insert(key), "{values:?} row {row}");
        }
    }

    #[test]
    fn digits_differ_and_stay_in_range() {
        check(&[10], 100, 10);
        check(&[100], 10, 10);
        check(&[25, u64::MAX], 100, 100);
        check(&[7, 5], 100, 35);
        check(&[7, 5], 20, 20);
        check(&[3, 4, 5], 60, 60);
        check(&[3, 4, 5], 31, 31);
        check(&[1, 1], 9, 1);
        check(&[200, 30], 1000, 1000);
    }
}
