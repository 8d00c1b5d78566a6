//! What the inquiries `summary`, `explain` and `trace` say: on the demo trail, on hostile logs, on wrong usage.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::{shown, trailsift};
use common::{Packing, Shape, demo, write};
use serde_json::{Value, json};

/// Status, standard output and standard error as one text; the folder's name masked.
fn transcript(folder: &Path, args: &[&str]) -> String {
    shown(folder, trailsift(folder).env("COLUMNS", "110").args(args))
}

/// On the demo trail, without the account of what was read.
fn on_demo(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(demo(), folder.path().join("demo")).unwrap();
    transcript(folder.path(), args)
}

#[test]
fn summary_of_the_demo_trail() {
    // With a few rules only: what is looked at is the command, not the pack.
    let rules = ["--rule", "admin-policy-attached", "--rule", "root-activity", "--rule", "account-discovery"];
    let summary = |args: &[&str]| on_demo(&[&["summary", "demo", "-q"], args, &rules[..]].concat());
    insta::assert_snapshot!("summary_table", summary(&["--top", "3"]));
    insta::assert_snapshot!(
        "summary_keys_csv",
        on_demo(&["summary", "demo", "-q", "--by", "key", "--no-rules", "-f", "csv", "--top", "3"])
    );
    let json = summary(&["--by", "address", "-f", "json", "--top", "1", "--since", "2026-03-30"]);
    insta::assert_snapshot!("summary_address_json", json);
    insta::assert_snapshot!(
        "summary_no_rules",
        on_demo(&["summary", "demo", "--no-rules", "--by", "role", "--top", "2"])
    );
}

#[test]
fn summary_used_wrongly() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there.csv"), "").unwrap();
    write(folder.path(), "log.json", &[hostile("x", 1)], Shape::Records, Packing::Plain);
    let mut all = String::new();
    for args in [
        &["summary"][..],
        &["summary", "nowhere"],
        &["summary", "log.json", "--by", "user"],
        &["summary", "log.json", "--top", "0"],
        &["summary", "log.json", "--no-rules", "--rule", "root-activity"],
        &["summary", "log.json", "-f", "csv", "-o", "there.csv"],
        &["summary", "log.json", "--since", "2026-03-02", "--until", "2026-03-01"],
        &["summary", "log.json", "--rule", "root-activty"],
    ] {
        all.push_str(&format!("$ {}\n{}\n", args.join(" "), transcript(folder.path(), args)));
    }
    insta::assert_snapshot!("summary_wrong", all);
}

/// The first call of the intruder: one of those who fire, of those that lack something, and of those for other calls.
const FIRST_CALL: &str = "e93881a1-2f7c-4f25-a2ec-5518469b8278";

#[test]
fn explanations_on_the_demo_trail() {
    let rules = [
        "--rule=attack-tool-user-agent",
        "--rule=access-key-new-ip",
        "--rule=callerid-then-listbuckets",
        "--rule=enumeration-burst",
        "--rule=dormant-key-returned",
        "--rule=root-activity",
        "--rule=iam-user-created",
    ];
    let explain = |args: &[&str]| on_demo(&[&["explain", FIRST_CALL, "demo", "-q"], args].concat());
    insta::assert_snapshot!("explain_table", explain(&rules));
    insta::assert_snapshot!("explain_json", explain(&["-f", "json", "--rule", "enumeration-burst"]));
    // With the whole pack: every rule is somewhere, once.
    let all = explain(&["-f", "json"]);
    let all = all.strip_prefix("exit 0\n--- out\n").unwrap().strip_suffix("--- err\n").unwrap();
    let all: Value = serde_json::from_str(all).unwrap();
    let named = |list: &str| {
        all[list].as_array().unwrap().iter().map(|entry| entry["rule"].as_str().unwrap()).collect::<Vec<_>>()
    };
    let elsewhere = all["elsewhere"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let lists = ["fired", "matched", "not_matched"].map(named);
    let mut names: Vec<&str> = lists.iter().flatten().copied().chain(elsewhere).collect();
    let told = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == told && told > 80, "{told}");
    assert!(lists[0].contains(&"attack-tool-user-agent") && lists[2].contains(&"root-activity"));
    // What did not report says why.
    for matched in all["matched"].as_array().unwrap() {
        let reasons = matched["reasons"].as_array().unwrap().len();
        let state = matched["around"]["state"].as_array().map_or(0, Vec::len);
        assert!(reasons + state > 0, "{matched}");
    }
}

#[test]
fn explanations_that_cannot_be_given() {
    let folder = tempfile::tempdir().unwrap();
    // Both are hostile: which of two copies is shown is for their digests to say.
    let [a, b] = ["\u{1b}[1A", "\u{1b}[2J"].map(|text| hostile(text, 0xabcd));
    write(folder.path(), "log.json", &[a], Shape::Records, Packing::Plain);
    write(folder.path(), "other.json", &[b], Shape::Records, Packing::Plain);
    let mut all = String::new();
    for args in [
        &["explain"][..],
        &["explain", "0000abcd-0000-4000-8000-000000000000"],
        &["explain", "0000abcd", "log.json"],
        &["explain", "zzz", "log.json"],
        &["explain", "0000abcd", "log.json", "-f", "csv"],
        &["explain", "\u{1b}[2J", "log.json"],
        // Two copies that tell different stories.
        &[
            "explain",
            "0000abcd-0000-4000-8000-000000000000",
            "log.json",
            "other.json",
            "-q",
            "--rule",
            "root-activity",
        ],
    ] {
        all.push_str(&format!(
            "$ {}\n{}\n",
            args.join(" ").replace('\u{1b}', "ESC"),
            transcript(folder.path(), args)
        ));
    }
    assert!(!all.contains('\u{1b}'));
    insta::assert_snapshot!("explain_wrong", all);
}

/// An issue of a credential: `by` is the access key of the caller.
fn issue(id: u32, by: &str, name: &str, issued: &str) -> Value {
    let mut event = json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/of-{by}"),
            "accountId": "111122223333", "userName": format!("of-{by}"), "accessKeyId": by},
        "eventTime": format!("2026-03-01T10:{id:02}:00Z"), "eventSource": "sts.amazonaws.com", "eventName": name,
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15",
        "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/app", "roleSessionName": "s"},
        "responseElements": {"credentials": {"accessKeyId": issued}},
        "eventID": format!("{id:08x}-0000-4000-8000-000000000000"), "recipientAccountId": "111122223333",
    });
    if issued.is_empty() {
        event["responseElements"] = Value::Null;
    }
    event
}

#[test]
fn traces_on_the_demo_trail() {
    let rules =
        ["--rule", "admin-policy-attached", "--rule", "recon-then-iam-write", "--rule", "cloudtrail-stopped"];
    let trace = |args: &[&str]| on_demo(&[&["trace"], args, &["-q"]].concat());
    insta::assert_snapshot!("trace_session", trace(&[&["x7Qm=tmp", "demo"], &rules[..]].concat()));
    insta::assert_snapshot!("trace_key", trace(&["AKIAWO6CN5VODAWLOJM4", "demo", "--no-rules"]));
    insta::assert_snapshot!(
        "trace_address",
        trace(&["192.0.2.200", "demo", "--no-rules", "--since", "2026-03-29", "-f", "json"])
    );
    // By every name of the same session's role, and from its account, at least as much is found.
    for id in [
        "arn:aws:iam::444400004444:role/OrganizationAdmin",
        "OrganizationAdmin",
        "role/OrganizationAdmin",
        "assumed-role/OrganizationAdmin/x7Qm=tmp",
        "198.51.100.0/24",
        "444400004444",
    ] {
        let said = trace(&[id, "demo", "--no-rules"]);
        assert!(said.starts_with("exit 0") && said.contains("ASIAWO6CN5VOD55IUVUU"), "{id}: {said}");
    }
}

#[test]
fn traces_that_are_odd_or_cannot_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let events = [
        issue(1, "ASIALOOPA", "AssumeRole", "ASIALOOPB"),
        issue(2, "ASIALOOPB", "AssumeRole", "ASIALOOPA"),
        issue(3, "ASIAORPHAN", "AssumeRole", "ASIACHILD"),
        issue(4, "ASIACHILD", "GetCallerIdentity", ""),
        issue(5, "ASIASELF", "AssumeRole", "ASIASELF"),
        // Of this issue the answer was not recorded; its key is told by nothing.
        issue(6, "AKIAUSER", "AssumeRole", ""),
    ];
    write(folder.path(), "log.json", &events, Shape::Records, Packing::Plain);
    let mut all = String::new();
    for args in [
        &["trace", "ASIALOOPA", "log.json", "-q", "--no-rules"][..],
        &["trace", "ASIACHILD", "log.json", "-q", "--no-rules"],
        &["trace", "ASIASELF", "log.json", "-q", "--no-rules"],
        &["trace", "AKIAUSER", "log.json", "-q", "--no-rules"],
        &["trace"],
        &["trace", "ASIACHILD"],
        &["trace", "ASIACHILT", "log.json"],
        &["trace", "zzzzzzzzzzzzzzzzzz", "log.json"],
        &["trace", "ASIACHILD", "log.json", "-f", "csv"],
    ] {
        all.push_str(&format!("$ {}\n{}\n", args.join(" "), transcript(folder.path(), args)));
    }
    insta::assert_snapshot!("trace_odd", all);
}

#[test]
fn keys_that_nobody_known_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let call = |id: u32, source: &str, name: &str, key: Option<&str>, answer: Value| {
        let caller = match key {
            Some(key) => json!({"type": "AssumedRole", "accessKeyId": key, "accountId": "111122223333",
                "arn": "arn:aws:sts::111122223333:assumed-role/guest/CognitoIdentityCredentials"}),
            None => json!({"type": "Unknown"}),
        };
        json!({
            "eventVersion": "1.11", "userIdentity": caller, "eventTime": format!("2026-03-01T10:00:{id:02}Z"),
            "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
            "sourceIPAddress": "203.0.113.77", "responseElements": answer,
            "eventID": format!("{id:08x}-0000-4000-8000-000000000000"), "recipientAccountId": "111122223333",
        })
    };
    let guest = json!({"credentials": {"accessKeyId": "ASIAGUEST"}});
    let server = json!({"credentialSet": [{"credentials": {"accessKeyId": "ASIASERVER"}}]});
    let events = [
        call(1, "cognito-identity", "GetCredentialsForIdentity", None, guest),
        call(2, "rolesanywhere", "CreateSession", None, server),
        call(3, "s3", "ListBuckets", Some("ASIAGUEST"), Value::Null),
        call(4, "s3", "ListBuckets", Some("ASIASERVER"), Value::Null),
    ];
    write(folder.path(), "log.json", &events, Shape::Records, Packing::Plain);
    let trace = |id: &str| transcript(folder.path(), &["trace", id, "log.json", "-q", "--no-rules"]);
    for (key, call, other) in [
        ("ASIAGUEST", "GetCredentialsForIdentity", "ASIASERVER"),
        ("ASIASERVER", "CreateSession", "ASIAGUEST"),
    ] {
        let said = trace(key);
        assert!(said.contains("unknown caller from 203.0.113.77") && said.contains(call), "{said}");
        assert!(!said.contains(other), "{said}");
    }
    let said = trace("203.0.113.77");
    assert!(said.contains("ASIAGUEST") && said.contains("ASIASERVER"), "{said}");
}

/// Of calls without a readable time it is known that they were made.
#[test]
fn a_key_that_was_used_at_no_readable_time() {
    let folder = tempfile::tempdir().unwrap();
    let event = json!({
        "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "accessKeyId": "ASIAGUEST"},
        "eventTime": "yesterday", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
        "eventID": "00000001-0000-4000-8000-000000000000", "recipientAccountId": "111122223333",
    });
    write(folder.path(), "log.json", &[event], Shape::Records, Packing::Plain);
    let said = transcript(folder.path(), &["trace", "ASIAGUEST", "log.json", "-q", "--no-rules"]);
    assert!(said.contains("used, at no readable time") && said.contains("s3:ListBuckets"), "{said}");
    assert!(!said.contains("never used"), "{said}");
}

/// An event whose every text the attacker chose.
fn hostile(text: &str, id: u32) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/{text}/{text}"),
            "accountId": text, "accessKeyId": format!("ASIA{text}"), "sessionContext": {"sessionIssuer": {"arn": text}}},
        "eventTime": "2026-03-01T10:00:00Z", "eventSource": text, "eventName": text, "awsRegion": text,
        "sourceIPAddress": text, "userAgent": text, "errorCode": format!("AccessDenied{text}"),
        "eventID": format!("{id:08x}-0000-4000-8000-000000000000"), "recipientAccountId": text,
    })
}

const HOSTILE: [&str; 5] = [
    "=cmd|' /C calc'!A0",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "\u{202e}gpj.exe\u{200b}",
    "a\r\nb\tc",
    "漢字\u{feff}漢字漢字漢字漢字漢字漢字",
];

#[test]
fn log_text_steers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(300_000);
    let texts = HOSTILE.into_iter().chain([long.as_str()]);
    let events: Vec<Value> = texts.zip(1..).map(|(text, id)| hostile(text, id)).collect();
    write(folder.path(), "log.json", &events, Shape::Records, Packing::Plain);
    let id = "00000003-0000-4000-8000-000000000000";
    for (command, format) in [
        (&["summary", "log.json"][..], "table"),
        (&["summary", "log.json"], "csv"),
        (&["summary", "log.json"], "json"),
        (&["explain", id, "log.json"], "table"),
        (&["explain", id, "log.json"], "json"),
        (&["trace", HOSTILE[2], "log.json"], "table"),
        (&["trace", HOSTILE[2], "log.json"], "json"),
    ] {
        let said = transcript(folder.path(), &[command, &["-f", format, "--color", "never"]].concat());
        assert!(said.starts_with("exit 0\n") && said.contains("gpj.exe"), "{format}: {said}");
        let treacherous = |c: char| trailsift::report::untrusted::is_treacherous(c) && c != '\n' && c != '\r';
        // JSON is for programs; what it escapes is left to it.
        let treacherous =
            |c: &char| if format == "json" { c.is_control() && *c != '\n' } else { treacherous(*c) };
        assert_eq!(said.chars().find(treacherous), None, "{format}");
        if format == "csv" {
            assert!(said.lines().skip(3).all(|line| !line.contains(",=")), "{said}");
        }
        if format == "table" {
            let widest = said.lines().map(unicode_width::UnicodeWidthStr::width).max();
            assert!(widest <= Some(130), "{widest:?}");
        }
    }
}
