//! What a rule has learnt, as people review it: one entry a term, scope, habit or document.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Learnt;
use crate::detect::Remembered;
use crate::named::serialized_by_name;
use crate::time::Timestamp;

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
    /// Events that such a rule counted, or steps of it; the last events of an `after` rule's parts.
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

/// Rows that differ only in when they were seen, or in what their condition kept, are one entry.
pub(super) fn entries(learnt: &Learnt) -> BTreeMap<Subject, Entry> {
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
            Remembered::Event { time, .. } | Remembered::Phase { time, .. } => {
                (Kind::Event, no_term(), Some((*time, *time)), 1)
            }
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
