//! Figures that rules are judged by: limits of counts, widths of spans.

use crate::rule::{Body, Correlation, CorrelationKind, Limit, Order, RuleIndex, RuleSet, Travel, When};
use crate::time::Timespan;

/// The limits of a counting rule: its conditions, then those that raise its level.
pub(crate) fn limits(set: &RuleSet, rule: RuleIndex) -> impl Iterator<Item = &Limit> {
    let rule = &set.rules[rule];
    let own: &[Limit] = match &rule.body {
        Body::Correlation(Correlation {
            kind: CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits),
            ..
        }) => limits,
        _ => &[],
    };
    let raising =
        rule.extension.escalate.iter().flat_map(|escalation| &escalation.when).filter_map(
            |when| match when {
                When::Count(limit) => Some(limit),
                When::Event(_) | When::Rule { .. } => None,
            },
        );
    own.iter().chain(raising)
}

/// Whether a limit can only become true as events are added.
pub(crate) fn is_minimum(limit: &Limit) -> bool {
    limit.bounds.iter().all(|(order, _)| matches!(order, Order::Greater | Order::GreaterOrEqual))
}

/// The rules that only add to what a correlation remembers.
pub(crate) fn scope_rules(kind: &CorrelationKind) -> &[RuleIndex] {
    match kind {
        CorrelationKind::NewTerms(terms) => &terms.scope_rules,
        CorrelationKind::PolicyWeakened(weakened) => &weakened.scope_rules,
        _ => &[],
    }
}

/// The width of a rule's spans.
pub(super) fn width(body: &Body, lookback: Option<Timespan>) -> Timespan {
    match body {
        Body::Detection(_) => Timespan::from_secs(0),
        Body::Correlation(correlation) => match correlation.kind {
            CorrelationKind::NewTerms(_) | CorrelationKind::PolicyWeakened(_) => {
                lookback.unwrap_or(correlation.timespan)
            }
            CorrelationKind::Travel(ref travel) => stay(travel),
            // Uses a day apart are one stay: a key that works every day is one entry.
            CorrelationKind::After(_) => Timespan::from_days(1),
            _ => correlation.timespan,
        },
    }
}

/// How far apart events at one place may be for whoever is elsewhere in between to be too fast for certain: one of
/// the two ends is then no more than half of this away.
fn stay(travel: &Travel) -> Timespan {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a day")]
    let seconds =
        (2.0 * travel.km / travel.kmh * 3600.0).floor().clamp(0.0, f64::from(Timespan::DAY.secs())) as u32;
    Timespan::from_secs(seconds)
}
