//! Instants and spans in whole seconds, the resolution of CloudTrail's `eventTime`.

mod period;
mod span;
mod stretches;

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

pub(crate) use period::Period;
pub use span::{Timespan, TimespanError};
pub(crate) use stretches::Stretches;

/// A moment as whole seconds since 1970-01-01T00:00:00Z, from 1970 to 2106.
///
/// Fractions of a second are cut off: `eventTime` has none, and exports that add `.000` mean the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u32);

impl Timestamp {
    /// The earliest moment that can be told.
    pub const MIN: Timestamp = Timestamp(0);
    /// The latest moment that can be told.
    pub const MAX: Timestamp = Timestamp(u32::MAX);

    /// The moment `seconds` after the epoch.
    pub const fn from_secs(seconds: u32) -> Timestamp {
        Timestamp(seconds)
    }

    /// Seconds since the epoch.
    pub const fn secs(self) -> u32 {
        self.0
    }

    /// Reads the one spelling that nearly every event has, `YYYY-MM-DDTHH:MM:SSZ`.
    #[inline]
    pub(crate) fn parse_usual(text: &[u8]) -> Option<Timestamp> {
        let text: &[u8; 20] = text.try_into().ok()?;
        if text[19] == b'Z' { parse_plain(text) } else { None }
    }

    /// Reads the spellings found in exported CloudTrail logs: RFC 3339 with `Z` or an offset, with or without a
    /// fraction, a blank in place of the `T`, no zone at all (taken as UTC), a bare date, and Unix seconds or
    /// milliseconds as digits.
    pub fn parse(text: &str) -> Option<Timestamp> {
        Timestamp::parse_usual(text.as_bytes()).or_else(|| parse_odd(text.trim()))
    }

    /// `self - span`, stopping at the epoch.
    pub const fn back(self, span: Timespan) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.secs()))
    }

    /// `self + span`, stopping at the last moment.
    pub const fn ahead(self, span: Timespan) -> Timestamp {
        Timestamp(self.0.saturating_add(span.secs()))
    }

    /// How long from `earlier` to `self`; zero if `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> Timespan {
        Timespan::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// Whole days since the epoch, in UTC.
    pub const fn day(self) -> u32 {
        self.0 / Timespan::DAY.secs()
    }

    /// The first second of a day, as [`Timestamp::day`] counts them.
    pub const fn of_day(day: u32) -> Timestamp {
        Timestamp(Timespan::from_days(day).secs())
    }

    /// Whole hours since the epoch.
    pub const fn hour(self) -> u32 {
        self.0 / Timespan::HOUR.secs()
    }

    /// The first second of an hour, as [`Timestamp::hour`] counts them.
    pub const fn of_hour(hour: u32) -> Timestamp {
        Timestamp(Timespan::from_hours(hour).secs())
    }

    /// The date alone: `2026-03-28`.
    pub fn date(self) -> String {
        let mut text = self.to_string();
        text.truncate("2026-03-28".len());
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp(i64::from(self.0), 0) {
            Some(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ")),
            None => write!(f, "{}", self.0),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ` without leaving the bytes: nearly every event has this one spelling.
fn parse_plain(b: &[u8; 20]) -> Option<Timestamp> {
    let two = |i: usize| -> Option<u32> {
        let (hi, lo) = (b[i].wrapping_sub(b'0'), b[i + 1].wrapping_sub(b'0'));
        (hi < 10 && lo < 10).then(|| u32::from(hi) * 10 + u32::from(lo))
    };
    if b[4] != b'-' || b[7] != b'-' || b[10] != b'T' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let year = two(0)? * 100 + two(2)?;
    let (month, day) = (two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if !(1970..=2105).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leaps = |year: u32| year / 4 - year / 100 + year / 400;
    let leap = leaps(year) - leaps(year - 1);
    let &[before, after] = MONTHS.get((month as usize).wrapping_sub(1)..=month as usize)? else {
        return None;
    };
    let ends_later = if month == 2 { leap } else { 0 };
    if day == 0 || day > after - before + ends_later {
        return None;
    }
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    let days = years + before + if month > 2 { leap } else { 0 } + day - 1;
    Some(Timestamp(days * 86_400 + hour * 3600 + minute * 60 + second))
}

/// The days of a year before each month, and behind the last.
const MONTHS: [u32; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

fn parse_odd(text: &str) -> Option<Timestamp> {
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: u64 = text.parse().ok()?;
        let seconds = if text.len() >= 12 { number / 1000 } else { number };
        return u32::try_from(seconds).ok().map(Timestamp);
    }
    let seconds = if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        at.timestamp()
    } else if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z") {
        at.timestamp()
    } else if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        at.timestamp()
    } else {
        let naive = text.trim_end_matches(" UTC").trim_end_matches('Z');
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(naive, format).ok())
            .or_else(|| NaiveDate::parse_from_str(naive, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?
            .and_utc()
            .timestamp()
    };
    u32::try_from(seconds).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spelling_and_the_odd_ones_are_the_same_moment() {
        let usual = Timestamp::parse("2024-02-29T23:59:58Z").unwrap();
        assert_eq!(usual.to_string(), "2024-02-29T23:59:58Z");
        for odd in [
            "2024-02-29T23:59:58.000Z",
            "2024-02-29T23:59:58+00:00",
            "2024-03-01T10:59:58+11:00",
            "2024-03-01 10:59:58+11:00",
            "2024-03-01T10:59:58+1100",
            "2024-02-29 23:59:58.000000000",
            "2024-02-29 23:59:58 UTC",
            " 2024-02-29T23:59:58Z ",
            "1709251198",
            "1709251198999",
        ] {
            assert_eq!(Timestamp::parse(odd), Some(usual), "{odd}");
        }
    }

    #[test]
    fn days_and_hours_begin_where_they_are_counted_from() {
        let time = Timestamp::parse("2024-02-29T23:59:58Z").unwrap();
        assert_eq!(Timestamp::of_day(time.day()).to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(Timestamp::of_hour(time.hour()).to_string(), "2024-02-29T23:00:00Z");
        assert_eq!(time.date(), "2024-02-29");
        assert_eq!(Timestamp::of_day(u32::MAX), Timestamp::MAX);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (year, month, day) in (1968..=2107)
            .flat_map(|year| (0..=13).flat_map(move |month| (0..=32).map(move |day| (year, month, day))))
        {
            let text = format!("{year}-{month:02}-{day:02}T12:34:56Z");
            let expected = NaiveDate::from_ymd_opt(year, month, day)
                .and_then(|date| date.and_hms_opt(12, 34, 56))
                .and_then(|at| u32::try_from(at.and_utc().timestamp()).ok())
                .filter(|_| (1970..=2105).contains(&year));
            assert_eq!(Timestamp::parse_usual(text.as_bytes()).map(Timestamp::secs), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for bad in
            ["", "redacted", "2023-02-29T00:00:00Z", "2024-01-01T25:00:00Z", "1969-12-31T23:59:59Z", "12"]
        {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }
}
