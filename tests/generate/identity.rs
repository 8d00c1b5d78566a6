//! Who calls: the `userIdentity` of a record, and where the call comes from.

use std::fmt::Write;

use crate::clock::{Secs, stamp};
use crate::ids;
use crate::org::{Account, Org};
use crate::rng::{Rng, tag};

/// A role of one of our accounts.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) account: usize,
    path: &'static str,
    pub(crate) name: String,
    pub(crate) id: String,
}

impl Role {
    /// The role's id depends on its account and name alone: nobody needs to keep a list.
    pub(crate) fn new(org: &Org, account: usize, path: &'static str, name: &str) -> Role {
        let mut rng = Rng::keyed(org.seed, &[tag("role"), account as u64, tag(name)]);
        let id = ids::principal("AROA", &org.accounts[account].prefix, &mut rng);
        Role { account, path, name: name.to_owned(), id }
    }

    pub(crate) fn arn(&self, org: &Org) -> String {
        format!("arn:aws:iam::{}:role/{}{}", org.accounts[self.account].id, self.path, self.name)
    }
}

/// What a session of a role carries beside its name.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    pub(crate) mfa: bool,
    pub(crate) source_identity: Option<String>,
    /// The ARN of the OIDC provider that vouched for the caller.
    pub(crate) federated: Option<String>,
    /// Credentials handed out by the instance metadata service.
    pub(crate) instance: bool,
    /// The AWS service that uses the session.
    pub(crate) invoked_by: Option<&'static str>,
}

/// Temporary credentials of a role.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) since: Secs,
    pub(crate) extras: Extras,
}

impl Session {
    pub(crate) fn new(
        org: &Org,
        role: &Role,
        name: &str,
        since: Secs,
        extras: Extras,
        rng: &mut Rng,
    ) -> Session {
        let account = &org.accounts[role.account];
        let key = ids::access_key("ASIA", &account.id, &account.prefix, rng);
        Session { role: role.clone(), name: name.to_owned(), key, since, extras }
    }

    pub(crate) fn arn(&self, org: &Org) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{}",
            org.accounts[self.role.account].id, self.role.name, self.name
        )
    }

    /// The `userIdentity`; a sign-in event has no key yet.
    pub(crate) fn identity(&self, org: &Org, with_key: bool) -> String {
        let account = &org.accounts[self.role.account].id;
        let (id, name) = (&self.role.id, &self.role.name);
        let mut out = String::with_capacity(700);
        let _ = write!(
            out,
            r#"{{"type":"AssumedRole","principalId":"{id}:{}","arn":"{}","accountId":"{account}","#,
            self.name,
            self.arn(org)
        );
        if with_key {
            let _ = write!(out, r#""accessKeyId":"{}","#, self.key);
        }
        let _ = write!(
            out,
            r#""sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"{}","accountId":"{account}","userName":"{name}"}},"#,
            self.role.arn(org)
        );
        if let Some(provider) = &self.extras.federated {
            let _ = write!(
                out,
                r#""webIdFederationData":{{"federatedProvider":"{provider}","attributes":{{}}}},"#
            );
        }
        out.push_str(r#""attributes":{"creationDate":""#);
        stamp(&mut out, self.since);
        let _ = write!(out, r#"","mfaAuthenticated":"{}"}}"#, self.extras.mfa);
        if let Some(person) = &self.extras.source_identity {
            let _ = write!(out, r#","sourceIdentity":"{person}""#);
        }
        if self.extras.instance {
            out.push_str(r#","ec2RoleDelivery":"2.0""#);
        }
        out.push('}');
        if let Some(service) = self.extras.invoked_by {
            let _ = write!(out, r#","invokedBy":"{service}""#);
        }
        out.push('}');
        out
    }
}

/// An IAM user.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) account: usize,
    pub(crate) name: String,
    pub(crate) id: String,
}

impl User {
    pub(crate) fn new(org: &Org, account: usize, name: &str) -> User {
        let mut rng = Rng::keyed(org.seed, &[tag("user"), account as u64, tag(name)]);
        let id = ids::principal("AIDA", &org.accounts[account].prefix, &mut rng);
        User { account, name: name.to_owned(), id }
    }

    /// The `n`th long-term key of the user.
    pub(crate) fn key(&self, org: &Org, n: u64) -> String {
        let mut rng = Rng::keyed(org.seed, &[tag("key"), self.account as u64, tag(&self.name), n]);
        let account = &org.accounts[self.account];
        ids::access_key("AKIA", &account.id, &account.prefix, &mut rng)
    }

    pub(crate) fn arn(&self, org: &Org) -> String {
        format!("arn:aws:iam::{}:user/{}", org.accounts[self.account].id, self.name)
    }

    /// The `userIdentity` with `key`, and since when there is a console session, with MFA or without.
    pub(crate) fn identity(&self, org: &Org, key: Option<&str>, session: Option<(Secs, bool)>) -> String {
        let mut out = String::with_capacity(320);
        let _ = write!(
            out,
            r#"{{"type":"IAMUser","principalId":"{}","arn":"{}","accountId":"{}""#,
            self.id,
            self.arn(org),
            org.accounts[self.account].id
        );
        if let Some(key) = key {
            let _ = write!(out, r#","accessKeyId":"{key}""#);
        }
        let _ = write!(out, r#","userName":"{}""#, self.name);
        if let Some((since, mfa)) = session {
            out.push_str(r#","sessionContext":{"attributes":{"creationDate":""#);
            stamp(&mut out, since);
            let _ = write!(out, r#"","mfaAuthenticated":"{mfa}"}}}}"#);
        }
        out.push('}');
        out
    }
}

/// An AWS service that acts on its own behalf.
pub(crate) fn service(host: &str) -> String {
    format!(r#"{{"type":"AWSService","invokedBy":"{host}"}}"#)
}

/// A principal of another account, as the account it calls sees it.
pub(crate) fn foreign(principal: &str, account: &str) -> String {
    format!(r#"{{"type":"AWSAccount","principalId":"{principal}","accountId":"{account}"}}"#)
}

/// Root of an account, with the console session's key and beginning.
pub(crate) fn root(account: &Account, session: Option<(&str, Secs)>) -> String {
    let id = &account.id;
    let mut out =
        format!(r#"{{"type":"Root","principalId":"{id}","arn":"arn:aws:iam::{id}:root","accountId":"{id}""#);
    match session {
        Some((key, since)) => {
            let _ = write!(
                out,
                r#","accessKeyId":"{key}","sessionContext":{{"attributes":{{"creationDate":"{}","mfaAuthenticated":"false"}}}}"#,
                crate::clock::stamped(since)
            );
        }
        None => out.push_str(r#","accessKeyId":"""#),
    }
    out.push('}');
    out
}

/// Where a call comes from and what makes it.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    pub(crate) ip: String,
    pub(crate) agent: String,
    /// The VPC endpoint it came through, and whose that is.
    pub(crate) endpoint: Option<(String, String)>,
    pub(crate) console: bool,
}

impl Origin {
    pub(crate) fn new(ip: &str, agent: &str) -> Origin {
        Origin { ip: ip.to_owned(), agent: agent.to_owned(), endpoint: None, console: false }
    }

    /// An AWS service: its host name is both address and user agent.
    pub(crate) fn service(host: &str) -> Origin {
        Origin::new(host, host)
    }

    /// Service calls carry no TLS details.
    pub(crate) fn is_service(&self) -> bool {
        !self.ip.contains(['.', ':']) || self.ip.ends_with(".amazonaws.com")
    }
}

/// Someone in the middle of a task: identity, ARN for error messages, account, and origin.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) identity: String,
    pub(crate) arn: String,
    /// The account that the credentials belong to, and that records the calls.
    pub(crate) account: usize,
    pub(crate) origin: Origin,
}

impl Caller {
    pub(crate) fn session(org: &Org, session: &Session, origin: Origin) -> Caller {
        let identity = session.identity(org, true);
        Caller { identity, arn: session.arn(org), account: session.role.account, origin }
    }

    pub(crate) fn user(org: &Org, user: &User, key: &str, origin: Origin) -> Caller {
        let identity = user.identity(org, Some(key), None);
        Caller { identity, arn: user.arn(org), account: user.account, origin }
    }

    pub(crate) fn service(account: usize, host: &'static str) -> Caller {
        Caller { identity: service(host), arn: host.to_owned(), account, origin: Origin::service(host) }
    }
}
