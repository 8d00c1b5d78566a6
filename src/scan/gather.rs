//! Reading again the few records that matter.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Options;
use super::evidence::{Shown, show};
use super::gathered::Gathered;
use super::wants::{Times, Wants, of_several_calls};
use crate::derive::Facts;
use crate::detect::firing::Window;
use crate::detect::replay::Replay;
use crate::detect::{Class, Evidence, Firing, Hit, Location, Plan, once_each, time_of};
use crate::event::{EventId, Record};
use crate::input::{Reader, Source};
use crate::outcome::Outcome;
use crate::rule::RuleIndex;
use crate::time::{Stretches, Timespan, Timestamp};

/// What all that reading again needs.
struct Room<'r> {
    plan: &'r Plan,
    facts: &'r Facts,
    firings: &'r [Firing],
    sources: &'r [Source],
    options: &'r Options,
}

/// What reading again finds of each firing.
pub(super) fn gather(
    plan: &Plan,
    facts: &Facts,
    firings: &[Firing],
    sources: &[Source],
    times: &Times,
    options: &Options,
) -> Vec<Gathered> {
    let room = Room { plan, facts, firings, sources, options };
    let mut gathered = vec![Gathered::default(); firings.len()];
    room.read(Wants::of(plan, facts, firings, times, options), &mut gathered);
    let missing = Wants::missing(firings, &gathered, options);
    room.read(missing, &mut gathered);
    for (firing, gathered) in firings.iter().zip(&mut gathered) {
        if matches!(firing.evidence, Evidence::Windows(_)) && firing.class != Class::Gap {
            let first = gathered.first(options.evidence.max(1));
            gathered.shown.retain(|shown| first.contains(&shown.hit));
        }
    }
    gathered
}

impl Room<'_> {
    fn read(&self, wants: Wants, gathered: &mut [Gathered]) {
        let files = wants.files(self.sources);
        if files.is_empty() {
            return;
        }
        let next = AtomicUsize::new(0);
        let jobs = self.options.jobs.min(files.len());
        let all = Mutex::new(gathered);
        let work = || {
            let reader = Reader::new(self.plan.layout());
            let mut reader = if self.options.jobs == 1 { reader.alone() } else { reader };
            let mut reading = Reading {
                room: self,
                replay: Replay::new(self.plan, self.facts),
                groups: Vec::new(),
                found: HashMap::new(),
            };
            while let Some((file, wanted)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(source) = self.sources.get(*file as usize) else { continue };
                let windows = Stretches::new(wanted.windows.iter().copied());
                let mut look = |record: &Record<'_>, number: u32| {
                    let records = wanted.records.get(&number).map_or(&[][..], Vec::as_slice);
                    // Of a whole file that is read for a short window, most records lie outside.
                    let time = if wanted.windows.is_empty() { None } else { time_of(record) };
                    let mut windows = time.map_or_else(Vec::new, |time| windows.meeting(time, time));
                    if !windows.is_empty() && !self.options.range.wants(record) {
                        windows.clear();
                    }
                    if !records.is_empty() || !windows.is_empty() {
                        let at = Location { file: *file, record: number };
                        reading.look(record, at, source, records, &windows);
                    }
                };
                if wanted.windows.is_empty() {
                    let numbers: Vec<u32> = wanted.records.keys().copied().collect();
                    reader.fetch(source, &numbers, &mut look);
                } else {
                    reader.read(source, &mut look);
                }
            }
            let mut found: Vec<(usize, Gathered)> = reading.found.into_iter().collect();
            found.sort_unstable_by_key(|(firing, _)| *firing);
            let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.into_iter().for_each(|(firing, found)| all[firing].merge(found));
        };
        std::thread::scope(|scope| {
            (1..jobs).for_each(|_| {
                scope.spawn(work);
            });
            work();
        });
    }
}

/// One thread at it.
struct Reading<'r> {
    room: &'r Room<'r>,
    replay: Replay<'r>,
    /// Of the record at hand: by rule, the values of the groups it belongs to.
    groups: Vec<(RuleIndex, Vec<Vec<Option<String>>>)>,
    found: HashMap<usize, Gathered>,
}

impl Reading<'_> {
    /// Takes in a record of which firings want to see, and whether to show it; and in whose windows it lies.
    fn look(
        &mut self,
        record: &Record<'_>,
        at: Location,
        source: &Source,
        wanted: &[(usize, bool)],
        windows: &[(usize, usize)],
    ) {
        self.replay.start();
        self.groups.clear();
        let mut hit: Option<Hit> = None;
        for (number, is_shown) in wanted {
            let hit = *hit.get_or_insert_with(|| Replay::hit(record, at));
            self.judge(*number, record, hit.id);
            if *is_shown {
                self.show(*number, record, hit, source);
            }
        }
        let mut taken: Vec<usize> = Vec::new();
        for (number, window) in windows.iter().copied() {
            if taken.contains(&number) || !self.belongs(number, window, record) {
                continue;
            }
            taken.push(number);
            let hit = *hit.get_or_insert_with(|| Replay::hit(record, at));
            self.judge(number, record, hit.id);
            let most = self.room.options.evidence.max(1);
            let firing = &self.room.firings[number];
            let entry = self.found.entry(number).or_default();
            let kept = entry.events.entry(hit.id).or_insert(hit);
            if hit.preference() < kept.preference() {
                *kept = hit;
            }
            let gap = Gap::of(firing);
            let told = match gap {
                Some(gap) => gap.is_nearest(&entry.shown, &hit),
                None => is_early(&entry.shown, &hit, most),
            };
            if told {
                self.show(number, record, hit, source);
                let list = &mut self.found.entry(number).or_default().shown;
                match gap {
                    Some(gap) => gap.keep_nearest(list),
                    None => trim(list, most),
                }
            }
        }
    }

    /// Whether the record is an event of the group of a firing's window.
    fn belongs(&mut self, number: usize, window: usize, record: &Record<'_>) -> bool {
        let firing = &self.room.firings[number];
        let Evidence::Windows(windows) = &firing.evidence else { return false };
        let at = match self.groups.iter().position(|(rule, _)| *rule == firing.rule) {
            Some(at) => at,
            None => {
                let groups = self.replay.groups(record, firing.rule).into_iter();
                let values = |group: Vec<(String, Option<String>)>| group.into_iter().map(|(_, value)| value);
                let groups = groups.map(|(_, group)| values(group).collect()).collect();
                self.groups.push((firing.rule, groups));
                self.groups.len() - 1
            }
        };
        let of_window = |group: &Vec<Option<String>>| {
            windows.get(window).is_some_and(|of| group.iter().map(Option::as_deref).eq(firing.group_in(of)))
        };
        self.groups[at].1.iter().any(of_window)
    }

    /// Takes in what an event says of the level and the outcome.
    fn judge(&mut self, number: usize, record: &Record<'_>, id: EventId) {
        let firing = &self.room.firings[number];
        let mut raised = firing.raised_by.clone();
        self.replay.raise(record, firing, &mut raised);
        let found = self.found.entry(number).or_default();
        found.raise(raised);
        if of_several_calls(firing) {
            match self.replay.outcome(record) {
                Outcome::Success => found.succeeded = true,
                Outcome::Denied => drop(found.refused.insert(id)),
                Outcome::Failed => {}
            }
        }
        let rule = &self.room.plan.rules().rules[firing.rule];
        // What opened a time stands behind what was done in it.
        let opened =
            matches!(&firing.evidence, Evidence::Hits(hits) if hits.last().is_some_and(|hit| hit.id == id));
        found.told.note(&mut self.replay, record, firing, rule, opened);
    }

    fn show(&mut self, number: usize, record: &Record<'_>, hit: Hit, source: &Source) {
        let firing = &self.room.firings[number];
        let rule = &self.room.plan.rules().rules[firing.rule];
        let raw = self.room.options.raw;
        let shown = show(&mut self.replay, record, hit, rule, firing, &source.name(), raw);
        self.found.entry(number).or_default().shown.push(shown);
    }
}

/// A time without records; those looked at lie around it.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    /// What is earlier lies before the gap, all else behind it.
    middle: Timestamp,
}

impl Gap {
    /// The gap that a firing tells of, if it is of that class.
    pub(super) fn of(firing: &Firing) -> Option<Gap> {
        match &firing.evidence {
            Evidence::Windows(windows) if firing.class == Class::Gap => windows.first().map(Gap::within),
            _ => None,
        }
    }

    fn within(window: &Window) -> Gap {
        let half = Timespan::from_secs(window.to.since(window.from).secs() / 2);
        Gap { middle: window.from.ahead(half) }
    }

    fn precedes(self, hit: &Hit) -> bool {
        hit.time >= self.middle
    }

    /// Of the records on both sides, leaves the last before the gap and the first behind it, whatever came first.
    pub(super) fn keep_nearest(self, list: &mut Vec<Shown>) {
        list.sort_by_key(|shown| rank(&shown.hit));
        let behind = list.partition_point(|shown| !self.precedes(&shown.hit));
        list.truncate(behind + 1);
        list.drain(..behind.saturating_sub(1));
    }

    /// Whether [`Gap::keep_nearest`] would keep this one.
    fn is_nearest(self, list: &[Shown], hit: &Hit) -> bool {
        let mut same_side = list.iter().filter(|shown| self.precedes(&shown.hit) == self.precedes(hit));
        same_side.all(|shown| (rank(hit) < rank(&shown.hit)) == self.precedes(hit))
    }
}

/// In the order of time, and of one moment the same first everywhere.
fn rank(hit: &Hit) -> impl Ord + use<> {
    (hit.order(), hit.digest, hit.at)
}

/// Whether a copy of an event may be the one to be shown, and the event among the first few.
fn is_early(list: &[Shown], hit: &Hit, most: usize) -> bool {
    let mut earlier: Vec<EventId> = Vec::with_capacity(most);
    for Shown { hit: other, .. } in list {
        if other.id == hit.id && other.preference() <= hit.preference() {
            return false;
        }
        if other.order() < hit.order() && !earlier.contains(&other.id) {
            earlier.push(other.id);
        }
    }
    earlier.len() < most
}

/// Forgets what is not among the first few; what turns out to be so all the same is fetched later.
fn trim(list: &mut Vec<Shown>, most: usize) {
    if list.len() > 4 * most + 16 {
        order(list);
        list.truncate(most);
    }
}

/// Puts events in the order of time, of each the preferred copy.
pub(super) fn order(list: &mut Vec<Shown>) {
    once_each(list, |shown| &shown.hit, |_, _| std::cmp::Ordering::Equal);
}
