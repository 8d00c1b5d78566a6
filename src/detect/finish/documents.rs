//! `policy_weakened`: each version of a policy against the one before it in the logs.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::Hit;
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Court, escalate};
use crate::level::Level;
use crate::policy::Policy;
use crate::rule::{Correlation, RuleIndex};

/// Weakenings told of one version.
const MOST_TOLD: usize = 6;
/// Longer documents are not compared: no policy can be this long, and comparing takes time.
const LONGEST: usize = 64 << 10;

/// A version: its event, its text, and whether something is said of it when it is the first.
type Version = (Hit, String, bool);

pub(super) fn finish(
    court: &Court<'_>,
    rule: RuleIndex,
    correlation: &Correlation,
    state: Map<KeyId, Vec<(Hit, KeyId, bool)>>,
) -> Vec<Firing> {
    let mut groups: BTreeMap<GroupValues, Vec<Version>> = BTreeMap::new();
    for (key, list) in state {
        let Some((values, _)) = court.admit(key) else { continue };
        let text = |text| court.values(text).pop().unwrap_or_default();
        let texts = list.into_iter().map(|(hit, of, said)| (hit, text(of), said));
        groups.entry(values).or_default().extend(texts);
    }
    let mut firings = Vec::new();
    for (values, mut versions) in groups {
        // Of a copy that claims to be from before `since`, a baseline may have kept nothing: it takes no other's place.
        let event = |hit: &Hit| (court.reportable(hit.time), hit.id);
        versions.sort_by(|(a, x, of_a), (b, y, of_b)| {
            (event(a), a.digest, a.time, a.at, x, of_b).cmp(&(event(b), b.digest, b.time, b.at, y, of_a))
        });
        versions.dedup_by_key(|(hit, ..)| event(hit));
        versions.sort_by_key(|(hit, ..)| hit.order());
        for (number, (hit, text, said)) in versions.iter().enumerate() {
            if !court.reportable(hit.time) {
                continue;
            }
            let width = court.plan.widths[rule];
            let before = number.checked_sub(1).map(|number| &versions[number]);
            let before = before.filter(|(before, ..)| hit.time.since(before.time) <= width);
            if before.is_none() && !said {
                continue;
            }
            let before = before.map(|(hit, text, _)| (hit, text.as_str()));
            if let Some((why, base, evidence)) = compare(court, rule, before, hit, text) {
                firings.push(Firing {
                    rule,
                    told_as: rule,
                    episodes: 1,
                    group: Court::named(correlation, values.clone()),
                    class: Class::Match,
                    first: Some(hit.time),
                    last: Some(hit.time),
                    moment: hit.time,
                    count: 1,
                    base,
                    raised_by: escalate::open(&court.plan.set.rules[rule]),
                    why,
                    detail: Detail::Plain,
                    key_event: super::key_event(hit),
                    evidence: Evidence::Hits(evidence),
                });
            }
        }
    }
    firings
}

/// Reasons, level and events, if there is something to tell.
fn compare(
    court: &Court<'_>,
    rule: RuleIndex,
    before: Option<(&Hit, &str)>,
    hit: &Hit,
    text: &str,
) -> Option<(Vec<String>, Level, Vec<Hit>)> {
    let level = court.plan.set.rules[rule].level;
    let too_long = text.len() > LONGEST || before.is_some_and(|(_, text)| text.len() > LONGEST);
    let new = Policy::parse(text).ok();
    let Some((earlier, old)) = before else {
        // Without an earlier version nothing can be said of a change; that is told, far below an alarm.
        return new.map(|_| {
            (
                vec!["no earlier version seen in the logs: what changed cannot be told".to_owned()],
                Level::Informational,
                vec![*hit],
            )
        });
    };
    if too_long {
        return Some((vec!["the document is too long to be compared".to_owned()], Level::Low, vec![*hit]));
    }
    let (new, old) = (new?, Policy::parse(old).ok()?);
    let weakenings = new.weakened_since(&old);
    if weakenings.is_empty() {
        return None;
    }
    let mut why = vec![format!("compared with the version of {}", earlier.time)];
    why.extend(weakenings.iter().take(MOST_TOLD).map(|weakening| weakening.sentence.clone()));
    if weakenings.len() > MOST_TOLD {
        why.push(format!("and {} more", weakenings.len() - MOST_TOLD));
    }
    Some((why, level, vec![*hit]))
}
