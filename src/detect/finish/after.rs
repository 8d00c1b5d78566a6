//! `after`: events in the time that another event opened.
//!
//! A time lasts from an opening event (and its grace) until the next opening, the first closing one, or the timespan.
//! Of what is looked for, stays are kept (a day wide), not events. So an event is found exactly where it begins or
//! ends a stay, and where a stay covers more than its width of the time it is looked up in the files; nothing is said
//! of a shorter time in the midst of a stay. Of what came before `since` the last of each part is known.

use std::collections::{BTreeMap, BTreeSet};

use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::{Hit, once_each};
use super::super::key;
use super::super::state::{GroupValues, Phases};
use super::super::stays::Stays;
use super::{Case, Found};
use crate::rule::{After, Correlation};
use crate::time::{Timespan, Timestamp};

/// The compared values of an event.
type Values = Vec<Option<String>>;

#[derive(Default)]
struct Group {
    opens: Vec<(Hit, Values)>,
    closes: Vec<Hit>,
    uses: BTreeMap<Values, Stays>,
    used_before: bool,
}

/// A time that an event opened: from the first second to the last.
struct Time<'g> {
    opened: &'g Hit,
    values: &'g Values,
    from: Timestamp,
    to: Timestamp,
}

pub(super) fn finish(case: Case<'_>, after: &After, state: Phases) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    let width = case.width();
    let values = |id| key::split(court.keys.get(id)).0;
    let mut groups: BTreeMap<GroupValues, Group> = BTreeMap::new();
    for (group, list) in state.opens {
        let Some((name, _)) = court.admit(group) else { continue };
        groups.entry(name).or_default().opens.extend(list.into_iter().map(|(hit, of)| (hit, values(of))));
    }
    for (group, hits) in state.closes {
        let Some((name, _)) = court.admit(group) else { continue };
        groups.entry(name).or_default().closes.extend(hits.sorted());
    }
    for ((group, of), stays) in state.uses {
        let Some((name, _)) = court.admit(group) else { continue };
        groups.entry(name).or_default().uses.entry(values(of)).or_default().merge(stays, width);
    }
    for group in state.used_before.into_keys() {
        let Some((name, _)) = court.admit(group) else { continue };
        groups.entry(name).or_default().used_before = true;
    }
    let mut firings = Vec::new();
    for (name, mut group) in groups {
        once_each(&mut group.opens, |(hit, _)| hit, |(_, a), (_, b)| a.cmp(b));
        for time in times(correlation, after, &group) {
            let evidence = match after.first {
                true => first_of_all(&group, after, &time).map(|hit| Evidence::Hits(vec![hit])),
                false => within(&group, after, &time, width),
            };
            if let Some(evidence) = evidence {
                firings.push(firing(case, &name, &time, evidence));
            }
        }
    }
    firings
}

fn times<'g>(correlation: &Correlation, after: &After, group: &'g Group) -> Vec<Time<'g>> {
    let opens = group.opens.iter().enumerate();
    opens
        .filter_map(|(number, (opened, values))| {
            let next = group.opens.get(number + 1).map(|(next, _)| next.time);
            let closed = group.closes.iter().map(|hit| hit.time).filter(|time| *time >= opened.time).min();
            let from = opened.time.ahead(after.grace);
            let mut to = opened.time.ahead(correlation.timespan);
            // What ends a time, or begins the next, is not part of it.
            for end in [next, closed].into_iter().flatten() {
                to = to.min(Timestamp::from_secs(end.secs().checked_sub(1)?));
            }
            (from <= to).then_some(Time { opened, values, from, to })
        })
        .collect()
}

fn differs(after: &After, ours: &Values, theirs: &Values) -> bool {
    let pairs = ours.iter().zip(theirs);
    let other = |(a, b): (&Option<String>, &Option<String>)| a.is_some() && b.is_some() && a != b;
    after.differs.is_empty() || pairs.into_iter().any(other)
}

/// The first event of all, if it lies in the time and differs.
fn first_of_all(group: &Group, after: &After, time: &Time<'_>) -> Option<Hit> {
    if group.used_before {
        return None;
    }
    let firsts = group.uses.iter().filter_map(|(values, stays)| Some((stays.iter().next()?.first, values)));
    let (hit, values) = firsts.min_by_key(|(hit, values)| (hit.order(), hit.digest, hit.at, *values))?;
    let inside = hit.time >= time.from && hit.time <= time.to && hit.id != time.opened.id;
    (inside && differs(after, time.values, values)).then_some(hit)
}

fn within(group: &Group, after: &After, time: &Time<'_>, width: Timespan) -> Option<Evidence> {
    let inside = |hit: &Hit| hit.time >= time.from && hit.time <= time.to && hit.id != time.opened.id;
    let mut hits: BTreeMap<crate::event::EventId, Hit> = BTreeMap::new();
    let mut covered = BTreeSet::new();
    for (_, stays) in group.uses.iter().filter(|(values, _)| differs(after, time.values, values)) {
        for stay in stays.iter() {
            for hit in [stay.first, stay.last].into_iter().filter(inside) {
                hits.insert(hit.id, hit);
            }
            // No two events of a stay are further apart than its width: one of them lies in there.
            let over = stay.first.time < time.from && stay.last.time > time.to;
            if over && time.to.since(time.from) >= width {
                covered.insert(time.from.ahead(width));
            }
        }
    }
    let mut hits: Vec<Hit> = hits.into_values().collect();
    hits.sort_by_key(Hit::order);
    match covered.first() {
        _ if !hits.is_empty() => Some(Evidence::Hits(hits)),
        Some(to) => Some(Evidence::within(time.from, *to)),
        None => None,
    }
}

fn firing(case: Case<'_>, values: &[Option<String>], time: &Time<'_>, mut evidence: Evidence) -> Firing {
    let (first, last) = match &evidence {
        Evidence::Hits(hits) => (hits.first().map(|hit| hit.time), hits.last().map(|hit| hit.time)),
        Evidence::Windows(windows) => windows.first().map(|window| (window.from, window.to)).unzip(),
    };
    let since = first.map_or(0, |first| first.secs() - time.opened.time.secs());
    let why = vec![format!(
        "{} after the event of {} that came before",
        Timespan::from_secs(since).human(),
        time.opened.time
    )];
    // What was done is shown first, then what had come before.
    if let Evidence::Hits(hits) = &mut evidence {
        hits.push(*time.opened);
    }
    let count = if let Evidence::Hits(hits) = &evidence { hits.len() as u64 } else { 1 };
    let found = Found {
        class: Class::Sequence,
        first,
        last,
        moment: first.unwrap_or(time.from),
        count,
        why,
        detail: Detail::Plain,
        key_event: super::key_event(time.opened),
        evidence,
    };
    case.firing(values, found)
}
