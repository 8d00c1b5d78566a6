//! What a worker remembers, and when it stops to, changes no finding: here with values of which hardly any comes twice.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::{PACKINGS, Run, SHAPES, essence, plan, scan, sources, write};
use serde_json::{Value, json};
use trailsift::time::Timestamp;

/// Nine callers read secrets: eight the same few, the last one a new one each time, and every day thirty within minutes.
fn reads() -> Vec<Value> {
    let start = Timestamp::parse("2026-03-01").unwrap().secs();
    let read = |n: u32| {
        let user = n % 9;
        let (at, secret) = match user {
            8 => (start + n / 270 * 86_400 + n / 9 % 30 * 7, format!("once-{n}")),
            _ => (start + n * 400, format!("usual-{}", n % 7)),
        };
        json!({
            "eventVersion": "1.09",
            "userIdentity": {
                "type": "IAMUser",
                "arn": format!("arn:aws:iam::111122223333:user/u{user}"),
                "accountId": "111122223333",
                "userName": format!("u{user}"),
                "accessKeyId": format!("AKIA{user:016}"),
            },
            "eventTime": Timestamp::from_secs(at).to_string(),
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": "GetSecretValue",
            "awsRegion": "eu-central-1",
            "sourceIPAddress": "203.0.113.9",
            "requestParameters": {"secretId": secret},
            "eventID": format!("{n:08x}-0000-4000-8000-000000000000"),
            "recipientAccountId": "111122223333",
        })
    };
    // Most callers are new to nobody; the order is that of a log in which one of them is met all the time.
    (0..6_000).filter(|n| n % 9 == 8 || n % 2 == 0).map(read).collect()
}

#[test]
fn values_that_hardly_come_twice_are_counted_all_the_same() {
    let plan = plan(common::pack());
    let folder = tempfile::tempdir().unwrap();
    for (number, part) in reads().chunks(700).enumerate() {
        write(folder.path(), &format!("{number}.log"), part, SHAPES[0], PACKINGS[0]);
    }
    let files = sources(folder.path());
    let view = scan(&plan, &files, &Run { jobs: 1, ..Run::default() });
    let bursts = view.findings.iter().filter(|finding| finding.rule.name == "secrets-read-burst").count();
    assert!(bursts > 0, "the reader of many secrets is told");
    let naive = scan(&plan, &files, &Run { naive: true, ..Run::default() });
    assert_eq!(essence(&view), essence(&naive));
}
