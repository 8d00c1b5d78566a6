//! What a policy allows on a resource nobody has named: only wildcards reach it.
//!
//! The questions of this room are asked about such a stranger. The answer is then the ordinary evaluation of one
//! request, exact for Deny, NotAction and NotResource alike, and a policy that grants a power on named resources, or on
//! the caller's own user (`user/${aws:username}`), does not pass for one that grants it on all.
//!
//! Strangers live in the accounts and regions that the Allow statements name, or that a Deny of all but some spares, and
//! in one nobody names. Any other Deny that names an account where the Allow names none does not meet them: whose
//! account it is, the policy does not tell.

use std::collections::{BTreeMap, BTreeSet};

use super::grant::Grant;
use super::limits::{Request, allowed, left_by_deny};
use super::pattern::{Pattern, UNNAMED, has_wildcard};
use super::statement::{Policy, Selector, Statement};

/// The most places (partition, region, account) one question is asked in. Policies name one or two.
const MAX_PLACES: usize = 32;

/// A kind of resource: the service it belongs to and how its ARN goes on after the account, such as `role/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) service: &'static str,
    pub(super) head: &'static str,
}

impl Kind {
    pub(super) const fn new(service: &'static str, head: &'static str) -> Kind {
        Kind { service, head }
    }

    /// A resource of a service that no policy has heard of.
    pub(super) const ANY: Kind = Kind::new("", "");

    /// The stranger of this kind in the place that `pattern` speaks of.
    fn stranger(self, pattern: &str) -> String {
        // No ARN: a pattern may end in the midst of one, with a `*` for the rest.
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        let part = |at: usize| parts.get(at).filter(|part| !has_wildcard(part)).copied();
        let unnamed = |length| std::iter::repeat_n(UNNAMED, length).collect::<String>();
        let place = |at, length| part(at).map_or_else(|| unnamed(length), str::to_owned);
        let (region, account) = match self.service {
            "s3" => (String::new(), String::new()),
            "iam" | "sts" | "organizations" => (String::new(), place(4, 12)),
            _ => (place(3, 9), place(4, 12)),
        };
        let service = if self.service.is_empty() { unnamed(8) } else { self.service.to_owned() };
        let partition = part(1).unwrap_or("aws");
        format!("arn:{partition}:{service}:{region}:{account}:{}{}", self.head, unnamed(41))
    }
}

/// An action of `service` that no policy has heard of.
pub(super) fn unnamed_action(service: &str) -> String {
    let unnamed = |length| std::iter::repeat_n(UNNAMED, length).collect::<String>();
    let service = if service.is_empty() { unnamed(8) } else { service.to_owned() };
    format!("{service}:{}", unnamed(24))
}

/// The statements that speak of one stranger.
pub(super) struct Reach<'a> {
    allows: Vec<&'a Statement>,
    denies: Vec<&'a Statement>,
}

impl Policy {
    /// What reaches strangers of a kind, one answer for each place the policy's wildcards speak of.
    ///
    /// Statements with principals are left out: they say who may use the one resource they are attached to, not what
    /// an identity may do.
    pub(super) fn reaches(&self, kind: Kind) -> Vec<Reach<'_>> {
        let of_identity = |statement: &&Statement| statement.principals.is_none();
        let met = |pattern: &Pattern| {
            let stranger = kind.stranger(pattern.as_str());
            pattern.matches(&stranger).then_some(stranger)
        };
        let mut strangers = BTreeSet::new();
        for statement in self.allowing().filter(of_identity) {
            match &statement.resources {
                Selector::AllBut(_) => {
                    strangers.insert(kind.stranger("*"));
                }
                Selector::Only(patterns) => strangers.extend(patterns.iter().filter_map(met)),
            }
        }
        for statement in self.denying().filter(of_identity) {
            if let Selector::AllBut(spared) = &statement.resources {
                strangers.extend(spared.iter().filter_map(met));
            }
        }
        let reach = |stranger: String| {
            let meets =
                |statement: &&Statement| of_identity(statement) && statement.resources.selects(&stranger);
            Reach {
                allows: self.allowing().filter(meets).collect(),
                denies: self.denying().filter(meets).collect(),
            }
        };
        strangers.into_iter().take(MAX_PLACES).map(reach).collect()
    }
}

impl Reach<'_> {
    /// Whether the request is granted on the stranger.
    pub(super) fn grant(&self, request: Request<'_>) -> Grant {
        let selects = |statement: &&&Statement| statement.actions.selects(request.action);
        let given = self.allows.iter().filter(selects).map(|statement| allowed(statement, request)).max();
        let left = self.denies.iter().filter(selects).map(|statement| left_by_deny(statement, request)).min();
        given.unwrap_or(Grant::No).min(left.unwrap_or(Grant::Yes))
    }

    /// Whether some Allow is meant for everything of the action's kind: it names the action, or names only what to
    /// leave out. What is left out, there or by a Deny, does not count here.
    pub(super) fn intent(&self, request: Request<'_>) -> Grant {
        let meant = |statement: &&&Statement| match &statement.actions {
            Selector::AllBut(_) => true,
            Selector::Only(_) => statement.actions.selects(request.action),
        };
        let given = self.allows.iter().filter(meant).map(|statement| allowed(statement, request)).max();
        given.unwrap_or(Grant::No)
    }
}

/// The reaches of one policy, found once for each kind.
pub(super) struct Survey<'a> {
    policy: &'a Policy,
    found: BTreeMap<Kind, Vec<Reach<'a>>>,
}

impl<'a> Survey<'a> {
    pub(super) fn of(policy: &'a Policy) -> Survey<'a> {
        Survey { policy, found: BTreeMap::new() }
    }

    fn reaches(&mut self, kind: Kind) -> &[Reach<'a>] {
        let policy = self.policy;
        self.found.entry(kind).or_insert_with(|| policy.reaches(kind))
    }

    /// The best grant of a request over all strangers of a kind.
    pub(super) fn grant(&mut self, request: Request<'_>, kind: Kind) -> Grant {
        self.reaches(kind).iter().map(|reach| reach.grant(request)).max().unwrap_or(Grant::No)
    }

    /// The widest intent over all strangers of a kind.
    pub(super) fn intent(&mut self, request: Request<'_>, kind: Kind) -> Grant {
        self.reaches(kind).iter().map(|reach| reach.intent(request)).max().unwrap_or(Grant::No)
    }
}
