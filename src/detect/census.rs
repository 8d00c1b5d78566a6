//! How much the states hold, by kind, for whoever wants to know how memory grows.

use std::collections::BTreeMap;

use super::hits::{Hit, Hits};
use super::issued::{Handle, Issue};
use super::shard::Shard;
use super::spans::{Span, Spans};
use super::state::{First, Map, State};
use super::stays::{Stay, Stays};

/// Entries of one kind, and the bytes that they take with their tables' room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub entries: u64,
    /// Bytes, as far as they are known from sizes of types and tables; the allocator's own are not among them.
    pub bytes: u64,
}

/// By kind.
pub type Census = BTreeMap<&'static str, Held>;

const EVENTS: &str = "references to events";
const TERMS: &str = "spans of terms and scopes";
const VALUES: &str = "spans of counted values";
const BUCKETS: &str = "ids in buckets of spikes";
const STAYS: &str = "stays";
const KEYS: &str = "keys";
const ISSUED: &str = "credentials issued";
const FILES: &str = "times of files";

impl Shard {
    /// What is held at this moment.
    pub fn census(&self) -> Census {
        let mut census = Census::new();
        self.states.iter().chain(&self.past).for_each(|state| count(&mut census, state));
        self.scopes.iter().for_each(|scopes| spans(&mut census, TERMS, scopes));
        let keys = self.interner.len() as u64;
        add(&mut census, KEYS, keys, self.interner.heap());
        let issued = self.issued.len() as u64;
        add(&mut census, ISSUED, issued, issued * size_of::<(Handle, Issue)>() as u64);
        let files = self.tally.times.len() as u64;
        add(&mut census, FILES, files, files * size_of::<(u32, [u32; 2])>() as u64);
        census
    }
}

fn add(census: &mut Census, kind: &'static str, entries: u64, bytes: u64) {
    let held = census.entry(kind).or_default();
    held.entries += entries;
    held.bytes += bytes;
}

/// A slot and its control byte, at the fullest that a table gets.
fn room<K, V>(map: &Map<K, V>) -> u64 {
    (map.capacity() * 8 / 7 * (size_of::<(K, V)>() + 1)) as u64
}

fn hits<K>(census: &mut Census, map: &Map<K, Hits>) {
    let entries = map.values().map(|hits| hits.len() as u64).sum::<u64>();
    add(census, EVENTS, entries, room(map) + entries * size_of::<Hit>() as u64);
}

fn lists<K, T>(census: &mut Census, kind: &'static str, map: &Map<K, Vec<T>>) {
    let entries = map.values().map(|list| list.len() as u64).sum::<u64>();
    let heap = map.values().map(|list| (list.capacity() * size_of::<T>()) as u64).sum::<u64>();
    add(census, kind, entries, room(map) + heap);
}

fn spans<K, P>(census: &mut Census, kind: &'static str, map: &Map<K, Spans<P>>) {
    let several = |len: usize| if len > 1 { len.next_power_of_two() } else { 0 };
    let entries = map.values().map(|spans| spans.iter().len() as u64).sum::<u64>();
    let heap = map.values().map(|spans| several(spans.iter().len()) as u64).sum::<u64>();
    add(census, kind, entries, room(map) + heap * size_of::<Span<P>>() as u64);
}

fn stays<K>(census: &mut Census, map: &Map<K, Stays>) {
    let several = |len: usize| if len > 1 { len.next_power_of_two() } else { 0 };
    let entries = map.values().map(|stays| stays.iter().len() as u64).sum::<u64>();
    let heap = map.values().map(|stays| several(stays.iter().len()) as u64).sum::<u64>();
    add(census, STAYS, entries, room(map) + heap * size_of::<Stay>() as u64);
}

fn count(census: &mut Census, state: &State) {
    match state {
        State::Nothing => {}
        State::Hits(map) => hits(census, map),
        State::Counts(counts) => {
            hits(census, &counts.events);
            for map in &counts.values {
                let entries = map.values().map(|moments| moments.len() as u64).sum();
                let heap = map.values().map(|moments| moments.heap() as u64).sum::<u64>();
                add(census, VALUES, entries, room(map) + heap);
            }
        }
        State::Steps(map) => hits(census, map),
        State::Numbers(map) => lists(census, EVENTS, map),
        State::Terms(terms) => {
            spans(census, TERMS, &terms.terms);
            spans(census, TERMS, &terms.scopes);
            let firsts = terms.terms.values().flat_map(|spans| spans.iter()).map(|span| &span.payload);
            let further = |First(hits): &First| if hits.spilled() { hits.capacity() as u64 } else { 0 };
            add(census, TERMS, 0, firsts.map(further).sum::<u64>() * size_of::<Hit>() as u64);
        }
        State::Buckets(map) => lists(census, BUCKETS, map),
        State::Documents(map) => lists(census, EVENTS, map),
        State::Links(links) => {
            hits(census, &links.uses);
            let issues = links.issues.len() as u64;
            add(census, EVENTS, issues, (links.issues.capacity() * 8 / 7 * 17) as u64);
        }
        State::Places(map) => stays(census, map),
        State::Phases(phases) => {
            lists(census, EVENTS, &phases.opens);
            hits(census, &phases.closes);
            stays(census, &phases.uses);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Location;
    use crate::detect::intern::Interner;
    use crate::event::EventId;
    use crate::time::{Timespan, Timestamp};

    #[test]
    fn entries_are_what_is_kept_not_what_was_seen() {
        let mut interner = Interner::default();
        let (a, b) = (interner.intern(b"a"), interner.intern(b"b"));
        let hit = |id: u128| Hit {
            time: Timestamp::from_secs(1),
            id: EventId::from_bits(id),
            digest: 0,
            at: Location::NOWHERE,
        };
        let mut some = Hits::default();
        (0..3).for_each(|id| some.insert(hit(id)));
        let mut census = Census::new();
        count(&mut census, &State::Hits([(a, some.clone()), (b, some)].into_iter().collect()));
        let mut seen = super::super::moments::Moments::default();
        [5, 6, 7, 90].into_iter().for_each(|at| seen.see(Timestamp::from_secs(at), Timespan::from_secs(9)));
        let counts = super::super::state::Counts {
            values: vec![[((a, b), seen)].into_iter().collect()],
            ..Default::default()
        };
        count(&mut census, &State::Counts(counts));
        assert_eq!(census[EVENTS].entries, 6);
        assert!(census[EVENTS].bytes >= 6 * size_of::<Hit>() as u64);
        assert_eq!(census[VALUES].entries, 2);
        assert_eq!(census.len(), 2);
    }
}
