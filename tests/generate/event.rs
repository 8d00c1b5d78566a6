//! One CloudTrail record, written key by key in the order CloudTrail writes them.

use std::borrow::Cow;
use std::fmt::Write;

use crate::clock::{Secs, stamp};
use crate::failure::Failure;
use crate::identity::Caller;
use crate::ids::{self, Uuid};
use crate::org::{Account, HOME_REGION};
use crate::resources::fill;
use crate::rng::Rng;

/// An operation of an AWS API, with the parameters it usually gets.
pub(crate) struct Api {
    /// The service, as in `eventSource` before `.amazonaws.com`.
    pub(crate) source: &'static str,
    pub(crate) name: &'static str,
    /// The `requestParameters`, with `~x` for a resource of the account (see [`fill`]); empty for null.
    pub(crate) params: &'static str,
    pub(crate) writes: bool,
}

/// A call that only reads.
pub(crate) const fn read(source: &'static str, name: &'static str, params: &'static str) -> Api {
    Api { source, name, params, writes: false }
}

/// A call that changes something.
pub(crate) const fn write(source: &'static str, name: &'static str, params: &'static str) -> Api {
    Api { source, name, params, writes: true }
}

/// What kind of record it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Api,
    SignIn,
    /// Something a service did or noticed, with `serviceEventDetails`.
    Service,
}

/// One record to be written.
pub(crate) struct Call<'a> {
    pub(crate) by: &'a Caller,
    pub(crate) at: Secs,
    pub(crate) region: &'a str,
    /// The account that records the call; the caller's own but for cross-account calls.
    pub(crate) account: usize,
    pub(crate) kind: Kind,
    pub(crate) source: &'a str,
    pub(crate) name: &'a str,
    pub(crate) writes: bool,
    /// JSON texts; empty for null or, of the last three, for absent.
    pub(crate) params: Cow<'a, str>,
    pub(crate) response: Cow<'a, str>,
    pub(crate) additional: Cow<'a, str>,
    pub(crate) resources: Cow<'a, str>,
    pub(crate) details: Cow<'a, str>,
    pub(crate) failure: Option<Failure>,
    /// Links the two records of a cross-account call.
    pub(crate) shared: Option<Uuid>,
}

impl<'a> Call<'a> {
    /// `api` with the parameters given in full.
    pub(crate) fn new(by: &'a Caller, at: Secs, region: &'a str, api: &'a Api) -> Call<'a> {
        Call {
            by,
            at,
            region: if is_global(api.source) { HOME_REGION } else { region },
            account: by.account,
            kind: Kind::Api,
            source: api.source,
            name: api.name,
            writes: api.writes,
            params: Cow::Borrowed(api.params),
            response: Cow::Borrowed(""),
            additional: Cow::Borrowed(""),
            resources: Cow::Borrowed(""),
            details: Cow::Borrowed(""),
            failure: None,
            shared: None,
        }
    }

    /// `api` on some resource of `account`.
    pub(crate) fn on(
        by: &'a Caller,
        at: Secs,
        region: &'a str,
        api: &'a Api,
        account: &Account,
        rng: &mut Rng,
    ) -> Call<'a> {
        let mut call = Call::new(by, at, region, api);
        if api.params.contains('~') {
            call.params = Cow::Owned(fill(api.params, account, call.region, rng));
        }
        call.resources = crate::resources::named(api.source, &call.params, account, call.region).into();
        if api.source == "s3" {
            call.additional = s3_additional(rng).into();
        }
        call
    }

    pub(crate) fn params(mut self, json: impl Into<Cow<'a, str>>) -> Self {
        self.params = json.into();
        self
    }

    pub(crate) fn response(mut self, json: impl Into<Cow<'a, str>>) -> Self {
        self.response = json.into();
        self
    }

    pub(crate) fn fails(mut self, failure: Failure) -> Self {
        if failure.hides_params {
            self.params = Cow::Borrowed("");
            self.resources = Cow::Borrowed("");
        }
        self.response = Cow::Borrowed("");
        self.failure = Some(failure);
        self
    }

    /// Whether it can come again as it is, with ids of its own: it changed nothing, issued nothing, and nothing else
    /// was recorded with it.
    pub(crate) fn is_repeatable(&self) -> bool {
        let answered = self.failure.is_some() || !self.response.is_empty();
        self.kind == Kind::Api && !self.writes && !answered && self.shared.is_none()
    }

    /// The same call at another time.
    pub(crate) fn again(&self, at: Secs, rng: &mut Rng) -> Call<'_> {
        let additional: Cow<'_, str> =
            if self.source == "s3" { s3_additional(rng).into() } else { (&*self.additional).into() };
        Call {
            at,
            additional,
            params: (&*self.params).into(),
            response: Cow::Borrowed(""),
            resources: (&*self.resources).into(),
            details: (&*self.details).into(),
            failure: None,
            ..*self
        }
    }

    /// Appends the record to `out` and returns its event id.
    pub(crate) fn write(&self, account: &str, rng: &mut Rng, out: &mut String) -> Uuid {
        let id = Uuid::random(rng);
        let origin = &self.by.origin;
        text(out, r#"{"eventVersion":""#, version(self.source));
        text(out, r#"","userIdentity":"#, &self.by.identity);
        out.push_str(r#","eventTime":""#);
        stamp(out, self.at);
        text(out, r#"","eventSource":""#, self.source);
        text(out, r#".amazonaws.com","eventName":""#, self.name);
        text(out, r#"","awsRegion":""#, self.region);
        text(out, r#"","sourceIPAddress":""#, &origin.ip);
        text(out, r#"","userAgent":""#, &origin.agent);
        out.push('"');
        if let Some(failure) = &self.failure {
            // A failed sign-in has a message and no code.
            if !failure.code.is_empty() {
                text(out, r#","errorCode":""#, failure.code);
                out.push('"');
            }
            text(out, r#","errorMessage":""#, &failure.message);
            out.push('"');
        }
        text(out, r#","requestParameters":"#, or_null(&self.params));
        text(out, r#","responseElements":"#, or_null(&self.response));
        if !self.additional.is_empty() {
            text(out, r#","additionalEventData":"#, &self.additional);
        }
        if self.kind == Kind::Api {
            out.push_str(r#","requestID":""#);
            if self.source == "s3" {
                ids::s3_request(rng, out);
            } else {
                Uuid::random(rng).write(out);
            }
            out.push('"');
        }
        out.push_str(r#","eventID":""#);
        id.write(out);
        text(out, r#"","readOnly":"#, if self.writes { "false" } else { "true" });
        if !self.resources.is_empty() {
            text(out, r#","resources":"#, &self.resources);
        }
        self.write_tail(account, out);
        id
    }

    fn write_tail(&self, account: &str, out: &mut String) {
        let origin = &self.by.origin;
        let kind = match self.kind {
            Kind::Api => "AwsApiCall",
            Kind::SignIn => "AwsConsoleSignIn",
            Kind::Service => "AwsServiceEvent",
        };
        text(out, r#","eventType":""#, kind);
        text(out, r#"","managementEvent":true,"recipientAccountId":""#, account);
        out.push('"');
        if let Some(shared) = self.shared {
            out.push_str(r#","sharedEventID":""#);
            shared.write(out);
            out.push('"');
        }
        if !self.details.is_empty() {
            text(out, r#","serviceEventDetails":"#, &self.details);
        }
        if let Some((endpoint, owner)) = &origin.endpoint {
            text(out, r#","vpcEndpointId":""#, endpoint);
            text(out, r#"","vpcEndpointAccountId":""#, owner);
            out.push('"');
        }
        out.push_str(r#","eventCategory":"Management""#);
        if !origin.is_service() && self.kind != Kind::Service {
            self.write_tls(out);
        }
        if origin.console && self.kind == Kind::Api {
            out.push_str(r#","sessionCredentialFromConsole":"true""#);
        }
        out.push('}');
    }

    fn write_tls(&self, out: &mut String) {
        let (version, cipher) = match self.source {
            "ssm" | "logs" | "autoscaling" => ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
            _ => ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        };
        text(out, r#","tlsDetails":{"tlsVersion":""#, version);
        text(out, r#"","cipherSuite":""#, cipher);
        out.push_str(r#"","clientProvidedHostHeader":""#);
        let host = match self.source {
            "ecr" => "api.ecr",
            "ses" => "email",
            source => source,
        };
        match (self.source, self.params.split(r#""Host":""#).nth(1)) {
            ("s3", Some(rest)) => out.push_str(rest.split('"').next().unwrap_or_default()),
            ("iam" | "cloudfront" | "route53", _) => text(out, host, ".amazonaws.com"),
            ("signin", _) => out.push_str("signin.aws.amazon.com"),
            _ => {
                text(out, host, ".");
                text(out, self.region, ".amazonaws.com");
            }
        }
        out.push_str(r#""}"#);
    }
}

/// Appends two pieces: a key and its value, mostly.
fn text(out: &mut String, first: &str, second: &str) {
    out.push_str(first);
    out.push_str(second);
}

fn or_null(json: &str) -> &str {
    if json.is_empty() { "null" } else { json }
}

/// Services with one endpoint for the world, recorded in the home Region.
pub(crate) fn is_global(source: &str) -> bool {
    matches!(
        source,
        "iam"
            | "organizations"
            | "cloudfront"
            | "route53"
            | "ce"
            | "account"
            | "health"
            | "budgets"
            | "support"
    )
}

/// Services raise the version of their records at their own pace.
fn version(source: &str) -> &'static str {
    match source {
        "sts" | "signin" | "ssm" | "config" | "rds" | "elasticloadbalancing" | "sns" => "1.08",
        "guardduty" | "organizations" | "sso" | "ce" | "health" => "1.09",
        "ec2" | "cloudfront" | "secretsmanager" | "dynamodb" => "1.10",
        _ => "1.11",
    }
}

fn s3_additional(rng: &mut Rng) -> String {
    let mut out = String::with_capacity(240);
    out.push_str(
        r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":""#,
    );
    ids::base64(rng, 16, 75, &mut out);
    let _ = write!(out, r#"=","bytesTransferredOut":{}}}"#, rng.between(120, 4000));
    out
}
