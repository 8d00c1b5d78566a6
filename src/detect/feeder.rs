//! From a match to the states it feeds.

use super::field::{Event, FieldRef};
use super::hits::{Hit, keep_smallest};
use super::intern::KeyId;
use super::issued::Handle;
use super::issuing;
use super::key::KeyBuilder;
use super::plan::{Detection, Feed, Phase, Plan, What};
use super::shard::Shard;
use super::state::{First, State};
use crate::derive::Outcome;
use crate::event::EventId;

/// Takes a match to the states it feeds.
pub(super) struct Feeder<'a, 'p> {
    pub(super) plan: &'p Plan,
    pub(super) shard: &'a mut Shard,
    pub(super) builder: &'a mut KeyBuilder,
    pub(super) term: &'a mut KeyBuilder,
    pub(super) cached: &'a mut [Option<Option<KeyId>>],
    pub(super) hit: Hit,
    pub(super) timed: bool,
    /// Whether the event is only learnt from.
    pub(super) learning: bool,
    /// The credential that the event issued.
    pub(super) issued: Handle,
}

impl Feeder<'_, '_> {
    /// Takes a detection's match to all its feeds.
    pub(super) fn matched(&mut self, detection: &Detection, event: &mut Event<'_, '_>) {
        let outcome = detection.outcomes.map(|outcomes| (outcomes, event.deriver.outcome(&event.record)));
        for feed in &detection.feeds {
            if let Some((outcomes, outcome)) = outcome {
                let level = match outcome {
                    Outcome::Success => outcomes.success,
                    Outcome::Denied => outcomes.denied,
                    Outcome::Failed => outcomes.failed,
                };
                // Other rules build on what went through; a rule for refusals alone offers those.
                let wanted = match feed.what {
                    What::Hit => level.is_some(),
                    _ if outcomes.success.is_some() => outcome == Outcome::Success,
                    _ => level.is_some(),
                };
                if !wanted {
                    continue;
                }
            }
            let learns = matches!(
                feed.what,
                What::Term(_) | What::Scope | What::Bucket(_) | What::Document(..) | What::Place(_)
            );
            let habitual = self.plan.set.rules[feed.rule].extension.habit.is_some();
            if self.learning && !learns && !habitual {
                continue;
            }
            // Windows and baselines need a moment.
            if !self.timed && !matches!(feed.what, What::Hit) {
                *self.shard.tally.left_out.entry(feed.rule).or_default() += 1;
                continue;
            }
            match self.group(detection, feed, event) {
                Some(group) => self.feed(feed, group, event),
                None => *self.shard.tally.left_out.entry(feed.rule).or_default() += 1,
            }
        }
    }

    /// The group's key; `None` when a field that must be there is absent.
    fn group(&mut self, detection: &Detection, feed: &Feed, event: &mut Event<'_, '_>) -> Option<KeyId> {
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

    fn feed(&mut self, feed: &Feed, group: KeyId, event: &mut Event<'_, '_>) {
        let hit = self.hit;
        let width = self.plan.widths[feed.rule];
        let past = self.learning && self.plan.set.rules[feed.rule].extension.habit.is_some();
        let states = if past { &mut self.shard.past } else { &mut self.shard.states };
        match (&feed.what, &mut states[feed.rule]) {
            (What::Hit, State::Hits(hits)) => hits.entry(group).or_default().insert(hit),
            (What::Step(step), State::Steps(steps)) => steps.entry((group, *step)).or_default().insert(hit),
            (What::Bucket(bucket), State::Buckets(buckets)) => {
                let ids = buckets.entry((group, hit.time.secs() / bucket.secs().max(1))).or_default();
                ids.push(short_id(hit.id));
                if ids.len().is_power_of_two() && ids.len() >= 64 {
                    ids.sort_unstable();
                    ids.dedup();
                }
            }
            (What::Scope, State::Terms(terms)) => {
                terms.scopes.entry(group).or_default().see(hit.time, width, ())
            }
            (What::Count { values, events }, State::Counts(counts)) => {
                if *events {
                    counts.events.entry(group).or_default().insert(hit);
                }
                for (limit, fields) in values.iter().enumerate() {
                    let interner = &mut self.shard.interner;
                    let map = &mut counts.values[limit];
                    tuples(fields, event, self.term, &mut |bytes| {
                        let value = interner.intern(bytes);
                        map.entry((group, value)).or_default().see(hit.time, width, ());
                    });
                }
            }
            (What::Term(fields), State::Terms(terms)) => {
                let interner = &mut self.shard.interner;
                tuples(fields, event, self.term, &mut |bytes| {
                    let term = interner.intern(bytes);
                    let mut first = smallvec::SmallVec::new();
                    keep_smallest(&mut first, hit);
                    terms.terms.entry((group, term)).or_default().see(hit.time, width, First(first));
                });
            }
            (What::Number(field), State::Numbers(numbers)) => {
                let list = numbers.entry(group).or_default();
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
                    documents.entry(group).or_default().push((hit, text, *said));
                }
            }
            (What::Link, State::Links(links)) => {
                if self.issued > 0 {
                    links.issues.insert((self.issued, group));
                } else {
                    let (key, session) = issuing::caller(&self.plan.issuing, event);
                    links.uses.entry((group, key, session)).or_default().insert(hit);
                }
            }
            (What::Place(field), State::Places(places)) => {
                self.builder.start();
                if self.builder.value(|out| event.key_value(*field, out)) {
                    let place = self.shard.interner.intern(self.builder.bytes());
                    places.entry((group, place)).or_default().see(hit, width);
                }
            }
            (What::Phase(phase, fields), State::Phases(phases)) => {
                self.builder.start();
                for field in fields {
                    self.builder.value(|out| event.key_value(*field, out));
                }
                let values = self.shard.interner.intern(self.builder.bytes());
                match phase {
                    Phase::Use => phases.uses.entry((group, values)).or_default().see(hit, width),
                    Phase::Open => phases.opens.entry(group).or_default().push((hit, values)),
                    Phase::Close => phases.closes.entry(group).or_default().insert(hit),
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

/// More combinations than this of one event's values are not looked at: a record that carries hundreds of values in
/// each of several fields would otherwise multiply.
const MOST_TUPLES: usize = 100;

/// Calls `f` with every combination of the fields' values; with none when some field has no value.
pub(crate) fn tuples(
    fields: &[FieldRef],
    event: &mut Event<'_, '_>,
    builder: &mut KeyBuilder,
    f: &mut dyn FnMut(&[u8]),
) {
    // Nearly always each field has one value.
    let mut lists: Vec<Vec<String>> = Vec::new();
    builder.start();
    let mut many = false;
    for field in fields {
        let mut list = Vec::new();
        match field {
            FieldRef::Name => {
                let mut bytes = Vec::new();
                if event.key_value(FieldRef::Name, &mut bytes) {
                    list.push(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            _ => {
                event.any_text(*field, |text| {
                    list.push(text.to_owned());
                    list.len() >= MOST_TUPLES
                });
            }
        }
        if list.is_empty() {
            return;
        }
        many |= list.len() > 1;
        lists.push(list);
    }
    if !many {
        lists.iter().for_each(|list| builder.text(list.first().map(String::as_str)));
        return f(builder.bytes());
    }
    let total: usize = lists.iter().map(Vec::len).product();
    for number in 0..total.min(MOST_TUPLES) {
        builder.start();
        let mut rest = number;
        for list in &lists {
            builder.text(Some(&list[rest % list.len()]));
            rest /= list.len();
        }
        f(builder.bytes());
    }
}
