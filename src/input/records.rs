//! One record: read by the scanner or by its oracle, judged to be an event or something else, and handed over.

use std::collections::BTreeMap;

use super::content;
use super::report::{Notes, RecordNumber, SkipKind};
use super::texts;
use crate::event::json::{Fault, FaultKind};
use crate::event::text::{lone_surrogate, mend_surrogates};
use crate::event::{Layout, Raw, Record, Slots, field, naive, scanner};

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// An event, handed over.
    Event,
    /// Something of AWS that tells of no event, by this name.
    NotEvent(&'static str),
    /// Anything else: perhaps a wrapper.
    Other,
}

/// Reads records one by one, whatever text they lie in.
#[derive(Debug)]
pub(super) struct Records<'l> {
    layout: &'l Layout,
    slots: Slots,
    /// Whether to read all by the naive reader.
    naive: bool,
}

impl<'l> Records<'l> {
    pub(super) fn new(layout: &'l Layout, naive: bool) -> Records<'l> {
        Records { layout, slots: Slots::new(layout.len()), naive }
    }

    /// What follows is another text.
    pub(super) fn leave_text(&mut self) {
        self.slots.leave_text();
    }

    /// Reads the record at `at` and shows it, and where in it half a surrogate pair stands. Returns the first byte
    /// behind it.
    pub(super) fn read<T>(
        &mut self,
        text: &str,
        at: usize,
        look: impl FnOnce(&Record<'_>, Option<usize>) -> T,
    ) -> Result<(usize, T), Fault> {
        if self.naive {
            return self.read_naively(text, at, look);
        }
        match scanner::read_on(text, at, self.layout, &mut self.slots) {
            Ok(end) => {
                let suspected = self.slots.surrogates();
                let half = if suspected { lone_surrogate(&text[at..end], 0) } else { None };
                Ok((end, look(&Record::new(text, at, end, &self.slots), half)))
            }
            Err(fault) if fault.kind == FaultKind::Odd => self.read_naively(text, at, look),
            Err(fault) => Err(fault),
        }
    }

    #[cold]
    fn read_naively<T>(
        &mut self,
        text: &str,
        at: usize,
        look: impl FnOnce(&Record<'_>, Option<usize>) -> T,
    ) -> Result<(usize, T), Fault> {
        let reading = match naive::read(text, at, self.layout, &mut self.slots) {
            // Half a surrogate pair is no JSON to serde_json, but costs no record. Mending moves nothing.
            Err(_) if lone_surrogate(text, at).is_some() => {
                naive::read(&mend_surrogates(&text[at..]), 0, self.layout, &mut self.slots)
                    .map(|reading| naive::Reading { end: reading.end + at, ..reading })
                    .map_err(|fault| Fault { at: fault.at + at, ..fault })?
            }
            reading => reading?,
        };
        let record = Record::new(&reading.text, 0, reading.end - at, &self.slots);
        let half = lone_surrogate(&text[at..reading.end], 0);
        Ok((reading.end, look(&record, half)))
    }
}

/// How many there are of one kind, and where and what the first one was.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) count: u64,
    pub(super) offset: u64,
    pub(super) number: RecordNumber,
    pub(super) what: String,
}

/// Takes what one file holds, and hands the events over.
pub(super) struct Taken<'s> {
    sink: &'s mut dyn FnMut(&Record<'_>, RecordNumber),
    /// The only records wanted, in their order; all if `None`.
    wanted: Option<&'s [RecordNumber]>,
    /// The number of the next record.
    pub(super) number: RecordNumber,
    pub(super) events: u64,
    pub(super) not_events: BTreeMap<&'static str, u64>,
    pub(super) notes: Notes,
    /// What the text is, if it does not start as JSON does.
    pub(super) no_json: Option<content::Verdict>,
    /// The record within which the file ends, if it ends early.
    pub(super) cut: Option<RecordNumber>,
    /// Where the record being opened stands.
    pub(super) offset: u64,
    /// The records that could not be made sense of, by kind.
    pub(super) others: BTreeMap<SkipKind, Alike>,
    /// The parts of events in which nothing can be found, by name.
    pub(super) unread: BTreeMap<&'static str, Alike>,
    /// The events that do not say which service was called.
    pub(super) sourceless: Option<Alike>,
}

impl<'s> Taken<'s> {
    pub(super) fn new(
        name: &str,
        wanted: Option<&'s [RecordNumber]>,
        sink: &'s mut dyn FnMut(&Record<'_>, RecordNumber),
    ) -> Taken<'s> {
        Taken {
            sink,
            wanted,
            number: 0,
            events: 0,
            not_events: BTreeMap::new(),
            notes: Notes::new(name),
            no_json: None,
            cut: None,
            offset: 0,
            others: BTreeMap::new(),
            unread: BTreeMap::new(),
            sourceless: None,
        }
    }

    /// Whether no record that is wanted can follow.
    pub(super) fn has_all(&self) -> bool {
        self.wanted.is_some_and(|wanted| wanted.last().is_none_or(|last| *last < self.number))
    }

    /// Whether nothing of AWS has been found.
    pub(super) fn is_empty(&self) -> bool {
        self.events == 0 && self.not_events.is_empty()
    }

    /// Counts a record that is an event or known not to be one; the former is handed over. `half` is where half a
    /// surrogate pair stands in it.
    pub(super) fn offer(&mut self, record: &Record<'_>, half: Option<u64>) -> Class {
        let class = class_of(record);
        match class {
            Class::Event => {
                self.events += 1;
                if self.wanted.is_none_or(|wanted| wanted.binary_search(&self.number).is_ok()) {
                    (self.sink)(record, self.number);
                }
                if let Some(offset) = half {
                    let reason = "half of an escaped surrogate pair, shown as U+FFFD".to_owned();
                    self.notes.at(SkipKind::Repaired, reason, offset, Some(self.number));
                }
                if !is_known_event(record) {
                    self.look_for_unread(record);
                }
                self.count();
            }
            Class::NotEvent(name) => self.not_event(name),
            Class::Other => {}
        }
        class
    }

    /// Notes the parts of an event that are texts still, and one that tells no service.
    fn look_for_unread(&mut self, record: &Record<'_>) {
        let (offset, number) = (self.offset, self.number);
        let first = |text: &str| Alike { count: 0, offset, number, what: text.chars().take(60).collect() };
        for (name, text) in texts::unread(record) {
            self.unread.entry(name).or_insert_with(|| first(&text)).count += 1;
        }
        if !names_service(record) {
            let name = || record.text(field::EVENT_NAME).unwrap_or_default();
            self.sourceless.get_or_insert_with(|| first(&name())).count += 1;
        }
    }

    /// Counts a record that is known to be no event.
    pub(super) fn not_event(&mut self, name: &'static str) {
        *self.not_events.entry(name).or_default() += 1;
        self.count();
    }

    /// Counts a record that could not be made sense of.
    pub(super) fn other(&mut self, kind: SkipKind, offset: u64, what: impl FnOnce() -> String) {
        let number = self.number;
        let first = || Alike { count: 0, offset, number, what: what() };
        self.others.entry(kind).or_insert_with(first).count += 1;
        self.count();
    }

    /// Notes damage in the record about to be counted.
    pub(super) fn damage(&mut self, kind: SkipKind, reason: String, offset: u64) {
        self.notes.damage(kind, reason, offset, Some(self.number), self.events);
    }

    /// Gives the next number away.
    pub(super) fn count(&mut self) {
        self.number = self.number.saturating_add(1);
    }
}

/// What is noted about a shape whose records are all events with their parts and their service in place.
const EVENT: u8 = 1;

fn is_known_event(record: &Record<'_>) -> bool {
    record.notes().is_some_and(|notes| notes.class.get() == EVENT)
}

/// What a record is, as noted about its shape once it has been found out of one of its records.
fn class_of(record: &Record<'_>) -> Class {
    if is_known_event(record) {
        return Class::Event;
    }
    let class = classify(record);
    // What a text holds is another matter in each record.
    if class == Class::Event
        && !texts::has_texts(record)
        && names_service(record)
        && let Some(notes) = record.notes()
    {
        notes.class.set(EVENT);
    }
    class
}

/// Whether an event says which service was called. Hardly any rule sees one that does not.
fn names_service(record: &Record<'_>) -> bool {
    !matches!(record.first(field::EVENT_SOURCE), None | Some(Raw::Null | Raw::Text("")))
}

fn classify(record: &Record<'_>) -> Class {
    let text = |field| match record.first(field) {
        Some(Raw::Text(text) | Raw::Escaped(text)) => text,
        _ => "",
    };
    if text(field::EVENT_CATEGORY) == "Insight" || text(field::EVENT_TYPE) == "AwsCloudTrailInsight" {
        return Class::NotEvent("insight");
    }
    let source = text(field::EVENT_SOURCE);
    if let Some(service) = source.strip_prefix("aws:") {
        // Notifications look much like events. CloudTrail's sources are the names of services.
        return if service == "s3" { Class::NotEvent("s3_notification") } else { Class::Other };
    }
    let version =
        matches!(record.first(field::EVENT_VERSION), Some(Raw::Text(_) | Raw::Escaped(_) | Raw::Number(_)));
    let event = !text(field::EVENT_NAME).is_empty() && (!source.is_empty() || version);
    // One whose parts were written as texts is put together again first: see `texts::restored`.
    if event && !texts::holds_object(record) { Class::Event } else { Class::Other }
}
