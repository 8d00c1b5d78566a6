//! Reading again the few records that matter.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Options;
use super::evidence::{Shown, show};
use crate::derive::Facts;
use crate::detect::replay::Replay;
use crate::detect::{Class, Evidence, Firing, Hit, Location, Plan};
use crate::event::EventId;
use crate::input::{Reader, Source};
use crate::time::{Timespan, Timestamp};

/// Of a firing whose level depends on its events, no more than this many are looked at.
const MOST_JUDGED: usize = 5_000;

/// First and last moment of each file.
pub(super) type Times = BTreeMap<u32, (Timestamp, Timestamp)>;

/// What reading again finds of each firing.
pub(super) fn gather(
    plan: &Plan,
    facts: &Facts,
    firings: &[Firing],
    sources: &[Source],
    times: &Times,
    options: &Options,
) -> Vec<Gathered> {
    let wants = Wants::of(plan, facts, firings, times, options);
    let gathered = Mutex::new(vec![Gathered::default(); firings.len()]);
    read(plan, facts, firings, sources, &wants, options, &gathered);
    gathered.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Which records of which files are to be read again.
#[derive(Default)]
struct Wants {
    /// By file and record: the firings, and whether the record is shown or only judged.
    records: BTreeMap<u32, BTreeMap<u32, Vec<(usize, bool)>>>,
    /// By file: the firings whose window it may hold events of.
    windows: BTreeMap<u32, Vec<usize>>,
}

impl Wants {
    fn of(plan: &Plan, facts: &Facts, firings: &[Firing], times: &Times, options: &Options) -> Wants {
        let replay = Replay::new(plan, facts);
        let mut wants = Wants::default();
        for (number, firing) in firings.iter().enumerate() {
            match &firing.evidence {
                Evidence::Hits(hits) => {
                    let judged = if replay.needs_events(firing) { MOST_JUDGED } else { 0 };
                    for (at, hit) in hits.iter().enumerate().take(options.evidence.max(1).max(judged)) {
                        if hit.at != Location::NOWHERE {
                            let of_file = wants.records.entry(hit.at.file).or_default();
                            of_file
                                .entry(hit.at.record)
                                .or_default()
                                .push((number, at < options.evidence.max(1)));
                        }
                    }
                }
                Evidence::Window { from, to } => {
                    for (file, (first, last)) in times {
                        if first <= to && last >= from {
                            wants.windows.entry(*file).or_default().push(number);
                        }
                    }
                }
            }
        }
        wants
    }

    fn files(&self) -> Vec<u32> {
        let mut files: Vec<u32> = self.records.keys().chain(self.windows.keys()).copied().collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// What reading again found of one firing.
#[derive(Clone, Default)]
pub(super) struct Gathered {
    pub(super) shown: Vec<Shown>,
    /// For windows: every event, by id the preferred copy.
    pub(super) events: HashMap<EventId, Hit>,
    /// Conditions on events that some event fulfilled.
    pub(super) raised: Vec<Vec<Option<bool>>>,
}

impl Gathered {
    fn raise(&mut self, raised: Vec<Vec<Option<bool>>>) {
        if self.raised.is_empty() {
            self.raised = raised;
            return;
        }
        for (mine, theirs) in self.raised.iter_mut().flatten().zip(raised.into_iter().flatten()) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a | b),
                (a, b) => a.or(b),
            };
        }
    }

    fn merge(&mut self, other: Gathered) {
        self.shown.extend(other.shown);
        #[expect(clippy::iter_over_hash_type, reason = "a union has no order")]
        for (id, hit) in other.events {
            let kept = self.events.entry(id).or_insert(hit);
            if prefer(&hit) < prefer(kept) {
                *kept = hit;
            }
        }
        if !other.raised.is_empty() {
            self.raise(other.raised);
        }
    }
}

fn prefer(hit: &Hit) -> (u64, Timestamp, Location) {
    (hit.digest, hit.time, hit.at)
}

fn read(
    plan: &Plan,
    facts: &Facts,
    firings: &[Firing],
    sources: &[Source],
    wants: &Wants,
    options: &Options,
    gathered: &Mutex<Vec<Gathered>>,
) {
    let files = wants.files();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut reader = Reader::new(plan.layout());
        let mut replay = Replay::new(plan, facts);
        let mut mine: HashMap<usize, Gathered> = HashMap::new();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(source) = sources.get(*file as usize) else { continue };
            let records = wants.records.get(file);
            let windows = wants.windows.get(file);
            let mut look = |record: &crate::event::Record<'_>, number: u32| {
                let at = Location { file: *file, record: number };
                let wanted = records.and_then(|records| records.get(&number));
                if wanted.is_none() && windows.is_none() {
                    return;
                }
                replay.start();
                let hit = Replay::hit(record, at);
                for (firing, is_shown) in wanted.into_iter().flatten() {
                    let of = &firings[*firing];
                    let mut raised = of.clone();
                    replay.raise(record, &mut raised);
                    let entry = mine.entry(*firing).or_default();
                    entry.raise(raised.raised_by);
                    if *is_shown {
                        let rule = &plan.rules().rules[of.rule];
                        entry.shown.push(show(&mut replay, record, hit, rule, of, &source.name, options.raw));
                    }
                }
                for firing in windows.into_iter().flatten() {
                    let of = &firings[*firing];
                    let Evidence::Window { from, to } = &of.evidence else { continue };
                    if hit.time < *from || hit.time > *to || !replay.belongs(record, of) {
                        continue;
                    }
                    let mut raised = of.clone();
                    replay.raise(record, &mut raised);
                    let entry = mine.entry(*firing).or_default();
                    entry.raise(raised.raised_by);
                    let kept = entry.events.entry(hit.id).or_insert(hit);
                    if prefer(&hit) < prefer(kept) {
                        *kept = hit;
                    }
                    let rule = &plan.rules().rules[of.rule];
                    let shown = show(&mut replay, record, hit, rule, of, &source.name, options.raw);
                    match of.class {
                        Class::Gap => {
                            entry.shown.push(shown);
                            nearest(&mut entry.shown, (*from, *to));
                        }
                        _ => keep_first(&mut entry.shown, shown, options.evidence.max(1)),
                    }
                }
            };
            match (records, windows) {
                (Some(records), None) => {
                    let numbers: Vec<u32> = records.keys().copied().collect();
                    reader.fetch(source, &numbers, &mut look);
                }
                _ => {
                    reader.read(source, &mut look);
                }
            }
        }
        let mut all = gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut mine: Vec<(usize, Gathered)> = mine.into_iter().collect();
        mine.sort_by_key(|(firing, _)| *firing);
        mine.into_iter().for_each(|(firing, found)| all[firing].merge(found));
    };
    let jobs = options.jobs.clamp(1, files.len().max(1));
    if jobs == 1 {
        return work();
    }
    std::thread::scope(|scope| {
        (0..jobs).for_each(|_| {
            scope.spawn(work);
        });
    });
}

/// Of the records on both sides of a gap, leaves the last before it and the first behind it, whatever came first.
pub(super) fn nearest(list: &mut Vec<Shown>, (from, to): (Timestamp, Timestamp)) {
    let middle = from.ahead(Timespan::from_secs(to.since(from).secs() / 2));
    list.sort_by_key(|shown| (shown.hit.order(), shown.hit.digest, shown.hit.at));
    let before = list.iter().rposition(|shown| shown.hit.time < middle);
    let behind = list.iter().position(|shown| shown.hit.time >= middle);
    let kept: Vec<Shown> = [before, behind].into_iter().flatten().map(|at| list[at].clone()).collect();
    *list = kept;
}

/// Keeps the first few events, of each the preferred copy.
fn keep_first(list: &mut Vec<Shown>, new: Shown, most: usize) {
    list.push(new);
    if list.len() > 4 * most + 16 {
        order(list);
        list.truncate(most);
    }
}

/// Puts events in the order of time, of each the preferred copy.
pub(super) fn order(list: &mut Vec<Shown>) {
    list.sort_by_key(|shown| (shown.hit.id, shown.hit.digest, shown.hit.time, shown.hit.at));
    list.dedup_by_key(|shown| shown.hit.id);
    list.sort_by_key(|shown| shown.hit.order());
}
