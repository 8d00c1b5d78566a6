//! What the pages of the AWS console read when somebody opens them.

use crate::event::{Api, read};

/// A page of the console. Its first `frame` calls are made at every visit, of the others a few.
pub(crate) struct Page {
    pub(crate) calls: &'static [Api],
    pub(crate) frame: usize,
}

/// The start page; everybody passes it.
pub(crate) const HOME: Page = Page {
    frame: 1,
    calls: &[
        read(
            "health",
            "DescribeEventAggregates",
            r#"{"filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"Mar 1, 2026, 12:00:00 AM"}]},"aggregateField":"eventTypeCategory"}"#,
        ),
        read(
            "health",
            "DescribeEventAggregates",
            r#"{"filter":{"eventTypeCategories":["scheduledChange"],"eventStatusCodes":["open","upcoming"]},"aggregateField":"eventTypeCategory"}"#,
        ),
        read("health", "DescribeEvents", r#"{"filter":{"eventStatusCodes":["open"]},"maxResults":10}"#),
    ],
};

/// The cost box on the start page, which only few may fill.
pub(crate) const COSTS: Api = read(
    "ce",
    "GetCostAndUsage",
    r#"{"TimePeriod":{"Start":"2026-02-01","End":"2026-03-31"},"Granularity":"MONTHLY","Metrics":["UnblendedCost"],"GroupBy":[{"Type":"DIMENSION","Key":"SERVICE"}]}"#,
);

pub(crate) const EC2: Page = Page {
    frame: 2,
    calls: &[
        read(
            "ec2",
            "DescribeInstances",
            r#"{"maxResults":100,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"pending"},{"value":"running"},{"value":"stopping"},{"value":"stopped"}]}}]}}"#,
        ),
        read("monitoring", "DescribeAlarms", r#"{"maxRecords":100}"#),
        read(
            "ec2",
            "DescribeInstanceStatus",
            r#"{"instancesSet":{"items":[{"instanceId":"~i"},{"instanceId":"~i"}]},"filterSet":{},"includeAllInstances":false}"#,
        ),
        read(
            "ec2",
            "DescribeTags",
            r#"{"maxResults":1000,"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"~i"}]}}]}}"#,
        ),
        read("ec2", "DescribeVolumes", r#"{"maxResults":1000,"volumeSet":{},"filterSet":{}}"#),
        read(
            "ec2",
            "DescribeAddresses",
            r#"{"publicIpsSet":{},"allocationIdsSet":{},"filterSet":{"items":[{"name":"instance-id","valueSet":{"items":[{"value":"~i"}]}}]}}"#,
        ),
        read(
            "ec2",
            "DescribeSecurityGroups",
            r#"{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"~g"}]},"filterSet":{}}"#,
        ),
        read(
            "ec2",
            "DescribeInstanceTypes",
            r#"{"DescribeInstanceTypesRequest":{"InstanceType":{"tag":1,"content":"m7g.large"}}}"#,
        ),
        read(
            "ec2",
            "DescribeInstanceAttribute",
            r#"{"instanceId":"~i","attribute":"disableApiTermination"}"#,
        ),
        read("ec2", "DescribeRegions", r#"{"regionSet":{},"allRegions":true}"#),
    ],
};

pub(crate) const VPC: Page = Page {
    frame: 2,
    calls: &[
        read("ec2", "DescribeVpcs", r#"{"maxResults":1000,"vpcSet":{},"filterSet":{}}"#),
        read(
            "ec2",
            "DescribeSubnets",
            r#"{"maxResults":1000,"subnetSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"~v"}]}}]}}"#,
        ),
        read(
            "ec2",
            "DescribeRouteTables",
            r#"{"maxResults":100,"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"~v"}]}}]}}"#,
        ),
        read("ec2", "DescribeNatGateways", r#"{"DescribeNatGatewaysRequest":{"MaxResults":1000}}"#),
        read(
            "ec2",
            "DescribeInternetGateways",
            r#"{"maxResults":1000,"internetGatewayIdSet":{},"filterSet":{}}"#,
        ),
        read("ec2", "DescribeVpcEndpoints", r#"{"DescribeVpcEndpointsRequest":{"MaxResults":1000}}"#),
        read("ec2", "DescribeNetworkAcls", r#"{"maxResults":1000,"networkAclIdSet":{},"filterSet":{}}"#),
        read("ec2", "DescribeDhcpOptions", r#"{"maxResults":1000,"dhcpOptionsSet":{},"filterSet":{}}"#),
        read("ec2", "DescribeAvailabilityZones", r#"{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}"#),
    ],
};

pub(crate) const S3: Page = Page {
    frame: 1,
    calls: &[
        read("s3", "ListBuckets", r#"{"Host":"s3.~R.amazonaws.com"}"#),
        read("s3", "GetBucketLocation", r#"{"bucketName":"~b","location":"","Host":"s3.~R.amazonaws.com"}"#),
        read(
            "s3",
            "GetBucketPublicAccessBlock",
            r#"{"publicAccessBlock":"","bucketName":"~b","Host":"s3.~R.amazonaws.com"}"#,
        ),
        read(
            "s3",
            "GetBucketPolicyStatus",
            r#"{"policyStatus":"","bucketName":"~b","Host":"s3.~R.amazonaws.com"}"#,
        ),
        read(
            "s3",
            "GetBucketVersioning",
            r#"{"bucketName":"~b","versioning":"","Host":"s3.~R.amazonaws.com"}"#,
        ),
        read("s3", "GetBucketAcl", r#"{"bucketName":"~b","acl":"","Host":"s3.~R.amazonaws.com"}"#),
        read(
            "s3",
            "GetAccountPublicAccessBlock",
            r#"{"publicAccessBlock":"","Host":"~A.s3-control.~R.amazonaws.com"}"#,
        ),
        read("s3", "GetStorageLensConfiguration", r#"{"Host":"~A.s3-control.~R.amazonaws.com"}"#),
    ],
};

/// The roles and policies of an account.
pub(crate) const IAM: Page = Page {
    frame: 2,
    calls: &[
        read("iam", "GetAccountSummary", ""),
        read("iam", "ListRoles", r#"{"maxItems":1000}"#),
        read("iam", "GetRole", r#"{"roleName":"~r"}"#),
        read("iam", "ListAttachedRolePolicies", r#"{"roleName":"~r"}"#),
        read("iam", "ListRolePolicies", r#"{"roleName":"~r"}"#),
        read("iam", "GetPolicyVersion", r#"{"policyArn":"~p","versionId":"v1"}"#),
        read("iam", "ListAccountAliases", ""),
    ],
};

/// The users of an account, as the help desk sees them.
pub(crate) const USERS: Page = Page {
    frame: 2,
    calls: &[
        read("iam", "ListUsers", r#"{"maxItems":1000}"#),
        read("iam", "ListMFADevices", r#"{"userName":"~u"}"#),
        read("iam", "ListAccessKeys", r#"{"userName":"~u"}"#),
        read("iam", "ListGroupsForUser", r#"{"userName":"~u"}"#),
        read("iam", "ListSigningCertificates", r#"{"userName":"~u"}"#),
        read("iam", "GetUser", r#"{"userName":"~u"}"#),
    ],
};

pub(crate) const ECS: Page = Page {
    frame: 2,
    calls: &[
        read("ecs", "DescribeClusters", r#"{"clusters":["~c"],"include":["STATISTICS"]}"#),
        read("ecs", "ListServices", r#"{"cluster":"~c","maxResults":100}"#),
        read("ecs", "DescribeServices", r#"{"cluster":"~c","services":["~e"]}"#),
        read("ecs", "ListTasks", r#"{"cluster":"~c","serviceName":"~e","maxResults":100}"#),
        read("ecs", "DescribeTaskDefinition", r#"{"taskDefinition":"~e"}"#),
        read("ecs", "ListClusters", r#"{"maxResults":100}"#),
    ],
};

pub(crate) const ECR: Page = Page {
    frame: 2,
    calls: &[
        read("ecr", "DescribeRepositories", r#"{"maxResults":100}"#),
        read("ecr", "DescribeImages", r#"{"repositoryName":"~y","maxResults":100}"#),
        read("ecr", "DescribeRegistry", ""),
        read("ecr", "GetLifecyclePolicy", r#"{"repositoryName":"~y"}"#),
    ],
};

pub(crate) const LOGS: Page = Page {
    frame: 2,
    calls: &[
        read("logs", "DescribeLogGroups", r#"{"limit":50}"#),
        read("monitoring", "DescribeAlarms", r#"{"maxRecords":100,"stateValue":"ALARM"}"#),
        read(
            "logs",
            "DescribeLogStreams",
            r#"{"logGroupName":"~l","orderBy":"LastEventTime","descending":true}"#,
        ),
        read("logs", "DescribeMetricFilters", r#"{"logGroupName":"~l"}"#),
        read(
            "logs",
            "StartQuery",
            r#"{"startTime":1772000000,"endTime":1772003600,"logGroupName":"~l","limit":1000,"queryString":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ),
        read("monitoring", "ListDashboards", ""),
    ],
};

pub(crate) const LAMBDA: Page = Page {
    frame: 2,
    calls: &[
        read("lambda", "ListFunctions20150331", r#"{"maxItems":50}"#),
        read("lambda", "GetAccountSettings20160819", ""),
        read("lambda", "GetFunction20150331v2", r#"{"functionName":"~f"}"#),
        read("lambda", "ListEventSourceMappings20150331", r#"{"functionName":"~f"}"#),
        read("lambda", "GetPolicy20150331v2", r#"{"functionName":"~f"}"#),
    ],
};

pub(crate) const DYNAMO: Page = Page {
    frame: 2,
    calls: &[
        read("dynamodb", "ListTables", r#"{"limit":100}"#),
        read("dynamodb", "DescribeTable", r#"{"tableName":"~t"}"#),
        read("dynamodb", "DescribeContinuousBackups", r#"{"tableName":"~t"}"#),
        read("dynamodb", "DescribeTimeToLive", r#"{"tableName":"~t"}"#),
    ],
};

pub(crate) const RDS: Page = Page {
    frame: 2,
    calls: &[
        read("rds", "DescribeDBInstances", r#"{"maxRecords":100}"#),
        read("rds", "DescribeDBClusters", r#"{"includeShared":false,"maxRecords":100}"#),
        read(
            "rds",
            "DescribeEvents",
            r#"{"sourceIdentifier":"~d","sourceType":"db-instance","duration":1440}"#,
        ),
        read(
            "rds",
            "DescribeDBSnapshots",
            r#"{"dBInstanceIdentifier":"~d","includeShared":false,"includePublic":false}"#,
        ),
        read(
            "rds",
            "DescribePendingMaintenanceActions",
            r#"{"resourceIdentifier":"arn:aws:rds:~R:~A:db:~d"}"#,
        ),
    ],
};

pub(crate) const BILLING: Page = Page {
    frame: 2,
    calls: &[
        read(
            "ce",
            "GetCostForecast",
            r#"{"TimePeriod":{"Start":"2026-03-30","End":"2026-04-30"},"Metric":"UNBLENDED_COST","Granularity":"MONTHLY"}"#,
        ),
        read("budgets", "DescribeBudgets", r#"{"accountId":"~A","maxResults":100}"#),
        read(
            "ce",
            "GetDimensionValues",
            r#"{"TimePeriod":{"Start":"2026-02-01","End":"2026-03-31"},"Dimension":"LINKED_ACCOUNT","Context":"COST_AND_USAGE"}"#,
        ),
        read(
            "ce",
            "GetSavingsPlansCoverage",
            r#"{"TimePeriod":{"Start":"2026-02-01","End":"2026-03-31"},"Granularity":"MONTHLY"}"#,
        ),
        read("budgets", "DescribeBudgetActionsForAccount", r#"{"accountId":"~A"}"#),
    ],
};

pub(crate) const ATHENA: Page = Page {
    frame: 3,
    calls: &[
        read("athena", "ListWorkGroups", r#"{"maxResults":50}"#),
        write_like(
            "StartQueryExecution",
            r#"{"queryString":"***OMITTED***","clientRequestToken":"~U","queryExecutionContext":{"database":"trail","catalog":"AwsDataCatalog"},"workGroup":"security"}"#,
        ),
        read("athena", "GetQueryExecution", r#"{"queryExecutionId":"~U"}"#),
        read("athena", "GetQueryResults", r#"{"queryExecutionId":"~U","maxResults":100}"#),
        read("athena", "ListQueryExecutions", r#"{"workGroup":"security","maxResults":50}"#),
    ],
};

/// Starting a query counts as a write, though it reads.
const fn write_like(name: &'static str, params: &'static str) -> Api {
    crate::event::write("athena", name, params)
}

pub(crate) const SAGEMAKER: Page = Page {
    frame: 2,
    calls: &[
        read("sagemaker", "ListDomains", r#"{"maxResults":10}"#),
        read(
            "sagemaker",
            "ListTrainingJobs",
            r#"{"sortBy":"CreationTime","sortOrder":"Descending","maxResults":10}"#,
        ),
        read("sagemaker", "ListNotebookInstances", r#"{"maxResults":10}"#),
        read("sagemaker", "ListModels", r#"{"maxResults":10}"#),
    ],
};
