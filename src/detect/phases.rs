//! What `after` knows of before `since`: of each group the last event of every part, taken out and put back.
//!
//! A time lasts until the next opening or the first ending, so that of those before `since` only the last opening can
//! have a time that reaches beyond it, and only if nothing ended it; and what is looked for was there before, or was not.

use std::collections::BTreeMap;

use super::hits::{Hit, once_each};
use super::intern::{Interner, KeyId};
use super::plan::Phase;
use super::state::Phases;
use crate::event::EventId;
use crate::time::Timestamp;

/// An event of a part, and the values that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) time: Timestamp,
    pub(super) id: EventId,
    pub(super) values: Option<KeyId>,
}

impl Phases {
    /// The last event of each part, by group.
    pub(super) fn last(&self, keys: &Interner) -> BTreeMap<(KeyId, Phase), Last> {
        let mut all: BTreeMap<(KeyId, Phase), Last> = BTreeMap::new();
        let mut note = |place, time, id, values| {
            let new = Last { time, id, values };
            let kept = all.entry(place).or_insert(new);
            if (kept.time, kept.id) < (new.time, new.id) {
                *kept = new;
            }
        };
        for (group, list) in &self.opens {
            let mut list = list.clone();
            once_each(&mut list, |(hit, _)| hit, |(_, a), (_, b)| keys.get(*a).cmp(keys.get(*b)));
            let last = list.last().into_iter();
            last.for_each(|(hit, of)| note((*group, Phase::Open), hit.time, hit.id, Some(*of)));
        }
        for (group, hits) in &self.closes {
            let hits = hits.clone().sorted();
            hits.last().into_iter().for_each(|hit| note((*group, Phase::Close), hit.time, hit.id, None));
        }
        // Which event it was does not matter.
        let used =
            self.uses.iter().filter_map(|((group, _), stays)| Some((*group, stays.iter().last()?.last.time)));
        for (group, time) in used.chain(self.used_before.iter().map(|(group, time)| (*group, *time))) {
            note((group, Phase::Use), time, EventId::from_bits(0), None);
        }
        all
    }

    /// Puts an event back.
    pub(super) fn put(&mut self, (group, phase): (KeyId, Phase), last: Last) {
        let hit = Hit::remembered(last.time, last.id);
        match (phase, last.values) {
            (Phase::Open, Some(values)) => self.opens.entry(group).or_default().push((hit, values)),
            (Phase::Close, _) => self.closes.entry(group).or_default().insert(hit),
            (Phase::Use, _) => {
                let seen = self.used_before.entry(group).or_insert(last.time);
                *seen = last.time.max(*seen);
            }
            (Phase::Open, None) => {}
        }
    }

    /// Adds what was kept apart of before `since`, but nothing from before `from`: a baseline file may know of more.
    pub(super) fn recall(&mut self, past: &Phases, keys: &Interner, from: Timestamp, since: Timestamp) {
        let known = past.last(keys).into_iter().filter(|(_, last)| last.time >= from && last.time < since);
        known.for_each(|(place, last)| self.put(place, last));
    }
}
