//! Whose the accounts are that findings name.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::known::Accounts;
use crate::text::account_ids;

/// The vendors of all accounts that stand anywhere in the findings' own words. Names are looked up by the account's
/// number only: a name that somebody writes beside a number in a log proves nothing.
pub(super) fn named(findings: &[Finding], accounts: &Accounts) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for finding in findings {
        let principal = &finding.principal;
        let links = principal.chain.iter().filter_map(|link| link.principal.as_deref());
        let own = [&principal.canonical, &principal.arn, &principal.account, &finding.target];
        let texts = own.into_iter().flatten().map(String::as_str).chain(links);
        let texts = texts.chain([finding.title.as_str()]).chain(finding.why.iter().map(String::as_str));
        let texts = texts.chain(finding.targets.iter().map(String::as_str));
        for id in texts.flat_map(account_ids) {
            if let Some(vendor) = accounts.vendor(id).filter(|_| !out.contains_key(id)) {
                out.insert(id.to_owned(), vendor.name.to_owned());
            }
        }
    }
    out
}
