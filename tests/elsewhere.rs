//! Habits from other tools, and mistakes with files: each is met with what to do instead.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::binary::{EVENT, file, folder, shown, trailsift, transcript};

#[test]
fn lists_with_a_nul_behind_each_name() {
    let folder = folder();
    file(folder.path(), "two\nlines.json", EVENT.replace("\"1\"", "\"2\""));
    file(folder.path(), "list", "log.json\0two\nlines.json\0");
    let said = transcript(folder.path(), &["@list", "-q", "-f", "json"]);
    assert!(said.starts_with("exit 0\n") && said.contains("\"events\": 2"), "{said}");
    file(folder.path(), "list", "# the first\n\nlog.json\nlgo.json\n");
    let said = transcript(folder.path(), &["@list", "-q"]);
    assert_eq!(said, "exit 2\n--- out\n--- err\nerror: @list:4: lgo.json: no such file or folder\n");
    file(folder.path(), "list", "log.json\nlgo*.json\n");
    let said = transcript(folder.path(), &["@list", "-q"]);
    assert!(said.contains("error: @list:2: lgo*.json: no file or folder matches this pattern\n"), "{said}");
}

#[test]
fn a_file_named_as_of_another_format() {
    let folder = folder();
    for (name, format) in
        [("out.html", "html"), ("out.MD", "markdown"), ("out.json", "json"), ("out.sarif", "sarif")]
    {
        let error = format!(
            "error: -o {name}: without -f that is the table; write -f {format} -o {name}, or -f table if that is meant\n"
        );
        let said = transcript(folder.path(), &["log.json", "-q", "-o", name]);
        assert_eq!(said, format!("exit 2\n--- out\n--- err\n{error}"));
        assert!(!folder.path().join(name).exists());
    }
    for args in
        [&["-o", "out.txt"][..], &["-o", "out.html", "-f", "html"], &["-o", "out.json", "-f", "table"]]
    {
        let said = transcript(folder.path(), &[&["log.json", "-q"], args].concat());
        assert!(said.starts_with("exit 0\n"), "{said}");
    }
    let said = transcript(folder.path(), &["summary", "log.json", "-q", "-o", "out.csv"]);
    assert!(said.contains("write -f csv -o out.csv"), "{said}");
}

#[test]
fn what_unpacks_an_archive_is_told() {
    let folder = folder();
    for (start, told) in [
        ("PK\x03\x04", ": unzip -p FILE | trailsift -"),
        ("BZh9", ": bzip2 -dc FILE | trailsift -"),
        ("PAR1", ", expected JSON, plain or packed with gzip or zstd (unsupported)"),
    ] {
        file(folder.path(), "log.json", start);
        let said = transcript(folder.path(), &["log.json", "-q"]);
        assert!(said.starts_with("exit 3\n") && said.contains(told), "{said}");
    }
}

#[test]
fn options_and_places_of_other_tools() {
    let folder = folder();
    for (args, told) in [
        (&["log.json", "--json"][..], "  tip: write `-f json`\n"),
        (&["scan", "--threads", "2", "log.json"], "  tip: write `--jobs N`\n"),
        (
            &["log.json", "--lookback", "0d"],
            "error: --lookback: everything is new within no time; expected a span such as 30d\n",
        ),
        (&["-d", "log.json"], "  tip: files and folders are named without an option\n"),
        (
            &["s3://bucket/AWSLogs/"],
            "error: s3://bucket/AWSLogs/: no such file or folder; nothing is read over the network: copy the logs first, as with `aws s3 sync`\n",
        ),
        (
            &["check", "own.yml"],
            "error: check: no such file or folder; did you mean the command `rules check` or `config check`?\n",
        ),
    ] {
        let said = transcript(folder.path(), args);
        assert!(said.starts_with("exit 2\n") && said.contains(told), "{said}");
    }
}

#[test]
fn what_arrives_late_is_not_lost_in_silence() {
    let folder = folder();
    let at = |time: &str, id: &str| EVENT.replace("2026-03-01T10:00:00Z", time).replace("\"1\"", id);
    file(folder.path(), "night1.json", at("2026-03-01T23:00:00Z", "\"a\""));
    file(folder.path(), "night2.json", at("2026-03-02T23:00:00Z", "\"b\""));
    let said = transcript(folder.path(), &["scan", "night1.json", "-q", "--baseline-out", "1.base"]);
    assert!(said.starts_with("exit 0\n"), "{said}");
    let night = ["scan", "night2.json", "--baseline", "1.base", "-f", "jsonl"];
    let told = "warning: events from 2026-03-01T22:00:00Z on were learnt and not judged, as the baseline file ends at \
                2026-03-01T23:00:01Z: with --since 2026-03-01T22:00:00Z those are judged that arrived late\n";
    let said = transcript(folder.path(), &night);
    assert!(said.contains("root-access-key-created") && !said.contains("not judged"), "{said}");
    // What the first night did not hold yet.
    file(folder.path(), "late.json", at("2026-03-01T22:00:00Z", "\"c\""));
    let said = transcript(folder.path(), &[&night[..], &["late.json"]].concat());
    assert!(said.contains(told), "{said}");
    let since = ["late.json", "--since", "2026-03-01T22:00:00Z"];
    let said = transcript(folder.path(), &[&night[..], &since].concat());
    assert!(said.contains("\"event_id\":\"c\"") && !said.contains("not judged"), "{said}");
}

#[test]
fn rules_that_are_named_twice_are_read_once() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let rule =
        "title: Own\nname: own\nlevel: low\ndetection: {s: {eventName: CreateAccessKey}, condition: s}\n";
    file(folder.path(), "own/own.yml", rule);
    let args = ["log.json", "-q", "-f", "csv", "--no-builtin-rules", "-r", "own", "-r", "./own/own.yml"];
    let said = transcript(folder.path(), &args);
    assert!(
        said.starts_with("exit 0\n") && said.lines().filter(|line| line.contains(",own,")).count() == 1,
        "{said}"
    );
    file(folder.path(), "other.yml", rule);
    let said = transcript(folder.path(), &[&args[..], &["-r", "other.yml"]].concat());
    assert!(said.contains("error[R013]: a second rule with the name or id of `own`"), "{said}");
}

#[test]
fn places_that_no_file_is_of() {
    let folder = folder();
    let place = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01";
    std::fs::create_dir_all(folder.path().join(place)).unwrap();
    std::fs::rename(folder.path().join("log.json"), folder.path().join(place).join("log.json")).unwrap();
    let scan = |more: &[&str]| transcript(folder.path(), &[&["AWSLogs"], more].concat());
    let said = scan(&["--region", "us-east-1", "--region", "us-esat-1", "--account", "111122223334"]);
    for told in [
        "warning: no file is of account 111122223334, but of 111122223333; did you mean `111122223333`?\n",
        "warning: no file is of region us-esat-1, but of us-east-1; did you mean `us-east-1`?\n",
    ] {
        assert!(said.contains(told), "{said}");
    }
    assert!(!scan(&["--region", "us-east-1"]).contains("no file is of"));
}

#[test]
fn what_is_asked_about_and_where() {
    let folder = folder();
    for (args, told) in [
        (&["trace", "log.json"][..], "as in `trailsift trace KEY PATH`\n"),
        (&["trace", "log.json", "AKIAIOSFODNN7EXAMPLE"], "as in `trailsift trace KEY PATH`\n"),
        (
            &["explain", "log.json", "1"],
            "log.json is a file or folder: logs come last, as in `trailsift explain EVENT_ID PATH`\n",
        ),
    ] {
        let said = transcript(folder.path(), args);
        assert!(said.starts_with("exit 2\n") && said.contains(told), "{said}");
    }
    let found =
        transcript(folder.path(), &["log.json", "-q", "-f", "jsonl", "--rule", "root-access-key-created"]);
    let id = found.split("{\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let said = transcript(folder.path(), &["explain", id, "log.json", "-q"]);
    let told = format!("error: no event has the id {id}; it has the form of a finding's id");
    assert!(said.contains(&told), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output() {
    let folder = folder();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("trailsift"));
    let output = command.current_dir(folder.path()).args(["log.json", "-q"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with("error: cannot write to standard output\n  because: No space left"), "{said}");
    // Whoever reads may go away all the same.
    let said = shown(folder.path(), trailsift(folder.path()).args(["log.json", "-q"]));
    assert!(said.starts_with("exit 0\n"), "{said}");
}
