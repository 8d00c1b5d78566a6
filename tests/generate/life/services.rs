//! AWS services on their own behalf and on ours: Config, CloudTrail and autoscaling.

use crate::clock::{Secs, Span};
use crate::event::{Api, Call, read, write};
use crate::identity::{Caller, Extras, Origin, Role, Session};
use crate::life::apps::instance_id;
use crate::org::{HOME_REGION, LOG_ARCHIVE, Org, REGIONS, rounds};
use crate::outbox::Outbox;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume};
use crate::workloads::{App, Runtime};

const CONFIG: &str = "config.amazonaws.com";
const AUTOSCALING: &str = "autoscaling.amazonaws.com";
const INTERNAL: &str = "AWS Internal";
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// Everything that begins in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    let times = org.rounds_a_day();
    for day in org.calendar.days_in(span) {
        for (index, account) in org.accounts.iter().enumerate() {
            let regions = if account.second_region { &REGIONS[..] } else { &REGIONS[..1] };
            for (n, region) in regions.iter().enumerate() {
                let skipped = org.is_small() && (day as usize + index) % 2 == 1;
                if skipped || !org.is_awake(index, region, day) {
                    continue;
                }
                let key = tag("config") ^ (index * 2 + n) as u64;
                for (round, at) in rounds(org, key, day, times).filter(|(_, at)| span.has(*at)) {
                    let mut rng = Rng::keyed(org.seed, &[key, u64::from(day), u64::from(round)]);
                    record_configuration(org, index, region, at, &mut rng, out);
                    if index == LOG_ARCHIVE {
                        deliver_logs(org, at + 45, &mut rng, out);
                    }
                }
            }
        }
        for app in org.apps.iter().filter(|app| app.runtime == Runtime::Instance) {
            replace_instances(org, app, day, span, out);
        }
    }
}

/// Config describes what there is.
fn record_configuration(
    org: &Org,
    account: usize,
    region: &str,
    at: Secs,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) {
    const LOOKS: [Api; 4] = [
        read("ec2", "DescribeNatGateways", r#"{"DescribeNatGatewaysRequest":""}"#),
        read("ec2", "DescribeVolumes", r#"{"volumeSet":{},"filterSet":{},"maxResults":500}"#),
        read("elasticloadbalancing", "DescribeLoadBalancers", ""),
        read("sns", "ListTopics", ""),
    ];
    let role = Role::new(org, account, "aws-service-role/config.amazonaws.com/", "AWSServiceRoleForConfig");
    let ask = Assume::new(at, region, &role, "AWSConfig-Describe");
    let extras = Extras { invoked_by: Some(CONFIG), ..Extras::default() };
    let session = sts::assume_by_service(org, CONFIG, &ask, extras, rng, out);
    let caller = Caller::session(org, &session, Origin::service(CONFIG));
    let many = if org.is_small() { 1 } else { 3 };
    if account == LOG_ARCHIVE {
        look_inside(org, &session, region, at, rng, out);
    }
    for api in LOOKS.iter().cycle().skip(rng.index(2)).take(many) {
        out.send(&Call::new(&caller, at, region, api), rng);
    }
}

/// Some of Config's own calls never leave AWS, and do not say which service makes them.
fn look_inside(org: &Org, session: &Session, region: &str, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const LOCATION: Api = read(
        "s3",
        "GetBucketLocation",
        r#"{"bucketName":"~b","location":"","Host":"~b.s3.~R.amazonaws.com"}"#,
    );
    let mut session = session.clone();
    session.extras.invoked_by = Some(INTERNAL);
    let caller = Caller::session(org, &session, Origin::service(INTERNAL));
    let call = Call::on(&caller, at, region, &LOCATION, &org.accounts[session.role.account], rng);
    out.send(&call, rng);
}

/// CloudTrail writes the organization's log into the archive's bucket.
fn deliver_logs(org: &Org, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const ACL: Api = read(
        "s3",
        "GetBucketAcl",
        r#"{"bucketName":"example-org-trail","Host":"example-org-trail.s3.us-east-1.amazonaws.com","acl":""}"#,
    );
    const KEY: Api = read(
        "kms",
        "GenerateDataKey",
        r#"{"keyId":"arn:aws:kms:us-east-1:~A:key/~k","encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:us-east-1:111100001111:trail/org-trail","aws:s3:arn":"arn:aws:s3:::example-org-trail/AWSLogs"},"keySpec":"AES_256"}"#,
    );
    // The same events go to a log group, for which CloudTrail takes over a role.
    let role = Role::new(org, LOG_ARCHIVE, "", "org-trail-to-logs");
    let ask = Assume::new(at, HOME_REGION, &role, "CLOUDTRAIL_SESSION");
    sts::assume_by_service(org, CLOUDTRAIL, &ask, Extras::default(), rng, out);
    let caller = Caller::service(LOG_ARCHIVE, CLOUDTRAIL);
    for api in [&ACL, &KEY] {
        let mut call = Call::on(&caller, at, HOME_REGION, api, &org.accounts[LOG_ARCHIVE], rng);
        call.shared = Some(crate::ids::Uuid::random(rng));
        out.send(&call, rng);
    }
}

/// Every other day a new instance takes the place of an old one.
fn replace_instances(org: &Org, app: &App, day: u32, span: Span, out: &mut Outbox<'_>) {
    let mut rng = Rng::keyed(org.seed, &[tag("autoscaling"), tag(&app.name), u64::from(day)]);
    let at = org.calendar.utc(day, 0) + rng.between(5, 100);
    if !day.is_multiple_of(2) || !span.has(at) || !org.is_awake(app.account, app.region, day) {
        return;
    }
    let path = "aws-service-role/autoscaling.amazonaws.com/";
    let role = Role::new(org, app.account, path, "AWSServiceRoleForAutoScaling");
    let extras = Extras { invoked_by: Some(AUTOSCALING), ..Extras::default() };
    let ask = Assume::new(at, app.region, &role, "AutoScaling");
    let session = sts::assume_by_service(org, AUTOSCALING, &ask, extras, &mut rng, out);
    let caller = Caller::session(org, &session, Origin::service(AUTOSCALING));
    let account = &org.accounts[app.account];
    let (new, old) = (instance_id(app, 0, day / 2), instance_id(app, 0, (day / 2).wrapping_sub(1)));
    let run = write("ec2", "RunInstances", "");
    let launched = format!(
        r#"{{"instancesSet":{{"items":[{{"minCount":1,"maxCount":1}}]}},"blockDeviceMapping":{{}},"availabilityZone":"us-east-1b","monitoring":{{"enabled":false}},"subnetId":"{}","disableApiTermination":false,"launchTemplate":{{"launchTemplateId":"lt-0c1d2e3f405162738","version":"12"}}}}"#,
        crate::resources::id(account, "subnet", 1)
    );
    let answer = format!(
        r#"{{"requestId":"{}","reservationId":"r-0{}","ownerId":"{}","groupSet":{{}},"instancesSet":{{"items":[{{"instanceId":"{new}","imageId":"ami-0b72821e2f351e396","currentState":{{"code":0,"name":"pending"}},"privateDnsName":"ip-10-20-4-17.ec2.internal","amiLaunchIndex":0,"instanceType":"m7g.large"}}]}}}}"#,
        crate::ids::Uuid::random(&mut rng).text(),
        crate::ids::hex(&mut rng, 16),
        account.id
    );
    out.send(&Call::new(&caller, at, app.region, &run).params(launched).response(answer), &mut rng);
    let look = read("ec2", "DescribeInstanceStatus", "");
    let params = format!(
        r#"{{"instancesSet":{{"items":[{{"instanceId":"{new}"}}]}},"filterSet":{{}},"includeAllInstances":true}}"#
    );
    out.send(&Call::new(&caller, at + 31, app.region, &look).params(params), &mut rng);
    let stop = write("ec2", "TerminateInstances", "");
    let gone = format!(r#"{{"instancesSet":{{"items":[{{"instanceId":"{old}"}}]}}}}"#);
    let answer = format!(
        r#"{{"instancesSet":{{"items":[{{"instanceId":"{old}","currentState":{{"code":32,"name":"shutting-down"}},"previousState":{{"code":16,"name":"running"}}}}]}}}}"#
    );
    out.send(&Call::new(&caller, at + 31, app.region, &stop).params(gone).response(answer), &mut rng);
}
