//! Stays: intervals of events no more than a width apart, each with its first and its last event.
//!
//! As [`super::spans`], with both ends known as events: enough to say when something was last seen before another
//! thing began, without keeping what lies between.

use smallvec::SmallVec;

use super::hits::{Hit, Location};
use crate::event::EventId;
use crate::time::{Timespan, Timestamp};

/// One stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) first: Hit,
    pub(crate) last: Hit,
}

/// Disjoint stays in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stays {
    list: SmallVec<[Stay; 1]>,
}

/// Of several events of one second, one of the logs at hand is preferred, then the smallest.
fn rank(hit: &Hit) -> (bool, EventId, u64, Location) {
    (hit.at == Location::NOWHERE, hit.id, hit.digest, hit.at)
}

fn earlier(a: Hit, b: Hit) -> Hit {
    if (b.time, rank(&b)) < (a.time, rank(&a)) { b } else { a }
}

fn later(a: Hit, b: Hit) -> Hit {
    if b.time > a.time || (b.time == a.time && rank(&b) < rank(&a)) { b } else { a }
}

impl Stays {
    /// Adds an event.
    pub(crate) fn see(&mut self, hit: Hit, width: Timespan) {
        // Logs come roughly in order: nearly always it is the last stay.
        if let Some(stay) = self.list.last_mut()
            && hit.time >= stay.first.time
            && hit.time <= stay.last.time.ahead(width)
        {
            stay.first = earlier(stay.first, hit);
            stay.last = later(stay.last, hit);
            return;
        }
        self.insert(Stay { first: hit, last: hit }, width);
    }

    /// Adds a stay.
    pub(crate) fn insert(&mut self, mut new: Stay, width: Timespan) {
        let from = self.list.partition_point(|stay| stay.last.time.ahead(width) < new.first.time);
        let to = self.list.partition_point(|stay| stay.first.time <= new.last.time.ahead(width));
        for old in &self.list[from..to] {
            new.first = earlier(new.first, old.first);
            new.last = later(new.last, old.last);
        }
        // A log read backwards is long before what is there: nothing behind is moved unless a stay is new.
        if from < to {
            self.list[from] = new;
            self.list.drain(from + 1..to);
        } else {
            self.list.insert(from, new);
        }
    }

    /// Adds another's stays.
    pub(crate) fn merge(&mut self, other: Stays, width: Timespan) {
        other.list.into_iter().for_each(|stay| self.insert(stay, width));
    }

    /// The stays in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Stay> {
        self.list.iter()
    }

    /// A stay that a baseline remembers: when, but not by which events.
    pub(crate) fn remember(&mut self, first: Timestamp, last: Timestamp, width: Timespan) {
        let of = |time| Hit::remembered(time, EventId::from_bits(0));
        self.insert(Stay { first: of(first), last: of(last) }, width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stays_are_as_defined_in_any_order_and_any_parts(
            events in proptest::collection::vec((0u32..60, 0u128..6), 0..40), width in 0u32..6, cut in 0usize..40,
        ) {
            let span = Timespan::from_secs(width);
            let hit = |(time, id): &(u32, u128)| {
                let at = Location { file: 0, record: 0 };
                Hit { time: Timestamp::from_secs(*time), id: EventId::from_bits(*id), digest: 0, at }
            };
            let mut sorted = events.clone();
            sorted.sort_unstable();
            let mut expected: Vec<((u32, u128), (u32, u128))> = Vec::new();
            for event in sorted {
                match expected.last_mut() {
                    Some((_, last)) if event.0 - last.0 <= width => {
                        // Of one second the smallest stands for it.
                        if event.0 > last.0 { *last = event; }
                    }
                    _ => expected.push((event, event)),
                }
            }
            let cut = cut.min(events.len());
            let (mut left, mut right) = (Stays::default(), Stays::default());
            events[..cut].iter().for_each(|event| left.see(hit(event), span));
            events[cut..].iter().rev().chain(&events[..cut / 2]).for_each(|event| right.see(hit(event), span));
            left.merge(right, span);
            let end = |hit: &Hit| (hit.time.secs(), hit.id.bits());
            let got: Vec<_> = left.iter().map(|stay| (end(&stay.first), end(&stay.last))).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
