//! Which records of which files are to be read again.

use std::collections::BTreeMap;

use super::Options;
use super::gathered::Gathered;
use super::told;
use crate::derive::Facts;
use crate::detect::replay::Replay;
use crate::detect::{Class, Evidence, Firing, Hit, Location, Plan};
use crate::input::Source;
use crate::time::Timestamp;

/// Of a firing whose level or outcome depends on its events, no more than this many are looked at.
const MOST_JUDGED: usize = 5_000;

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
    /// The firings whose window it may hold events of.
    pub(super) windows: Vec<usize>,
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
        let mut by_time: Option<ByTime> = None;
        let mut wants = Wants::default();
        for (number, firing) in firings.iter().enumerate() {
            match &firing.evidence {
                Evidence::Hits(hits) => {
                    let judged = replay.needs_events(firing) || of_several_calls(firing);
                    let judged = if judged { MOST_JUDGED } else { told::MOST };
                    for (at, hit) in hits.iter().enumerate().take(shown.max(judged)) {
                        wants.add(hit, number, at < shown);
                    }
                }
                Evidence::Window { from, to } => {
                    let by_time = by_time.get_or_insert_with(|| ByTime::of(times));
                    for file in by_time.within(*from, *to) {
                        wants.0.entry(file).or_default().windows.push(number);
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
            if matches!(firing.evidence, Evidence::Window { .. }) && firing.class != Class::Gap {
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

/// Files in the order of their first moments, each with the last moment of any file up to it.
struct ByTime(Vec<(Timestamp, Timestamp, Timestamp, u32)>);

impl ByTime {
    fn of(times: &Times) -> ByTime {
        let files = times.iter().map(|(file, (first, last))| (*first, *last, *last, *file));
        let mut files: Vec<_> = files.collect();
        files.sort_unstable();
        let mut latest = Timestamp::MIN;
        for (_, last, until, _) in &mut files {
            latest = latest.max(*last);
            *until = latest;
        }
        ByTime(files)
    }

    /// The files that may hold a moment of this time.
    fn within(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let begin = self.0.partition_point(|(.., until, _)| *until < from);
        let end = self.0.partition_point(|(first, ..)| *first <= to).max(begin);
        let files = self.0[begin..end].iter().filter(move |(_, last, ..)| *last >= from);
        files.map(|(.., file)| *file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn files_within_a_time_are_as_defined(
            spans in proptest::collection::vec((0u32..40, 0u32..12), 0..20), from in 0u32..50, length in 0u32..10,
        ) {
            let at = Timestamp::from_secs;
            let files = (0u32..).zip(&spans);
            let times: Times =
                files.map(|(file, (first, length))| (file, (at(*first), at(first + length)))).collect();
            let (from, to) = (at(from), at(from + length));
            let mut got: Vec<u32> = ByTime::of(&times).within(from, to).collect();
            got.sort_unstable();
            let overlaps = |(_, (first, last)): &(&u32, &(Timestamp, Timestamp))| *first <= to && *last >= from;
            let expected: Vec<u32> = times.iter().filter(overlaps).map(|(file, _)| *file).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
