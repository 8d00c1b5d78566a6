//! Firings that belong together: episodes of a correlation with `fold`, and what `any` tells in its own name.

use std::collections::{BTreeMap, HashSet};

use super::super::firing::{Counted, Detail, Evidence, Firing, Named, Window};
use super::super::plan::Plan;
use crate::event::EventId;
use crate::rule::{Body, Correlation, CorrelationKind, Rule, RuleIndex};
use crate::time::Timespan;

/// Joins firings of correlations that lie no further apart than their rule's `fold`. Detections fold their hits
/// themselves, by default; a correlation only where its rule asks for it.
pub(super) fn fold(plan: &Plan, fired: &mut [Vec<Firing>]) {
    for (rule, firings) in plan.set.rules.iter().zip(fired) {
        if let (Body::Correlation(_), Some(gap)) = (&rule.body, rule.extension.fold) {
            *firings = joined(rule, std::mem::take(firings), gap);
        }
    }
}

fn joined(rule: &Rule, firings: Vec<Firing>, gap: Timespan) -> Vec<Firing> {
    let by = &rule.extension.fold_by;
    // A habit lasts as long as its actor works; what was raised in the midst of it is told by itself.
    let (mut all, firings): (Vec<Firing>, Vec<Firing>) = firings.into_iter().partition(Firing::is_habit);
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<Firing>> = BTreeMap::new();
    for firing in firings {
        let shared = firing.group.iter().filter(|(name, _)| by.is_empty() || by.contains(name));
        let key = shared.map(|(_, value)| value.clone()).collect();
        groups.entry(key).or_default().push(firing);
    }
    for (_, mut list) in groups {
        list.sort_by(|a, b| (a.moment, &a.key, &a.group).cmp(&(b.moment, &b.key, &b.group)));
        let mut episode: Vec<Firing> = Vec::new();
        let mut end = None;
        for firing in list {
            let apart = end.zip(firing.first).is_some_and(|(end, first)| first.since(end) > gap);
            if apart {
                all.extend(one(std::mem::take(&mut episode)));
                end = None;
            }
            end = end.max(firing.last);
            episode.push(firing);
        }
        all.extend(one(episode));
    }
    all
}

/// The first firing, speaking for all of an episode.
fn one(episode: Vec<Firing>) -> Option<Firing> {
    let number = episode.len();
    let mut all = episode.into_iter();
    let mut first = all.next()?;
    if number == 1 {
        return Some(first);
    }
    let mut seen = Events::of(&first);
    all.for_each(|other| absorb(&mut first, other, &mut seen));
    first.episodes = number as u64;
    // Where a window ends is not when its last event was.
    let end = first.last.filter(|_| matches!(first.evidence, Evidence::Hits(_)));
    let end = end.map(|last| format!(" until {last}")).unwrap_or_default();
    let which = if matches!(first.detail, Detail::Threshold(_)) { "highest" } else { "first" };
    first.why.push(format!("the {which} of {number} such findings{end}, told as one"));
    Some(first)
}

/// The events that a firing is known to stand for.
pub(super) struct Events(HashSet<EventId>);

impl Events {
    pub(super) fn of(firing: &Firing) -> Events {
        Events(match &firing.evidence {
            Evidence::Hits(hits) => hits.iter().map(|hit| hit.id).collect(),
            Evidence::Windows(_) => HashSet::new(),
        })
    }
}

/// Lets a firing speak for a later one, too; `seen` are its events.
pub(super) fn absorb(first: &mut Firing, other: Firing, seen: &mut Events) {
    first.last = first.last.max(other.last);
    first.base = first.base.max(other.base);
    for (mine, theirs) in first.raised_by.iter_mut().flatten().zip(other.raised_by.into_iter().flatten()) {
        *mine = match (*mine, theirs) {
            (Some(mine), Some(theirs)) => Some(mine | theirs),
            (mine, theirs) => mine.or(theirs).filter(|known| *known),
        };
    }
    match (&mut first.detail, other.detail) {
        (Detail::NewTerm(mine), Detail::NewTerm(theirs)) => {
            if mine.terms.is_empty() {
                mine.terms.push(mine.term.clone());
            }
            let new = if theirs.terms.is_empty() { vec![theirs.term] } else { theirs.terms };
            mine.terms.extend(new);
        }
        (Detail::Threshold(mine), Detail::Threshold(theirs)) => {
            let height = |counts: &[Counted]| counts.first().map(|count| count.observed);
            if height(&theirs.counts) > height(&mine.counts) {
                first.why = other.why;
            }
            for (mine, theirs) in mine.counts.iter_mut().zip(&theirs.counts) {
                mine.observed = mine.observed.max(theirs.observed);
            }
        }
        _ => {}
    }
    match (&mut first.evidence, other.evidence) {
        (Evidence::Hits(mine), Evidence::Hits(theirs)) => {
            mine.extend(theirs.into_iter().filter(|hit| seen.0.insert(hit.id)));
            first.count = mine.len() as u64;
        }
        (Evidence::Windows(mine), Evidence::Windows(theirs)) => {
            let values = |group: &[Named]| group.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
            let group = (first.group != other.group).then(|| values(&other.group));
            mine.extend(theirs.into_iter().map(|window| Window { group: group.clone(), ..window }));
        }
        _ => {}
    }
}

/// By rule, how many of the reported ones tell its firings.
pub(super) fn tellers(plan: &Plan, reported: &[RuleIndex]) -> Vec<u32> {
    let mut tellers = vec![0; plan.reported.len()];
    reported.iter().flat_map(|rule| parts(plan, *rule)).for_each(|part| tellers[part] += 1);
    tellers
}

/// What the reported rules tell, moved where none of the `tellers` that are left tells it too.
pub(super) fn told(
    plan: &Plan,
    mut fired: Vec<Vec<Firing>>,
    reported: &[RuleIndex],
    mut tellers: Vec<u32>,
) -> Vec<Firing> {
    let mut told = Vec::new();
    for rule in reported {
        for part in parts(plan, *rule) {
            tellers[part] -= 1;
            let mut firings = match tellers[part] {
                0 => std::mem::take(&mut fired[part]),
                _ => fired[part].clone(),
            };
            firings.iter_mut().for_each(|firing| firing.told_as = *rule);
            told.append(&mut firings);
        }
    }
    told
}

/// What a rule is told: its own firings; for `any`, those of its rules.
pub(super) fn of<'f>(
    plan: &Plan,
    fired: &'f [Vec<Firing>],
    rule: RuleIndex,
) -> impl Iterator<Item = &'f Firing> + use<'f> {
    parts(plan, rule).into_iter().flat_map(|part| &fired[part])
}

/// The rules without which a rule says less: itself, and all that it counts, joins or tells.
pub(super) fn ingredients(plan: &Plan, rule: RuleIndex) -> Vec<RuleIndex> {
    let mut all = vec![rule];
    if let Body::Correlation(correlation) = &plan.set.rules[rule].body {
        all.extend(correlation.rules.iter().flat_map(|other| ingredients(plan, *other)));
    }
    all
}

/// The rules whose firings a rule tells: itself, or, for `any`, those it names.
pub(super) fn parts(plan: &Plan, rule: RuleIndex) -> Vec<RuleIndex> {
    match &plan.set.rules[rule].body {
        Body::Correlation(Correlation { kind: CorrelationKind::Any, rules, .. }) => {
            rules.iter().flat_map(|other| parts(plan, *other)).collect()
        }
        _ => vec![rule],
    }
}
