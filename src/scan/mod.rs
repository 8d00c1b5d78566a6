//! The main job: files are read and rules fed in parallel, states joined, judged, and findings dressed with evidence.

mod collect;
mod conclude;
mod coverage;
mod dress;
mod evidence;
mod gather;
mod gathered;
mod handover;
mod history;
mod owners;
mod reports;
mod sentence;
mod shares;
mod suppress;
mod told;
pub mod trial;
mod vendors;
mod wants;
mod word;

use std::collections::BTreeSet;

use crate::detect::{Range, Settings, Shard};
use crate::finding::{Skipped, Summary};
use crate::input::Source;
use crate::time::Timespan;

pub use crate::detect::Join;
pub use collect::{Collected, Onlooker, collect, collect_with};
pub use conclude::{Concluded, Judgement, conclude, judge};
pub use owners::owners;
pub use reports::Reports;
pub use word::words;

/// What bends a run besides its rules.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads.
    pub jobs: usize,
    /// The part of time looked at.
    pub range: Range,
    /// How the end of the run is judged.
    pub settings: Settings,
    /// In place of the rules' own lookbacks; for the record only, the plan knows it.
    pub lookback: Option<Timespan>,
    /// Events shown with each finding.
    pub evidence: usize,
    /// Whether they are shown raw.
    pub raw: bool,
    /// Whether records are read by the naive reader and every event is judged anew, to prove the scanner and the
    /// memory of behaviours.
    pub naive: bool,
    /// Files on disk larger than this are read before all others, and their events judged by whoever has nothing left
    /// to read; 4 MiB.
    pub large: u64,
    /// How much text of such events is handed over at once; 1 MiB. For each worker that has nothing left to read there
    /// are at most three such pieces, each less than twice as large.
    pub batch: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            range: Range::default(),
            settings: Settings::default(),
            lookback: None,
            evidence: 5,
            raw: false,
            naive: false,
            large: 4 << 20,
            batch: 1 << 20,
        }
    }
}

/// Who wants to know how far a run is.
pub trait Progress: Sync {
    /// A file has been read: its bytes on disk and its events.
    fn file(&self, bytes: u64, events: u64);

    /// Whether to stop with what there is.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn file(&self, _: u64, _: u64) {}
}

/// Counts of files that were never opened.
#[derive(Clone, Debug, Default)]
pub struct Unopened {
    /// Left out by the date, account or region in their name.
    pub pruned: u64,
    /// The accounts of those that were left out for their place: see [`owners()`].
    pub owners: BTreeSet<String>,
    /// Hidden.
    pub hidden: u64,
    /// Without a byte in them.
    pub empty: u64,
    /// Folders and files that could not be looked at.
    pub skipped: Vec<crate::input::Skipped>,
}

/// What was read, and what was not.
pub fn reading(shard: &Shard, reports: Reports, unopened: Unopened, sources: &[Source]) -> Summary {
    let tally = &shard.tally;
    let (distinct_events, distinct_is_estimate) = shard.distinct.count();
    let (first_event, last_event) = shard.span();
    let mut summary = Summary {
        files: reports.files,
        files_pruned: unopened.pruned,
        files_hidden: unopened.hidden,
        files_empty: unopened.empty,
        events: tally.events,
        distinct_events,
        distinct_is_estimate,
        events_out_of_range: tally.out_of_range,
        events_without_time: tally.without_time,
        first_event,
        last_event,
        accounts: shard.accounts().map(str::to_owned).collect(),
        bytes: reports.bytes,
        bytes_inflated: reports.bytes_inflated,
        not_logs: reports.not_events.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        incomplete: reports.incomplete || unopened.skipped.iter().any(|skipped| skipped.kind.is_damage()),
        skipped: unopened.skipped.into_iter().chain(reports.skipped).map(skipped).collect(),
        ..Summary::default()
    };
    for (file, record, text) in &tally.odd_times {
        let reason = match text.as_str() {
            "" => "an event without eventTime: windows and baselines leave it out".to_owned(),
            text => format!("`eventTime: {text}` is no time: windows and baselines leave the event out"),
        };
        let path = sources.get(*file as usize).map(|source| source.name()).unwrap_or_default();
        let record = Some(u64::from(*record));
        summary.skipped.push(Skipped { path, kind: "no_time".to_owned(), reason, offset: None, record });
        summary.incomplete = true;
    }
    summary.skipped.sort();
    summary
}

/// A document or record that could not be read, as the summary has it.
pub fn skipped(skipped: crate::input::Skipped) -> Skipped {
    Skipped {
        path: skipped.path,
        kind: skipped.kind.name().to_owned(),
        reason: skipped.reason,
        offset: skipped.offset,
        record: skipped.record,
    }
}
