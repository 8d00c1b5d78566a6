//! `value_sum`, `value_avg`, `value_percentile`: a figure over the numbers in a window.

use std::collections::BTreeMap;

use super::super::firing::{Class, Counted, Detail, Evidence, Firing, ThresholdDetail};
use super::super::hits::{Hit, once_each};
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Case, Found};
use crate::rule::{CorrelationKind, Figure, Order, bounds};

pub(super) fn finish(
    case: Case<'_>,
    figure: Figure,
    limits: &[(Order, f64)],
    state: Map<KeyId, Vec<(Hit, f64)>>,
) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    let mut groups: BTreeMap<GroupValues, Vec<(Hit, f64)>> = BTreeMap::new();
    for (key, list) in state {
        if let Some((values, _)) = court.admit(key) {
            groups.entry(values).or_default().extend(list);
        }
    }
    let width = correlation.timespan;
    let mut firings: Vec<Firing> = Vec::new();
    for (values, mut list) in groups {
        once_each(&mut list, |(hit, _)| hit, |(_, a), (_, b)| a.total_cmp(b));
        let mut start = 0;
        let mut runs: Vec<(usize, usize, f64)> = Vec::new();
        for end in 0..list.len() {
            // Events of the same second belong to the same window.
            if list.get(end + 1).is_some_and(|(next, _)| next.time == list[end].0.time) {
                continue;
            }
            while list[end].0.time.since(list[start].0.time) > width {
                start += 1;
            }
            let value = compute(figure, list[start..=end].iter().map(|(_, number)| *number));
            if limits.iter().all(|(order, limit)| order.holds(value, *limit)) {
                match runs.last_mut() {
                    Some((_, last, peak)) if list[start].0.time <= list[*last].0.time => {
                        *last = end;
                        *peak = peak.max(value);
                    }
                    _ => runs.push((start, end, value)),
                }
            }
        }
        for (from, to, value) in runs {
            let hits: Vec<Hit> = list[from..=to].iter().map(|(hit, _)| *hit).collect();
            let (first, last) = (list[from].0, list[to].0);
            if !court.reportable(last.time) {
                continue;
            }
            let CorrelationKind::Numeric { field, .. } = &correlation.kind else { continue };
            let counted = Counted {
                what: format!("{} of {field}", name(figure)),
                observed: value,
                limit: bounds(limits),
                ..Counted::default()
            };
            let found = Found {
                class: Class::Threshold,
                first: Some(first.time),
                last: Some(last.time),
                moment: last.time,
                count: hits.len() as u64,
                why: vec![format!(
                    "{} is {value} within {} (limit {})",
                    counted.what,
                    width.human(),
                    counted.limit
                )],
                detail: Detail::Threshold(ThresholdDetail {
                    counts: vec![counted],
                    window: width,
                    peak_before: None,
                }),
                key_event: super::key_event(&first),
                evidence: Evidence::Hits(hits),
            };
            firings.push(case.firing(&values, found));
        }
    }
    firings
}

fn name(figure: Figure) -> String {
    match figure {
        Figure::Sum => "sum".to_owned(),
        Figure::Average => "average".to_owned(),
        Figure::Percentile(rank) => format!("percentile {rank}"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and ranks"
)]
fn compute(figure: Figure, numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    // Sorted, so that the sum does not depend on the order of ties.
    sorted.sort_by(f64::total_cmp);
    let sum: f64 = sorted.iter().sum();
    match figure {
        Figure::Sum => sum,
        Figure::Average => sum / sorted.len() as f64,
        Figure::Percentile(rank) => {
            let nearest = (rank / 100.0 * sorted.len() as f64).ceil().max(1.0) as usize;
            sorted[nearest.min(sorted.len()) - 1]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let all = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert_eq!(compute(Figure::Sum, all.into_iter()), 160.0);
        assert_eq!(compute(Figure::Average, all.into_iter()), 32.0);
        assert_eq!(compute(Figure::Percentile(30.0), all.into_iter()), 20.0);
        assert_eq!(compute(Figure::Percentile(100.0), all.into_iter()), 50.0);
        assert_eq!(compute(Figure::Percentile(0.0), all.into_iter()), 15.0);
    }
}
