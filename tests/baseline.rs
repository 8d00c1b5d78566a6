//! Baseline files: built, merged, shown and compared by the real binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::{Path, PathBuf};

use common::binary::{trailsift, transcript};
use common::{Packing, Shape, demo, write};
use serde_json::{Value, json};

const RULES: &str = "\
title: Roles taken
name: role-taken
detection:
  call: {eventName: AssumeRole}
  condition: call
---
title: A role taken from a new address
name: role-new-address
level: medium
correlation:
  type: new_terms
  rules: [role-taken]
  group-by: [requestParameters.roleArn]
  field: [sourceIPAddress]
  timespan: 30d
  learning: 1d
";

fn taken(role: &str, address: &str, time: &str) -> Value {
    json!({
        "eventVersion": "1.09", "eventTime": time, "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
        "awsRegion": "eu-west-1", "sourceIPAddress": address, "eventID": format!("{role}-{address}-{time}"),
        "requestParameters": {"roleArn": format!("arn:aws:iam::111122223333:role/{role}")},
        "recipientAccountId": "111122223333",
    })
}

/// A folder with rules, the logs of two days, and a baseline of each.
fn two_days() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), RULES).unwrap();
    let first = [
        taken("deploy", "198.51.100.7", "2026-03-01T10:00:00Z"),
        taken("deploy", "198.51.100.7", "2026-03-01T11:00:00Z"),
        taken("audit", "203.0.113.9", "2026-03-01T12:00:00Z"),
    ];
    let second = [
        taken("deploy", "198.51.100.7", "2026-03-02T10:00:00Z"),
        taken("deploy", "192.0.2.66\u{1b}[2J", "2026-03-02T10:30:00Z"),
    ];
    write(folder.path(), "1.json", &first, Shape::Records, Packing::Gzip);
    write(folder.path(), "2.json", &second, Shape::Records, Packing::Plain);
    for day in ["1", "2"] {
        built(folder.path(), &[&format!("{day}.json"), "-o", &format!("{day}.baseline")]);
    }
    folder
}

fn built(folder: &Path, args: &[&str]) {
    let mut command = trailsift(folder);
    command.args(["baseline", "build", "-q", "--no-builtin-rules", "--rules", "rules.yml"]).args(args);
    command.assert().success();
}

fn bytes(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = trailsift(folder).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Learns from a part of the demo trail with all rules.
fn part(folder: &Path, name: &str, args: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let (demo, out) = (demo().display().to_string(), file.display().to_string());
    let mut all = vec!["baseline", "build", "-q", &demo, "-o", &out];
    all.extend(args);
    bytes(folder, &all);
    file
}

#[test]
fn parts_merged_in_any_order_equal_one_pass() {
    let folder = tempfile::tempdir().unwrap();
    let merged = |files: &[&str]| {
        let mut args = vec!["baseline", "merge"];
        args.extend(files);
        bytes(folder.path(), &args)
    };
    let all = std::fs::read(part(folder.path(), "all", &[])).unwrap();
    assert!(all.len() > 100_000, "the demo teaches something");
    part(folder.path(), "a", &["--until", "2026-03-09T10:20:00Z"]);
    part(folder.path(), "b", &["--since", "2026-03-09T10:20:00Z", "--until", "2026-03-21"]);
    part(folder.path(), "c", &["--since", "2026-03-21"]);
    for files in [&["a", "b", "c"][..], &["c", "a", "b"], &["b", "c", "a", "b"], &["all", "b"]] {
        assert!(merged(files) == all, "{files:?}");
    }
    assert!(merged(&["a", "c"]) != all, "a part that is missing shows");
    let accounts =
        ["111100001111", "222200002222", "333300003333", "444400004444", "555500005555", "666600006666"];
    for account in accounts {
        part(folder.path(), account, &["--account", account]);
    }
    assert!(merged(&accounts) == all, "accounts");
}

#[test]
fn building_learns_what_a_scan_learns() {
    let folder = tempfile::tempdir().unwrap();
    let built = part(folder.path(), "built", &["--until", "2026-03-20"]);
    let demo = demo().display().to_string();
    let scan = ["scan", &demo, "-q", "--until", "2026-03-20", "--baseline-out", "scanned", "-o", "out"];
    bytes(folder.path(), &scan);
    assert!(std::fs::read(built).unwrap() == std::fs::read(folder.path().join("scanned")).unwrap());
    // And the baseline with the rest is all.
    let rest = bytes(folder.path(), &["scan", &demo, "-q", "-f", "jsonl", "--baseline", "built"]);
    let all = bytes(folder.path(), &["scan", &demo, "-q", "-f", "jsonl", "--since", "2026-03-20"]);
    assert!(!rest.is_empty() && rest == all);
}

#[test]
fn a_reader_sees_what_was_learnt() {
    let folder = two_days();
    insta::assert_snapshot!("show", transcript(folder.path(), &["baseline", "show", "2.baseline"]));
    insta::assert_snapshot!(
        "show_json",
        transcript(folder.path(), &["baseline", "show", "2.baseline", "-f", "json"])
    );
    insta::assert_snapshot!(
        "show_no_such_rule",
        transcript(folder.path(), &["baseline", "show", "1.baseline", "--rule", "role-new-adress"])
    );
    insta::assert_snapshot!(
        "build",
        transcript(folder.path(), &["baseline", "build", "1.json", "-o", "pack.baseline"])
    );
    let one = bytes(
        folder.path(),
        &["baseline", "show", "pack.baseline", "--rule", "vpce-new-endpoint", "-f", "json"],
    );
    let one: Value = serde_json::from_slice(&one).unwrap();
    assert_eq!(one["rules"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reviewer_sees_what_came_and_went() {
    let folder = two_days();
    insta::assert_snapshot!(
        "diff",
        transcript(folder.path(), &["baseline", "diff", "1.baseline", "2.baseline"])
    );
    insta::assert_snapshot!(
        "diff_json",
        transcript(
            folder.path(),
            &["baseline", "diff", "1.baseline", "2.baseline", "-f", "json", "--exit-code"]
        )
    );
    insta::assert_snapshot!(
        "diff_same",
        transcript(folder.path(), &["baseline", "diff", "1.baseline", "1.baseline", "--exit-code"])
    );
    let other = RULES.replace("AssumeRole", "AssumeRoleWithSAML").replace("30d", "10d");
    std::fs::write(folder.path().join("rules.yml"), other).unwrap();
    built(folder.path(), &["1.json", "-o", "other.baseline"]);
    insta::assert_snapshot!(
        "diff_other_rules",
        transcript(folder.path(), &["baseline", "diff", "1.baseline", "other.baseline"])
    );
}

#[test]
fn what_cannot_be_joined_is_told() {
    let folder = two_days();
    let text = std::fs::read_to_string(folder.path().join("1.baseline")).unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let hash = text.split("\"hash\":\"").nth(1).unwrap().split('"').next().unwrap();
    file("rule", &text.replace(hash, "0011223344556677"));
    file("lookback", &text.replace("\"30d\"", "\"7d\""));
    file("version", &text.replace("\"trailsift_baseline\":1", "\"trailsift_baseline\":2"));
    file("cut", &text[..text.len() - 20]);
    file("fewer", &text.lines().next().unwrap().replace("\"rules\":1", "\"rules\":0"));
    for other in ["rule", "lookback", "version", "cut", "fewer", "missing"] {
        let said =
            transcript(folder.path(), &["baseline", "merge", "2.baseline", other, "-o", "out", "--force"]);
        insta::assert_snapshot!(format!("merge_{other}"), said);
    }
    let exists = transcript(folder.path(), &["baseline", "build", "1.json", "-o", "1.baseline"]);
    insta::assert_snapshot!("build_exists", exists);
    write(folder.path(), "none.json", &[], Shape::Records, Packing::Plain);
    insta::assert_snapshot!(
        "build_of_nothing",
        transcript(folder.path(), &["baseline", "build", "none.json"])
    );
    let scan = ["scan", "2.json", "-q", "--no-builtin-rules", "--rules", "rules.yml", "--baseline", "rule"];
    insta::assert_snapshot!("scan_other_rules", transcript(folder.path(), &scan));
}

/// One rule of each kind that learns.
const LEARNERS: &str = "\
title: Roles taken
name: role-taken
detection:
  call: {eventName: AssumeRole, requestParameters.roleArn|contains: [admin, ops]}
  other: {derived.caller_relation: own}
  condition: call and not other
outcomes: {success: medium, denied: low}
---
title: New
name: new
correlation: {type: new_terms, rules: [role-taken], group-by: [awsRegion], field: [sourceIPAddress], timespan: 30d}
---
title: Weakened
name: weakened
correlation: {type: policy_weakened, rules: [role-taken], group-by: [awsRegion], field: [requestParameters.policyDocument], timespan: 30d}
---
title: Spike
name: spike
correlation: {type: spike, rules: [role-taken], group-by: [awsRegion], timespan: 10m, lookback: 6h, factor: 1.5, condition: {gte: 2}}
---
title: Far
name: far
correlation: {type: travel, rules: [role-taken], group-by: [awsRegion], timespan: 1d, field: requestParameters.place, learning: 6h}
---
title: Usual
name: usual
correlation: {type: value_count, rules: [role-taken], group-by: [awsRegion], timespan: 30m, condition: {field: eventName, gte: 2}}
habit: {by: [awsRegion], days: 2, over: 1d, level: informational}
";

/// A file is refused where the rules it was learnt with mean something else. Whoever spells anew what is hashed of these
/// makes every file that is out there useless, and hears of it here.
#[test]
fn files_of_before_are_of_use_to_the_same_rules() {
    let plan = common::plan(common::rules(LEARNERS));
    let hashes: Vec<String> =
        plan.learners().into_iter().map(|learner| format!("{} {}", learner.name, learner.hash)).collect();
    let of_before = [
        "new e6b5e5b071aa13a2",
        "weakened 9862d68ffb3155a4",
        "spike 931ab98df16ee4f0",
        "far 630ccea8b664703c",
        "usual 31f3d7cb43e981c9",
    ];
    assert_eq!(hashes, of_before);
}
