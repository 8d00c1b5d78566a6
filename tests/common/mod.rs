//! What the integration tests share: rules from text, logs in any shape, and findings without the places they lie.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says where")]

pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod crowd;
pub(crate) mod digests;
pub(crate) mod views;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use trailsift::baseline::Snapshot;
use trailsift::derive::FIELDS;
use trailsift::detect::{Choice, Plan, Range, Settings};
use trailsift::event::Layout;
use trailsift::finding::View;
use trailsift::input::{Reader, Source, discover};
use trailsift::known::Known;
use trailsift::rule::{self, RuleFile, RuleSet};
use trailsift::scan::{Options, Silent, Unopened, collect, conclude};
use trailsift::time::Timestamp;

pub(crate) fn options() -> rule::Options {
    rule::Options { derived: FIELDS.iter().map(|field| field.name).collect(), ..rule::Options::default() }
}

/// Rules from YAML text.
pub(crate) fn rules(text: &str) -> RuleSet {
    let file = RuleFile::new("test.yml", text);
    rule::load(&[vec![file]], &options()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The built-in pack.
pub(crate) fn pack() -> RuleSet {
    rule::load(&[rule::builtin()], &options()).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn plan(set: RuleSet) -> Plan {
    Plan::new(Arc::new(set), Arc::new(Known::default()), Choice::default()).unwrap()
}

/// How a scan is run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) jobs: usize,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) naive: bool,
    pub(crate) raw: bool,
}

/// What a scan found, and what it learnt.
pub(crate) fn scan_with(
    plan: &Plan,
    sources: &[Source],
    run: &Run,
    baseline: Option<Snapshot>,
) -> (View, Snapshot) {
    let from = run.since.map(|since| since.back(plan.longest_lookback()));
    let options = Options {
        jobs: run.jobs.max(1),
        range: Range { from, since: run.since, until: run.until, ..Range::default() },
        settings: Settings { since: run.since, ..Settings::default() },
        naive: run.naive,
        raw: run.raw,
        ..Options::default()
    };
    let mut collected = collect(plan, sources, &options, &Silent);
    if let Some(snapshot) = baseline {
        collected.shard.merge(snapshot.into_shard(plan).unwrap().0, plan);
    }
    let mut learnt = Snapshot::of(plan, &collected.shard, run.until);
    let concluded = conclude(plan, collected, sources, Unopened::default(), &[], &options, &Silent).unwrap();
    learnt.add_habits(plan, &concluded.habits);
    (concluded.view, learnt)
}

pub(crate) fn scan(plan: &Plan, sources: &[Source], run: &Run) -> View {
    scan_with(plan, sources, run, None).0
}

pub(crate) fn sources(path: &Path) -> Vec<Source> {
    discover(&[path.to_owned()], &mut std::io::empty()).unwrap().sources
}

/// The folder of the demo trail.
pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo")
}

/// Every event of some files, copies included.
pub(crate) fn events(sources: &[Source]) -> Vec<Value> {
    let layout = Layout::new([]);
    let mut reader = Reader::new(&layout);
    let mut events = Vec::new();
    for source in sources {
        reader.read(source, &mut |record, _| events.push(serde_json::from_str(record.json()).unwrap()));
    }
    events
}

/// The findings as published, without file names and record numbers: the only thing that may differ when the same
/// events lie elsewhere.
pub(crate) fn essence(view: &View) -> String {
    let mut value = serde_json::to_value(&view.findings).unwrap();
    for finding in value.as_array_mut().unwrap() {
        for item in finding["evidence"].as_array_mut().unwrap() {
            item["file"] = Value::Null;
            item["record"] = Value::Null;
        }
    }
    serde_json::to_string_pretty(&value).unwrap()
}

/// The shapes in which the same records may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Records,
    Array,
    Lines,
    LookupEvents,
    EventBridge,
    Subscription,
    Pretty,
}

pub(crate) const SHAPES: [Shape; 7] = [
    Shape::Records,
    Shape::Array,
    Shape::Lines,
    Shape::LookupEvents,
    Shape::EventBridge,
    Shape::Subscription,
    Shape::Pretty,
];

/// The compressions in which they may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    TwoMembers,
}

pub(crate) const PACKINGS: [Packing; 3] = [Packing::Plain, Packing::Gzip, Packing::TwoMembers];

pub(crate) fn shaped(events: &[Value], shape: Shape) -> Vec<u8> {
    let lines = |items: Vec<Value>| items.iter().map(|item| format!("{item}\n")).collect::<String>();
    match shape {
        Shape::Records => json!({ "Records": events }).to_string(),
        Shape::Array => json!(events).to_string(),
        Shape::Lines => lines(events.to_vec()),
        Shape::LookupEvents => lines(
            events
                .iter()
                .map(|event| json!({"EventId": "x", "CloudTrailEvent": event.to_string()}))
                .collect(),
        ),
        Shape::EventBridge => {
            lines(events.iter().map(|event| json!({"detail-type": "x", "detail": event})).collect())
        }
        Shape::Subscription => {
            let messages: Vec<Value> =
                events.iter().map(|event| json!({"message": event.to_string()})).collect();
            json!({"messageType": "DATA_MESSAGE", "logEvents": messages}).to_string()
        }
        Shape::Pretty => serde_json::to_string_pretty(&json!({ "Records": events })).unwrap(),
    }
    .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn packed(bytes: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Gzip => gzip(bytes),
        Packing::TwoMembers => {
            let (a, b) = bytes.split_at(bytes.len() / 2);
            [gzip(a), gzip(b)].concat()
        }
    }
}

/// Writes events to one file of a folder.
pub(crate) fn write(folder: &Path, name: &str, events: &[Value], shape: Shape, packing: Packing) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, packed(&shaped(events, shape), packing)).unwrap();
    path
}

/// The shared data beside the checkout, or where the environment says; tells when it is not there.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let named = std::env::var_os("TESTS_SHARED_DATA").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: no shared data beside the checkout (TESTS_SHARED_DATA names another place)");
    }
    found
}
