//! What is said of an account that is recorded for a shorter time than others are.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::binary::trailsift;
use common::{Packing, Shape, write};
use serde_json::{Value, json};

fn call(id: u32, time: &str, account: &str, name: &str) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/jane"), "accountId": account,
            "userName": "jane", "accessKeyId": format!("AKIA{account}")},
        "eventTime": time, "eventSource": "s3.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15",
        "eventID": format!("{id:08x}-0000-4000-8000-000000000000"), "recipientAccountId": account,
    })
}

const RULES: &str = "title: Call
name: call
status: test
report: false
logsource: {product: aws, service: cloudtrail}
detection:
  call: {eventSource: s3.amazonaws.com}
  condition: call
---
title: New call
name: new-call
level: low
correlation:
  type: new_terms
  rules: [call]
  group-by: [recipientAccountId]
  field: [eventName]
  timespan: 90d
  learning: 1d
message: '{principal} called {term} {novelty}'
";

#[test]
fn an_account_has_the_history_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let (old, young) = ("111122223333", "444455556666");
    let mut events: Vec<Value> =
        (1..24).map(|day| call(day, &format!("2026-04-{day:02}T09:00:00Z"), old, "ListBuckets")).collect();
    events.extend([
        call(100, "2026-04-21T10:00:00Z", young, "ListBuckets"),
        call(101, "2026-04-21T10:05:00Z", young, "GetBucketAcl"),
        call(102, "2026-04-23T11:00:00Z", young, "PutBucketAcl"),
        call(103, "2026-04-23T11:00:00Z", old, "PutBucketAcl"),
    ]);
    write(folder.path(), "log.json", &events, Shape::Records, Packing::Plain);
    std::fs::write(folder.path().join("rules.yml"), RULES).unwrap();
    let args = ["log.json", "-q", "-f", "jsonl", "--no-builtin-rules", "-r", "rules.yml"];
    let output = trailsift(folder.path()).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let said: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |account: &str, name: &str| {
        let title =
            |said: &&Value| said["account"] == account && said["title"].as_str().unwrap().contains(name);
        said.iter().find(title).unwrap_or_else(|| panic!("{account} {name}: {text}"))
    };
    let ends = |said: &Value, end: &str| assert!(said["title"].as_str().unwrap().ends_with(end), "{said}");
    ends(of(old, "PutBucketAcl"), "for the first time in 22.1 days of history");
    ends(of(young, "GetBucketAcl"), "with no history before it");
    // No hours are noted for such a rule: the first day may have begun with its last.
    let later = of(young, "PutBucketAcl");
    assert!(later["title"].as_str().unwrap().ends_with("in 35 hours of the account's history"), "{later}");
    let why = later["why"].as_array().unwrap();
    assert!(why.contains(&json!("the records of account 444455556666 begin on 2026-04-21 only")), "{later}");
}
