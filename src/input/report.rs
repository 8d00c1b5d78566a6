//! What came of reading: how much was read, what was left out, and why.

use std::collections::BTreeMap;

use serde::Serialize;

/// The number of a record within its file, in the order of the file and from 0 on.
///
/// Every element of an array of records, every line or document counts, events or not; a wrapper that holds several
/// records counts as many.
pub type RecordNumber = u32;

/// Something that could not be read, or not be read as CloudTrail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The file, as it was named or found.
    pub path: String,
    /// What kind of thing it is.
    pub kind: SkipKind,
    /// What was seen, and what was expected.
    pub reason: String,
    /// The byte it was seen at, in the decompressed text.
    pub offset: Option<u64>,
    /// The record it was seen in.
    pub record: Option<u64>,
}

/// The kinds of what is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipKind {
    /// A file or folder that could not be opened or read.
    Unreadable,
    /// Compressed data or JSON that ends in the middle. What came before was read.
    Truncated,
    /// Compressed data that is damaged, or whose checksum is wrong.
    Corrupt,
    /// Bytes behind the end of the compressed data.
    TrailingGarbage,
    /// A record, or what lies between records, that is no JSON. The others were read.
    BadJson,
    /// A record nested deeper than any event.
    TooDeep,
    /// A record larger than any event.
    TooLarge,
    /// A file that inflates out of all proportion. What came before was read.
    Bomb,
    /// A record whose text was damaged and read nevertheless, with a mark in place of each damaged character.
    Repaired,
    /// A part of events that is a text in which nothing can be found. The rest of them was read.
    UnreadPart,
    /// Events without `eventSource`, which next to no rule can see.
    NoSource,
    /// A file named as a CloudTrail log that holds something else.
    Mislabelled,
    /// Something that may well hold events, in a form that cannot be read: an archive, UTF-16, fields taken apart.
    Unsupported,
    /// JSON that tells of no events.
    NotCloudtrail,
    /// Text that is no JSON.
    NotJson,
    /// A table of comma-separated values.
    Csv,
    /// Neither text nor a known compression.
    Binary,
    /// A pipe, socket or device found in a folder.
    NotAFile,
}

impl SkipKind {
    /// Whether events may be missing, so that the input counts as incomplete.
    pub fn is_damage(self) -> bool {
        match self {
            SkipKind::Unreadable
            | SkipKind::Truncated
            | SkipKind::Corrupt
            | SkipKind::TrailingGarbage
            | SkipKind::BadJson
            | SkipKind::TooDeep
            | SkipKind::TooLarge
            | SkipKind::Bomb
            | SkipKind::Repaired
            | SkipKind::UnreadPart
            | SkipKind::NoSource
            | SkipKind::Mislabelled
            | SkipKind::Unsupported => true,
            SkipKind::NotCloudtrail
            | SkipKind::NotJson
            | SkipKind::Csv
            | SkipKind::Binary
            | SkipKind::NotAFile => false,
        }
    }

    /// The name in every output.
    pub fn name(self) -> &'static str {
        match self {
            SkipKind::Unreadable => "unreadable",
            SkipKind::Truncated => "truncated",
            SkipKind::Corrupt => "corrupt",
            SkipKind::TrailingGarbage => "trailing_garbage",
            SkipKind::BadJson => "bad_json",
            SkipKind::TooDeep => "too_deep",
            SkipKind::TooLarge => "too_large",
            SkipKind::Bomb => "bomb",
            SkipKind::Repaired => "repaired",
            SkipKind::UnreadPart => "unread_part",
            SkipKind::NoSource => "no_source",
            SkipKind::Mislabelled => "mislabelled",
            SkipKind::Unsupported => "unsupported",
            SkipKind::NotCloudtrail => "not_cloudtrail",
            SkipKind::NotJson => "not_json",
            SkipKind::Csv => "csv",
            SkipKind::Binary => "binary",
            SkipKind::NotAFile => "not_a_file",
        }
    }
}

/// What came of reading one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Bytes read from disk.
    pub bytes_read: u64,
    /// Bytes of text they held, decompressed.
    pub bytes_inflated: u64,
    /// Events handed over.
    pub events: u64,
    /// Records known to be no events, such as digests and notifications, by kind.
    pub not_events: BTreeMap<&'static str, u64>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// Whether events may be missing.
    pub incomplete: bool,
}

/// Of each kind, a file's report shows no more entries than this, and how many more there were: a hostile file must
/// not blow up the report.
const SHOWN: usize = 5;

/// Collects what is left out of one file.
#[derive(Debug)]
pub(super) struct Notes {
    path: String,
    entries: Vec<(Skipped, Option<u64>)>,
    unshown: BTreeMap<SkipKind, u64>,
}

impl Notes {
    pub(super) fn new(path: &str) -> Notes {
        Notes { path: path.to_owned(), entries: Vec::new(), unshown: BTreeMap::new() }
    }

    /// Forgets all that has been noted.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.unshown.clear();
    }

    /// Notes what concerns the whole file.
    pub(super) fn file(&mut self, kind: SkipKind, reason: impl Into<String>) {
        self.add(kind, reason.into(), None, None, None);
    }

    /// Notes what was seen at a byte, perhaps in a record.
    pub(super) fn at(&mut self, kind: SkipKind, reason: String, offset: u64, record: Option<RecordNumber>) {
        self.add(kind, reason, Some(offset), record, None);
    }

    /// Notes damage behind which reading went on, `events` events having been read before.
    pub(super) fn damage(
        &mut self,
        kind: SkipKind,
        reason: String,
        offset: u64,
        record: Option<RecordNumber>,
        events: u64,
    ) {
        self.add(kind, reason, Some(offset), record, Some(events));
    }

    fn add(
        &mut self,
        kind: SkipKind,
        reason: String,
        offset: Option<u64>,
        record: Option<RecordNumber>,
        before: Option<u64>,
    ) {
        if self.entries.iter().filter(|(entry, _)| entry.kind == kind).count() >= SHOWN {
            *self.unshown.entry(kind).or_default() += 1;
            return;
        }
        let (path, record) = (self.path.clone(), record.map(u64::from));
        self.entries.push((Skipped { path, kind, reason, offset, record }, before));
    }

    /// The entries, now that it is known how many `events` were read in all.
    pub(super) fn finish(self, events: u64) -> Vec<Skipped> {
        let path = self.path;
        let entries = self.entries.into_iter().map(|(mut entry, before)| {
            if let Some(behind) = before.and_then(|before| events.checked_sub(before)).filter(|n| *n > 0) {
                let plural = if behind == 1 { "event was" } else { "events were" };
                entry.reason.push_str(&format!("; {behind} {plural} read behind it"));
            }
            entry
        });
        let unshown = self.unshown.into_iter().map(|(kind, more)| Skipped {
            path: path.clone(),
            kind,
            reason: format!("and {more} more of this kind in this file"),
            offset: None,
            record: None,
        });
        entries.chain(unshown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_serialised() {
        for kind in
            [SkipKind::Unreadable, SkipKind::TrailingGarbage, SkipKind::NotCloudtrail, SkipKind::UnreadPart]
        {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn many_entries_of_a_kind_become_a_number() {
        let mut notes = Notes::new("a.json");
        for at in 0..100 {
            notes.damage(SkipKind::BadJson, "expected a key".to_owned(), at, Some(1), at);
        }
        notes.file(SkipKind::Truncated, "ends early");
        let skipped = notes.finish(3);
        assert_eq!(skipped.len(), 7);
        assert_eq!(skipped[0].reason, "expected a key; 3 events were read behind it");
        assert_eq!(skipped[2].reason, "expected a key; 1 event was read behind it");
        assert_eq!(skipped[4].reason, "expected a key");
        assert_eq!(skipped[6].reason, "and 95 more of this kind in this file");
        assert_eq!((skipped[6].kind, skipped[5].kind), (SkipKind::BadJson, SkipKind::Truncated));
    }
}
