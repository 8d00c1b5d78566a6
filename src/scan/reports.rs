//! What came of reading all files, summed up: most files have nothing to tell that is kept for each.

use std::collections::BTreeMap;

use crate::input::{FileReport, RecordNumber, SkipKind, Skipped};

/// The reports of all files read, as a state: joined in any order it is the same.
#[derive(Clone, Debug, Default)]
pub struct Reports {
    /// How many files were read.
    pub files: u64,
    /// Bytes read from disk.
    pub bytes: u64,
    /// Bytes of text they held, decompressed.
    pub bytes_inflated: u64,
    /// Records known to be no events, by kind.
    pub not_events: BTreeMap<&'static str, u64>,
    /// Whether events may be missing.
    pub incomplete: bool,
    /// What was left out, in no order.
    pub skipped: Vec<Skipped>,
}

impl Reports {
    /// Adds the report of one more file.
    pub fn add(&mut self, report: FileReport) {
        self.files += 1;
        self.bytes += report.bytes_read;
        self.bytes_inflated += report.bytes_inflated;
        self.not(report.not_events);
        self.incomplete |= report.incomplete;
        self.skipped.extend(report.skipped);
    }

    /// Notes an event that was read once and cannot be read again by who is to judge it.
    pub fn unread(&mut self, path: &str, record: RecordNumber) {
        let (kind, reason) = (SkipKind::BadJson, "it could not be read a second time".to_owned());
        let (path, record) = (path.to_owned(), Some(u64::from(record)));
        self.skipped.push(Skipped { path, kind, reason, offset: None, record });
        self.incomplete = true;
    }

    /// Takes in what another worker has read.
    pub fn join(&mut self, other: Reports) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.bytes_inflated += other.bytes_inflated;
        self.not(other.not_events);
        self.incomplete |= other.incomplete;
        self.skipped.extend(other.skipped);
    }

    fn not(&mut self, events: BTreeMap<&'static str, u64>) {
        for (kind, count) in events {
            *self.not_events.entry(kind).or_default() += count;
        }
    }
}
