//! Every format, on nothing, on an attacker's worst and on the demo trail: safe, the same each time, as its standard says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use common::views::{empty, hostile, payloads, rendered};
use common::{Run, pack, plan, scan, sources};
use serde_json::Value;
use trailsift::finding::View;
use trailsift::report::Format;
use trailsift::report::untrusted::is_treacherous;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn demo() -> &'static View {
    static DEMO: OnceLock<View> = OnceLock::new();
    DEMO.get_or_init(|| scan(&plan(pack()), &sources(&common::demo()), &Run { raw: true, ..Run::default() }))
}

#[test]
fn no_format_lets_anything_through_that_steers_or_differs_between_runs() {
    for format in Format::ALL.iter().copied() {
        for (name, view) in [("empty", &empty()), ("hostile", &hostile()), ("demo", demo())] {
            let out = rendered(view, format);
            let steers = |c: char| is_treacherous(c) && c != '\n' && !(format == Format::Csv && c == '\r');
            let found: BTreeSet<char> = out.chars().filter(|c| steers(*c)).collect();
            assert!(found.is_empty(), "{format} of the {name} view: {found:?}");
            assert!(out.is_empty() || out.ends_with('\n'), "{format} of the {name} view ends within a line");
            assert_eq!(rendered(view, format), out, "{format} of the {name} view differs");
        }
    }
}

#[test]
fn every_format_tells_every_finding_that_its_readers_can_take() {
    let view = hostile();
    for format in Format::ALL.iter().copied() {
        let out = rendered(&view, format);
        for number in 0..payloads().len() {
            // The table counts what is informational.
            let counted = format == Format::Table && number % 5 == 0;
            let name = format!("payload-{number}");
            // Number 1 is not told where number 10 is.
            let told = |(at, _)| !out[at + name.len()..].starts_with(|c: char| c.is_ascii_digit());
            assert!(counted || out.match_indices(&name).any(told), "{format} has no {name}");
        }
    }
}

#[test]
fn names_stand_in_the_help() {
    let help =
        assert_cmd::Command::cargo_bin("trailsift").unwrap().args(["scan", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for format in Format::ALL.iter().copied() {
        assert!(help.contains(format.name()), "no {format} in the help");
    }
}

#[test]
fn every_reason_has_its_value() {
    for (finding, why) in
        demo().findings.iter().flat_map(|finding| finding.why.iter().map(move |why| (finding, why)))
    {
        assert!(!why.trim_end().ends_with(':') && !why.contains(": ,"), "{}: {why}", finding.rule.name);
    }
}

/// Adding a format is one file and one line of the enum: no other place of the source names one.
#[test]
fn a_format_is_named_in_one_line() {
    let mut folders = vec![root().join("src")];
    let mut files = 0;
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            folders.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        for format in Format::ALL {
            let variant = format!("{format:?}");
            let name = format!("Format::{variant}");
            let named = text.match_indices(&name);
            // `CoverageFormat::Table` is something else.
            let named = named.filter(|(at, _)| !text[..*at].ends_with(char::is_alphanumeric)).count();
            assert_eq!(named, 0, "{}: Format::{variant}", path.display());
            let lines = text.matches(&format!("    {variant} = \"{format}\" by ")).count();
            assert_eq!(lines, usize::from(path.ends_with("report/mod.rs")), "{}: {format}", path.display());
        }
    }
    assert!(files > 100, "{files}");
}

/// A validator, and what it has against a document.
fn schema(file: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("testdata/schemas").join(file)).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn complaints(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    let errors = validator.iter_errors(document);
    errors.take(5).map(|error| format!("{}: {:.300}", error.instance_path(), error.to_string())).collect()
}

#[test]
fn ocsf_is_a_detection_finding() {
    let validator = schema("ocsf-1.5.0-detection-finding.json");
    let of = |view: &View| -> Vec<Value> {
        rendered(view, Format::Ocsf).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert!(of(&empty()).is_empty());
    for view in [demo(), &hostile()] {
        let events = of(view);
        assert_eq!(events.len(), view.findings.len());
        for (event, finding) in events.iter().zip(&view.findings) {
            assert_eq!(complaints(&validator, event), Vec::<String>::new(), "{}", finding.id);
            assert_eq!(event["finding_info"]["uid"], finding.id.as_str());
            assert_eq!(event["severity_id"], finding.level as u8 + 1);
            let millis = finding.first_seen.map(|time| u64::from(time.secs()) * 1000);
            assert_eq!(event["finding_info"]["first_seen_time"].as_u64(), millis);
            assert_eq!(event["evidences"].as_array().map_or(0, Vec::len), finding.evidence.len());
        }
    }
    let mut event = of(demo()).remove(0);
    for (pointer, spoilt) in [
        ("/class_uid", Value::from(2001)),
        ("/time", Value::from("2026-03-28T02:14:07Z")),
        ("/severity_id", Value::from(9)),
        ("/actor/user/type_id", Value::from("root")),
    ] {
        let whole = event.clone();
        *event.pointer_mut(pointer).unwrap() = spoilt;
        assert!(!validator.is_valid(&event), "{pointer} may be anything");
        event = whole;
    }
}

#[test]
fn sarif_is_as_the_standard_says() {
    let validator = schema("sarif-2.1.0.json");
    let of = |view: &View| -> Value { serde_json::from_str(&rendered(view, Format::Sarif)).unwrap() };
    for view in [&empty(), demo(), &hostile()] {
        let log = of(view);
        assert_eq!(complaints(&validator, &log), Vec::<String>::new());
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), view.findings.len());
        for (result, finding) in results.iter().zip(&view.findings) {
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(result["partialFingerprints"]["trailsiftFindingId/v1"], finding.id.as_str());
        }
        let whole = !view.summary.incomplete && !view.run.partial;
        assert_eq!(run["invocations"][0]["executionSuccessful"], whole);
    }
    let mut spoilt = of(demo());
    spoilt["runs"][0]["results"][0]["level"] = "critical".into();
    assert!(!validator.is_valid(&spoilt));
}
