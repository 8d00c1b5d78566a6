//! Since when each account is recorded: what is new in one that was hardly recorded may be new for want of history.

use std::collections::BTreeMap;

use crate::detect::Shard;
use crate::detect::firing::NewTermDetail;
use crate::time::Timestamp;

/// When the records of an account begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Begun {
    /// The day.
    pub(super) day: u32,
    /// The earliest moment since which there is a history for certain, but for an hour.
    pub(super) at: Timestamp,
}

/// When the records of each account begin, unless that is the day on which all begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Histories(BTreeMap<String, Begun>);

impl Histories {
    pub(super) fn of(shard: &Shard) -> Histories {
        let mut begun: BTreeMap<&str, Begun> = BTreeMap::new();
        for (place, days) in shard.days() {
            let Some(day) = days.first() else { continue };
            // Hours are not always noted: a day of which none is known may have begun with its last.
            let hours =
                shard.hours().get(place).and_then(|hours| hours.get(day)).copied().unwrap_or_default();
            let at = Timestamp::of_hour(24 * day + hours.trailing_zeros().min(24));
            let theirs = Begun { day: *day, at };
            let known = begun.entry(&place.0).or_insert(theirs);
            *known = theirs.min(*known);
        }
        let first = shard.span().0.map_or(u32::MAX, Timestamp::day);
        let later = begun.into_iter().filter(|(_, begun)| begun.day > first);
        Histories(later.map(|(account, begun)| (account.to_owned(), begun)).collect())
    }

    /// When the records of an account begin, if it has much less of a history than the baseline of a new term.
    pub(super) fn start(&self, account: Option<&str>, detail: &NewTermDetail) -> Option<Begun> {
        let begun = *self.0.get(account?)?;
        let history = |from: Timestamp| u64::from(detail.baseline_to.since(from).secs());
        // On its first days, a weekend among them, many an account does nothing.
        (history(begun.at) * 10 < history(detail.baseline_from) * 9).then_some(begun)
    }
}
