//! What an id can mean: a credential by its key, by who, where and as what it was used, and by whom it was issued for.

use std::collections::BTreeSet;

use super::Ledger;
use super::kept::Kept;
use super::ledger::{Issue, Used};
use crate::arn::Arn;

/// Whether an id means a credential: its key, or who, where and as what it was used.
pub(super) fn means(credential: &str, used: &Used, id: &str) -> bool {
    let is = |set: &Kept| set.contains(id);
    // As tables have it: `user/jane`, `role/Admin`, `assumed-role/Admin/session`, `root`.
    let short = |set: &Kept| set.iter().any(|text| resource(text) == Some(id));
    credential == id
        || is(&used.principal)
        || is(&used.arns)
        || is(&used.sessions)
        || is(&used.roles)
        || is(&used.accounts)
        || is(&used.addresses)
        || is(&used.networks)
        || short(&used.principal)
        || short(&used.arns)
        || short(&used.roles)
        || used.principal.iter().any(|principal| principal.contains(":user/") && last(principal) == id)
        || used.roles.iter().any(|role| last(role) == id)
}

/// Whether an id means a value in any of those ways.
pub(super) fn is_called(value: &str, id: &str) -> bool {
    value == id || resource(value) == Some(id) || last(value) == id
}

/// Whether an id means what was issued, used or not: the role, the user or the session it was issued for, by every name
/// that would mean them if they had made a call.
pub(super) fn is_issued_for(issue: &Issue, id: &str) -> bool {
    if issue.session.as_deref() == Some(id) {
        return true;
    }
    let Some(subject) = &issue.issuance.subject else { return false };
    match Arn::split(subject) {
        Some(arn) => {
            subject == id || arn.resource == id || last(subject) == id || is_session_of(issue, &arn, id)
        }
        // Of users only the name is recorded, not the path that their ARN has besides.
        None => subject == id || is_user(issue, subject, id),
    }
}

/// `assumed-role/Admin/session`, or the ARN that ends so.
fn is_session_of(issue: &Issue, role: &Arn<'_>, id: &str) -> bool {
    let asked = Arn::split(id);
    let rest = asked.map_or(id, |asked| asked.resource).strip_prefix("assumed-role/");
    let Some((name, session)) = rest.and_then(|rest| rest.split_once('/')) else { return false };
    asked.is_none_or(|asked| asked.account == role.account)
        && name == last(role.resource)
        && issue.session.as_deref() == Some(session)
}

/// `user/jane`, or the ARN of a user of this name in the account where the key was made.
fn is_user(issue: &Issue, name: &str, id: &str) -> bool {
    let asked = Arn::split(id);
    let user = asked.map_or(id, |asked| asked.resource).strip_prefix("user/");
    user.is_some_and(|user| last(user) == name)
        && asked.is_none_or(|asked| issue.account.as_deref() == Some(asked.account))
}

/// The name without its path.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// What an ARN names within its account.
fn resource(text: &str) -> Option<&str> {
    Arn::split(text).map(|arn| arn.resource)
}

impl Ledger {
    /// Everything by which a credential can be asked for.
    pub fn names(&self) -> BTreeSet<&str> {
        let sets = self.used.values().flat_map(|used| {
            let places = [&used.accounts, &used.addresses, &used.networks];
            [&used.principal, &used.arns, &used.sessions, &used.roles].into_iter().chain(places)
        });
        let of_sets = sets.flat_map(|set| set.iter()).map(String::as_str);
        let subjects = || self.issued.values().filter_map(|issue| issue.issuance.subject.as_ref());
        let sessions = self.issued.values().filter_map(|issue| issue.session.as_deref());
        let of_issues = subjects().map(String::as_str).chain(sessions);
        let used = || self.used.values().flat_map(|used| used.principal.iter().chain(used.roles.iter()));
        let long = || used().chain(subjects());
        let short = long().map(|name| last(name));
        let resources = long().filter_map(|name| resource(name));
        let credentials = self.used.keys().map(String::as_str);
        credentials.chain(of_sets).chain(of_issues).chain(short).chain(resources).collect()
    }
}
