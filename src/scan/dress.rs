//! From firings to findings: the few records that matter are read again and shown.

use sha2::{Digest, Sha256};

use super::Options;
use super::evidence::Shown;
use super::gather::{Gap, gather, order};
use super::gathered::Gathered;
use super::history::Histories;
use super::sentence::{Filler, label, value};
use super::wants::{Times, looked_at, passes_over};
use crate::crew;
use crate::derive::Facts;
use crate::detect::chains::{Chains, Credential};
use crate::detect::{Class, Detail, Evidence, Firing, Plan};
use crate::finding::{ChainLink, Finding, Principal, RuleInfo};
use crate::input::Source;
use crate::known::{Known, attack};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::rule::Rule;
use crate::text::hex;
use crate::time::Timestamp;

/// Fewer findings than this are dressed before another thread has begun.
const FEW: usize = 64;

/// What the logs as a whole tell.
pub(super) struct Ground<'a> {
    pub(super) facts: &'a Facts,
    pub(super) chains: &'a Chains,
    pub(super) times: &'a Times,
    pub(super) histories: &'a Histories,
}

/// Turns firings into findings.
pub(super) fn findings(
    plan: &Plan,
    ground: &Ground<'_>,
    firings: Vec<Firing>,
    sources: &[Source],
    options: &Options,
) -> Vec<Finding> {
    let gathered = gather(plan, ground.facts, &firings, sources, ground.times, options);
    let jobs = if firings.len() < FEW { 1 } else { options.jobs };
    let dressed = crew::share(jobs, firings.into_iter().zip(gathered).collect(), |(mut firing, gathered)| {
        dress(plan, ground, &mut firing, gathered, options)
    });
    dressed.into_iter().flatten().collect()
}

fn dress(
    plan: &Plan,
    ground: &Ground<'_>,
    firing: &mut Firing,
    mut gathered: Gathered,
    options: &Options,
) -> Option<Finding> {
    let shown = &mut gathered.shown;
    if let Some(gap) = Gap::of(firing) {
        gap.keep_nearest(shown);
    }
    order(shown);
    match &firing.evidence {
        // Sequences show their steps first; everything else is in order of time already.
        Evidence::Hits(hits) => {
            let place =
                |shown: &Shown| hits.iter().position(|hit| hit.id == shown.hit.id).unwrap_or(usize::MAX);
            shown.sort_by_key(place);
        }
        Evidence::Windows(windows) => {
            let partly = passes_over(firing);
            shown.truncate(options.evidence.max(1));
            let times = gathered.events.values().map(|hit| hit.time);
            if firing.class == Class::Gap {
                firing.count = gathered.events.len() as u64;
            } else if let (Some(first), Some(last)) = (times.clone().min(), times.max()) {
                (firing.first, firing.last) = (Some(first), Some(last));
                firing.count = gathered.events.len() as u64;
                if partly {
                    let times = windows.len();
                    let note = format!(
                        "counted and named are the events of the first and the last of {times} such times"
                    );
                    firing.why.push(note);
                }
            }
            let since = options.settings.since;
            if since.is_some_and(|since| firing.last.is_some_and(|last| last < since)) {
                return None;
            }
        }
    }
    if !gathered.raised.is_empty() {
        for (mine, theirs) in firing.raised_by.iter_mut().flatten().zip(gathered.raised.iter().flatten()) {
            *mine = mine.or(*theirs).map(|known| known | theirs.unwrap_or(false));
        }
    }
    Some(finding(plan, ground, firing, gathered, options))
}

fn finding(
    plan: &Plan,
    ground: &Ground<'_>,
    firing: &Firing,
    gathered: Gathered,
    options: &Options,
) -> Finding {
    let Gathered { shown, succeeded, refused, told: mut told_by, .. } = gathered;
    let rule = &plan.rules().rules[firing.rule];
    let told = &plan.rules().rules[firing.told_as];
    let known = plan.known();
    // What is missing was done by nobody: the events around a gap only show where it lies.
    let first = shown.first().filter(|_| firing.class != Class::Gap);
    let mut why: Vec<String> = first
        .map(|shown| shown.reasons.iter().map(|(field, value)| reason(known, field, value)).collect())
        .unwrap_or_default();
    let account = ["derived.account", "recipientAccountId"].into_iter().find_map(|name| firing.value(name));
    let account = account.map(str::to_owned).or_else(|| first.and_then(|shown| shown.account.clone()));
    let begun = match &firing.detail {
        Detail::NewTerm(new) => ground.histories.start(account.as_deref(), new),
        _ => None,
    };
    if let Detail::NewTerm(new) = &firing.detail {
        why.extend(new.why());
    }
    why.extend(firing.why.iter().cloned());
    if let (Some(begun), Some(account)) = (begun, &account) {
        why.push(format!(
            "the records of account {account} begin on {} only",
            Timestamp::of_day(begun.day).date()
        ));
    }
    let level = level(plan, rule, firing, &shown, &mut why);
    let outcome = outcome(firing, &shown, succeeded);
    let target = rule.extension.target.iter().find_map(|field| value(first, field));
    let (looked_at, refused) = (looked_at(firing, options), refused.len() as u64);
    let target_named = target.as_deref();
    let filler =
        Filler { known, firing, first, target: target_named, told: &told_by, looked_at, refused, begun };
    let title = filler.title(rule, outcome);
    told_by.targets.extend(target.clone());
    told_by.sources.extend(first.and_then(|shown| shown.source.ip.clone()));
    let principal = first.map(|shown| stitched(shown, ground.chains)).unwrap_or_default();
    told_by.keys.extend(principal.access_key_id.clone());
    told_by.sessions.extend(principal.session_name.clone());
    why.extend(origin(&principal, told_by.keys.len() > 1));
    let mut detail = firing.detail.clone();
    if let Detail::Threshold(threshold) = &mut detail {
        why.extend(told_by.name_counted(&mut threshold.counts));
    }
    Finding {
        id: stable_id(told, firing),
        rule: info(told),
        level,
        class: firing.class,
        outcome,
        title,
        why,
        first_seen: firing.first,
        last_seen: firing.last,
        count: firing.count,
        account,
        region: first
            .and_then(|shown| shown.region.clone())
            .or_else(|| firing.value("awsRegion").map(str::to_owned)),
        principal,
        target,
        targets: told_by.targets.into_iter().collect(),
        addresses: told_by.sources.into_iter().collect(),
        access_keys: told_by.keys.into_iter().collect(),
        sessions: told_by.sessions.into_iter().collect(),
        source: first.map(|shown| shown.source.clone()).unwrap_or_default(),
        user_agent: first.and_then(|shown| shown.user_agent.clone()),
        error_code: first.and_then(|shown| shown.error_code.clone()),
        new_term: if let Detail::NewTerm(detail) = &detail { Some(detail.clone()) } else { None },
        threshold: if let Detail::Threshold(detail) = &detail { Some(detail.clone()) } else { None },
        sequence: if let Detail::Sequence(detail) = detail { Some(detail) } else { None },
        evidence: shown.into_iter().take(options.evidence).map(|shown| shown.item).collect(),
        evidence_total: firing.count,
        false_positives: told.falsepositives.clone(),
        suppressed: None,
        known: None,
    }
}

/// The principal with the chain of role assumptions that led to it.
fn stitched(shown: &Shown, chains: &Chains) -> Principal {
    let mut principal = shown.principal.clone();
    let credential = Credential {
        key: principal.access_key_id.as_deref(),
        role: shown.role.as_deref(),
        session: principal.session_name.as_deref(),
        made: shown.made,
        kind: principal.kind.as_deref(),
    };
    let Some(chain) = chains.of(credential) else { return principal };
    principal.chain_end = Some(chain.end.name().to_owned());
    let links = chain.links.into_iter().map(|link| ChainLink {
        principal: link.caller.principal,
        access_key_id: link.caller.access_key_id,
        time: Some(link.hit.time),
        ip: link.caller.ip,
        kind: link.caller.kind,
        account: link.caller.account,
        session_name: link.caller.session_name,
        event_name: Some(link.call.to_owned()),
        role: link.role,
    });
    principal.chain = links.collect();
    principal
}

/// Who was behind the credentials, in words; `several` if others were used, too.
fn origin(principal: &Principal, several: bool) -> Option<String> {
    let first = principal.chain.first()?;
    let who = first.principal.as_deref()?;
    let by = first.event_name.as_deref().unwrap_or("a call");
    let at = first.time.map(|time| format!(" at {time}")).unwrap_or_default();
    let from = first.ip.as_deref().map(|ip| format!(" from {ip}")).unwrap_or_default();
    let which = if several { "the first event's credentials" } else { "these credentials" };
    Some(format!("{which} go back to {who}, by {by}{at}{from}"))
}

/// How it ended. Of several calls, one that succeeded is what counts, however many were refused before it.
fn outcome(firing: &Firing, shown: &[Shown], succeeded: bool) -> Option<Outcome> {
    if firing.class == Class::Gap {
        return None;
    }
    let shared = firing.value("derived.outcome").and_then(Outcome::named);
    shared.or_else(|| if succeeded { Some(Outcome::Success) } else { Some(shown.first()?.outcome) })
}

fn info(rule: &Rule) -> RuleInfo {
    RuleInfo {
        name: rule.name.clone(),
        id: rule.id.clone(),
        title: rule.title.clone(),
        level: rule.level,
        attack: rule.tags.iter().filter_map(|tag| attack::id_of(tag)).collect(),
        tags: rule.tags.clone(),
        references: rule.references.clone(),
    }
}

/// The level with every escalation that holds, and the reasons for the one that decided.
fn level(plan: &Plan, rule: &Rule, firing: &Firing, shown: &[Shown], why: &mut Vec<String>) -> Level {
    let mut level = firing.base;
    let mut by = None;
    for (number, escalation) in rule.extension.escalate.iter().enumerate() {
        let holds = firing.raised_by[number].iter().all(|known| *known == Some(true));
        if holds && escalation.level > level {
            level = escalation.level;
            by = Some(number);
        }
    }
    if let Some(number) = by {
        let mut reasons: Vec<String> = Vec::new();
        // Not every event fulfils every condition: the first of those that fulfil the most.
        let values = shown.iter().map(|shown| &shown.raising[number]).rev().max_by_key(|fit| fit.len());
        reasons.extend(values.into_iter().flatten().map(|(field, value)| reason(plan.known(), field, value)));
        for when in &rule.extension.escalate[number].when {
            match when {
                crate::rule::When::Rule { rule, fired, .. } => {
                    let name = &plan.rules().rules[*rule].name;
                    reasons.push(if *fired { format!("{name} too") } else { format!("no {name}") });
                }
                crate::rule::When::Count(limit) => reasons.push(limit.to_string()),
                crate::rule::When::Event(_) => {}
            }
        }
        let reasons = match reasons.as_slice() {
            [] => " by an event that is not shown".to_owned(),
            reasons => format!(": {}", reasons.join(", ")),
        };
        why.push(format!("raised from {} to {level}{reasons}", firing.base));
    }
    level
}

fn reason(known: &Known, field: &str, value: &str) -> String {
    format!("{field}: {}", label(known, value))
}

/// Rule, group, term and the episode's first event: the same on another machine and in more logs.
fn stable_id(rule: &Rule, firing: &Firing) -> String {
    let mut hash = Sha256::new();
    hash.update(rule.name.as_bytes());
    for (name, value) in &firing.group {
        hash.update([0]);
        hash.update(name.as_bytes());
        hash.update([u8::from(value.is_some())]);
        hash.update(value.as_deref().unwrap_or_default().as_bytes());
    }
    hash.update([1]);
    hash.update(firing.class.name().as_bytes());
    hash.update(firing.key.text().as_bytes());
    hex(&hash.finalize()[..12])
}
