//! Sets of matched events: by id, so that copies of an event count once.

use crate::event::EventId;
use crate::time::Timestamp;

/// Where a record lies: the file's number in the run, and the record's number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file, by its place in the sorted list of inputs.
    pub file: u32,
    /// The record, from 0.
    pub record: u32,
}

impl Location {
    /// No place in the logs at hand: the event is known from a baseline.
    pub const NOWHERE: Location = Location { file: u32::MAX, record: u32::MAX };
}

/// A reference to a matched event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its time; the zero second stands for a time that could not be read.
    pub time: Timestamp,
    /// Its id.
    pub id: EventId,
    /// The digest of this copy of it.
    pub digest: u64,
    /// Where this copy lies.
    pub at: Location,
}

impl Hit {
    /// An event as a baseline knows it: when it was and which, but not where it lies.
    pub(crate) fn remembered(time: Timestamp, id: EventId) -> Hit {
        Hit { time, id, digest: 0, at: Location::NOWHERE }
    }

    /// Orders events by time, ties by id.
    pub fn order(&self) -> (Timestamp, EventId) {
        (self.time, self.id)
    }

    /// The order in which copies of one event are preferred: the smallest digest, then the smallest location.
    pub fn preference(&self) -> (EventId, u64, Timestamp, Location) {
        (self.id, self.digest, self.time, self.at)
    }
}

/// A set of events. Inserting is appending; what is the same event is found when the set is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    list: Vec<Hit>,
    /// Up to here the list is normal.
    normal: usize,
}

impl Hits {
    /// Adds a match.
    pub(crate) fn insert(&mut self, hit: Hit) {
        self.list.push(hit);
        // Copies must not pile up: a bucket read from ten trails holds each event ten times.
        if self.list.len() >= 64 && self.list.len() > self.normal * 2 {
            self.normalise();
        }
    }

    /// How many references are kept.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Set union.
    pub(crate) fn merge(&mut self, other: Hits) {
        self.list.extend(other.list);
        self.normal = 0;
        self.normalise();
    }

    /// The events in the order of time and id, each once.
    pub(crate) fn sorted(mut self) -> Vec<Hit> {
        self.normalise();
        self.list.sort_unstable_by_key(Hit::order);
        self.list
    }

    fn normalise(&mut self) {
        self.list.sort_unstable_by_key(Hit::preference);
        self.list.dedup_by_key(|hit| hit.id);
        self.list.shrink_to(self.list.len() + self.list.len() / 2);
        self.normal = self.list.len().max(32);
    }
}

/// Leaves of each event the preferred copy, in the order of time and id: states that are looked at together may hold
/// copies that differ. `tie` decides between entries of one copy.
pub(crate) fn once_each<T>(
    list: &mut Vec<T>,
    hit: impl Fn(&T) -> &Hit,
    tie: impl Fn(&T, &T) -> std::cmp::Ordering,
) {
    list.sort_by(|a, b| hit(a).preference().cmp(&hit(b).preference()).then_with(|| tie(a, b)));
    list.dedup_by_key(|entry| hit(entry).id);
    list.sort_by_key(|entry| hit(entry).order());
}

/// Of events in order of time, those from one moment to another, both inclusive.
pub(crate) fn within(hits: &[Hit], from: Timestamp, to: Timestamp) -> &[Hit] {
    let begin = hits.partition_point(|hit| hit.time < from);
    let end = hits.partition_point(|hit| hit.time <= to).max(begin);
    &hits[begin..end]
}

/// The few smallest events of one moment: what stands for a first sighting.
pub(crate) const KEPT: usize = 5;

/// Adds to a short list of events of the same second, keeping the smallest ids and of each the preferred copy.
pub(crate) fn keep_smallest(list: &mut smallvec::SmallVec<[Hit; 1]>, hit: Hit) {
    match list.binary_search_by_key(&hit.id, |kept| kept.id) {
        Ok(at) => {
            if hit.preference() < list[at].preference() {
                list[at] = hit;
            }
        }
        Err(at) if at < KEPT => {
            list.insert(at, hit);
            list.truncate(KEPT);
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hit(id: u128, digest: u64, file: u32) -> Hit {
        let at = Location { file, record: 0 };
        Hit { time: Timestamp::from_secs(id as u32), id: EventId::from_bits(id), digest, at }
    }

    proptest! {
        #[test]
        fn a_set_is_a_set(events in proptest::collection::vec((0u128..40, 0u64..3, 0u32..3), 0..300), cut in 0usize..300) {
            let all: Vec<Hit> = events.iter().map(|(id, digest, file)| hit(*id, *digest, *file)).collect();
            let mut whole = Hits::default();
            all.iter().for_each(|hit| whole.insert(*hit));
            let cut = cut.min(all.len());
            let (mut left, mut right) = (Hits::default(), Hits::default());
            all[..cut].iter().rev().for_each(|hit| left.insert(*hit));
            all[cut..].iter().chain(&all[..cut]).for_each(|hit| right.insert(*hit));
            right.merge(left);
            let whole = whole.sorted();
            prop_assert_eq!(&whole, &right.sorted());
            let ids: std::collections::BTreeSet<u128> = events.iter().map(|(id, ..)| *id).collect();
            prop_assert_eq!(whole.len(), ids.len());
        }
    }
}
