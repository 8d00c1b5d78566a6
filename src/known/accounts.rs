//! Whose an AWS account is: configured as own or the organization's, or published by a vendor.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

/// Accounts with a known owner.
#[derive(Debug, Default)]
pub struct Accounts {
    /// Accounts configured as one's own. The recipient accounts of the logs count as own besides.
    pub own: BTreeSet<String>,
    /// Other accounts of the organization.
    pub organization: BTreeSet<String>,
    /// Vendors configured, over those compiled in.
    pub vendors: BTreeMap<String, String>,
}

/// Who publishes an account as its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vendor<'a> {
    /// The name.
    pub name: &'a str,
    /// Whether it is a service of AWS itself.
    pub aws: bool,
}

impl Accounts {
    /// The vendor that an account belongs to.
    pub fn vendor(&self, account: &str) -> Option<Vendor<'_>> {
        if let Some(name) = self.vendors.get(account) {
            return Some(Vendor { name, aws: false });
        }
        published().get(account).copied()
    }

    /// The account with its vendor's name, if it has one: `Datadog (464622532012)`.
    pub fn label(&self, account: &str) -> String {
        match self.vendor(account) {
            Some(vendor) => format!("{} ({account})", vendor.name),
            None => account.to_owned(),
        }
    }
}

/// Account ids that their owners have published.
fn published() -> &'static HashMap<&'static str, Vendor<'static>> {
    static TABLE: OnceLock<HashMap<&str, Vendor<'_>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("vendors.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut columns = line.split('\t');
                let (account, kind, name) = (columns.next()?, columns.next()?, columns.next()?);
                Some((account, Vendor { name, aws: kind == "aws" }))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vendors_are_known_and_configuration_wins() {
        let mut accounts = Accounts::default();
        assert_eq!(accounts.vendor("464622532012"), Some(Vendor { name: "Datadog", aws: false }));
        assert_eq!(accounts.label("111122223333"), "111122223333");
        accounts.vendors.insert("464622532012".into(), "Our monitoring".into());
        assert_eq!(accounts.label("464622532012"), "Our monitoring (464622532012)");
        assert_eq!(published().len(), 498);
    }
}
