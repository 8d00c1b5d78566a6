//! Holes in the history: accounts and regions that were hardly recorded before the time that is judged.

use std::collections::BTreeSet;

use crate::detect::{Plan, Settings, Shard};
use crate::finding::Insufficient;
use crate::rule::{Body, CorrelationKind};
use crate::time::{Timespan, Timestamp};

/// The accounts and regions that are busy on most days that are judged, but were recorded on less than half of the
/// days before. Their terms are new for want of history; findings are reported all the same.
pub(super) fn holes(plan: &Plan, shard: &Shard, settings: &Settings) -> Vec<Insufficient> {
    let learning =
        plan.rules().rules.iter().enumerate().filter(|(i, _)| plan.reports(*i)).filter_map(|(_, rule)| {
            match &rule.body {
                Body::Correlation(correlation) => match &correlation.kind {
                    CorrelationKind::NewTerms(terms) => Some(terms.learning),
                    _ => None,
                },
                Body::Detection(_) => None,
            }
        });
    let (Some(learning), (Some(first), Some(last))) = (learning.max(), shard.span()) else {
        return Vec::new();
    };
    let cut: Timestamp = settings.since.unwrap_or(first.ahead(learning));
    if cut <= first.ahead(Timespan::DAY) || last <= cut {
        return Vec::new();
    }
    let mut holes: Vec<Insufficient> =
        settings.since.is_none().then(|| gap(shard, learning)).flatten().into_iter().collect();
    let (start, cut, end) = (first.day(), cut.day(), last.day());
    let before = cut - start;
    let after = end + 1 - cut;
    for ((account, region), days) in shard.days() {
        let known = u32::try_from(days.range(start..cut).count()).unwrap_or(u32::MAX);
        let judged = u32::try_from(days.range(cut..=end).count()).unwrap_or(u32::MAX);
        if judged * 2 > after && known * 2 < before {
            holes.push(Insufficient {
                rule: None,
                account: Some(account.clone()),
                region: Some(region.clone()),
                reason: format!("events on {known} of the {before} days of history"),
            });
        }
    }
    holes
}

/// The last stretch without any event that is as long as what rules learn from: one old file among new ones makes a long
/// history of which little is known, and what comes after it is new for want of it.
fn gap(shard: &Shard, learning: Timespan) -> Option<Insufficient> {
    let days: BTreeSet<u32> = shard.days().values().flatten().copied().collect();
    let least = learning.secs() / Timespan::DAY.secs();
    let mut pairs = days.iter().zip(days.iter().skip(1)).rev();
    let (before, after) = pairs.find(|(before, after)| **after - **before > least.max(1))?;
    let reason = format!(
        "no events for {} days until {}: what is new from then on may only lack history; with `--since` a day after \
         that, what comes before it is learnt from",
        after - before - 1,
        Timestamp::of_day(*after).date()
    );
    Some(Insufficient { rule: None, account: None, region: None, reason })
}
