//! An identity in words: what it is, its name, and whose it is.

use std::collections::BTreeMap;

use super::untrusted::clipped;
use crate::arn::Arn;
use crate::finding::Finding;
use crate::text::account_ids;

/// Longer names are cut; the whole one stands in the finding.
const MOST: usize = 120;

/// What can be told of an identity from how findings spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// user, role, person, instance, root, account, service, ...
    pub(crate) kind: String,
    /// Without what kind and account say already.
    pub(crate) name: String,
    /// The account it belongs to.
    pub(crate) account: Option<String>,
}

impl Identity {
    /// Reads `derived.principal`; `kind` is `derived.principal_kind` and decides where the spelling does not.
    pub(crate) fn of(canonical: &str, kind: Option<&str>) -> Identity {
        let new = |kind: &str, name: &str, account: Option<&str>| Identity {
            kind: kind.to_owned(),
            name: clipped(name, MOST).into_owned(),
            account: account.filter(|account| !account.is_empty()).map(str::to_owned),
        };
        if canonical.is_empty() {
            return new("identity", "unknown", None);
        }
        if let Some(account) = canonical.strip_prefix("account:") {
            return new("account", account, Some(account));
        }
        let said = kind.filter(|kind| *kind != "unknown").unwrap_or("identity");
        let Some(Arn { account, resource, .. }) = Arn::split(canonical) else {
            return new(said, canonical, None);
        };
        let account = Some(account);
        match resource.split_once('/') {
            None if resource == "root" => new("root", "root", account),
            Some(("user", name)) => new("user", name, account),
            Some(("role", name)) => new("role", name, account),
            Some(("federated-user", name)) => new("federated user", name, account),
            Some(("assumed-role", rest)) => {
                let (role, session) = rest.split_once('/').unwrap_or((rest, ""));
                match role.strip_prefix("AWSReservedSSO_") {
                    Some(set) => {
                        let set = set.rsplit_once('_').map_or(set, |(name, _)| name);
                        new("person", &format!("{session} ({set})"), account)
                    }
                    None if said == "instance" => new("instance", &format!("{session} ({role})"), account),
                    None => new("role", &format!("{role}/{session}"), account),
                }
            }
            _ => new(said, resource, account),
        }
    }

    /// Kind and name: `user svc-backup`; an account's name is its vendor's, if it has one.
    pub(crate) fn label(&self, vendors: &BTreeMap<String, String>) -> String {
        match (self.kind.as_str(), &self.account) {
            ("root", Some(account)) => format!("root of {}", owner(account, vendors)),
            ("account", _) => format!("account {}", owner(&self.name, vendors)),
            (kind, _) => format!("{kind} {}", self.name),
        }
    }
}

/// An account with its vendor's name, if it has one: `Datadog (464622532012)`.
pub(crate) fn owner(account: &str, vendors: &BTreeMap<String, String>) -> String {
    match vendors.get(account) {
        Some(name) => format!("{name} ({account})"),
        None => account.to_owned(),
    }
}

/// The vendors of the accounts that a finding names: of its principal and target first, then in its own words.
pub(super) fn vendors_in(finding: &Finding, vendors: &BTreeMap<String, String>) -> Vec<String> {
    if vendors.is_empty() {
        return Vec::new();
    }
    let principal = &finding.principal;
    let links = principal.chain.iter().map(|link| &link.principal);
    let own = [&principal.canonical, &principal.arn, &principal.account, &finding.target];
    let texts = own.into_iter().chain(links).flatten().chain(&finding.targets);
    let texts = texts.chain([&finding.title]).chain(&finding.why);
    let mut out = Vec::new();
    for account in texts.flat_map(|text| account_ids(text)).filter(|account| vendors.contains_key(*account)) {
        let owner = owner(account, vendors);
        if !out.contains(&owner) {
            out.push(owner);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(canonical: &str, kind: &str) -> (String, Option<String>) {
        let identity = Identity::of(canonical, Some(kind));
        let vendors = BTreeMap::from([("464622532012".to_owned(), "Datadog".to_owned())]);
        (identity.label(&vendors), identity.account)
    }

    #[test]
    fn identities_are_told_by_kind_and_name() {
        let own = Some("111122223333".to_owned());
        for (canonical, kind, label) in [
            ("arn:aws:iam::111122223333:user/ops/jane", "user", "user ops/jane"),
            ("arn:aws-cn:iam::111122223333:role/deploy", "role", "role deploy"),
            ("arn:aws:iam::111122223333:root", "root", "root of 111122223333"),
            ("arn:aws:sts::111122223333:assumed-role/web/i-0abc", "instance", "instance i-0abc (web)"),
            (
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_Access_0123456789abcdef/jane@x.org",
                "sso-user",
                "person jane@x.org (Admin_Access)",
            ),
        ] {
            assert_eq!(told(canonical, kind), (label.to_owned(), own.clone()), "{canonical}");
        }
        assert_eq!(told("account:464622532012", "account").0, "account Datadog (464622532012)");
        assert_eq!(told("cloudformation.amazonaws.com", "service").0, "service cloudformation.amazonaws.com");
        assert_eq!(told("", "user").0, "identity unknown");
        assert_eq!(told("arn:", "user").0, "user arn:");
    }
}
