//! Findings that people have looked at before: by stable id, with what they came to and until when it holds.
//!
//! A known finding stays a finding: it is shown and counted, and marked as known. Only new ones count for
//! `--fail-on`. An entry holds until the logs reach its end: it is judged by the newest event, not by the clock, so
//! that the same logs give the same answer on any day.

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
    /// The level when it was triaged; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Who acted; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What happened; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What triage came to. Empty as long as nobody has said.
    #[serde(default)]
    pub reason: String,
    /// The day from which on it is new again, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
        let mut expired = Vec::new();
        for finding in &mut view.findings {
            let Some(entry) = self.entries.get(&finding.id) else { continue };
            met.insert(&entry.id);
            if entry.has_ended(newest) {
                expired.push(entry.shown());
                continue;
            }
            // What was looked at as something lesser was not looked at as this.
            let then = entry.level.as_deref().and_then(|level| level.parse::<Level>().ok());
            if then.is_some_and(|then| then < finding.level) {
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
            unmatched: unmatched.map(|entry| entry.shown()).collect(),
            without_reason: without.map(|entry| entry.shown()).collect(),
        });
        view.count_known();
    }

    /// This triage with the findings of a view that it does not know yet, their reasons left to be filled in.
    #[must_use]
    pub fn with(&self, findings: &[Finding]) -> Triage {
        let mut triage = self.clone();
        for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
            triage.entries.entry(finding.id.clone()).or_insert_with(|| Triaged {
                id: finding.id.clone(),
                rule: finding.rule.name.clone(),
                level: Some(finding.level.name().to_owned()),
                principal: finding.principal.canonical.clone(),
                title: Some(finding.title.clone()),
                ..Triaged::default()
            });
        }
        triage
    }
}

impl Triaged {
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
