//! `policy_weakened`: each version of a policy against the one before it in the logs.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::Hit;
use super::super::intern::KeyId;
use super::super::state::{GroupValues, Map};
use super::{Case, Found};
use crate::level::Level;
use crate::policy::Policy;

/// Weakenings told of one version.
const MOST_TOLD: usize = 6;
/// Longer documents are not compared: no policy can be this long, and comparing takes time.
const LONGEST: usize = 64 << 10;

/// A version: its event, its text, and whether something is said of it when it is the first.
type Version = (Hit, String, bool);

pub(super) fn finish(case: Case<'_>, state: Map<KeyId, Vec<(Hit, KeyId, bool)>>) -> Vec<Firing> {
    let court = case.court;
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
            (event(a), a.preference(), x, of_b).cmp(&(event(b), b.preference(), y, of_a))
        });
        versions.dedup_by_key(|(hit, ..)| event(hit));
        versions.sort_by_key(|(hit, ..)| hit.order());
        for (number, (hit, text, said)) in versions.iter().enumerate() {
            if !court.reportable(hit.time) {
                continue;
            }
            let before = number.checked_sub(1).map(|number| &versions[number]);
            let before = before.filter(|(before, ..)| hit.time.since(before.time) <= case.width());
            if before.is_none() && !said {
                continue;
            }
            let before = before.map(|(hit, text, _)| (hit, text.as_str()));
            if let Some((why, base)) = compare(case.of().level, before, text) {
                let found = Found {
                    class: Class::Match,
                    first: Some(hit.time),
                    last: Some(hit.time),
                    moment: hit.time,
                    count: 1,
                    why,
                    detail: Detail::Plain,
                    key_event: super::key_event(hit),
                    evidence: Evidence::Hits(vec![*hit]),
                };
                firings.push(Firing { base, ..case.firing(&values, found) });
            }
        }
    }
    firings
}

/// Reasons and level, if there is something to tell; what was weakened for certain is told at the rule's own.
fn compare(own: Level, before: Option<(&Hit, &str)>, text: &str) -> Option<(Vec<String>, Level)> {
    let too_long = text.len() > LONGEST || before.is_some_and(|(_, text)| text.len() > LONGEST);
    let new = Policy::parse(text).ok();
    let Some((earlier, old)) = before else {
        // Without an earlier version nothing can be said of a change; that is told, far below an alarm.
        let why = "no earlier version seen in the logs: what changed cannot be told";
        return new.map(|_| (vec![why.to_owned()], Level::Informational));
    };
    if too_long {
        return Some((vec!["the document is too long to be compared".to_owned()], Level::Low));
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
    Some((why, own))
}
