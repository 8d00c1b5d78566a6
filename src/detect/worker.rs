//! One worker at work: every rule that can match looks at every record.

use std::collections::BTreeSet;

use super::candidates::Candidates;
use super::copy::Copy;
use super::deeds::{Deeds, Notes};
use super::feeder::Feeder;
use super::field::Event;
use super::handed::worth_noting;
use super::hits::Location;
use super::intern::KeyId;
use super::issuing;
use super::judgements::matches;
use super::key::KeyBuilder;
use super::memo::{Memo, Recall};
use super::place::Place;
use super::plan::Plan;
use super::shard::{ODD_TIMES, Range, Shard};
use super::tuples::Terms;
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
    terms: Terms,
    /// Whether some of them may have been asked.
    asked: bool,
    /// That of the record before.
    place: Option<Place>,
    /// The file being read, and its first and last moment so far.
    file: Option<(u32, Timestamp, Timestamp)>,
    memo: Memo<'p>,
    /// Empty between records; kept for its memory.
    notes: Notes,
    /// Of the numbers that `memo` knows combinations by.
    generation: u32,
    plain: bool,
    /// Detections that panicked.
    disabled: BTreeSet<u16>,
    /// The one detection to be tried, while culprits are looked for.
    only: Option<u16>,
}

/// Notes the first and last moment of a file, or of a part of one.
fn note_file(shard: &mut Shard, seen: Option<(u32, Timestamp, Timestamp)>) {
    let Some((file, first, last)) = seen else { return };
    let times = shard.tally.times.entry(file).or_insert((first, last));
    *times = (times.0.min(first), times.1.max(last));
}

/// Notes that the behaviour was seen.
fn see(deeds: &mut Deeds, feeder: &mut Feeder<'_, '_, '_>) {
    let Feeder { copy, shard, .. } = feeder;
    deeds.see(copy.time.unwrap_or(Timestamp::MIN), &mut || copy.hit(), shard);
}

/// Notes whose record this is that was left out for its place: that account is one's own all the same.
fn note_owner(shard: &mut Shard, record: &Record<'_>) {
    let account = record.text(field::RECIPIENT).filter(|account| !account.is_empty());
    if let Some(account) = account.filter(|account| !shard.facts.elsewhere.contains(&**account)) {
        shard.facts.elsewhere.insert(account.into_owned());
    }
}

/// The moment of a record: `eventTime`, else `@timestamp`.
pub(crate) fn time_of(record: &Record<'_>) -> Option<Timestamp> {
    let usual = record.plain(field::EVENT_TIME).and_then(Timestamp::parse_usual);
    if let Some(time) = usual.filter(|at| *at > Timestamp::MIN) {
        return Some(time);
    }
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
            terms: Terms::new(plan.tuples),
            asked: false,
            place: None,
            file: None,
            memo: Memo::default(),
            notes: Notes::default(),
            generation: 0,
            plain: false,
            disabled: BTreeSet::new(),
            only: None,
        }
    }

    /// Lets every rule look at a record.
    pub fn observe(&mut self, shard: &mut Shard, record: &Record<'_>, at: Location) {
        shard.tally.events += 1;
        let time = time_of(record);
        if let Some(time) = time {
            match &mut self.file {
                Some((file, first, last)) if *file == at.file => {
                    (*first, *last) = ((*first).min(time), (*last).max(time));
                }
                other => {
                    note_file(shard, other.replace((at.file, time, time)));
                }
            }
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
        let in_time = self.range.holds(time);
        if !in_time || !self.is_wanted_place(record) {
            shard.tally.out_of_range += 1;
            if in_time {
                note_owner(shard, record);
            }
            return;
        }
        if let Some(time) = time {
            shard.first = Some(shard.first.map_or(time, |first| first.min(time)));
            shard.last = Some(shard.last.map_or(time, |last| last.max(time)));
        }
        let id = EventId::of(record);
        shard.distinct.see(id);
        self.place(shard, record, time);
        self.judge(shard, &mut Copy { record: *record, time, id, at, digest: None });
    }

    /// Finds what the event at hand matches, and feeds it.
    fn judge(&mut self, shard: &mut Shard, copy: &mut Copy<'_>) {
        self.values.clear();
        if std::mem::take(&mut self.asked) {
            self.cached.fill(None);
            self.terms.forget();
        }
        let (plan, time) = (self.plan, copy.time);
        let learning = time.zip(self.range.since).is_some_and(|(time, since)| time < since);
        let (record, values) = (copy.record, &mut self.values);
        let mut event = Event { record, deriver: &plan.deriver, values, early: false };
        let known = self.candidates.of(plan, &mut event);
        let open = known.open;
        if self.generation != known.generation {
            self.generation = known.generation;
            self.memo.restart(shard);
        }
        if open.shows_buckets
            && let Some(bucket) = plan.deriver.shows_trail_bucket(&event.record)
            && !shard.facts.trail_buckets.contains(&*bucket)
        {
            shard.facts.trail_buckets.insert(bucket.into_owned());
        }
        let mut issued = 0;
        if let (Some(call), Some(time)) = (open.issues, time)
            && (!learning || self.range.since.is_some_and(|since| worth_noting(call, time, since)))
        {
            let Shard { issued: table, interner, last, .. } = &mut *shard;
            let (term, hit) = (&mut self.term, &mut || copy.hit());
            issued = issuing::note(&plan.issuing, table, interner, term, &mut event, (call, time), hit);
            if self.range.since == Some(Timestamp::MAX) {
                table.tidy(last.unwrap_or(time));
            }
        }
        // While culprits are looked for, nothing is remembered.
        let bundle = (!self.plain && self.only.is_none()).then(|| self.memo.bundle(plan, open, &mut event));
        let state = u8::from(time.is_some()) | u8::from(learning) << 1;
        let recall = bundle.as_ref().map(|bundle| self.memo.recall(known, bundle, state, &mut event));
        let (builder, terms, cached) = (&mut self.builder, &mut self.terms, &mut self.cached);
        let timed = time.is_some();
        let mut feeder =
            Feeder { plan, shard, builder, terms, cached, copy, timed, learning, issued, notes: None };
        let judged = match (recall, &bundle) {
            (Some(Recall::Known(at)), Some(bundle)) => {
                let deeds = self.memo.deeds(at);
                see(deeds, &mut feeder);
                self.asked = !(deeds.feeds.is_empty() && bundle.volatile.is_empty());
                deeds.feeds.iter().for_each(|fed| feeder.again(fed, &mut event));
                &bundle.volatile[..]
            }
            (Some(Recall::New(hash)), Some(bundle)) => {
                self.asked = true;
                feeder.notes = Some((std::mem::take(&mut self.notes), &bundle.fed));
                let matched = self.memo.matched(plan, open, bundle, &mut event);
                for number in matched.iter().filter(|number| !self.disabled.contains(number)) {
                    feeder.matched(&plan.detections[usize::from(*number)], &mut event);
                }
                self.notes = feeder.notes.take().map(|(notes, _)| notes).unwrap_or_default();
                let at = self.memo.note(hash, Deeds::new(&mut self.notes), feeder.shard);
                see(self.memo.deeds(at), &mut feeder);
                &bundle.volatile[..]
            }
            _ => {
                self.asked = true;
                &open.detections[..]
            }
        };
        for number in judged {
            if self.only.is_some_and(|only| only != *number) || self.disabled.contains(number) {
                continue;
            }
            let detection = &plan.detections[usize::from(*number)];
            if matches(detection, &mut event) {
                feeder.matched(detection, &mut event);
            }
        }
    }

    /// Takes what was held back to the states: to be called before a shard is looked at.
    pub fn settle(&mut self, shard: &mut Shard) {
        self.memo.restart(shard);
        note_file(shard, self.file.take());
        if let Some(mut place) = self.place.take() {
            place.settle(shard, self.plan.notes_hours);
        }
    }

    fn is_wanted_place(&self, record: &Record<'_>) -> bool {
        if self.range.accounts.is_empty() && self.range.regions.is_empty() {
            return true;
        }
        let (account, region) = (record.text(field::RECIPIENT), record.text(field::REGION));
        self.range.includes(account.as_deref(), region.as_deref())
    }

    /// Judges every event anew, and remembers nothing: what is found so, must be found otherwise.
    pub fn plain(mut self) -> Worker<'p> {
        self.plain = true;
        self
    }

    /// After a panic: shows the record to one detection after the other, takes those that panic out of the run, and
    /// shows it to the others once more. What any of them had seen of it does not count twice.
    pub fn find_culprits(&mut self, shard: &mut Shard, record: &Record<'_>, at: Location) {
        // What was remembered may name a culprit.
        self.memo.restart(shard);
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
                for rule in detection.feeds.iter().flat_map(|feed| feed.rules(&self.plan.scopes)) {
                    shard.tally.failed.entry(*rule).or_insert_with(|| reason.clone());
                }
            }
        }
        self.only = None;
        shard.tally.events = events;
    }

    /// Notes whose record this is, and that its account and region have an hour with events.
    fn place(&mut self, shard: &mut Shard, record: &Record<'_>, time: Option<Timestamp>) {
        let Some(account) = record.text(field::RECIPIENT).filter(|account| !account.is_empty()) else {
            return;
        };
        let region = record.text(field::REGION).unwrap_or_default();
        let notes_hours = self.plan.notes_hours;
        if !self.place.as_ref().is_some_and(|place| place.is(&account, &region)) {
            if let Some(mut before) = self.place.replace(Place::new(&account, &region)) {
                before.settle(shard, notes_hours);
            }
            if !shard.facts.own_accounts.contains(&*account) {
                shard.facts.own_accounts.insert(account.to_string());
                self.values.learn_own(&account);
                // What waited for this fact need not wait any more.
                self.memo.settle(shard);
            }
        }
        if let (Some(time), Some(place)) = (time, &mut self.place) {
            place.see(time, shard, notes_hours);
        }
    }
}
