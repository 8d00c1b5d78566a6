//! Looking for an event by its id; when there is none, for ids that begin like it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::detect::{Location, Range, time_of};
use crate::event::{Record, digest, field};
use crate::scan::{Join, Onlooker};
use crate::time::Timestamp;

/// Ids that are offered instead.
const NEAR: usize = 5;
/// Ids that share less are not alike.
const ALIKE: usize = 3;

/// Where the event lies.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Each copy's place and digest.
    pub copies: BTreeMap<Location, u64>,
    /// When it was made, and the account and region that recorded it.
    recorded: BTreeSet<(Option<Timestamp>, String, String)>,
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

    /// Where the event lies outside of what is looked at, and what to do about it; `None` of an event that is not there.
    pub fn outside(&self, range: &Range) -> Option<(String, &'static str)> {
        let (time, account, region) = self.recorded.first()?;
        if range.holds(*time) && range.includes(Some(account), Some(region)) {
            let place = "lies in a file whose name puts it outside the time asked for".to_owned();
            return Some((place, "--since and --until say which that is"));
        }
        if range.holds(*time) {
            let place =
                format!("was recorded in account {account}, region {region}, which was not asked for");
            return Some((place, "--account and --region say which are"));
        }
        let place = match time {
            Some(time) => format!("is of {time}, outside the time asked for"),
            None => "has no readable time, and may lie outside the time asked for".to_owned(),
        };
        Some((place, "--since and --until say which that is"))
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
            let text = |field| record.text(field).unwrap_or_default().into_owned();
            self.seen.recorded.insert((time_of(record), text(field::RECIPIENT), text(field::REGION)));
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
        self.recorded.extend(other.recorded);
        for (Reverse(shared), id) in other.near {
            self.offer(shared, &id);
        }
    }
}
