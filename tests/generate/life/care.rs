//! What looks after large trails' systems: settings applied, functions deployed, sessions on machines, old snapshots
//! removed, secrets refreshed. Much of it looks like an intruder's work; small trails, the demo among them, have none.

use crate::clock::Secs;
use crate::event::{Api, Call, read, write};
use crate::identity::Caller;
use crate::org::{HOME_REGION, Org};
use crate::outbox::Outbox;
use crate::resources::{self, SECRETS};
use crate::rng::Rng;

/// What terraform writes run by run.
const SETTINGS: [Api; 9] = [
    write("logs", "PutRetentionPolicy", r#"{"logGroupName":"~l","retentionInDays":30}"#),
    write("logs", "DeleteLogGroup", r#"{"logGroupName":"/ecs/preview"}"#),
    write("monitoring", "DeleteAlarms", r#"{"alarmNames":["preview-latency"]}"#),
    write(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        r#"{"groupId":"~g","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
    ),
    write(
        "s3",
        "PutBucketPublicAccessBlock",
        r#"{"bucketName":"~b","publicAccessBlock":"","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true},"Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    write(
        "s3",
        "PutBucketPolicy",
        r#"{"bucketName":"~b","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::~b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]},"Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    write(
        "s3",
        "PutBucketLifecycle",
        r#"{"bucketName":"~b","lifecycle":"","LifecycleConfiguration":{"Rule":{"ID":"old","Status":"Enabled","Expiration":{"Days":5}}},"Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    write(
        "lambda",
        "AddPermission20150331v2",
        r#"{"functionName":"~f","statementId":"schedule","action":"lambda:InvokeFunction","principal":"events.amazonaws.com","sourceArn":"arn:aws:events:~R:~A:rule/nightly-report"}"#,
    ),
    write("events", "DisableRule", r#"{"name":"preview-schedule"}"#),
];

const READ_SECRET: Api = read("secretsmanager", "GetSecretValue", "");

/// After a run of terraform: its settings, and every secret that its state holds.
pub(crate) fn settings(org: &Org, by: &Caller, mut at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    if org.is_small() {
        return;
    }
    let account = &org.accounts[by.account];
    for api in &SETTINGS {
        out.send(&Call::on(by, at, HOME_REGION, api, account, rng), rng);
        at += 1;
    }
    for name in SECRETS {
        let params = format!(r#"{{"secretId":"{}"}}"#, resources::secret(account, HOME_REGION, name));
        out.send(&Call::new(by, at, HOME_REGION, &READ_SECRET).params(params), rng);
    }
}

const DEPLOYED: [Api; 2] = [
    write("lambda", "UpdateFunctionCode20150331v2", r#"{"functionName":"~f","dryRun":false,"publish":true}"#),
    write("lambda", "UpdateFunctionConfiguration20150331v2", r#"{"functionName":"~f","memorySize":512}"#),
];

/// With a deployment: the functions' new code.
pub(crate) fn functions(org: &Org, by: &Caller, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    if org.is_small() {
        return;
    }
    for api in &DEPLOYED {
        out.send(&Call::on(by, at, HOME_REGION, api, &org.accounts[by.account], rng), rng);
    }
}

const HANDS_ON: [Api; 3] = [
    write("ssm", "StartSession", r#"{"target":"~i"}"#),
    write(
        "ssm",
        "SendCommand",
        r#"{"documentName":"AWS-RunShellScript","instanceIds":["~i"],"interactive":false,"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    ),
    read("ssm", "GetParametersByPath", r#"{"path":"/~e/","recursive":true,"withDecryption":true}"#),
];

/// An administrator on a machine.
pub(crate) fn hands_on(org: &Org, by: &Caller, mut at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    if org.is_small() {
        return;
    }
    for api in &HANDS_ON {
        out.send(&Call::on(by, at, HOME_REGION, api, &org.accounts[by.account], rng), rng);
        at += rng.between(20, 90);
    }
}

/// After the nightly copy: what is too old goes.
pub(crate) fn old_snapshots(org: &Org, by: &Caller, at: Secs, day: u32, rng: &mut Rng, out: &mut Outbox<'_>) {
    if org.is_small() {
        return;
    }
    let delete = write("ec2", "DeleteSnapshot", "");
    for n in 0..14 {
        let params = format!(
            r#"{{"snapshotId":"{}"}}"#,
            resources::id(&org.accounts[by.account], "snap", 100 + day * 14 + n)
        );
        out.send(&Call::new(by, at + n, HOME_REGION, &delete).params(params), rng);
    }
}
