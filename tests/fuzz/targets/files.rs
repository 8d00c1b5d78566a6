//! Whole files of any content: packed or not, logs or not. Nothing panics or hangs, and both readers see the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailsift::event::{EventId, Layout};
use trailsift::input::{Reader, Source};

fuzz_target!(|data: &[u8]| {
    let Ok(file) = tempfile::NamedTempFile::new() else { return };
    if std::fs::write(file.path(), data).is_err() {
        return;
    }
    let layout = Layout::new(["requestParameters.policyDocument", "userIdentity.sessionContext.sessionIssuer.arn"]);
    let source = Source::file(file.path());
    let read = |mut reader: Reader<'_>| {
        let mut events = Vec::new();
        let report = reader.read(&source, &mut |record, number| events.push((number, EventId::of(record))));
        (events, report.events, report.not_events)
    };
    assert_eq!(read(Reader::new(&layout)), read(Reader::naive(&layout)));
});
