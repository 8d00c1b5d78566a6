//! Terraform: before it changes anything it reads everything, more broadly than any intruder.

use crate::clock::Secs;
use crate::event::{Api, Call, read};
use crate::failure::Failure;
use crate::identity::Caller;
use crate::org::Org;
use crate::outbox::Outbox;
use crate::rng::Rng;
use crate::sts::WHO_AM_I;

pub(crate) const AGENT: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.11.1 (+https://www.terraform.io) terraform-provider-aws/5.89.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.2 ua/2.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64";
pub(crate) const AGENT_AT_HOME: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.11.1 (+https://www.terraform.io) terraform-provider-aws/5.89.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.2 ua/2.1 os/macos lang/go#1.23.6 md/GOOS#darwin md/GOARCH#arm64";

/// The state of a stack, resource by resource.
const READS: [Api; 58] = [
    read("ec2", "DescribeVpcs", r#"{"vpcSet":{"items":[{"vpcId":"~v"}]},"filterSet":{}}"#),
    read("iam", "GetRole", r#"{"roleName":"~r"}"#),
    read("s3", "GetBucketPolicy", r#"{"bucketName":"~b","policy":"","Host":"~b.s3.~R.amazonaws.com"}"#),
    read("kms", "DescribeKey", r#"{"keyId":"~k"}"#),
    read("lambda", "GetFunction20150331v2", r#"{"functionName":"~f"}"#),
    read("dynamodb", "DescribeTable", r#"{"tableName":"~t"}"#),
    read("ecs", "DescribeServices", r#"{"cluster":"~c","services":["~e"],"include":["TAGS"]}"#),
    read("rds", "DescribeDBInstances", r#"{"dBInstanceIdentifier":"~d"}"#),
    read("logs", "DescribeLogGroups", r#"{"logGroupNamePrefix":"~l"}"#),
    read("sqs", "GetQueueAttributes", r#"{"queueUrl":"~q","attributeNames":["All"]}"#),
    read("sns", "GetTopicAttributes", r#"{"topicArn":"arn:aws:sns:~R:~A:alerts"}"#),
    read("ecr", "DescribeRepositories", r#"{"repositoryNames":["~y"]}"#),
    read("secretsmanager", "DescribeSecret", r#"{"secretId":"~s"}"#),
    read("route53", "GetHostedZone", r#"{"id":"~z"}"#),
    read("elasticloadbalancing", "DescribeLoadBalancers", r#"{"names":["~e"]}"#),
    read("monitoring", "DescribeAlarms", r#"{"alarmNames":["~a"]}"#),
    read("events", "DescribeRule", r#"{"name":"nightly-report"}"#),
    read("autoscaling", "DescribeAutoScalingGroups", r#"{"autoScalingGroupNames":["storefront-web"]}"#),
    read("iam", "ListRolePolicies", r#"{"roleName":"~r"}"#),
    read("iam", "ListAttachedRolePolicies", r#"{"roleName":"~r"}"#),
    read("iam", "GetPolicy", r#"{"policyArn":"~p"}"#),
    read("iam", "GetPolicyVersion", r#"{"policyArn":"~p","versionId":"v1"}"#),
    read("iam", "GetInstanceProfile", r#"{"instanceProfileName":"storefront-web"}"#),
    read(
        "iam",
        "GetOpenIDConnectProvider",
        r#"{"openIDConnectProviderArn":"arn:aws:iam::~A:oidc-provider/token.actions.githubusercontent.com"}"#,
    ),
    read("ec2", "DescribeVpcAttribute", r#"{"vpcId":"~v","attribute":"enableDnsHostnames"}"#),
    read("ec2", "DescribeSubnets", r#"{"subnetSet":{"items":[{"subnetId":"~n"}]},"filterSet":{}}"#),
    read(
        "ec2",
        "DescribeSecurityGroups",
        r#"{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"~g"}]},"filterSet":{}}"#,
    ),
    read(
        "ec2",
        "DescribeSecurityGroupRules",
        r#"{"DescribeSecurityGroupRulesRequest":{"Filter":{"tag":1,"Name":"group-id","Value":{"tag":1,"content":"~g"}},"MaxResults":1000}}"#,
    ),
    read(
        "ec2",
        "DescribeRouteTables",
        r#"{"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"~v"}]}}]}}"#,
    ),
    read(
        "ec2",
        "DescribeNatGateways",
        r#"{"DescribeNatGatewaysRequest":{"Filter":{"tag":1,"Name":"vpc-id","Value":{"tag":1,"content":"~v"}}}}"#,
    ),
    read(
        "ec2",
        "DescribeVpcEndpoints",
        r#"{"DescribeVpcEndpointsRequest":{"VpcEndpointId":{"tag":1,"content":"vpce-0aa11bb22cc33dd44"}}}"#,
    ),
    read(
        "ec2",
        "DescribeLaunchTemplates",
        r#"{"DescribeLaunchTemplatesRequest":{"LaunchTemplateName":{"tag":1,"content":"storefront-web"}}}"#,
    ),
    read(
        "s3",
        "GetBucketVersioning",
        r#"{"bucketName":"~b","versioning":"","Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    read(
        "s3",
        "GetBucketEncryption",
        r#"{"bucketName":"~b","encryption":"","Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    read(
        "s3",
        "GetBucketPublicAccessBlock",
        r#"{"publicAccessBlock":"","bucketName":"~b","Host":"~b.s3.~R.amazonaws.com"}"#,
    ),
    read("s3", "GetBucketLifecycle", r#"{"bucketName":"~b","lifecycle":"","Host":"~b.s3.~R.amazonaws.com"}"#),
    read("s3", "GetBucketLogging", r#"{"bucketName":"~b","logging":"","Host":"~b.s3.~R.amazonaws.com"}"#),
    read("s3", "GetBucketTagging", r#"{"bucketName":"~b","tagging":"","Host":"~b.s3.~R.amazonaws.com"}"#),
    read("kms", "GetKeyPolicy", r#"{"keyId":"~k","policyName":"default"}"#),
    read("kms", "GetKeyRotationStatus", r#"{"keyId":"~k"}"#),
    read("kms", "ListResourceTags", r#"{"keyId":"~k"}"#),
    read("lambda", "GetPolicy20150331v2", r#"{"functionName":"~f"}"#),
    read("lambda", "ListVersionsByFunction20150331", r#"{"functionName":"~f"}"#),
    read("lambda", "GetFunctionCodeSigningConfig", r#"{"functionName":"~f"}"#),
    read("dynamodb", "DescribeContinuousBackups", r#"{"tableName":"~t"}"#),
    read("dynamodb", "DescribeTimeToLive", r#"{"tableName":"~t"}"#),
    read("ecs", "DescribeTaskDefinition", r#"{"taskDefinition":"~e","include":["TAGS"]}"#),
    read("ecs", "DescribeClusters", r#"{"clusters":["~c"],"include":["TAGS","SETTINGS"]}"#),
    read("rds", "DescribeDBSubnetGroups", r#"{"dBSubnetGroupName":"main"}"#),
    read("rds", "ListTagsForResource", r#"{"resourceName":"arn:aws:rds:~R:~A:db:~d"}"#),
    read("logs", "ListTagsForResource", r#"{"resourceArn":"arn:aws:logs:~R:~A:log-group:~l"}"#),
    read("sns", "ListTagsForResource", r#"{"resourceArn":"arn:aws:sns:~R:~A:alerts"}"#),
    read("ecr", "GetLifecyclePolicy", r#"{"repositoryName":"~y"}"#),
    read("secretsmanager", "GetResourcePolicy", r#"{"secretId":"~s"}"#),
    read("route53", "ListResourceRecordSets", r#"{"hostedZoneId":"~z","maxItems":"300"}"#),
    read("elasticloadbalancing", "DescribeTargetGroups", r#"{"names":["~e"]}"#),
    read(
        "elasticloadbalancing",
        "DescribeListeners",
        r#"{"loadBalancerArn":"arn:aws:elasticloadbalancing:~R:~A:loadbalancer/app/~e/50dc6c495c0c9188"}"#,
    ),
    read("events", "ListTargetsByRule", r#"{"rule":"nightly-report"}"#),
];

/// One run over `reads` resources; a few things do not exist, which is an answer too.
pub(crate) fn plan(
    org: &Org,
    caller: &Caller,
    region: &str,
    at: Secs,
    reads: usize,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Secs {
    out.send(&Call::new(caller, at, region, &WHO_AM_I), rng);
    let account = &org.accounts[caller.account];
    for (n, api) in READS.iter().cycle().take(reads).enumerate() {
        let at = at + 1 + u32::try_from(n / 6).unwrap_or(0);
        let mut call = Call::on(caller, at, region, api, account, rng);
        call = match api.name {
            "GetBucketTagging" => call.fails(Failure::other("NoSuchTagSet", "The TagSet does not exist")),
            "GetBucketLifecycle" => call.fails(Failure::other(
                "NoSuchLifecycleConfiguration",
                "The lifecycle configuration does not exist",
            )),
            "GetPolicy20150331v2" => call.fails(Failure::other(
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
            )),
            // Terraform asks faster than some services answer.
            "DescribeSecurityGroupRules" if rng.chance(250) => {
                call.fails(Failure::other("Client.RequestLimitExceeded", "Request limit exceeded."))
            }
            _ => call,
        };
        out.send(&call, rng);
    }
    at + 2 + u32::try_from(reads / 6).unwrap_or(0)
}
