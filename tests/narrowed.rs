//! What a narrower look must not make of what it leaves out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{Packing, Shape, sources, write};
use serde_json::Value;

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo")
}

/// Level, rule, time and account of each finding, the informational ones included.
fn found(logs: &Path, args: &[&str]) -> BTreeSet<[String; 4]> {
    let mut command = assert_cmd::Command::cargo_bin("trailsift").unwrap();
    command.current_dir(logs).env_clear().env("XDG_CONFIG_HOME", logs);
    let output = command.args([".", "-q", "-f", "jsonl"]).args(args).output().unwrap();
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
    let layout = trailsift::event::Layout::new([]);
    let mut reader = trailsift::input::Reader::new(&layout);
    let mut events: Vec<Value> = Vec::new();
    for source in sources(&demo()) {
        reader.read(&source, &mut |record, _| events.push(serde_json::from_str(record.json()).unwrap()));
    }
    let flat = tempfile::tempdir().unwrap();
    write(flat.path(), "log.json", &events, Shape::Records, Packing::Plain);
    for args in [
        &["--account", ACCOUNT][..],
        &["--region", "eu-west-1"],
        &["--account", ACCOUNT, "--since", "2026-03-29", "--until", "2026-03-30T12:00:00Z"],
    ] {
        assert_eq!(found(flat.path(), args), found(&demo(), args), "{args:?}");
    }
}
