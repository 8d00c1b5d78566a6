//! What the real binary says, to whom, and with which exit status.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::{commands, trailsift, transcript};
use common::{Packing, Shape, packed, shaped, write};
use serde_json::{Value, json};

fn attach(id: u32, time: &str) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory", "accountId": "111122223333",
            "userName": "mallory", "accessKeyId": "AKIAEXAMPLE000000001"},
        "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy", "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15",
        "requestParameters": {"userName": "eve", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        "responseElements": null, "eventID": format!("{id:08x}-0000-4000-8000-000000000000"),
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
    })
}

fn good() -> Vec<Value> {
    vec![attach(1, "2026-03-01T10:00:00Z"), attach(2, "2026-03-01T10:00:05Z")]
}

fn file(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

macro_rules! says {
    ($name:literal, $folder:expr, $($arg:expr),+) => {
        insta::assert_snapshot!($name, transcript($folder.path(), &[$($arg),+]))
    };
}

#[test]
fn a_scan() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json.gz", &good(), Shape::Records, Packing::Gzip);
    says!("scan_table", folder, "scan", "log.json.gz");
    says!("bare_path", folder, "log.json.gz", "-q");
    says!(
        "scan_json",
        folder,
        "scan",
        "log.json.gz",
        "-q",
        "-f",
        "json",
        "--rule",
        "admin-policy-attached",
        "--evidence",
        "1"
    );
    says!("fail_on", folder, "log.json.gz", "-q", "--fail-on", "high");
    says!("fail_on_higher", folder, "log.json.gz", "-q", "--fail-on", "critical");
    says!("min_level", folder, "log.json.gz", "-q", "--min-level", "critical");
    says!("color", folder, "log.json.gz", "-q", "--color", "always", "--rule", "admin-policy-attached");
}

#[test]
fn standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = trailsift(folder.path());
    command
        .args(["-", "-q", "-f", "jsonl", "--rule", "admin-policy-attached"])
        .write_stdin(packed(&shaped(&good(), Shape::Lines), Packing::Gzip));
    let output = command.output().unwrap();
    let finding: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((finding["count"].as_u64(), finding["evidence"][1]["file"].as_str()), (Some(2), Some("-")));
}

#[test]
fn damaged_input() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<Value> = (0..40).map(|i| attach(i * 0x0123_4567, "2026-03-01T10:00:00Z")).collect();
    let gz = packed(&shaped(&many, Shape::Records), Packing::Gzip);
    file(folder.path(), "truncated.json.gz", &gz[..gz.len() / 2]);
    says!("truncated_gzip", folder, "truncated.json.gz", "--rule", "admin-policy-attached");
    says!(
        "allow_partial",
        folder,
        "truncated.json.gz",
        "-q",
        "--allow-partial",
        "--rule",
        "admin-policy-attached"
    );
    let plain = shaped(&good(), Shape::Records);
    file(folder.path(), "truncated.json", &plain[..plain.len() - 300]);
    says!("truncated_json", folder, "truncated.json", "--rule", "admin-policy-attached");
    file(folder.path(), "notes.txt", b"these are notes, no logs\n");
    says!("text", folder, "notes.txt");
    file(folder.path(), "empty.json", b"");
    says!("empty", folder, "empty.json");
    file(folder.path(), "garbage.gz", &packed(b"\x01\x02garbage that is no JSON", Packing::Gzip));
    says!("gzip_of_garbage", folder, "garbage.gz");
    let digest = json!({"awsAccountId": "111122223333", "digestStartTime": "2026-03-01T00:00:00Z",
        "digestEndTime": "2026-03-01T01:00:00Z", "digestS3Bucket": "b", "logFiles": []});
    file(folder.path(), "digest.json", digest.to_string().as_bytes());
    says!("digest", folder, "digest.json");
    #[cfg(unix)]
    {
        std::fs::create_dir(folder.path().join("links")).unwrap();
        write(&folder.path().join("links"), "good.json", &good(), Shape::Records, Packing::Plain);
        std::os::unix::fs::symlink("missing", folder.path().join("links/dangling.json")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("links/again")).unwrap();
        says!("unreadable", folder, "links", "--rule", "admin-policy-attached");
    }
    let mut odd = good();
    odd[0]["eventTime"] = json!("yesterday");
    write(folder.path(), "time.json", &odd, Shape::Records, Packing::Plain);
    says!("unreadable_time", folder, "time.json", "--rule", "admin-policy-attached");
    let mut large = good();
    large[0]["requestParameters"]["filler"] = json!("x".repeat(1_500_000));
    write(folder.path(), "large.json", &large, Shape::Records, Packing::Gzip);
    says!("record_over_a_megabyte", folder, "large.json", "--rule", "admin-policy-attached");
}

#[test]
fn wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", &good(), Shape::Records, Packing::Plain);
    says!("unknown_path", folder, "scan", "nowhere");
    says!("no_files_matched", folder, "scan", "*.gz");
    std::fs::create_dir(folder.path().join("none")).unwrap();
    says!("empty_folder", folder, "scan", "none");
    says!("no_path", folder, "scan");
    says!("bad_time", folder, "log.json", "--since", "yesterday");
    says!("since_behind_until", folder, "log.json", "--since", "2026-03-02", "--until", "2026-03-01");
    says!("unknown_flag", folder, "log.json", "--sinse", "7d");
    says!("unknown_format", folder, "log.json", "-f", "jsn");
    says!("unknown_level", folder, "log.json", "--fail-on", "hihg");
    says!("unknown_rule", folder, "log.json", "--rule", "admin-policy-atached");
    file(
        folder.path(),
        "bad.yml",
        b"title: T\nlevel: hihg\ndetection:\n  a:\n    eventName|contians: x\n  condition: a and b\n",
    );
    says!("bad_rule", folder, "log.json", "--rules", "bad.yml");
    says!("empty_rule_folder", folder, "log.json", "--rules", "none");
    file(folder.path(), "trailsift.toml", b"own_acounts = []\n");
    says!("bad_configuration", folder, "log.json");
    std::fs::remove_file(folder.path().join("trailsift.toml")).unwrap();
    file(folder.path(), "baseline", b"{}\n");
    says!("bad_baseline", folder, "log.json", "--baseline", "baseline");
}

#[test]
fn output_files_are_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", &good(), Shape::Records, Packing::Plain);
    says!(
        "output_file",
        folder,
        "log.json",
        "-q",
        "-f",
        "jsonl",
        "-o",
        "out.jsonl",
        "--rule",
        "admin-policy-attached"
    );
    assert_eq!(std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap().lines().count(), 1);
    says!("output_exists", folder, "log.json", "-q", "-f", "jsonl", "-o", "out.jsonl");
    says!("output_forced", folder, "log.json", "-q", "-f", "json", "-o", "out.jsonl", "--force");
    says!("output_nowhere", folder, "log.json", "-q", "-o", "no/such/folder/out");
    #[cfg(target_os = "linux")]
    says!("disk_full", folder, "log.json", "-q", "-o", "/dev/full");
    says!("several_outputs", folder, "log.json", "-q", "-f", "json=a.json", "-f", "jsonl=b.jsonl");
    assert!(folder.path().join("a.json").exists() && folder.path().join("b.jsonl").exists());
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<Value> = (0..4000)
        .map(|i| {
            let mut event = attach(i, "2026-03-01T10:00:00Z");
            event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/u{i}"));
            event
        })
        .collect();
    write(folder.path(), "log.json", &many, Shape::Records, Packing::Plain);
    let binary = assert_cmd::cargo::cargo_bin("trailsift");
    let mut child = std::process::Command::new(binary)
        .current_dir(folder.path())
        .args(["log.json", "-q", "-f", "jsonl", "--raw"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// As some readers of JSON want none of them.
#[test]
fn no_half_of_a_pair_is_in_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        String::from_utf8(shaped(&good(), Shape::Lines)).unwrap().replace("aws-cli", "aws-cli \\ud83d");
    std::fs::write(folder.path().join("log.json"), text).unwrap();
    for format in ["json", "jsonl", "html"] {
        let output = trailsift(folder.path()).args(["log.json", "--raw", "-f", format]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(!said.contains("ud83d") && said.contains("aws-cli"), "{format}");
    }
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = good();
    for event in &mut events {
        event["userIdentity"]["arn"] = json!("arn:aws:iam::111122223333:user/\u{1b}[2J\u{202e}evil\r\n");
        event["userIdentity"]["userName"] = json!("\u{9b}31m");
        event["requestParameters"]["userName"] = json!("a\u{1b}]0;owned\u{7}b");
        event["sourceIPAddress"] = json!("\u{1b}[31m1.2.3.4");
        event["userAgent"] = json!("\u{202e}\u{200b}");
    }
    write(folder.path(), "\u{1b}[31mred.json", &events, Shape::Records, Packing::Plain);
    let rule = "title: t\nname: \"x\\e[31mm\"\nlogsource: {product: aws}\ndetection: {s: {eventName: A}, condition: s}\n---\n\
                title: c\nname: c\ncorrelation: {type: event_count, rules: [\"x\\e[31mm\"], timespan: 1m, condition: {gte: 2}}\n";
    std::fs::write(folder.path().join("rule.yml"), rule).unwrap();
    for command in [&["list"][..], &["show", "x\u{1b}[31mm"], &["show", "c"], &["coverage", "-f", "markdown"]]
    {
        let args = [&["rules"], command, &["--no-builtin-rules", "-r", "rule.yml"]].concat();
        let said = transcript(folder.path(), &args);
        assert!(said.starts_with("exit 0\n") && !said.contains('\u{1b}'), "{said:?}");
    }
    std::fs::remove_file(folder.path().join("rule.yml")).unwrap();
    for format in ["table", "json", "jsonl"] {
        let output = trailsift(folder.path()).args([".", "-f", format, "-v"]).output().unwrap();
        for (name, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let bad: Vec<char> = text
                .chars()
                .filter(|c| *c != '\n' && trailsift::report::untrusted::is_treacherous(*c))
                .collect();
            assert!(bad.is_empty(), "{format} {name}: {bad:?}");
        }
    }
}

#[test]
fn help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let (mut open, mut seen) = (vec![Vec::new()], 0);
    while let Some(command) = open.pop() {
        let args: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = transcript(folder.path(), &args);
        open.extend(commands(&help).into_iter().map(|name| [&command[..], &[name]].concat()));
        insta::assert_snapshot!(format!("help_{}", command.join("_")), help);
        seen += 1;
    }
    assert!(seen > 20, "{seen} commands");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |jobs: &str| {
        let output =
            trailsift(demo).args(["testdata/demo", "-f", "json", "-q", "--jobs", jobs]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    let first = run("1");
    assert!(first.len() > 10_000);
    assert!(run("1") == first && run("4") == first);
}
