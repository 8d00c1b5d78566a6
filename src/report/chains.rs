//! Who became whom: the steps from one identity to the next, as the findings show them.
//!
//! A step is a link of `principal.chain`, or a call that succeeded and by its nature gives one identity the means to
//! act as another: an assumed role, a key or password made for somebody, a user or role created, a trust opened.

use std::collections::BTreeMap;

use super::actors::Actors;
use crate::arn::Arn;
use crate::finding::{Finding, View};
use crate::outcome::Outcome;
use crate::time::Timestamp;

/// Steps that are told; those of the gravest findings come first.
const MOST: usize = 400;

/// How one identity came to act as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The identity that took it, as findings spell it.
    pub(super) from: String,
    pub(super) to: String,
    /// In words: `assumed`.
    pub(super) how: &'static str,
    /// The first time.
    pub(super) time: Option<Timestamp>,
    pub(super) ip: Option<String>,
    /// The access key with which it was taken.
    pub(super) key: Option<String>,
}

/// What each call does for another identity, and whether its target is a user, where it is told by name alone.
fn meaning(event_name: &str) -> Option<(&'static str, &'static str)> {
    Some(match event_name {
        "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" | "AssumeRoot" | "SwitchRole" => {
            ("assumed", "role")
        }
        "CreateAccessKey" => ("made an access key for", "user"),
        "CreateLoginProfile" | "UpdateLoginProfile" => ("set a password for", "user"),
        "CreateUser" => ("created", "user"),
        "CreateRole" => ("created", "role"),
        "UpdateAssumeRolePolicy" => ("opened the trust of", "role"),
        _ => return None,
    })
}

/// Users and roles among the actors: by account, kind and name, as findings spell them.
type Names<'v> = BTreeMap<(&'v str, &'static str, &'v str), &'v str>;

fn names<'v>(actors: &Actors<'v>) -> Names<'v> {
    let mut names = Names::new();
    for actor in &actors.list {
        let Some(Arn { account, resource, .. }) = Arn::split(actor.key) else { continue };
        let kind = ["user", "role"].into_iter().find(|kind| resource.starts_with(kind));
        if let (Some(kind), Some(name)) = (kind, resource.rsplit('/').next()) {
            names.entry((account, kind, name)).or_insert(actor.key);
        }
    }
    names
}

/// The steps of a view, in order of time.
pub(super) fn steps(view: &View, actors: &Actors<'_>) -> Vec<Step> {
    let mut first: BTreeMap<(String, String, &'static str), Step> = BTreeMap::new();
    let mut add = |step: Step| {
        if step.from.is_empty() || step.to.is_empty() || step.from == step.to || first.len() >= MOST {
            return;
        }
        let entry =
            first.entry((step.from.clone(), step.to.clone(), step.how)).or_insert_with(|| step.clone());
        let later = |step: &Step| (step.time.is_none(), step.time);
        if later(&step) < later(entry) {
            *entry = step;
        }
    };
    let names = names(actors);
    for (number, finding) in view.findings.iter().enumerate() {
        let actor = actors.list[actors.of[number]].key;
        chain(finding, actor, &mut add);
        called(finding, actor, &names, &mut add);
    }
    let mut steps: Vec<Step> = first.into_values().collect();
    steps.sort_by(|a, b| {
        let of = |step: &Step| (step.time.is_none(), step.time, step.from.clone(), step.to.clone());
        of(a).cmp(&of(b))
    });
    steps
}

/// The kinds of the identities that chains name.
pub(super) fn kinds(view: &View) -> BTreeMap<&str, &str> {
    let links = view.findings.iter().flat_map(|finding| &finding.principal.chain);
    links.filter_map(|link| Some((link.principal.as_deref()?, link.kind.as_deref()?))).collect()
}

/// Links of the chain that led to a finding's principal.
fn chain(finding: &Finding, actor: &str, add: &mut impl FnMut(Step)) {
    let links = &finding.principal.chain;
    let name = |at: usize| match links.get(at) {
        Some(link) => link.principal.clone().unwrap_or_default(),
        None => actor.to_owned(),
    };
    for (at, link) in links.iter().enumerate() {
        add(Step {
            from: name(at),
            to: name(at + 1),
            how: link.event_name.as_deref().and_then(meaning).map_or("became", |(how, _)| how),
            time: link.time,
            ip: link.ip.clone(),
            key: link.access_key_id.clone(),
        });
    }
}

/// What a finding's call did for its target.
fn called(finding: &Finding, actor: &str, names: &Names<'_>, add: &mut impl FnMut(Step)) {
    let (Some(Outcome::Success), Some(target)) = (finding.outcome, finding.target.as_deref()) else {
        return;
    };
    // What its first call was about: which call each of its other targets belongs to is not kept.
    let Some(item) = finding.evidence.first() else { return };
    let Some((how, kind)) = item.event_name.as_deref().and_then(meaning) else { return };
    let Some(to) = named(target, kind, finding, names) else { return };
    add(Step {
        from: actor.to_owned(),
        to,
        how,
        time: item.time,
        ip: finding.source.ip.clone(),
        key: finding.principal.access_key_id.clone(),
    });
}

/// The identity that a target is: an ARN as it stands, or the name of a user or role of the finding's account.
fn named(target: &str, kind: &str, finding: &Finding, names: &Names<'_>) -> Option<String> {
    if target.starts_with("arn:") {
        return target.contains(&format!(":{kind}/")).then(|| target.to_owned());
    }
    let account = finding.account.as_deref()?;
    // Rules may name something else than the identity: the role of a call has an ARN, a service a domain, a key an id.
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
    let other =
        target.ends_with(".amazonaws.com") || target.starts_with("AKIA") || target.starts_with("vpce-");
    if target.is_empty() || target.contains(odd) || other {
        return None;
    }
    let known = names.get(&(account, kind, target));
    Some(known.map_or_else(|| format!("arn:aws:iam::{account}:{kind}/{target}"), |known| (*known).to_owned()))
}
