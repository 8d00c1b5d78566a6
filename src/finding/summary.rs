//! What a run read, and what it could not judge.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Finding, RulesHash, SCHEMA_VERSION};
use crate::level::Level;
use crate::time::Timestamp;

/// Everything a renderer needs, finished and in order.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// The version of this form.
    pub schema_version: &'static str,
    /// What ran.
    pub run: Run,
    /// What was read.
    pub summary: Summary,
    /// The findings, by level and time.
    pub findings: Vec<Finding>,
}

/// What ran, and with which bounds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    /// `trailsift`.
    pub tool: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How many rules report.
    pub rules: usize,
    /// A hash of all of them.
    pub rules_hash: RulesHash,
    /// Findings before this are not reported.
    pub since: Option<Timestamp>,
    /// Events at or after this were not looked at.
    pub until: Option<Timestamp>,
    /// In place of the rules' own lookbacks.
    pub lookback: Option<crate::time::Timespan>,
    /// The baseline file's range, if one was used.
    pub baseline: Option<(Timestamp, Timestamp)>,
    /// Whether the run was interrupted.
    pub partial: bool,
    /// The configuration files used, those that win first.
    pub config: Vec<String>,
    /// The rules that they switched off.
    pub rules_off: Vec<String>,
    /// The rules that they gave another level.
    pub levels_changed: Vec<String>,
    /// The rules that they gave another window, learning time or other numbers.
    pub limits_changed: Vec<String>,
    /// What was asked for alone: levels, rules, accounts, regions; nothing if all was.
    pub only: Vec<String>,
}

/// What was read, skipped, and not judged.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Files read.
    pub files: u64,
    /// Files left out by the date, account or region in their name.
    pub files_pruned: u64,
    /// Hidden files left out.
    pub files_hidden: u64,
    /// Files without a byte in them.
    pub files_empty: u64,
    /// Bytes read from disk.
    pub bytes: u64,
    /// Bytes after decompression.
    pub bytes_inflated: u64,
    /// Records read as events, copies included.
    pub events: u64,
    /// Distinct events.
    pub distinct_events: u64,
    /// Whether that number is an estimate.
    pub distinct_is_estimate: bool,
    /// Events outside the part of time looked at.
    pub events_out_of_range: u64,
    /// Events whose time cannot be read.
    pub events_without_time: u64,
    /// The first event's time.
    pub first_event: Option<Timestamp>,
    /// The last event's time.
    pub last_event: Option<Timestamp>,
    /// The accounts whose trails were read.
    pub accounts: Vec<String>,
    /// Who publishes the accounts that the findings name, where somebody is known to.
    pub vendors: BTreeMap<String, String>,
    /// Findings by level.
    pub findings: BTreeMap<Level, u64>,
    /// Findings suppressed, by level.
    pub suppressed: BTreeMap<Level, u64>,
    /// Findings that are not suppressed and below the level asked for, by level.
    pub below_level: BTreeMap<Level, u64>,
    /// Findings triaged before; null when no file of them was given.
    pub known: Option<KnownSummary>,
    /// Suppressions that have ended and would have covered something.
    pub suppressions_expired: Vec<Expired>,
    /// Documents recognised as something else than logs, by kind.
    pub not_logs: BTreeMap<String, u64>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// Whether something that should have been read was not.
    pub incomplete: bool,
    /// Rules that could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Rules whose history is too short, and histories with holes.
    pub insufficient_baseline: Vec<Insufficient>,
    /// Matches that lacked a field the rule groups by.
    pub left_out: Vec<LeftOut>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The file.
    pub path: String,
    /// The kind of problem.
    pub kind: String,
    /// What was wrong, and what was expected.
    pub reason: String,
    /// The byte it is at, in the decompressed text.
    pub offset: Option<u64>,
    /// The record it is in.
    pub record: Option<u64>,
}

/// A rule that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotEvaluated {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// A rule, or an account and region, without enough history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Insufficient {
    /// The rule; null for a hole that concerns every rule with a baseline.
    pub rule: Option<String>,
    /// The account with the hole.
    pub account: Option<String>,
    /// The region with the hole.
    pub region: Option<String>,
    /// What is missing.
    pub reason: String,
}

/// A suppression that has ended, and what it would have covered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Expired {
    /// Which one.
    pub by: String,
    /// Its rule.
    pub rule: String,
    /// When it ended.
    pub expired: String,
    /// How many findings it would have covered.
    pub findings: u64,
}

/// Findings triaged before, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownSummary {
    /// How many of the findings are known, by level.
    pub findings: BTreeMap<Level, u64>,
    /// Entries that have ended: their findings are new again.
    pub expired: Vec<KnownEntry>,
    /// Entries whose findings have grown or become graver since: they are new again.
    pub grown: Vec<KnownEntry>,
    /// Entries whose findings are not in these logs.
    pub unmatched: Vec<KnownEntry>,
    /// Entries that say nothing of why.
    pub without_reason: Vec<KnownEntry>,
}

/// An entry of the file of known findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownEntry {
    /// The finding's id.
    pub id: String,
    /// Its rule, as the entry has it.
    pub rule: String,
    /// Who acted, as the entry has it.
    pub principal: Option<String>,
    /// What triage came to.
    pub reason: Option<String>,
    /// The day on which the entry ends.
    pub expires: Option<String>,
}

/// Matches of a rule that lacked a field it groups by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// The rule.
    pub rule: String,
    /// How many records, copies included.
    pub records: u64,
}

impl View {
    /// A view of findings, put in order: the highest level first, then the earliest.
    pub fn new(run: Run, mut summary: Summary, mut findings: Vec<Finding>) -> View {
        fn order(finding: &Finding) -> impl Ord + '_ {
            (Reverse(finding.level), finding.first_seen, &finding.rule.name, &finding.id)
        }
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        summary.below_level = count(std::iter::empty());
        let mut view = View { schema_version: SCHEMA_VERSION, run, summary, findings };
        view.count();
        view
    }

    /// Leaves out findings below a level; the summary counts what is left, and what is not. Suppressed findings stay
    /// counted, and are only shown if asked for.
    pub fn narrow(&mut self, least: Level, show_suppressed: bool) {
        if least > Level::Informational {
            let above = if least == Level::Critical { "" } else { " and above" };
            self.run.only.insert(0, format!("level {least}{above}"));
        }
        let below = |finding: &&Finding| finding.suppressed.is_none() && finding.level < least;
        self.summary.below_level = count(self.findings.iter().filter(below));
        self.findings.retain(|finding| finding.level >= least);
        self.count();
        self.findings.retain(|finding| show_suppressed || finding.suppressed.is_none());
        self.count_known();
    }

    /// Whether there was no event to be judged: that nothing was found says nothing then.
    pub fn judged_nothing(&self) -> bool {
        let late = |since| self.summary.last_event.is_some_and(|last| last >= since);
        self.summary.has_none() || !self.run.since.is_none_or(late)
    }

    fn count(&mut self) {
        let (suppressed, reported): (Vec<&Finding>, Vec<&Finding>) =
            self.findings.iter().partition(|finding| finding.suppressed.is_some());
        self.summary.findings = count(reported);
        self.summary.suppressed = count(suppressed);
    }

    /// Counts the findings that are marked as known, if known ones were asked for.
    pub(crate) fn count_known(&mut self) {
        if let Some(known) = &mut self.summary.known {
            let of = |finding: &&Finding| finding.suppressed.is_none() && finding.known.is_some();
            known.findings = count(self.findings.iter().filter(of));
        }
    }
}

impl Summary {
    /// Whether no event of the time and place asked for was read.
    pub fn has_none(&self) -> bool {
        self.events <= self.events_out_of_range
    }
}

/// Every level is named, so that a reader need not guess what a missing key means.
fn count<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> BTreeMap<Level, u64> {
    let mut levels: BTreeMap<Level, u64> = Level::ALL.into_iter().map(|level| (level, 0)).collect();
    for finding in findings {
        *levels.entry(finding.level).or_default() += 1;
    }
    levels
}
