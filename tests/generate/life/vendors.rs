//! Third parties with a role in our accounts, known from the first day: monitoring everywhere, savings in two.

use crate::clock::{Secs, Span};
use crate::event::{Api, Call, read};
use crate::identity::{Caller, Origin, Role};
use crate::org::{HOME_REGION, MANAGEMENT, MONITORING, Org, PROD, SAVINGS, Vendor, rounds};
use crate::outbox::Outbox;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume};

/// What each vendor was told to show, so that it cannot be talked into reading us for another of its customers.
pub(crate) const MONITORING_ID: &str = "5f0c1a9b7e3d4826b1f0e9d8c7a6b5c4";
pub(crate) const SAVINGS_ID: &str = "ch-9d41e07c52ab";

/// Looked at in every round.
const METRICS: [Api; 8] = [
    read("ec2", "DescribeInstances", r#"{"maxResults":1000,"instancesSet":{},"filterSet":{}}"#),
    read("rds", "DescribeDBInstances", r#"{"maxRecords":100}"#),
    read("elasticloadbalancing", "DescribeLoadBalancers", r#"{"pageSize":400}"#),
    read("tagging", "GetResources", r#"{"resourcesPerPage":100,"resourceTypeFilters":["ecs:service"]}"#),
    read("ecs", "ListClusters", r#"{"maxResults":100}"#),
    read("lambda", "ListFunctions20150331", r#"{"maxItems":200}"#),
    read("dynamodb", "ListTables", r#"{"limit":100}"#),
    read("sqs", "ListQueues", r#"{"maxResults":1000}"#),
];

/// Looked at every other day: how well the account is secured.
const POSTURE: [Api; 10] = [
    read(
        "iam",
        "GetAccountAuthorizationDetails",
        r#"{"filter":["User","Role","LocalManagedPolicy"],"maxItems":500}"#,
    ),
    read("iam", "GetAccountPasswordPolicy", ""),
    read("cloudtrail", "DescribeTrails", r#"{"trailNameList":[],"includeShadowTrails":true}"#),
    read(
        "s3",
        "GetBucketPublicAccessBlock",
        r#"{"publicAccessBlock":"","bucketName":"~b","Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    read(
        "ec2",
        "DescribeSecurityGroups",
        r#"{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#,
    ),
    read("ec2", "GetEbsEncryptionByDefault", r#"{"GetEbsEncryptionByDefaultRequest":""}"#),
    read("iam", "ListUsers", r#"{"maxItems":1000}"#),
    read("iam", "GenerateCredentialReport", ""),
    read("kms", "ListKeys", r#"{"limit":1000}"#),
    read("guardduty", "ListDetectors", ""),
];

const COSTS: [Api; 3] = [
    read(
        "ce",
        "GetCostAndUsage",
        r#"{"TimePeriod":{"Start":"2026-03-01","End":"2026-03-31"},"Granularity":"DAILY","Metrics":["UnblendedCost","UsageQuantity"]}"#,
    ),
    read("ec2", "DescribeReservedInstances", r#"{"reservedInstancesSet":{},"filterSet":{}}"#),
    read("ec2", "DescribeVolumes", r#"{"maxResults":500,"volumeSet":{},"filterSet":{}}"#),
];

/// Everything that begins in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    for day in org.calendar.days_in(span) {
        for account in 0..org.accounts.len() {
            if !org.is_awake(account, HOME_REGION, day) {
                continue;
            }
            let key = tag("monitoring") ^ account as u64;
            for (round, at) in rounds(org, key, day, org.rounds_a_day()).filter(|(_, at)| span.has(*at)) {
                let mut rng = Rng::keyed(org.seed, &[key, u64::from(day), u64::from(round)]);
                let (some, most) = if org.is_small() { (2, 5) } else { (METRICS.len(), POSTURE.len()) };
                let deep = round == 0 && day % 2 == 0;
                let apis = METRICS[..some].iter().chain(&POSTURE[..if deep { most } else { 0 }]);
                visit(org, (&MONITORING, MONITORING_ID), account, at, apis, &mut rng, out);
            }
        }
        for account in [MANAGEMENT, PROD] {
            let key = tag("savings") ^ account as u64;
            for (_, at) in rounds(org, key, day, 1).filter(|(_, at)| span.has(*at)) {
                if org.calendar.is_workday(day) {
                    let mut rng = Rng::keyed(org.seed, &[key, u64::from(day)]);
                    visit(org, (&SAVINGS, SAVINGS_ID), account, at, COSTS.iter(), &mut rng, out);
                }
            }
        }
    }
}

fn visit<'a>(
    org: &Org,
    (vendor, external_id): (&Vendor, &str),
    account: usize,
    at: Secs,
    apis: impl Iterator<Item = &'a Api>,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) {
    let role = Role::new(org, account, "", vendor.role);
    let mut ask = Assume::new(at, HOME_REGION, &role, vendor.session);
    ask.external_id = Some(external_id);
    // Its collectors take turns, so that both are met every few days.
    let ip = vendor.ips[org.calendar.day_of(at) as usize % 2];
    let assumed = sts::assume_from_outside(org, (vendor, ip), &ask, rng, out);
    let origin = Origin::new(ip, vendor.agent);
    let caller = Caller::session(org, &assumed.session, origin);
    for (n, api) in apis.enumerate() {
        let at = at + 1 + u32::try_from(n / 5).unwrap_or(0);
        let call = Call::on(&caller, at, HOME_REGION, api, &org.accounts[account], rng);
        out.send(&call, rng);
    }
}
