//! Whom a call acts upon: the user or role it changes or takes, and whether that is the caller.

use std::borrow::Cow;

use super::call::truth;
use super::field::Derived;
use super::{Deriver, Values, identity};
use crate::arn::Arn;
use crate::event::{Raw, Record};
use crate::outcome::Outcome;

/// Calls of IAM that mean the caller's own user when they name none.
const OWN_WHEN_UNNAMED: [&str; 20] = [
    "ChangePassword",
    "CreateAccessKey",
    "CreateLoginProfile",
    "DeactivateMFADevice",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "DeleteServiceSpecificCredential",
    "DeleteSigningCertificate",
    "GetLoginProfile",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "ResetServiceSpecificCredential",
    "UpdateAccessKey",
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
    "UploadSigningCertificate",
];

/// The resource that a refusal names, as kind and name: `user jane`, `role app`, or the same out of an ARN. It is all
/// that is recorded of a refused call, whose parameters are left out.
fn refused_resource(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("on resource: ")?;
    let end = [" because ", " with an explicit deny"].into_iter().filter_map(|mark| rest.find(mark)).min();
    let resource = rest[..end.unwrap_or(rest.len())].trim().trim_end_matches(['.', ',']);
    if let Some(arn) = Arn::split(resource) {
        let (kind, path) = arn.resource.split_once('/')?;
        return Some((kind, path.rsplit('/').next()?));
    }
    resource.split_once(' ').filter(|(kind, name)| !kind.contains(':') && !name.contains(' '))
}

fn refused<'r>(deriver: &Deriver, record: &Record<'r>, kind: &str) -> Option<Cow<'r, str>> {
    let message = deriver.text(record, deriver.inputs.error_message)?;
    let (found, name) = refused_resource(&message)?;
    (found == kind).then(|| Cow::Owned(name.to_owned()))
}

/// The user a call changes, where the call or its refusal says so.
fn named_user<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    [inputs.user_name, inputs.created_for, inputs.created_profile_for]
        .into_iter()
        .find_map(|field| deriver.text(record, field))
        .or_else(|| refused(deriver, record, "user"))
}

/// An IAM user that names no target acts upon itself; of a refused call the parameters are not recorded.
fn own_user<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    let name = deriver.text(record, inputs.event_name)?;
    if deriver.outcome(record) != Outcome::Success || !OWN_WHEN_UNNAMED.contains(&&*name) {
        return None;
    }
    match deriver.text(record, inputs.identity_type).as_deref() {
        Some("IAMUser") => deriver.text(record, inputs.identity_user).or_else(|| last_part(deriver, record)),
        Some("Root") => Some("root".into()),
        _ => None,
    }
}

/// The last part of the caller's ARN: the name of a user, or of a session.
fn last_part<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let arn = deriver.text(record, deriver.inputs.identity_arn)?;
    Some(arn.rsplit('/').next()?.to_owned().into())
}

pub(super) fn target_user(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, named_user(deriver, record).or_else(|| own_user(deriver, record)));
}

/// The name of the role that a call changes.
fn named_role<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    deriver.text(record, deriver.inputs.role_name).or_else(|| refused(deriver, record, "role"))
}

pub(super) fn target_is_caller(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let same = deriver.text(record, deriver.inputs.identity_type).and_then(|kind| {
        if let Some(user) = named_user(deriver, record) {
            return Some(is_user(deriver, record, &kind, &user));
        }
        if let Some(role) = named_role(deriver, record) {
            let own = identity::caller_role(deriver, record);
            let name = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
            return Some(own.is_some_and(|own| name(&own) == name(&role)));
        }
        own_user(deriver, record).map(|_| true)
    });
    values.set(field as usize, same.map(truth));
}

/// Whether the caller is the user of that name. The name of a session is no proof, as whoever assumes a role chooses
/// it, but a console or Identity Center session bears its person's name.
fn is_user(deriver: &Deriver, record: &Record<'_>, kind: &str, user: &str) -> bool {
    let inputs = &deriver.inputs;
    let by_arn = || last_part(deriver, record).is_some_and(|last| last == user);
    match kind {
        // The name by which IAM's parameters call it.
        "Root" => user.eq_ignore_ascii_case("AWS ROOT USER") || user == "root",
        "IAMUser" => deriver.text(record, inputs.identity_user).is_some_and(|own| own == user) || by_arn(),
        "AssumedRole" => {
            let console = deriver
                .text(record, inputs.from_console)
                .is_some_and(|marked| marked.eq_ignore_ascii_case("true"));
            let person = identity::caller_role(deriver, record)
                .is_some_and(|role| role.rsplit('/').next().is_some_and(identity::is_sso));
            (console || person) && by_arn()
        }
        _ => false,
    }
}

fn role_arn<'r>(deriver: &Deriver, record: &Record<'r>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    if let Some(arn) = deriver.text(record, inputs.role_arn) {
        return Some(arn);
    }
    if let Some(name) = deriver.text(record, inputs.role_name) {
        return arn_of_role(deriver, record, name);
    }
    if let (Some(types), Some(arns)) = (inputs.resource_type, inputs.resource_arn) {
        let kinds = record.all(types).filter_map(Raw::scalar);
        let mut pairs = kinds.zip(record.all(arns).filter_map(Raw::scalar));
        if let Some((_, arn)) = pairs.find(|(kind, _)| kind == "AWS::IAM::Role") {
            return Some(arn);
        }
    }
    // A refused AssumeRole has no parameters; its message names the role.
    let message = deriver.text(record, inputs.error_message)?;
    let (_, resource) = message.split_once("on resource: ")?;
    let arn = resource.split_whitespace().next()?;
    if arn.contains(":role/") {
        return Some(Cow::Owned(arn.trim_end_matches(['.', ',']).to_owned()));
    }
    arn_of_role(deriver, record, refused(deriver, record, "role")?)
}

fn arn_of_role<'r>(deriver: &Deriver, record: &Record<'r>, name: Cow<'r, str>) -> Option<Cow<'r, str>> {
    let inputs = &deriver.inputs;
    if name.starts_with("arn:") {
        return Some(name);
    }
    let account =
        deriver.text(record, inputs.recipient).or_else(|| deriver.text(record, inputs.identity_account))?;
    let region = deriver.text(record, inputs.region).unwrap_or_default();
    let partition = match &*region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Some(format!("arn:{partition}:iam::{account}:role/{name}").into())
}

pub(super) fn role(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, role_arn(deriver, record));
}

pub(super) fn role_name(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let role = role_arn(deriver, record);
    let name = role.as_deref().and_then(|role| role.rsplit('/').next()).filter(|name| !name.is_empty());
    values.set(field as usize, name);
}

pub(super) fn role_privileged(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let role = role_arn(deriver, record);
    values.set(field as usize, role.map(|role| truth(deriver.known.roles.is_privileged(&role))));
}

pub(super) fn caller_privileged(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let root = deriver.text(record, deriver.inputs.identity_type).as_deref() == Some("Root");
    let role = identity::caller_role(deriver, record);
    let privileged = root || role.is_some_and(|role| deriver.known.roles.is_privileged(&role));
    values.set(field as usize, Some(truth(privileged)));
}

pub(super) fn role_account_relation(
    deriver: &Deriver,
    record: &Record<'_>,
    field: Derived,
    values: &mut Values,
) {
    let account = role_arn(deriver, record).and_then(|arn| Some(Arn::split(&arn)?.account.to_owned()));
    let Some(account) = account.filter(|account| !account.is_empty()) else {
        return values.set(field as usize, None::<&str>);
    };
    values.set_pending(field as usize, Some(account));
}

#[cfg(test)]
mod tests {
    use super::super::trial::derived;
    use super::*;

    fn call(identity: &str, name: &str, rest: &str) -> String {
        format!(
            r#"{{"userIdentity":{identity},"eventSource":"iam.amazonaws.com","eventName":"{name}"{rest}}}"#
        )
    }

    const JANE: &str = r#"{"type":"IAMUser","userName":"jane","arn":"arn:aws:iam::111122223333:user/jane"}"#;
    const SESSION: &str = r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ops/jane"}"#;

    #[test]
    fn the_caller_is_told_from_others() {
        let own = |json: String| derived(Derived::TargetIsCaller, &json).pop();
        let user = |name: &str| format!(r#","requestParameters":{{"userName":"{name}"}}"#);
        let role = |name: &str| format!(r#","requestParameters":{{"roleName":"{name}"}}"#);
        assert_eq!(own(call(JANE, "CreateAccessKey", &user("jane"))).as_deref(), Some("true"));
        assert_eq!(own(call(JANE, "CreateAccessKey", &user("bob"))).as_deref(), Some("false"));
        assert_eq!(own(call(JANE, "CreateAccessKey", "")).as_deref(), Some("true"));
        assert_eq!(own(call(JANE, "CreateAccessKey", r#","errorCode":"AccessDenied""#)), None);
        assert_eq!(own(call(JANE, "AttachGroupPolicy", "")), None);
        assert_eq!(own(call(SESSION, "AttachRolePolicy", &role("ops"))).as_deref(), Some("true"));
        assert_eq!(own(call(SESSION, "AttachRolePolicy", &role("app"))).as_deref(), Some("false"));
        // A session's name is chosen by whoever assumes the role, except in the console.
        assert_eq!(own(call(SESSION, "UpdateLoginProfile", &user("jane"))).as_deref(), Some("false"));
        let console = format!(r#"{},"sessionCredentialFromConsole":"true""#, user("jane"));
        assert_eq!(own(call(SESSION, "UpdateLoginProfile", &console)).as_deref(), Some("true"));
        let refused = |user: &str| {
            format!(
                r#","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: iam:CreateAccessKey on resource: user {user} because no policy allows it""#
            )
        };
        assert_eq!(own(call(JANE, "CreateAccessKey", &refused("bob"))).as_deref(), Some("false"));
        assert_eq!(own(call(JANE, "CreateAccessKey", &refused("jane"))).as_deref(), Some("true"));
        assert_eq!(own(call("null", "CreateAccessKey", &user("bob"))), None);
    }

    #[test]
    fn refusals_name_their_resource() {
        let because = |resource: &str| {
            format!(
                "User: arn:aws:iam::111122223333:user/eve is not authorized to perform: iam:X on resource: {resource} because no identity-based policy allows the iam:X action"
            )
        };
        let found = |message: &str| refused_resource(message).map(|(kind, name)| format!("{kind} {name}"));
        assert_eq!(found(&because("user bob")).as_deref(), Some("user bob"));
        assert_eq!(found(&because("role ops-admin")).as_deref(), Some("role ops-admin"));
        assert_eq!(found(&because("arn:aws:iam::111122223333:user/team/bob")).as_deref(), Some("user bob"));
        let deny =
            "... on resource: arn:aws:iam::111122223333:role/ops-admin with an explicit deny in a policy";
        assert_eq!(found(deny).as_deref(), Some("role ops-admin"));
        let bare = "User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/a";
        assert_eq!(found(bare).as_deref(), Some("role a"));
        assert_eq!(found(&because("*")), None);
        assert_eq!(found("Access denied"), None);
    }
}
