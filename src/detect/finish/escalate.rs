//! What raises a level: events, counts, other rules.

use std::collections::{HashMap, HashSet};

use super::super::firing::{Evidence, Firing};
use super::super::plan::Plan;
use crate::event::EventId;
use crate::rule::{Rule, RuleIndex, When};
use crate::time::Timestamp;

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

/// Once all rules are judged, those that are raised by others.
pub(super) fn by_rules(plan: &Plan, fired: &mut [Vec<Firing>]) {
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
        .map(|rule| (rule, Other::of(super::episodes::of(plan, fired, rule))))
        .collect();
    for (rule, firings) in fired.iter_mut().enumerate() {
        let escalate = &plan.set.rules[rule].extension.escalate;
        for firing in firings {
            for (at, escalation) in escalate.iter().enumerate() {
                for (part, when) in escalation.when.iter().enumerate() {
                    if let When::Rule { rule, fired, within } = when {
                        let shares = others.get(rule).is_some_and(|other| other.shares(firing, *within));
                        firing.raised_by[at][part] = Some(shares == *fired);
                    }
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
type Seen = (Vec<(String, String)>, Option<Timestamp>, Option<Timestamp>);

impl Other {
    fn of<'f>(firings: impl Iterator<Item = &'f Firing>) -> Other {
        let mut events = HashSet::new();
        let mut groups = Vec::new();
        for firing in firings {
            if let Evidence::Hits(hits) = &firing.evidence {
                events.extend(hits.iter().map(|hit| hit.id));
            }
            let named = firing
                .group
                .iter()
                .filter(|(name, _)| name != "derived.outcome" && name != "derived.account");
            let named = named.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
            groups.push((named, firing.first, firing.last));
        }
        Other { events, groups }
    }

    /// Whether the other rule fired on an event of this firing; or, if a time is given, for the same values of the
    /// fields that both group by, no further apart.
    fn shares(&self, firing: &Firing, within: Option<crate::time::Timespan>) -> bool {
        if let Evidence::Hits(hits) = &firing.evidence
            && hits.iter().any(|hit| self.events.contains(&hit.id))
        {
            return true;
        }
        let Some(within) = within else { return false };
        self.groups.iter().any(|(named, first, last)| {
            let mut common = 0;
            let same = named.iter().all(|(name, value)| {
                match firing.group.iter().find(|(other, _)| other == name) {
                    Some((_, mine)) => {
                        common += 1;
                        mine.as_ref() == Some(value)
                    }
                    None => true,
                }
            });
            let (Some(first), Some(last)) = (first, last) else { return false };
            let (Some(my_first), Some(my_last)) = (firing.first, firing.last) else { return false };
            same && common > 0 && *first <= my_last.ahead(within) && my_first <= last.ahead(within)
        })
    }
}
