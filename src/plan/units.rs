//! Numbers as people read them, with their units.

/// A count of rows, blocks or times: `20`, `9,400`, `61 k`, `2.0 M`.
pub fn count(number: f64) -> String {
    let number = number.max(0.0);
    if number < 9_999.5 {
        return grouped(number);
    }
    let mut scaled = number;
    for unit in ["k", "M", "G"] {
        scaled /= 1000.0;
        if scaled < 999.5 || unit == "G" {
            return if scaled < 9.95 {
                format!("{scaled:.1} {unit}")
            } else {
                format!("{} {unit}", grouped(scaled))
            };
        }
    }
    grouped(number)
}

/// `1 row`, `61 k rows`.
pub fn rows(number: f64) -> String {
    counted(number, "row")
}

/// `1 block`, `1,539 blocks` (8 kB each).
pub fn blocks(number: f64) -> String {
    counted(number, "block")
}

/// A count with the singular or plural of its noun.
pub fn counted(number: f64, noun: &str) -> String {
    let text = count(number);
    let plural = if text == "1" { "" } else { "s" };
    format!("{text} {noun}{plural}")
}

/// `0.012 ms`, `3.4 ms`, `1.2 s`.
pub fn milliseconds(time: f64) -> String {
    match time {
        time if time >= 9_999.5 => format!("{} s", grouped(time / 1000.0)),
        time if time >= 999.5 => format!("{:.1} s", time / 1000.0),
        time if time >= 9.95 => format!("{time:.0} ms"),
        time if time >= 0.095 => format!("{time:.1} ms"),
        time => format!("{time:.3} ms"),
    }
}

/// A share of 0 to 1: `97 %`, `0.3 %`, `<0.1 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        percent if percent <= 0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => "<0.1 %".to_owned(),
        percent if percent < 0.95 => format!("{percent:.1} %"),
        // Nearly all is not all.
        percent if (99.5..100.0).contains(&percent) => "99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// Kilobytes: `25 kB`, `1.4 MB`, `43 MB`.
pub fn kilobytes(size: f64) -> String {
    let mut scaled = size.max(0.0);
    for unit in ["kB", "MB", "GB"] {
        if scaled < 1023.5 || unit == "GB" {
            return if scaled < 9.95 && unit != "kB" {
                format!("{scaled:.1} {unit}")
            } else {
                format!("{} {unit}", grouped(scaled))
            };
        }
        scaled /= 1024.0;
    }
    String::new()
}

/// How many times more: `12 times`, `3.5 times`, `12 k times`.
pub fn times(factor: f64) -> String {
    if factor < 9.95 {
        format!("{factor:.1} times")
    } else {
        format!("{} times", count(factor))
    }
}

/// A whole number with commas between the thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_short_and_keep_two_digits() {
        let shown: Vec<String> = [
            0.0,
            1.0,
            9_400.0,
            61_233.0,
            999_700.0,
            2_000_000.0,
            12_345_678.0,
            3.1e12,
        ]
        .iter()
        .map(|number| count(*number))
        .collect();
        assert_eq!(
            shown,
            [
                "0", "1", "9,400", "61 k", "1.0 M", "2.0 M", "12 M", "3,100 G"
            ]
        );
        assert_eq!(rows(1.0), "1 row");
        assert_eq!(blocks(1539.0), "1,539 blocks");
    }

    #[test]
    fn shares_times_and_sizes_have_units() {
        assert_eq!(percent(0.0301), "3 %");
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.0001), "<0.1 %");
        assert_eq!(milliseconds(0.0123), "0.012 ms");
        assert_eq!(milliseconds(12_345.0), "12 s");
        assert_eq!(kilobytes(25.0), "25 kB");
        assert_eq!(kilobytes(44_032.0), "43 MB");
    }
}
