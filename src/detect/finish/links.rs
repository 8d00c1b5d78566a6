//! `role_chain`: events by credentials whose chain of role assumptions fits.

use std::collections::BTreeMap;

use super::super::chains::{Chain, End, follow};
use super::super::firing::{Class, Detail, Evidence, Firing};
use super::super::hits::{Hit, once_each};
use super::super::state::{GroupValues, Links};
use super::{Case, Court, Found};
use crate::rule::RoleChain;
use crate::time::Timestamp;

/// Links told of one chain.
const MOST_TOLD: usize = 8;

/// An event, and the chain behind it.
struct Leaf {
    hit: Hit,
    chain: Chain,
}

pub(super) fn finish(case: Case<'_>, asked: &RoleChain, state: Links) -> Vec<Firing> {
    let Case { court, correlation, .. } = case;
    // Events of one group whose chains begin with the same credential are one behaviour.
    let mut behaviours: BTreeMap<(GroupValues, u64), Vec<Leaf>> = BTreeMap::new();
    let chain_of = |key, session, time: Timestamp| {
        let from = Some(time.back(correlation.timespan));
        follow(court.issued, court.keys.base(), key, session, from)
    };
    let mut add = |group, hit: Hit, chain: Chain| {
        let Some(root) = chain.links.first().map(|link| link.handle) else { return };
        if let Some((values, _)) = court.admit(group)
            && fits(court, asked, &chain)
        {
            behaviours.entry((values, root)).or_default().push(Leaf { hit, chain });
        }
    };
    for (handle, group) in state.issues {
        if let Some(issue) = court.issued.get(handle) {
            add(group, issue.hit, chain_of(handle, 0, issue.hit.time));
        }
    }
    for ((group, key, session), hits) in state.uses {
        for hit in hits.sorted() {
            add(group, hit, chain_of(key, session, hit.time));
        }
    }
    let mut firings = Vec::new();
    for ((values, _), mut leaves) in behaviours {
        once_each(&mut leaves, |leaf| &leaf.hit, |_, _| std::cmp::Ordering::Equal);
        firings.extend(firing(case, &values, &leaves));
    }
    firings
}

fn fits(court: &Court<'_>, asked: &RoleChain, chain: &Chain) -> bool {
    let origin = || {
        let relation = chain.origin().map(|account| court.facts.relation(&court.plan.known, account));
        relation.is_some_and(|relation| asked.origin.iter().any(|wanted| wanted == relation))
    };
    (asked.origin.is_empty() || origin())
        && chain.hops() >= asked.hops as usize
        && (!asked.repeats || chain.repeats())
        && asked.longer_than.is_none_or(|limit| chain.age() > limit)
}

fn firing(case: Case<'_>, values: &[Option<String>], leaves: &[Leaf]) -> Option<Firing> {
    let (first, last) = (leaves.first()?, leaves.last()?);
    // The longest chain tells most.
    let chain = &leaves
        .iter()
        .max_by_key(|leaf| (leaf.chain.links.len(), std::cmp::Reverse(leaf.hit.order())))?
        .chain;
    let mut hits: Vec<Hit> = leaves.iter().map(|leaf| leaf.hit).collect();
    let mut behind: Vec<Hit> = chain.links.iter().map(|link| link.hit).collect();
    behind.sort_by_key(Hit::order);
    behind.dedup_by_key(|hit| hit.id);
    behind.retain(|hit| hits.iter().all(|other| other.id != hit.id));
    hits.extend(behind);
    let found = Found {
        class: Class::Sequence,
        first: Some(first.hit.time),
        last: Some(last.hit.time),
        moment: first.hit.time,
        count: hits.len() as u64,
        why: why(case.court, chain),
        detail: Detail::Plain,
        key_event: super::key_event(&first.hit),
        evidence: Evidence::Hits(hits),
    };
    Some(case.firing(values, found))
}

fn why(court: &Court<'_>, chain: &Chain) -> Vec<String> {
    let Some(root) = chain.links.first() else { return Vec::new() };
    let name = |text: &Option<String>| text.clone().unwrap_or_else(|| "somebody not recorded".to_owned());
    let account = root.caller.account.as_deref().map_or_else(String::new, |account| {
        let relation = court.facts.relation(&court.plan.known, account);
        format!(" of account {} ({relation})", court.plan.known.accounts.label(account))
    });
    let mut steps: Vec<String> = vec![name(&root.caller.principal)];
    steps.extend(chain.links.iter().take(MOST_TOLD).map(|link| {
        let to = link.role.clone().unwrap_or_else(|| format!("credentials by {}", link.call));
        format!("{to} at {}", link.hit.time)
    }));
    if chain.links.len() > MOST_TOLD {
        steps.push(format!("and {} more", chain.links.len() - MOST_TOLD));
    }
    let mut why = vec![
        format!("the chain begins with {}{account}", name(&root.caller.principal)),
        steps.join(", then "),
    ];
    if chain.hops() > 1 {
        let (hops, age) = (chain.hops(), chain.age().human());
        why.push(format!("{hops} sessions in a row were made out of sessions, over {age}"));
    }
    match chain.end {
        End::Complete => {}
        End::Unresolved => why.push("these logs do not tell who asked for the first credentials: a service, or a call that is not in them".to_owned()),
        End::OtherAccount => why.push("what was before it only that account's own trail tells".to_owned()),
        End::Loop => why.push("the chain runs in a circle, which no true log holds".to_owned()),
        End::TooLong => why.push("the chain is longer than is followed".to_owned()),
    }
    why
}
