//! Who acted: the findings of a view by the identity behind them.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::Identity;
use crate::finding::{Finding, View};
use crate::level::Level;

/// The identities that acted, the gravest first.
#[derive(Debug)]
pub(super) struct Actors<'v> {
    /// Each one once.
    pub(super) list: Vec<Actor<'v>>,
    /// For each finding its place in the list.
    pub(super) of: Vec<usize>,
}

/// One identity and what is known of it.
#[derive(Debug)]
pub(super) struct Actor<'v> {
    /// How findings spell it; empty for the unknown one.
    pub(super) key: &'v str,
    pub(super) identity: Identity,
    /// Its findings, in the order of the view.
    pub(super) findings: Vec<usize>,
    pub(super) worst: Level,
    /// The access keys it used.
    pub(super) keys: BTreeSet<&'v str>,
    /// The sessions it used.
    pub(super) sessions: BTreeSet<&'v str>,
}

/// What stands for the actor of a finding.
pub(super) fn key(finding: &Finding) -> &str {
    let principal = &finding.principal;
    let known = principal.canonical.as_deref().or(principal.arn.as_deref());
    known.or(principal.access_key_id.as_deref()).unwrap_or_default()
}

impl<'v> Actors<'v> {
    /// The actors of a view's findings.
    pub(super) fn of(view: &'v View) -> Actors<'v> {
        let mut by_key: BTreeMap<&str, Actor<'_>> = BTreeMap::new();
        for (number, finding) in view.findings.iter().enumerate() {
            let key = key(finding);
            let actor = by_key.entry(key).or_insert_with(|| Actor {
                key,
                identity: Identity::of(key, finding.principal.kind.as_deref()),
                findings: Vec::new(),
                worst: finding.level,
                keys: BTreeSet::new(),
                sessions: BTreeSet::new(),
            });
            if actor.identity.account.is_none() {
                actor.identity.account.clone_from(&finding.principal.account);
            }
            actor.findings.push(number);
            actor.worst = actor.worst.max(finding.level);
            actor.keys.extend(finding.access_keys.iter().map(String::as_str));
            // What an account's principal carries is the session it was given, not one of its own.
            if actor.identity.kind == "role" {
                actor.sessions.extend(finding.sessions.iter().map(String::as_str));
            }
        }
        let mut list: Vec<Actor<'v>> = by_key.into_values().collect();
        list.sort_by(|a, b| {
            (b.worst, b.findings.len()).cmp(&(a.worst, a.findings.len())).then_with(|| a.key.cmp(b.key))
        });
        let mut of = vec![0; view.findings.len()];
        for (place, actor) in list.iter().enumerate() {
            actor.findings.iter().for_each(|finding| of[*finding] = place);
        }
        Actors { list, of }
    }
}
