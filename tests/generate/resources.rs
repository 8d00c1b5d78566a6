//! The resources of an account, by which the parameters of its calls are filled in.

use std::fmt::Write;

use crate::ids::Uuid;
use crate::org::Account;
use crate::rng::{Rng, tag};

pub(crate) const BUCKETS: [&str; 5] = ["artifacts", "invoices", "uploads", "exports", "assets"];
const TABLES: [&str; 4] = ["orders", "carts", "sessions", "refunds"];
const QUEUES: [&str; 3] = ["order-events", "invoice-requests", "mail-out"];
const FUNCTIONS: [&str; 4] = ["thumbnailer", "invoice-render", "report-builder", "webhook-relay"];
const SERVICES: [&str; 3] = ["payments-api", "storefront", "refunds-worker"];
const DATABASES: [&str; 3] = ["orders-main", "orders-replica", "reporting"];
const ALARMS: [&str; 3] = ["payments-5xx", "queue-age", "db-cpu"];
const ROLES: [&str; 5] =
    ["payments-api-task", "storefront-web", "thumbnailer-lambda", "ecs-task-execution", "data-export-task"];
const USERS: [&str; 3] = ["priya.raman", "svc-backup-onprem", "ses-smtp-relay"];
const POLICIES: [&str; 3] = ["payments-runtime", "storefront-runtime", "logs-shipping"];

/// Hex digits that belong to the `n`th resource of a kind in an account, the same at every call.
fn stable(account: &Account, kind: &str, n: u32, len: usize) -> String {
    crate::ids::hex(&mut Rng::keyed(tag(&account.id), &[tag(kind), u64::from(n)]), len)
}

/// The name of one of the account's buckets.
pub(crate) fn bucket(account: &Account, what: &str) -> String {
    format!("example-{}-{what}", account.name)
}

/// The ARN of a secret.
pub(crate) fn secret(account: &Account, region: &str, name: &str) -> String {
    let mut rng = Rng::keyed(tag(&account.id), &[tag(name)]);
    let mut suffix = String::new();
    for _ in 0..6 {
        suffix.push(char::from(*rng.pick(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")));
    }
    format!("arn:aws:secretsmanager:{region}:{}:secret:{name}-{suffix}", account.id)
}

/// The `n`th KMS key of an account.
pub(crate) fn key(account: &Account, n: u32) -> String {
    Uuid::random(&mut Rng::keyed(tag(&account.id), &[tag("kms"), u64::from(n)])).text()
}

/// The id of the `n`th resource whose id is a prefix and seventeen hex digits.
pub(crate) fn id(account: &Account, prefix: &str, n: u32) -> String {
    format!("{prefix}-0{}", stable(account, prefix, n, 16))
}

/// Replaces each `~x` of a template by a resource of the account.
pub(crate) fn fill(template: &str, account: &Account, region: &str, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(template.len() + 60);
    let mut pieces = template.split('~');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let mut rest = piece.chars();
        let letter = rest.next().unwrap_or('~');
        value(letter, account, region, rng, &mut out);
        out.push_str(rest.as_str());
    }
    out
}

fn value(letter: char, account: &Account, region: &str, rng: &mut Rng, out: &mut String) {
    let (id_of, a) = (&account.id, account);
    let text = match letter {
        'A' => id_of.clone(),
        'R' => region.to_owned(),
        'b' => bucket(a, BUCKETS[rng.index(BUCKETS.len())]),
        'i' => id(a, "i", rng.below(6)),
        'v' => id(a, "vpc", rng.below(2)),
        'n' => id(a, "subnet", rng.below(4)),
        'g' => id(a, "sg", rng.below(5)),
        'o' => id(a, "vol", rng.below(5)),
        'r' => (*rng.pick(&ROLES)).to_owned(),
        'u' => (*rng.pick(&USERS)).to_owned(),
        'p' => format!("arn:aws:iam::{id_of}:policy/{}", rng.pick(&POLICIES)),
        'f' => (*rng.pick(&FUNCTIONS)).to_owned(),
        'k' => key(a, rng.below(3)),
        't' => (*rng.pick(&TABLES)).to_owned(),
        'q' => format!("https://sqs.{region}.amazonaws.com/{id_of}/{}", rng.pick(&QUEUES)),
        's' => secret(a, region, SECRETS[rng.index(SECRETS.len())]),
        'c' => format!("arn:aws:ecs:{region}:{id_of}:cluster/{}-main", account.name),
        'e' => (*rng.pick(&SERVICES)).to_owned(),
        'd' => (*rng.pick(&DATABASES)).to_owned(),
        'l' => format!("/ecs/{}", rng.pick(&SERVICES)),
        'a' => (*rng.pick(&ALARMS)).to_owned(),
        'm' => format!("/{}/{}/config", account.name, rng.pick(&SERVICES)),
        'x' => stable(a, "detector", 0, 32),
        'y' => (*rng.pick(&SERVICES)).to_owned(),
        'z' => format!("Z0{}", stable(a, "zone", 0, 18).to_uppercase()),
        'U' => Uuid::random(rng).text(),
        other => format!("~{other}"),
    };
    out.push_str(&text);
}

/// The secrets an account keeps; workloads read a few of their own, an intruder all of them.
pub(crate) const SECRETS: [&str; 24] = [
    "payments/db",
    "payments/card-processor",
    "storefront/session",
    "ledger/db",
    "ledger/signing",
    "thumbnailer/cdn",
    "refunds/db",
    "mail/smtp",
    "crm/api",
    "search/api",
    "fraud/api",
    "tax/api",
    "shipping/carrier-a",
    "shipping/carrier-b",
    "reporting/warehouse",
    "partner/sftp",
    "partner/webhook",
    "mobile/push",
    "oauth/google",
    "oauth/apple",
    "vpn/psk",
    "backup/vault",
    "monitoring/pager",
    "legacy/erp",
];

/// The `resources` of a record, for the services that name them.
pub(crate) fn named(source: &str, params: &str, account: &Account, region: &str) -> String {
    let value = |key: &str| {
        let from = params.find(key)? + key.len();
        let to = params[from..].find('"')?;
        Some(&params[from..from + to])
    };
    let mut out = String::new();
    let id = &account.id;
    let (kind, arn) = match source {
        "s3" => match value(r#""bucketName":""#) {
            Some(bucket) => ("AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}")),
            None => return out,
        },
        "kms" => match value(r#""keyId":""#) {
            Some(key) if key.starts_with("arn:") => ("AWS::KMS::Key", key.to_owned()),
            Some(key) if key.len() == 36 => ("AWS::KMS::Key", format!("arn:aws:kms:{region}:{id}:key/{key}")),
            _ => return out,
        },
        "dynamodb" => match value(r#""tableName":""#) {
            Some(table) => ("AWS::DynamoDB::Table", format!("arn:aws:dynamodb:{region}:{id}:table/{table}")),
            None => return out,
        },
        _ => return out,
    };
    let _ = write!(out, r#"[{{"accountId":"{id}","type":"{kind}","ARN":"{arn}"}}]"#);
    out
}
