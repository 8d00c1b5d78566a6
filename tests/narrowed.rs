//! What a narrower look must not make of what it leaves out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::binary::trailsift;
use common::{Packing, Shape, demo, events, sources, write};
use serde_json::Value;

/// Level, rule, time and account of each finding, the informational ones included.
fn found(logs: &Path, args: &[&str]) -> BTreeSet<[String; 4]> {
    let output = trailsift(logs).args([".", "-q", "-f", "jsonl"]).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let findings = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = |finding: Value| {
        ["/level", "/rule/name", "/first_seen", "/account"]
            .map(|at| finding.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    findings.map(told).collect()
}

/// The account that everybody comes to from the identity account.
const ACCOUNT: &str = "555500005555";

#[test]
fn an_account_alone_makes_no_strangers_of_the_others() {
    let all = found(&demo(), &[]);
    let alone = found(&demo(), &["--account", ACCOUNT]);
    let grave = |[level, ..]: &&[String; 4]| level == "critical" || level == "high";
    assert!(alone.len() > 3, "something is found");
    let invented: Vec<_> = alone.iter().filter(grave).filter(|finding| !all.contains(*finding)).collect();
    assert!(invented.is_empty(), "{invented:?}");
}

#[test]
fn whose_the_logs_are_is_no_matter_of_their_names() {
    let flat = tempfile::tempdir().unwrap();
    write(flat.path(), "log.json", &events(&sources(&demo())), Shape::Records, Packing::Plain);
    for args in [
        &["--account", ACCOUNT][..],
        &["--region", "eu-west-1"],
        &["--account", ACCOUNT, "--since", "2026-03-29", "--until", "2026-03-30T12:00:00Z"],
    ] {
        assert_eq!(found(flat.path(), args), found(&demo(), args), "{args:?}");
    }
}

#[test]
fn an_event_outside_of_what_is_asked_for_is_no_unknown_event() {
    // Of 2026-03-30, in the account that everybody comes to.
    let id = "038fb2dc-7c94-4ed9-b1f6-87b11d4826be";
    let said = |args: &[&str]| {
        let output =
            trailsift(&demo()).args(["explain", id]).arg(demo()).arg("-q").args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for (args, expected) in [
        (&["--until", "2026-03-29"][..], "outside the time asked for"),
        (&["--since", "2027-03-29"], "outside the time asked for"),
        (&["--account", "111100001111"], "which was not asked for"),
    ] {
        let (status, error) = said(args);
        assert!(status == 2 && error.contains(expected), "{args:?}: {error}");
        assert!(error.contains("2026-03-30") || error.contains("in account"), "{args:?}: {error}");
    }
    assert_eq!(said(&["--since", "2026-03-30"]).0, 0);
}

#[test]
fn a_trace_says_what_it_does_not_tell_of_the_time_before() {
    let note = |args: &[&str]| {
        let mut command = trailsift(&demo());
        command.args(["trace", "192.0.2.200"]).arg(demo()).args(["-q", "-f", "json"]).args(args);
        let said: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        said["notes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|note| note.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(note(&["--no-rules"]).is_empty());
    let since = ["--since", "2026-03-29"];
    let bare = note(&[&since[..], &["--no-rules"]].concat());
    assert!(bare[0].starts_with("nothing before 2026-03-29T00:00:00Z was looked at"), "{bare:?}");
    let judged = note(&[&since[..], &["--rule", "access-key-new-ip"]].concat());
    assert!(
        judged[0].starts_with("calls and findings before 2026-03-29T00:00:00Z are not told"),
        "{judged:?}"
    );
}
