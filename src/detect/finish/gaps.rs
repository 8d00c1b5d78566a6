//! `log_gap`: an account's region that was always busy, and of which the logs say nothing for a while.
//!
//! What is known are the hours with events. A gap is a run of whole hours without one, between two with: it is never
//! at an edge of the logs.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, Firing, Named};
use super::{Case, Found, human};
use crate::rule::LogGap;
use crate::time::{Timespan, Timestamp};

const HOUR: u32 = 3600;

pub(super) fn finish(case: Case<'_>, gap: &LogGap) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    let mut firings = Vec::new();
    let cut = court.horizon();
    for ((account, region), days) in court.hours {
        let hours: Vec<u32> = hours(days).filter(|hour| hour * HOUR >= cut.secs()).collect();
        for number in 1..hours.len() {
            let (before, next) = (hours[number - 1], hours[number]);
            let silent = next - before - 1;
            let back = Timestamp::from_secs(next * HOUR);
            if silent * HOUR < correlation.timespan.secs() || silent == 0 || !court.reportable(back) {
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

/// How long the hours before a gap were busy throughout, if long enough.
fn steady(gap: &LogGap, hours: &[u32]) -> Option<Timespan> {
    let last = *hours.last()?;
    let lookback = gap.lookback.secs() / HOUR;
    let known = &hours[hours.partition_point(|hour| last - hour > lookback)..];
    let first = *known.first()?;
    let history = (last - first).saturating_mul(HOUR);
    let busy = known.windows(2).all(|pair| (pair[1] - pair[0] - 1).saturating_mul(HOUR) <= gap.steady.secs());
    (busy && history >= gap.learning.secs()).then_some(Timespan::from_secs(history))
}

fn firing(
    case: Case<'_>,
    gap: &LogGap,
    group: Vec<Named>,
    (before, next): (u32, u32),
    history: Timespan,
) -> Firing {
    let (from, to) = (Timestamp::from_secs((before + 1) * HOUR), Timestamp::from_secs(next * HOUR));
    let why = vec![
        format!("no event from {from} to {to}, {} at least", human(to.since(from))),
        format!("never silent for more than {} in the {} before", human(gap.steady), human(history)),
    ];
    // The hours on both sides, as far as they are judged.
    let window = Evidence::Window {
        from: from.back(Timespan::from_secs(HOUR)).max(case.court.since()),
        to: to.ahead(Timespan::from_secs(HOUR - 1)),
    };
    let found = Found {
        class: Class::Gap,
        first: Some(from),
        last: Some(to),
        moment: to,
        count: 0,
        why,
        detail: Detail::Plain,
        key_event: from.secs().to_string(),
        evidence: window,
    };
    case.court.firing(case.rule, group, found)
}
