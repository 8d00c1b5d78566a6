//! `log_gap`: an account's region that was always busy, and of which the logs say nothing for a while.
//!
//! What is known are the hours with events. A gap is a run of whole hours without one, between two with: it is never
//! at an edge of the logs.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, Firing, Named};
use super::{Case, Found};
use crate::rule::LogGap;
use crate::time::{Timespan, Timestamp};

pub(super) fn finish(case: Case<'_>, gap: &LogGap) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    let mut firings = Vec::new();
    let cut = court.horizon();
    for ((account, region), days) in court.hours {
        let hours: Vec<u32> = hours(days).filter(|hour| Timestamp::of_hour(*hour) >= cut).collect();
        for number in 1..hours.len() {
            let (before, next) = (hours[number - 1], hours[number]);
            let silent = between(before, next);
            let back = Timestamp::of_hour(next);
            if silent < correlation.timespan || silent.secs() == 0 || !court.reportable(back) {
                continue;
            }
            if let Some(history) = steady(gap, &hours[..number]) {
                let place = [("recipientAccountId", account), ("awsRegion", region)];
                let place = place.map(|(name, value)| (name.to_owned(), Some(value.clone()))).to_vec();
                firings.push(firing(case, gap, place, (before, next), history));
            }
        }
    }
    firings
}

fn hours(days: &BTreeMap<u32, u32>) -> impl Iterator<Item = u32> + '_ {
    days.iter().flat_map(|(day, bits)| {
        (0..24).filter(move |hour| bits >> hour & 1 == 1).map(move |hour| day * 24 + hour)
    })
}

/// How long it was silent between two hours with events.
fn between(before: u32, next: u32) -> Timespan {
    Timespan::from_hours(next - before - 1)
}

/// How long the hours before a gap were busy throughout, if long enough.
fn steady(gap: &LogGap, hours: &[u32]) -> Option<Timespan> {
    let last = *hours.last()?;
    let lookback = gap.lookback.secs() / Timespan::HOUR.secs();
    let known = &hours[hours.partition_point(|hour| last - hour > lookback)..];
    let first = *known.first()?;
    let history = Timespan::from_hours(last - first);
    let busy = known.windows(2).all(|pair| between(pair[0], pair[1]) <= gap.steady);
    (busy && history >= gap.learning).then_some(history)
}

fn firing(
    case: Case<'_>,
    gap: &LogGap,
    group: Vec<Named>,
    (before, next): (u32, u32),
    history: Timespan,
) -> Firing {
    let (from, to) = (Timestamp::of_hour(before + 1), Timestamp::of_hour(next));
    let why = vec![
        format!("no event from {from} to {to}, {} at least", to.since(from).human()),
        format!("never silent for more than {} in the {} before", gap.steady.human(), history.human()),
    ];
    // The hours on both sides, as far as they are judged.
    let around = Evidence::within(
        from.back(Timespan::HOUR).max(case.court.since()),
        to.ahead(Timespan::from_secs(Timespan::HOUR.secs() - 1)),
    );
    let found = Found {
        class: Class::Gap,
        first: Some(from),
        last: Some(to),
        moment: to,
        count: 0,
        why,
        detail: Detail::Plain,
        key_event: from.secs().to_string(),
        evidence: around,
    };
    case.court.firing(case.rule, group, found)
}
