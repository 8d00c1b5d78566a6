//! Nothing that was misspelt, left out or not understood looks like peace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::binary::{EVENT, file, folder, shown, trailsift, transcript};
use serde_json::json;

#[test]
fn parts_that_no_rule_saw_into() {
    let folder = folder();
    file(
        folder.path(),
        "lake.json",
        EVENT.replace("\"eventID\"", "\"requestParameters\":\"{a=b, c=d}\",\"eventID\""),
    );
    let said = transcript(folder.path(), &["lake.json"]);
    assert!(said.starts_with("exit 3\n") && said.contains("root-access-key-created"), "{said}");
    assert!(
        said.contains("lake.json at byte 0, record 0: requestParameters of an event is a text"),
        "{said}"
    );
    assert!(said.contains("(unread_part)"), "{said}");
    // What stands there comes from the log.
    let escape = EVENT.replace("\"eventID\"", "\"requestParameters\":\"{\\u001b[2J=, =}\",\"eventID\"");
    file(folder.path(), "lake.json", &escape);
    let said = transcript(folder.path(), &["lake.json"]);
    assert!(said.contains("unread_part") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn events_that_name_no_service() {
    let folder = folder();
    let source = "\"eventSource\":\"iam.amazonaws.com\",";
    assert!(EVENT.contains(source));
    file(
        folder.path(),
        "export.json",
        format!(
            "{}\n{}\n{EVENT}\n",
            EVENT.replace(source, ""),
            EVENT.replace(source, "\"eventSource\":\"\",")
        ),
    );
    for naive in [&[][..], &["--naive-reader"]] {
        let said = transcript(folder.path(), &[&["export.json"][..], naive].concat());
        assert!(said.starts_with("exit 3\n") && said.contains("root-access-key-created"), "{said}");
        let lack = "export.json at byte 0, record 0: 2 events (the first is CreateAccessKey) without eventSource: rules name the \
                    service, so hardly any saw them (no_source)";
        assert!(said.contains(lack), "{said}");
    }
}

#[test]
fn events_whose_name_is_a_slip_are_not_left_out_of_the_test() {
    let folder = folder();
    std::fs::create_dir_all(folder.path().join("events/root-access-key-created")).unwrap();
    let put =
        |name: &str, text: &str| file(folder.path(), &format!("events/root-access-key-created/{name}"), text);
    put("fires.json", EVENT);
    put("quiet.json", &EVENT.replace("CreateAccessKey", "GetUser"));
    put("fires.toml", "");
    put("notes.md", "");
    std::fs::write(
        folder.path().join("own.yml"),
        "title: Own\nname: own\ndetection: {s: {eventName: X}, condition: s}\nreport: false\n",
    )
    .unwrap();
    let test = ["rules", "test", "own.yml", "--events", "events"];
    let said = transcript(folder.path(), &test);
    assert!(said.starts_with("exit 0\n") && said.contains("2 of 2 files"), "{said}");
    let slips =
        ["fires2.json", "fires_a.json", "fires.hgh.json", "quiet.json.gz", "fire-b.json", "Quite.jsonl"];
    slips.iter().for_each(|name| put(name, EVENT));
    let said = transcript(folder.path(), &test);
    assert!(said.starts_with("exit 1\n") && said.contains("2 of 8 files"), "{said}");
    let helper = "title: Base\nname: base\ndetection: {s: {eventName: CreateAccessKey}, condition: s}\n---\ntitle: Two\n\
                  name: two\ncorrelation: {type: event_count, rules: [base], timespan: 1m, condition: {gte: 2}}\n";
    file(folder.path(), "own.yml", helper);
    std::fs::create_dir_all(folder.path().join("events/base")).unwrap();
    file(folder.path(), "events/base/quiet.json", EVENT);
    let silent = transcript(folder.path(), &test);
    assert!(silent.contains("base/quiet.json: the rule tells nothing itself"), "{silent}");
    for name in slips {
        assert!(said.contains(&format!("{name}: expected a name such as fires.json")), "{name}: {said}");
    }
}

/// What is no log changes no status in a folder; what holds events that cannot be read does.
#[test]
fn events_in_a_folder_that_cannot_be_read() {
    let folder = folder();
    file(folder.path(), "notes.txt", "nothing to see");
    file(folder.path(), "other.json", r#"{"requestId":"1"}"#);
    assert!(transcript(folder.path(), &["."]).starts_with("exit 0\n"));
    file(folder.path(), "export.b64", "H4sIAAAAAAAAA6tWSi1LzSvxS8xNVbJScg0pVdJRKs4vLUpOdQOKAgCbhNmRHwAAAA==");
    let said = transcript(folder.path(), &[".", "-q"]);
    assert!(said.starts_with("exit 3\n") && said.contains("not read in full"), "{said}");
    let ocsf =
        r#"{"metadata":{"product":{"name":"CloudTrail"}},"class_uid":6003,"api":{"operation":"CreateUser"}}"#;
    file(folder.path(), "lake.json", ocsf);
    let said = transcript(folder.path(), &["."]);
    assert!(said.contains("as Security Lake writes it") && said.contains("Base64 starting with"), "{said}");
}

/// Whatever bytes a path consists of.
#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let odd = OsStr::from_bytes(b"caf\xe9.json");
    std::fs::rename(folder.path().join("log.json"), folder.path().join(odd)).unwrap();
    std::fs::write(folder.path().join("list"), [odd.as_bytes(), b"\n"].concat()).unwrap();
    for path in [odd, OsStr::new("caf*"), OsStr::new("@list"), OsStr::new(".")] {
        let said = shown(folder.path(), trailsift(folder.path()).arg("-q").arg(path));
        assert!(said.starts_with("exit 0\n") && said.contains("root-access-key-created"), "{path:?}: {said}");
    }
    file(folder.path(), "empty", "");
    std::fs::write(folder.path().join(odd), "a,b,c,d\n1,2,3,4\n").unwrap();
    let said =
        shown(folder.path(), trailsift(folder.path()).args(["scan", "-q"]).args([odd, OsStr::new("empty")]));
    assert!(said.starts_with("exit 3\n"), "{said}");
}

#[test]
fn nothing_to_read() {
    let folder = folder();
    file(folder.path(), "none.json", "");
    let said = transcript(folder.path(), &["none.json"]);
    assert!(said.starts_with("exit 3\n") && said.contains("nothing was judged: no event was read"), "{said}");
    let said = shown(folder.path(), trailsift(folder.path()).args(["-", "-q"]).write_stdin(""));
    assert_eq!(said, "exit 3\n--- out\nno findings: nothing was judged\n--- err\nerror: no event was read\n");
    // One that is empty beside one that is not is no alarm.
    assert!(transcript(folder.path(), &["none.json", "log.json"]).starts_with("exit 0\n"));
    file(folder.path(), "table.csv", "a,b,c,d\n1,2,3,4\n");
    for command in [&["scan", "table.csv"][..], &["summary", "table.csv"], &["summary", "none.json"]] {
        let said = transcript(folder.path(), command);
        assert!(said.starts_with("exit 3\n"), "{command:?}: {said}");
    }
}

#[test]
fn errors_are_said_to_whoever_wants_quiet() {
    let folder = folder();
    file(folder.path(), "cut.json", &EVENT[..200]);
    file(folder.path(), "worse.json", &EVENT[..100]);
    for command in ["scan", "summary"] {
        let said = transcript(folder.path(), &[command, "cut.json", "worse.json", "log.json", "-q"]);
        let (_, err) = said.split_once("--- err\n").unwrap();
        assert_eq!(err, "error: 2 not read in full; without -q they are listed\n");
        assert!(said.starts_with("exit 3\n"), "{said}");
        let said = transcript(folder.path(), &[command, "cut.json", "log.json", "-q", "--allow-partial"]);
        assert!(said.starts_with("exit 0\n") && said.ends_with("--- err\n"), "{said}");
    }
    let said = transcript(folder.path(), &["baseline", "build", "cut.json", "log.json", "-q", "-o", "b"]);
    assert!(said.starts_with("exit 3\n") && said.contains("error: not read in full: cut.json"), "{said}");
}

#[test]
fn places_that_cannot_be() {
    let folder = folder();
    for (flag, bad) in [
        ("--account", "1111222233"),
        ("--account", "1111-2222-3333"),
        ("--region", "frankfurt"),
        ("--region", "EU-WEST-1"),
    ] {
        let said = transcript(folder.path(), &["log.json", flag, bad]);
        assert!(said.starts_with("exit 2\n") && said.contains(&format!("invalid value '{bad}'")), "{said}");
    }
    let said = transcript(folder.path(), &["log.json", "--region", "eu-west-1"]);
    assert!(said.contains("1 event outside the time or place asked for"), "{said}");
    std::fs::create_dir(folder.path().join("geo")).unwrap();
    let said = transcript(folder.path(), &["log.json", "--geoip", "geo"]);
    assert_eq!(said, "exit 2\n--- out\n--- err\nerror: --geoip geo: no database (.mmdb) in this folder\n");
}

#[test]
fn suppressions_that_are_misspelt() {
    let folder = folder();
    let of = |rule: &str| format!("[[suppress]]\nrule = \"{rule}\"\nreason = \"drill\"\n");
    file(folder.path(), "trailsift.toml", of("root-acces-key-created"));
    let slip = "suppress entry 1: no rule is named `root-acces-key-created`; did you mean `root-access-key-created`?";
    let said = transcript(folder.path(), &["log.json"]);
    assert!(said.starts_with("exit 0\n") && said.ends_with(&format!("warning: {slip}\n")), "{said}");
    let said = transcript(folder.path(), &["config", "check"]);
    assert!(said.starts_with("exit 2\n") && said.contains(slip), "{said}");
    file(folder.path(), "trailsift.toml", of("a-rule-of-our-own-that-is-not-at-hand"));
    assert!(!transcript(folder.path(), &["log.json"]).contains("warning"));
}

#[test]
fn a_gate_that_could_not_shut() {
    let folder = folder();
    let with = |level: &str| {
        transcript(folder.path(), &["log.json", "-q", "--min-level", level, "--fail-on", "high"])
    };
    assert!(with("high").starts_with("exit 1\n"));
    let error = "error: --fail-on high can find nothing: --min-level critical leaves such findings out\n";
    assert_eq!(with("critical"), format!("exit 2\n--- out\n--- err\n{error}"));
}

#[test]
fn what_was_meant() {
    let folder = folder();
    let said = transcript(folder.path(), &["sumary", "log.json"]);
    assert!(
        said.ends_with("error: sumary: no such file or folder; did you mean the command `summary`?\n"),
        "{said}"
    );
    assert!(transcript(folder.path(), &["logs"]).ends_with("error: logs: no such file or folder\n"));
    // To replace a folder is no help.
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let said = transcript(folder.path(), &["log.json", "-o", "out"]);
    assert_eq!(said, "exit 2\n--- out\n--- err\nerror: cannot write out: it is a folder\n");
}

#[test]
fn rules_that_take_the_place_of_others() {
    let folder = folder();
    let rule =
        "title: t\nname: root-activity\nlevel: low\ndetection:\n  s:\n    eventname: x\n  condition: s\n";
    file(folder.path(), "own.yml", rule);
    let told = "rules: 1 built-in rule replaced by those of --rules: root-activity\n";
    assert!(transcript(folder.path(), &["log.json", "--rules", "own.yml"]).contains(told));
    assert!(!transcript(folder.path(), &["log.json", "--rules", "own.yml", "-q"]).contains("rules: "));
    assert!(!transcript(folder.path(), &["log.json"]).contains("rules: 1"));
    let said = transcript(folder.path(), &["rules", "check", "own.yml"]);
    assert!(said.contains("notice: own.yml:1: stands in for the built-in rule `root-activity`\n"), "{said}");
    let slip = "warning: own.yml:6: `root-activity` asks for `eventname`, which no event has: did you mean `eventName`?\n";
    assert!(said.contains(slip), "{said}");
}

#[test]
fn rules_that_never_match() {
    let folder = folder();
    let rule = |service: &str, field: &str| {
        format!(
            "title: Own\nname: own\nlevel: low\nlogsource: {{product: aws, service: {service}}}\n\
             detection: {{s: {{{field}: CreateAccessKey}}, condition: s}}\n"
        )
    };
    file(folder.path(), "own.yml", rule("cloud_trail", "eventName"));
    let told = "1 rule of --rules left out: own.yml:1 (for aws cloud_trail, not AWS CloudTrail)\n";
    let said = transcript(folder.path(), &["log.json", "--rules", "own.yml"]);
    assert!(said.contains(&format!("\nrules: {told}")), "{said}");
    let said = transcript(folder.path(), &["log.json", "--rules", "own.yml", "--no-builtin-rules"]);
    assert!(said.ends_with(&format!("error: none of the rules reports anything: {told}")), "{said}");
    assert!(!transcript(folder.path(), &["log.json", "--rules", "own.yml", "-q"]).contains("left out"));
    // A slip that loads is told without `rules check` as well.
    file(folder.path(), "own.yml", rule("cloudtrail", "EventName"));
    let told =
        "\nrules: own.yml:5: `own` asks for `EventName`, which no event has: did you mean `eventName`?\n";
    for command in [&["log.json"][..], &["summary", "log.json"]] {
        let said = transcript(folder.path(), &[command, &["--rules", "own.yml"]].concat());
        assert!(said.contains(told), "{said}");
    }
    file(folder.path(), "own.yml", rule("cloudtrail", "eventName"));
    assert!(!transcript(folder.path(), &["log.json", "--rules", "own.yml"]).contains("rules: own.yml"));
}

#[test]
fn files_that_are_none() {
    let folder = folder();
    let table = transcript(folder.path(), &["log.json", "-q"]);
    for dash in [
        &["-f", "table=-"][..],
        &["-f", "table", "-o", "-"],
        &["-f", "table=-", "-f", "json", "-o", "a.json"],
    ] {
        assert_eq!(transcript(folder.path(), &[&["log.json", "-q"], dash].concat()), table, "{dash:?}");
    }
    assert!(folder.path().join("a.json").is_file() && !folder.path().join("-").exists());
    let said = transcript(folder.path(), &["log.json", "-f", "table=-", "-f", "json"]);
    assert!(said.contains("error: several formats on standard output"), "{said}");
    let said = transcript(folder.path(), &["log.json", "-f", "json="]);
    let error =
        "error: --format json=: no file behind the `=`; write json=FILE, or json alone for standard output\n";
    assert_eq!(said, format!("exit 2\n--- out\n--- err\n{error}"));
}

#[test]
fn a_range_that_begins_after_everything() {
    let folder = folder();
    let fixed = "warning: none of the events read is of 2027-01-01T10:30:00Z or later\n";
    let hint = " or later; spans count back from now, with `--relative-to data` from the newest event\n";
    for command in ["scan", "summary"] {
        let said = transcript(folder.path(), &[command, "log.json", "--since", "2027-01-01 10:30"]);
        assert!(said.starts_with("exit 0\n") && said.contains(fixed), "{said}");
        let said = transcript(folder.path(), &[command, "log.json", "--since", "1h"]);
        assert!(said.contains("none of the events read is of ") && said.contains(hint), "{said}");
        let said =
            transcript(folder.path(), &[command, "log.json", "--since", "1h", "--relative-to", "data"]);
        assert!(!said.contains("none of the events"), "{said}");
    }
}

#[test]
fn what_a_cold_start_is_refused_for() {
    let folder = folder();
    let said = transcript(folder.path(), &["log.json", "-q", "--cold-start", "fail"]);
    let (_, err) = said.split_once("--- err\n").unwrap();
    assert!(err.starts_with("error: too little history for ") && err.ends_with("they are listed\n"), "{err}");
    assert!(said.starts_with("exit 3\n"), "{said}");
}

#[test]
fn configurations_that_are_none_or_over() {
    let folder = folder();
    let ended = "[[suppress]]\nrule = 'root-activity'\nreason = 'a drill'\nexpires = '2026-01-31'\n";
    file(folder.path(), "trailsift.toml", ended);
    let said = transcript(folder.path(), &["config", "check"]);
    assert!(said.contains("suppress entry 1 ended on 2026-01-31: what was seen since is reported"), "{said}");
    std::fs::remove_file(folder.path().join("trailsift.toml")).unwrap();
    std::fs::create_dir(folder.path().join("trailsift.toml")).unwrap();
    let said = transcript(folder.path(), &["log.json"]);
    assert!(said.starts_with("exit 2\n") && said.contains("trailsift.toml: "), "{said}");
}

const OFF: &str = "[rules.root-access-key-created]\nenabled = false\n[rules.root-activity]\nlevel = 'low'\n";

#[test]
fn a_configuration_that_nobody_named() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("logs");
    std::fs::create_dir(&folder).unwrap();
    file(&folder, "log.json", EVENT);
    file(&folder, "trailsift.toml", OFF);
    let bent = "1 rule switched off, 1 level changed";
    let used = format!("configuration: trailsift.toml ({bent})\n");
    // A file beside it may be a copy in a folder of one's own; a folder of logs is not.
    for command in [&["scan", "log.json"][..], &["summary", "log.json"]] {
        let said = transcript(&folder, command);
        assert!(said.contains(&used) && !said.contains("warning"), "{command:?}: {said}");
        let said = transcript(&folder, &[command, &["-q"]].concat());
        assert!(said.ends_with("--- err\n"), "{command:?}: {said}");
    }
    let found = "warning: trailsift.toml was found among the logs, where others may have put it, and is used";
    for path in [".", "..", "./*", &folder.display().to_string()] {
        let said = transcript(&folder, &[path, "-q"]);
        assert!(said.contains(&format!("--- err\n{found} ({bent}); ")), "{path}: {said}");
        assert!(!said.contains("configuration: "), "{path}: {said}");
    }
    // Who names it means it.
    let said = transcript(&folder, &[".", "--config", "trailsift.toml"]);
    assert!(said.contains(&used) && !said.contains("warning"), "{said}");
    let said = transcript(&folder, &["baseline", "build", ".", "-o", "b"]);
    assert!(said.contains(found), "{said}");
}

#[test]
fn a_part_of_it_all_says_so() {
    let folder = folder();
    let run = |more: &[&str]| {
        let outputs = [
            "log.json",
            "-q",
            "-f",
            "table",
            "-f",
            "json=a.json",
            "-f",
            "html=a.html",
            "-f",
            "markdown=a.md",
        ];
        let table = transcript(folder.path(), &[&outputs, &["--force"][..], more].concat());
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        (
            table,
            serde_json::from_str::<serde_json::Value>(&read("a.json")).unwrap(),
            read("a.html"),
            read("a.md"),
        )
    };
    let (table, json, html, markdown) = run(&[]);
    assert!(json["run"]["only"] == json!([]) && json["summary"]["below_level"]["high"] == 0, "{json}");
    assert!([table, html, markdown].iter().all(|text| !text.contains("This tells only of")));
    let part = "This tells only of level critical; 2 findings are below that level.";
    let (table, json, html, markdown) = run(&["-m", "critical"]);
    assert_eq!(json["run"]["only"], json!(["level critical"]));
    let below: u64 =
        json["summary"]["below_level"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
    assert_eq!(below, 2, "{json}");
    assert!([&table, &html, &markdown].iter().all(|text| text.contains(part)), "{table}{markdown}");
    let asked = [
        (&["--rule", "root-activity"][..], "rule root-activity"),
        (&["--exclude-rule", "root-activity"], "rules other than root-activity"),
        (&["--account", "111122223333", "--region", "us-east-1"], "account 111122223333, region us-east-1"),
        (&["-m", "high", "--rule", "root-activity"], "level high and above, rule root-activity"),
    ];
    for (options, words) in asked {
        let (table, json, html, markdown) = run(options);
        assert_eq!(json["run"]["only"], json!(words.split(", ").collect::<Vec<_>>()));
        let part = format!("This tells only of {words}");
        assert!([&table, &html, &markdown].iter().all(|text| text.contains(&part)), "{table}{markdown}");
    }
}

#[test]
fn a_configuration_in_what_is_handed_on() {
    let folder = folder();
    let outputs = ["log.json", "-f", "json=a.json", "-f", "html=a.html", "-f", "markdown=a.md", "--force"];
    let run = |more: &[&str]| {
        transcript(folder.path(), &[&outputs, more].concat());
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
        (json["run"].clone(), read("a.html"), read("a.md"))
    };
    let (json, html, markdown) = run(&[]);
    assert!(json["config"] == json!([]) && json["rules_off"] == json!([]), "{json}");
    assert!(!html.contains("Configuration") && !markdown.contains("Configuration"));
    file(folder.path(), "own.toml", OFF);
    let (json, html, markdown) = run(&["--config", "own.toml"]);
    assert_eq!(json["config"], json!(["own.toml"]));
    assert_eq!(json["rules_off"], json!(["root-access-key-created"]));
    assert_eq!((&json["levels_changed"], &json["limits_changed"]), (&json!(["root-activity"]), &json!([])));
    let caveat = "1 rule switched off, 1 level changed by own.toml.";
    assert!(html.contains(caveat) && markdown.contains(caveat), "{markdown}");
    // What changes nothing is no news, but its use is.
    file(folder.path(), "own.toml", "[rules.root-access-key-created]\nenabled = true\n");
    let (json, html, markdown) = run(&["--config", "own.toml"]);
    assert!(json["config"] == json!(["own.toml"]) && json["rules_off"] == json!([]), "{json}");
    assert!(!html.contains(" by own.toml") && !markdown.contains(" by own.toml"));
    assert!(html.contains("own.toml") && markdown.contains("own.toml"));
}
