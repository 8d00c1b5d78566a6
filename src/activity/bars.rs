//! Numbers over time as bars of one line each.

use crate::time::{Timespan, Timestamp};

/// Bars from the lowest to the highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Hours that one bar may stand for.
const STEPS: [u32; 13] = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 720];

/// Time cut into bars of the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    /// The number of the first bar, counted from 1970.
    first: u32,
    /// How many bars there are.
    pub(super) bars: usize,
    /// Hours a bar.
    step: u32,
}

impl Scale {
    /// The finest scale on which this time takes no more than `most` bars.
    pub(super) fn of(first: Timestamp, last: Timestamp, most: usize) -> Scale {
        let hours = (first.hour(), last.max(first).hour());
        let of = |step: u32| {
            let (first, last) = (hours.0 / step, hours.1 / step);
            Scale { first, bars: (last - first) as usize + 1, step }
        };
        let years = || (2u32..).map(|n| n * 8760).map(of).find(|scale| scale.bars <= most.max(1));
        let finest = STEPS.into_iter().map(of).find(|scale| scale.bars <= most);
        finest.or_else(years).unwrap_or(Scale { first: 0, bars: 1, step: u32::MAX })
    }

    /// The bar that a moment belongs to.
    pub(super) fn bar(&self, time: Timestamp) -> Option<usize> {
        let bar = (time.hour() / self.step).checked_sub(self.first)? as usize;
        (bar < self.bars).then_some(bar)
    }

    /// How long a bar is, in words.
    pub(super) fn step(&self) -> String {
        match self.step {
            1 => "hour".to_owned(),
            24 => "day".to_owned(),
            hours if hours % 24 == 0 => format!("{} days", hours / 24),
            hours => format!("{hours} hours"),
        }
    }

    /// Adds up what falls into each bar.
    pub(super) fn sums(&self, values: impl Iterator<Item = (Timestamp, u64)>) -> Vec<u64> {
        let mut sums = vec![0u64; self.bars];
        for (time, value) in values {
            if let Some(sum) = self.bar(time).and_then(|bar| sums.get_mut(bar)) {
                *sum = sum.saturating_add(value);
            }
        }
        sums
    }

    /// Days below the bars that begin them, as many as there is room for.
    pub(super) fn days(&self) -> String {
        let mut line = String::new();
        for bar in 0..self.bars {
            let number = self.first + u32::try_from(bar).unwrap_or(u32::MAX);
            let start = Timestamp::of_hour(number.saturating_mul(self.step));
            let begins = bar == 0 || start.back(Timespan::from_hours(self.step)).day() != start.day();
            let room = line.is_empty() || line.chars().count() + 2 <= bar;
            if begins && room && bar + 5 <= self.bars.max(10) {
                line.extend(std::iter::repeat_n(' ', bar.saturating_sub(line.chars().count())));
                line.push_str(start.to_string().get(5..10).unwrap_or_default());
            }
        }
        line
    }
}

/// One line of bars; nothing is shown as a blank, and the least of something as the lowest bar.
pub(super) fn line(values: &[u64]) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    let block = |value: &u64| match value {
        0 => ' ',
        value => {
            let level = (u128::from(*value) * 8).div_ceil(u128::from(most.max(1)));
            BLOCKS[usize::try_from(level).unwrap_or(8).clamp(1, 8) - 1]
        }
    };
    values.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn bars_show_more_and_less_and_nothing() {
        assert_eq!(line(&[0, 1, 4, 8, 800]), " ▁▁▁█");
        assert_eq!(line(&[0, 1, 2, 4, 8]), " ▁▂▄█");
        assert_eq!(line(&[0, 0]), "  ");
        assert_eq!(line(&[u64::MAX, 1]), "█▁");
    }

    #[test]
    fn a_scale_fits_whatever_the_time() {
        let far = Timestamp::from_secs(u32::MAX);
        for (first, last, most, step) in [
            (at("2026-03-28T02:14:07Z"), at("2026-03-28T02:14:07Z"), 60, "hour"),
            (at("2026-03-01T00:00:00Z"), at("2026-03-30T23:59:59Z"), 120, "6 hours"),
            (at("2026-03-01T00:00:00Z"), at("2026-03-30T23:59:59Z"), 30, "day"),
            (Timestamp::from_secs(0), far, 20, "2555 days"),
            (far, Timestamp::from_secs(0), 1, "hour"),
        ] {
            let scale = Scale::of(first, last, most);
            assert!(scale.bars <= most, "{scale:?}");
            assert_eq!(scale.step(), step);
            assert_eq!(scale.bar(first), Some(0));
        }
        assert_eq!(Scale::of(Timestamp::from_secs(0), far, 0).bars, 1);
    }

    #[test]
    fn days_stand_below_their_bars() {
        let scale = Scale::of(at("2026-03-01T18:00:00Z"), at("2026-03-04T23:00:00Z"), 30);
        assert_eq!((scale.step().as_str(), scale.bars), ("3 hours", 26));
        assert_eq!(scale.days(), "03-01     03-03   03-04");
    }
}
