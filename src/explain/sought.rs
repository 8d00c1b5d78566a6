//! Looking for an event by its id; when there is none, for ids that begin like it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::detect::Location;
use crate::event::{Record, digest, field};
use crate::scan::{Join, Onlooker};

/// Ids that are offered instead.
const NEAR: usize = 5;
/// Ids that share less are not alike.
const ALIKE: usize = 3;

/// Where the event lies.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Each copy's place and digest.
    pub copies: BTreeMap<Location, u64>,
    /// By how much they share with the id: ids that are like it.
    near: BTreeSet<(Reverse<usize>, String)>,
}

/// One worker's search.
#[derive(Debug)]
pub struct Seek<'i> {
    id: &'i str,
    seen: Sought,
}

impl<'i> Seek<'i> {
    /// A search for the event with this id.
    pub fn new(id: &'i str) -> Seek<'i> {
        Seek { id, seen: Sought::default() }
    }
}

impl Sought {
    /// Ids like the one that was not found, the most alike first.
    pub fn near(&self) -> impl Iterator<Item = &str> {
        self.near.iter().map(|(_, id)| id.as_str())
    }

    /// The copies by digest, then by place: the order in which one is preferred to another.
    pub fn preferred(&self) -> Vec<(u64, Location)> {
        let mut copies: Vec<(u64, Location)> =
            self.copies.iter().map(|(at, digest)| (*digest, *at)).collect();
        copies.sort();
        copies
    }

    fn offer(&mut self, shared: usize, id: &str) {
        let entry = (Reverse(shared), id.to_owned());
        if self.near.len() < NEAR || self.near.last().is_some_and(|last| entry < *last) {
            self.near.insert(entry);
            while self.near.len() > NEAR {
                self.near.pop_last();
            }
        }
    }
}

impl Onlooker for Seek<'_> {
    type Seen = Sought;

    fn see(&mut self, record: &Record<'_>, at: Location) {
        let Some(id) = record.text(field::EVENT_ID) else { return };
        if id == self.id {
            self.seen.copies.insert(at, digest::of(record) as u64);
            return;
        }
        let shared = id.chars().zip(self.id.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        if shared >= ALIKE && id.chars().count() <= 64 {
            self.seen.offer(shared, &id);
        }
    }

    fn seen(self) -> Sought {
        self.seen
    }
}

impl Join for Sought {
    fn join(&mut self, other: Sought) {
        self.copies.extend(other.copies);
        for (Reverse(shared), id) in other.near {
            self.offer(shared, &id);
        }
    }
}
