//! Detections: hits of one principal, account and outcome fold into episodes.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::super::FOLD;
use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::{Hit, Hits};
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Court, Found, escalate};
use crate::outcome::Outcome;
use crate::rule::RuleIndex;
use crate::time::Timestamp;

/// A hit, and which conditions on events hold for it.
type Judged = (Hit, Vec<bool>);

/// The hits of each key of a group: several differ in which conditions on events hold.
type Keys = SmallVec<[(Hits, Vec<bool>); 1]>;

pub(super) fn finish(court: &Court<'_>, rule: RuleIndex, state: Map<KeyId, Hits>) -> Vec<Firing> {
    let mut groups: BTreeMap<GroupValues, Keys> = BTreeMap::new();
    for (key, hits) in state {
        if let Some((values, raised)) = court.admit(key) {
            groups.entry(values).or_default().push((hits, raised));
        }
    }
    let mut firings = Vec::new();
    for (values, keys) in groups {
        let alone = keys.len() == 1;
        let judged = keys
            .into_iter()
            .flat_map(|(hits, raised)| hits.sorted().into_iter().map(move |hit| (hit, raised.clone())));
        let judged: Vec<Judged> = judged.collect();
        episodes(court, rule, &values, if alone { judged } else { once_each(judged) }, &mut firings);
    }
    firings
}

/// Copies of one event that differ may lie under different keys: the preferred copy stays, and what any copy says
/// raises the level.
fn once_each(mut hits: Vec<Judged>) -> Vec<Judged> {
    hits.sort_by_key(|(hit, _)| hit.preference());
    let mut once: Vec<Judged> = Vec::with_capacity(hits.len());
    for (hit, raised) in hits {
        match once.last_mut() {
            Some((kept, of_kept)) if kept.id == hit.id => {
                of_kept.iter_mut().zip(raised).for_each(|(mine, theirs)| *mine |= theirs);
            }
            _ => once.push((hit, raised)),
        }
    }
    once.sort_by_key(|(hit, _)| hit.order());
    once
}

fn episodes(
    court: &Court<'_>,
    rule: RuleIndex,
    values: &[Option<String>],
    hits: Vec<Judged>,
    firings: &mut Vec<Firing>,
) {
    let of = &court.plan.set.rules[rule];
    let gap = of.extension.fold.unwrap_or(FOLD);
    let names = ["derived.principal", "derived.account", "derived.outcome"].into_iter().map(str::to_owned);
    let names = names.chain(of.extension.split_by.iter().cloned());
    let group: Vec<_> = names.zip(values.iter().cloned()).collect();
    let outcome = values.get(2).and_then(|name| Outcome::named(name.as_deref()?)).unwrap_or(Outcome::Success);
    let base = of.extension.outcomes.and_then(|outcomes| outcomes.level(outcome));
    let mut episode: Vec<Judged> = Vec::new();
    let mut close = |episode: &mut Vec<Judged>| {
        let hits: Vec<Hit> = episode.iter().map(|(hit, _)| *hit).collect();
        let Some((first, last)) = hits.first().zip(hits.last()) else { return };
        let raised = episode.iter().fold(Vec::new(), |mut all: Vec<bool>, (_, raised)| {
            all.resize(all.len().max(raised.len()), false);
            all.iter_mut().zip(raised).for_each(|(mine, theirs)| *mine |= *theirs);
            all
        });
        let known = |time: Timestamp| (time > Timestamp::MIN).then_some(time);
        let raised_by = escalate::by_bits(of, &raised);
        let found = Found {
            class: Class::Match,
            first: hits.iter().find_map(|hit| known(hit.time)),
            last: known(last.time),
            moment: first.time,
            count: hits.len() as u64,
            why: Vec::new(),
            detail: Detail::Plain,
            key_event: super::key_event(first),
            evidence: Evidence::Hits(hits),
        };
        let firing = court.firing(rule, group.clone(), found);
        firings.push(Firing { base: base.unwrap_or(of.level), raised_by, ..firing });
        episode.clear();
    };
    for (hit, raised) in hits {
        if !court.reportable(hit.time) {
            continue;
        }
        if episode.last().is_some_and(|(before, _)| hit.time.since(before.time) > gap) {
            close(&mut episode);
        }
        episode.push((hit, raised));
    }
    close(&mut episode);
}
