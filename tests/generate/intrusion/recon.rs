//! Who am I, what is here, and which doors are open?

use super::{HOSTING, KALI, SCRIPT, Story};
use crate::clock::Secs;
use crate::event::{Api, Call, read};
use crate::failure::Failure;
use crate::identity::Origin;
use crate::life::users::BACKUP;
use crate::org::{HOME_REGION, PROD, SECOND_REGION};
use crate::outbox::Outbox;
use crate::sts::{self, WHO_AM_I};

/// The first minutes with a found key.
pub(crate) fn orientation(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let own = format!(r#"{{"userName":"{BACKUP}"}}"#);
    let steps = [
        (WHO_AM_I, "sts.get-caller-identity", 0),
        (read("s3", "ListBuckets", r#"{"Host":"s3.us-east-1.amazonaws.com"}"#), "s3api.list-buckets", 24),
        (read("iam", "ListUsers", ""), "iam.list-users", 41),
        (read("iam", "ListRoles", ""), "iam.list-roles", 55),
        (read("iam", "ListPolicies", r#"{"scope":"Local","onlyAttached":false}"#), "iam.list-policies", 70),
        (read("iam", "ListAttachedUserPolicies", "-"), "iam.list-attached-user-policies", 92),
        (read("iam", "ListUserPolicies", "-"), "iam.list-user-policies", 95),
        (read("iam", "GetAccountAuthorizationDetails", ""), "iam.get-account-authorization-details", 180),
    ];
    let mut events = Vec::new();
    for (api, command, later) in &steps {
        let thief = story.thief(Origin::new(HOSTING, &format!("{KALI}{command}")));
        let mut call =
            Call::on(&thief, at + later, HOME_REGION, api, &story.org.accounts[PROD], &mut story.rng);
        if api.params == "-" {
            call = call.params(own.as_str());
        }
        events.push(story.send(&call, out));
    }
    let first = &events[..1];
    story.must("access-key-new-ip", first, "the backup job's key is used from a hosting company");
    story.must("new-source-ip-for-account", first, "nobody ever called production from there");
    story.must("access-key-new-user-agent", first, "the job is written in Java");
    story.must("first-getcalleridentity", first, "the job knows who it is");
    story.must("attack-tool-user-agent", &events, "the user agent names Kali Linux");
    let quick = [events[0], events[1], events[4]];
    story.must("callerid-then-listbuckets", &quick, "orientation after a theft, within five minutes");
    story.must("deep-iam-reading", &events[7..], "everything about users, roles and policies at once");
    story.may("iam-enumeration-burst", &events[2..], "six kinds of IAM reads in three minutes");
    for class in ["access-key-new-asn", "access-key-new-country", "identity-new-asn", "identity-new-country"]
    {
        story.may(class, first, "needs a database of networks or countries");
    }
    story.may("identity-first-anonymizer-network", first, "needs a list of hosting networks");
}

/// What a script tries with every key it finds: half of it is refused.
const TRIES: [(Api, bool); 66] = [
    (read("ec2", "DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#), false),
    (read("ec2", "DescribeVpcs", r#"{"vpcSet":{},"filterSet":{}}"#), false),
    (read("ec2", "DescribeSubnets", r#"{"subnetSet":{},"filterSet":{}}"#), false),
    (
        read(
            "ec2",
            "DescribeSecurityGroups",
            r#"{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#,
        ),
        false,
    ),
    (
        read(
            "ec2",
            "DescribeSnapshots",
            r#"{"snapshotSet":{},"ownersSet":{"items":[{"owner":"self"}]},"sharedUsersSet":{},"filterSet":{}}"#,
        ),
        false,
    ),
    (read("ec2", "DescribeVolumes", r#"{"volumeSet":{},"filterSet":{}}"#), false),
    (read("ec2", "DescribeKeyPairs", r#"{"keySet":{},"keyPairIdSet":{},"filterSet":{}}"#), true),
    (
        read(
            "ec2",
            "DescribeImages",
            r#"{"executableBySet":{},"ownersSet":{"items":[{"owner":"self"}]},"imagesSet":{},"filterSet":{}}"#,
        ),
        true,
    ),
    (read("ec2", "GetSerialConsoleAccessStatus", r#"{"GetSerialConsoleAccessStatusRequest":""}"#), true),
    (
        read("s3", "GetBucketPolicy", r#"{"bucketName":"~b","policy":"","Host":"~b.s3.~R.amazonaws.com"}"#),
        true,
    ),
    (read("s3", "GetBucketAcl", r#"{"bucketName":"~b","acl":"","Host":"~b.s3.~R.amazonaws.com"}"#), false),
    (
        read(
            "s3",
            "GetBucketLocation",
            r#"{"bucketName":"~b","location":"","Host":"~b.s3.~R.amazonaws.com"}"#,
        ),
        false,
    ),
    (
        read(
            "s3",
            "GetBucketEncryption",
            r#"{"bucketName":"~b","encryption":"","Host":"~b.s3.~R.amazonaws.com"}"#,
        ),
        true,
    ),
    (read("lambda", "ListFunctions20150331", ""), false),
    (read("lambda", "ListLayers20181031", ""), true),
    (read("lambda", "GetAccountSettings20160819", ""), true),
    (read("rds", "DescribeDBInstances", ""), false),
    (read("rds", "DescribeDBClusters", ""), false),
    (read("rds", "DescribeDBSnapshots", ""), true),
    (read("dynamodb", "ListTables", ""), true),
    (read("dynamodb", "ListBackups", ""), true),
    (read("kms", "ListKeys", ""), false),
    (read("kms", "ListAliases", ""), false),
    (read("secretsmanager", "ListSecrets", ""), true),
    (read("ssm", "DescribeParameters", ""), true),
    (read("ssm", "DescribeInstanceInformation", ""), true),
    (read("ssm", "ListDocuments", ""), true),
    (read("sns", "ListTopics", ""), false),
    (read("sns", "GetSMSAttributes", ""), true),
    (read("sqs", "ListQueues", ""), false),
    (read("ses", "GetSendQuota", ""), false),
    (read("ses", "ListIdentities", ""), false),
    (read("ses", "GetAccount", ""), true),
    (read("servicequotas", "ListServiceQuotas", r#"{"serviceCode":"ses"}"#), false),
    (read("ecs", "ListClusters", ""), false),
    (read("ecs", "ListTaskDefinitions", ""), true),
    (read("ecr", "DescribeRepositories", ""), true),
    (read("eks", "ListClusters", ""), true),
    (read("cloudtrail", "DescribeTrails", ""), false),
    (read("cloudtrail", "LookupEvents", ""), true),
    (read("guardduty", "ListDetectors", ""), true),
    (read("securityhub", "DescribeHub", ""), true),
    (read("config", "DescribeConfigurationRecorders", ""), true),
    (read("access-analyzer", "ListAnalyzers", ""), true),
    (read("organizations", "DescribeOrganization", ""), false),
    (read("organizations", "ListAccounts", ""), true),
    (read("account", "GetContactInformation", ""), true),
    (read("account", "GetAlternateContact", r#"{"alternateContactType":"SECURITY"}"#), true),
    (read("iam", "GetAccountPasswordPolicy", ""), false),
    (read("iam", "GetAccountSummary", ""), false),
    (read("iam", "ListGroups", ""), false),
    (read("iam", "ListInstanceProfiles", ""), false),
    (read("iam", "ListVirtualMFADevices", ""), false),
    (read("iam", "ListSAMLProviders", ""), true),
    (read("route53", "ListHostedZones", ""), true),
    (read("cloudfront", "ListDistributions", ""), true),
    (read("cloudformation", "ListStacks", ""), false),
    (read("cloudformation", "DescribeStacks", ""), true),
    (read("logs", "DescribeLogGroups", ""), false),
    (read("monitoring", "DescribeAlarms", ""), false),
    (read("events", "ListRules", ""), true),
    (read("elasticloadbalancing", "DescribeLoadBalancers", ""), false),
    (read("autoscaling", "DescribeAutoScalingGroups", ""), false),
    (read("athena", "ListWorkGroups", ""), true),
    (read("glue", "GetDatabases", ""), true),
    (read("backup", "ListBackupVaults", ""), true),
];

/// Sixty-six reads over thirty-four services in nine minutes, some of them in the second Region.
pub(crate) fn enumeration(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let thief = story.thief(Origin::new(HOSTING, SCRIPT));
    let account = &story.org.accounts[PROD];
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    let (mut discovery, mut quotas) = (Vec::new(), Vec::new());
    for (n, (api, denied)) in TRIES.iter().enumerate() {
        let at = at + u32::try_from(n * 8).unwrap_or(0) + story.rng.below(4);
        let region = if n % 9 == 5 { SECOND_REGION } else { HOME_REGION };
        let mut call = Call::on(&thief, at, region, api, account, &mut story.rng);
        if *denied {
            let resource = format!("arn:aws:{}:{region}:{}:*", api.source, account.id);
            call = call.fails(Failure::denied(api.source, api.name, &thief, &resource));
        }
        let id = story.send(&call, out);
        all.push(id);
        if *denied {
            refused.push(id);
        }
        match api.name {
            "DescribeOrganization"
            | "ListAccounts"
            | "GetContactInformation"
            | "GetAlternateContact"
            | "GetAccountPasswordPolicy"
            | "DescribeTrails"
            | "LookupEvents" => discovery.push(id),
            "GetSendQuota" | "ListIdentities" | "ListServiceQuotas" => quotas.push(id),
            _ => {}
        }
    }
    story.must("enumeration-burst", &all, "66 reads over 34 services in nine minutes, half of them refused");
    story.must("access-denied-burst", &refused, "more than thirty refusals");
    story.must("account-discovery", &discovery, "organization, contacts, password policy and trails");
    story.must("ses-sns-quota-recon", &quotas, "how much mail could be sent");
    story.may("identity-first-service", &all, "a backup job that asks thirty-four services");
    story.may("access-advisor-recon", &all, "access-analyzer ListAnalyzers is among them");
}

/// Role names that might exist; fourteen tries.
pub(crate) fn brute_force(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    const GUESSES: [&str; 14] = [
        "Admin",
        "admin",
        "Administrator",
        "AdministratorAccess",
        "OrganizationAccountAccessRole",
        "PowerUser",
        "DevOps",
        "devops-admin",
        "terraform-apply",
        "jenkins",
        "ci-admin",
        "Admin",
        "OrganizationAccountAccessRole",
        "terraform-apply",
    ];
    let thief = story.thief(Origin::new(HOSTING, SCRIPT));
    let mut events = Vec::new();
    for (n, name) in GUESSES.iter().enumerate() {
        let arn = format!("arn:aws:iam::{}:role/{name}", story.org.accounts[PROD].id);
        let at = at + u32::try_from(n * 23).unwrap_or(0);
        let id = sts::refused(&thief, at, &arn, &mut story.rng, out);
        story.note(id, at, "AssumeRole", &thief.arn);
        events.push(id);
    }
    story.must("assume-role-denied-burst", &events, "fourteen refusals for eleven roles in five minutes");
}
