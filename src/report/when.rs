//! Times as people write them. All are UTC, which whoever shows them says once.

use chrono::{DateTime, Datelike, Utc};

use crate::time::Timestamp;

fn date_of(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(time.secs()), 0).unwrap_or_default()
}

/// `Saturday 28 March 2026`
pub(super) fn weekday(time: Timestamp) -> String {
    date_of(time).format("%A %-d %B %Y").to_string()
}

/// `28 March 2026`
pub(super) fn date(time: Timestamp) -> String {
    date_of(time).format("%-d %B %Y").to_string()
}

/// `03:24:38`
pub(super) fn clock(time: Timestamp) -> String {
    date_of(time).format("%H:%M:%S").to_string()
}

/// `28 March 2026, 03:24`
pub(crate) fn minute(time: Timestamp) -> String {
    date_of(time).format("%-d %B %Y, %H:%M").to_string()
}

/// `2026-03-28 03:24:38Z`, for columns.
pub(crate) fn stamp(time: Timestamp) -> String {
    time.to_string().replace('T', " ")
}

/// From when to when, saying nothing twice.
pub(crate) fn span(first: Timestamp, last: Timestamp) -> String {
    let (from, to) = (date_of(first), date_of(last));
    let begin = match () {
        () if first.secs() / 60 == last.secs() / 60 => return format!("on {} UTC", minute(first)),
        () if first.day() == last.day() => {
            return format!("on {}, {} to {} UTC", date(first), from.format("%H:%M"), to.format("%H:%M"));
        }
        () if from.year() == to.year() => from.format("%-d %B, %H:%M").to_string(),
        () => minute(first),
    };
    format!("from {begin} to {} UTC", minute(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn spans_say_nothing_twice() {
        let first = at("2026-03-28T02:14:07Z");
        assert_eq!(span(first, first), "on 28 March 2026, 02:14 UTC");
        assert_eq!(span(first, at("2026-03-28T23:00:00Z")), "on 28 March 2026, 02:14 to 23:00 UTC");
        assert_eq!(
            span(first, at("2026-04-02T23:00:00Z")),
            "from 28 March, 02:14 to 2 April 2026, 23:00 UTC"
        );
        assert_eq!(
            span(first, at("2027-01-01T00:00:00Z")),
            "from 28 March 2026, 02:14 to 1 January 2027, 00:00 UTC"
        );
        assert_eq!(weekday(first), "Saturday 28 March 2026");
        assert_eq!(clock(first), "02:14:07");
    }
}
