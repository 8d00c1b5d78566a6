//! Real logs with known truth: what must fire does, what must not is silent, and no data set drowns its reader.
//!
//! The data lies outside the repository: in `../shared/data`, or where `TESTS_SHARED_DATA` says. Without it the
//! test says so and passes.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use trailsift::detect::Plan;
use trailsift::finding::{Finding, View};
use trailsift::input::Source;
use trailsift::level::Level;
use trailsift::scan::{self, Options, Silent, Unopened};

/// More findings of one data set than this are not read by anybody.
const MOST: usize = 60;

struct Case {
    name: String,
    path: PathBuf,
    expect: Vec<String>,
    attempt: Vec<String>,
    optional: Vec<String>,
    forbid: Vec<String>,
}

fn cases(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("truth.json")).expect("truth.json is read");
    let truth: Value = serde_json::from_str(&text).expect("truth.json is JSON");
    let names = |case: &Value, key: &str| -> Vec<String> {
        let list = case[key].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let case = |case: &Value| Case {
        name: case["case"].as_str().unwrap_or_default().to_owned(),
        path: folder.join(case["path"].as_str().unwrap_or_default()),
        expect: names(case, "expect"),
        attempt: names(case, "attempt"),
        optional: names(case, "optional"),
        forbid: names(case, "forbid"),
    };
    truth.as_array().expect("truth.json is a list").iter().map(case).collect()
}

/// Every file at or below a path.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("a folder is listed");
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| files(entry, found));
    } else {
        found.push(path.to_owned());
    }
}

fn scanned(plan: &Plan, path: &Path) -> View {
    let mut paths = Vec::new();
    files(path, &mut paths);
    let sources: Vec<Source> = paths.iter().map(|path| Source::file(path)).collect();
    let options = Options { jobs: 1, ..Options::default() };
    let collected = scan::collect(plan, &sources, &options, &Silent);
    scan::conclude(plan, collected, &sources, Unopened::default(), &[], &options, &Silent)
        .expect("a view")
        .view
}

#[derive(Default)]
struct Report {
    expected: usize,
    fired: usize,
    attempts: usize,
    noticed: usize,
    pending: BTreeSet<String>,
    wrong: Vec<String>,
    lines: Vec<String>,
    /// Events and findings by level: of the people in the console, and of the recorded attacks.
    told: [(u64, BTreeMap<Level, u64>); 2],
}

impl Report {
    fn count(&mut self, case: &Case, view: &View) {
        let ordinary = case.name.starts_with("console-cartographer/");
        let (events, levels) = &mut self.told[usize::from(!ordinary)];
        *events += view.summary.events;
        view.findings.iter().for_each(|finding| *levels.entry(finding.level).or_default() += 1);
    }

    /// Findings for a thousand events, by level.
    fn rates(&self) -> String {
        let rate = |(events, levels): &(u64, BTreeMap<Level, u64>)| {
            let each = levels.iter().rev().map(|(level, found)| {
                let (whole, tenths) = (found * 1000 / events, found * 10_000 / events % 10);
                format!("{whole}.{tenths} {level}")
            });
            format!("{events} events, findings for a thousand: {}", each.collect::<Vec<_>>().join(", "))
        };
        format!("people in the console: {}\nrecorded attacks: {}", rate(&self.told[0]), rate(&self.told[1]))
    }

    fn judge(&mut self, case: &Case, findings: &[Finding], known: &BTreeSet<&str>) {
        let fired: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.name.as_str()).collect();
        for (names, all, hit) in [
            (&case.expect, &mut self.expected, &mut self.fired),
            (&case.attempt, &mut self.attempts, &mut self.noticed),
        ] {
            for name in names {
                if !known.contains(name.as_str()) {
                    self.pending.insert(name.clone());
                    continue;
                }
                *all += 1;
                *hit += usize::from(fired.contains(name.as_str()));
            }
        }
        let must = case.expect.iter().filter(|name| known.contains(name.as_str()));
        for name in must.filter(|name| !fired.contains(name.as_str())) {
            self.wrong.push(format!("{}: {name} did not fire", case.name));
        }
        for name in case.forbid.iter().filter(|name| fired.contains(name.as_str())) {
            self.wrong.push(format!("{}: {name} fired and must not", case.name));
        }
        if findings.len() > MOST {
            self.wrong.push(format!("{}: {} findings", case.name, findings.len()));
        }
        // What a person clicks in the console is no incident, but for what the truth allows.
        if case.name.starts_with("console-cartographer/") {
            for finding in findings.iter().filter(|finding| finding.level >= Level::Medium) {
                let allowed = case.optional.iter().chain(&case.attempt).chain(&case.expect);
                if !allowed.into_iter().any(|name| *name == finding.rule.name) {
                    self.wrong.push(format!("{}: {} at {}", case.name, finding.rule.name, finding.level));
                }
            }
        }
        let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
        findings.iter().for_each(|finding| *levels.entry(finding.level).or_default() += 1);
        let levels: Vec<String> = levels.iter().rev().map(|(level, n)| format!("{n} {level}")).collect();
        self.lines.push(format!("  {:70} {}", case.name, levels.join(", ")));
    }
}

#[test]
fn real_logs_are_judged_as_the_truth_says() {
    let Some(folder) = common::shared_data() else { return };
    let plan = common::plan(common::pack());
    let known: BTreeSet<&str> =
        plan.rules().rules.iter().filter(|rule| rule.reports).map(|rule| rule.name.as_str()).collect();
    let mut report = Report::default();
    for case in cases(&folder) {
        let view = scanned(&plan, &case.path);
        assert!(view.summary.events > 0, "{}: no event was read", case.name);
        report.judge(&case, &view.findings, &known);
        report.count(&case, &view);
    }
    eprintln!("findings by data set:\n{}", report.lines.join("\n"));
    eprintln!(
        "recall {} of {}, refused attempts noticed {} of {}, false alarms {}",
        report.fired,
        report.expected,
        report.noticed,
        report.attempts,
        report.wrong.len()
    );
    eprintln!("{}", report.rates());
    assert!(report.pending.is_empty(), "no such rules: {:?}", report.pending);
    // A refused attempt may leave out the parameters that a rule looks at; most do not.
    assert!(report.noticed * 10 >= report.attempts * 9, "{} of {}", report.noticed, report.attempts);
    assert!(report.wrong.is_empty(), "{} wrong:\n{}", report.wrong.len(), report.wrong.join("\n"));
}

/// A class that must be told, or may be, and the events that it is told of.
type Told = (String, bool, BTreeSet<String>);

/// What the committed demo trail says of itself: the malicious events, and the classes that tell them.
fn demo_truth(folder: &Path) -> (BTreeSet<String>, Vec<Told>) {
    let text = std::fs::read_to_string(folder.join("demo.truth.json")).expect("its truth is read");
    let truth: Value = serde_json::from_str(&text).expect("its truth is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let events = list(&truth["malicious_events"]).iter().map(|event| text(&event["eventID"])).collect();
    let classes = list(&truth["malicious"])
        .iter()
        .map(|m| (text(&m["class"]), m["expect"] == "must", list(&m["eventIDs"]).iter().map(text).collect()))
        .collect();
    (events, classes)
}

#[test]
fn the_demo_trail_is_judged_as_its_truth_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (malicious, classes) = demo_truth(&folder);
    let plan = common::plan(common::pack());
    let sources = common::sources(&common::demo());
    let options = Options { jobs: 2, evidence: 200, ..Options::default() };
    let collected = scan::collect(&plan, &sources, &options, &Silent);
    let findings = scan::conclude(&plan, collected, &sources, Unopened::default(), &[], &options, &Silent)
        .expect("a view")
        .view
        .findings;
    let ids = |finding: &Finding| -> BTreeSet<String> {
        finding.evidence.iter().filter_map(|item| item.event_id.clone()).collect()
    };
    let mut wrong = Vec::new();
    for (class, must, events) in &classes {
        let known = plan.rules().rules.iter().any(|rule| rule.reports && rule.name == *class);
        let told = findings.iter().any(|f| f.rule.name == *class && !ids(f).is_disjoint(events));
        if *must && known && !told {
            wrong.push(format!("{class} was not told of {events:?}"));
        }
    }
    // What is new and harmless is told at a low level, if at all.
    for finding in findings.iter().filter(|f| f.level > Level::Low && ids(f).is_disjoint(&malicious)) {
        wrong.push(format!("{} at {}: {}", finding.rule.name, finding.level, finding.title));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(findings.len() <= 120, "{} findings", findings.len());
}
