//! Which rules look back beyond `since`: those that only tell what other rules' findings are worth.

use crate::rule::{Body, Correlation, CorrelationKind, Rule, RuleIndex, RuleSet, When};
use crate::time::Timespan;

/// How far back from `since` each rule's memory matters to findings from then on; `None` for a rule that others do not
/// ask whether it fired, that is told itself, or of a kind that only sees what is judged.
pub(super) fn witnesses(set: &RuleSet) -> Vec<Option<Timespan>> {
    let mut told = vec![false; set.rules.len()];
    (0..told.len()).filter(|rule| set.rules[*rule].reports).for_each(|rule| tell(set, rule, &mut told));
    let mut reach = vec![None; set.rules.len()];
    for asking in &set.rules {
        for when in asking.extension.escalate.iter().flat_map(|entry| &entry.when) {
            let When::Rule { rule, within, .. } = when else { continue };
            let back = within.unwrap_or(Timespan::from_secs(0));
            match &set.rules[*rule].body {
                Body::Correlation(_) => ask(set, &told, *rule, back, &mut reach),
                // Of what opened a time, too, it is asked.
                Body::Detection(_) if !told[*rule] => {
                    reach[*rule] = reach[*rule].max(Some(back.max(opened_before(set, asking))));
                }
                Body::Detection(_) => {}
            }
        }
    }
    reach
}

/// A rule tells its own firings; `any`, those of its rules.
fn tell(set: &RuleSet, rule: RuleIndex, told: &mut [bool]) {
    told[rule] = true;
    if let Body::Correlation(Correlation { kind: CorrelationKind::Any, rules, .. }) = &set.rules[rule].body {
        rules.iter().for_each(|other| tell(set, *other, told));
    }
}

/// How long before an event that a rule tells the event may be that opened its time.
fn opened_before(set: &RuleSet, rule: &Rule) -> Timespan {
    let none = Timespan::from_secs(0);
    let Body::Correlation(correlation) = &rule.body else { return none };
    match correlation.kind {
        CorrelationKind::After(_) => correlation.timespan,
        CorrelationKind::Any => {
            let parts = correlation.rules.iter().map(|part| opened_before(set, &set.rules[*part]));
            parts.max().unwrap_or(none)
        }
        _ => none,
    }
}

/// Notes that what a rule said so long before `since` matters, and what that takes of the rules it builds on.
fn ask(set: &RuleSet, told: &[bool], rule: RuleIndex, back: Timespan, reach: &mut [Option<Timespan>]) {
    let Rule { body: Body::Correlation(correlation), extension, .. } = &set.rules[rule] else { return };
    let remembers = !told[rule] && extension.habit.is_none();
    let back = match correlation.kind {
        CorrelationKind::Any => back,
        CorrelationKind::EventCount(_)
        | CorrelationKind::ValueCount(_)
        | CorrelationKind::Temporal { .. }
            if remembers =>
        {
            Timespan::from_secs(back.secs().saturating_add(correlation.timespan.secs()))
        }
        CorrelationKind::NewTerms(_) if remembers => {
            reach[rule] = reach[rule].max(Some(back));
            return;
        }
        _ => return,
    };
    reach[rule] = reach[rule].max(Some(back));
    correlation.rules.iter().for_each(|other| ask(set, told, *other, back, reach));
}
