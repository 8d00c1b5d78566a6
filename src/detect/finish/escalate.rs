//! What raises a level: events, counts, other rules.

use std::collections::{HashMap, HashSet};

use super::super::firing::{Evidence, Firing};
use super::super::plan::Plan;
use crate::event::EventId;
use crate::rule::{Body, Rule, RuleIndex, When};
use crate::time::{Stretches, Timespan, Timestamp};

/// For a detection: its conditions on events were decided with its own condition, in order.
pub(super) fn by_bits(rule: &Rule, raised: &[bool]) -> Vec<Vec<Option<bool>>> {
    let mut bits = raised.iter();
    decided(rule, |when| match when {
        When::Event(_) => Some(bits.next().copied().unwrap_or(false)),
        // A single event has no counts.
        When::Count(_) => Some(false),
        When::Rule { .. } => None,
    })
}

/// For a count: `holds` says of each limit beyond the rule's own whether it held in the window.
pub(super) fn by_counts(rule: &Rule, holds: &[bool]) -> Vec<Vec<Option<bool>>> {
    let mut counts = holds.iter();
    decided(rule, |when| match when {
        When::Count(_) => Some(counts.next().copied().unwrap_or(false)),
        When::Event(_) | When::Rule { .. } => None,
    })
}

/// For every other kind.
pub(super) fn open(rule: &Rule) -> Vec<Vec<Option<bool>>> {
    by_counts(rule, &[])
}

/// What is known of each condition of each escalation.
fn decided(rule: &Rule, mut decide: impl FnMut(&When) -> Option<bool>) -> Vec<Vec<Option<bool>>> {
    let escalations = rule.extension.escalate.iter();
    escalations.map(|escalation| escalation.when.iter().map(&mut decide).collect()).collect()
}

/// Once all rules are judged, those that are raised by others. What is told begins at `since`.
pub(super) fn by_rules(plan: &Plan, since: Timestamp, fired: &mut [Vec<Firing>]) {
    let mut wanted: HashSet<RuleIndex> = HashSet::new();
    for rule in &plan.set.rules {
        for when in rule.extension.escalate.iter().flat_map(|escalation| &escalation.when) {
            if let When::Rule { rule, .. } = when {
                wanted.insert(*rule);
            }
        }
    }
    if wanted.is_empty() {
        return;
    }
    let others: HashMap<RuleIndex, Other> = (0..fired.len())
        .filter(|rule| wanted.contains(rule))
        .map(|rule| {
            // Single events may have opened what is told.
            let single = matches!(plan.set.rules[rule].body, Body::Detection(_));
            let from = if single { Timestamp::MIN } else { since };
            (rule, Other::of(super::episodes::of(plan, fired, rule), from))
        })
        .collect();
    for (rule, firings) in fired.iter_mut().enumerate() {
        let escalate = &plan.set.rules[rule].extension.escalate;
        // By which other rule, and by which fields the firings at hand are told apart.
        let mut by_values: HashMap<(RuleIndex, Vec<String>), ByValues<'_>> = HashMap::new();
        for firing in firings {
            for (at, escalation) in escalate.iter().enumerate() {
                for (part, when) in escalation.when.iter().enumerate() {
                    let When::Rule { rule, fired, within } = when else { continue };
                    let shares = others.get(rule).is_some_and(|other| {
                        other.shares_an_event(firing)
                            || within.is_some_and(|within| {
                                let names = || firing.group.iter().map(|(name, _)| name.clone()).collect();
                                let by_values = by_values.entry((*rule, names()));
                                by_values.or_insert_with(|| other.by_values(&names())).shares(firing, within)
                            })
                    });
                    firing.raised_by[at][part] = Some(shares == *fired);
                }
            }
        }
    }
}

/// The firings of a rule that raises others.
struct Other {
    events: HashSet<EventId>,
    groups: Vec<Seen>,
}

/// For whom the other rule fired, and from when to when.
struct Seen {
    named: Vec<(String, String)>,
    first: Timestamp,
    last: Timestamp,
}

/// Fields and their values.
type Values<'o> = Vec<(&'o str, &'o str)>;

/// When the other rule fired for which values of the fields that are common.
struct ByValues<'o> {
    /// Which fields are common: not every firing has a value of each.
    fields: HashSet<Vec<&'o str>>,
    times: HashMap<Values<'o>, Stretches<()>>,
}

impl Other {
    fn of<'f>(firings: impl Iterator<Item = &'f Firing>, since: Timestamp) -> Other {
        let mut events = HashSet::new();
        let mut groups = Vec::new();
        for firing in firings {
            if let Evidence::Hits(hits) = &firing.evidence {
                // No event that is told lies before it, though a copy of one may claim to.
                events.extend(hits.iter().filter(|hit| hit.time >= since).map(|hit| hit.id));
            }
            let named = firing
                .group
                .iter()
                .filter(|(name, _)| name != "derived.outcome" && name != "derived.account");
            let named = named.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
            if let (Some(first), Some(last)) = (firing.first, firing.last) {
                groups.push(Seen { named, first, last });
            }
        }
        Other { events, groups }
    }

    /// Whether the other rule fired on an event of this firing.
    fn shares_an_event(&self, firing: &Firing) -> bool {
        matches!(&firing.evidence, Evidence::Hits(hits) if hits.iter().any(|hit| self.events.contains(&hit.id)))
    }

    /// Its firings by what they have in common with firings of groups by these fields, if anything.
    fn by_values(&self, names: &[String]) -> ByValues<'_> {
        let mut times: HashMap<Values<'_>, Vec<(Timestamp, Timestamp, ())>> = HashMap::new();
        for Seen { named, first, last } in &self.groups {
            let common = named.iter().filter(|(name, _)| names.contains(name));
            let common: Values<'_> = common.map(|(name, value)| (&**name, &**value)).collect();
            if !common.is_empty() {
                times.entry(common).or_default().push((*first, *last, ()));
            }
        }
        let fields = times.keys().map(|common| common.iter().map(|(name, _)| *name).collect()).collect();
        let times = times.into_iter().map(|(common, times)| (common, Stretches::new(times))).collect();
        ByValues { fields, times }
    }
}

impl ByValues<'_> {
    /// Whether the other rule fired for the same values of the fields that both group by, no further apart.
    fn shares(&self, firing: &Firing, within: Timespan) -> bool {
        let (Some(first), Some(last)) = (firing.first, firing.last) else { return false };
        self.fields.iter().any(|fields| {
            let mine = fields.iter().map(|name| Some((*name, firing.value(name)?)));
            let times = mine.collect::<Option<Vec<_>>>().and_then(|mine| self.times.get(&mine));
            times.is_some_and(|times| times.any(first.back(within), last.ahead(within)))
        })
    }
}
