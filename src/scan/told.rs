//! What the calls of one finding say besides the first: their targets, their addresses, the values of its sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::word::Word;
use crate::detect::firing::Counted;
use crate::detect::replay::{Replay, shortened};
use crate::detect::{Class, Detail, Firing};
use crate::event::Record;
use crate::rule::{Body, CorrelationKind, Rule, alternatives, conditional, places};

/// So many values of each kind are told apart; of matches that are told as one, so many are looked at.
pub(super) const MOST: usize = 100;

/// The most values that a sentence names, and the most characters they may take together.
const NAMED: (usize, usize) = (5, 120);

/// The values of several calls.
#[derive(Clone, Default)]
pub(super) struct Told {
    /// What was acted upon.
    pub(super) targets: BTreeSet<String>,
    /// Addresses.
    pub(super) sources: BTreeSet<String>,
    /// Access keys.
    pub(super) keys: BTreeSet<String>,
    /// Names of sessions.
    pub(super) sessions: BTreeSet<String>,
    /// Of matches that are told as one: by place in the sentence (what stands between its braces), what each says there.
    places: BTreeMap<String, BTreeSet<String>>,
    /// For each of the rule's counts, the values that were counted.
    counted: Vec<BTreeSet<String>>,
}

impl Told {
    /// Takes in what a record of a firing says; `opened` when it is the one that opened the time of an `after` rule.
    pub(super) fn note(
        &mut self,
        replay: &mut Replay<'_>,
        record: &Record<'_>,
        firing: &Firing,
        rule: &Rule,
        opened: bool,
    ) {
        if firing.class == Class::Gap {
            return;
        }
        let mut said = |name: &str| {
            let values = replay.field(record, name).into_iter();
            values.filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        add(&mut self.sources, said("sourceIPAddress"));
        add(&mut self.keys, said("userIdentity.accessKeyId"));
        let who = said("derived.principal");
        // A caller from elsewhere who takes the role has a session of another one.
        if firing.value("derived.principal").is_none_or(|own| who.iter().any(|who| who == own)) {
            add(&mut self.sessions, said("derived.session_name"));
        }
        // The steps of a sequence are about different things; what is done after something, about things of a kind.
        let alike =
            matches!(&rule.body, Body::Correlation(of) if matches!(of.kind, CorrelationKind::After(_)));
        if firing.class == Class::Sequence && (opened || !alike) {
            return;
        }
        let target = rule.extension.target.iter().find_map(|field| joined(replay, record, field));
        add(&mut self.targets, target.clone());
        if let Detail::Threshold(detail) = &firing.detail {
            self.counted.resize_with(detail.counts.len(), BTreeSet::new);
            for (values, count) in self.counted.iter_mut().zip(&detail.counts) {
                match count.fields.as_slice() {
                    [field] => add(values, replay.field(record, field)),
                    fields => {
                        let said = fields.iter().filter_map(|field| joined(replay, record, field));
                        let said: Vec<String> = said.collect();
                        add(values, (!said.is_empty()).then(|| said.join(" / ")));
                    }
                }
            }
        }
        let Some(message) = rule.extension.message.as_deref().filter(|_| firing.class == Class::Match) else {
            return;
        };
        for place in places(message) {
            // Words say the same of every call; what stands behind one is not shown where it says something.
            let mut told = alternatives(place).map_while(|name| match Word::parse(name) {
                Some(Word::Target) => Some(target.clone()),
                Some(Word::Region) => Some(joined(replay, record, "awsRegion")),
                Some(_) => None,
                None if name.starts_with('\'') => Some(None),
                None if conditional(name).is_some() => None,
                None => Some(joined(replay, record, name)),
            });
            let said = told.find_map(|said| said);
            if let Some(said) = said {
                add(self.places.entry(place.to_owned()).or_default(), [said]);
            }
        }
    }

    /// Joins what another thread noted.
    pub(super) fn merge(&mut self, other: Told) {
        add(&mut self.targets, other.targets);
        add(&mut self.sources, other.sources);
        add(&mut self.keys, other.keys);
        add(&mut self.sessions, other.sessions);
        for (place, said) in other.places {
            add(self.places.entry(place).or_default(), said);
        }
        if self.counted.len() < other.counted.len() {
            self.counted.resize_with(other.counted.len(), BTreeSet::new);
        }
        for (mine, theirs) in self.counted.iter_mut().zip(other.counted) {
            add(mine, theirs);
        }
    }

    /// Gives a finding's counts the values that were counted, and says the first of them in words.
    pub(super) fn name_counted(&mut self, counts: &mut [Counted]) -> Vec<String> {
        let mut words = Vec::new();
        for (count, values) in counts.iter_mut().zip(&mut self.counted) {
            count.values = std::mem::take(values).into_iter().collect();
            let mut short = count.values.iter().map(|value| shortened(value));
            if let Some(first) = short.next() {
                let whole = count.values.len() < MOST;
                words.push(format!("{}: {}", count.what, together(first, &short.collect(), whole)));
            }
        }
        words
    }

    /// What stands at a place of the sentence: what the first call says, and what others say. `shown` makes of a value
    /// what a sentence shows of it.
    pub(super) fn at(
        &self,
        place: &str,
        first: String,
        calls: u64,
        shown: impl Fn(&str) -> String,
    ) -> String {
        let Some(said) = self.places.get(place) else { return first };
        let whole = calls <= MOST as u64 && said.len() < MOST;
        let said: BTreeSet<String> = said.iter().map(|said| shown(said)).collect();
        together(first, &said, whole)
    }

    /// An address, and whatever else the calls came from: who begins at home may go on from elsewhere.
    pub(super) fn from(&self, first: &str) -> String {
        with_others(first, &self.sources, " addresses")
    }

    /// A session's name, and the others by which the same was done: who acted may be several people.
    pub(super) fn sessions(&self, first: &str) -> String {
        with_others(first, &self.sessions, "s")
    }
}

/// One of several values, which are of a kind that `what` ends.
fn with_others(first: &str, all: &BTreeSet<String>, what: &str) -> String {
    let others: Vec<&String> = all.iter().filter(|other| *other != first).collect();
    match others.as_slice() {
        [] => first.to_owned(),
        [other] => format!("{first} and {other}"),
        others if all.len() < MOST => format!("{first} and {} other{what}", others.len()),
        others => format!("{first} and {} or more other{what}", others.len()),
    }
}

/// The values of a field in one text, if there are any.
fn joined(replay: &mut Replay<'_>, record: &Record<'_>, field: &str) -> Option<String> {
    Some(replay.field(record, field).join(", ")).filter(|text| !text.is_empty())
}

/// Of too many the first by name stay, whichever thread met them first.
fn add(values: &mut BTreeSet<String>, more: impl IntoIterator<Item = String>) {
    values.extend(more);
    while values.len() > MOST {
        values.pop_last();
    }
}

/// `whole` if these are all that there are.
fn together(first: String, said: &BTreeSet<String>, whole: bool) -> String {
    let others: Vec<&String> = said.iter().filter(|other| **other != first).collect();
    let mut length = first.chars().count();
    let fits = |other: &&&String| {
        length += other.chars().count();
        length <= NAMED.1
    };
    let named = others.iter().take(NAMED.0 - 1).take_while(fits).count();
    match (&others[..named], others.len() - named, whole) {
        ([], 0, _) => first,
        ([named @ .., last], 0, true) => listed(first, named, &format!(" and {last}")),
        (named, 0, false) => listed(first, named, " and others"),
        (named, left, true) => listed(first, named, &format!(" and {left} more")),
        (named, left, false) => listed(first, named, &format!(" and at least {left} more")),
    }
}

fn listed(first: String, others: &[&String], last: &str) -> String {
    let mut out = first;
    for other in others {
        out.push_str(", ");
        out.push_str(other);
    }
    out + last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[&str]) -> BTreeSet<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn a_sentence_names_a_few_and_counts_the_rest() {
        let told = |said: &[&str]| together("m".to_owned(), &set(said), true);
        assert_eq!(told(&["m"]), "m");
        assert_eq!(told(&["b", "m"]), "m and b");
        assert_eq!(told(&["z", "b", "m"]), "m, b and z");
        assert_eq!(told(&["a", "b", "c", "d", "m"]), "m, a, b, c and d");
        assert_eq!(told(&["a", "b", "c", "d", "e", "f", "m"]), "m, a, b, c, d and 2 more");
        let long = "l".repeat(130);
        assert_eq!(told(&["a", &long, "m"]), "m, a and 1 more");
        assert_eq!(together(long.clone(), &set(&["a", "b"]), true), format!("{long} and 2 more"));
        // Where not all calls were looked at.
        let told = |said: &[&str]| together("m".to_owned(), &set(said), false);
        assert_eq!(told(&["m"]), "m");
        assert_eq!(told(&["b", "m"]), "m, b and others");
        assert_eq!(told(&["a", "b", "c", "d", "e", "f", "m"]), "m, a, b, c, d and at least 2 more");
    }

    #[test]
    fn of_too_many_the_same_stay_in_whatever_order_they_come() {
        let names: Vec<String> = (0..3 * MOST).map(|number| format!("n{number:03}")).collect();
        let (mut forth, mut back) = (BTreeSet::new(), BTreeSet::new());
        names.iter().for_each(|name| add(&mut forth, [name.clone()]));
        names.iter().rev().for_each(|name| add(&mut back, [name.clone()]));
        assert_eq!(forth, back);
        assert_eq!(forth.len(), MOST);
    }

    #[test]
    fn addresses_are_counted() {
        let from = |sources: &[&str]| Told { sources: set(sources), ..Told::default() }.from("1.1.1.1");
        assert_eq!(from(&["1.1.1.1"]), "1.1.1.1");
        assert_eq!(from(&["1.1.1.1", "2.2.2.2"]), "1.1.1.1 and 2.2.2.2");
        assert_eq!(from(&["1.1.1.1", "2.2.2.2", "3.3.3.3"]), "1.1.1.1 and 2 other addresses");
    }
}
