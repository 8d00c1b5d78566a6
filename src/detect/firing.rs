//! What `finish` says: a rule fired, for whom, when, and on which events.

use serde::Serialize;

use super::hits::Hit;
use crate::level::Level;
use crate::named::serialized_by_name;
use crate::rule::RuleIndex;
use crate::time::{Timespan, Timestamp};

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An event matched.
    Match,
    /// A term was never seen before.
    NewTerm,
    /// A term came back after longer than the lookback.
    Returned,
    /// A scope was never seen before.
    NewScope,
    /// A count in a window fitted.
    Threshold,
    /// Several rules matched within a window.
    Sequence,
    /// More than ever.
    Spike,
    /// Something that should be there is missing.
    Gap,
}

serialized_by_name!(Class);

impl Class {
    /// The class as findings spell it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Match => "match",
            Class::NewTerm => "new_term",
            Class::Returned => "returned",
            Class::NewScope => "new_scope",
            Class::Threshold => "threshold",
            Class::Sequence => "sequence",
            Class::Spike => "spike",
            Class::Gap => "gap",
        }
    }
}

/// A named value.
pub type Named = (String, Option<String>);

/// A rule fired.
#[derive(Clone, Debug)]
pub struct Firing {
    /// The rule that found it: what its message, target and escalations are.
    pub rule: RuleIndex,
    /// The rule it is told as.
    pub told_as: RuleIndex,
    /// What its events share.
    pub group: Vec<Named>,
    /// Its kind.
    pub class: Class,
    /// The first event's time; `None` when no event of it has one.
    pub first: Option<Timestamp>,
    /// The last event's.
    pub last: Option<Timestamp>,
    /// When it began to hold.
    pub moment: Timestamp,
    /// Where its events are.
    pub evidence: Evidence,
    /// How many distinct events it stands for.
    pub count: u64,
    /// How many firings it speaks for, folded into one.
    pub episodes: u64,
    /// Whether all its events are to be looked at for what they say, however many there are.
    pub thorough: bool,
    /// The level before escalations.
    pub base: Level,
    /// What is known of each condition of each escalation; `None` is decided on the events themselves.
    pub raised_by: Vec<Vec<Option<bool>>>,
    /// Reasons in words: window, counts, baseline.
    pub why: Vec<String>,
    /// What is special to its kind.
    pub detail: Detail,
    /// What stands for it in its id.
    pub key: FiringKey,
}

impl Firing {
    /// The value of one of its group's fields.
    pub fn value(&self, field: &str) -> Option<&str> {
        self.group.iter().find(|(name, _)| name == field).and_then(|(_, value)| value.as_deref())
    }

    /// The values of the group of the events in a window of it.
    pub fn group_in<'f>(&'f self, window: &'f Window) -> impl Iterator<Item = Option<&'f str>> {
        let other = window.group.iter().flatten().map(Option::as_deref);
        let own = self.group.iter().filter(|_| window.group.is_none()).map(|(_, value)| value.as_deref());
        other.chain(own)
    }

    /// Whether it stands for all that its actor does as a habit.
    pub fn is_habit(&self) -> bool {
        self.key == FiringKey::Habit
    }
}

/// What tells a firing apart from the others of its rule and group, on any machine and in more logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FiringKey {
    /// The event or the moment at which it began, and its term if it has one.
    Event(String),
    /// It is the only habit: one finding for as long as that lasts, whichever day it began on.
    Habit,
}

impl FiringKey {
    /// The text that ids are made of. Findings that were triaged are known by them: never change it.
    pub(crate) fn text(&self) -> &str {
        match self {
            FiringKey::Event(event) => event,
            FiringKey::Habit => "habit",
        }
    }
}

/// The values of some of a group's fields.
pub(crate) fn named_values(group: &[Named], names: &[String]) -> Vec<Option<String>> {
    let value =
        |name: &String| group.iter().find(|(other, _)| other == name).and_then(|(_, value)| value.clone());
    names.iter().map(value).collect()
}

/// Where the events of a firing are.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// These, in order.
    Hits(Vec<Hit>),
    /// The group's matches within these times; to be looked up in the files again.
    Windows(Vec<Window>),
}

/// A time in which the events of a firing are.
#[derive(Clone, Debug)]
pub struct Window {
    /// The first second.
    pub from: Timestamp,
    /// The last second.
    pub to: Timestamp,
    /// The values of their group, where it is not that of the firing, which speaks for another one, too.
    pub group: Option<Vec<Option<String>>>,
}

impl Evidence {
    /// The events of the firing's own group within this time.
    pub(crate) fn within(from: Timestamp, to: Timestamp) -> Evidence {
        Evidence::Windows(vec![Window { from, to, group: None }])
    }
}

/// What is special to a kind of firing.
#[derive(Clone, Debug)]
pub enum Detail {
    /// Nothing.
    Plain,
    /// `new_terms`.
    NewTerm(NewTermDetail),
    /// A count.
    Threshold(ThresholdDetail),
    /// Steps that were taken.
    Sequence(SequenceDetail),
}

/// A new term and what was known before it.
#[derive(Clone, Debug, Serialize)]
pub struct NewTermDetail {
    /// The scope's fields and values; empty when the rule has none.
    pub scope: Vec<FieldValue>,
    /// The term's fields and values; empty for a new scope.
    pub term: Vec<FieldValue>,
    /// For a new scope: the terms first seen with it.
    pub terms: Vec<Vec<FieldValue>>,
    /// The first sighting.
    pub first_seen: Timestamp,
    /// The last sighting before, if there was any.
    pub last_seen_before: Option<Timestamp>,
    /// Since when the baseline could have known it.
    pub baseline_from: Timestamp,
    /// Until when.
    pub baseline_to: Timestamp,
    /// How many terms of the scope were known.
    pub known_count: u64,
    /// Known terms most like the new one.
    pub nearest: Vec<String>,
    /// How long a term is remembered.
    #[serde(skip)]
    pub memory: Timespan,
}

impl NewTermDetail {
    /// Of the terms that came with a new scope, words name so many.
    pub(crate) const NAMED: usize = 5;

    /// Why a term counts as new, in words; of a new scope the firing says so itself. Put into words only where it is
    /// shown: of a hundred thousand new addresses few are.
    pub(crate) fn why(&self) -> Vec<String> {
        if self.term.is_empty() {
            return Vec::new();
        }
        let term: Vec<&str> = self.term.iter().map(|field| field.value.as_str()).collect();
        let term = term.join(" / ");
        let first = match self.last_seen_before {
            Some(last) => format!("{term} was last seen at {last}, more than {} before", self.memory.human()),
            None => format!("{term} was never seen before in the logs"),
        };
        let NewTermDetail { baseline_from, baseline_to, known_count, nearest, .. } = self;
        let known = match known_count {
            1 => "1 known value".to_owned(),
            known => format!("{known} known values"),
        };
        let nearest =
            if nearest.is_empty() { String::new() } else { format!(", nearest {}", nearest.join(", ")) };
        vec![first, format!("baseline {baseline_from} to {baseline_to}: {known}{nearest}")]
    }
}

/// A field and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldValue {
    /// The field's path.
    pub field: String,
    /// Its value.
    pub value: String,
}

/// Counts that fitted.
#[derive(Clone, Debug, Serialize)]
pub struct ThresholdDetail {
    /// What was counted, in the order of the rule.
    pub counts: Vec<Counted>,
    /// The window.
    pub window: Timespan,
    /// For a spike: the own peak before.
    pub peak_before: Option<u64>,
}

/// One count.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counted {
    /// `events`, or the fields whose distinct values were counted.
    pub what: String,
    /// The highest value in any window while the rule held.
    pub observed: f64,
    /// The condition in words, such as `>= 10`.
    pub limit: String,
    /// The distinct values themselves, of several fields joined by ` / `, by name and no more than a hundred; of several
    /// windows told as one, those of all. None where events or numbers were counted.
    pub values: Vec<String>,
    /// The fields whose values were counted.
    #[serde(skip)]
    pub fields: Vec<String>,
}

/// Steps of a sequence.
#[derive(Clone, Debug, Serialize)]
pub struct SequenceDetail {
    /// The rules in the order of their first events here.
    pub steps: Vec<Step>,
    /// Whether two steps fell into one second, so that their order is not known.
    pub order_ambiguous: bool,
    /// The window.
    pub window: Timespan,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The rule's name.
    pub rule: String,
    /// When it matched.
    pub time: Timestamp,
}
