//! What was opened, ended or handed out before `--since` still counts for what comes after it; what was told is not told again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::{PACKINGS, Run, SHAPES, plan, scan, sources, write};
use serde_json::{Value, json};
use trailsift::finding::Finding;
use trailsift::time::Timestamp;

const RULES: &str = r"
name: call
title: A call
report: false
detection: {a: {eventName: ListBuckets}, condition: a}
---
name: made
title: A key is made
report: false
detection: {a: {eventName: CreateAccessKey}, condition: a}
---
name: ended
title: A key is ended
report: false
detection: {a: {eventName: DeleteAccessKey}, condition: a}
---
name: back
title: A key is back
report: false
detection: {a: {eventName: UpdateAccessKey}, condition: a}
---
name: used-after
title: Used after its end
correlation:
  type: after
  rules: [call]
  opened-by: [ended]
  closed-by: [back]
  aliases:
    key: {call: userIdentity.accessKeyId, ended: requestParameters.accessKeyId, back: requestParameters.accessKeyId}
  group-by: [key]
  timespan: 9d
level: high
---
name: used-first
title: First used from elsewhere
correlation:
  type: after
  rules: [call]
  opened-by: [made]
  aliases: {key: {call: userIdentity.accessKeyId, made: responseElements.accessKey.accessKeyId}}
  group-by: [key]
  timespan: 9d
  differs: [sourceIPAddress]
  first: true
level: medium
---
name: chained
title: Called by a session of somebody unknown
correlation: {type: role_chain, rules: [call], group-by: [derived.principal], timespan: 3d, origin: [unknown]}
level: low
";

/// A call of a user's key: on which day of March, by which, from where.
fn call(name: &str, day: u32, key: &str, ip: &str) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/ann",
            "accountId": "111122223333",
            "userName": "ann",
            "accessKeyId": key,
        },
        "eventTime": format!("2026-03-{day:02}T10:00:00Z"),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": ip,
        "requestParameters": {"accessKeyId": "AKIAOLD"},
        "responseElements": {"accessKey": {"accessKeyId": "AKIANEW"}},
        "eventID": format!("{day:08}-0000-4000-8000-{:012}", name.len() * 1_000 + key.len() * 10 + ip.len()),
        "recipientAccountId": "111122223333",
    })
}

/// What is told from the tenth on.
fn told(events: &[Value]) -> Vec<Finding> {
    let plan = plan(common::rules(RULES));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "all.json", events, SHAPES[0], PACKINGS[0]);
    let since = Timestamp::parse("2026-03-10");
    scan(&plan, &sources(folder.path()), &Run { since, ..Run::default() }).findings
}

fn names(events: &[Value]) -> Vec<String> {
    told(events).into_iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn a_key_that_ended_before_is_told_unless_it_came_back_or_it_is_long_ago() {
    let used = call("ListBuckets", 11, "AKIAOLD", "203.0.113.1");
    let ended = |day| call("DeleteAccessKey", day, "AKIAADMIN", "203.0.113.1");
    let back = call("UpdateAccessKey", 8, "AKIAADMIN", "203.0.113.1");
    assert_eq!(names(&[ended(7), used.clone()]), ["used-after"]);
    assert_eq!(names(&[ended(7), back.clone(), used.clone()]), [""; 0]);
    assert_eq!(names(&[ended(7), back, ended(9), used.clone()]), ["used-after"]);
    assert_eq!(names(&[ended(1), used.clone()]), [""; 0], "the time is over");
    // What was done before is not told again, and of what had come before only the last is known.
    let before = call("ListBuckets", 8, "AKIAOLD", "203.0.113.1");
    let findings = told(&[ended(6), ended(7), before.clone(), used]);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.first_seen, finding.last_seen);
    assert!(finding.why.iter().any(|why| why.contains("2026-03-07")), "{:?}", finding.why);
    assert_eq!(names(&[ended(7), before]), [""; 0]);
}

#[test]
fn a_key_that_was_used_before_is_not_first_used_now() {
    let made = call("CreateAccessKey", 5, "AKIAADMIN", "203.0.113.1");
    let used = |day, ip| call("ListBuckets", day, "AKIANEW", ip);
    assert_eq!(names(&[made.clone(), used(11, "198.51.100.7")]), ["used-first"]);
    assert_eq!(names(&[made.clone(), used(11, "203.0.113.1")]), [""; 0]);
    assert_eq!(names(&[made, used(9, "203.0.113.1"), used(11, "198.51.100.7")]), [""; 0]);
}

#[test]
fn a_session_handed_out_before_leads_back_to_whoever_asked_for_it() {
    let mut asked = call("AssumeRole", 9, "AKIAOUT", "198.51.100.7");
    asked["userIdentity"]["arn"] = json!("arn:aws:iam::999988887777:user/eve");
    asked["userIdentity"]["accountId"] = json!("999988887777");
    asked["requestParameters"] =
        json!({"roleArn": "arn:aws:iam::111122223333:role/r", "roleSessionName": "s"});
    asked["responseElements"] = json!({"credentials": {"accessKeyId": "ASIAONE"}});
    let mut used = call("ListBuckets", 10, "ASIAONE", "198.51.100.7");
    used["userIdentity"] = json!({
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/r/s",
        "accountId": "111122223333",
        "accessKeyId": "ASIAONE",
    });
    let findings = told(&[asked.clone(), used.clone()]);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.rule.name, "chained");
    assert_eq!(finding.principal.chain[0].account.as_deref(), Some("999988887777"));
    // No session lives that long, nor what was made of one.
    asked["eventTime"] = json!("2026-03-06T10:00:00Z");
    assert_eq!(names(&[asked, used]), [""; 0]);
}
