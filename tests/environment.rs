//! `TRAILSIFT_*` variables: below flags, above configuration files; and what is made from the command line's description.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::{shown, trailsift, transcript};

const DEMO: &str = "testdata/demo";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(variables: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = trailsift(root());
    let output = command.envs(variables.iter().copied()).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn variables_stand_in_for_flags() {
    let variables = [
        ("TRAILSIFT_FORMAT", "jsonl"),
        ("TRAILSIFT_MIN_LEVEL", "high"),
        ("TRAILSIFT_FAIL_ON", "critical"),
        ("TRAILSIFT_QUIET", "yes"),
        ("TRAILSIFT_SINCE", "2026-03-20"),
        ("TRAILSIFT_ACCOUNT", "333300003333,444400004444"),
    ];
    let flags = [
        "-f",
        "jsonl",
        "-m",
        "high",
        "--fail-on",
        "critical",
        "-q",
        "--since",
        "2026-03-20",
        "--account",
        "333300003333",
        "--account",
        "444400004444",
    ];
    for start in [&["scan", DEMO][..], &[DEMO]] {
        let typed = run(&[], &[start, &flags[..]].concat());
        let set = run(&variables, start);
        assert!(set == typed, "{start:?}");
        assert_eq!((typed.0, typed.2.as_str()), (Some(1), ""));
        assert!(typed.1.lines().count() > 5);
    }
}

#[test]
fn flags_come_before_variables_and_variables_before_files() {
    let variables =
        [("TRAILSIFT_MIN_LEVEL", "critical"), ("TRAILSIFT_FORMAT", "json"), ("TRAILSIFT_QUIET", "1")];
    let (_, out, err) = run(&variables, &[DEMO, "-m", "low", "-f", "jsonl", "-v"]);
    assert!(out.contains("\"level\":\"low\"") && out.starts_with("{\"id\""), "{out:.200}");
    assert!(err.contains("findings:"), "-v speaks over a variable that says quiet");
    // A file that names databases that are not there is only heard if nothing above it names others.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailsift.toml"), "geoip = ['of-file.mmdb']\n").unwrap();
    std::fs::write(folder.path().join("log.json"), "{\"Records\":[]}").unwrap();
    let said = |variable: Option<&str>, flag: &[&str]| {
        let mut command = trailsift(folder.path());
        command.env_remove("TRAILSIFT_GEOIP").envs(variable.map(|value| ("TRAILSIFT_GEOIP", value)));
        shown(folder.path(), command.arg("log.json").args(flag))
    };
    assert!(said(None, &[]).contains("of-file.mmdb"));
    assert!(said(Some("of-variable.mmdb"), &[]).contains("geo database of-variable.mmdb"));
    assert!(
        said(Some("of-variable.mmdb"), &["--geoip", "of-flag.mmdb"]).contains("geo database of-flag.mmdb")
    );
}

#[test]
fn slips_in_variables_are_told() {
    let (code, _, err) = run(&[("TRAILSIFT_FAIL_ON", "hihg")], &[DEMO]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean high?"), "{err}");
    let (code, _, err) = run(&[("TRAILSIFT_NO_PROGRESS", "perhaps")], &[DEMO]);
    assert!(code == Some(2) && err.contains("perhaps"), "{err}");
    let (code, _, err) = run(&[("TRAILSIFT_FIAL_ON", "high")], &[DEMO, "-q"]);
    assert_eq!(code, Some(0));
    assert!(
        err.contains("TRAILSIFT_FIAL_ON means nothing to trailsift; did you mean TRAILSIFT_FAIL_ON?"),
        "{err}"
    );
}

#[test]
fn what_another_command_does_not_heed_is_told() {
    let variables = [
        ("TRAILSIFT_ACCOUNT", "111100001111"),
        ("TRAILSIFT_RULE", "root-activity"),
        ("TRAILSIFT_FORMAT", "json"),
    ];
    let (code, _, err) = run(&variables, &["summary", DEMO, "-q", "--rule", "root-activity"]);
    let warning = "warning: TRAILSIFT_ACCOUNT holds for scan only, and not here: give --account\n";
    assert_eq!((code, err.as_str()), (Some(0), warning));
    let (code, _, err) = run(&variables, &["rules", "list"]);
    assert!(
        code == Some(0) && err.contains("TRAILSIFT_RULE holds for scan only") && err.lines().count() == 1,
        "{err}"
    );
    for heeding in [&["scan", DEMO, "-q"][..], &[DEMO, "-q"]] {
        assert_eq!(run(&variables, heeding).2, "");
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = run(&[], &["completions", shell]);
        for word in ["baseline", "verify", "fail-on", "known-out", "exit-code"] {
            assert!(code == Some(0) && out.contains(word), "{shell}: {word}");
        }
    }
    let (code, out, _) = run(&[], &["man"]);
    assert!(code == Some(0) && out.contains(".TH") && out.contains("TRAILSIFT_FAIL_ON"), "{out}");
    let (code, out, _) = run(&[], &["man", "baseline", "build"]);
    assert!(code == Some(0) && out.contains("baseline build") && out.contains("until"), "{out}");
    insta::assert_snapshot!("man_of_nothing", transcript(root(), &["man", "baselin"]));
}

#[test]
fn slips_in_suppressions_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let check = |entry: &str| {
        let path = folder.path().join("trailsift.toml");
        std::fs::write(&path, format!("[[suppress]]\nreason = \"known\"\n{entry}\n")).unwrap();
        run(&[], &["config", "check", "--config", path.to_str().unwrap()])
    };
    let wrong = [
        ("rule = \"root-activty\"", "did you mean `root-activity`?"),
        ("rule = \"*\"\nmatch = { \"source.ipp\" = \"192.0.2.1\" }", "did you mean `source.ip`?"),
        ("rule = \"*\"\nmatch = { principal = \"eve\" }", "findings have no field `principal`"),
    ];
    for (entry, hint) in wrong {
        let (status, _, error) = check(entry);
        assert!(status == Some(2) && error.contains(hint), "{entry}: {error}");
    }
    for right in [
        "rule = \"a-rule-of-our-own\"",
        "rule = \"*\"\nmatch = { \"evidence.raw.eventName\" = \"GetObject\", \"principal.arn\" = \"*\" }",
    ] {
        let (status, out, error) = check(right);
        assert!(status == Some(0) && out.contains("1 suppression\n"), "{right}: {out}{error}");
    }
}
