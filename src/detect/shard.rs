//! One worker's view: events go in, states come out, and shards join in any order.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Candidates;
use super::field::{Event, FieldRef};
use super::hits::{Hit, Location, keep_smallest};
use super::intern::{Interner, KeyId};
use super::key::KeyBuilder;
use super::plan::{Detection, Feed, Plan, What};
use super::predicate::Truth;
use super::sketch::Distinct;
use super::state::{First, State};
use crate::derive::{Facts, Outcome, Values};
use crate::event::{EventId, Record, field};
use crate::time::Timestamp;

/// The part of time that a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Events before this are not looked at.
    pub from: Timestamp,
    /// Events before this are only learnt from: rules without a memory do not see them.
    pub since: Option<Timestamp>,
    /// Nor are events at or after this.
    pub until: Option<Timestamp>,
}

impl Default for Range {
    fn default() -> Self {
        Range { from: Timestamp::MIN, since: None, until: None }
    }
}

/// Counters of a run. Unlike states they count records, copies included.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Records read as events.
    pub events: u64,
    /// Events outside the part of time looked at.
    pub out_of_range: u64,
    /// Events whose time cannot be read: single-event rules judge them, windows and baselines cannot.
    pub without_time: u64,
    /// By rule: matches left out because a group-by field was absent.
    pub left_out: BTreeMap<usize, u64>,
    /// By rule: why it was taken out of the run.
    pub failed: BTreeMap<usize, String>,
    /// By file: its first and last moment.
    pub times: BTreeMap<u32, (Timestamp, Timestamp)>,
}

/// The states of all rules, over the records one worker has seen.
#[derive(Debug)]
pub struct Shard {
    pub(crate) interner: Interner,
    pub(crate) states: Vec<State>,
    pub(crate) facts: Facts,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    /// For each account and region, the days with an event.
    pub(crate) days: BTreeMap<(String, String), BTreeSet<u32>>,
    /// Rules that a baseline was read for which does not know them.
    pub(crate) without_history: BTreeSet<usize>,
    /// How many distinct events there are.
    pub distinct: Distinct,
    /// Counters.
    pub tally: Tally,
}

/// What a worker needs besides its shard, and can be thrown away.
pub struct Worker<'p> {
    plan: &'p Plan,
    range: Range,
    candidates: Candidates,
    values: Values,
    builder: KeyBuilder,
    term: KeyBuilder,
    /// For each key of the plan, its number for the record at hand: not asked yet, absent, or there.
    cached: Vec<Option<Option<KeyId>>>,
    account: Option<(String, String, u32)>,
    /// Detections that panicked.
    disabled: BTreeSet<u16>,
    /// The one detection to be tried, while culprits are looked for.
    only: Option<u16>,
}

impl Shard {
    /// An empty shard for a plan.
    pub fn new(plan: &Plan) -> Shard {
        Shard {
            interner: Interner::default(),
            states: (0..plan.set.rules.len()).map(|rule| plan.empty(rule)).collect(),
            facts: Facts::default(),
            first: None,
            last: None,
            days: BTreeMap::new(),
            without_history: BTreeSet::new(),
            distinct: Distinct::default(),
            tally: Tally::default(),
        }
    }

    /// The first and last moment seen.
    pub fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.first, self.last)
    }

    /// The accounts that received records.
    pub fn own_accounts(&self) -> impl Iterator<Item = &str> {
        self.facts.own_accounts.iter().map(String::as_str)
    }

    /// For each account and region, the days with an event.
    pub fn days(&self) -> &BTreeMap<(String, String), BTreeSet<u32>> {
        &self.days
    }

    /// Joins another worker's shard.
    pub fn merge(&mut self, other: Shard, plan: &Plan) {
        let keys = self.interner.absorb(&other.interner);
        for (rule, (mine, theirs)) in self.states.iter_mut().zip(other.states).enumerate() {
            mine.merge(theirs, &keys, plan.widths[rule]);
        }
        self.facts.merge(other.facts);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        for (place, days) in other.days {
            self.days.entry(place).or_default().extend(days);
        }
        self.without_history.extend(other.without_history);
        self.distinct.merge(other.distinct);
        self.tally.merge(other.tally);
    }
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.events += other.events;
        self.out_of_range += other.out_of_range;
        self.without_time += other.without_time;
        for (rule, count) in other.left_out {
            *self.left_out.entry(rule).or_default() += count;
        }
        for (rule, reason) in other.failed {
            // The smallest reason, so that it does not depend on who came first.
            let entry = self.failed.entry(rule).or_insert_with(|| reason.clone());
            if reason < *entry {
                *entry = reason;
            }
        }
        for (file, (first, last)) in other.times {
            let times = self.times.entry(file).or_insert((first, last));
            *times = (times.0.min(first), times.1.max(last));
        }
    }
}

/// The moment of a record: `eventTime`, else `@timestamp`.
pub(crate) fn time_of(record: &Record<'_>) -> Option<Timestamp> {
    let read =
        |field| record.text(field).and_then(|text| Timestamp::parse(&text)).filter(|at| *at > Timestamp::MIN);
    read(field::EVENT_TIME).or_else(|| read(field::TIMESTAMP))
}

impl<'p> Worker<'p> {
    /// A worker for a plan, looking at `range`.
    pub fn new(plan: &'p Plan, range: Range) -> Worker<'p> {
        Worker {
            plan,
            range,
            candidates: Candidates::default(),
            values: Values::new(crate::derive::Derived::ALL.len()),
            builder: KeyBuilder::default(),
            term: KeyBuilder::default(),
            cached: vec![None; plan.keys.len()],
            account: None,
            disabled: BTreeSet::new(),
            only: None,
        }
    }

    /// Lets every rule look at a record.
    pub fn observe(&mut self, shard: &mut Shard, record: &Record<'_>, at: Location) {
        shard.tally.events += 1;
        let time = time_of(record);
        match time {
            Some(time) => {
                let times = shard.tally.times.entry(at.file).or_insert((time, time));
                *times = (times.0.min(time), times.1.max(time));
                if time < self.range.from || self.range.until.is_some_and(|until| time >= until) {
                    shard.tally.out_of_range += 1;
                    return;
                }
                shard.first = Some(shard.first.map_or(time, |first| first.min(time)));
                shard.last = Some(shard.last.map_or(time, |last| last.max(time)));
            }
            None => {
                shard.tally.without_time += 1;
                // Whether it lies in the part of time asked for cannot be told.
                if self.range != Range::default() {
                    shard.tally.out_of_range += 1;
                    return;
                }
            }
        }
        let id = EventId::of(record);
        shard.distinct.see(id);
        self.place(shard, record, time);
        self.values.clear();
        self.cached.fill(None);
        let mut event = Event { record: *record, deriver: &self.plan.deriver, values: &mut self.values };
        let candidates = self.candidates.of(self.plan, &mut event);
        // The digest tells differing copies apart; it is only needed once something matches.
        let mut digest = None;
        for number in candidates.iter() {
            let detection = &self.plan.detections[usize::from(*number)];
            if self.only.is_some_and(|only| only != *number) || self.disabled.contains(number) {
                continue;
            }
            if detection.node.judge(&mut event) == Truth::False {
                continue;
            }
            let digest = *digest.get_or_insert_with(|| crate::event::digest::digest(record.json()) as u64);
            let hit = Hit { time: time.unwrap_or(Timestamp::MIN), id, digest, at };
            let mut feeder = Feeder {
                plan: self.plan,
                shard,
                builder: &mut self.builder,
                term: &mut self.term,
                cached: &mut self.cached,
                hit,
                timed: time.is_some(),
                learning: time.zip(self.range.since).is_some_and(|(time, since)| time < since),
            };
            feeder.matched(detection, &mut event);
        }
    }

    /// After a panic: shows the record to one detection after the other, takes those that panic out of the run, and
    /// shows it to the others once more. What any of them had seen of it does not count twice.
    pub fn find_culprits(&mut self, shard: &mut Shard, record: &Record<'_>, at: Location) {
        let events = shard.tally.events;
        for number in 0..self.plan.detections.len() {
            let Ok(number) = u16::try_from(number) else { break };
            self.only = Some(number);
            let attempt =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.observe(shard, record, at)));
            if let Err(panic) = attempt {
                self.disabled.insert(number);
                let detection = &self.plan.detections[usize::from(number)];
                let reason = super::finish::panic_text(&*panic);
                for rule in detection.feeds.iter().map(|feed| feed.rule) {
                    shard.tally.failed.entry(rule).or_insert_with(|| reason.clone());
                }
            }
        }
        self.only = None;
        shard.tally.events = events;
    }

    /// Notes whose record this is, and that its account and region have a day with events.
    fn place(&mut self, shard: &mut Shard, record: &Record<'_>, time: Option<Timestamp>) {
        let Some(account) = record.text(field::RECIPIENT).filter(|account| !account.is_empty()) else {
            return;
        };
        let region = record.text(field::REGION).unwrap_or_default();
        let day = time.map_or(0, Timestamp::day);
        // Records of one file share all three.
        if let Some((a, r, d)) = &self.account {
            if *a == *account && *r == *region && *d == day {
                return;
            }
        }
        if !shard.facts.own_accounts.contains(&*account) {
            shard.facts.own_accounts.insert(account.to_string());
        }
        if time.is_some() {
            shard.days.entry((account.to_string(), region.to_string())).or_default().insert(day);
        }
        self.account = Some((account.into_owned(), region.into_owned(), day));
    }
}

/// Takes a match to the states it feeds.
struct Feeder<'a, 'p> {
    plan: &'p Plan,
    shard: &'a mut Shard,
    builder: &'a mut KeyBuilder,
    term: &'a mut KeyBuilder,
    cached: &'a mut [Option<Option<KeyId>>],
    hit: Hit,
    timed: bool,
    /// Whether the event is only learnt from.
    learning: bool,
}

impl Feeder<'_, '_> {
    fn matched(&mut self, detection: &Detection, event: &mut Event<'_, '_>) {
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
            let learns =
                matches!(feed.what, What::Term(_) | What::Scope | What::Bucket(_) | What::Document(..));
            if self.learning && !learns {
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
        if let (None, Some(cached)) = (residual, self.cached[feed.group]) {
            if cached.is_some() || feed.whole_group {
                return cached;
            }
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
        match (&feed.what, &mut self.shard.states[feed.rule]) {
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
