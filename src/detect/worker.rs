//! One worker at work: every rule that can match looks at every record.

use std::collections::BTreeSet;

use super::candidates::Candidates;
use super::feeder::Feeder;
use super::field::Event;
use super::hits::{Hit, Location};
use super::intern::KeyId;
use super::issuing;
use super::key::KeyBuilder;
use super::plan::Plan;
use super::predicate::Truth;
use super::shard::{ODD_TIMES, Range, Shard};
use crate::derive::Values;
use crate::event::{EventId, Record, field};
use crate::time::Timestamp;

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
        if let Some(time) = time {
            let times = shard.tally.times.entry(at.file).or_insert((time, time));
            *times = (times.0.min(time), times.1.max(time));
        } else {
            shard.tally.without_time += 1;
            let odd = &mut shard.tally.odd_times;
            let place = (at.file, at.record);
            if odd.len() < ODD_TIMES || odd.last().is_some_and(|(file, record, _)| place < (*file, *record)) {
                let text = record.text(field::EVENT_TIME).map(|text| super::replay::shortened(&text));
                odd.insert((at.file, at.record, text.unwrap_or_default()));
                while odd.len() > ODD_TIMES {
                    odd.pop_last();
                }
            }
        }
        if !self.range.holds(time) || !self.is_wanted_place(record) {
            shard.tally.out_of_range += 1;
            return;
        }
        if let Some(time) = time {
            shard.first = Some(shard.first.map_or(time, |first| first.min(time)));
            shard.last = Some(shard.last.map_or(time, |last| last.max(time)));
        }
        let id = EventId::of(record);
        shard.distinct.see(id);
        self.place(shard, record, time);
        if let Some(bucket) = self.plan.deriver.shows_trail_bucket(record)
            && !shard.facts.trail_buckets.contains(&*bucket)
        {
            shard.facts.trail_buckets.insert(bucket.into_owned());
        }
        self.values.clear();
        self.cached.fill(None);
        let mut event = Event { record: *record, deriver: &self.plan.deriver, values: &mut self.values };
        let open = self.candidates.of(self.plan, &mut event);
        // The digest tells differing copies apart; it is only needed once something matches.
        let mut digest = None;
        let learning = time.zip(self.range.since).is_some_and(|(time, since)| time < since);
        let mut issued = 0;
        if let (Some(call), Some(time), false) = (open.issues, time, learning) {
            let digest = *digest.get_or_insert_with(|| crate::event::digest::digest(record.json()) as u64);
            let hit = Hit { time, id, digest, at };
            let Shard { issued: table, interner, .. } = shard;
            issued =
                issuing::note(&self.plan.issuing, table, interner, &mut self.term, &mut event, (call, hit));
        }
        for number in open.detections.iter() {
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
                learning,
                issued,
            };
            feeder.matched(detection, &mut event);
        }
    }

    fn is_wanted_place(&self, record: &Record<'_>) -> bool {
        if self.range.accounts.is_empty() && self.range.regions.is_empty() {
            return true;
        }
        let (account, region) = (record.text(field::RECIPIENT), record.text(field::REGION));
        self.range.includes(account.as_deref(), region.as_deref())
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
        let hour = time.map_or(0, |time| time.secs() / 3600);
        // Records of one file share all three.
        if let Some((a, r, h)) = &self.account
            && *a == *account
            && *r == *region
            && *h == hour
        {
            return;
        }
        if !shard.facts.own_accounts.contains(&*account) {
            shard.facts.own_accounts.insert(account.to_string());
        }
        if time.is_some() {
            let place = (account.to_string(), region.to_string());
            if self.plan.notes_hours {
                let hours = shard.hours.entry(place.clone()).or_default();
                *hours.entry(hour / 24).or_default() |= 1 << (hour % 24);
            }
            shard.days.entry(place).or_default().insert(hour / 24);
        }
        self.account = Some((account.into_owned(), region.into_owned(), hour));
    }
}
