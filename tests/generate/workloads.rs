//! The workloads: what runs where, under which role, and what it asks AWS for.

use crate::event::{Api, read, write};
use crate::life::changes::REFUNDS;
use crate::org::{DEV, HOME_REGION, Org, PROD, SECOND_REGION};
use crate::resources::SECRETS;

/// How a workload gets its credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// A container in ECS.
    Task,
    /// An instance behind an autoscaling group.
    Instance,
    /// A pod in EKS with a service account.
    Pod,
    /// A Lambda function.
    Function,
}

/// One workload.
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) account: usize,
    pub(crate) region: &'static str,
    pub(crate) runtime: Runtime,
    pub(crate) secrets: [&'static str; 2],
    /// What it asks for again and again.
    pub(crate) calls: &'static [Api],
    /// The day of its first deployment.
    pub(crate) since: u32,
    /// The second and third byte of the addresses of its subnet.
    pub(crate) subnet: (u32, u32),
}

impl App {
    pub(crate) fn role_name(&self) -> String {
        match self.runtime {
            Runtime::Task => format!("{}-task", self.name),
            Runtime::Instance => format!("{}-web", self.name),
            Runtime::Pod => format!("eks-{}", self.name),
            Runtime::Function => format!("{}-lambda", self.name),
        }
    }
}

const QUEUE_AND_TABLE: [Api; 4] = [
    read(
        "sqs",
        "GetQueueAttributes",
        r#"{"queueUrl":"~q","attributeNames":["ApproximateNumberOfMessages"]}"#,
    ),
    read("dynamodb", "DescribeTable", r#"{"tableName":"~t"}"#),
    read("sqs", "GetQueueUrl", r#"{"queueName":"order-events"}"#),
    read(
        "kms",
        "GenerateDataKey",
        r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","keySpec":"AES_256","encryptionContext":{"purpose":"order-pii"}}"#,
    ),
];

const PARAMETERS: [Api; 3] = [
    read("ssm", "GetParameters", r#"{"names":["~m"],"withDecryption":true}"#),
    write(
        "ssm",
        "UpdateInstanceInformation",
        r#"{"agentVersion":"3.3.1802.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.20.4.17","computerName":"ip-10-20-4-17.ec2.internal"}"#,
    ),
    read(
        "ssm",
        "GetParametersByPath",
        r#"{"path":"/prod/storefront/","recursive":true,"withDecryption":true}"#,
    ),
];

const LEDGER: [Api; 3] = [
    read(
        "kms",
        "Sign",
        r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","messageType":"DIGEST","signingAlgorithm":"ECDSA_SHA_256"}"#,
    ),
    read("kms", "GetPublicKey", r#"{"keyId":"arn:aws:kms:~R:~A:key/~k"}"#),
    read("dynamodb", "DescribeTable", r#"{"tableName":"orders"}"#),
];

const PICTURES: [Api; 4] = [
    write(
        "logs",
        "CreateLogStream",
        r#"{"logGroupName":"/aws/lambda/thumbnailer","logStreamName":"2026/03/[$LATEST]~U"}"#,
    ),
    read(
        "kms",
        "Decrypt",
        r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-prod-uploads"}}"#,
    ),
    read("dynamodb", "DescribeTable", r#"{"tableName":"sessions"}"#),
    read("ssm", "GetParameter", r#"{"name":"/prod/thumbnailer/sizes","withDecryption":false}"#),
];

const INVOICES: [Api; 4] = [
    read(
        "kms",
        "GenerateDataKey",
        r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-prod-invoices"}}"#,
    ),
    read("sqs", "GetQueueAttributes", r#"{"queueUrl":"~q","attributeNames":["All"]}"#),
    read(
        "kms",
        "Decrypt",
        r#"{"keyId":"arn:aws:kms:~R:~A:key/~k","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"purpose":"invoice"}}"#,
    ),
    read("ssm", "GetParameter", r#"{"name":"~m","withDecryption":true}"#),
];

/// Every workload of the smallest organization; a larger one repeats the first five kinds in more accounts.
pub(crate) fn deploy(org: &Org, count: usize) -> Vec<App> {
    let app = |name: &str, account, region, runtime, calls, secrets, index: u32| App {
        name: name.to_owned(),
        account,
        region,
        runtime,
        secrets,
        calls,
        since: 0,
        subnet: (20 + index / 200, index % 200),
    };
    use Runtime::{Function, Instance, Pod, Task};
    let (home, second) = (HOME_REGION, SECOND_REGION);
    let mut apps = vec![
        app(
            "payments-api",
            PROD,
            home,
            Task,
            &QUEUE_AND_TABLE,
            ["payments/db", "payments/card-processor"],
            1,
        ),
        app("invoice-render", PROD, second, Task, &INVOICES, ["tax/api", "mail/smtp"], 2),
        app("storefront", PROD, home, Instance, &PARAMETERS, ["storefront/session", "search/api"], 4),
        app("thumbnailer", PROD, second, Function, &PICTURES, ["thumbnailer/cdn", "thumbnailer/cdn"], 3),
        app("ledger-worker", PROD, home, Pod, &LEDGER, ["ledger/db", "ledger/signing"], 5),
        app("webhook-relay", PROD, second, Task, &INVOICES, ["partner/webhook", "crm/api"], 8),
        app("preview-env", DEV, home, Task, &QUEUE_AND_TABLE, ["payments/db", "storefront/session"], 6),
        App {
            since: REFUNDS,
            ..app("refunds-worker", PROD, home, Task, &QUEUE_AND_TABLE, ["refunds/db", "refunds/db"], 7)
        },
    ];
    for index in apps.len()..count {
        let kind = index % 5;
        let place = index % (org.accounts.len() - PROD);
        let (account, region) = if place == 2 { (PROD, second) } else { (PROD + place, home) };
        let model: &App = &apps[kind];
        let region =
            if model.region == second && org.accounts[account].second_region { second } else { region };
        let n = u32::try_from(index).unwrap_or(0);
        let secrets = [SECRETS[index % SECRETS.len()], SECRETS[(index + 7) % SECRETS.len()]];
        apps.push(app(
            &format!("service-{index:03}"),
            account,
            region,
            model.runtime,
            model.calls,
            secrets,
            n,
        ));
    }
    apps
}
