//! `event_count` and `value_count`: how many events or distinct values a window holds.

use std::collections::BTreeMap;

use super::super::firing::{Class, Counted, Detail, Evidence, Firing, ThresholdDetail};
use super::super::hits::{Hit, once_each, within};
use super::super::intern::KeyId;
use super::super::plan::{is_minimum, limits};
use super::super::state::{Counts, GroupValues, Map};
use super::enough::{Enough, least};
use super::sweep::{Series, runs, words};
use super::{Case, Found, escalate};
use crate::rule::{CorrelationKind, Limit};
use crate::time::{Timespan, Timestamp};

#[derive(Default)]
struct Group {
    /// Whether several keys are of this group, each of which may tell of the same.
    mixed: bool,
    /// Those of each key in order.
    events: Vec<Hit>,
    /// For each limit that counts values: value, first and last moment of a span. Those of one key and value stand
    /// together and in order.
    values: Vec<Vec<(KeyId, Timestamp, Timestamp)>>,
}

pub(super) fn finish(case: Case<'_>, state: Counts) -> Vec<Firing> {
    let Case { court, rule, correlation } = case;
    let all: Vec<&Limit> = limits(&court.plan.set, rule).collect();
    let required = match &correlation.kind {
        CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) => limits.len(),
        _ => 0,
    };
    let enough = Enough::of(court, rule, &all[..required], &state);
    // Several keys, which differ in what a condition kept, may be of one group.
    let mut numbers: BTreeMap<GroupValues, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut known: Map<KeyId, Option<usize>> = Map::default();
    let mut number_of = |key: KeyId, groups: &mut Vec<Group>| {
        *known.entry(key).or_insert_with(|| {
            let (values, _) = court.admit(key)?;
            let next = groups.len();
            let number = *numbers.entry(values).or_insert(next);
            match groups.get_mut(number) {
                Some(group) => group.mixed = true,
                None => groups.push(Group::default()),
            }
            Some(number)
        })
    };
    for (key, hits) in state.events.into_iter().filter(|(key, _)| enough.may(*key)) {
        if let Some(number) = number_of(key, &mut groups) {
            groups[number].events.extend(hits.sorted());
        }
    }
    for (limit, map) in state.values.into_iter().enumerate() {
        for ((key, value), spans) in map.into_iter().filter(|((key, _), _)| enough.may(*key)) {
            let Some(number) = number_of(key, &mut groups) else { continue };
            let values = &mut groups[number].values;
            values.resize_with(values.len().max(limit + 1), Vec::new);
            let spans = spans.list(correlation.timespan);
            values[limit].extend(spans.into_iter().map(|(first, last)| (value, first, last)));
        }
    }
    let mut firings = Vec::new();
    for (values, number) in numbers {
        let mut group = std::mem::take(&mut groups[number]);
        if group.mixed {
            once_each(&mut group.events, |hit| hit, |_, _| std::cmp::Ordering::Equal);
            group.values.iter_mut().for_each(|spans| spans.sort_unstable());
        }
        judge(case, (&all, required), &values, group, &mut firings);
    }
    firings
}

fn judge(
    case: Case<'_>,
    (all, required): (&[&Limit], usize),
    values: &[Option<String>],
    group: Group,
    firings: &mut Vec<Firing>,
) {
    let width = case.correlation.timespan;
    if !may_fire(&all[..required], &group, width) {
        return;
    }
    let mut of_values = group.values.iter();
    let series: Vec<Series> = all
        .iter()
        .map(|limit| {
            let active = if limit.fields.is_empty() {
                group.events.iter().map(|hit| (hit.time, hit.time.ahead(width))).collect()
            } else {
                joined(of_values.next().map_or(&[][..], Vec::as_slice), width)
            };
            Series { active, bounds: limit.bounds.clone() }
        })
        .collect();
    // Anything but a minimum would also hold where nothing happens: only windows that end at an event are judged.
    let ends: Option<Vec<Timestamp>> = (!all[..required].iter().all(|limit| is_minimum(limit)))
        .then(|| group.events.iter().map(|hit| hit.time).collect());
    for run in runs(&series, required, width, ends.as_deref()) {
        // What came before `since` was not counted here, so it is no evidence either.
        let from = run.first_end.back(width).max(case.court.since());
        let hits = within(&group.events, from, run.last_end).to_vec();
        let counts: Vec<Counted> = all
            .iter()
            .zip(&run.peaks)
            .take(required)
            .map(|(limit, peak)| Counted {
                what: if limit.fields.is_empty() { "events".to_owned() } else { limit.fields.join(", ") },
                #[expect(clippy::cast_precision_loss, reason = "counts of events are far below 2^53")]
                observed: *peak as f64,
                limit: words(&limit.bounds),
                fields: limit.fields.clone(),
                ..Counted::default()
            })
            .collect();
        let why = counts.iter().map(|c| {
            format!("{} {} within {} (limit {})", c.observed, plural(&c.what), width.human(), c.limit)
        });
        let (first, last) = match (hits.first(), hits.last()) {
            (Some(first), Some(last)) => (first.time, last.time),
            _ => (from, run.last_end),
        };
        if !case.court.reportable(last) {
            continue;
        }
        let found = Found {
            class: Class::Threshold,
            first: Some(first),
            last: Some(last),
            moment: run.first_end,
            count: hits.len() as u64,
            why: why.collect(),
            detail: Detail::Threshold(ThresholdDetail { counts, window: width, peak_before: None }),
            key_event: run.first_end.secs().to_string(),
            evidence: if hits.is_empty() {
                Evidence::within(from, run.last_end)
            } else {
                Evidence::Hits(hits)
            },
        };
        let raised_by = escalate::by_counts(case.of(), &run.held[required..]);
        firings.push(Firing { raised_by, ..case.firing(values, found) });
    }
}

/// Whether a group has enough of everything: of events in some window, of values whenever they were.
fn may_fire(required: &[&Limit], group: &Group, width: Timespan) -> bool {
    let mut of_values = group.values.iter();
    required.iter().all(|limit| {
        let spans = if limit.fields.is_empty() { None } else { of_values.next() };
        let least = least(limit);
        match limit.fields.is_empty() {
            true => any_window(&group.events, least, width),
            false => {
                let chunks = spans.map(|spans| spans.chunk_by(|a, b| a.0 == b.0));
                least == 0 || chunks.and_then(|mut chunks| chunks.nth(least - 1)).is_some()
            }
        }
    })
}

/// Whether so many of these events, which are in order, lie within the width.
fn any_window(events: &[Hit], least: usize, width: Timespan) -> bool {
    let Some(more) = least.checked_sub(1) else { return true };
    events.iter().zip(events.iter().skip(more)).any(|(first, last)| last.time.since(first.time) <= width)
}

fn plural(what: &str) -> String {
    if what == "events" { what.to_owned() } else { format!("distinct values of {what}") }
}

/// The seconds at which a window that ends there holds each value, from spans of which those of a value stand together
/// and in order; a value that several spans of different keys tell of counts once.
fn joined<V: PartialEq>(spans: &[(V, Timestamp, Timestamp)], width: Timespan) -> Vec<(Timestamp, Timestamp)> {
    let mut active: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(spans.len());
    let mut of: Option<&V> = None;
    for (value, first, last) in spans {
        let end = last.ahead(width);
        match active.last_mut() {
            Some((_, to)) if of == Some(value) && *first <= *to => *to = end.max(*to),
            _ => active.push((*first, end)),
        }
        of = Some(value);
    }
    active
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_under_two_keys_counts_once() {
        let at = Timestamp::from_secs;
        let spans =
            [("a", at(10), at(20)), ("a", at(15), at(40)), ("a", at(90), at(90)), ("b", at(15), at(15))];
        assert_eq!(
            joined(&spans, Timespan::from_secs(5)),
            [(at(10), at(45)), (at(90), at(95)), (at(15), at(20))]
        );
    }

    #[test]
    fn a_window_holds_enough_or_none_does() {
        let hit = |time: u32| Hit {
            time: Timestamp::from_secs(time),
            id: crate::event::EventId::from_bits(u128::from(time)),
            digest: 0,
            at: crate::detect::Location::NOWHERE,
        };
        let events: Vec<Hit> = [10, 20, 31, 40].into_iter().map(hit).collect();
        let holds = |least, width| any_window(&events, least, Timespan::from_secs(width));
        assert_eq!([holds(2, 8), holds(2, 9), holds(3, 19), holds(3, 20)], [false, true, false, true]);
        assert_eq!([holds(4, 30), holds(5, 99), holds(0, 0), holds(1, 0)], [true, false, true, true]);
    }
}
