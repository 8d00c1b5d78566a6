//! States of rules with a memory, taken out and put back: what the baseline file writes down.

use std::collections::{BTreeMap, BTreeSet};

use super::hits::{Hit, once_each};
use super::key::{self, KeyBuilder};
use super::phases::Last;
use super::plan::{Phase, Plan, asks_for_first};
use super::shard::Shard;
use super::spans::Span;
use super::state::{First, State};
use crate::derive::Facts;
use crate::event::EventId;
use crate::rule::RuleIndex;
use crate::time::{Timespan, Timestamp};

/// Something remembered, as baseline files keep it: in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remembered {
    /// A term and one of its spans.
    Term {
        /// Its values.
        term: Vec<String>,
        /// The first sighting.
        first: Timestamp,
        /// The last.
        last: Timestamp,
    },
    /// A span of the scope.
    Scope {
        /// The first sighting.
        first: Timestamp,
        /// The last.
        last: Timestamp,
    },
    /// The days on which the group did what a rule with habits sees.
    Days(BTreeSet<u32>),
    /// A bucket and its events.
    Bucket {
        /// The bucket's number.
        bucket: u32,
        /// Short ids of its events.
        events: BTreeSet<u64>,
    },
    /// A value that a rule counts, and when it was seen.
    Value {
        /// Which of its limits counts it, from 0.
        limit: u16,
        /// Its values.
        value: Vec<String>,
        /// The first sighting.
        first: Timestamp,
        /// The last.
        last: Timestamp,
    },
    /// An event that a rule counts, or that is a step of it.
    Event {
        /// The step, from 0.
        step: Option<u8>,
        /// When it was.
        time: Timestamp,
        /// The event.
        event: u128,
    },
    /// The last event of a part of an `after` rule.
    Phase {
        /// The part.
        phase: Phase,
        /// When it was.
        time: Timestamp,
        /// The event, if it matters which.
        event: u128,
        /// Of one that opens a time: the values that are compared.
        values: Vec<Option<String>>,
    },
    /// The last version of a document.
    Document {
        /// When it was written.
        time: Timestamp,
        /// The event.
        event: u128,
        /// Its text.
        text: String,
    },
}

impl Remembered {
    /// The text of a document.
    pub fn document(&self) -> Option<&str> {
        match self {
            Remembered::Document { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// The group's values, and what the match's condition kept: the detection's name and its bytes.
pub type MemoryKey = (Vec<Option<String>>, Option<(String, Vec<u8>)>);

impl Shard {
    /// What a rule remembers, in no order.
    pub fn remembered(&self, plan: &Plan, rule: RuleIndex) -> Vec<(MemoryKey, Remembered)> {
        let place = |id| -> MemoryKey {
            let (values, rest) = key::split(self.interner.get(id));
            let kept = rest.split_first_chunk::<2>().map(|(number, kept)| {
                let detection = &plan.detections[usize::from(u16::from_le_bytes(*number))];
                (plan.set.rules[detection.rule].name.clone(), kept.to_vec())
            });
            (values, kept)
        };
        let texts = |id| key::texts(self.interner.get(id));
        let mut all: Vec<(MemoryKey, Remembered)> = Vec::new();
        match &self.states[rule] {
            State::Terms(terms) => {
                for ((scope, term), spans) in &terms.terms {
                    for span in spans.iter() {
                        let seen =
                            Remembered::Term { term: texts(*term), first: span.first, last: span.last };
                        all.push((place(*scope), seen));
                    }
                }
                let sightings = plan.sightings(rule, &terms.scopes, &self.scopes);
                for scope in sightings.scopes() {
                    let spans = sightings.of(scope);
                    let seen =
                        spans.iter().map(|span| Remembered::Scope { first: span.first, last: span.last });
                    all.extend(seen.map(|seen| (place(scope), seen)));
                }
            }
            State::Buckets(buckets) => {
                for ((group, bucket), ids) in buckets {
                    let events = ids.iter().copied().collect();
                    all.push((place(*group), Remembered::Bucket { bucket: *bucket, events }));
                }
            }
            State::Documents(documents) => {
                let mut versions: BTreeMap<MemoryKey, Vec<(Hit, String)>> = BTreeMap::new();
                for (group, list) in documents {
                    let text = |text| texts(text).pop().unwrap_or_default();
                    let texts = list.iter().map(|(hit, of, _)| (*hit, text(*of)));
                    versions.entry(place(*group)).or_default().extend(texts);
                }
                for (place, mut versions) in versions {
                    // The newest of what a judgement would look at, not of copies that contradict it.
                    once_each(&mut versions, |(hit, _)| hit, |(_, a), (_, b)| a.cmp(b));
                    let newest = versions.pop().map(|(Hit { time, id, .. }, text)| Remembered::Document {
                        time,
                        event: id.bits(),
                        text,
                    });
                    all.extend(newest.map(|seen| (place, seen)));
                }
            }
            State::Places(places) => {
                for ((group, at), stays) in places {
                    let seen = stays.iter().map(|stay| {
                        let (first, last) = (stay.first.time, stay.last.time);
                        Remembered::Term { term: texts(*at), first, last }
                    });
                    all.extend(seen.map(|seen| (place(*group), seen)));
                }
            }
            State::Phases(phases) => {
                let past = if let State::Phases(past) = &self.past[rule] { Some(past) } else { None };
                let firsts = asks_for_first(&plan.set, rule);
                for ((group, phase), last) in
                    [Some(phases), past].into_iter().flatten().flat_map(|of| of.last(&self.interner))
                {
                    if phase == Phase::Use && !firsts {
                        continue;
                    }
                    let values = last.values.map(|values| key::split(self.interner.get(values)).0);
                    let (time, event) = (last.time, last.id.bits());
                    let seen = Remembered::Phase { phase, time, event, values: values.unwrap_or_default() };
                    all.push((place(group), seen));
                }
            }
            // Chains are followed through the credentials that were issued, which are no rule's.
            State::Links(_) => {}
            State::Nothing | State::Hits(_) | State::Counts(_) | State::Steps(_) | State::Numbers(_) => {}
        }
        if plan.witnesses[rule].is_some() {
            let kept =
                [&self.states[rule], &self.past[rule]].map(|state| state.kept(plan.widths[rule], texts));
            all.extend(kept.into_iter().flatten().map(|(group, seen)| (place(group), seen)));
        }
        all
    }

    /// Puts something back; false when the detection it was matched by is not there any more.
    pub fn remember(
        &mut self,
        plan: &Plan,
        rule: RuleIndex,
        group: &[Option<String>],
        kept: Option<&(String, Vec<u8>)>,
        seen: Remembered,
    ) -> bool {
        let mut builder = KeyBuilder::default();
        builder.start();
        group.iter().for_each(|value| builder.text(value.as_deref()));
        if let Some((detection, bytes)) = kept {
            let Some(detection) = plan.detections.iter().find(|d| plan.set.rules[d.rule].name == *detection)
            else {
                return false;
            };
            builder.rest(|out| {
                out.extend_from_slice(&detection.number.to_le_bytes());
                out.extend_from_slice(bytes);
            });
        }
        if let Remembered::Days(days) = seen {
            self.habits.entry((rule, group.to_vec())).or_default().extend(days);
            return plan.set.rules[rule].extension.habit.is_some();
        }
        let group = self.interner.intern(builder.bytes());
        let width = plan.widths[rule];
        let values =
            |list: &[String]| key::of(&list.iter().map(|text| Some(text.as_str())).collect::<Vec<_>>());
        match (&mut self.states[rule], seen) {
            (_, Remembered::Event { step, time, event }) => {
                return self.past[rule].keep_event(group, step, time, event);
            }
            (_, Remembered::Value { limit, value, first, last }) => {
                let value = self.interner.intern(&values(&value));
                return self.past[rule].keep_value((limit, group, value), (first, last), width);
            }
            (_, Remembered::Phase { phase, time, event, values }) => {
                let State::Phases(past) = &mut self.past[rule] else { return false };
                let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
                let values = (phase == Phase::Open).then(|| self.interner.intern(&key::of(&values)));
                past.put((group, phase), Last { time, id: EventId::from_bits(event), values });
            }
            (State::Terms(terms), Remembered::Term { term, first, last }) => {
                let term = self.interner.intern(&values(&term));
                let payload = First(smallvec::SmallVec::new());
                terms.terms.entry((group, term)).or_default().insert(Span { first, last, payload }, width);
            }
            (State::Places(places), Remembered::Term { term, first, last }) => {
                let place = self.interner.intern(&values(&term));
                places.entry((group, place)).or_default().remember(first, last, width);
            }
            (State::Terms(terms), Remembered::Scope { first, last }) => {
                terms.scopes.entry(group).or_default().insert(Span { first, last, payload: () }, width);
            }
            (State::Buckets(buckets), Remembered::Bucket { bucket, events }) => {
                buckets.entry((group, bucket)).or_default().extend(events);
            }
            (State::Documents(documents), Remembered::Document { time, event, text }) => {
                let text = self.interner.intern(&values(&[text]));
                let hit = Hit::remembered(time, EventId::from_bits(event));
                documents.entry(group).or_default().push((hit, text, false));
            }
            _ => return false,
        }
        true
    }

    /// Notes that a rule has no history.
    pub fn no_history(&mut self, rule: RuleIndex) {
        self.without_history.insert(rule);
    }

    /// Notes which part of time a baseline covers.
    pub fn learn_span(&mut self, from: Timestamp, to: Timestamp) {
        self.first = Some(from);
        self.last = Some(to.back(Timespan::from_secs(1)));
    }

    /// Notes what a baseline knows of the data set as a whole.
    pub fn learn_facts(&mut self, facts: Facts) {
        self.facts.merge(facts);
    }

    /// Takes note of accounts whose records were left out for their place.
    pub fn learn_owners(&mut self, accounts: &BTreeSet<String>) {
        self.facts.elsewhere.extend(accounts.iter().cloned());
    }

    /// Notes when accounts and regions had events: on which days, and in which of their hours.
    pub fn learn_activity(
        &mut self,
        days: BTreeMap<(String, String), BTreeSet<u32>>,
        hours: BTreeMap<(String, String), BTreeMap<u32, u32>>,
    ) {
        self.days.extend(days);
        self.hours.extend(hours);
    }
}
