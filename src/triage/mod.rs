//! Findings that people have looked at before: by stable id, with what they came to and until when it holds.
//!
//! A known finding stays a finding: it is shown and counted, and marked as known. Only new ones count for
//! `--fail-on`. An entry holds for what was looked at: a finding that has grown since, or become graver, is new again.
//! It holds until the logs reach its end: that is judged by the newest event, not by the clock, so that the same logs
//! give the same answer on any day.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use file::{Form, TriageError, read, write};

use crate::finding::{Finding, KnownBefore, KnownEntry, KnownSummary, View};
use crate::level::Level;
use crate::time::Timestamp;

/// A finding as triaged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triaged {
    /// The finding's stable id.
    pub id: String,
    /// The rule that fired; for the reader.
    #[serde(default)]
    pub rule: String,
    /// The level when it was triaged: what is graver is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Who acted; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What happened; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many events it had when it was triaged: with more it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When its last event was seen, when it was triaged: with a later one it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// What triage came to. Empty as long as nobody has said.
    #[serde(default)]
    pub reason: String,
    /// The day from which on it is new again, as `2027-01-31`. Written as null, for somebody to fill in.
    #[serde(default)]
    pub expires: Option<String>,
}

/// Findings triaged before, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage {
    entries: BTreeMap<String, Triaged>,
}

impl Triage {
    /// The entries, by id. Of two with one id the first counts.
    fn new(entries: Vec<Triaged>) -> Triage {
        let mut triage = Triage::default();
        for entry in entries {
            triage.entries.entry(entry.id.clone()).or_insert(entry);
        }
        triage
    }

    /// The entries, sorted by rule and id: new ones come to lie beside their like in a review.
    pub fn entries(&self) -> Vec<&Triaged> {
        let mut entries: Vec<&Triaged> = self.entries.values().collect();
        entries.sort_by_key(|entry| (&entry.rule, &entry.id));
        entries
    }

    /// Marks the findings that are known, and notes in the summary which entries have ended and which match nothing.
    pub fn mark(&self, view: &mut View) {
        let newest = view.summary.last_event;
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let (mut expired, mut grown) = (Vec::new(), Vec::new());
        for finding in &mut view.findings {
            let Some(entry) = self.entries.get(&finding.id) else { continue };
            met.insert(&entry.id);
            if entry.has_ended(newest) {
                expired.push(entry.shown());
                continue;
            }
            if let Some(growth) = entry.growth(finding) {
                finding.why.push(growth);
                grown.push(entry.shown());
                continue;
            }
            let reason = Some(entry.reason.clone()).filter(|reason| !reason.is_empty());
            finding.known = Some(KnownBefore { reason, expires: entry.expires.clone() });
        }
        let entries = self.entries();
        let unmatched = entries.iter().filter(|entry| !met.contains(entry.id.as_str()));
        let without = entries.iter().filter(|entry| entry.reason.trim().is_empty());
        view.summary.known = Some(KnownSummary {
            findings: Level::ALL.into_iter().map(|level| (level, 0)).collect(),
            expired,
            grown,
            unmatched: unmatched.map(|entry| entry.shown()).collect(),
            without_reason: without.map(|entry| entry.shown()).collect(),
        });
        view.count_known();
    }

    /// This triage with the findings of a view that it does not know yet, and anew those that have grown since: their
    /// reasons are left to be filled in.
    #[must_use]
    pub fn with(&self, view: &View) -> Triage {
        let (mut triage, newest) = (self.clone(), view.summary.last_event);
        for finding in view.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            // An end that somebody has set is not taken back.
            let holds = |entry: &Triaged| entry.has_ended(newest) || entry.growth(finding).is_none();
            if !self.entries.get(&finding.id).is_some_and(holds) {
                triage.entries.insert(finding.id.clone(), Triaged::of(finding));
            }
        }
        triage
    }
}

impl Triaged {
    fn of(finding: &Finding) -> Triaged {
        Triaged {
            id: finding.id.clone(),
            rule: finding.rule.name.clone(),
            level: Some(finding.level.name().to_owned()),
            principal: finding.principal.canonical.clone(),
            title: Some(finding.title.clone()),
            count: Some(finding.count),
            last_seen: finding.last_seen.map(|time| time.to_string()),
            ..Triaged::default()
        }
    }

    /// What a finding has become since it was looked at, in words: graver, or of more or later events. What was not
    /// noted then tells nothing.
    fn growth(&self, finding: &Finding) -> Option<String> {
        let level = self.level.as_deref().and_then(|level| level.parse::<Level>().ok());
        let last = self.last_seen.as_deref().and_then(Timestamp::parse);
        let graver = level.filter(|then| *then < finding.level).map(|then| format!("at {then}"));
        let more =
            self.count.filter(|then| *then < finding.count).map(|then| format!("with a count of {then}"));
        let later = last
            .filter(|then| Some(*then) < finding.last_seen)
            .map(|then| format!("with a last event of {then}"));
        let then: Vec<String> = graver.into_iter().chain(more).chain(later).collect();
        (!then.is_empty()).then(|| format!("grown since it was triaged {}", then.join(", ")))
    }

    fn end(&self) -> Option<Timestamp> {
        Timestamp::parse(self.expires.as_deref()?)
    }

    fn has_ended(&self, newest: Option<Timestamp>) -> bool {
        self.end().zip(newest).is_some_and(|(end, newest)| newest >= end)
    }

    fn shown(&self) -> KnownEntry {
        KnownEntry {
            id: self.id.clone(),
            rule: self.rule.clone(),
            principal: self.principal.clone(),
            reason: Some(self.reason.clone()).filter(|reason| !reason.is_empty()),
            expires: self.expires.clone(),
        }
    }
}
