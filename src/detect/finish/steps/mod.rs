//! `temporal` and `temporal_ordered`: every rule has matched within a window.

mod windows;

use std::collections::BTreeMap;

use self::windows::{Episode, in_any_order, in_order};
use super::super::firing::{Class, Detail, Evidence, Firing, SequenceDetail, Step};
use super::super::hits::{Hit, Hits, once_each, within};
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Case, Found};

pub(super) fn finish(case: Case<'_>, ordered: bool, state: Map<(KeyId, u8), Hits>) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    let mut groups: BTreeMap<GroupValues, Vec<Vec<Hit>>> = BTreeMap::new();
    for ((key, step), hits) in state {
        let Some((values, _)) = court.admit(key) else { continue };
        let steps = groups.entry(values).or_insert_with(|| vec![Vec::new(); correlation.rules.len()]);
        if let Some(list) = steps.get_mut(usize::from(step)) {
            list.extend(hits.sorted());
        }
    }
    let width = correlation.timespan;
    let mut firings = Vec::new();
    for (values, mut steps) in groups {
        for hits in &mut steps {
            once_each(hits, |hit| hit, |_, _| std::cmp::Ordering::Equal);
        }
        if steps.iter().any(Vec::is_empty) {
            continue;
        }
        let episodes = if ordered { in_order(&steps, width) } else { in_any_order(&steps, width) };
        for episode in episodes {
            if court.reportable(episode.to) {
                firings.push(firing(case, ordered, &values, &steps, &episode));
            }
        }
    }
    firings
}

fn firing(
    case: Case<'_>,
    ordered: bool,
    values: &[Option<String>],
    steps: &[Vec<Hit>],
    episode: &Episode,
) -> Firing {
    let Case { court, correlation, .. } = case;
    let steps: Vec<&[Hit]> = steps.iter().map(|hits| within(hits, episode.from, episode.to)).collect();
    // The first event of each step, so that the evidence shows every step before it shows repetitions.
    let mut shown: Vec<(usize, Hit)> = Vec::new();
    let mut after = episode.from;
    for (step, hits) in steps.iter().enumerate() {
        let unused = |hit: &&Hit| !ordered || shown.iter().all(|(_, other)| other.id != hit.id);
        let first = hits.iter().filter(unused).find(|hit| !ordered || hit.time >= after);
        if let Some(hit) = first.or_else(|| hits.first()) {
            after = after.max(hit.time);
            shown.push((step, *hit));
        }
    }
    let mut taken: Vec<Step> = shown
        .iter()
        .map(|(step, hit)| Step {
            rule: court.plan.set.rules[correlation.rules[*step]].name.clone(),
            time: hit.time,
        })
        .collect();
    if !ordered {
        taken.sort_by(|a, b| (a.time, &a.rule).cmp(&(b.time, &b.rule)));
    }
    let order_ambiguous = ordered && taken.windows(2).any(|pair| pair[0].time == pair[1].time);
    let mut hits: Vec<Hit> = shown.iter().map(|(_, hit)| *hit).collect();
    let mut rest: Vec<Hit> = steps.concat();
    rest.sort_by_key(Hit::order);
    hits.sort_by_key(Hit::order);
    hits.extend(rest);
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| seen.insert(hit.id));
    let names: Vec<String> = taken.iter().map(|step| step.rule.clone()).collect();
    let mut why = vec![format!(
        "{} within {} (limit {})",
        names.join(if ordered { ", then " } else { " and " }),
        episode.to.since(episode.from).human(),
        correlation.timespan.human(),
    )];
    if order_ambiguous {
        why.push("two steps fall into the same second: which came first is not recorded".to_owned());
    }
    let key = hits.first().map_or_else(String::new, super::key_event);
    let found = Found {
        class: Class::Sequence,
        first: Some(episode.from),
        last: Some(episode.to),
        moment: episode.moment,
        count: hits.len() as u64,
        why,
        detail: Detail::Sequence(SequenceDetail {
            steps: taken,
            order_ambiguous,
            window: correlation.timespan,
        }),
        key_event: key,
        evidence: Evidence::Hits(hits),
    };
    case.firing(values, found)
}
