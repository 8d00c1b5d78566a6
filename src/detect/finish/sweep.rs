//! Sliding windows, judged at every second: the window that ends there is closed and `width` long.

use crate::rule::Order;
use crate::time::{Timespan, Timestamp};

/// What one limit counts: intervals of window ends during which one more is in the window.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// First and last second, inclusive.
    pub(super) active: Vec<(Timestamp, Timestamp)>,
    /// Which counts fit.
    pub(super) bounds: Vec<(Order, u64)>,
}

/// A run of windows that fit, folded with those they overlap.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The end of the first window that fits.
    pub(super) first_end: Timestamp,
    /// The end of the last.
    pub(super) last_end: Timestamp,
    /// The highest value of each series at any fitting window.
    pub(super) peaks: Vec<u64>,
    /// Whether each series' bounds held at some fitting window; those of the required series always did.
    pub(super) held: Vec<bool>,
}

/// At some second, a series goes up or down by one: in one number, which sorts fast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change(u64);

impl Change {
    fn new(second: u64, series: u16, up: bool) -> Change {
        Change(second << 17 | u64::from(series) << 1 | u64::from(up))
    }

    fn second(self) -> u64 {
        self.0 >> 17
    }

    /// Which series, and by how much.
    fn what(self) -> (usize, i64) {
        ((self.0 >> 1 & 0xffff) as usize, if self.0 & 1 == 1 { 1 } else { -1 })
    }
}

/// The runs in which the first `required` series all fit. `ends` restricts the windows looked at to those that end
/// at one of these moments (sorted); without it every second is looked at, which says the same for minimums.
pub(super) fn runs(
    series: &[Series],
    required: usize,
    width: Timespan,
    ends: Option<&[Timestamp]>,
) -> Vec<Run> {
    let total = series.iter().map(|series| series.active.len()).sum::<usize>();
    let mut changes = Vec::with_capacity(2 * total);
    for (number, series) in (0u16..).zip(series) {
        for (from, to) in &series.active {
            changes.push(Change::new(from.secs().into(), number, true));
            changes.push(Change::new(u64::from(to.secs()) + 1, number, false));
        }
    }
    changes.sort_unstable();
    let mut counts = vec![0i64; series.len()];
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < changes.len() {
        let second = changes[at].second();
        while at < changes.len() && changes[at].second() == second {
            let (number, by) = changes[at].what();
            counts[number] += by;
            at += 1;
        }
        // These counts hold from `second` until before the next change.
        let Some(next) = changes.get(at).map(|change| change.second()) else { break };
        let fits = |number: usize| {
            let count = u64::try_from(counts[number]).unwrap_or(0);
            series[number].bounds.iter().all(|(order, bound)| order.holds(count, *bound))
        };
        if !(0..required).all(fits) {
            continue;
        }
        let time = |second: u64| Timestamp::from_secs(u32::try_from(second).unwrap_or(u32::MAX));
        let (mut from, mut to) = (time(second), time(next - 1));
        if let Some(ends) = ends {
            let low = ends.partition_point(|end| *end < from);
            let high = ends.partition_point(|end| *end <= to);
            if low == high {
                continue;
            }
            (from, to) = (ends[low], ends[high - 1]);
        }
        let peaks = counts.iter().map(|count| u64::try_from(*count).unwrap_or(0));
        match runs.last_mut() {
            // The next window begins no later than the last one ended.
            Some(run) if from.back(width) <= run.last_end => {
                run.last_end = to;
                run.peaks.iter_mut().zip(peaks).for_each(|(peak, count)| *peak = (*peak).max(count));
                run.held.iter_mut().enumerate().for_each(|(number, held)| *held |= fits(number));
            }
            _ => runs.push(Run {
                first_end: from,
                last_end: to,
                peaks: peaks.collect(),
                held: (0..series.len()).map(fits).collect(),
            }),
        }
    }
    runs
}

/// The condition in words.
pub(super) fn words(bounds: &[(Order, u64)]) -> String {
    let sign = |order: &Order| match order {
        Order::Equal => "=",
        Order::NotEqual => "!=",
        Order::Less => "<",
        Order::LessOrEqual => "<=",
        Order::Greater => ">",
        Order::GreaterOrEqual => ">=",
    };
    let parts: Vec<String> = bounds.iter().map(|(order, bound)| format!("{} {bound}", sign(order))).collect();
    parts.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every second is looked at by the definition: count the sightings in `[end - width, end]`.
        #[test]
        fn runs_are_as_defined(
            a in proptest::collection::vec(0u32..50, 0..12), b in proptest::collection::vec(0u32..50, 0..12),
            width in 0u32..8, low in 1u64..4,
        ) {
            let span = Timespan::from_secs(width);
            let series = |times: &[u32]| Series {
                active: times.iter().map(|t| (Timestamp::from_secs(*t), Timestamp::from_secs(t + width))).collect(),
                bounds: vec![(Order::GreaterOrEqual, low)],
            };
            let got = runs(&[series(&a), series(&b)], 2, span, None);
            let count = |times: &[u32], end: u32| times.iter().filter(|t| **t <= end && end - **t <= width).count() as u64;
            let mut expected: Vec<(u32, u32)> = Vec::new();
            for end in 0..70u32 {
                if count(&a, end) >= low && count(&b, end) >= low {
                    match expected.last_mut() {
                        Some((_, last)) if end.saturating_sub(width) <= *last => *last = end,
                        _ => expected.push((end, end)),
                    }
                }
            }
            let got: Vec<(u32, u32)> = got.iter().map(|run| (run.first_end.secs(), run.last_end.secs())).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
