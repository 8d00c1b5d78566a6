//! From a match to the states it feeds.

use super::copy::Copy;
use super::deeds::{Group, Notes, Seen, Sight};
use super::dependence::Each;
use super::field::Event;
use super::hits::keep_smallest;
use super::intern::KeyId;
use super::issued::Handle;
use super::issuing;
use super::key::KeyBuilder;
use super::plan::{Detection, Feed, Phase, Plan, What};
use super::shard::Shard;
use super::state::{First, State};
use super::tuples::Terms;
use crate::event::EventId;
use crate::time::Timestamp;

/// Takes a match to the states it feeds.
pub(super) struct Feeder<'a, 'p, 'r> {
    pub(super) plan: &'p Plan,
    pub(super) shard: &'a mut Shard,
    pub(super) builder: &'a mut KeyBuilder,
    pub(super) terms: &'a mut Terms,
    pub(super) cached: &'a mut [Option<Option<KeyId>>],
    pub(super) copy: &'a mut Copy<'r>,
    pub(super) timed: bool,
    /// Whether the event is only learnt from.
    pub(super) learning: bool,
    /// Where to note what is done, instead of doing what can be done later; with the feeds that are fed each time.
    pub(super) notes: Option<(Notes, &'a [Each])>,
    /// The credential that the event issued.
    pub(super) issued: Handle,
}

impl Feeder<'_, '_, '_> {
    /// Takes a detection's match to all its feeds.
    pub(super) fn matched(&mut self, detection: &Detection, event: &mut Event<'_, '_>) {
        let outcome = detection.outcomes.map(|outcomes| (outcomes, event.deriver.outcome(&event.record)));
        for (at, feed) in (0u16..).zip(&detection.feeds) {
            if let Some((outcomes, outcome)) = outcome {
                let wanted = match feed.what {
                    What::Hit => outcomes.level(outcome).is_some(),
                    _ => outcomes.offers(outcome),
                };
                if !wanted {
                    continue;
                }
            }
            if self.learning && !feed.learns(&self.plan.set, &self.plan.witnesses) {
                continue;
            }
            let each = match &self.notes {
                Some((_, each)) => each.iter().find(|each| each.which == (detection.number, at)),
                None => None,
            };
            let Some(each) = each else {
                self.fed(detection, feed, (&Group::Unknown, None), event);
                continue;
            };
            let notes = self.notes.take();
            let fed = self.foretold(detection, feed, each, event);
            self.fed(detection, feed, (&fed.group, fed.values.as_deref()), event);
            self.notes = notes.map(|(mut notes, all)| {
                notes.feeds.push(fed);
                (notes, all)
            });
        }
    }

    /// Takes a match to one feed that wants it, with what is known of the group, and the values to be counted where they
    /// are known.
    pub(super) fn fed(
        &mut self,
        detection: &Detection,
        feed: &Feed,
        (group, counted): (&Group, Option<&[(u16, KeyId)]>),
        event: &mut Event<'_, '_>,
    ) {
        // Windows and baselines need a moment.
        if !self.timed && !matches!(feed.what, What::Hit) {
            return self.leave_out(feed);
        }
        let group = match group {
            Group::Known(group) => *group,
            Group::Parts(pieces) => self.assembled(feed, pieces, event),
            Group::Unknown => self.group(detection, feed, event),
        };
        match group {
            Some(group) => self.feed(feed, group, counted, event),
            None => self.leave_out(feed),
        }
    }

    fn leave_out(&mut self, feed: &Feed) {
        let rules = feed.rules(&self.plan.scopes);
        match &mut self.notes {
            Some((notes, _)) => notes.left_out.extend(rules),
            None => rules.iter().for_each(|rule| *self.shard.tally.left_out.entry(*rule).or_default() += 1),
        }
    }

    /// The group's key; `None` when a field that must be there is absent.
    pub(super) fn group(
        &mut self,
        detection: &Detection,
        feed: &Feed,
        event: &mut Event<'_, '_>,
    ) -> Option<KeyId> {
        let residual = detection.residual.as_ref();
        if let (None, Some(cached)) = (residual, self.cached[feed.group])
            && (cached.is_some() || feed.whole_group)
        {
            return cached;
        }
        self.builder.start();
        let mut whole = true;
        for field in &self.plan.keys[feed.group] {
            whole &= self.builder.value(|out| event.key_value(*field, out));
        }
        let absent = feed.whole_group && !whole;
        match residual {
            Some(_) if absent => None,
            Some(residual) => {
                // Which residual wrote this must be known when it is read.
                self.builder.rest(|out| {
                    out.extend_from_slice(&detection.number.to_le_bytes());
                    residual.record(event, out);
                });
                Some(self.shard.interner.intern(self.builder.bytes()))
            }
            None if absent => {
                self.cached[feed.group] = Some(None);
                None
            }
            None => {
                let id = self.shard.interner.intern(self.builder.bytes());
                self.cached[feed.group] = Some(Some(id));
                Some(id)
            }
        }
    }

    /// Takes down what a behaviour feeds, so that it need not be judged again.
    fn note(&mut self, feed: &Feed, group: KeyId, past: bool, event: &mut Event<'_, '_>) {
        let Some((notes, _)) = &mut self.notes else { return };
        let width = self.plan.widths[feed.rule];
        let interner = &mut self.shard.interner;
        // Detections, of which there are fewer, have numbers of sixteen bits.
        let rule = u32::try_from(feed.rule).unwrap_or(u32::MAX);
        let mut note = |sight| notes.seen.push(Seen { width, rule, past, sight });
        match &feed.what {
            What::Scope(kind) => note(Sight::Scope(*kind, group)),
            What::Term(tuple) => {
                let terms = self.terms.of(tuple, event, interner).iter();
                terms.for_each(|term| note(Sight::Term(group, *term)));
            }
            What::Count { values, .. } => {
                for (limit, tuple) in (0u16..).zip(values) {
                    let terms = self.terms.of(tuple, event, interner).iter();
                    terms.for_each(|value| note(Sight::Value(limit, group, *value)));
                }
            }
            what => debug_assert!(false, "{what:?} is fed each time"),
        }
    }

    /// Adds to a state; `counted` are the values to be counted, where they are known.
    fn feed(
        &mut self,
        feed: &Feed,
        group: KeyId,
        counted: Option<&[(u16, KeyId)]>,
        event: &mut Event<'_, '_>,
    ) {
        let width = self.plan.widths[feed.rule];
        let past = self.learning && self.plan.has_past(feed.rule);
        if self.notes.is_some() {
            return self.note(feed, group, past, event);
        }
        let time = self.copy.time.unwrap_or(Timestamp::MIN);
        if let What::Scope(kind) = feed.what {
            return self.shard.see_scope(kind, group, time, width);
        }
        let copy = &mut *self.copy;
        let states = if past { &mut self.shard.past } else { &mut self.shard.states };
        match (&feed.what, &mut states[feed.rule]) {
            (What::Hit, State::Hits(hits)) => hits.entry(group).or_default().insert(copy.hit()),
            (What::Step(step), State::Steps(steps)) => {
                steps.entry((group, *step)).or_default().insert(copy.hit())
            }
            (What::Bucket(bucket), State::Buckets(buckets)) => {
                let ids = buckets.entry((group, time.secs() / bucket.secs().max(1))).or_default();
                ids.push(short_id(copy.id));
                if ids.len().is_power_of_two() && ids.len() >= 64 {
                    ids.sort_unstable();
                    ids.dedup();
                }
            }
            (What::Count { values, events }, State::Counts(counts)) => {
                if *events {
                    counts.events.entry(group).or_default().insert(copy.hit());
                }
                if let Some(counted) = counted {
                    for (limit, value) in counted {
                        let map = &mut counts.values[usize::from(*limit)];
                        map.entry((group, *value)).or_default().see(time, width);
                    }
                    return;
                }
                for (tuple, map) in values.iter().zip(&mut counts.values) {
                    for value in self.terms.of(tuple, event, &mut self.shard.interner) {
                        map.entry((group, *value)).or_default().see(time, width);
                    }
                }
            }
            (What::Term(tuple), State::Terms(terms)) => {
                let hit = copy.hit();
                for term in self.terms.of(tuple, event, &mut self.shard.interner) {
                    let mut first = smallvec::SmallVec::new();
                    keep_smallest(&mut first, hit);
                    terms.terms.entry((group, *term)).or_default().see(time, width, First(first));
                }
            }
            (What::Number(field), State::Numbers(numbers)) => {
                let list = numbers.entry(group).or_default();
                let hit = copy.hit();
                event.any_number(*field, |number| {
                    list.push((hit, number));
                    true
                });
            }
            (What::Document(fields, said), State::Documents(documents)) => {
                self.builder.start();
                let builder = &mut *self.builder;
                let found = fields.iter().any(|field| builder.value(|out| event.key_value(*field, out)));
                if found {
                    let text = self.shard.interner.intern(self.builder.bytes());
                    documents.entry(group).or_default().push((copy.hit(), text, *said));
                }
            }
            (What::Link, State::Links(links)) => {
                if self.issued > 0 {
                    links.issues.insert((self.issued, group));
                } else {
                    let (key, session) = issuing::caller(&self.plan.issuing, event);
                    links.uses.entry((group, key, session)).or_default().insert(copy.hit());
                }
            }
            (What::Place(field), State::Places(places)) => {
                self.builder.start();
                if self.builder.value(|out| event.key_value(*field, out)) {
                    let place = self.shard.interner.intern(self.builder.bytes());
                    places.entry((group, place)).or_default().see(copy.hit(), width);
                }
            }
            (What::Phase(phase, fields), State::Phases(phases)) => {
                self.builder.start();
                for field in fields {
                    self.builder.value(|out| event.key_value(*field, out));
                }
                let values = self.shard.interner.intern(self.builder.bytes());
                match phase {
                    Phase::Use => phases.uses.entry((group, values)).or_default().see(copy.hit(), width),
                    Phase::Open => phases.opens.entry(group).or_default().push((copy.hit(), values)),
                    Phase::Close => phases.closes.entry(group).or_default().insert(copy.hit()),
                }
            }
            // Feeds and states are made by one plan.
            (what, _) => debug_assert!(false, "a feed {what:?} without its state"),
        }
    }
}

/// An event's id in 64 bits, for counting.
pub(crate) fn short_id(id: EventId) -> u64 {
    (id.bits() >> 64) as u64 ^ id.bits() as u64
}
