//! IAM users from the old days: one person with an MFA device, and two machines with long-term keys.

use crate::clock::{MINUTE, Secs, Span, american};
use crate::event::{Api, Call, Kind, read, write};
use crate::failure::Failure;
use crate::identity::{Caller, Origin, Role, User};
use crate::life::people::{CONSOLE_LOGIN, open};
use crate::org::{HOME_REGION, MACHINE_ROOM, NAT, OFFICE, Org, PROD};
use crate::outbox::Outbox;
use crate::pages;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume};

pub(crate) const PRIYA: &str = "priya.raman";
pub(crate) const BACKUP: &str = "svc-backup-onprem";
pub(crate) const MAIL: &str = "ses-smtp-relay";

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0";
const OLD_CLI: &str = "aws-cli/1.32.60 md/Botocore#1.34.60 ua/2.0 os/windows#10 md/arch#amd64 lang/python#3.11.6 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.34.60";
const BACKUP_JOB: &str = "aws-sdk-java/1.12.261 Linux/3.10.0-1160.el7.x86_64 OpenJDK_64-Bit_Server_VM/25.312-b07 java/1.8.0_312 vendor/Red_Hat,_Inc. cfg/retry-mode/legacy";
const MAILER: &str = "aws-sdk-php/3.269.0 OS/Linux/5.10.0 lang/php/8.1.27";

/// The day on which Priya changes her access key.
const ROTATION: u32 = 11;

/// Everything they begin in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    for day in org.calendar.days_in(span) {
        let stream = |user: &str| Rng::keyed(org.seed, &[tag(user), u64::from(day)]);
        let mut rng = stream(BACKUP);
        let night = org.calendar.utc(day, 95) + rng.below(5 * MINUTE);
        if span.has(night) {
            back_up(org, night, &mut rng, out);
        }
        let mut rng = stream(MAIL);
        let morning = org.calendar.utc(day, 13 * 60) + rng.below(60 * MINUTE);
        if span.has(morning) && org.calendar.is_workday(day) {
            check_mail(org, morning, &mut rng, out);
        }
        let mut rng = stream(PRIYA);
        let work = org.calendar.local(day, 560) + rng.below(120 * MINUTE);
        if span.has(work) && org.calendar.is_workday(day) && org.calendar.weekday(day) != 2 {
            priya(org, day, work, &mut rng, out);
        }
    }
}

/// The nightly copy from the machine room.
fn back_up(org: &Org, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const STEPS: [Api; 3] = [
        read(
            "s3",
            "GetBucketLocation",
            r#"{"bucketName":"example-prod-onprem-backup","location":"","Host":"example-prod-onprem-backup.s3.~R.amazonaws.com"}"#,
        ),
        read(
            "s3",
            "GetBucketVersioning",
            r#"{"bucketName":"example-prod-onprem-backup","versioning":"","Host":"example-prod-onprem-backup.s3.~R.amazonaws.com"}"#,
        ),
        read(
            "kms",
            "GenerateDataKey",
            r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-prod-onprem-backup"}}"#,
        ),
    ];
    let user = User::new(org, PROD, BACKUP);
    let caller = Caller::user(org, &user, &user.key(org, 0), Origin::new(MACHINE_ROOM, BACKUP_JOB));
    for api in &STEPS {
        let call = Call::on(&caller, at, HOME_REGION, api, &org.accounts[PROD], rng);
        out.send(&call, rng);
    }
}

/// The mail relay looks whether it may still send.
fn check_mail(org: &Org, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const STEPS: [Api; 2] =
        [read("ses", "GetSendStatistics", ""), read("ses", "GetAccountSendingEnabled", "")];
    let user = User::new(org, PROD, MAIL);
    let caller = Caller::user(org, &user, &user.key(org, 0), Origin::new(NAT, MAILER));
    for api in &STEPS {
        out.send(&Call::new(&caller, at, HOME_REGION, api), rng);
    }
}

/// Priya signs in with her password and MFA device, or uses the command line.
fn priya(org: &Org, day: u32, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    let user = User::new(org, PROD, PRIYA);
    let monday_or_thursday = matches!(org.calendar.weekday(day), 0 | 3);
    if monday_or_thursday {
        // Typos: one bad password in week two, two in week four.
        let typos = match day {
            8 => 1,
            22 => 2,
            _ => 0,
        };
        for n in 0..typos {
            login(org, &user, at + n * 14, false, rng, out);
        }
        let since = at + 40;
        login(org, &user, since, true, rng, out);
        let account = &org.accounts[PROD];
        let key = crate::ids::access_key("ASIA", &account.id, &account.prefix, rng);
        let identity = user.identity(org, Some(&key), Some((since, true)));
        let origin = Origin { console: true, ..Origin::new(OFFICE[0], FIREFOX) };
        let caller = Caller { identity, arn: user.arn(org), account: PROD, origin };
        open(org, &pages::EC2, 1, &caller, since + 5, rng, out);
        if day == ROTATION {
            rotate(org, &user, &caller, since + 300, rng, out);
        }
    } else {
        operate(org, &user, day, at, rng, out);
    }
}

fn login(org: &Org, user: &User, at: Secs, success: bool, rng: &mut Rng, out: &mut Outbox<'_>) {
    let identity = user.identity(org, if success { None } else { Some("") }, None);
    let caller =
        Caller { identity, arn: user.arn(org), account: PROD, origin: Origin::new(OFFICE[0], FIREFOX) };
    let mut call = Call::new(&caller, at, HOME_REGION, &CONSOLE_LOGIN);
    call.kind = Kind::SignIn;
    let used = if success { "Yes" } else { "No" };
    let device = if success { format!(r#","MFAIdentifier":"{}""#, device(org)) } else { String::new() };
    call.additional = format!(
        r#"{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No"{device},"MFAUsed":"{used}"}}"#
    )
    .into();
    if !success {
        call = call.fails(Failure::other("", "Failed authentication"));
    }
    call.response = format!(r#"{{"ConsoleLogin":"{}"}}"#, if success { "Success" } else { "Failure" }).into();
    out.send(&call, rng);
}

/// The ARN of Priya's MFA device.
pub(crate) fn device(org: &Org) -> String {
    format!("arn:aws:iam::{}:mfa/{PRIYA}", org.accounts[PROD].id)
}

/// The command line: an operator's role, with the device shown and her name given.
fn operate(org: &Org, user: &User, day: u32, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const STEPS: [Api; 2] = [
        read("ssm", "DescribeInstanceInformation", r#"{"maxResults":50}"#),
        read("ec2", "DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#),
    ];
    let key = user.key(org, u64::from(day > ROTATION));
    let caller = Caller::user(org, user, &key, Origin::new(OFFICE[0], OLD_CLI));
    let role = Role::new(org, PROD, "", "prod-operator");
    let device = device(org);
    let mut ask = Assume::new(at, HOME_REGION, &role, PRIYA);
    ask.source_identity = Some(PRIYA);
    ask.mfa = Some(&device);
    let assumed = sts::assume(org, &caller, &ask, rng, out);
    let caller = Caller::session(org, &assumed.session, caller.origin);
    for api in &STEPS {
        out.send(&Call::new(&caller, at + 1, HOME_REGION, api), rng);
    }
}

/// A new key for oneself, the old one switched off and then deleted.
fn rotate(org: &Org, user: &User, caller: &Caller, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    let (old, new) = (user.key(org, 0), user.key(org, 1));
    let created = format!(
        r#"{{"accessKey":{{"userName":"{PRIYA}","accessKeyId":"{new}","status":"Active","createDate":"{}"}}}}"#,
        american(at, false)
    );
    let steps = [
        (write("iam", "CreateAccessKey", ""), format!(r#"{{"userName":"{PRIYA}"}}"#), created, 0),
        (
            write("iam", "UpdateAccessKey", ""),
            format!(r#"{{"userName":"{PRIYA}","accessKeyId":"{old}","status":"Inactive"}}"#),
            String::new(),
            420,
        ),
        (
            write("iam", "DeleteAccessKey", ""),
            format!(r#"{{"userName":"{PRIYA}","accessKeyId":"{old}"}}"#),
            String::new(),
            431,
        ),
    ];
    let mut origin = caller.origin.clone();
    origin.agent = "AWS Internal".to_owned();
    let by = Caller { origin, ..caller.clone() };
    for (api, params, answer, later) in &steps {
        let call =
            Call::new(&by, at + later, HOME_REGION, api).params(params.as_str()).response(answer.as_str());
        out.send(&call, rng);
    }
}
