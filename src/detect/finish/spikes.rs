//! `spike`: more in one bucket than the group's own peak allows for.

use std::collections::BTreeMap;

use super::super::firing::{Class, Counted, Detail, Evidence, Firing, ThresholdDetail};
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Case, Found};
use crate::rule::Spike;
use crate::time::Timestamp;

pub(super) fn finish(
    case: Case<'_>,
    spike: &Spike,
    state: Map<(KeyId, u32), Vec<u64>>,
    insufficient: &mut Option<String>,
) -> Vec<Firing> {
    let Case { court, rule, .. } = case;
    let Some(from) = court.learnt(rule, spike.lookback, false, insufficient) else { return Vec::new() };
    let mut groups: BTreeMap<GroupValues, BTreeMap<u32, Vec<u64>>> = BTreeMap::new();
    for ((key, bucket), ids) in state {
        if let Some((values, _)) = court.admit(key) {
            groups.entry(values).or_default().entry(bucket).or_default().extend(ids);
        }
    }
    let mut firings = Vec::new();
    for (values, buckets) in groups {
        let counts: Vec<(u32, u64)> = buckets
            .into_iter()
            .map(|(bucket, mut ids)| {
                ids.sort_unstable();
                ids.dedup();
                (bucket, ids.len() as u64)
            })
            .collect();
        firings.extend(rises(&counts, spike, from).iter().map(|rise| firing(case, spike, &values, rise)));
    }
    firings
}

/// Buckets in a row that rise above the own peak of the lookback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rise {
    first: u32,
    last: u32,
    /// The highest count of them.
    observed: u64,
    /// The highest count before.
    peak: u64,
}

/// All rises. What began before `from` is only learnt from.
fn rises(counts: &[(u32, u64)], spike: &Spike, from: Timestamp) -> Vec<Rise> {
    let back = spike.lookback.secs() / spike.bucket.secs().max(1);
    let mut rises: Vec<Rise> = Vec::new();
    for (at, (bucket, count)) in counts.iter().enumerate() {
        if bucket.saturating_mul(spike.bucket.secs()) < from.secs() {
            continue;
        }
        let before = counts[..at].iter().rev().take_while(|(earlier, _)| bucket - earlier <= back);
        let (peak, total) =
            before.fold((0, 0), |(peak, total), (_, count)| (*count.max(&peak), total + count));
        // A rise that goes on is measured against what was before it began.
        let (peak, total) = match rises.last() {
            Some(rise) if bucket - rise.last <= 1 => (rise.peak, 0),
            _ => (peak, total),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let above = *count as f64 > spike.factor * peak as f64;
        if *count < spike.at_least || !above || spike.seldom.is_some_and(|most| total >= most) {
            continue;
        }
        match rises.last_mut() {
            Some(rise) if bucket - rise.last <= 1 => {
                rise.last = *bucket;
                rise.observed = rise.observed.max(*count);
            }
            _ => rises.push(Rise { first: *bucket, last: *bucket, observed: *count, peak }),
        }
    }
    rises
}

fn firing(case: Case<'_>, spike: &Spike, values: &[Option<String>], rise: &Rise) -> Firing {
    let Rise { first, last, observed, peak } = *rise;
    let width = spike.bucket.secs();
    let from = Timestamp::from_secs(first.saturating_mul(width));
    let to = Timestamp::from_secs(last.saturating_mul(width).saturating_add(width - 1));
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let counted = Counted {
        what: "events".to_owned(),
        observed: observed as f64,
        limit: format!(">= {} and > {} x own peak", spike.at_least, spike.factor),
        ..Counted::default()
    };
    let found = Found {
        class: Class::Spike,
        first: Some(from),
        last: Some(to),
        moment: from,
        count: observed,
        why: vec![format!(
            "{observed} events within {}; at most {peak} in any such time of the {} before",
            spike.bucket.human(),
            spike.lookback.human()
        )],
        detail: Detail::Threshold(ThresholdDetail {
            counts: vec![counted],
            window: spike.bucket,
            peak_before: Some(peak),
        }),
        key_event: from.secs().to_string(),
        evidence: Evidence::within(from, to),
    };
    case.firing(values, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timespan;

    fn rise(first: u32, last: u32, observed: u64, peak: u64) -> Rise {
        Rise { first, last, observed, peak }
    }

    #[test]
    fn rises_are_measured_against_the_own_past() {
        let spike = Spike {
            bucket: Timespan::from_hours(1),
            lookback: Timespan::from_hours(5),
            factor: 2.0,
            at_least: 3,
            seldom: None,
        };
        // A peak of 4 allows 8; five hours later it is forgotten.
        assert_eq!(rises(&[(1, 4), (3, 8)], &spike, Timestamp::MIN), [rise(1, 1, 4, 0)]);
        assert_eq!(rises(&[(1, 4), (3, 9)], &spike, Timestamp::MIN), [rise(1, 1, 4, 0), rise(3, 3, 9, 4)]);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 6)], &spike, Timestamp::MIN), [rise(3, 4, 6, 2)]);
        // What rose while it was learnt from is no beginning of what rises later.
        let from = Timestamp::from_secs(spike.bucket.secs() * 4);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 6)], &spike, from), []);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 11)], &spike, from), [rise(4, 4, 11, 5)]);
        assert_eq!(rises(&[(1, 2), (9, 3)], &spike, Timestamp::MIN), [rise(9, 9, 3, 0)]);
        let seldom = Spike { seldom: Some(2), ..spike };
        assert_eq!(rises(&[(1, 2), (3, 5)], &seldom, Timestamp::MIN), []);
        assert_eq!(rises(&[(1, 1), (3, 5), (4, 5)], &seldom, Timestamp::MIN), [rise(3, 4, 5, 1)]);
    }
}
