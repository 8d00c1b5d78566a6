//! `spike`: more in one bucket than the group's own peak allows for.

use std::collections::BTreeMap;

use super::super::firing::{Class, Counted, Detail, Evidence, Firing, ThresholdDetail};
use super::super::intern::KeyId;
use super::super::state::Map;
use super::{Court, escalate, human};
use crate::rule::{Correlation, RuleIndex, Spike};
use crate::time::Timestamp;

pub(super) fn finish(
    court: &Court<'_>,
    rule: RuleIndex,
    correlation: &Correlation,
    spike: &Spike,
    state: Map<(KeyId, u32), Vec<u64>>,
    insufficient: &mut Vec<(RuleIndex, String)>,
) -> Vec<Firing> {
    let Some(from) = court.learnt(rule, spike.lookback, false, insufficient) else { return Vec::new() };
    let mut groups: BTreeMap<Vec<Option<String>>, BTreeMap<u32, Vec<u64>>> = BTreeMap::new();
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
        for (first, last, observed, peak) in rises(&counts, spike, from) {
            let width = spike.bucket.secs();
            let begin = Timestamp::from_secs(first.saturating_mul(width));
            let end = Timestamp::from_secs(last.saturating_mul(width).saturating_add(width - 1));
            firings.push(firing(court, rule, correlation, spike, &values, (begin, end), observed, peak));
        }
    }
    firings
}

/// Buckets that rise above the own peak of the lookback, neighbours joined: first, last, highest count, peak before.
/// What began before `from` is only learnt from.
fn rises(counts: &[(u32, u64)], spike: &Spike, from: Timestamp) -> Vec<(u32, u32, u64, u64)> {
    let back = spike.lookback.secs() / spike.bucket.secs().max(1);
    let mut rises: Vec<(u32, u32, u64, u64)> = Vec::new();
    for (at, (bucket, count)) in counts.iter().enumerate() {
        if bucket.saturating_mul(spike.bucket.secs()) < from.secs() {
            continue;
        }
        let before = counts[..at].iter().rev().take_while(|(earlier, _)| bucket - earlier <= back);
        let (peak, total) =
            before.fold((0, 0), |(peak, total), (_, count)| (*count.max(&peak), total + count));
        // A rise that goes on is measured against what was before it began.
        let (peak, total) = match rises.last() {
            Some((_, last, _, peak)) if bucket - last <= 1 => (*peak, 0),
            _ => (peak, total),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let above = *count as f64 > spike.factor * peak as f64;
        if *count < spike.at_least || !above || spike.seldom.is_some_and(|most| total >= most) {
            continue;
        }
        match rises.last_mut() {
            Some((_, last, most, _)) if bucket - *last <= 1 => {
                *last = *bucket;
                *most = (*most).max(*count);
            }
            _ => rises.push((*bucket, *bucket, *count, peak)),
        }
    }
    rises
}

#[expect(clippy::too_many_arguments, reason = "the parts of one firing, named where they are made")]
fn firing(
    court: &Court<'_>,
    rule: RuleIndex,
    correlation: &Correlation,
    spike: &Spike,
    values: &[Option<String>],
    (from, to): (Timestamp, Timestamp),
    observed: u64,
    peak: u64,
) -> Firing {
    let of = &court.plan.set.rules[rule];
    let limit = format!(">= {} and > {} x own peak", spike.at_least, spike.factor);
    let why = vec![format!(
        "{observed} events within {}; at most {peak} in any such time of the {} before",
        human(spike.bucket),
        human(spike.lookback)
    )];
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let number = observed as f64;
    let counted = Counted { what: "events".to_owned(), observed: number, limit, ..Counted::default() };
    Firing {
        rule,
        told_as: rule,
        episodes: 1,
        group: Court::named(correlation, values.to_vec()),
        class: Class::Spike,
        first: Some(from),
        last: Some(to),
        moment: from,
        count: observed,
        base: of.level,
        raised_by: escalate::open(of),
        why,
        detail: Detail::Threshold(ThresholdDetail {
            counts: vec![counted],
            window: spike.bucket,
            peak_before: Some(peak),
        }),
        key_event: from.secs().to_string(),
        evidence: Evidence::Window { from, to },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timespan;

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
        assert_eq!(rises(&[(1, 4), (3, 8)], &spike, Timestamp::MIN), [(1, 1, 4, 0)]);
        assert_eq!(rises(&[(1, 4), (3, 9)], &spike, Timestamp::MIN), [(1, 1, 4, 0), (3, 3, 9, 4)]);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 6)], &spike, Timestamp::MIN), [(3, 4, 6, 2)]);
        // What rose while it was learnt from is no beginning of what rises later.
        let from = Timestamp::from_secs(spike.bucket.secs() * 4);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 6)], &spike, from), []);
        assert_eq!(rises(&[(1, 2), (3, 5), (4, 11)], &spike, from), [(4, 4, 11, 5)]);
        assert_eq!(rises(&[(1, 2), (9, 3)], &spike, Timestamp::MIN), [(9, 9, 3, 0)]);
        let seldom = Spike { seldom: Some(2), ..spike };
        assert_eq!(rises(&[(1, 2), (3, 5)], &seldom, Timestamp::MIN), []);
        assert_eq!(rises(&[(1, 1), (3, 5), (4, 5)], &seldom, Timestamp::MIN), [(3, 4, 5, 1)]);
    }
}
