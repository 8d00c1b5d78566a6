//! Sightings as spans: disjoint intervals of seconds whose sightings lie no more than a width apart.
//!
//! This one structure serves `new_terms` (a term is new where a span begins) and distinct counts in sliding windows
//! (a value is in the closed window `[e - width, e]` iff `e` lies in `[first, last + width]` of one of its spans). It
//! replaces the buckets of the design: as exact, and one entry for a value that keeps being seen, not one a bucket.

use smallvec::SmallVec;

use super::join::Join;
use crate::time::{Timespan, Timestamp};

/// One span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span<P> {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// What its beginning carries; joining two that begin in the same second joins these.
    pub(crate) payload: P,
}

/// Disjoint spans in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spans<P> {
    list: SmallVec<[Span<P>; 1]>,
}

impl<P> Default for Spans<P> {
    fn default() -> Self {
        Spans { list: SmallVec::new() }
    }
}

impl<P: Join> Spans<P> {
    /// Adds a sighting.
    pub(crate) fn see(&mut self, time: Timestamp, width: Timespan, payload: P) {
        // Logs come roughly in order: nearly always it is the last span, and nearly always inside it.
        if let Some(last) = self.list.last_mut()
            && time > last.first
            && time <= last.last.ahead(width)
        {
            last.last = last.last.max(time);
            return;
        }
        self.insert(Span { first: time, last: time, payload }, width);
    }

    /// Adds a span.
    pub(crate) fn insert(&mut self, mut new: Span<P>, width: Timespan) {
        // Logs come roughly in order: nearly always it lies behind the last one.
        if self.list.last().is_none_or(|last| last.last.ahead(width) < new.first) {
            return self.list.push(new);
        }
        let from = self.list.partition_point(|span| span.last.ahead(width) < new.first);
        let to = self.list.partition_point(|span| span.first <= new.last.ahead(width));
        // Everything from `from` up to `to` touches the new span.
        for old in self.list.drain(from..to) {
            new.last = new.last.max(old.last);
            match old.first.cmp(&new.first) {
                std::cmp::Ordering::Less => {
                    new.first = old.first;
                    new.payload = old.payload;
                }
                std::cmp::Ordering::Equal => new.payload.join(old.payload),
                std::cmp::Ordering::Greater => {}
            }
        }
        self.list.insert(from, new);
    }

    /// Adds another's spans.
    pub(crate) fn merge(&mut self, other: Spans<P>, width: Timespan) {
        other.list.into_iter().for_each(|span| self.insert(span, width));
    }
}

impl<P> Spans<P> {
    /// The spans in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Span<P>> {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Names(BTreeSet<u8>);

    impl Join for Names {
        fn join(&mut self, other: Names) {
            self.0.extend(other.0);
        }
    }

    /// The definition: sort all sightings, cut where the gap is wider than the width.
    fn naive(sightings: &[(u32, u8)], width: u32) -> Vec<(u32, u32, BTreeSet<u8>)> {
        let mut sorted = sightings.to_vec();
        sorted.sort_unstable();
        let mut spans: Vec<(u32, u32, BTreeSet<u8>)> = Vec::new();
        for (time, name) in sorted {
            match spans.last_mut() {
                Some((first, last, names)) if time - *last <= width => {
                    *last = time;
                    if time == *first {
                        names.insert(name);
                    }
                }
                _ => spans.push((time, time, BTreeSet::from([name]))),
            }
        }
        spans
    }

    proptest! {
        #[test]
        fn spans_are_as_defined_in_any_order_and_any_parts(
            sightings in proptest::collection::vec((0u32..60, 0u8..4), 0..40), width in 0u32..6, cut in 0usize..40,
        ) {
            let expected = naive(&sightings, width);
            let span = Timespan::from_secs(width);
            let see = |list: &mut Spans<Names>, (time, name): &(u32, u8)| {
                list.see(Timestamp::from_secs(*time), span, Names(BTreeSet::from([*name])));
            };
            let cut = cut.min(sightings.len());
            let (mut left, mut right) = (Spans::default(), Spans::default());
            sightings[..cut].iter().for_each(|s| see(&mut left, s));
            sightings[cut..].iter().rev().chain(&sightings[..cut / 2]).for_each(|s| see(&mut right, s));
            left.merge(right, span);
            let got: Vec<_> = left.iter().map(|s| (s.first.secs(), s.last.secs(), s.payload.0.clone())).collect();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn a_value_is_in_a_window_iff_a_span_says_so(
            sightings in proptest::collection::vec(0u32..60, 0..30), width in 0u32..8, end in 0u32..80,
        ) {
            let mut spans = Spans::default();
            sightings.iter().for_each(|t| spans.see(Timestamp::from_secs(*t), Timespan::from_secs(width), ()));
            let naive = sightings.iter().any(|t| *t <= end && end - *t <= width);
            let end = Timestamp::from_secs(end);
            let by_spans = spans.iter().any(|s| s.first <= end && end <= s.last.ahead(Timespan::from_secs(width)));
            prop_assert_eq!(by_spans, naive);
        }
    }
}
