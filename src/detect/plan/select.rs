//! Which rules take part: those asked for, all that they refer to, and none that lacks its data.

use super::scope_rules;
use crate::known::{Geo, Known};
use crate::rule::{Body, Correlation, CorrelationKind, Need, RuleIndex, RuleSet, When};

/// Rules that need data nobody gave, and those that build on them.
pub(super) fn lacking(set: &RuleSet, known: &Known) -> Vec<(RuleIndex, String)> {
    let geo = known.geo.as_ref();
    let missing = |need: Need| -> Option<&'static str> {
        let (there, text) = match need {
            Need::Networks => {
                (!known.networks.known.is_empty(), "known networks: `[networks.known]` in trailsift.toml")
            }
            Need::CiNetworks => {
                (!known.networks.ci.is_empty(), "CI networks: `networks.ci` in trailsift.toml")
            }
            Need::SessionNames => {
                (!known.session_names.is_empty(), "conventions: `session_names` in trailsift.toml")
            }
            Need::GeoCountry => (geo.is_some_and(Geo::has_country), "a country database: --geoip FILE"),
            Need::GeoCity => (geo.is_some_and(Geo::has_location), "a city database: --geoip FILE"),
            Need::GeoAsn => (geo.is_some_and(Geo::has_asn), "an ASN database: --geoip FILE"),
            Need::GeoAnonymous => {
                (geo.is_some_and(Geo::has_anonymous), "an anonymous-IP database: --geoip FILE")
            }
        };
        (!there).then_some(text)
    };
    let mut lacking: Vec<(RuleIndex, String)> = Vec::new();
    // Referred rules come first, so one pass reaches every dependent rule.
    for (number, rule) in set.rules.iter().enumerate() {
        let needs: Vec<&str> = rule.extension.needs.iter().filter_map(|need| missing(*need)).collect();
        let inner = match &rule.body {
            Body::Correlation(correlation) => correlation.rules.as_slice(),
            Body::Detection(_) => &[],
        };
        let of = |other: &RuleIndex| lacking.iter().find(|(lacks, _)| lacks == other);
        let any = matches!(&rule.body, Body::Correlation(Correlation { kind: CorrelationKind::Any, .. }));
        // A rule that tells what any of several finds lives as long as one of them does.
        let dead = !any || inner.iter().all(|other| of(other).is_some());
        let through = inner.iter().find_map(of).filter(|_| dead).map(|(_, reason)| reason.clone());
        if !needs.is_empty() {
            lacking.push((number, format!("needs {}", needs.join(" and "))));
        } else if let Some(reason) = through {
            lacking.push((number, reason));
        }
    }
    lacking
}

/// Marks the chosen rules and everything they refer to.
pub(super) fn closure(set: &RuleSet, reported: &[bool]) -> Vec<bool> {
    let mut fired = reported.to_vec();
    // Escalations may point forward, so once is not enough.
    loop {
        let before = fired.iter().filter(|on| **on).count();
        for i in (0..fired.len()).rev().filter(|i| fired[*i]).collect::<Vec<_>>() {
            let rule = &set.rules[i];
            if let Body::Correlation(correlation) = &rule.body {
                correlation.rules.iter().for_each(|other| fired[*other] = true);
                scope_rules(&correlation.kind).iter().for_each(|other| fired[*other] = true);
            }
            for when in rule.extension.escalate.iter().flat_map(|escalation| &escalation.when) {
                if let When::Rule { rule, .. } = when {
                    fired[*rule] = true;
                }
            }
        }
        if fired.iter().filter(|on| **on).count() == before {
            return fired;
        }
    }
}
