//! What a run must not overwrite, must not pass off as done, and must not take for history.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::transcript;
use serde_json::json;

/// A call of root's on a day of 2026 or before.
fn call(day: &str) -> String {
    json!({
        "eventVersion": "1.08", "eventTime": format!("{day}T10:00:00Z"), "eventID": day,
        "eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.1", "recipientAccountId": "111122223333",
        "userIdentity": {"type": "Root", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:root"},
    })
    .to_string()
}

fn folder(days: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, day) in days.iter().enumerate() {
        std::fs::write(folder.path().join(format!("log{number}.json")), call(day)).unwrap();
    }
    folder
}

fn is_there(folder: &Path, name: &str) -> bool {
    folder.join(name).exists()
}

#[test]
fn the_logs_that_are_read_are_never_replaced() {
    let folder = folder(&["2026-03-01"]);
    let before = std::fs::read(folder.path().join("log0.json")).unwrap();
    for command in [
        &[".", "-f", "json=log0.json", "--force"][..],
        &["log0.json", "-f", "html=./log0.json", "--force"],
        &[".", "--baseline-out", "log0.json", "--force"],
        &[".", "--known-out", "log0.json", "--force"],
        &["summary", ".", "-f", "table", "-o", "log0.json", "--force"],
        &["baseline", "build", ".", "-o", "log0.json", "--force"],
    ] {
        let said = transcript(folder.path(), command);
        assert!(said.starts_with("exit 2\n") && said.contains("is one of the logs"), "{command:?}: {said}");
        assert_eq!(std::fs::read(folder.path().join("log0.json")).unwrap(), before, "{command:?}");
    }
}

#[test]
fn results_of_tests_replace_neither_events_nor_rules() {
    let folder = folder(&["2026-03-01"]);
    std::fs::create_dir_all(folder.path().join("events/own")).unwrap();
    let rule = "title: Own\nname: own\ndetection: {s: {eventName: CreateAccessKey}, condition: s}\n";
    std::fs::write(folder.path().join("own.yml"), rule).unwrap();
    std::fs::write(folder.path().join("events/own/fires.json"), call("2026-03-01")).unwrap();
    std::fs::write(
        folder.path().join("events/own/quiet.json"),
        call("2026-03-01").replace("Create", "Delete"),
    )
    .unwrap();
    let test = |junit: &str| {
        transcript(folder.path(), &["rules", "test", "own.yml", "--events", "events", "--junit", junit])
    };
    for other in ["events/own/quiet.json", "own.yml", "log0.json"] {
        let before = std::fs::read(folder.path().join(other)).unwrap();
        let said = test(other);
        assert!(said.starts_with("exit 2\n") && said.contains("holds no XML"), "{other}: {said}");
        assert_eq!(std::fs::read(folder.path().join(other)).unwrap(), before, "{other}");
    }
    for _ in 0..2 {
        let said = test("junit.xml");
        assert!(said.starts_with("exit 0\n") && is_there(folder.path(), "junit.xml"), "{said}");
    }
}

#[test]
#[cfg(unix)]
fn an_output_that_fails_keeps_none_of_the_others_from_being_written() {
    let folder = folder(&["2026-03-01"]);
    let said = transcript(
        folder.path(),
        &[".", "-q", "-f", "html=/dev/full", "-f", "jsonl=found.jsonl", "-f", "table"],
    );
    assert!(said.starts_with("exit 2\n") && said.contains("/dev/full"), "{said}");
    assert!(said.contains("root-access-key-created") && is_there(folder.path(), "found.jsonl"), "{said}");
}

#[test]
fn nothing_is_no_baseline() {
    let folder = folder(&["2026-03-01"]);
    let said = transcript(folder.path(), &[".", "--account", "999988887777", "--baseline-out", "base"]);
    assert!(said.contains("no baseline is written: no event that was asked for"), "{said}");
    assert!(!is_there(folder.path(), "base"));
    // A day without events changes nothing in what was learnt before.
    transcript(folder.path(), &[".", "--baseline-out", "base"]);
    let next = ["--account", "999988887777", "--baseline", "base", "--baseline-out", "next"];
    transcript(folder.path(), &[&["."][..], &next].concat());
    assert!(is_there(folder.path(), "next"));
}

#[test]
fn nothing_found_where_nothing_was_judged_is_no_peace() {
    let folder = folder(&["2026-03-01"]);
    for narrow in [["--account", "999988887777"], ["--since", "2026-05-01"]] {
        for format in ["table", "markdown", "html"] {
            let said = transcript(folder.path(), &[".", "-q", "-f", format, narrow[0], narrow[1]]);
            assert!(said.to_lowercase().contains("nothing was judged"), "{narrow:?} {format}: {said}");
            assert!(said.contains("warning: nothing was judged"), "{narrow:?} {format}: {said}");
        }
    }
    let said = transcript(folder.path(), &[".", "-q"]);
    assert!(!said.contains("nothing was judged"), "{said}");
}

#[test]
fn one_old_event_is_no_history() {
    let days: Vec<String> = (1..=20).map(|day| format!("2026-03-{day:02}")).collect();
    let mut days: Vec<&str> = days.iter().map(String::as_str).collect();
    let without = transcript(folder(&days).path(), &["."]);
    assert!(!without.contains("no events for"), "{without}");
    days.push("2025-06-01");
    let said = transcript(folder(&days).path(), &["."]);
    assert!(said.contains("no events for 272 days until 2026-03-01"), "{said}");
}

#[test]
fn what_was_triaged_as_something_lesser_is_new_once_it_is_graver() {
    let folder = folder(&["2026-03-01"]);
    transcript(folder.path(), &[".", "--known-out", "known.json"]);
    let known = std::fs::read_to_string(folder.path().join("known.json")).unwrap();
    let run = ["-q", "--known", "known.json", "--fail-on", "critical"];
    assert!(transcript(folder.path(), &[&["log0.json"][..], &run].concat()).starts_with("exit 0\n"));
    assert!(known.contains("\"critical\""), "{known}");
    std::fs::write(folder.path().join("known.json"), known.replace("\"critical\"", "\"medium\"")).unwrap();
    assert!(transcript(folder.path(), &[&["log0.json"][..], &run].concat()).starts_with("exit 1\n"));
}
