//! Rules bent by configuration: taken out, another level, window, or other numbers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Body, Correlation, CorrelationKind, Rule, RuleSet};
use crate::level::Level;
use crate::time::Timespan;

/// Settings of one rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSettings {
    /// False takes the rule's findings out.
    pub enabled: Option<bool>,
    /// In place of the rule's own level; escalations still raise it.
    pub level: Option<Level>,
    /// In place of the rule's own window or lookback.
    pub timespan: Option<String>,
    /// In place of the numbers of the rule's conditions, in their order.
    pub thresholds: Option<Vec<u64>>,
    /// In place of the rule's own learning time.
    pub learning: Option<String>,
}

/// The names of the rules that settings made something else of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bent {
    /// Those whose findings were taken out.
    pub off: Vec<String>,
    /// Those with another level.
    pub level: Vec<String>,
    /// Those with another window, learning time or other numbers.
    pub limits: Vec<String>,
}

impl RuleSet {
    /// Applies settings by rule name, and tells what that changed. Says what does not fit.
    pub fn bend(&mut self, settings: &BTreeMap<String, RuleSettings>) -> Result<Bent, String> {
        let mut bent = Bent::default();
        for (name, settings) in settings {
            let Some(number) = self.find(name).map(|(number, _)| number) else {
                return Err(format!("[rules.{name}]: no rule has this name; {}", self.hint(name)));
            };
            let rule = &mut self.rules[number];
            let (reported, level, before) = (rule.reports, rule.level, correlation(rule).cloned());
            bend(rule, settings).map_err(|reason| format!("[rules.{name}]: {reason}"))?;
            let changed = [
                (&mut bent.off, reported && !rule.reports),
                (&mut bent.level, level != rule.level),
                (&mut bent.limits, before.as_ref() != correlation(rule)),
            ];
            for (names, _) in changed.into_iter().filter(|(_, changed)| *changed) {
                names.push(rule.name.clone());
            }
        }
        Ok(bent)
    }
}

/// What has limits that can be bent.
fn correlation(rule: &Rule) -> Option<&Correlation> {
    match &rule.body {
        Body::Correlation(correlation) => Some(correlation),
        Body::Detection(_) => None,
    }
}

fn bend(rule: &mut Rule, settings: &RuleSettings) -> Result<(), String> {
    if settings.enabled == Some(false) {
        rule.reports = false;
    }
    if let (true, Body::Correlation(Correlation { kind: CorrelationKind::Any, .. })) =
        (settings.level.is_some() || settings.timespan.is_some(), &rule.body)
    {
        return Err(
            "it tells what other rules find, at their level and in their time: set those, which `trailsift rules show` names"
                .to_owned(),
        );
    }
    if let Some(level) = settings.level {
        rule.level = level;
        if let Some(outcomes) = &mut rule.extension.outcomes {
            // Refusals keep their distance to the rule's level.
            outcomes.success = outcomes.success.map(|_| level);
            outcomes.denied = outcomes.denied.map(|_| level.lowered());
        }
    }
    let span = |text: &Option<String>, key: &str| {
        let text = text.as_ref()?;
        Some(Timespan::parse(text).map_err(|error| format!("{key} = \"{text}\": {error}")))
    };
    let timespan = span(&settings.timespan, "timespan").transpose()?;
    let learning = span(&settings.learning, "learning").transpose()?;
    let Body::Correlation(correlation) = &mut rule.body else {
        let has = timespan.is_some() || learning.is_some() || settings.thresholds.is_some();
        return if has {
            Err("a detection has no timespan, learning or thresholds".to_owned())
        } else {
            Ok(())
        };
    };
    if timespan.is_some_and(|timespan| timespan.secs() == 0) {
        return Err("timespan: nothing happens within no time; expected a span such as 10m".to_owned());
    }
    if let Some(timespan) = timespan {
        correlation.timespan = timespan;
    }
    match (&mut correlation.kind, learning) {
        (CorrelationKind::NewTerms(terms), Some(learning)) => terms.learning = learning,
        (CorrelationKind::Spike(spike), Some(learning)) => spike.lookback = learning,
        (_, Some(_)) => return Err("only new_terms and spike rules learn".to_owned()),
        (_, None) => {}
    }
    let Some(thresholds) = &settings.thresholds else { return Ok(()) };
    let mut numbers: Vec<&mut u64> = match &mut correlation.kind {
        CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) => {
            limits.iter_mut().flat_map(|limit| limit.bounds.iter_mut().map(|(_, number)| number)).collect()
        }
        CorrelationKind::Spike(spike) => vec![&mut spike.at_least],
        _ => Vec::new(),
    };
    if numbers.len() != thresholds.len() {
        return Err(format!(
            "thresholds: {} given, where the rule's conditions have {}",
            thresholds.len(),
            numbers.len()
        ));
    }
    numbers.iter_mut().zip(thresholds).for_each(|(number, new)| **number = *new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Options, RuleFile, load};
    use super::*;

    const RULES: &str = "
title: Either
name: either
correlation: {type: any, rules: [many, one]}
---
title: Many
name: many
correlation: {type: event_count, rules: [one], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 3}}
level: low
---
title: One
name: one
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: GetUser}, condition: call}
level: low
";

    fn bent(rule: &str, settings: RuleSettings) -> Result<Bent, String> {
        let mut rules = load(&[vec![RuleFile::new("rules.yml", RULES)]], &Options::default()).unwrap();
        rules.bend(&BTreeMap::from([(rule.to_owned(), settings)]))
    }

    #[test]
    fn what_would_change_nothing_is_refused() {
        let timespan = || RuleSettings { timespan: Some("5m".to_owned()), ..RuleSettings::default() };
        let never = RuleSettings { timespan: Some("0s".to_owned()), ..RuleSettings::default() };
        let level = || RuleSettings { level: Some(Level::High), ..RuleSettings::default() };
        for (rule, settings, reason) in [
            ("either", timespan(), "tells what other rules find"),
            ("either", level(), "tells what other rules find"),
            ("one", timespan(), "a detection has no timespan"),
            ("many", never, "nothing happens within no time"),
            ("man", level(), "did you mean `many`?"),
        ] {
            assert!(bent(rule, settings).unwrap_err().contains(reason), "{rule}: {reason}");
        }
        assert_eq!(bent("many", timespan()).unwrap().limits, ["many"]);
        assert_eq!(bent("one", level()).unwrap().level, ["one"]);
    }
}
