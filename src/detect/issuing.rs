//! Reading from a record which credential it issued, to whom, and by which credential it was made.

use super::field::{Event, FieldRef};
use super::hits::Hit;
use super::intern::{Interner, KeyId};
use super::issued::{Handle, Issue, Issued};
use super::key::{self, KeyBuilder};
use crate::derive::Derived;
use crate::event::{EventId, FieldId, Layout, field};
use crate::outcome::Outcome;
use crate::time::Timestamp;

/// Calls that issue credentials.
pub(crate) const CALLS: [&str; 9] = [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetSessionToken",
    "GetFederationToken",
    "CreateAccessKey",
    // Of Roles Anywhere, and of Cognito.
    "CreateSession",
    "GetCredentialsForIdentity",
];

/// What names the credential of a call, and tells when a session began.
const KEY: &str = "userIdentity.accessKeyId";
const CREATION: &str = "userIdentity.sessionContext.attributes.creationDate";
const IP: &str = "sourceIPAddress";
const ROLE: &str = "requestParameters.roleArn";
const SESSION: &str = "requestParameters.roleSessionName";
/// Where answers tell the key that was issued.
const ISSUED: [&str; 3] = [
    "responseElements.credentials.accessKeyId",
    "responseElements.accessKey.accessKeyId",
    "responseElements.credentialSet.credentials.accessKeyId",
];

/// Fields the table is made from, besides those that every run reads.
pub(crate) const PATHS: [&str; 8] = [KEY, CREATION, IP, ROLE, SESSION, ISSUED[0], ISSUED[1], ISSUED[2]];

/// The numbers of those fields.
#[derive(Debug)]
pub(crate) struct Inputs {
    key: Option<FieldId>,
    creation: Option<FieldId>,
    ip: Option<FieldId>,
    role: Option<FieldId>,
    session: Option<FieldId>,
    /// Where the answer tells the key that was issued.
    issued: [Option<FieldId>; 3],
}

impl Inputs {
    pub(crate) fn find(layout: &Layout) -> Inputs {
        let id = |path: &str| layout.id(path);
        Inputs {
            key: id(KEY),
            creation: id(CREATION),
            ip: id(IP),
            role: id(ROLE),
            session: id(SESSION),
            issued: ISSUED.map(id),
        }
    }
}

/// A strong hash: session names are the caller's to choose, and must not be made to meet another's key.
fn hash(parts: &[&str]) -> Handle {
    let bits = EventId::of_parts(parts).bits();
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
    (call, time): (u8, Timestamp),
    hit: &mut dyn FnMut() -> Hit,
) -> Handle {
    let refused = event.deriver.outcome(&event.record) != Outcome::Success;
    // What services take for themselves is half of all such calls, and leads to nobody.
    if refused || text(event, Some(field::IDENTITY_TYPE)).as_deref() == Some("AWSService") {
        return 0;
    }
    let role = text(event, inputs.role);
    let key = inputs.issued.into_iter().find_map(|field| text(event, field));
    let handle = match (key, &role, text(event, inputs.session)) {
        (Some(key), ..) => key_handle(&key),
        (None, Some(role), Some(session)) => session_handle(role, &session, time),
        _ => 0,
    };
    if handle == 0 {
        return 0;
    }
    if !table.takes(handle) {
        table.leave_out();
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
    table.insert(handle, Issue { hit: hit(), by, by_session, who, role, call });
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
