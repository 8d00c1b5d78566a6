//! Several windows of one actor are told as one finding: it names, counts and dates what all of them hold.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::trailsift;
use serde_json::{Value, json};
use trailsift::time::Timestamp;

/// Four bursts of reads of one user, each from an address of its own, an hour and more apart.
const BURSTS: [(&str, u32, u32); 4] =
    [("203.0.113.9", 0, 12), ("45.9.20.1", 2, 15), ("45.9.20.2", 4, 40), ("185.220.101.5", 6, 19)];

/// What a user says of itself in the bursts of these hours.
fn user(hour: u32) -> Value {
    json!({
        "type": "IAMUser",
        "arn": "arn:aws:iam::111122223333:user/eve",
        "accountId": "111122223333",
        "userName": "eve",
        "accessKeyId": if hour < 6 { "AKIAEEEEEEEEEEEEEEEE" } else { "AKIASSSSSSSSSSSSSSSS" },
    })
}

/// The same of a role, with a session for each burst.
fn session(hour: u32) -> Value {
    let role = json!({"type": "Role", "arn": "arn:aws:iam::111122223333:role/reader"});
    json!({
        "type": "AssumedRole",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/reader/at-{hour}"),
        "accountId": "111122223333",
        "accessKeyId": "ASIAEEEEEEEEEEEEEEEE",
        "sessionContext": {"sessionIssuer": role},
    })
}

fn log(who: fn(u32) -> Value) -> Value {
    let start = Timestamp::parse("2026-05-01T02:00:00Z").unwrap().secs();
    let reads = BURSTS.iter().flat_map(|(address, hour, reads)| {
        (0..*reads).map(move |n| {
            json!({
                "eventVersion": "1.09",
                "userIdentity": who(*hour),
                "eventTime": Timestamp::from_secs(start + hour * 3600 + n * 5).to_string(),
                "eventSource": "secretsmanager.amazonaws.com",
                "eventName": "GetSecretValue",
                "awsRegion": "eu-central-1",
                "sourceIPAddress": address,
                "userAgent": "aws-cli/2.15.0",
                "requestParameters": {"secretId": format!("prod/{hour}-{n}")},
                "eventID": format!("{hour:04x}{n:04x}-0000-4000-8000-000000000000"),
                "eventType": "AwsApiCall",
                "recipientAccountId": "111122223333",
            })
        })
    });
    json!({"Records": reads.collect::<Vec<_>>()})
}

fn findings(folder: &Path, args: &[&str]) -> Vec<Value> {
    let fixed = ["scan", "log.json", "-q", "-f", "jsonl", "--rule", "secrets-read-burst"];
    let run = trailsift(folder).args(fixed).args(args).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    run.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[test]
fn windows_told_as_one_are_told_whole() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.json"), log(user).to_string()).unwrap();
    let found = findings(folder.path(), &["--evidence", "100"]);
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(finding["count"], 86);
    assert_eq!(finding["evidence"].as_array().unwrap().len(), 86);
    assert_eq!(finding["threshold"]["counts"][0]["observed"], 40.0);
    assert_eq!(finding["addresses"].as_array().unwrap().len(), 4);
    assert_eq!(finding["access_keys"], json!(["AKIAEEEEEEEEEEEEEEEE", "AKIASSSSSSSSSSSSSSSS"]));
    assert_eq!(finding["first_seen"], "2026-05-01T02:00:00Z");
    // The last event, not the end of the last window.
    assert_eq!(finding["last_seen"], "2026-05-01T08:01:30Z");
    let title = finding["title"].as_str().unwrap();
    assert!(title.contains("read up to 40 secrets") && title.contains("3 other addresses"), "{title}");
}

#[test]
fn what_is_known_of_the_first_window_suppresses_none_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.json"), log(user).to_string()).unwrap();
    let config = |field: &str, value: &str| {
        let text = format!(
            "[[suppress]]\nrule = 'secrets-read-burst'\nreason = 'the office'\n[suppress.match]\n'{field}' = '{value}'\n"
        );
        std::fs::write(folder.path().join("trailsift.toml"), text).unwrap();
        findings(folder.path(), &["--config", "trailsift.toml"]).len()
    };
    assert_eq!(config("source.ip", "203.0.113.9"), 1);
    assert_eq!(config("principal.access_key_id", "AKIAEEEEEEEEEEEEEEEE"), 1);
    assert_eq!(config("source.ip", "*"), 0, "all of them fit");
    assert_eq!(config("access_keys", "AKIA*"), 0, "all of them fit");
}

#[test]
fn the_arn_of_one_session_suppresses_no_other_session() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[[suppress]]\nrule = 'secrets-read-burst'\nreason = 'a drill'\n\
                  match = {'principal.arn' = 'arn:aws:sts::111122223333:assumed-role/reader/at-0'}\n";
    std::fs::write(folder.path().join("trailsift.toml"), config).unwrap();
    let left = |who: fn(u32) -> Value| {
        std::fs::write(folder.path().join("log.json"), log(who).to_string()).unwrap();
        findings(folder.path(), &["--config", "trailsift.toml"]).len()
    };
    assert_eq!(left(session), 1, "the other bursts are of other sessions");
    assert_eq!(left(|_| session(0)), 0);
}

/// What a scan with these rules says of events of eve: call, minute, address, parameters.
fn told(rules: &str, events: &[(&str, u32, &str, Value)]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let records = events.iter().map(|(name, minute, address, parameters)| {
        json!({
            "eventVersion": "1.09",
            "userIdentity": user(0),
            "eventTime": format!("2026-05-01T02:{minute:02}:00Z"),
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": address,
            "requestParameters": parameters,
            "eventID": format!("{minute:08}-0000-4000-8000-000000000000"),
            "recipientAccountId": "111122223333",
        })
    });
    let log = json!({"Records": records.collect::<Vec<_>>()});
    std::fs::write(folder.path().join("log.json"), log.to_string()).unwrap();
    std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
    let args = ["scan", "log.json", "-q", "-f", "jsonl", "--no-builtin-rules", "-r", "rules.yml"];
    let run = trailsift(folder.path()).args(args).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    run.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

const STEPS: &str = r"
name: opened
title: Opened
report: false
detection: {a: {eventName: AttachGroupPolicy}, condition: a}
---
name: joined
title: Joined
report: false
detection: {a: {eventName: AddUserToGroup}, condition: a}
";

#[test]
fn a_sequence_tells_all_its_addresses_where_its_sentence_asks_for_them() {
    let rule = "---\nname: both\ntitle: Both\ncorrelation: {type: temporal_ordered, rules: [opened, joined], \
                group-by: [derived.principal], timespan: 1h}\nlevel: high\nmessage: 'first {source}, all {sources}'\n";
    let group = json!({"groupName": "g", "userName": "ann"});
    let events =
        [("AttachGroupPolicy", 1, "10.0.0.1", group.clone()), ("AddUserToGroup", 2, "192.0.2.9", group)];
    let found = told(&format!("{STEPS}{rule}"), &events);
    assert_eq!(found[0]["title"], "first 10.0.0.1, all 10.0.0.1 and 192.0.2.9");
}

#[test]
fn what_is_done_after_something_names_all_that_it_was_done_to() {
    let rule = "---\nname: later\ntitle: Later\ncorrelation: {type: after, rules: [joined], opened-by: [opened], \
                group-by: [requestParameters.groupName], timespan: 1d}\nlevel: high\n\
                target: requestParameters.userName\nmessage: '{target} joined'\n";
    let of = |user: &str| json!({"groupName": "g", "userName": user});
    let events = [
        ("AttachGroupPolicy", 1, "10.0.0.1", of("nobody")),
        ("AddUserToGroup", 2, "10.0.0.1", of("ann")),
        ("AddUserToGroup", 3, "10.0.0.1", of("bob")),
    ];
    let found = told(&format!("{STEPS}{rule}"), &events);
    assert_eq!(found[0]["targets"], json!(["ann", "bob"]));
}
