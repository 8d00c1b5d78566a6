//! `travel`: two events of one group, further apart than anyone travels in the time between them.
//!
//! Of each place, stays are kept, as wide as one would need to go there and back. Whoever is elsewhere within a stay
//! is so no more than half of that from an event here: too fast for certain. Between stays only the last event here
//! and the first one there count, and both are kept. So whether there are two such events is exact; of several within
//! a stay, its first event stands for them.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::Hit;
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::super::stays::{Stay, Stays};
use super::{Case, Found};
use crate::derive::coordinates;
use crate::known::geo::distance_km;
use crate::rule::Travel;
use crate::time::{Timespan, Timestamp};

/// A place: its name, where it is, and when it was first seen.
struct Place<'p> {
    name: &'p str,
    at: (f64, f64),
    seen: Timestamp,
}

/// How somebody came: from where, how far, in which time.
struct Journey<'j> {
    from: &'j (Stay, usize),
    km: f64,
    took: Timespan,
}

pub(super) fn finish(
    case: Case<'_>,
    travel: &Travel,
    state: Map<(KeyId, KeyId), Stays>,
    insufficient: &mut Option<String>,
) -> Vec<Firing> {
    let Case { court, rule, .. } = case;
    let Some(from) = court.learnt(rule, travel.learning, false, insufficient) else { return Vec::new() };
    let (width, cut) = (case.width(), court.horizon());
    let mut groups: BTreeMap<GroupValues, BTreeMap<String, Stays>> = BTreeMap::new();
    for ((group, place), stays) in state {
        let Some((values, _)) = court.admit(group) else { continue };
        let Some(place) = court.values(place).pop() else { continue };
        let of_place = groups.entry(values).or_default().entry(place).or_default();
        stays.iter().filter(|stay| stay.last.time >= cut).for_each(|stay| of_place.insert(*stay, width));
    }
    let mut firings = Vec::new();
    for (values, places) in groups {
        let mut list: Vec<Place<'_>> = Vec::new();
        let mut stays: Vec<(Stay, usize)> = Vec::new();
        for (name, of_place) in &places {
            let (Some(at), Some(first)) = (coordinates(name), of_place.iter().next()) else { continue };
            stays.extend(of_place.iter().map(|stay| (*stay, list.len())));
            list.push(Place { name, at, seen: first.first.time });
        }
        if list.len() < 2 {
            continue;
        }
        stays.sort_by_key(|(stay, place)| (stay.first.time, *place));
        for (number, (stay, place)) in stays.iter().enumerate() {
            let moment = stay.first.time;
            if moment < from {
                continue;
            }
            if let Some(journey) = journey(travel, &list, &stays[..number], (stay, *place)) {
                firings.push(firing(case, travel, &values, &list, (stay, *place), &journey));
            }
        }
    }
    firings
}

/// The journey that was fastest, if it was too fast, between places of which one is new.
fn journey<'j>(
    travel: &Travel,
    places: &[Place<'_>],
    before: &'j [(Stay, usize)],
    (stay, place): (&Stay, usize),
) -> Option<Journey<'j>> {
    let moment = stay.first.time;
    let is_new =
        |place: usize| travel.learning.secs() == 0 || places[place].seen.ahead(travel.learning) > moment;
    let mut fastest: Option<(f64, Journey<'j>)> = None;
    for from in before {
        if from.1 == place || !(is_new(place) || is_new(from.1)) {
            continue;
        }
        let km = distance_km(places[from.1].at, places[place].at);
        // Whoever is here within a stay there was there at most half its width before or after.
        let took = moment.since(from.0.last.time.min(moment));
        let hours = f64::from(took.secs()) / f64::from(Timespan::HOUR.secs());
        if km <= travel.km || km <= travel.kmh * hours {
            continue;
        }
        let speed = if hours > 0.0 { km / hours } else { f64::INFINITY };
        if fastest.as_ref().is_none_or(|(other, _)| speed > *other) {
            fastest = Some((speed, Journey { from, km, took }));
        }
    }
    fastest.map(|(_, journey)| journey)
}

fn firing(
    case: Case<'_>,
    travel: &Travel,
    values: &[Option<String>],
    places: &[Place<'_>],
    (stay, place): (&Stay, usize),
    journey: &Journey<'_>,
) -> Firing {
    let (there, from) = (&journey.from.0, &places[journey.from.1]);
    let moment = stay.first.time;
    let took = match journey.took.secs() {
        0 => "while still there".to_owned(),
        _ => format!("{} later", journey.took.human()),
    };
    let why = vec![
        format!(
            "{} at {}, {} {took}: {:.0} km",
            from.name,
            there.last.time.min(moment),
            places[place].name,
            journey.km
        ),
        format!("faster than {:.0} km/h between places more than {:.0} km apart", travel.kmh, travel.km),
    ];
    // The nearest event there that is known, if it is part of what is judged.
    let other = if there.last.time <= moment { there.last } else { there.first };
    let mut hits = vec![stay.first];
    hits.extend(Some(other).filter(|hit| case.court.reportable(hit.time)));
    let found = Found {
        class: Class::Sequence,
        first: hits.iter().map(|hit: &Hit| hit.time).min(),
        last: Some(moment),
        moment,
        count: hits.len() as u64,
        why,
        detail: Detail::Plain,
        key_event: super::key_event(&stay.first),
        evidence: Evidence::Hits(hits),
    };
    case.firing(values, found)
}
