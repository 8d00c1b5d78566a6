//! Snapshots as people review them: one entry a term, scope, habit or document, and what two snapshots differ in.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Learnt, Snapshot, VERSION};
use crate::detect::Remembered;
use crate::named::serialized_by_name;
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

/// One thing learnt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is.
    #[serde(flatten)]
    pub what: Subject,
    /// The first sighting that still matters: an event, or a day for habits. Unknown for the counts of spike rules.
    pub first_seen: Option<Timestamp>,
    /// The last sighting.
    pub last_seen: Option<Timestamp>,
    /// How many sightings without a gap, days, buckets, events or documents it stands for.
    pub rows: u64,
    /// The text of a policy document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// What was learnt, without when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// The kind.
    pub kind: Kind,
    /// The scope or group; a value that was absent is null.
    pub scope: Vec<Option<String>>,
    /// The values of a term or a counted value; empty for all other kinds.
    pub term: Vec<String>,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A scope was seen.
    Scope,
    /// A term was seen in a scope.
    Term,
    /// Days on which a group did what a rule with habits sees.
    Habit,
    /// Counts of a spike rule.
    Counts,
    /// A value that a rule counted, of those that only tell what others' findings are worth.
    Value,
    /// Events that such a rule counted, or steps of it.
    Event,
    /// The last version of a policy document.
    Document,
}

impl Kind {
    /// The name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Scope => "scope",
            Kind::Term => "term",
            Kind::Habit => "habit",
            Kind::Counts => "counts",
            Kind::Value => "value",
            Kind::Event => "event",
            Kind::Document => "document",
        }
    }
}

serialized_by_name!(Kind);

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

/// Rows that differ only in when they were seen, or in what their condition kept, are one entry.
fn entries(learnt: &Learnt) -> BTreeMap<Subject, Entry> {
    let mut entries: BTreeMap<Subject, Entry> = BTreeMap::new();
    for row in &learnt.rows {
        let no_term = Vec::new;
        let (kind, term, seen, rows) = match &row.seen {
            Remembered::Term { term, first, last } => (Kind::Term, term.clone(), Some((*first, *last)), 1),
            Remembered::Scope { first, last } => (Kind::Scope, no_term(), Some((*first, *last)), 1),
            Remembered::Days(days) => {
                let seen = days.first().zip(days.last());
                let seen = seen.map(|(first, last)| (Timestamp::of_day(*first), Timestamp::of_day(*last)));
                (Kind::Habit, no_term(), seen, days.len() as u64)
            }
            Remembered::Value { value, first, last, .. } => {
                (Kind::Value, value.clone(), Some((*first, *last)), 1)
            }
            Remembered::Event { time, .. } => (Kind::Event, no_term(), Some((*time, *time)), 1),
            Remembered::Bucket { .. } => (Kind::Counts, no_term(), None, 1),
            Remembered::Document { time, .. } => (Kind::Document, no_term(), Some((*time, *time)), 1),
        };
        let document = row.seen.document().map(str::to_owned);
        let (first_seen, last_seen) = seen.unzip();
        let what = Subject { kind, scope: row.group.clone(), term };
        match entries.get_mut(&what) {
            None => {
                entries.insert(what.clone(), Entry { what, first_seen, last_seen, rows, document });
            }
            Some(entry) => {
                entry.first_seen = entry.first_seen.min(first_seen);
                entry.last_seen = entry.last_seen.max(last_seen);
                entry.rows += rows;
                entry.document = entry.document.take().max(document);
            }
        }
    }
    entries
}
