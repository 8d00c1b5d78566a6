//! Lengths of time, as rules and people write them.

use std::fmt;

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timespan(u32);

/// Why a text is not a [`Timespan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimespanError {
    /// Not a number followed by one unit letter.
    #[error("expected a number and a unit, such as 30s, 10m, 24h, 7d or 4w")]
    Shape,
    /// `M` and `y` have no fixed length; Sigma leaves open which one is meant.
    #[error("months and years have no fixed length: write days, such as 30d or 365d")]
    Ambiguous,
    /// Longer than 136 years.
    #[error("longer than any log")]
    TooLong,
}

impl Timespan {
    /// A span of `seconds`.
    pub const fn from_secs(seconds: u32) -> Timespan {
        Timespan(seconds)
    }

    /// An hour.
    pub const HOUR: Timespan = Timespan(3600);
    /// A day.
    pub const DAY: Timespan = Timespan(86_400);

    /// A span of `hours`, stopping at the longest.
    pub const fn from_hours(hours: u32) -> Timespan {
        Timespan(hours.saturating_mul(Timespan::HOUR.0))
    }

    /// A span of `days`, stopping at the longest.
    pub const fn from_days(days: u32) -> Timespan {
        Timespan(days.saturating_mul(Timespan::DAY.0))
    }

    /// The span in seconds.
    pub const fn secs(self) -> u32 {
        self.0
    }

    /// In the largest unit that keeps it readable, for a sentence.
    pub fn human(self) -> String {
        const MINUTE: u32 = 60;
        const HOUR: u32 = Timespan::HOUR.secs();
        const DAY: u32 = Timespan::DAY.secs();
        let in_units = |seconds: u32, unit: u32, name: &str| {
            format!("{:.1} {name}", f64::from(seconds) / f64::from(unit)).replace(".0 ", " ")
        };
        match self.secs() {
            s if s >= 2 * DAY => in_units(s, DAY, "days"),
            s if s >= 2 * HOUR => in_units(s, HOUR, "hours"),
            s if s >= 2 * MINUTE => in_units(s, MINUTE, "minutes"),
            1 => "1 second".to_owned(),
            s => format!("{s} seconds"),
        }
    }

    /// Reads Sigma's notation: a number and one of `s`, `m`, `h`, `d`, `w`.
    pub fn parse(text: &str) -> Result<Timespan, TimespanError> {
        let text = text.trim();
        let (number, unit) = match text.char_indices().next_back() {
            Some((at, unit)) => (&text[..at], unit),
            None => return Err(TimespanError::Shape),
        };
        let seconds: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => Timespan::HOUR.0.into(),
            'd' => Timespan::DAY.0.into(),
            'w' => 7 * u64::from(Timespan::DAY.0),
            'M' | 'y' => return Err(TimespanError::Ambiguous),
            _ => return Err(TimespanError::Shape),
        };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TimespanError::Shape);
        }
        let number: u64 = number.parse().map_err(|_| TimespanError::TooLong)?;
        number
            .checked_mul(seconds)
            .and_then(|n| u32::try_from(n).ok())
            .map(Timespan)
            .ok_or(TimespanError::TooLong)
    }
}

impl fmt::Display for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        match n {
            0 => write!(f, "0s"),
            n if n % 86_400 == 0 => write!(f, "{}d", n / 86_400),
            n if n % 3600 == 0 => write!(f, "{}h", n / 3600),
            n if n % 60 == 0 => write!(f, "{}m", n / 60),
            n => write!(f, "{n}s"),
        }
    }
}

impl serde::Serialize for Timespan {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timespans_read_back_as_written() {
        for text in ["30s", "10m", "24h", "7d", "90s"] {
            let span = Timespan::parse(text).unwrap();
            assert_eq!(Timespan::parse(&span.to_string()).unwrap(), span);
        }
        assert_eq!(Timespan::parse("1M"), Err(TimespanError::Ambiguous));
        assert_eq!(Timespan::parse("h"), Err(TimespanError::Shape));
        assert_eq!(Timespan::parse("-1h"), Err(TimespanError::Shape));
        assert_eq!(Timespan::parse("9999999999d"), Err(TimespanError::TooLong));
    }

    #[test]
    fn spans_are_told_in_readable_units() {
        for (seconds, told) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (5_400, "90 minutes"),
            (9_000, "2.5 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(Timespan::from_secs(seconds).human(), told);
        }
    }
}
