//! Credentials issued in the log and who asked for them: the table that chains of role assumptions are followed through.
//!
//! An entry is found by the access key id it issued, hashed to 64 bits; where the answer of the call was not recorded,
//! by the role, the session's name and the second it was made in. Of several records of one issue (copies, both sides
//! of a call across accounts) the one that names the caller's key stays, then the earliest: the table is a set under
//! union, whatever came first.
//!
//! Memory: an entry takes about 130 bytes, and each distinct caller some 200 more. No more than [`MOST`] entries are
//! kept, those with the smallest hashes, so that what is kept does not depend on order either; the summary says so
//! when that happens, and the chains through the others end as `unresolved`.

use std::collections::BTreeMap;

use super::field::{Event, FieldRef};
use super::hits::Hit;
use super::intern::{Interner, KeyId};
use super::key::{self, KeyBuilder};
use crate::derive::Derived;
use crate::event::{EventId, FieldId, Layout, Raw, field};
use crate::time::Timestamp;

/// Entries kept at most: about 60 MB with their tree.
pub(crate) const MOST: usize = 450_000;

/// A credential as the table knows it; 0 is none.
pub(crate) type Handle = u64;

/// Calls that issue credentials.
const CALLS: [&str; 7] = [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetSessionToken",
    "GetFederationToken",
    "CreateAccessKey",
];

/// Fields the table is made from, besides those that every run reads.
pub(crate) const PATHS: [&str; 7] = [
    "userIdentity.accessKeyId",
    "userIdentity.sessionContext.attributes.creationDate",
    "sourceIPAddress",
    "requestParameters.roleArn",
    "requestParameters.roleSessionName",
    "responseElements.credentials.accessKeyId",
    "responseElements.accessKey.accessKeyId",
];

/// The numbers of those fields.
#[derive(Debug)]
pub(crate) struct Inputs {
    key: Option<FieldId>,
    creation: Option<FieldId>,
    ip: Option<FieldId>,
    role: Option<FieldId>,
    session: Option<FieldId>,
    issued: Option<FieldId>,
    created: Option<FieldId>,
}

impl Inputs {
    pub(crate) fn find(layout: &Layout) -> Inputs {
        let id = |number: usize| layout.id(PATHS[number]);
        Inputs {
            key: id(0),
            creation: id(1),
            ip: id(2),
            role: id(3),
            session: id(4),
            issued: id(5),
            created: id(6),
        }
    }
}

/// One credential, issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    /// The event.
    pub(crate) hit: Hit,
    /// The caller's access key.
    pub(crate) by: Handle,
    /// The caller's session, for keys whose issue was recorded without its answer.
    pub(crate) by_session: Handle,
    /// The caller: [`Caller`]'s values as a key.
    pub(crate) who: KeyId,
    /// The role that was assumed, as a key of one value.
    pub(crate) role: KeyId,
    /// Which of [`CALLS`].
    pub(crate) call: u8,
}

impl Issue {
    fn preference(&self) -> impl Ord + use<> {
        (self.by == 0, self.hit.time, self.hit.id, self.hit.digest, self.hit.at, self.by)
    }

    /// The call's name.
    pub(crate) fn call(&self) -> &'static str {
        CALLS.get(usize::from(self.call)).copied().unwrap_or_default()
    }
}

/// Credentials issued.
#[derive(Debug)]
pub(crate) struct Issued {
    table: BTreeMap<Handle, Issue>,
    most: usize,
    overflowed: bool,
}

impl Default for Issued {
    fn default() -> Self {
        Issued { table: BTreeMap::new(), most: MOST, overflowed: false }
    }
}

impl Issued {
    /// Whether an entry with this handle would be kept.
    fn takes(&self, handle: Handle) -> bool {
        self.table.len() < self.most
            || self.table.last_key_value().is_none_or(|(largest, _)| handle <= *largest)
    }

    /// Adds an entry.
    pub(crate) fn insert(&mut self, handle: Handle, issue: Issue) {
        if handle == 0 {
            return;
        }
        let kept = self.table.entry(handle).or_insert(issue);
        if issue.preference() < kept.preference() {
            *kept = issue;
        }
        if self.table.len() > self.most {
            self.table.pop_last();
            self.overflowed = true;
        }
    }

    /// Joins another table, whose key numbers `keys` translates.
    pub(crate) fn merge(&mut self, other: Issued, keys: &[KeyId]) {
        self.overflowed |= other.overflowed;
        for (handle, issue) in other.table {
            let (who, role) = (keys[issue.who.index()], keys[issue.role.index()]);
            self.insert(handle, Issue { who, role, ..issue });
        }
    }

    /// The entry of a credential.
    pub(crate) fn get(&self, handle: Handle) -> Option<&Issue> {
        self.table.get(&handle)
    }

    /// Whether entries were left out.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }
}

/// A strong hash: session names are the caller's to choose, and must not be made to meet another's key.
fn hash(parts: &[&str]) -> Handle {
    let bits = EventId::of_text(&parts.join("\0")).bits();
    // Zero stands for no credential.
    ((bits >> 64) as u64).max(1)
}

/// The handle of an access key.
pub(crate) fn key_handle(key: &str) -> Handle {
    if key.is_empty() { 0 } else { hash(&["key", key]) }
}

/// The handle of a role session made in this second.
pub(crate) fn session_handle(role: &str, session: &str, made: Timestamp) -> Handle {
    hash(&["session", role, session, &made.secs().to_string()])
}

/// Which call that issues credentials this is, by its name.
pub(crate) fn call_of(name: &str) -> Option<u8> {
    CALLS.iter().position(|call| *call == name).and_then(|at| u8::try_from(at).ok())
}

fn text<'r>(event: &Event<'r, '_>, input: Option<FieldId>) -> Option<std::borrow::Cow<'r, str>> {
    event.record.text(input?).filter(|text| !text.is_empty())
}

fn derived(event: &mut Event<'_, '_>, of: Derived) -> Option<String> {
    let mut found = None;
    event.any_text(FieldRef::Derived(of), |text| {
        found = Some(text.to_owned());
        true
    });
    found
}

/// The handles of the credentials that made a call: the key's, and the session's if it is one of a role.
pub(crate) fn caller(inputs: &Inputs, event: &mut Event<'_, '_>) -> (Handle, Handle) {
    let key = text(event, inputs.key).map_or(0, |key| key_handle(&key));
    let made = text(event, inputs.creation).and_then(|text| Timestamp::parse(&text));
    let session = match made {
        Some(made) => match (derived(event, Derived::CallerRole), derived(event, Derived::SessionName)) {
            (Some(role), Some(session)) => session_handle(&role, &session, made),
            _ => 0,
        },
        None => 0,
    };
    (key, session)
}

/// Notes what a call issued; gives the handle.
pub(crate) fn note(
    inputs: &Inputs,
    table: &mut Issued,
    interner: &mut Interner,
    builder: &mut KeyBuilder,
    event: &mut Event<'_, '_>,
    (call, hit): (u8, Hit),
) -> Handle {
    let refused = !matches!(event.record.first(field::ERROR_CODE), None | Some(Raw::Null));
    // What services take for themselves is half of all such calls, and leads to nobody.
    if refused || text(event, Some(field::IDENTITY_TYPE)).as_deref() == Some("AWSService") {
        return 0;
    }
    let role = text(event, inputs.role);
    let key = text(event, inputs.issued).or_else(|| text(event, inputs.created));
    let handle = match (key, &role, text(event, inputs.session)) {
        (Some(key), ..) => key_handle(&key),
        (None, Some(role), Some(session)) => session_handle(role, &session, hit.time),
        _ => 0,
    };
    if handle == 0 {
        return 0;
    }
    if !table.takes(handle) {
        table.overflowed = true;
        return handle;
    }
    let (by, by_session) = caller(inputs, event);
    builder.start();
    for of in Caller::DERIVED {
        builder.text(derived(event, of).as_deref());
    }
    builder.text(text(event, inputs.key).as_deref());
    builder.text(text(event, inputs.ip).as_deref());
    let who = interner.intern(builder.bytes());
    let role = interner.intern(&key::of(&[role.as_deref()]));
    table.insert(handle, Issue { hit, by, by_session, who, role, call });
    handle
}

/// Who issued a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The identity that outlives a session.
    pub principal: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The name of its role session.
    pub session_name: Option<String>,
    /// The role of that session.
    pub role: Option<String>,
    /// The access key it used.
    pub access_key_id: Option<String>,
    /// From where it called, as recorded.
    pub ip: Option<String>,
}

impl Caller {
    const DERIVED: [Derived; 5] = [
        Derived::Principal,
        Derived::PrincipalKind,
        Derived::CallerAccount,
        Derived::SessionName,
        Derived::CallerRole,
    ];

    pub(crate) fn read(interner: &Interner, who: KeyId) -> Caller {
        let mut values = key::split(interner.get(who)).0.into_iter();
        let mut next = || values.next().flatten();
        Caller {
            principal: next(),
            kind: next(),
            account: next(),
            session_name: next(),
            role: next(),
            access_key_id: next(),
            ip: next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::hits::Location;
    use proptest::prelude::*;

    fn issue(time: u32, by: u64, digest: u64) -> Issue {
        let mut interner = Interner::default();
        let none = interner.intern(b"");
        let id = EventId::from_bits(u128::from(digest));
        let hit = Hit { time: Timestamp::from_secs(time), id, digest, at: Location::NOWHERE };
        Issue { hit, by, by_session: 0, who: none, role: none, call: 0 }
    }

    proptest! {
        /// Which entries are kept, and which record of each, does not depend on order, copies or parts.
        #[test]
        fn the_table_is_a_set(
            issues in proptest::collection::vec((1u64..20, 0u32..4, 0u64..3, 0u64..4), 0..60), cut in 0usize..60, most in 1usize..12,
        ) {
            let empty = || Issued { most, ..Issued::default() };
            let add = |table: &mut Issued, (handle, time, by, digest): &(u64, u32, u64, u64)| {
                table.insert(*handle, issue(*time, *by, *digest));
            };
            let mut whole = empty();
            issues.iter().for_each(|one| add(&mut whole, one));
            let cut = cut.min(issues.len());
            let (mut left, mut right) = (empty(), empty());
            issues[..cut].iter().rev().for_each(|one| add(&mut left, one));
            issues[cut..].iter().rev().chain(&issues).for_each(|one| add(&mut right, one));
            let mut interner = Interner::default();
            let keys = [interner.intern(b"")];
            right.merge(left, &keys);
            prop_assert_eq!(&whole.table, &right.table);
            prop_assert_eq!(whole.overflowed, right.overflowed);
            let distinct: std::collections::BTreeSet<u64> = issues.iter().map(|(handle, ..)| *handle).collect();
            let kept: Vec<u64> = distinct.iter().copied().take(most).collect();
            prop_assert_eq!(whole.table.keys().copied().collect::<Vec<_>>(), kept);
            prop_assert_eq!(whole.overflowed, distinct.len() > most);
        }
    }
}
