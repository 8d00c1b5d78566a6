//! Events and counted values of before `since`, kept for rules that others ask what they said: taken out, put back, and
//! joined with the rest.

use super::hits::{Hit, Hits};
use super::intern::KeyId;
use super::memory::Remembered;
use super::state::State;
use crate::event::EventId;
use crate::time::{Timespan, Timestamp};

impl State {
    /// What a baseline file keeps of it, by group, in no order.
    pub(super) fn kept(
        &self,
        width: Timespan,
        texts: impl Fn(KeyId) -> Vec<String>,
    ) -> Vec<(KeyId, Remembered)> {
        let mut all = Vec::new();
        let mut note = |group: KeyId, step: Option<u8>, hits: &Hits| {
            let event = |hit: Hit| Remembered::Event { step, time: hit.time, event: hit.id.bits() };
            all.extend(hits.clone().sorted().into_iter().map(|hit| (group, event(hit))));
        };
        match self {
            State::Hits(hits) => hits.iter().for_each(|(group, hits)| note(*group, None, hits)),
            State::Steps(steps) => {
                steps.iter().for_each(|((group, step), hits)| note(*group, Some(*step), hits));
            }
            State::Counts(counts) => {
                counts.events.iter().for_each(|(group, hits)| note(*group, None, hits));
                for (limit, map) in (0u16..).zip(&counts.values) {
                    for ((group, value), spans) in map {
                        let value = texts(*value);
                        let spans = spans.clone().list(width).into_iter();
                        all.extend(spans.map(|(first, last)| {
                            (*group, Remembered::Value { limit, value: value.clone(), first, last })
                        }));
                    }
                }
            }
            _ => {}
        }
        all
    }

    /// Puts an event back; false when it is none of this state's.
    pub(super) fn keep_event(
        &mut self,
        group: KeyId,
        step: Option<u8>,
        time: Timestamp,
        event: u128,
    ) -> bool {
        let hits = match (self, step) {
            (State::Steps(steps), Some(step)) => steps.entry((group, step)).or_default(),
            (State::Counts(counts), None) => counts.events.entry(group).or_default(),
            (State::Hits(hits), None) => hits.entry(group).or_default(),
            _ => return false,
        };
        hits.insert(Hit::remembered(time, EventId::from_bits(event)));
        true
    }

    /// Puts a counted value back; false when this state counts no such thing.
    pub(super) fn keep_value(
        &mut self,
        (limit, group, value): (u16, KeyId, KeyId),
        moment: (Timestamp, Timestamp),
        width: Timespan,
    ) -> bool {
        let State::Counts(counts) = self else { return false };
        let Some(map) = counts.values.get_mut(usize::from(limit)) else { return false };
        map.entry((group, value)).or_default().insert(moment, width);
        true
    }

    /// Adds what was kept apart of before `since`: a baseline file may know of events that are judged, too. What single
    /// events were, which may have opened what is told, is known from `from` on.
    pub(super) fn recall(&mut self, past: State, (from, since): (Timestamp, Timestamp), width: Timespan) {
        match (self, past) {
            (State::Hits(mine), State::Hits(past)) => {
                for (group, hits) in past {
                    let known = hits.sorted().into_iter().filter(|hit| hit.time >= from && hit.time < since);
                    for hit in known {
                        mine.entry(group).or_default().insert(Hit::remembered(hit.time, hit.id));
                    }
                }
            }
            (State::Steps(steps), State::Steps(past)) => {
                past.into_iter()
                    .for_each(|(key, hits)| steps.entry(key).or_default().merge(of_before(hits, since)));
            }
            (State::Counts(counts), State::Counts(past)) => {
                for (group, hits) in past.events {
                    counts.events.entry(group).or_default().merge(of_before(hits, since));
                }
                for (mine, past) in counts.values.iter_mut().zip(past.values) {
                    past.into_iter()
                        .for_each(|(key, spans)| mine.entry(key).or_default().merge(spans, width));
                }
            }
            _ => {}
        }
    }
}

/// Events under other ids: a copy that claims to be from before `since` takes no other's place, as a baseline file may
/// have kept nothing of it.
fn of_before(hits: Hits, since: Timestamp) -> Hits {
    let mut before = Hits::default();
    for hit in hits.sorted().into_iter().filter(|hit| hit.time < since) {
        before.insert(Hit { id: EventId::from_bits(!hit.id.bits()), ..hit });
    }
    before
}
