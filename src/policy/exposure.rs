//! The questions asked of a resource policy: who is let in?

use super::caller::{accounts, restricts, spares_somebody_only};
use super::inclusion::includes;
use super::principal::{Principal, Principals};
use super::statement::{Effect, Policy, Statement};
use super::web_identity::is_open_to_strangers;
use crate::text::is_account_id;

/// How far a resource is open to people nobody has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// Only principals that are named.
    None,
    /// Everyone, as far as conditions or a Deny let them, which hold the caller to somebody in particular.
    Conditional,
    /// Everyone.
    Public,
}

impl Policy {
    /// The principals named in Allow statements, normalised, sorted, each once. NotPrincipal counts as everyone.
    pub fn principals(&self) -> Vec<&Principal> {
        let mut found: Vec<&Principal> = Vec::new();
        for principals in self.allowing().filter_map(|statement| statement.principals.as_ref()) {
            match principals {
                Principals::Only(listed) => found.extend(listed),
                Principals::AllBut(_) => found.push(&Principal::Everyone),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The accounts that Allow statements name as principals, sorted, the resource's own account included: which
    /// accounts are one's own, the policy does not tell.
    pub fn external_accounts(&self) -> Vec<&str> {
        sorted(self.principals().into_iter().filter_map(Principal::account))
    }

    /// The accounts that conditions of Allow statements for everyone admit (`aws:PrincipalAccount`, `aws:SourceArn` and
    /// the like), sorted: the ones let in where [`Policy::public`] is `Conditional`.
    pub fn accounts_in_conditions(&self) -> Vec<&str> {
        let open = self.allowing().filter(|statement| is_for_everyone(statement));
        sorted(open.flat_map(|statement| statement.conditions.iter().flat_map(accounts)))
    }

    /// How far the resource is open to strangers: through a principal `*` (NotPrincipal next to Allow is one too), or an
    /// identity provider that anyone may use, such as GitHub's or Cognito's, without the condition on subject or
    /// audience that makes it safe.
    ///
    /// A condition counts when it holds the caller to somebody in particular ([IAM User Guide, global condition
    /// keys]; S3 Block Public Access draws the same line): an account, an organization, a source resource, a VPC or its
    /// endpoint, addresses that are no large part of the internet, an external id in a trust policy. Negated tests, tests
    /// that pass when the key is absent, and tests on anything else (MFA, TLS, referer, `kms:ViaService`, tags of the
    /// principal) leave it public. So does `*` as a value where wildcards are read.
    ///
    /// A Deny of the same actions on the same resources counts as well: without conditions it closes the Allow, with
    /// "unless the caller is X" it makes it conditional.
    ///
    /// [IAM User Guide, global condition keys]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    pub fn public(&self) -> Exposure {
        let mut worst = Exposure::None;
        for statement in self.allowing() {
            worst = worst.max(self.exposure_of(statement));
            if worst == Exposure::Public {
                break;
            }
        }
        worst
    }

    fn exposure_of(&self, statement: &Statement) -> Exposure {
        if is_open_to_strangers(statement) {
            return Exposure::Public;
        }
        if !is_for_everyone(statement) {
            return Exposure::None;
        }
        let guards: Vec<_> = self.denying().filter(|deny| guards(deny, statement)).collect();
        if guards.iter().any(|deny| is_unconditional(deny)) {
            Exposure::None
        } else if restricts(statement) || guards.iter().any(|deny| spares_somebody_only(deny)) {
            Exposure::Conditional
        } else {
            Exposure::Public
        }
    }
}

fn sorted<'a>(accounts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<_> = accounts.filter(|account| is_account_id(account)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_for_everyone(statement: &Statement) -> bool {
    statement.principals.as_ref().is_some_and(Principals::include_everyone)
}

/// Whether a Deny for everyone speaks of all that the Allow does, conditions left aside.
///
/// A Deny with NotPrincipal spares those it names, who are somebody in particular.
fn guards(deny: &Statement, allow: &Statement) -> bool {
    deny.effect == Effect::Deny
        && is_for_everyone(deny)
        && includes(&deny.actions, &allow.actions)
        && includes(&deny.resources, &allow.resources)
}

fn is_unconditional(deny: &Statement) -> bool {
    deny.conditions.is_empty() && matches!(deny.principals, Some(Principals::Only(_)))
}
