//! The whole organization, the root user, an end to the log, and out with the data.

use super::{BROWSER, HOSTING, SCRIPT, STRANGER, Story, VPN};
use crate::clock::Secs;
use crate::event::{Call, Kind, read, write};
use crate::failure::Failure;
use crate::identity::{self, Caller, Origin, Role};
use crate::life::people::{CONSOLE_LOGIN, ORGANIZATION_ADMIN};
use crate::org::{DEV, HOME_REGION, LOG_ARCHIVE, MANAGEMENT, PROD, SANDBOX, SECOND_REGION, SHARED};
use crate::outbox::Outbox;
use crate::resources::{self, SECRETS};
use crate::sts::{self, Assume};

/// The admin role in every account within minutes; once through a VPC endpoint of the intruder's own.
pub(crate) fn surge(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let mut ours = Vec::new();
    let (mut targets, mut development) = (Vec::new(), Vec::new());
    for (n, account) in [DEV, SHARED, LOG_ARCHIVE, SANDBOX, MANAGEMENT, PROD].into_iter().enumerate() {
        let mut origin = Origin::new(HOSTING, SCRIPT);
        if account == MANAGEMENT {
            origin.ip = "10.201.7.19".to_owned();
            origin.endpoint = Some(("vpce-0e1d9c7b5a3f28604".to_owned(), STRANGER.to_owned()));
        }
        let thief = story.thief(origin);
        let role = Role::new(org, account, "", ORGANIZATION_ADMIN);
        let at = at + u32::try_from(n * 97).unwrap_or(0);
        let ask = Assume::new(at, HOME_REGION, &role, "x7Qm=tmp");
        let assumed = sts::assume(org, &thief, &ask, &mut story.rng, out);
        for id in &assumed.events {
            story.note(*id, at, "AssumeRole", &thief.arn);
        }
        ours.push(assumed.events[0]);
        targets.extend(&assumed.events[1..]);
        if account == DEV {
            development.clone_from(&assumed.events);
        }
        if account == MANAGEMENT {
            story.must("vpce-new-endpoint", &assumed.events, "an endpoint that never was seen before");
            story.must("vpce-external-principal", &assumed.events, "and that belongs to the stranger");
        }
    }
    story.must("privileged-role-surge", &ours, "the admin role of six accounts in eight minutes");
    story.must("many-roles-assumed", &ours, "six roles");
    story.must("principal-new-role", &ours[..5], "five of them for the first time");
    story.must("source-identity-changed", &development, "development's administrator says who he is");
    story.must("role-session-name-odd", &development, "and gives his e-mail address");
    story.must("role-new-network", &development, "and works from home");
    story.may(
        "unfamiliar-account-assumed-role",
        &targets,
        "production never called these accounts; it is our own",
    );
}

/// Root: the password is recovered, then used.
pub(crate) fn root(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let account = &org.accounts[PROD];
    let arn = format!("arn:aws:iam::{}:root", account.id);
    let origin = Origin::new(VPN, BROWSER);
    let by = Caller { identity: identity::root(account, None), arn: arn.clone(), account: PROD, origin };
    let mut recovery = Vec::new();
    for (name, later) in [("PasswordRecoveryRequested", 0), ("PasswordRecoveryCompleted", 210)] {
        let api = write("signin", name, "");
        let mut call = Call::new(&by, at + later, HOME_REGION, &api);
        call.kind = Kind::SignIn;
        call.response = format!(r#"{{"{name}":"Success"}}"#).into();
        recovery.push(story.send(&call, out));
    }
    let mut logins = Vec::new();
    for (result, later) in [("Failure", 260), ("Success", 284)] {
        let mut call = Call::new(&by, at + later, HOME_REGION, &CONSOLE_LOGIN);
        call.kind = Kind::SignIn;
        call.additional =
            r#"{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"No"}"#
                .into();
        if result == "Failure" {
            call = call.fails(Failure::other("", "Failed authentication"));
        }
        call.response = format!(r#"{{"ConsoleLogin":"{result}"}}"#).into();
        logins.push(story.send(&call, out));
    }
    let key = crate::ids::access_key("ASIA", &account.id, &account.prefix, &mut story.rng);
    let origin = Origin { console: true, ..Origin::new(VPN, BROWSER) };
    let identity = identity::root(account, Some((&key, at + 284)));
    let by = Caller { identity, arn, account: PROD, origin };
    let contact = write(
        "account",
        "PutAlternateContact",
        r#"{"alternateContactType":"SECURITY","emailAddress":"HIDDEN_DUE_TO_SECURITY_REASONS","name":"HIDDEN_DUE_TO_SECURITY_REASONS","phoneNumber":"HIDDEN_DUE_TO_SECURITY_REASONS","title":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    );
    let changed = story.send(&Call::new(&by, at + 371, HOME_REGION, &contact), out);
    story.must("root-password-changed", &recovery, "recovered by whoever reads root's mail");
    story.must("root-console-login-failed", &logins[..1], "one bad password");
    story.must("root-console-login", &logins[1..], "root signs in");
    story.must("console-login-without-mfa", &logins[1..], "with a password and nothing else");
    story.must("root-activity", &[changed], "warnings go to another address from now on");
}

/// The organization's trail cannot be stopped from here; production's own can.
pub(crate) fn silence(story: &mut Story<'_>, mut at: Secs, out: &mut Outbox<'_>) {
    let puppet = story.puppet();
    let account = story.org.accounts[PROD].id.clone();
    let look = read("cloudtrail", "DescribeTrails", r#"{"trailNameList":[],"includeShadowTrails":true}"#);
    story.send(&Call::new(&puppet, at, HOME_REGION, &look), out);
    let organization = "arn:aws:cloudtrail:us-east-1:111100001111:trail/org-trail";
    let stop = write("cloudtrail", "StopLogging", "");
    let then = story.later(&mut at, 20, 50);
    let why = "with an explicit deny in a service control policy";
    let failure = Failure::refused("cloudtrail", "StopLogging", &puppet, organization, why);
    let denied = story.send(&Call::new(&puppet, then, HOME_REGION, &stop).fails(failure), out);
    let own = format!(r#"{{"name":"arn:aws:cloudtrail:{SECOND_REGION}:{account}:trail/prod-eu-trail"}}"#);
    at = story.silenced_at();
    let stopped = story.send(&Call::new(&puppet, at, SECOND_REGION, &stop).params(own.as_str()), out);
    let delete = write("cloudtrail", "DeleteTrail", "");
    let then = story.later(&mut at, 20, 50);
    let deleted = story.send(&Call::new(&puppet, then, SECOND_REGION, &delete).params(own), out);
    story.must(
        "cloudtrail-stopped",
        &[denied, stopped],
        "refused for the organization's trail, done for the other",
    );
    story.must("cloudtrail-deleted", &[deleted], "production's own trail");
}

/// Every secret there is, and a copy of a disk for the stranger.
pub(crate) fn exfiltration(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let puppet = story.puppet();
    let account = &story.org.accounts[PROD];
    let list = read("secretsmanager", "ListSecrets", r#"{"maxResults":100}"#);
    story.send(&Call::new(&puppet, at, HOME_REGION, &list), out);
    let get = read("secretsmanager", "GetSecretValue", "");
    let mut secrets = Vec::new();
    for (n, name) in SECRETS.iter().enumerate() {
        let at = at + 6 + u32::try_from(n * 3 / 2).unwrap_or(0);
        let params = format!(r#"{{"secretId":"{}"}}"#, resources::secret(account, HOME_REGION, name));
        secrets.push(story.send(&Call::new(&puppet, at, HOME_REGION, &get).params(params), out));
    }
    let share = write("ec2", "ModifySnapshotAttribute", "");
    let params = format!(
        r#"{{"snapshotId":"{}","createVolumePermission":{{"add":{{"items":[{{"userId":"{STRANGER}"}}]}}}},"attributeType":"CREATE_VOLUME_PERMISSION"}}"#,
        resources::id(account, "snap", 0)
    );
    let answer =
        format!(r#"{{"requestId":"{}","_return":true}}"#, crate::ids::Uuid::random(&mut story.rng).text());
    let call = Call::new(&puppet, at + 240, HOME_REGION, &share).params(params).response(answer);
    let shared = story.send(&call, out);
    story.must("secrets-read-burst", &secrets, "all 24 secrets in a minute");
    story.must("ebs-snapshot-shared-external", &[shared], "with the stranger's account");
}
