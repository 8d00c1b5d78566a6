//! What `trace` must not leave out, nor tell twice.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::trailsift;
use common::{Packing, Shape, write};
use serde_json::{Value, json};

/// Of a user with a key, in the account that received the call.
fn call(id: u32, user: &str, name: &str, request: Value, response: Value) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{user}"),
            "accountId": "111122223333", "userName": user, "accessKeyId": format!("AKIA{user}")},
        "eventTime": format!("2026-03-01T{:02}:{:02}:00Z", 10 + id / 60, id % 60),
        "eventSource": "sts.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15",
        "requestParameters": request, "responseElements": response,
        "eventID": format!("{id:08x}-0000-4000-8000-000000000000"), "recipientAccountId": "111122223333",
    })
}

fn issued(key: Option<&str>) -> Value {
    key.map_or(Value::Null, |key| json!({"credentials": {"accessKeyId": key}}))
}

/// What `trace` says of these events: status, standard output, standard error.
fn trace(events: &[Value], args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", events, Shape::Records, Packing::Plain);
    run(folder.path(), args)
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = trailsift(folder);
    let output = command
        .env("COLUMNS", "110")
        .arg("trace")
        .args(args)
        .args(["log.json", "-q", "--no-rules"])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_was_issued_and_never_used_is_told_by_whom_it_was_issued_for() {
    let role = "arn:aws:iam::444455556666:role/batch/Export";
    let assumes = |id, session, key| {
        let request = json!({"roleArn": role, "roleSessionName": session});
        call(id, "EVE", "AssumeRole", request, issued(key))
    };
    let created = json!({"accessKey": {"accessKeyId": "AKIANEW", "userName": "smtp"}});
    let events = [
        assumes(1, "one", Some("ASIAOPEN")),
        // Of this one the answer was not recorded.
        assumes(2, "two", None),
        call(3, "EVE", "CreateAccessKey", json!({"userName": "smtp"}), created),
    ];
    let both = [role, "role/batch/Export", "Export"];
    for id in both {
        let (status, said, _) = trace(&events, &[id]);
        assert!(status == 0 && said.contains("2 credentials"), "{id}: {said}");
        assert!(said.contains("AssumeRole") && said.contains("never used in the logs"), "{id}: {said}");
        assert!(!said.contains("AKIANEW"), "{id}: {said}");
    }
    for (id, key) in [
        ("one", "ASIAOPEN"),
        ("two", "key not recorded"),
        ("assumed-role/Export/one", "ASIAOPEN"),
        ("arn:aws:sts::444455556666:assumed-role/Export/one", "ASIAOPEN"),
        ("smtp", "AKIANEW"),
        ("user/smtp", "AKIANEW"),
        ("arn:aws:iam::111122223333:user/mail/smtp", "AKIANEW"),
    ] {
        let (status, said, _) = trace(&events, &[id]);
        assert!(status == 0 && said.contains("1 credential;") && said.contains(key), "{id}: {said}");
    }
    for id in [
        "arn:aws:iam::999999999999:user/smtp",
        "arn:aws:sts::999999999999:assumed-role/Export/one",
        "assumed-role/Export/three",
        "role/smtp",
    ] {
        let (status, _, said) = trace(&events, &[id]);
        assert!(status == 2 && said.contains("nothing in the logs is called"), "{id}: {said}");
    }
    let (_, _, said) = trace(&events, &["role/batch/Exprot"]);
    assert!(said.contains("did you mean role/batch/Export?"), "{said}");
}

#[test]
fn an_address_is_not_forgotten_among_hundreds() {
    let address = |number: u32| format!("45.{}.{}.9", 10 + number / 200, number % 200);
    let events: Vec<Value> = (0..300)
        .map(|number| {
            let mut event = call(number, "EVE", "GetCallerIdentity", Value::Null, Value::Null);
            event["sourceIPAddress"] = json!(address(number));
            event
        })
        .collect();
    for number in [0, 150, 299] {
        let (status, said, _) = trace(&events, &[&address(number)]);
        assert!(status == 0 && said.contains("◆ user EVE"), "{number}: {said}");
        assert!(said.contains("from more than 20"), "{number}: {said}");
        let (_, said, _) = trace(&events, &[&address(number), "-f", "json"]);
        let said: Value = serde_json::from_str(&said).unwrap();
        assert!(said["roots"][0]["more_addresses"] == json!(true), "{said}");
        assert!(said["roots"][0]["addresses"].as_array().unwrap().contains(&json!(address(number))));
    }
    let (_, said, _) = trace(&events[..200], &["user/EVE"]);
    assert!(said.contains("from 200 addresses in") && said.contains("and 196 more"), "{said}");
}

#[test]
fn a_call_that_two_accounts_recorded_is_one_call() {
    let request = json!({"roleArn": "arn:aws:iam::444455556666:role/deploy", "roleSessionName": "s"});
    let mut ours = call(1, "EVE", "AssumeRole", request, issued(Some("ASIADEPLOY")));
    ours["sharedEventID"] = json!("5a5a5a5a-0000-4000-8000-000000000001");
    let mut theirs = ours.clone();
    theirs["eventID"] = json!("00000002-0000-4000-8000-000000000000");
    theirs["recipientAccountId"] = json!("444455556666");
    theirs["userIdentity"] =
        json!({"type": "AWSAccount", "principalId": "AIDAEVE", "accountId": "111122223333"});
    let again = call(3, "EVE", "AssumeRole", Value::Null, issued(Some("ASIAOTHER")));
    let all = [ours, theirs.clone(), again];
    let (status, said, _) = trace(&all, &["203.0.113.9", "-f", "json"]);
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, &json["actions"][0]["succeeded"]), (0, &json!(2)), "{said}");
    // The account's own trail is there, and tells the caller.
    let (_, said, _) = trace(&all, &["203.0.113.9"]);
    assert!(said.contains("whose own trail was read") && !said.contains("another account"), "{said}");
    let (_, said, _) = trace(&[theirs], &["203.0.113.9"]);
    assert!(said.contains("another account: its own trail would tell the rest"), "{said}");
}

#[test]
fn a_chain_that_goes_on_for_days_says_where_it_is_cut() {
    let takes = |id: u32| {
        call(id, &format!("K{id}"), "AssumeRole", json!({}), issued(Some(&format!("AKIAK{}", id + 1))))
    };
    let note = |length: u32| {
        let events: Vec<Value> = (0..length).map(takes).collect();
        let (status, said, _) = trace(&events, &["AKIAK0", "-f", "json"]);
        let said =
            said.lines().filter(|line| line.contains("not told as a part")).collect::<Vec<_>>().join("");
        (status, said)
    };
    assert_eq!(note(256), (0, String::new()));
    let (status, said) = note(300);
    assert!(
        status == 0 && said.contains("more than 256 credentials") && said.contains(": AKIAK257 "),
        "{said}"
    );
}
