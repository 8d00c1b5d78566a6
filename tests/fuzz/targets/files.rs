//! Whole files of any content: packed or not, logs or not. Nothing panics or hangs, and whoever reads the file, sees
//! the same: both readers, one that another thread unpacks for, one that asks for some events alone, and one that is
//! handed copies of the events. What an event says does not change when its parts are written as texts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use trailsift::event::{EventId, Layout, Record, digest};
use trailsift::input::{Batch, FileReport, Reader, Source};

const PATHS: [&str; 3] = [
    "requestParameters.policyDocument",
    "requestParameters.userName",
    "userIdentity.sessionContext.sessionIssuer.arn",
];

/// Files of this size are unpacked ahead.
const LARGE: u64 = 16 << 20;

/// All that is asked of an event elsewhere.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    number: u32,
    said: String,
    json: String,
}

fn told(record: &Record<'_>, number: u32, layout: &Layout) -> Told {
    let values: Vec<String> =
        layout.names().map(|(field, _)| format!("{:?}", record.all(field).collect::<Vec<_>>())).collect();
    let said = format!("{:?} {} {values:?}", EventId::of(record), digest::of(record));
    Told { number, said, json: record.json().to_owned() }
}

fn read(mut reader: Reader<'_>, source: &Source, layout: &Layout) -> (Vec<Told>, FileReport) {
    let mut events = Vec::new();
    let report = reader.read(source, &mut |record, number| events.push(told(record, number, layout)));
    (events, report)
}

/// The event with the objects in it written as texts; `None` if it has none, or what it says is not clear.
fn parts_as_texts(event: &Value) -> Option<Value> {
    let mut event = event.clone();
    let parts = ["userIdentity", "requestParameters", "responseElements", "additionalEventData"];
    let held = event
        .as_object_mut()?
        .iter_mut()
        .filter(|(key, value)| parts.contains(&key.as_str()) && value.is_object());
    held.map(|(_, value)| *value = Value::from(value.to_string())).last()?;
    Some(event)
}

fuzz_target!(|data: &[u8]| {
    let Ok(file) = tempfile::NamedTempFile::new() else { return };
    if std::fs::write(file.path(), data).is_err() {
        return;
    }
    let layout = Layout::new(PATHS);
    let mut source = Source::file(file.path());

    let (events, report) = read(Reader::new(&layout), &source, &layout);
    let mut naive = Vec::new();
    let naive_report =
        Reader::naive(&layout).read(&source, &mut |record, number| naive.push((number, EventId::of(record))));
    let mut ids = Vec::new();
    let mut batch = Batch::default();
    let mut reader = Reader::new(&layout);
    reader.read(&source, &mut |record, number| {
        ids.push((number, EventId::of(record)));
        batch.push(record, number);
    });
    assert_eq!(
        (ids, report.events, &report.not_events),
        (naive, naive_report.events, &naive_report.not_events)
    );

    let mut copies = Vec::new();
    let unread = reader.read_batch(&batch, &mut |record, number| copies.push(told(record, number, &layout)));
    assert_eq!((copies.as_slice(), unread), (events.as_slice(), vec![]), "copies");

    let wanted: Vec<u32> = events.iter().map(|event| event.number).step_by(2).collect();
    let mut fetched = Vec::new();
    reader.fetch(&source, &wanted, &mut |record, number| fetched.push(told(record, number, &layout)));
    let expected: Vec<_> = events.iter().filter(|event| wanted.contains(&event.number)).cloned().collect();
    assert_eq!(fetched, expected, "events asked for");

    source.size = LARGE;
    assert_eq!(read(Reader::new(&layout), &source, &layout), (events.clone(), report), "unpacked ahead");

    let Some(event) = events.first().and_then(|first| serde_json::from_str::<Value>(&first.json).ok()) else {
        return;
    };
    let Some(texts) = parts_as_texts(&event) else { return };
    if std::fs::write(file.path(), format!("{event}\n{texts}\n")).is_err() {
        return;
    }
    let (seen, report) = read(Reader::new(&layout), &Source::file(file.path()), &layout);
    let said: Vec<&str> = seen.iter().map(|event| event.said.as_str()).collect();
    // Of keys that come twice serde_json keeps one, which may leave no event.
    assert!(said.is_empty() || said.len() == 2 && said[0] == said[1], "parts as texts: {seen:?} {report:?}");
});
