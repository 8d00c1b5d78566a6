//! Holes in the history: accounts and regions that were hardly recorded before the time that is judged.

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
    if cut <= first.ahead(Timespan::from_days(1)) || last <= cut {
        return Vec::new();
    }
    let (start, cut, end) = (first.day(), cut.day(), last.day());
    let before = cut - start;
    let after = end + 1 - cut;
    let mut holes = Vec::new();
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
