//! What every way of telling a trace has in common: which credentials are told as one, and who each one is.

use std::collections::BTreeMap;

use super::{Action, Node};
use crate::report::identity::{Identity, owner};
use crate::time::Timestamp;

/// Siblings that differ in nothing but their keys and times are told as one.
pub(super) fn alike(nodes: &[Node]) -> Vec<Vec<&Node>> {
    let mut groups: Vec<Vec<&Node>> = Vec::new();
    let mut places: BTreeMap<(String, &str, &Vec<String>, bool), usize> = BTreeMap::new();
    for node in nodes {
        let plain = node.children.is_empty() && node.findings.is_empty();
        let Some(issued) = node.issued.as_ref().filter(|_| plain) else {
            groups.push(vec![node]);
            continue;
        };
        let subject = issued.subject.as_deref().or(node.principal.as_deref()).unwrap_or_default();
        let key = (issued.call.clone(), subject, &node.networks, node.traced);
        match places.get(&key) {
            Some(place) => groups[*place].push(node),
            None => {
                places.insert(key, groups.len());
                groups.push(vec![node]);
            }
        }
    }
    groups
}

/// What was found, without the one who did it, who stands above.
pub(super) fn sentence<'f>(node: &Node, title: &'f str) -> &'f str {
    let rest =
        node.principal.as_deref().and_then(|principal| title.strip_prefix(principal)?.strip_prefix(' '));
    let rest = rest.unwrap_or(title);
    let session = node.session_name.as_deref().map(|session| format!("(session {session}) "));
    session.and_then(|session| rest.strip_prefix(session.as_str())).unwrap_or(rest)
}

/// Who a credential belongs to.
pub(super) fn identity(node: &Node) -> Identity {
    Identity::of(node.principal.as_deref().unwrap_or_default(), node.principal_kind.as_deref())
}

/// In words, with the account: the same role in several accounts is several roles.
pub(super) fn label(node: &Node, vendors: &BTreeMap<String, String>, of: &str) -> String {
    let identity = identity(node);
    let mut who = identity.label(vendors);
    if let Some(account) = identity.account.filter(|account| !who.contains(account.as_str())) {
        who.push_str(&format!(" {of} {}", owner(&account, vendors)));
    }
    who
}

/// The session's name, unless who it is has told it already.
pub(super) fn session<'n>(node: &'n Node, who: &str) -> Option<&'n str> {
    node.session_name.as_deref().filter(|session| !who.contains(session))
}

/// From the first to the last use of any of these; `None` of such as were never used.
pub(super) fn used<'n>(nodes: impl Iterator<Item = &'n Node> + Clone) -> Option<(Timestamp, Timestamp)> {
    let first = nodes.clone().filter_map(|node| node.first_seen).min()?;
    Some((first, nodes.filter_map(|node| node.last_seen).max()?))
}

/// All calls.
pub(super) fn calls<'a>(actions: impl IntoIterator<Item = &'a Action>) -> u64 {
    actions.into_iter().map(total).sum()
}

/// All calls of one kind.
pub(super) fn total(action: &Action) -> u64 {
    action.succeeded + action.denied + action.failed
}
