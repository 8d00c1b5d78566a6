//! The main job: files are read and rules fed in parallel, states joined, judged, and findings dressed with evidence.

mod collect;
mod coverage;
mod dress;
mod evidence;
mod gather;
mod gathered;
mod handover;
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
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::Suppression;
use crate::detect::{Choice, Days, Finished, Firing, Plan, PlanError, Range, Settings, Shard, finish};
use crate::finding::{Finding, Insufficient, LeftOut, NotEvaluated, RulesHash, Run, Skipped, Summary, View};
use crate::input::Source;
use crate::known::Known;
use crate::rule::{Rule, RuleSet};
use crate::text::hex;
use crate::time::Timespan;

pub use crate::detect::Join;
pub use collect::{Collected, Onlooker, collect, collect_with};
pub use evidence::SHOWN_FIELDS;
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
    /// Hidden.
    pub hidden: u64,
    /// Without a byte in them.
    pub empty: u64,
    /// Folders and files that could not be looked at.
    pub skipped: Vec<crate::input::Skipped>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Concluded {
    /// What is shown.
    pub view: View,
    /// What rules with habits have learnt, for a baseline file.
    pub habits: Days,
}

/// Judges what was collected and dresses the findings.
pub fn conclude(
    plan: &Plan,
    collected: Collected,
    sources: &[Source],
    unopened: Unopened,
    suppressions: &[Suppression],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Concluded, PlanError> {
    conclude_with(plan, collected, sources, unopened, suppressions, options, progress, &mut |_| {})
}

/// As [`conclude`], with a look at what was found before it is dressed: `about` may leave out firings.
#[expect(clippy::too_many_arguments, reason = "those of `conclude`, and one")]
pub fn conclude_with(
    plan: &Plan,
    collected: Collected,
    sources: &[Source],
    unopened: Unopened,
    suppressions: &[Suppression],
    options: &Options,
    progress: &dyn Progress,
    about: &mut dyn FnMut(&mut Finished),
) -> Result<Concluded, PlanError> {
    let Collected { mut shard, reports, interrupted } = collected;
    let mut summary = reading(&shard, reports, unopened, sources);
    let times = std::mem::take(&mut shard.tally.times);
    let left_out = std::mem::take(&mut shard.tally.left_out);
    let holes = coverage::holes(plan, &shard, &options.settings);
    let mut finished = finish(plan, shard, options.settings, options.jobs);
    about(&mut finished);
    // Compiling takes longer than reading a small file.
    let mut findings: Vec<Finding> = match finished.firings.is_empty() {
        true => Vec::new(),
        false => dress::findings(
            &evidence_plan(plan, &finished.firings)?,
            &finished.facts,
            &finished.chains,
            finished.firings,
            sources,
            &times,
            options,
        ),
    };
    summary.suppressions_expired = suppress::apply(&mut findings, suppressions);
    summary.vendors = vendors::named(&findings, &plan.known().accounts);
    let name = |rule: usize| plan.rules().rules[rule].name.clone();
    summary.not_evaluated = finished
        .not_evaluated
        .iter()
        .map(|(rule, reason)| NotEvaluated { rule: name(*rule), reason: reason.clone() })
        .collect();
    let for_want_of_room = finished.left_out.iter();
    let for_want_of_room =
        for_want_of_room.map(|(of, reason)| NotEvaluated { rule: (*of).to_owned(), reason: reason.clone() });
    summary.not_evaluated.extend(for_want_of_room);
    summary.not_evaluated.sort();
    let short = finished.insufficient.iter().map(|(rule, reason)| Insufficient {
        rule: Some(name(*rule)),
        account: None,
        region: None,
        reason: reason.clone(),
    });
    summary.insufficient_baseline = short.chain(holes).collect();
    summary.insufficient_baseline.sort();
    summary.insufficient_baseline.dedup();
    summary.left_out =
        left_out.into_iter().map(|(rule, records)| LeftOut { rule: name(rule), records }).collect();
    summary.left_out.sort();
    let (set, _) = plan.parts();
    let run = Run {
        tool: "trailsift",
        version: env!("CARGO_PKG_VERSION"),
        rules: plan.rules().rules.iter().enumerate().filter(|(i, _)| plan.reports(*i)).count(),
        rules_hash: RulesHash::later(move || rules_hash(&set)),
        since: options.settings.since,
        until: options.range.until,
        lookback: options.lookback,
        partial: interrupted || progress.stopped(),
        ..Run::default()
    };
    Ok(Concluded { view: View::new(run, summary, findings), habits: finished.habits })
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
        accounts: shard.own_accounts().map(str::to_owned).collect(),
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

/// The rules that fired, compiled for records of which also the fields that findings show are read.
fn evidence_plan(plan: &Plan, firings: &[Firing]) -> Result<Plan, PlanError> {
    let (set, known): (Arc<RuleSet>, Arc<Known>) = plan.parts();
    let rules: BTreeSet<usize> = firings.iter().flat_map(|firing| [firing.rule, firing.told_as]).collect();
    let extra = evidence::fields(&set, &rules);
    Plan::new(set, known, Choice { rules: Some(rules), extra_fields: extra, ..plan.choice().clone() })
}

/// A hash of what the rules say, in sixteen hex digits.
pub fn rules_hash(set: &RuleSet) -> String {
    let mut rules: Vec<&Rule> = set.rules.iter().collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    rules.into_iter().for_each(|rule| hash.update(set.spelled(rule)));
    hex(&hash.finalize()[..8])
}
