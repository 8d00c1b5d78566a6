//! Snapshots as people review them, and what two snapshots differ in.

use serde::Serialize;

use super::entries::{Entry, entries};
use super::{Learnt, Snapshot, VERSION};
use crate::time::{Timespan, Timestamp};

/// A snapshot for its reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The version of the file's form.
    pub trailsift_baseline: u32,
    /// The first event.
    pub from: Timestamp,
    /// The end.
    pub to: Timestamp,
    /// The accounts that received records.
    pub accounts: Vec<String>,
    /// The days with events, by account and region.
    pub covered: Vec<Covered>,
    /// How many credentials it knows that may still be used.
    pub credentials: usize,
    /// What each rule has learnt, by name.
    pub rules: Vec<OfRule>,
}

/// The days of an account and region with events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// How many days.
    pub days: usize,
    /// The first of them, at midnight.
    pub first: Timestamp,
    /// The last of them, at midnight.
    pub last: Timestamp,
}

/// What one rule has learnt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfRule {
    /// The rule's name.
    pub rule: String,
    /// What it looked for, as a hash.
    pub hash: String,
    /// Its lookback.
    pub timespan: Timespan,
    /// What it learnt, sorted.
    pub entries: Vec<Entry>,
}

/// What two snapshots differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The old one's part of time.
    pub old: (Timestamp, Timestamp),
    /// The new one's.
    pub new: (Timestamp, Timestamp),
    /// Rules that differ, by name.
    pub rules: Vec<RuleChange>,
    /// What came, went or changed.
    pub entries: Vec<EntryChange>,
    /// Entries that both have; they may have been seen again since.
    pub unchanged: u64,
}

impl Difference {
    /// Whether the two have learnt the same.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.entries.is_empty()
    }
}

/// A rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// How.
    pub change: Change,
    /// The rule's name.
    pub rule: String,
    /// In words.
    pub reason: String,
}

/// An entry that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryChange {
    /// How.
    pub change: Change,
    /// The rule's name.
    pub rule: String,
    /// The entry: the new one's if there is one.
    #[serde(flatten)]
    pub entry: Entry,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new snapshot has it.
    Came,
    /// Only the old snapshot has it.
    Went,
    /// Both have it, with another content.
    Changed,
}

impl Snapshot {
    /// The snapshot for its reader; of one rule only, if `rule` names one that it knows.
    pub fn overview(&self, rule: Option<&str>) -> Overview {
        let covered = self.days.iter().filter_map(|((account, region), days)| {
            Some(Covered {
                account: account.clone(),
                region: region.clone(),
                days: days.len(),
                first: Timestamp::of_day(*days.first()?),
                last: Timestamp::of_day(*days.last()?),
            })
        });
        let rules = self.rules.iter().filter(|(name, _)| rule.is_none_or(|rule| rule == name.as_str()));
        Overview {
            trailsift_baseline: VERSION,
            from: self.from,
            to: self.to,
            accounts: self.accounts.iter().cloned().collect(),
            covered: covered.collect(),
            credentials: self.credentials.len(),
            rules: rules
                .map(|(name, learnt)| OfRule {
                    rule: name.clone(),
                    hash: learnt.hash.clone(),
                    timespan: learnt.timespan,
                    entries: entries(learnt).into_values().collect(),
                })
                .collect(),
        }
    }

    /// What a newer snapshot has learnt that this one has not, and the other way round.
    pub fn diff(&self, newer: &Snapshot) -> Difference {
        let mut difference = Difference {
            old: (self.from, self.to),
            new: (newer.from, newer.to),
            rules: Vec::new(),
            entries: Vec::new(),
            unchanged: 0,
        };
        let names: std::collections::BTreeSet<&String> =
            self.rules.keys().chain(newer.rules.keys()).collect();
        for name in names {
            let (old, new) = (self.rules.get(name), newer.rules.get(name));
            if let Some((change, reason)) = rule_change(old, new) {
                difference.rules.push(RuleChange { change, rule: name.clone(), reason });
            }
            let mut before = old.map(entries).unwrap_or_default();
            for (what, entry) in new.map(entries).unwrap_or_default() {
                let change = match before.remove(&what) {
                    None => Change::Came,
                    Some(old) if old.document != entry.document => Change::Changed,
                    Some(_) => {
                        difference.unchanged += 1;
                        continue;
                    }
                };
                difference.entries.push(EntryChange { change, rule: name.clone(), entry });
            }
            let went = before.into_values();
            difference.entries.extend(went.map(|entry| EntryChange {
                change: Change::Went,
                rule: name.clone(),
                entry,
            }));
        }
        difference
    }
}

fn rule_change(old: Option<&Learnt>, new: Option<&Learnt>) -> Option<(Change, String)> {
    match (old, new) {
        (None, _) => Some((Change::Came, "only the new baseline knows it".to_owned())),
        (_, None) => Some((Change::Went, "only the old baseline knows it".to_owned())),
        (Some(old), Some(new)) if old.hash != new.hash => Some((
            Change::Changed,
            format!("learnt by another version of the rule: hash {}, now {}", old.hash, new.hash),
        )),
        (Some(old), Some(new)) if old.timespan != new.timespan => Some((
            Change::Changed,
            format!("learnt with a lookback of {}, now of {}", old.timespan, new.timespan),
        )),
        _ => None,
    }
}
