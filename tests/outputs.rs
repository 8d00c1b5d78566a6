//! Several outputs of one run: each whole, each its own, none in place of another.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;

use assert_cmd::Command;
use trailsift::report::Format;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/demo");

/// Status, standard output and standard error of a run in a folder.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("trailsift").unwrap();
    command.current_dir(folder).env_clear().env("XDG_CONFIG_HOME", folder).env("COLUMNS", "100");
    let output = command.arg(DEMO).arg("-q").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_format_in_one_run_is_what_it_is_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["-f".to_owned(), "table".to_owned()];
    let filed = || Format::ALL.iter().copied().filter(|format| *format != Format::Table);
    for format in filed() {
        args.extend(["-f".to_owned(), format!("{format}=out.{format}")]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (status, table, said) = run(folder.path(), &args);
    assert_eq!((status, said.as_str()), (0, ""));
    assert_eq!(names(folder.path()).len(), filed().count());
    assert_eq!(run(folder.path(), &["-f", "table"]).1, table);
    for format in filed() {
        let alone = run(folder.path(), &["-f", format.name()]).1;
        let file = std::fs::read_to_string(folder.path().join(format!("out.{format}"))).unwrap();
        assert!(!file.is_empty() && file == alone, "{format} in a file is not what it is on standard output");
    }
}

#[test]
fn what_exists_is_replaced_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("report.html");
    std::fs::write(&kept, "mine").unwrap();
    let args = ["-f", "jsonl=new.jsonl", "-f", "html=report.html"];
    let (status, out, said) = run(folder.path(), &args);
    assert_eq!(
        (status, out.as_str(), said.as_str()),
        (2, "", "error: report.html exists; --force replaces it\n")
    );
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "mine");
    assert_eq!(names(folder.path()), ["report.html"], "nothing is written when one of the outputs cannot be");
    let (status, ..) = run(folder.path(), &[&args[..], &["--force"]].concat());
    assert_eq!(status, 0);
    assert!(std::fs::read_to_string(&kept).unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(names(folder.path()), ["new.jsonl", "report.html"], "no leftovers");
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let two = "error: two outputs into ./a; write each to a file of its own\n";
    for (args, expected) in [
        (&["-f", "json=a", "-f", "jsonl=./a"][..], two),
        (&["-f", "json=a", "-f", "jsonl=./a", "--force"], two),
        (&["-f", "html=sub", "--force"], "error: cannot write sub: it is a folder\n"),
        (&["-f", "json=a", "-f", "csv=b", "-o", "c"], "error: -o c: every format has a file already\n"),
        (
            &["-f", "json", "-f", "csv"],
            "error: several formats on standard output; write -f FORMAT=FILE for all but one\n",
        ),
        (
            &["-f", "json=a", "-f", "html=no/where.html"],
            "error: cannot write no/where.html\n  because: the folder no does not exist; make it first\n",
        ),
    ] {
        let (status, out, said) = run(folder.path(), args);
        assert_eq!((status, out.as_str(), said.as_str()), (2, "", expected), "{args:?}");
        assert_eq!(names(folder.path()), ["sub"], "{args:?}");
    }
}

#[test]
#[cfg(unix)]
fn permissions_are_those_of_a_new_file_or_of_the_one_replaced() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    std::fs::write(folder.path().join("plain"), "").unwrap();
    std::fs::write(folder.path().join("old.html"), "").unwrap();
    std::fs::set_permissions(folder.path().join("old.html"), PermissionsExt::from_mode(0o600)).unwrap();
    let (status, ..) = run(folder.path(), &["-f", "html=old.html", "-f", "json=new.json", "--force"]);
    assert_eq!(status, 0);
    assert_eq!(mode("new.json"), mode("plain"));
    assert_eq!(mode("old.html"), 0o600, "a private report stays private");
}

#[test]
fn no_two_outputs_go_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    for outputs in [
        &["-f", "json=q", "--baseline-out", "q"][..],
        &["-f", "json=q", "--known-out", "./q"],
        &["--baseline-out", "q", "--known-out", "q"],
        &["-o", "q", "--known-out", "q"],
    ] {
        let (status, _, said) = run(folder.path(), &[outputs, &["--force"]].concat());
        assert!(status == 2 && said.contains("two outputs into"), "{outputs:?}: {said}");
        assert_eq!(names(folder.path()), [""; 0], "{outputs:?}");
    }
}

/// The exit status of a run whose outputs nobody reads any more.
fn unread(folder: &Path, args: &[&str]) -> Option<i32> {
    let closed = || std::io::pipe().unwrap().1;
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
    command.current_dir(folder).env_clear().env("XDG_CONFIG_HOME", folder).args(args);
    command.stdout(closed()).stderr(closed()).status().unwrap().code()
}

#[test]
fn whoever_stops_reading_changes_neither_the_status_nor_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let scan =
        ["scan", DEMO, "-f", "jsonl", "--fail-on", "high", "--known-out", "known", "--baseline-out", "base"];
    assert_eq!(unread(folder.path(), &scan), Some(1));
    assert_eq!(names(folder.path()), ["base", "known"]);
    assert_eq!(unread(folder.path(), &["verify", DEMO]), Some(3));
    assert_eq!(unread(folder.path(), &["baseline", "build", DEMO, "-o", "built"]), Some(0));
    assert_eq!(names(folder.path()), ["base", "built", "known"]);
    let differ = ["baseline", "diff", "base", "other", "--exit-code"];
    let until = ["baseline", "build", DEMO, "-o", "other", "--until", "2026-03-10"];
    assert_eq!(unread(folder.path(), &until), Some(0));
    assert_eq!(unread(folder.path(), &differ), Some(1));
    let events = folder.path().join("events").join("root-activity");
    std::fs::create_dir_all(&events).unwrap();
    std::fs::write(events.join("fires.json"), "{}").unwrap();
    let test = ["rules", "test", "--events", "events", "--junit", "junit.xml"];
    assert_eq!(unread(folder.path(), &test), Some(1));
    assert!(folder.path().join("junit.xml").exists());
    std::fs::write(folder.path().join("cut.json"), "{\"Records\":[{\"eventVersion\":\"1.08\"").unwrap();
    assert_eq!(unread(folder.path(), &["summary", "cut.json", DEMO]), Some(3));
}

#[test]
fn half_a_surrogate_pair_in_a_record_is_no_half_in_what_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let event = r#"{"eventVersion":"1.08","eventTime":"2026-03-01T10:00:00Z","eventID":"e","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.1","userAgent":"aws-cli \ud83d","recipientAccountId":"111122223333","requestParameters":{"name":"a \ud83d\ude00"},"userIdentity":{"type":"IAMUser","userName":"eve","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/eve"}}"#;
    std::fs::write(folder.path().join("log.json"), event).unwrap();
    let mut command = Command::cargo_bin("trailsift").unwrap();
    command.current_dir(folder.path()).env_clear().env("XDG_CONFIG_HOME", folder.path());
    let output = command.args(["log.json", "-q", "-f", "jsonl", "--raw"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() > 0 && text.contains(r#""userAgent":"aws-cli \ufffd""#), "{text}");
    for line in text.lines() {
        let finding: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(finding["evidence"][0]["raw"]["requestParameters"]["name"], "a \u{1f600}");
    }
}
