use std::time::Duration;

const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_secs(86_400);

/// How long something may take: seconds (`3`, `0.5`), or a number with its unit (`500ms`, `3s`, `2m 30s`); at least a
/// millisecond, at most a day.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse::<f64>().ok();
    let duration = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => humantime::parse_duration(text.trim()).ok(),
    };
    duration
        .map(|duration| duration.clamp(LEAST, MOST))
        .ok_or_else(|| "write seconds or a number with its unit, as in 3, 3s or 500ms".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_need_no_unit() {
        for (text, milliseconds) in [
            ("3", 3_000),
            ("3s", 3_000),
            ("0.5", 500),
            ("500ms", 500),
            ("2m 30s", 150_000),
            ("0", 1),
            ("9999999", 86_400_000),
        ] {
            assert_eq!(
                time_limit(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_an_example() {
        for text in ["", "soon", "-1", "3 parsecs", "NaN", "inf"] {
            assert!(
                time_limit(text).is_err_and(|error| error.contains("500ms")),
                "{text}"
            );
        }
    }
}
