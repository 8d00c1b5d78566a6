//! Reading files through the public face of the library: every format, every kind of damage.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "../common/mod.rs"]
mod common;

mod damage;
mod hostile;
mod parity;
#[cfg(unix)]
mod search;
mod zoo;

use std::path::Path;

use trailsift::event::digest::digest;
use trailsift::event::{Layout, field};
use trailsift::input::{FileReport, Reader, SkipKind, Source};

/// What was handed over of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    number: u32,
    id: String,
    digest: u128,
}

/// Reads a file by both readers, which must agree, and again for its last event alone.
fn read(path: &Path) -> (Vec<Seen>, FileReport) {
    let layout = Layout::new(["requestParameters", "requestParameters.userName", "resources.ARN"]);
    let source = Source::file(path);
    let mut reader = Reader::new(&layout);
    let (seen, report) = take(&mut reader, &source);
    let (naively, naive) = take(&mut Reader::naive(&layout), &source);
    assert_eq!(seen, naively, "{}", path.display());
    assert_eq!(kinds(&report), kinds(&naive), "{}", path.display());
    assert_eq!((report.events, &report.not_events), (naive.events, &naive.not_events));
    assert_eq!(report.events, seen.len() as u64);
    assert!(seen.is_sorted_by_key(|seen| seen.number));
    assert_eq!(report.incomplete, report.skipped.iter().any(|skipped| skipped.kind.is_damage()));
    if let Some(last) = seen.last() {
        let mut fetched = Vec::new();
        reader.fetch(&source, &[last.number], &mut |record, number| {
            fetched.push((number, digest(record.json())))
        });
        assert_eq!(fetched, [(last.number, last.digest)]);
    }
    (seen, report)
}

fn take(reader: &mut Reader<'_>, source: &Source) -> (Vec<Seen>, FileReport) {
    let mut seen = Vec::new();
    let report = reader.read(source, &mut |record, number| {
        let id = record.text(field::EVENT_ID).unwrap_or_default().into_owned();
        seen.push(Seen { number, id, digest: digest(record.json()) });
    });
    (seen, report)
}

/// Reads noise by both readers, which must agree on the events, if not on what is wrong with the rest.
fn read_noise(bytes: &[u8]) -> (Vec<Seen>, FileReport) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let (layout, source) = (Layout::new(["requestParameters"]), Source::file(file.path()));
    let (naively, naive) = take(&mut Reader::naive(&layout), &source);
    let (seen, report) = take(&mut Reader::new(&layout), &source);
    assert_eq!(
        (&seen, report.incomplete),
        (&naively, naive.incomplete),
        "{}",
        String::from_utf8_lossy(bytes)
    );
    (seen, report)
}

/// [`read`] of a file with these bytes.
fn read_bytes(bytes: &[u8]) -> (Vec<Seen>, FileReport) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path())
}

fn kinds(report: &FileReport) -> Vec<SkipKind> {
    report.skipped.iter().map(|skipped| skipped.kind).collect()
}

fn ids(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.id.as_str()).collect()
}

/// Events as they are in logs, some odd: escapes, nested quotes, letters of any kind, nothing optional.
fn events() -> Vec<String> {
    (0..7)
        .map(|n| {
            format!(
                r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","accountId":"111122223333"}},"eventTime":"2024-05-14T07:00:0{n}Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","requestParameters":{{"userName":"J\u00fcrgen \"{n}\" 日本 \\ud83d","policy":"{{\"Statement\":[]}}","list":[{{"a":{n}}}]}},"responseElements":null,"serviceEventDetails":{{"State":"{n}"}},"eventID":"{n:08x}-1111-4222-8333-444455556666","eventType":"AwsApiCall","recipientAccountId":"111122223333"}}"#
            )
        })
        .collect()
}
