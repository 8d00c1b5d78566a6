//! Which groups have enough to be looked at: most have not, and need not be taken apart to know it.

use super::super::intern::KeyId;
use super::super::plan::Detection;
use super::super::state::Counts;
use super::Court;
use crate::rule::{Limit, Order, RuleIndex};

/// How much a limit asks for at least; nothing where it is no minimum.
pub(super) fn least(limit: &Limit) -> usize {
    let least = limit.bounds.iter().map(|(order, bound)| match order {
        Order::Greater => bound.saturating_add(1),
        Order::GreaterOrEqual => *bound,
        _ => 0,
    });
    usize::try_from(least.max().unwrap_or(0)).unwrap_or(usize::MAX)
}

/// Of each key whether its group may have as much as is required.
pub(super) struct Enough(Option<Vec<bool>>);

impl Enough {
    /// Counts events and values of each key. Copies of an event may count more than once: it errs on the safe side.
    pub(super) fn of(court: &Court<'_>, rule: RuleIndex, required: &[&Limit], state: &Counts) -> Enough {
        // Keys that differ in what a condition kept may be of one group, which may have more than each.
        let feeds = |detection: &Detection| detection.feeds.iter().any(|feed| feed.rule == rule);
        if court.plan.detections.iter().any(|detection| detection.residual.is_some() && feeds(detection)) {
            return Enough(None);
        }
        let mut enough = vec![true; court.keys.base().len()];
        let mut of_values = state.values.iter();
        for limit in required {
            // One byte is enough for whatever limits ask for, and for what asks for more it errs on the safe side.
            let least = u8::try_from(least(limit)).unwrap_or(u8::MAX);
            let mut counts = vec![0u8; enough.len()];
            let mut count = |key: KeyId, more: usize| {
                if let Some(counted) = counts.get_mut(key.index()) {
                    *counted = counted.saturating_add(u8::try_from(more).unwrap_or(u8::MAX));
                }
            };
            if limit.fields.is_empty() {
                state.events.iter().for_each(|(key, hits)| count(*key, hits.len()));
            } else if let Some(values) = of_values.next() {
                values.keys().for_each(|(key, _)| count(*key, 1));
            }
            enough.iter_mut().zip(counts).for_each(|(enough, counted)| *enough &= counted >= least);
        }
        Enough(Some(enough))
    }

    /// Whether the group of a key may have enough. Keys that were made while judging were not counted.
    pub(super) fn may(&self, key: KeyId) -> bool {
        let counted = self.0.as_ref().and_then(|enough| enough.get(key.index()));
        counted.copied().unwrap_or(true)
    }
}
