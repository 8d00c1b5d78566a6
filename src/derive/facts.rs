//! Facts of the whole data set, known only when every record has been seen.

use std::collections::BTreeSet;

use super::field::Derived;
use crate::known::Known;

/// What the logs as a whole tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Every account that received a record which was looked at: one's own.
    pub own_accounts: BTreeSet<String>,
    /// Those that received records within the time looked at, but in places that were left out: one's own as well.
    pub elsewhere: BTreeSet<String>,
    /// Every bucket that a trail writes to, as far as the logs tell: see [`Deriver::shows_trail_bucket`].
    ///
    /// [`Deriver::shows_trail_bucket`]: super::Deriver::shows_trail_bucket
    pub trail_buckets: BTreeSet<String>,
}

impl Facts {
    /// Joins what two parts of the data set tell.
    pub fn merge(&mut self, other: Facts) {
        self.own_accounts.extend(other.own_accounts);
        self.elsewhere.extend(other.elsewhere);
        self.trail_buckets.extend(other.trail_buckets);
    }

    /// Whether an account is one's own, by the logs or by configuration.
    fn is_own(&self, known: &Known, account: &str) -> bool {
        self.own_accounts.contains(account)
            || self.elsewhere.contains(account)
            || known.accounts.own.contains(account)
    }

    /// Whose an account is: own, organization, vendor or unknown.
    pub fn relation(&self, known: &Known, account: &str) -> &'static str {
        if self.is_own(known, account) {
            "own"
        } else if known.accounts.organization.contains(account) {
            "organization"
        } else if known.accounts.vendor(account).is_some() {
            "vendor"
        } else {
            "unknown"
        }
    }

    /// The values of a pending field, from what was kept of its record.
    pub fn resolve(&self, known: &Known, field: Derived, kept: &[&str]) -> Vec<String> {
        let foreign = || kept.iter().filter(|account| !self.is_own(known, account));
        match field {
            Derived::TrailBucket => {
                let of_trails = kept.iter().filter(|bucket| self.trail_buckets.contains(**bucket));
                of_trails.map(|bucket| (*bucket).to_owned()).collect()
            }
            Derived::ExternalAccounts => foreign().map(|account| (*account).to_owned()).collect(),
            Derived::ExternalRelation => {
                let relations: BTreeSet<&str> =
                    foreign().map(|account| self.relation(known, account)).collect();
                relations.into_iter().map(str::to_owned).collect()
            }
            // Those that are left: see `Derived::is_relation`.
            _ => kept.iter().map(|account| self.relation(known, account).to_owned()).collect(),
        }
    }
}
