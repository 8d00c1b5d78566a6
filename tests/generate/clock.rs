//! The calendar of the organization: days, working hours in its own time zone, and times as AWS writes them.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, Weekday};

/// Seconds since 1970, the resolution of `eventTime`.
pub(crate) type Secs = u32;

/// A minute, an hour and a day, in seconds.
pub(crate) const MINUTE: Secs = 60;
pub(crate) const HOUR: Secs = 3600;
pub(crate) const DAY: Secs = 86_400;

/// Activity is asked for window by window: everything that begins in `[from, to)`.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: Secs,
    pub(crate) to: Secs,
}

impl Span {
    pub(crate) fn has(self, at: Secs) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// The days of the log.
pub(crate) struct Calendar {
    pub(crate) start: Secs,
    pub(crate) days: u32,
    first: NaiveDate,
}

impl Calendar {
    /// `None` for days outside 1970 to 2100.
    pub(crate) fn new(first: NaiveDate, days: u32) -> Option<Calendar> {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
        let day = u32::try_from(first.signed_duration_since(epoch).num_days()).ok()?;
        let start = day.checked_mul(DAY)?;
        start.checked_add(days.checked_mul(DAY)?)?;
        (days > 0 && first.year() <= 2100).then_some(Calendar { start, days, first })
    }

    pub(crate) fn end(&self) -> Secs {
        self.start + self.days * DAY
    }

    /// The number of the day, from 0, that `at` lies in.
    pub(crate) fn day_of(&self, at: Secs) -> u32 {
        at.saturating_sub(self.start) / DAY
    }

    /// The days that a window touches.
    pub(crate) fn days_in(&self, span: Span) -> std::ops::RangeInclusive<u32> {
        self.day_of(span.from)..=self.day_of(span.to.saturating_sub(1))
    }

    fn date(&self, day: u32) -> NaiveDate {
        self.first + chrono::Days::new(u64::from(day))
    }

    /// 0 is Monday.
    pub(crate) fn weekday(&self, day: u32) -> usize {
        self.date(day).weekday().num_days_from_monday() as usize
    }

    /// Monday to Friday, but for the company's day off: the third Wednesday of each month.
    pub(crate) fn is_workday(&self, day: u32) -> bool {
        let date = self.date(day);
        let day_off = date.weekday() == Weekday::Wed && (15..=21).contains(&date.day());
        self.weekday(day) < 5 && !day_off
    }

    /// The moment of `minute` after local midnight of `day`, in Boston: five hours behind UTC, four in summer.
    pub(crate) fn local(&self, day: u32, minute: u32) -> Secs {
        let date = self.date(day);
        let summer_from = NaiveDate::from_weekday_of_month_opt(date.year(), 3, Weekday::Sun, 2);
        let summer_to = NaiveDate::from_weekday_of_month_opt(date.year(), 11, Weekday::Sun, 1);
        let summer = summer_from.is_some_and(|from| date >= from) && summer_to.is_some_and(|to| date < to);
        self.utc(day, minute) + if summer { 4 } else { 5 } * HOUR
    }

    /// The moment of `minute` after midnight UTC of `day`.
    pub(crate) fn utc(&self, day: u32, minute: u32) -> Secs {
        self.start + day * DAY + minute * MINUTE
    }
}

/// Year, month, day, hour, minute, second.
fn parts(at: Secs) -> (u32, usize, u32, u32, u32, u32) {
    // Howard Hinnant's civil_from_days, for days after 1970.
    let z = at / DAY + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u32::from(month <= 2);
    (year, month as usize, day, at / HOUR % 24, at / MINUTE % 60, at % 60)
}

/// `2026-03-01T00:00:00Z`
pub(crate) fn stamp(out: &mut String, at: Secs) {
    let (year, month, day, hour, minute, second) = parts(at);
    digits(out, year, 4);
    for (mark, value) in [('-', month as u32), ('-', day), ('T', hour), (':', minute), (':', second)] {
        out.push(mark);
        digits(out, value, 2);
    }
    out.push('Z');
}

/// [`stamp`] as a text of its own.
pub(crate) fn stamped(at: Secs) -> String {
    let mut out = String::with_capacity(20);
    stamp(&mut out, at);
    out
}

/// `20260301T0000Z`, in the name of a log file.
pub(crate) fn compact(at: Secs) -> String {
    let (year, month, day, hour, minute, _) = parts(at);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}Z")
}

/// `2026/03/01`, in the path of a log file.
pub(crate) fn folder(at: Secs) -> String {
    let (year, month, day, ..) = parts(at);
    format!("{year:04}/{month:02}/{day:02}")
}

/// `Mar 1, 2026, 1:33:28 PM`: STS writes times so; IAM leaves out the second comma.
pub(crate) fn american(at: Secs, second_comma: bool) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, hour, minute, second) = parts(at);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let comma = if second_comma { "," } else { "" };
    let mut out = String::with_capacity(26);
    // Writing to a String cannot fail.
    let _ = write!(out, "{} {day}, {year}{comma} {hour}:{minute:02}:{second:02} {half}", MONTHS[month - 1]);
    out
}

fn digits(out: &mut String, value: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(char::from(b'0' + u8::try_from(value / 10u32.pow(place) % 10).unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn march() -> Calendar {
        Calendar::new(NaiveDate::from_ymd_opt(2026, 3, 1).unwrap(), 30).unwrap()
    }

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let at = march().utc(0, 13 * 60 + 33) + 28;
        assert_eq!(stamped(at), "2026-03-01T13:33:28Z");
        assert_eq!(compact(at), "20260301T1333Z");
        assert_eq!(folder(at), "2026/03/01");
        assert_eq!(american(at, true), "Mar 1, 2026, 1:33:28 PM");
        assert_eq!(american(march().utc(0, 5), false), "Mar 1, 2026 12:05:00 AM");
        assert_eq!(stamped(1_709_164_800), "2024-02-29T00:00:00Z");
    }

    #[test]
    fn the_calendar_knows_weekends_the_day_off_and_summer_time() {
        let march = march();
        let workdays: Vec<u32> = (0..30).filter(|&day| march.is_workday(day)).map(|day| day + 1).collect();
        assert_eq!(workdays, [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 19, 20, 23, 24, 25, 26, 27, 30]);
        assert_eq!(stamped(march.local(1, 9 * 60)), "2026-03-02T14:00:00Z");
        assert_eq!(stamped(march.local(8, 9 * 60)), "2026-03-09T13:00:00Z");
    }
}
