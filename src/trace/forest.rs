//! The credentials that an id means, what they came from, and what they became.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::Kept;
use super::ledger::{Issue, Used, is_keyless, shown};
use super::meant::{is_issued_for, means};
use super::{Deeds, Found, Ledger, Node, Trace};
use crate::finding::Finding;
use crate::known::Accounts;
use crate::text::account_ids;

/// Longer chains are not followed: sessions of sessions live an hour each.
const LONGEST: usize = 64;

/// What was issued by one another is told no deeper than this: readers of what is written go down step by step.
const DEEPEST: usize = 256;

/// Which credentials belong to the answer.
#[derive(Clone, Debug, Default)]
pub struct Forest {
    /// Those that the id means.
    seeds: BTreeSet<String>,
    /// Those, and all that they became.
    pub traced: BTreeSet<String>,
    /// All of the answer: also what led to the seeds.
    pub all: BTreeSet<String>,
    /// Who issued what, within the answer.
    children: BTreeMap<String, BTreeSet<String>>,
    roots: BTreeSet<String>,
    notes: BTreeSet<String>,
}

impl Forest {
    /// Grows it. Empty when the id means nothing in the logs.
    pub fn grow(ledger: &Ledger, id: &str) -> Forest {
        let mut forest = Forest::default();
        let meant = |(credential, used): &(&String, &Used)| means(credential, used, id);
        forest.seeds.extend(ledger.used.iter().filter(meant).map(|(credential, _)| credential.clone()));
        let mut offspring: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for credential in ledger.used.keys() {
            if let Some(issue) = ledger.issue_of(credential) {
                offspring.entry(&issue.by).or_default().insert(credential);
            }
        }
        // What was issued may never have been used: of it the issue alone tells whose it is.
        let with_key = ledger.issued.keys().map(String::as_str).filter(|handle| !is_keyless(handle));
        for handle in with_key.chain(ledger.keyless()) {
            if let Some(issue) = ledger.issued.get(handle) {
                offspring.entry(&issue.by).or_default().insert(handle);
                if handle == id || is_issued_for(issue, id) {
                    forest.seeds.insert(handle.to_owned());
                }
            }
        }
        // Forward: everything that came of the seeds.
        let mut open: Vec<String> = forest.seeds.iter().cloned().collect();
        while let Some(credential) = open.pop() {
            if forest.traced.insert(credential.clone()) {
                let of = offspring.get(credential.as_str()).into_iter().flatten();
                open.extend(of.map(|child| (*child).to_owned()));
            }
        }
        // Back: what led to them.
        forest.all = forest.traced.clone();
        for seed in forest.seeds.clone() {
            forest.follow_back(ledger, seed);
        }
        for credential in &forest.all {
            let parent = ledger.issue_of(credential).map(|issue| issue.by.clone());
            if parent.as_deref() == Some(credential) {
                forest.notes.insert(format!("a loop: {credential} is said to have issued itself"));
            }
            match parent.filter(|parent| forest.all.contains(parent) && parent != credential) {
                Some(parent) => forest.children.entry(parent).or_default().insert(credential.clone()),
                None => forest.roots.insert(credential.clone()),
            };
        }
        forest.find_loops();
        forest.note_depth();
        forest
    }

    /// Whether the id means nothing.
    pub fn is_empty(&self) -> bool {
        self.seeds.is_empty()
    }

    fn follow_back(&mut self, ledger: &Ledger, seed: String) {
        let mut at = seed;
        for _ in 0..LONGEST {
            let Some(issue) = ledger.issue_of(&at) else { return };
            at.clone_from(&issue.by);
            if !self.all.insert(at.clone()) {
                return;
            }
        }
        self.notes
            .insert(format!("the chain that led to {at} has more than {LONGEST} links: followed no further"));
    }

    /// What no root leads to goes in a circle, which no true log holds: it is entered at its smallest credential.
    fn find_loops(&mut self) {
        loop {
            let mut reached = BTreeSet::new();
            let mut open: Vec<&String> = self.roots.iter().collect();
            while let Some(credential) = open.pop() {
                if reached.insert(credential) {
                    open.extend(self.children.get(credential).into_iter().flatten());
                }
            }
            let Some(lost) = self.all.iter().find(|credential| !reached.contains(credential)).cloned() else {
                return;
            };
            self.notes.insert(format!("a loop: {lost} is said to have been issued by what it issued itself"));
            self.children.values_mut().for_each(|children| {
                children.remove(&lost);
            });
            self.roots.insert(lost);
        }
    }

    /// Whoever takes a role by a role, hour after hour, comes further down than is told.
    fn note_depth(&mut self) {
        let mut level: BTreeSet<&String> = self.roots.iter().collect();
        for _ in 0..=DEEPEST {
            level =
                level.into_iter().filter_map(|credential| self.children.get(credential)).flatten().collect();
        }
        if let Some(first) = level.first() {
            let first = shown(first);
            self.notes
                .insert(format!("more than {DEEPEST} credentials were issued one by another: {first} and what came of it is not told as a part of the tree"));
        }
    }

    /// The answer, with what they did and the findings on the way.
    pub fn told(
        &self,
        id: &str,
        ledger: &Ledger,
        deeds: &Deeds,
        findings: &[Finding],
        accounts: &Accounts,
    ) -> Trace {
        let mut found: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
            let known = finding.access_keys.iter().map(String::as_str);
            let other =
                finding.principal.canonical.as_deref().filter(|_| finding.principal.access_key_id.is_none());
            for credential in known.chain(other) {
                found.entry(credential).or_default().push(finding);
            }
        }
        let mut roots: Vec<Node> =
            self.roots.iter().map(|root| self.node(root, ledger, deeds, &found, 0)).collect();
        sort(&mut roots);
        Trace {
            id: id.to_owned(),
            credentials: self.seeds.len() as u64,
            roots,
            actions: deeds.together(self.traced.iter().map(String::as_str)),
            vendors: self.vendors(ledger, accounts),
            notes: self.notes.iter().cloned().collect(),
        }
    }

    /// Whose the accounts are that the credentials and their principals belong to.
    fn vendors(&self, ledger: &Ledger, accounts: &Accounts) -> BTreeMap<String, String> {
        let used = self.all.iter().filter_map(|credential| ledger.used.get(credential));
        let used = used.flat_map(|used| used.principal.iter().chain(used.accounts.iter()));
        let issued = self.all.iter().filter_map(|credential| ledger.issue_of(credential));
        let texts = used.chain(issued.filter_map(|issue| issue.issuance.subject.as_ref()));
        let named = texts.flat_map(|text| account_ids(text));
        named
            .filter_map(|account| Some((account.to_owned(), accounts.vendor(account)?.name.to_owned())))
            .collect()
    }

    fn node(
        &self,
        credential: &str,
        ledger: &Ledger,
        deeds: &Deeds,
        found: &BTreeMap<&str, Vec<&Finding>>,
        depth: usize,
    ) -> Node {
        let nobody = Used::default();
        let used = ledger.used.get(credential).unwrap_or(&nobody);
        let issue = ledger.issue_of(credential);
        let one = |set: &Kept| set.first().cloned();
        let told = |finding: &&Finding| Found {
            first_seen: finding.first_seen,
            level: finding.level,
            rule: finding.rule.name.clone(),
            title: finding.title.clone(),
            id: finding.id.clone(),
        };
        let mut findings: Vec<Found> = found.get(credential).into_iter().flatten().map(told).collect();
        findings.sort_by(|a, b| (a.first_seen, &a.rule, &a.id).cmp(&(b.first_seen, &b.rule, &b.id)));
        let deeper = self.children.get(credential).into_iter().flatten().filter(|_| depth < DEEPEST);
        let mut children: Vec<Node> =
            deeper.map(|child| self.node(child, ledger, deeds, found, depth + 1)).collect();
        sort(&mut children);
        Node {
            credential: shown(credential),
            key_recorded: !is_keyless(credential),
            principal: one(&used.principal)
                .or_else(|| issue.and_then(|issue| issue.issuance.subject.clone())),
            principal_kind: one(&used.kind).or_else(|| kind_of(issue)),
            session_name: if used.principal.contains(credential) {
                // Many sessions of somebody whose keys are not known.
                None
            } else {
                one(&used.sessions).or_else(|| issue.and_then(|issue| issue.session.clone()))
            },
            meant: self.seeds.contains(credential),
            traced: self.traced.contains(credential),
            issued: issue.map(|issue| issue.issuance.clone()),
            origin: if issue.is_none() { origin(ledger, credential, used) } else { None },
            first_seen: used.seen.first,
            last_seen: used.seen.last,
            addresses: used.addresses.sorted(),
            more_addresses: used.addresses.more,
            networks: used.networks.sorted(),
            more_networks: used.networks.more,
            actions: deeds.of(credential),
            findings,
            children,
        }
    }
}

/// What a credential that made no call belongs to, by the call that issued it.
fn kind_of(issue: Option<&Issue>) -> Option<String> {
    let kind = match issue?.issuance.call.as_str() {
        "CreateAccessKey" | "GetSessionToken" | "GetFederationToken" => "user",
        _ => "role",
    };
    Some(kind.to_owned())
}

/// By the time they were issued or first used.
fn sort(nodes: &mut [Node]) {
    let time = |node: &Node| node.issued.as_ref().map(|issued| issued.time).or(node.first_seen);
    nodes.sort_by(|a, b| (time(a), &a.credential).cmp(&(time(b), &b.credential)));
}

/// Why nothing is known of where a credential came from.
fn origin(ledger: &Ledger, credential: &str, used: &Used) -> Option<String> {
    let kind = used.kind.first().map_or("", String::as_str);
    let text = match kind {
        "instance" => "a role session of an EC2 instance, issued outside the logs",
        "account" if used.accounts.iter().any(|account| ledger.own.contains(account)) => {
            "an account whose own trail was read, and tells who made these calls"
        }
        "account" => "another account: its own trail would tell the rest",
        "service" => "an AWS service",
        _ if credential.starts_with("ASIA") => {
            "temporary credentials whose issue is not in the logs: a console session, or issued before them or elsewhere"
        }
        _ => return None,
    };
    Some(text.to_owned())
}
