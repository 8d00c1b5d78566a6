//! Taking over roles: the records that STS writes, and the sessions that come out of them.

use std::fmt::Write;

use crate::clock::{HOUR, Secs, american};
use crate::event::{Api, Call, read};
use crate::failure::Failure;
use crate::identity::{Caller, Extras, Origin, Role, Session, foreign};
use crate::ids::{self, Uuid};
use crate::org::{HOME_REGION, IDENTITY_CENTER, Org, Vendor};
use crate::outbox::Outbox;
use crate::rng::Rng;

const ASSUME: Api = read("sts", "AssumeRole", "");
const WITH_SAML: Api = read("sts", "AssumeRoleWithSAML", "");
const WITH_TOKEN: Api = read("sts", "AssumeRoleWithWebIdentity", "");
pub(crate) const WHO_AM_I: Api = read("sts", "GetCallerIdentity", "");

/// The agent of the services that call on a person's behalf.
const INTERNAL_SDK: &str = "aws-internal/3 aws-sdk-java/1.12.780 Linux/5.10.234-206.895.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/17.0.14+7-LTS java/17.0.14 vendor/N/A cfg/retry-mode/standard";

/// A call to `AssumeRole`.
pub(crate) struct Assume<'a> {
    pub(crate) at: Secs,
    pub(crate) region: &'a str,
    pub(crate) role: &'a Role,
    pub(crate) session: &'a str,
    pub(crate) external_id: Option<&'a str>,
    pub(crate) source_identity: Option<&'a str>,
    /// The MFA device shown with the call.
    pub(crate) mfa: Option<&'a str>,
}

impl<'a> Assume<'a> {
    pub(crate) fn new(at: Secs, region: &'a str, role: &'a Role, session: &'a str) -> Assume<'a> {
        Assume { at, region, role, session, external_id: None, source_identity: None, mfa: None }
    }

    fn params(&self, org: &Org) -> String {
        let mut out = format!(r#"{{"roleArn":"{}","roleSessionName":"{}""#, self.role.arn(org), self.session);
        if let Some(id) = self.external_id {
            let _ = write!(out, r#","externalId":"{id}""#);
        }
        out.push_str(r#","durationSeconds":3600"#);
        if let Some(serial) = self.mfa {
            let _ = write!(out, r#","serialNumber":"{serial}""#);
        }
        if let Some(person) = self.source_identity {
            let _ = write!(out, r#","sourceIdentity":"{person}""#);
        }
        out.push('}');
        out
    }
}

/// The credentials in an answer, and whom they are for.
fn response(org: &Org, session: &Session, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(800);
    let _ =
        write!(out, r#"{{"credentials":{{"accessKeyId":"{}","sessionToken":"IQoJb3JpZ2luX2VjE"#, session.key);
    // A small trail is made to be kept: its tokens are short, and mostly the same.
    let (fresh, length) = if org.is_small() { (32, 250) } else { (356, 400) };
    ids::base64(rng, fresh, length, &mut out);
    let _ = write!(
        out,
        r#"=","expiration":"{}"}},"assumedRoleUser":{{"assumedRoleId":"{}:{}","arn":"{}"}}"#,
        american(session.since + HOUR, true),
        session.role.id,
        session.name,
        session.arn(org)
    );
    if let Some(person) = &session.extras.source_identity {
        let _ = write!(out, r#","sourceIdentity":"{person}""#);
    }
    out.push('}');
    out
}

fn role_resource(org: &Org, role: &Role) -> String {
    format!(
        r#"[{{"accountId":"{}","type":"AWS::IAM::Role","ARN":"{}"}}]"#,
        org.accounts[role.account].id,
        role.arn(org)
    )
}

/// What came out of taking over a role: the session, and the ids of the records, the target account's last.
pub(crate) struct Assumed {
    pub(crate) session: Session,
    pub(crate) events: Vec<Uuid>,
}

/// Somebody of ours takes over a role; across accounts both record it.
pub(crate) fn assume(
    org: &Org,
    by: &Caller,
    ask: &Assume<'_>,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Assumed {
    let extras = Extras {
        mfa: ask.mfa.is_some(),
        source_identity: ask.source_identity.map(str::to_owned),
        ..Extras::default()
    };
    let session = Session::new(org, ask.role, ask.session, ask.at, extras, rng);
    let mut call = Call::new(by, ask.at, ask.region, &ASSUME)
        .params(ask.params(org))
        .response(response(org, &session, rng));
    call.resources = role_resource(org, ask.role).into();
    if by.account == ask.role.account {
        let events = vec![out.send(&call, rng)];
        return Assumed { session, events };
    }
    call.shared = Some(Uuid::random(rng));
    let mut events = vec![out.send(&call, rng)];
    let stranger = as_seen_from_outside(org, by);
    let there = Call { by: &stranger, account: ask.role.account, ..call };
    events.push(out.send(&there, rng));
    Assumed { session, events }
}

/// The target account of a call learns only the caller's principal id and account.
fn as_seen_from_outside(org: &Org, by: &Caller) -> Caller {
    let key = r#""principalId":""#;
    let principal = by.identity.split(key).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Caller { identity: foreign(principal, &org.accounts[by.account].id), ..by.clone() }
}

/// A third party takes over a role of ours; only our side is recorded here.
pub(crate) fn assume_from_outside(
    org: &Org,
    (vendor, ip): (&Vendor, &str),
    ask: &Assume<'_>,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Assumed {
    let account = vendor.account;
    let principal = format!("AROA{}QX7LH3KPA:{}", ids::account_prefix(account), "collector");
    let origin = Origin::new(ip, vendor.agent);
    let by = Caller {
        identity: foreign(&principal, account),
        arn: String::new(),
        account: ask.role.account,
        origin,
    };
    let session = Session::new(org, ask.role, ask.session, ask.at, Extras::default(), rng);
    let mut call = Call::new(&by, ask.at, ask.region, &ASSUME)
        .params(ask.params(org))
        .response(response(org, &session, rng));
    call.resources = role_resource(org, ask.role).into();
    call.shared = Some(Uuid::random(rng));
    let events = vec![out.send(&call, rng)];
    Assumed { session, events }
}

/// A role that may not be taken over. STS hides which one in the parameters and names it in the message.
pub(crate) fn refused(by: &Caller, at: Secs, role_arn: &str, rng: &mut Rng, out: &mut Outbox<'_>) -> Uuid {
    let call = Call::new(by, at, HOME_REGION, &ASSUME);
    out.send(&call.fails(Failure::denied("sts", "AssumeRole", by, role_arn)), rng)
}

/// A service takes over a role for a workload or for itself.
pub(crate) fn assume_by_service(
    org: &Org,
    host: &'static str,
    ask: &Assume<'_>,
    extras: Extras,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Session {
    let by = Caller::service(ask.role.account, host);
    let session = Session::new(org, ask.role, ask.session, ask.at, extras, rng);
    let params = format!(r#"{{"roleArn":"{}","roleSessionName":"{}"}}"#, ask.role.arn(org), ask.session);
    let mut call =
        Call::new(&by, ask.at, ask.region, &ASSUME).params(params).response(response(org, &session, rng));
    call.resources = role_resource(org, ask.role).into();
    call.shared = Some(Uuid::random(rng));
    out.send(&call, rng);
    session
}

/// A SAML provider that vouches for people.
pub(crate) struct Provider {
    /// Its name in the account.
    pub(crate) name: &'static str,
    /// By which it says whose subjects it names.
    pub(crate) qualifier: &'static str,
    pub(crate) issuer: &'static str,
    /// From where the assertion is shown.
    pub(crate) origin: Origin,
}

/// Identity Center fetches a session for a person.
pub(crate) fn assume_for_person(
    org: &Org,
    role: &Role,
    email: &str,
    at: Secs,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Session {
    let provider = Provider {
        name: "AWSSSO_4c1f0b7a9d2e6835_DO_NOT_DELETE",
        qualifier: "nT9vXh2kQfZrW4mEyB6sLdJcU0o=",
        issuer: "https://portal.sso.us-east-1.amazonaws.com/saml/assertion/MTExMTAwMDAxMTEx",
        origin: Origin::new(IDENTITY_CENTER, INTERNAL_SDK),
    };
    assume_with_assertion(org, &provider, (role, email, at), rng, out)
}

/// An assertion about a person is exchanged for a session.
pub(crate) fn assume_with_assertion(
    org: &Org,
    from: &Provider,
    (role, email, at): (&Role, &str, Secs),
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Session {
    let account = &org.accounts[role.account].id;
    let provider = format!("arn:aws:iam::{account}:saml-provider/{}", from.name);
    let (qualifier, issuer) = (from.qualifier, from.issuer);
    let identity = format!(
        r#"{{"type":"SAMLUser","principalId":"{qualifier}:{email}","userName":"{email}","identityProvider":"{qualifier}"}}"#
    );
    let by = Caller { identity, arn: String::new(), account: role.account, origin: from.origin.clone() };
    let session = Session::new(org, role, email, at, Extras::default(), rng);
    let assertion = Uuid::random(rng).text();
    let arn = role.arn(org);
    let mut call = Call::new(&by, at, HOME_REGION, &WITH_SAML)
        .params(format!(
            r#"{{"sAMLAssertionID":"_{assertion}","roleSessionName":"{email}","durationSeconds":3600,"roleArn":"{arn}","principalArn":"{provider}"}}"#
        ));
    let mut answer = response(org, &session, rng);
    answer.pop();
    let _ = write!(
        answer,
        r#","subjectType":"persistent","issuer":"{issuer}","audience":"https://signin.aws.amazon.com/saml","nameQualifier":"{qualifier}","subject":"{email}"}}"#
    );
    call.response = answer.into();
    call.resources = format!(
        r#"[{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"{arn}"}},{{"accountId":"{account}","type":"AWS::IAM::SAMLProvider","ARN":"{provider}"}}]"#
    )
    .into();
    out.send(&call, rng);
    session
}

/// Whoever holds a token of an OIDC provider: a CI run, or a workload in Kubernetes.
pub(crate) struct Token<'a> {
    /// The provider without its scheme, as in the ARN.
    pub(crate) provider: &'a str,
    pub(crate) subject: &'a str,
}

/// A token is exchanged for a session.
pub(crate) fn assume_with_token(
    org: &Org,
    token: &Token<'_>,
    ask: &Assume<'_>,
    origin: Origin,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Session {
    let account = &org.accounts[ask.role.account].id;
    let Token { provider, subject } = token;
    let arn = format!("arn:aws:iam::{account}:oidc-provider/{provider}");
    let identity = format!(
        r#"{{"type":"WebIdentityUser","principalId":"{arn}:sts.amazonaws.com:{subject}","userName":"{subject}","identityProvider":"{arn}"}}"#
    );
    let by = Caller { identity, arn: String::new(), account: ask.role.account, origin };
    let extras = Extras { federated: Some(arn.clone()), ..Extras::default() };
    let session = Session::new(org, ask.role, ask.session, ask.at, extras, rng);
    let mut answer = response(org, &session, rng);
    answer.pop();
    let _ = write!(
        answer,
        r#","provider":"{arn}","audience":"sts.amazonaws.com","subjectFromWebIdentityToken":"{subject}"}}"#
    );
    let mut call = Call::new(&by, ask.at, ask.region, &WITH_TOKEN).params(ask.params(org)).response(answer);
    call.resources = role_resource(org, ask.role).into();
    out.send(&call, rng);
    session
}
