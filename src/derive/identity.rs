//! Who called: the identity behind the session, and whose account it belongs to.

use std::borrow::Cow;

use super::call::truth;
use super::field::Derived;
use super::{Deriver, Values};
use crate::arn::Arn;
use crate::event::Record;

/// `assumed-role/NAME/SESSION` of a session's ARN.
fn assumed(arn: &str) -> Option<(&str, &str)> {
    Arn::split(arn)?.resource.strip_prefix("assumed-role/")?.split_once('/')
}

/// Whether a session name is an EC2 instance's id, as sessions of instance profiles have it.
pub(super) fn is_instance(session: &str) -> bool {
    session
        .strip_prefix("i-")
        .is_some_and(|hex| (8..=17).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a role of this name is a permission set of Identity Center.
pub(super) fn is_sso(role: &str) -> bool {
    role.starts_with("AWSReservedSSO_")
}

struct Caller<'r> {
    kind: &'static str,
    canonical: Option<Cow<'r, str>>,
}

fn caller<'r>(deriver: &Deriver, record: &Record<'r>) -> Caller<'r> {
    let inputs = &deriver.inputs;
    let text = |input| deriver.text(record, input);
    let of = |kind, canonical| Caller { kind, canonical };
    let arn = text(inputs.identity_arn);
    let account = text(inputs.identity_account);
    let kind = text(inputs.identity_type);
    match kind.as_deref() {
        Some("Root") => {
            of("root", account.map(|account| format!("arn:aws:iam::{account}:root").into()).or(arn))
        }
        Some("IAMUser") => of("user", arn.or_else(|| text(inputs.identity_principal))),
        Some("AssumedRole") | Some("Role") => {
            let session = arn.as_deref().and_then(assumed);
            match session {
                Some((role, _)) if is_sso(role) => of("sso-user", arn),
                Some((_, session)) if is_instance(session) => of("instance", arn),
                Some((role, _)) => {
                    let built = || {
                        let Arn { partition, account, .. } = arn.as_deref().and_then(Arn::split)?;
                        Some(format!("arn:{partition}:iam::{account}:role/{role}").into())
                    };
                    of("role", text(inputs.issuer_arn).or_else(built))
                }
                None => {
                    of("role", text(inputs.issuer_arn).or(arn).or_else(|| text(inputs.identity_principal)))
                }
            }
        }
        Some("FederatedUser") => of("user", text(inputs.issuer_arn).or(arn)),
        Some("SAMLUser") => of("saml", provider(deriver, record)),
        Some("WebIdentityUser") => of("web-identity", provider(deriver, record)),
        Some("IdentityCenterUser") => {
            let store = text(inputs.on_behalf_store);
            let user = text(inputs.on_behalf_of).or_else(|| text(inputs.identity_principal));
            let store = store
                .as_deref()
                .and_then(|store| store.rsplit('/').next())
                .unwrap_or("identity-center")
                .to_owned();
            of("identity-center-user", user.map(|user| format!("{store}/{user}").into()))
        }
        // As Identity Center told of its users before it had a type for them.
        Some("Unknown") if arn.is_none() && at_identity_center(deriver, record) => of(
            "identity-center-user",
            text(inputs.identity_user).map(|user| format!("identity-center/{user}").into()),
        ),
        Some("AWSAccount") => of("account", account.map(|account| format!("account:{account}").into())),
        Some("AWSService") => of("service", text(inputs.identity_invoked_by)),
        _ => match (arn, text(inputs.identity_invoked_by), account) {
            (Some(arn), ..) => of("unknown", Some(arn)),
            (None, Some(service), _) => of("service", Some(service)),
            (None, None, account) => {
                of("unknown", account.map(|account| format!("account:{account}").into()))
            }
        },
    }
}

/// Whether somebody with a name is at the portal of Identity Center.
fn at_identity_center(deriver: &Deriver, record: &Record<'_>) -> bool {
    let source = deriver.text(record, deriver.inputs.event_source);
    let user = deriver.text(record, deriver.inputs.identity_user);
    source.is_some_and(|source| source.starts_with("sso") || source == "signin.amazonaws.com")
        && user.is_some_and(|user| !user.starts_with("HIDDEN_DUE_TO"))
}

/// Provider and subject of a federated caller.
fn provider<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    let user = deriver
        .text(record, inputs.identity_user)
        .or_else(|| deriver.text(record, inputs.identity_principal))?;
    Some(match deriver.text(record, inputs.identity_provider) {
        Some(provider) => format!("{provider}:{user}").into(),
        None => user,
    })
}

/// The caller and its kind: both, as whoever asks for one mostly asks for the other.
pub(super) fn principal(deriver: &Deriver, record: &Record<'_>, _: Derived, values: &mut Values) {
    let Caller { kind, canonical } = caller(deriver, record);
    values.set(Derived::Principal as usize, canonical);
    let known = deriver.text(record, deriver.inputs.identity_type).is_some()
        || deriver.text(record, deriver.inputs.identity_arn).is_some();
    values.set(Derived::PrincipalKind as usize, known.then_some(kind));
}

pub(super) fn credential(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let text = |input| deriver.text(record, input);
    values.set(
        field as usize,
        text(inputs.identity_key)
            .or_else(|| text(inputs.identity_arn))
            .or_else(|| text(inputs.identity_principal)),
    );
}

pub(super) fn key_kind(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let key = deriver.text(record, deriver.inputs.identity_key);
    let kind = key.and_then(|key| match key.get(..4) {
        Some("AKIA") => Some("long-term"),
        Some("ASIA") => Some("temporary"),
        _ => None,
    });
    values.set(field as usize, kind);
}

fn account<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    deriver.text(record, inputs.identity_account).or_else(|| {
        let arn = deriver.text(record, inputs.identity_arn)?;
        let account = Arn::split(&arn)?.account.to_owned();
        (!account.is_empty()).then_some(Cow::Owned(account))
    })
}

pub(super) fn record_account(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let recipient = deriver.text(record, deriver.inputs.recipient);
    values.set(field as usize, recipient.or_else(|| account(deriver, record)));
}

pub(super) fn caller_account(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, account(deriver, record));
}

pub(super) fn caller_relation(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let Some(account) = account(deriver, record) else {
        return values.set(field as usize, None::<&str>);
    };
    // The account that receives the record is one's own, whatever else the logs will tell.
    if deriver.text(record, deriver.inputs.recipient).as_deref() == Some(&*account) {
        return values.set(field as usize, Some("own"));
    }
    values.set_pending(field as usize, Some(account));
}

pub(super) fn vendor(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let account = account(deriver, record);
    let vendor = account.as_deref().and_then(|account| deriver.known.accounts.vendor(account));
    values.set(field as usize, vendor.map(|vendor| vendor.name));
}

pub(super) fn by_service(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let service = deriver.text(record, inputs.identity_type).as_deref() == Some("AWSService");
    // What a person does in the console may name the sign-in service or AWS itself as the one who invoked it.
    let invoked = deriver.text(record, inputs.identity_invoked_by).is_some_and(|by| {
        !by.eq_ignore_ascii_case("signin.amazonaws.com") && !by.eq_ignore_ascii_case("aws internal")
    });
    values.set(field as usize, Some(truth(service || invoked)));
}

/// The ARN of the role whose session the caller is; `None` for callers that are no role.
pub(super) fn caller_role<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    let arn = deriver.text(record, inputs.identity_arn);
    let issuer = deriver.text(record, inputs.issuer_arn).filter(|issuer| issuer.contains(":role/"));
    issuer.or_else(|| {
        let arn = arn?;
        let Arn { partition, account, .. } = Arn::split(&arn)?;
        let (role, _) = assumed(&arn)?;
        Some(format!("arn:{partition}:iam::{account}:role/{role}").into())
    })
}

pub(super) fn role_of_caller(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, caller_role(deriver, record));
}

pub(super) fn caller_is_service(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let service = deriver.text(record, deriver.inputs.identity_type).as_deref() == Some("AWSService");
    let linked = || {
        caller_role(deriver, record).is_some_and(|role| {
            role.contains(":role/aws-service-role/") || role.contains(":role/AWSServiceRoleFor")
        })
    };
    values.set(field as usize, Some(truth(service || linked())));
}

/// The name of the caller's role session.
pub(super) fn session<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    if let Some(arn) = deriver.text(record, inputs.identity_arn)
        && let Some((_, session)) = assumed(&arn)
    {
        return Some(Cow::Owned(session.to_owned()));
    }
    // Refused calls may leave the ARN out and keep `AROA...:session`.
    let principal = deriver.text(record, inputs.identity_principal)?;
    let session = principal.strip_prefix("AROA")?.split_once(':')?.1.to_owned();
    Some(Cow::Owned(session))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_told_by_their_session_name() {
        assert!(is_instance("i-0abc1234def567890") && is_instance("i-12345678"));
        assert!(!is_instance("i-team") && !is_instance("i-0abc1234def567890ff") && !is_instance("jane"));
    }

    #[test]
    fn sessions_are_read_from_arns() {
        assert_eq!(assumed("arn:aws:sts::111122223333:assumed-role/app/i-1"), Some(("app", "i-1")));
        assert_eq!(assumed("arn:aws:iam::111122223333:role/app"), None);
        assert_eq!(assumed("arn***/..."), None);
    }
}
