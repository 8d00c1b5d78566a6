//! What is kept of matching events: sets that join in any order, any number of times.

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::hits::{Hit, Hits, keep_smallest};
use super::intern::KeyId;
use super::issued::Handle;
use super::join::Join;
use super::moments::Moments;
use super::spans::Spans;
use super::stays::Stays;
use crate::time::{Timespan, Timestamp};

/// A map that hashes small keys fast. Its order means nothing: whoever looks sorts.
pub(crate) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// The values of a group's fields, in their order.
pub(crate) type GroupValues = Vec<Option<String>>;

/// The first sightings of a term's span: the smallest few events of its first second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct First(pub(crate) SmallVec<[Hit; 1]>);

impl Join for First {
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
    /// `role_chain`.
    Links(Links),
    /// `travel`: the stays of each group at each place.
    Places(Map<(KeyId, KeyId), Stays>),
    /// `after`.
    Phases(Phases),
}

/// What `role_chain` keeps.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Matches that issued a credential: it, and the group. The event is in the table of credentials.
    pub(crate) issues: HashSet<(Handle, KeyId), foldhash::fast::FixedState>,
    /// Other matches, by group, key and session.
    pub(crate) uses: Map<(KeyId, Handle, Handle), Hits>,
}

/// What `after` keeps.
#[derive(Debug, Default)]
pub(crate) struct Phases {
    /// What opens a time, by group, with the values that are compared.
    pub(crate) opens: Map<KeyId, Vec<(Hit, KeyId)>>,
    /// What ends it.
    pub(crate) closes: Map<KeyId, Hits>,
    /// What is looked for in it, by group and values.
    pub(crate) uses: Map<(KeyId, KeyId), Stays>,
    /// When it was last seen, by group, as a baseline remembers.
    pub(crate) used_before: Map<KeyId, Timestamp>,
}

/// What counts keep.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// The events by group, where some limit counts events or asks for more than a minimum.
    pub(crate) events: Map<KeyId, Hits>,
    /// For each limit that counts values: the spans of each value by group.
    pub(crate) values: Vec<Map<(KeyId, KeyId), Moments>>,
}

/// What `new_terms` keeps.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    /// The spans of each term by scope.
    pub(crate) terms: Map<(KeyId, KeyId), Spans<First>>,
    /// Sightings of the scope, other than of its terms, that a baseline knew of. Those in the logs are kept beside the
    /// rules' states: see [`super::plan::ScopeKind`].
    pub(crate) scopes: Map<KeyId, Spans<()>>,
}

impl State {
    /// How much there is to judge, roughly.
    pub(crate) fn len(&self) -> usize {
        match self {
            State::Nothing => 0,
            State::Hits(map) => map.len(),
            State::Counts(counts) => counts.events.len() + counts.values.iter().map(Map::len).sum::<usize>(),
            State::Steps(map) => map.len(),
            State::Numbers(map) => map.values().map(Vec::len).sum(),
            State::Terms(terms) => terms.terms.len() + terms.scopes.len(),
            State::Buckets(map) => map.len(),
            State::Documents(map) => map.values().map(Vec::len).sum(),
            State::Links(links) => links.issues.len() + links.uses.len(),
            State::Places(map) => map.len(),
            State::Phases(phases) => {
                let kept = phases.opens.len() + phases.closes.len() + phases.uses.len();
                kept + phases.used_before.len()
            }
        }
    }

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
            (State::Links(mine), State::Links(theirs)) => {
                mine.issues.extend(theirs.issues.into_iter().map(|(handle, group)| (handle, to(group))));
                for ((group, key, session), hits) in theirs.uses {
                    mine.uses.entry((to(group), key, session)).or_default().merge(hits);
                }
            }
            (State::Places(mine), State::Places(theirs)) => {
                for ((group, place), stays) in theirs {
                    mine.entry((to(group), to(place))).or_default().merge(stays, width);
                }
            }
            (State::Phases(mine), State::Phases(theirs)) => {
                for (group, list) in theirs.opens {
                    let list = list.into_iter().map(|(hit, values)| (hit, to(values)));
                    mine.opens.entry(to(group)).or_default().extend(list);
                }
                for (group, hits) in theirs.closes {
                    mine.closes.entry(to(group)).or_default().merge(hits);
                }
                for ((group, values), stays) in theirs.uses {
                    mine.uses.entry((to(group), to(values))).or_default().merge(stays, width);
                }
                for (group, time) in theirs.used_before {
                    let seen = mine.used_before.entry(to(group)).or_insert(time);
                    *seen = time.max(*seen);
                }
            }
            // Both sides were made from the same plan.
            (mine, theirs) => {
                debug_assert!(false, "two states of one rule differ in kind: {mine:?} {theirs:?}")
            }
        }
    }
}
