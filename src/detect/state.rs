//! What is kept of matching events: sets that join in any order, any number of times.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::hits::{Hit, Hits, keep_smallest};
use super::intern::KeyId;
use super::spans::{Payload, Spans};
use crate::time::Timespan;

/// A map that hashes small keys fast. Its order means nothing: whoever looks sorts.
pub(crate) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// The values of a group's fields, in their order.
pub(crate) type GroupValues = Vec<Option<String>>;

/// The first sightings of a term's span: the smallest few events of its first second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct First(pub(crate) SmallVec<[Hit; 1]>);

impl Payload for First {
    fn join(&mut self, other: First) {
        other.0.into_iter().for_each(|hit| keep_smallest(&mut self.0, hit));
    }
}

/// The state of one rule in one worker.
#[derive(Debug, Default)]
pub(crate) enum State {
    /// Its matches only serve other rules.
    #[default]
    Nothing,
    /// A detection: its hits by group.
    Hits(Map<KeyId, Hits>),
    /// `event_count` and `value_count`.
    Counts(Counts),
    /// `temporal` and `temporal_ordered`: hits by group and step.
    Steps(Map<(KeyId, u8), Hits>),
    /// `value_sum` and its kin: hits by group, each with its number.
    Numbers(Map<KeyId, Vec<(Hit, f64)>>),
    /// `new_terms`.
    Terms(Terms),
    /// `spike`: event ids, hashed to 64 bits, by group and bucket.
    Buckets(Map<(KeyId, u32), Vec<u64>>),
    /// `policy_weakened`: hits by group, each with its document, and whether something is said of a first one.
    Documents(Map<KeyId, Vec<(Hit, KeyId, bool)>>),
}

/// What counts keep.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// The events by group, where some limit counts events or asks for more than a minimum.
    pub(crate) events: Map<KeyId, Hits>,
    /// For each limit that counts values: the spans of each value by group.
    pub(crate) values: Vec<Map<(KeyId, KeyId), Spans<()>>>,
}

/// What `new_terms` keeps.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    /// The spans of each term by scope.
    pub(crate) terms: Map<(KeyId, KeyId), Spans<First>>,
    /// Sightings of the scope by other rules than the terms' own.
    pub(crate) scopes: Map<KeyId, Spans<()>>,
}

impl State {
    /// Joins another worker's state of the same rule, whose key numbers `keys` translates.
    pub(crate) fn merge(&mut self, other: State, keys: &[KeyId], width: Timespan) {
        let to = |id: KeyId| keys[id.index()];
        match (self, other) {
            (State::Nothing, State::Nothing) => {}
            (State::Hits(mine), State::Hits(theirs)) => {
                theirs.into_iter().for_each(|(key, hits)| mine.entry(to(key)).or_default().merge(hits));
            }
            (State::Counts(mine), State::Counts(theirs)) => {
                theirs
                    .events
                    .into_iter()
                    .for_each(|(key, hits)| mine.events.entry(to(key)).or_default().merge(hits));
                for (mine, theirs) in mine.values.iter_mut().zip(theirs.values) {
                    for ((group, value), spans) in theirs {
                        mine.entry((to(group), to(value))).or_default().merge(spans, width);
                    }
                }
            }
            (State::Steps(mine), State::Steps(theirs)) => {
                theirs
                    .into_iter()
                    .for_each(|((key, step), hits)| mine.entry((to(key), step)).or_default().merge(hits));
            }
            (State::Numbers(mine), State::Numbers(theirs)) => {
                theirs.into_iter().for_each(|(key, list)| mine.entry(to(key)).or_default().extend(list));
            }
            (State::Terms(mine), State::Terms(theirs)) => {
                for ((scope, term), spans) in theirs.terms {
                    mine.terms.entry((to(scope), to(term))).or_default().merge(spans, width);
                }
                for (scope, spans) in theirs.scopes {
                    mine.scopes.entry(to(scope)).or_default().merge(spans, width);
                }
            }
            (State::Buckets(mine), State::Buckets(theirs)) => {
                theirs
                    .into_iter()
                    .for_each(|((key, bucket), ids)| mine.entry((to(key), bucket)).or_default().extend(ids));
            }
            (State::Documents(mine), State::Documents(theirs)) => {
                for (key, list) in theirs {
                    mine.entry(to(key))
                        .or_default()
                        .extend(list.into_iter().map(|(hit, text, said)| (hit, to(text), said)));
                }
            }
            // Both sides were made from the same plan.
            (mine, theirs) => {
                debug_assert!(false, "two states of one rule differ in kind: {mine:?} {theirs:?}")
            }
        }
    }
}
