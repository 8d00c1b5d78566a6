//! Ctrl-C: whatever reads logs ends with what was read so far, says so, and has a status of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::{Packing, Shape, write};
use serde_json::{Value, json};

fn event(number: usize) -> Value {
    json!({
        "eventTime": "2026-03-01T10:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "ListUsers",
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.23", "userAgent": "aws-cli/2",
        "userIdentity": {"type": "IAMUser", "userName": "eve", "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/eve"},
        "eventID": format!("{number:08x}-0000-4000-8000-000000000000"), "recipientAccountId": "111122223333",
    })
}

/// Enough to read that a signal comes in time: files that the slow reader takes seconds for.
fn much(folder: &Path) {
    for file in 0..200 {
        let events: Vec<Value> = (0..400).map(|number| event(file * 400 + number)).collect();
        write(folder, &format!("{file:03}.json"), &events, Shape::Pretty, Packing::Plain);
    }
}

fn interrupted(child: Child, wait: u64) -> Output {
    std::thread::sleep(Duration::from_millis(wait));
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    child.wait_with_output().unwrap()
}

/// What a command says that is interrupted while it reads. On a slow machine the first signals come before it has
/// begun, and end it as they end any process.
fn stopped(folder: &Path, args: &[&str]) -> Output {
    let start = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
        command.current_dir(folder).args(args).args([".", "-f", "json", "--jobs", "1", "--naive-reader"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let outputs = [700, 2000, 8000, 30_000].into_iter().map(|wait| interrupted(start(), wait));
    outputs.into_iter().find(|output| output.status.code().is_some()).unwrap()
}

/// On a fast machine a command may have been done before the signal.
fn was_late(output: &Output) -> bool {
    output.status.code() == Some(0)
}

#[test]
fn a_scan_says_that_it_is_partial() {
    let folder = tempfile::tempdir().unwrap();
    much(folder.path());
    let output = stopped(folder.path(), &["scan"]);
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(was_late(&output) || output.status.code() == Some(130), "{}", output.status);
    assert_eq!(view["run"]["partial"], json!(!was_late(&output)));
    assert!(view["summary"]["files"].as_u64().unwrap() <= 200);
}

#[test]
fn a_trace_says_that_it_is_partial() {
    let folder = tempfile::tempdir().unwrap();
    much(folder.path());
    let output = stopped(folder.path(), &["trace", "AKIAEXAMPLE", "--no-rules"]);
    let trace: Value = serde_json::from_slice(&output.stdout).unwrap();
    let notes = trace["notes"].to_string();
    assert_eq!(notes.contains("interrupted"), !was_late(&output), "{notes}");
    assert!(was_late(&output) || output.status.code() == Some(130), "{}", output.status);
}

#[test]
fn what_was_not_reached_is_no_mistake_of_whoever_asked() {
    let folder = tempfile::tempdir().unwrap();
    much(folder.path());
    // The largest is read first, and the small ones in the order of their names: this one last.
    write(folder.path(), "zzz.json", &[event(0xfff_ffff)], Shape::Pretty, Packing::Plain);
    let output = stopped(folder.path(), &["explain", "0fffffff-0000-4000-8000-000000000000"]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    if was_late(&output) {
        let explanation: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(explanation["partial"], json!(false));
    } else {
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(
            said.contains("interrupted: no event has the id 0fffffff-") || said.contains("so far"),
            "{said}"
        );
    }
}

#[test]
fn what_was_copied_of_standard_input_is_taken_away() {
    let said = [700, 2000, 8000, 30_000].into_iter().find_map(|wait| {
        let copies = tempfile::tempdir().unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
        command.args(["-", "-f", "table"]).env("TMPDIR", copies.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut logs = child.stdin.take().unwrap();
        logs.write_all(format!("{}\n", event(1)).repeat(1000).as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        // Whatever filled the pipe ends by the same Ctrl-C.
        std::thread::sleep(Duration::from_millis(200));
        drop(logs);
        let output = child.wait_with_output().unwrap();
        let left = std::fs::read_dir(copies.path()).unwrap().count();
        output.status.code().map(|code| (code, left, String::from_utf8_lossy(&output.stderr).into_owned()))
    });
    let (code, left, said) = said.unwrap();
    assert_eq!((code, left), (130, 0), "{said}");
}

/// Waits for what is never written, is told to stop, and perhaps told again. The status, and how much was left behind.
fn waiting(folder: &Path, path: &str, signals: u64) -> Option<(i32, usize)> {
    let copies = tempfile::tempdir().unwrap();
    [1000, 4000, 16_000].into_iter().find_map(|wait| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
        command.current_dir(folder).args(["scan", path, "-q"]).env("TMPDIR", copies.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut logs = child.stdin.take().unwrap();
        logs.write_all(format!("{}\n", event(1)).repeat(50).as_bytes()).unwrap();
        for _ in 0..signals {
            std::thread::sleep(Duration::from_millis(wait));
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        }
        for _ in 0..600 {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code().map(|code| (code, std::fs::read_dir(copies.path()).unwrap().count()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{path}: still waiting");
    })
}

#[test]
fn nobody_waits_longer_than_they_want() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    assert_eq!(waiting(folder.path(), "-", 1), Some((130, 0)));
    assert_eq!(waiting(folder.path(), "pipe", 1), Some((130, 0)));
}

/// Asked twice it does not even end with what it has, but it tidies up.
#[test]
fn whoever_asks_twice_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    much(folder.path());
    let copies = tempfile::tempdir().unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
    command.current_dir(folder.path()).args(["-", "."]).env("TMPDIR", copies.path());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(["--jobs", "1", "--naive-reader"]);
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(event(1).to_string().as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    for _ in 0..2 {
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = child.wait().unwrap();
    let left = std::fs::read_dir(copies.path()).unwrap().count();
    // Killed by the first signal, it had not yet begun; done before, there was nothing to interrupt.
    assert!(matches!(status.code(), Some(130 | 0) | None), "{status}");
    assert_eq!(left, 0, "{status}");
}
