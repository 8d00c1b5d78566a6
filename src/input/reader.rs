//! Reading files one after another: unpacked, cut into segments, taken record by record.

use super::ahead::{self, Content, LARGE};
use super::buffer::Buffer;
use super::content::Verdict;
use super::document::Walk;
use super::key::KeyKind;
use super::records::{Alike, Records, Taken};
use super::report::{FileReport, RecordNumber, SkipKind};
use super::segment::{Hands, Progress, Segment};
use super::source::Source;
use super::unpack::Unpack;
use crate::event::{Layout, Record};

/// Text that has held nothing like a record for this long is no log.
const NO_LOG: u64 = 4 << 20;

/// Reads files. Each worker has its own, as it keeps its buffers from file to file.
///
/// ```
/// # use trailsift::{event::{field, Layout}, input::{Reader, Source}};
/// # let file = tempfile::NamedTempFile::new().unwrap();
/// # std::fs::write(file.path(), r#"{"Records":[{"eventName":"GetUser","eventSource":"iam.amazonaws.com"}]}"#).unwrap();
/// let layout = Layout::new(["sourceIPAddress"]);
/// let mut reader = Reader::new(&layout);
/// let report = reader.read(&Source::file(file.path()), &mut |record, number| {
///     assert_eq!((record.text(field::EVENT_NAME).as_deref(), number), (Some("GetUser"), 0));
/// });
/// assert_eq!(report.events, 1);
/// ```
#[derive(Debug)]
pub struct Reader<'l> {
    unpack: Unpack,
    buffer: Buffer,
    pub(super) hands: Hands<'l>,
    /// Whether it must do with the thread it runs on.
    alone: bool,
}

impl<'l> Reader<'l> {
    /// A reader of the fields of `layout`.
    pub fn new(layout: &'l Layout) -> Reader<'l> {
        Reader::with(layout, false)
    }

    /// A reader that reads every record the slow and obvious way: what it finds, the other one must find.
    pub fn naive(layout: &'l Layout) -> Reader<'l> {
        Reader::with(layout, true)
    }

    fn with(layout: &'l Layout, naive: bool) -> Reader<'l> {
        let hands = Hands { outer: Records::new(layout, naive), inner: Records::new(layout, naive) };
        Reader { unpack: Unpack::default(), buffer: Buffer::default(), hands, alone: false }
    }

    /// A reader that never takes a second thread to help with a large file.
    pub fn alone(mut self) -> Reader<'l> {
        self.alone = true;
        self
    }

    /// Reads a file and hands over its events. Nothing that is wrong with the file stops more than it must, and all of
    /// it is in the report.
    pub fn read(&mut self, source: &Source, sink: &mut dyn FnMut(&Record<'_>, RecordNumber)) -> FileReport {
        self.run(source, Taken::new(&source.name(), None, sink))
    }

    /// Reads a file again and hands over those of its events that are in `wanted`, which is sorted. The report tells
    /// of as much of the file as that took.
    pub fn fetch(
        &mut self,
        source: &Source,
        wanted: &[RecordNumber],
        sink: &mut dyn FnMut(&Record<'_>, RecordNumber),
    ) -> FileReport {
        self.run(source, Taken::new(&source.name(), Some(wanted), sink))
    }

    fn run(&mut self, source: &Source, mut taken: Taken<'_>) -> FileReport {
        if let Err(error) = self.unpack.open(&source.path(), source.size) {
            taken.notes.file(SkipKind::Unreadable, error.to_string());
            return conclude(source, taken, 0, 0);
        }
        self.buffer.restart(self.unpack.expected());
        let Reader { unpack, buffer, hands, alone } = self;
        if source.size < LARGE || *alone {
            return through(source, taken, unpack, buffer, hands);
        }
        ahead::unpacked(unpack, |content| through(source, taken, content, buffer, hands))
    }
}

/// Reads a file's content.
fn through(
    source: &Source,
    mut taken: Taken<'_>,
    content: &mut impl Content,
    buffer: &mut Buffer,
    hands: &mut Hands<'_>,
) -> FileReport {
    if let Some((kind, reason)) = segments(&mut taken, content, buffer, hands) {
        // What was noted on the way is what one sees in anything that is no log.
        taken.notes.clear();
        taken.others.clear();
        taken.notes.file(kind, reason);
    }
    for fault in content.faults() {
        let (cut, events) = (taken.cut.take(), taken.events);
        taken.notes.damage(fault.kind, fault.reason.clone(), content.written(), cut, events);
    }
    conclude(source, taken, content.read(), content.written())
}

/// Reads all segments. What the file is, if it is not to be read.
fn segments(
    taken: &mut Taken<'_>,
    content: &mut impl Content,
    buffer: &mut Buffer,
    hands: &mut Hands<'_>,
) -> Option<Verdict> {
    let mut walk = Walk::new();
    let mut full = false;
    loop {
        let last = buffer.fill(content);
        if buffer.origin == 0
            && taken.number == 0
            && let Some(verdict) = super::content::unreadable(buffer.bytes())
        {
            return Some(verdict);
        }
        // Checking is dear enough to do it once.
        let mut read = |text: &str, buffer: &Buffer| {
            let (origin, repaired, faults) = (buffer.origin, buffer.repaired(), content.faults());
            hands.read(Segment { text, origin, last, full, repaired, faults }, &mut walk, taken)
        };
        let progress = match simdutf8::basic::from_utf8(buffer.bytes()) {
            Ok(text) => read(text, buffer),
            Err(_) => {
                let end = buffer.repair(last);
                read(std::str::from_utf8(&buffer.bytes()[..end]).unwrap_or_default(), buffer)
            }
        };
        match progress {
            Progress::More(used) if !last => full = !buffer.advance(used),
            Progress::More(_) | Progress::Done => break,
        }
        if walk.is_lost() && taken.no_json.is_some() && taken.is_empty() && buffer.origin > NO_LOG {
            break;
        }
    }
    let verdict = taken.no_json.take();
    verdict.filter(|_| taken.is_empty())
}

/// The report of what was taken.
fn conclude(source: &Source, mut taken: Taken<'_>, bytes_read: u64, bytes_inflated: u64) -> FileReport {
    for (kind, Alike { count, offset, number, what }) in std::mem::take(&mut taken.others) {
        let reason = match count {
            1 => format!("{what}, expected an event"),
            _ => format!("{count} records that are no events; the first is {what}"),
        };
        taken.notes.at(kind, reason, offset, Some(number));
    }
    for (part, Alike { count, offset, number, what }) in std::mem::take(&mut taken.unread) {
        let of = match count {
            1 => "an event".to_owned(),
            _ => format!("{count} events"),
        };
        let reason =
            format!("{part} of {of} is a text that holds no object, so no rule saw into it: `{what}`");
        taken.notes.at(SkipKind::UnreadPart, reason, offset, Some(number));
    }
    if let Some(Alike { count, offset, number, what }) = taken.unsourced.take() {
        let of = match count {
            1 => "an event".to_owned(),
            _ => format!("{count} events"),
        };
        let reason =
            format!("{of} without eventSource, so next to no rule could see them; the first is `{what}`");
        taken.notes.at(SkipKind::NoSource, reason, offset, Some(number));
    }
    let mut skipped = taken.notes.finish(taken.events);
    let is_log = || source.key().is_some_and(|key| key.kind == KeyKind::Log);
    if taken.events == 0 && taken.not_events.is_empty() && is_log() {
        for entry in skipped.iter_mut().filter(|entry| !entry.kind.is_damage()) {
            entry.kind = SkipKind::Mislabelled;
            entry.reason.insert_str(0, "named as a CloudTrail log: ");
        }
    }
    FileReport {
        bytes_read,
        bytes_inflated,
        events: taken.events,
        not_events: taken.not_events,
        incomplete: skipped.iter().any(|entry| entry.kind.is_damage()),
        skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::field;

    fn read(bytes: &[u8], size: usize) -> (Vec<(RecordNumber, String)>, FileReport) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let layout = Layout::new([]);
        let mut reader = Reader::new(&layout);
        reader.buffer = Buffer::of_size(size);
        let source = Source::file(file.path()).called("x".to_owned());
        let mut seen = Vec::new();
        let report = reader.read(&source, &mut |record, number| {
            seen.push((number, record.text(field::EVENT_NAME).unwrap_or_default().into_owned()));
        });
        (seen, report)
    }

    /// Records as they come, and between them what does not belong there.
    fn texts() -> Vec<Vec<u8>> {
        let event = |n: usize| format!(r#"{{"eventVersion":"1","eventSource":"é","eventName":"日本{n}"}}"#);
        let wrapped = |n: usize| {
            let two = [event(n), event(n + 1)].map(|event| event.replace('"', "\\\"")).concat();
            format!("{{\"id\":{n},\"message\":\"{two}\"}}")
        };
        let broken = |n: usize| format!(r#"{{"eventVersion":"1","eventName":{n}x,"a":{{"b":[1]}}}}"#);
        let all = |separator: &str| {
            let one = |n: usize| match n % 7 {
                3 => wrapped(n),
                5 => broken(n),
                6 => "7".to_owned(),
                _ => event(n),
            };
            (0..60).map(one).collect::<Vec<_>>().join(separator)
        };
        let list = format!("{{\"x\":[1,{{}}],\"Records\":[{}],\"y\":null}}\n", all(" ,\n "));
        let mut bad = list.clone().into_bytes();
        for at in (50..bad.len()).step_by(611).filter(|at| list.is_char_boundary(*at)).collect::<Vec<_>>() {
            bad[at] = 0xfe;
        }
        vec![
            all("\n").into_bytes(),
            [list.as_bytes(), list.as_bytes()].concat(),
            bad,
            format!("[{}]", all(",")).into_bytes(),
            list.replace("\"Records\":[", "\"Records\":[}}").into_bytes(),
            all("\n").replace("{\"id\"", "}x{\"id\"").into_bytes(),
            list.as_bytes()[..list.len() * 2 / 3].to_vec(),
        ]
    }

    #[test]
    fn segments_make_no_difference() {
        for text in texts() {
            let (expected, report) = read(&text, 1 << 20);
            assert!(expected.len() > 30 && report.bytes_inflated == text.len() as u64, "{report:?}");
            for size in (200..text.len() + 10).step_by(173) {
                let (seen, other) = read(&text, size);
                assert_eq!(seen, expected, "{size}");
                assert_eq!(other, report, "{size}");
            }
        }
    }

    #[test]
    fn nor_does_how_much_is_unpacked_at_once() {
        for text in texts() {
            let (expected, plain) = read(&text, 1 << 20);
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut encoder, &text).unwrap();
            let packed = encoder.finish().unwrap();
            let cut = &packed[..packed.len() - 20];
            let (before_cut, cut_report) = read(cut, 1 << 20);
            assert!(cut_report.incomplete && before_cut.len() > 20);
            for size in (200..text.len() + 10).step_by(577) {
                let (seen, report) = read(&packed, size);
                assert_eq!(seen, expected, "{size}");
                assert_eq!(report, FileReport { bytes_read: packed.len() as u64, ..plain.clone() }, "{size}");
                assert_eq!(read(cut, size), (before_cut.clone(), cut_report.clone()), "{size}");
            }
        }
    }
}
