//! Units of the calendar, as date_trunc cuts to them.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

/// What a moment is cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// By the name that date_trunc takes. Source: deltatktbl of datetime.c.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().trim_end_matches('s') {
            "second" | "sec" => Self::Second,
            "minute" | "min" => Self::Minute,
            "hour" | "hr" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" | "mon" => Self::Month,
            "quarter" => Self::Quarter,
            "year" | "yr" => Self::Year,
            _ => return None,
        })
    }

    /// As an interval, for values that are not known yet.
    pub(super) fn interval(self) -> &'static str {
        match self {
            Self::Second => "1 second",
            Self::Minute => "1 minute",
            Self::Hour => "1 hour",
            Self::Day => "1 day",
            Self::Week => "1 week",
            Self::Month => "1 month",
            Self::Quarter => "3 months",
            Self::Year => "1 year",
        }
    }

    /// The moment at which the unit starts that holds `at`.
    pub(super) fn start(self, at: DateTime) -> Option<DateTime> {
        let date = at.date();
        let first = |year, month| {
            Some(
                Date::new(year, month, 1)
                    .ok()?
                    .to_datetime(Time::midnight()),
            )
        };
        match self {
            Self::Second => {
                Some(date.to_datetime(Time::new(at.hour(), at.minute(), at.second(), 0).ok()?))
            }
            Self::Minute => Some(date.to_datetime(Time::new(at.hour(), at.minute(), 0, 0).ok()?)),
            Self::Hour => Some(date.to_datetime(Time::new(at.hour(), 0, 0, 0).ok()?)),
            Self::Day => Some(date.to_datetime(Time::midnight())),
            Self::Week => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                Some(
                    date.checked_sub(since_monday.days())
                        .ok()?
                        .to_datetime(Time::midnight()),
                )
            }
            Self::Month => first(date.year(), date.month()),
            Self::Quarter => first(date.year(), (date.month() - 1) / 3 * 3 + 1),
            Self::Year => first(date.year(), 1),
        }
    }

    /// The start of the next unit, from the start of one.
    pub(super) fn next(self, start: DateTime) -> Option<DateTime> {
        let step = match self {
            Self::Second => 1.second(),
            Self::Minute => 1.minute(),
            Self::Hour => 1.hour(),
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        };
        start.checked_add(step).ok()
    }
}

/// A moment in ISO form without a time zone: `2024-02-01`, `2024-02-01 12:30[:15[.5]]`.
pub(super) fn parse_moment(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (date, clock) = match text.split_once([' ', 'T']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let mut field = |width: usize| {
        fields
            .next()
            .filter(|field| field.len() == width && field.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|field| field.parse::<i16>().ok())
    };
    let (year, month, day) = (field(4)?, field(2)?, field(2)?);
    if fields.next().is_some() || year == 0 {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = match clock {
        Some(clock) => parse_clock(clock)?,
        None => Time::midnight(),
    };
    Some(date.to_datetime(time))
}

fn parse_clock(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fields: Vec<i8> = whole
        .split(':')
        .map(|field| {
            (field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| field.parse().ok())?
        })
        .collect::<Option<_>>()?;
    let (hour, minute, second) = match fields.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    if fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    Time::new(hour, minute, second, nanoseconds).ok()
}

/// A moment as SQL writes it; only the date where it is midnight.
pub(super) fn moment_text(at: DateTime) -> String {
    if at.time() == Time::midnight() {
        at.date().to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// The moment that `text` stands for in a to_char format that holds the year and each smaller unit down to some one,
/// and that smallest unit: `YYYY-MM`, `DD.MM.YYYY`, `YYYYMMDD HH24:MI`.
pub(super) fn parse_formatted(format: &str, text: &str) -> Option<(Unit, DateTime)> {
    let mut format = format;
    let mut text = text;
    let mut fields: [Option<i16>; 6] = [None; 6];
    const PATTERNS: [(&str, usize, usize); 6] = [
        ("YYYY", 4, 0),
        ("MM", 2, 1),
        ("DD", 2, 2),
        ("HH24", 2, 3),
        ("MI", 2, 4),
        ("SS", 2, 5),
    ];
    while let Some(character) = format.chars().next() {
        let upper = format.to_ascii_uppercase();
        if let Some((pattern, width, at)) = PATTERNS
            .iter()
            .find(|(pattern, ..)| upper.starts_with(pattern))
        {
            let digits = text.get(..*width)?;
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *fields.get_mut(*at)? = Some(digits.parse().ok()?);
            text = text.get(*width..)?;
            format = format.get(pattern.len()..)?;
            // `MMth` and the like
            if format.to_ascii_uppercase().starts_with("TH") {
                return None;
            }
        } else if "-/.: _,".contains(character) {
            text = text.strip_prefix(character)?;
            format = format.get(character.len_utf8()..)?;
        } else {
            return None;
        }
    }
    if !text.is_empty() {
        return None;
    }
    let given = fields.iter().take_while(|field| field.is_some()).count();
    if given == 0 || fields.iter().skip(given).any(Option::is_some) {
        return None;
    }
    let unit = [
        Unit::Year,
        Unit::Month,
        Unit::Day,
        Unit::Hour,
        Unit::Minute,
        Unit::Second,
    ]
    .get(given - 1)
    .copied()?;
    let small = |at: usize, otherwise: i8| match fields.get(at).copied().flatten() {
        Some(field) => i8::try_from(field).ok(),
        None => Some(otherwise),
    };
    let year = fields.first().copied().flatten().filter(|year| *year > 0)?;
    let date = Date::new(year, small(1, 1)?, small(2, 1)?).ok()?;
    let time = Time::new(small(3, 0)?, small(4, 0)?, small(5, 0)?, 0).ok()?;
    Some((unit, date.to_datetime(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_start_and_end_as_date_trunc_cuts() {
        let at = parse_moment("2024-02-29 13:45:10.5").unwrap();
        let range = |unit: Unit| {
            let start = unit.start(at).unwrap();
            (moment_text(start), moment_text(unit.next(start).unwrap()))
        };
        assert_eq!(
            range(Unit::Month),
            ("2024-02-01".to_owned(), "2024-03-01".to_owned())
        );
        assert_eq!(
            range(Unit::Week),
            ("2024-02-26".to_owned(), "2024-03-04".to_owned())
        );
        assert_eq!(
            range(Unit::Quarter),
            ("2024-01-01".to_owned(), "2024-04-01".to_owned())
        );
        assert_eq!(
            range(Unit::Hour),
            (
                "2024-02-29 13:00:00".to_owned(),
                "2024-02-29 14:00:00".to_owned()
            )
        );
    }

    #[test]
    fn only_iso_moments_without_zone_are_read() {
        assert!(parse_moment("2024-02-30").is_none());
        assert!(parse_moment("01.02.2024").is_none());
        assert!(parse_moment("2024-02-01 10:00+02").is_none());
        assert!(parse_moment("2024-02-01 10:00").is_some());
    }

    #[test]
    fn formats_need_every_unit_down_to_their_smallest() {
        let read =
            |format, text| parse_formatted(format, text).map(|(unit, at)| (unit, moment_text(at)));
        assert_eq!(
            read("YYYY-MM", "2024-02"),
            Some((Unit::Month, "2024-02-01".to_owned()))
        );
        assert_eq!(
            read("DD.MM.YYYY", "05.02.2024"),
            Some((Unit::Day, "2024-02-05".to_owned()))
        );
        assert_eq!(read("MM-DD", "02-05"), None);
        assert_eq!(read("YYYY-MM", "2024-2"), None);
        assert_eq!(read("YYYY Month", "2024 May"), None);
    }
}
