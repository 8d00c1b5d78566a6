//! Which records of which files are to be read again.

use std::collections::BTreeMap;

use super::Options;
use super::gathered::Gathered;
use super::told;
use crate::derive::Facts;
use crate::detect::firing::Window;
use crate::detect::replay::Replay;
use crate::detect::{Class, Evidence, Firing, Hit, Location, Plan};
use crate::input::Source;
use crate::time::{Stretches, Timestamp};

/// Of a firing whose level or outcome depends on its events, no more than this many are looked at.
const MOST_JUDGED: usize = 5_000;

/// Of what an actor does as a habit, every day perhaps, so many events are looked at, or the first and the last window:
/// all of them would be every other file.
const MOST_HABITUAL: usize = 30;

/// Whether the windows of a firing between the first and the last are passed over.
pub(super) fn passes_over(firing: &Firing) -> bool {
    let habitual = firing.is_habit() && !firing.thorough;
    habitual && matches!(&firing.evidence, Evidence::Windows(windows) if windows.len() > 2)
}

/// How many events of a firing are looked at, where they are known; `judged` if its level or outcome depends on them.
fn hits_wanted(firing: &Firing, judged: bool) -> usize {
    match judged {
        _ if firing.thorough => usize::MAX,
        _ if firing.is_habit() => MOST_HABITUAL,
        true => MOST_JUDGED,
        false => told::MOST,
    }
}

/// How many of the events that a firing counts are looked at for certain.
pub(super) fn looked_at(firing: &Firing, options: &Options) -> u64 {
    match &firing.evidence {
        Evidence::Windows(_) if passes_over(firing) => 0,
        Evidence::Windows(_) => firing.count,
        Evidence::Hits(_) => {
            let most = hits_wanted(firing, of_several_calls(firing)).max(options.evidence);
            firing.count.min(most as u64)
        }
    }
}

/// Whether a firing is of several calls that may have ended differently.
pub(super) fn of_several_calls(firing: &Firing) -> bool {
    matches!(firing.class, Class::Threshold | Class::Sequence | Class::Spike)
        && firing.value("derived.outcome").is_none()
}

/// First and last moment of each file.
pub(super) type Times = BTreeMap<u32, (Timestamp, Timestamp)>;

/// What is wanted of one file.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// By record: the firings, and whether the record is shown or only judged.
    pub(super) records: BTreeMap<u32, Vec<(usize, bool)>>,
    /// The firings whose windows it may hold events of, and which of its windows, each behind the first and the last
    /// moment of it.
    pub(super) windows: Vec<(Timestamp, Timestamp, (usize, usize))>,
}

/// By file.
#[derive(Debug, Default)]
pub(super) struct Wants(BTreeMap<u32, Wanted>);

impl Wants {
    /// What the firings' evidence wants.
    pub(super) fn of(
        plan: &Plan,
        facts: &Facts,
        firings: &[Firing],
        times: &Times,
        options: &Options,
    ) -> Wants {
        let replay = Replay::new(plan, facts);
        let shown = options.evidence.max(1);
        let mut by_time: Option<Stretches<u32>> = None;
        let mut wants = Wants::default();
        for (number, firing) in firings.iter().enumerate() {
            match &firing.evidence {
                Evidence::Hits(hits) => {
                    let judged = replay.needs_events(firing) || of_several_calls(firing);
                    let most = hits_wanted(firing, judged).max(shown);
                    for (at, hit) in hits.iter().enumerate().take(most) {
                        wants.add(hit, number, at < shown);
                    }
                }
                Evidence::Windows(windows) => {
                    let of_files = || times.iter().map(|(file, (first, last))| (*first, *last, *file));
                    let by_time = by_time.get_or_insert_with(|| Stretches::new(of_files()));
                    let (passes_over, last) = (passes_over(firing), windows.len().saturating_sub(1));
                    let wanted = |(at, _): &(usize, &Window)| !passes_over || *at == 0 || *at == last;
                    for (at, Window { from, to, .. }) in windows.iter().enumerate().filter(wanted) {
                        for file in by_time.meeting(*from, *to) {
                            wants.0.entry(file).or_default().windows.push((*from, *to, (number, at)));
                        }
                    }
                }
            }
        }
        wants
    }

    /// Of windows, the first events that were not taken along in passing. A copy that is preferred may turn up last,
    /// with another time than the others.
    pub(super) fn missing(firings: &[Firing], gathered: &[Gathered], options: &Options) -> Wants {
        let mut wants = Wants::default();
        for (number, (firing, gathered)) in firings.iter().zip(gathered).enumerate() {
            if matches!(firing.evidence, Evidence::Windows(_)) && firing.class != Class::Gap {
                let lacks = |hit: &&Hit| gathered.shown.iter().all(|shown| shown.hit != **hit);
                let first = gathered.first(options.evidence.max(1));
                first.iter().filter(lacks).for_each(|hit| wants.add(hit, number, true));
            }
        }
        wants
    }

    fn add(&mut self, hit: &Hit, firing: usize, is_shown: bool) {
        if hit.at != Location::NOWHERE {
            let of_file = self.0.entry(hit.at.file).or_default();
            of_file.records.entry(hit.at.record).or_default().push((firing, is_shown));
        }
    }

    /// The files; first those that take longest to read.
    pub(super) fn files(self, sources: &[Source]) -> Vec<(u32, Wanted)> {
        let mut files: Vec<(u32, Wanted)> = self.0.into_iter().collect();
        let size = |file: u32| sources.get(file as usize).map_or(0, |source| source.size);
        files.sort_by_key(|(file, wanted)| std::cmp::Reverse((!wanted.windows.is_empty(), size(*file))));
        files
    }
}
