//! A check in CI: serious findings fail it, unless people have looked at them before.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::{trailsift, transcript};
use common::{Packing, Shape, write};
use serde_json::{Value, json};

const CHECK: [&str; 5] = ["--fail-on", "high", "--known", "known.jsonl", "--color=never"];

fn attached(id: u32, by: &str, to: &str, time: &str) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{by}"), "accountId": "111122223333",
            "userName": by, "accessKeyId": "AKIAEXAMPLE000000001"},
        "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy", "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15",
        "requestParameters": {"userName": to, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        "responseElements": null, "eventID": format!("{id:08x}-0000-4000-8000-000000000000"),
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
    })
}

/// Samples as they were at triage, the same later on, and the same with an attack in it.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let setup = attached(1, "onboarding", "new-admin", "2026-03-01T10:00:00Z");
    let quiet = json!({"eventVersion": "1.09", "eventTime": "2026-03-05T09:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets", "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.9", "eventID": "q",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "userName": "ann"},
        "recipientAccountId": "111122223333"});
    let attack = attached(2, "mallory", "mallory", "2026-03-06T02:00:00Z");
    for (name, events) in
        [("clean", vec![setup.clone(), quiet.clone()]), ("attacked", vec![quiet, attack, setup])]
    {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        write(&folder.path().join(name), "log.json.gz", &events, Shape::Records, Packing::Gzip);
    }
    folder
}

/// Triage as it goes: written out, then filled in.
fn triaged(folder: &Path, reason: &str, expires: Option<&str>) {
    trailsift(folder).args(["clean", "-q", "--known-out", "known.jsonl", "--force"]).assert().success();
    let text = std::fs::read_to_string(folder.join("known.jsonl")).unwrap();
    let filled = text.lines().map(|line| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        entry["reason"] = json!(reason);
        if let Some(day) = expires {
            entry["expires"] = json!(day);
        }
        format!("{entry}\n")
    });
    std::fs::write(folder.join("known.jsonl"), filled.collect::<String>()).unwrap();
}

fn check(folder: &Path, samples: &str, more: &[&str]) -> String {
    let args: Vec<&str> = [samples].into_iter().chain(CHECK).chain(more.iter().copied()).collect();
    transcript(folder, &args)
}

#[test]
fn the_check_passes_on_the_clean_sample_and_fails_on_the_attacked_one() {
    let folder = samples();
    insta::assert_snapshot!(
        "before_triage",
        transcript(folder.path(), &["clean", "-q", "--fail-on", "high"])
    );
    triaged(folder.path(), "break-glass set up, ticket 4711", None);
    insta::assert_snapshot!("known", std::fs::read_to_string(folder.path().join("known.jsonl")).unwrap());
    insta::assert_snapshot!("clean", check(folder.path(), "clean", &[]));
    insta::assert_snapshot!("attacked", check(folder.path(), "attacked", &[]));
}

#[test]
fn the_end_of_an_entry_is_there_to_be_filled_in() {
    let folder = samples();
    triaged(folder.path(), "until the audit", None);
    let known = folder.path().join("known.jsonl");
    let text = std::fs::read_to_string(&known).unwrap();
    std::fs::write(&known, text.replace("\"expires\":null", "\"expires\":\"2026-03-04\"")).unwrap();
    let said = check(folder.path(), "clean", &[]);
    assert!(said.starts_with("exit 1\n") && said.contains("ended on 2026-03-04"), "{said}");
}

#[test]
fn what_a_known_finding_has_grown_by_is_new() {
    let folder = samples();
    triaged(folder.path(), "ticket 4711", None);
    let grown = |minutes: &[u32]| {
        let mut events = vec![attached(1, "onboarding", "new-admin", "2026-03-01T10:00:00Z")];
        events.extend(minutes.iter().map(|minute| {
            attached(
                10 + minute,
                "onboarding",
                &format!("other-{minute}"),
                &format!("2026-03-01T10:{minute}:00Z"),
            )
        }));
        write(&folder.path().join("clean"), "log.json.gz", &events, Shape::Records, Packing::Gzip);
        check(folder.path(), "clean", &["-v", "-f", "jsonl"])
    };
    let same = grown(&[]);
    assert!(same.starts_with("exit 0\n") && !same.contains("have grown"), "{same}");
    let said = grown(&[15, 25]);
    assert!(said.starts_with("exit 1\n"), "{said}");
    let listed = "have grown since they were looked at: they are new again:\n  cddf223a87c4885851be6137 (admin-policy-attached,";
    assert!(said.contains(listed), "{said}");
    assert!(said.contains("grown since it was triaged with a count of 1"), "{said}");
    // Written anew it holds again, and asks for a reason again.
    let again = ["clean", "-q", "--known", "known.jsonl", "--known-out", "known.jsonl", "--force"];
    trailsift(folder.path()).args(again).assert().success();
    let said = grown(&[15, 25]);
    assert!(
        said.starts_with("exit 0\n") && said.contains("known entries without a reason:\n  cddf223"),
        "{said}"
    );
    assert!(grown(&[15, 25, 35]).starts_with("exit 1\n"));
    // An entry of an older file tells nothing of how much there was.
    std::fs::write(
        folder.path().join("known.jsonl"),
        "{\"id\":\"cddf223a87c4885851be6137\",\"reason\":\"x\"}",
    )
    .unwrap();
    assert!(grown(&[15, 25, 35]).starts_with("exit 0\n"));
}

#[test]
fn an_entry_that_has_ended_speaks() {
    let folder = samples();
    triaged(folder.path(), "until the audit", Some("2026-03-04"));
    let said = check(folder.path(), "clean", &[]);
    assert!(said.starts_with("exit 1\n"), "{said}");
    insta::assert_snapshot!("ended", said);
    // The logs do not reach its end: it holds, whatever the clock says.
    let held = check(folder.path(), "clean", &["--until", "2026-03-03"]);
    assert!(held.starts_with("exit 0\n"), "{held}");
}

#[test]
fn what_an_entry_lacks_is_told() {
    let folder = samples();
    triaged(folder.path(), "", None);
    let known = folder.path().join("known.jsonl");
    let mut text = std::fs::read_to_string(&known).unwrap();
    text.push_str("{\"id\":\"0123456789abcdef\",\"rule\":\"root-activity\",\"principal\":\"root\",\"reason\":\"long gone\"}\n");
    std::fs::write(&known, text).unwrap();
    let said = check(folder.path(), "clean", &["-v"]);
    assert!(said.starts_with("exit 0\n"), "{said}");
    assert!(said.contains("known entries without a reason:"), "{said}");
    assert!(
        said.contains("match no finding in these logs:\n  0123456789abcdef (root-activity, root)"),
        "{said}"
    );
    assert!(!check(folder.path(), "clean", &[]).contains("root-activity"), "only with -v");
    std::fs::write(&known, "{\"id\":\"a\",\"expires\":\"soon\"}\n").unwrap();
    insta::assert_snapshot!("bad_entry", check(folder.path(), "clean", &[]));
    insta::assert_snapshot!(
        "no_such_file",
        transcript(folder.path(), &["clean", "--known", "nowhere.jsonl"])
    );
}

#[test]
fn triage_is_kept_and_added_to_in_both_forms() {
    let folder = samples();
    triaged(folder.path(), "ticket 4711", Some("2027-01-31"));
    for (from, to) in [("known.jsonl", "known.toml"), ("known.toml", "again.jsonl")] {
        trailsift(folder.path())
            .args(["attacked", "-q", "--known", from, "--known-out", to])
            .assert()
            .success();
    }
    let again = std::fs::read_to_string(folder.path().join("again.jsonl")).unwrap();
    let entries: Vec<Value> = again.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |user: &str| {
        entries
            .iter()
            .filter(|entry| entry["principal"].as_str().unwrap().ends_with(user))
            .collect::<Vec<_>>()
    };
    assert!(of("onboarding").iter().all(|e| e["reason"] == "ticket 4711" && e["expires"] == "2027-01-31"));
    assert!(!of("onboarding").is_empty() && !of("mallory").is_empty());
    assert!(of("mallory").iter().all(|entry| entry["reason"] == "" && entry["expires"].is_null()));
    // Once they are all known, the check passes, and JSON tells which are.
    let args = ["attacked", "-q", "--fail-on", "low", "--known", "again.jsonl", "-f", "json"];
    let output = trailsift(folder.path()).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(view["summary"]["known"]["findings"], view["summary"]["findings"]);
    assert!(view["findings"].as_array().unwrap().iter().all(
        |finding| finding["known"]["expires"].is_null() != (finding["known"]["reason"] == "ticket 4711")
    ));
    let schema: Value = serde_json::from_str(trailsift::finding::SCHEMA).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&view)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
