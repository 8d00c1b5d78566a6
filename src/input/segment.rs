//! One segment of a file's text: its records, one after another.

use std::ops::Range;

use super::apart::taken_apart;
use super::document::{Step, Walk};
use super::lists::{List, find_list, is_list};
use super::records::{Class, Records, Taken};
use super::report::{RecordNumber, SkipKind};
use super::unwrap::{Opened, describe, open, open_object, value_at};
use super::{content, unpack};
use crate::event::json::{Fault, FaultKind, Member, Members};
use crate::event::{FieldId, Raw, Record, field};

/// A part of a file's text. Together with the walk so far and the number of its first record it can be read on its
/// own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'t> {
    pub(super) text: &'t str,
    /// Where in the file's text it starts.
    pub(super) origin: u64,
    /// Whether nothing follows.
    pub(super) last: bool,
    /// Whether it is as large as a segment may be.
    pub(super) full: bool,
    /// Where bytes that were no UTF-8 have been replaced.
    pub(super) repaired: &'t [Range<usize>],
    /// What is wrong with the file, known with its last segment.
    pub(super) faults: &'t [unpack::Fault],
}

/// Where reading stands behind a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All up to here has been dealt with; the rest takes more text.
    More(usize),
    /// The file has been read, as far as is wanted.
    Done,
}

/// What reading one record came to.
enum Read {
    /// The record ends here.
    Passed(usize),
    /// It is no record but holds a list of them, whose first element is here.
    Entered(usize),
    /// It takes more text.
    More,
    /// It is no JSON.
    Broken(Fault),
}

/// Reads records; kept from file to file.
#[derive(Debug)]
pub(super) struct Hands<'l> {
    /// For records as they stand in the file.
    pub(super) outer: Records<'l>,
    /// For records within others.
    pub(super) inner: Records<'l>,
}

impl Hands<'_> {
    /// Reads a segment's records.
    pub(super) fn read(&mut self, segment: Segment<'_>, walk: &mut Walk, taken: &mut Taken<'_>) -> Progress {
        self.outer.leave_text();
        let Segment { text, last, .. } = segment;
        if segment.origin == 0 && taken.number == 0 && !content::starts_as_json(text) {
            taken.no_json = Some(content::no_json(text));
        }
        let mut at = 0;
        while !taken.has_all() {
            at = match walk.next(text, at, last) {
                Step::Record(start) => match self.record(segment, start, walk, taken) {
                    Read::Passed(end) => {
                        walk.passed();
                        end
                    }
                    Read::Entered(first) => first,
                    Read::Broken(fault) => match walk.behind_broken(text, start, last) {
                        Some(next) => {
                            self.broken(segment, start, fault, walk, taken);
                            next
                        }
                        None => return Progress::More(start),
                    },
                    Read::More if start == 0 && segment.full => give_up(segment, walk, taken),
                    Read::More => return Progress::More(start),
                },
                Step::Fault(place, expected) => match walk.behind_fault(text, place, last) {
                    Some(next) => {
                        stray(segment, place, expected, taken);
                        next
                    }
                    None => return Progress::More(place),
                },
                Step::Cut(place) => {
                    cut(segment, place, "the records", None, taken);
                    return Progress::Done;
                }
                Step::More(0) if segment.full => give_up(segment, walk, taken),
                Step::More(keep) => return Progress::More(keep),
                Step::End => return Progress::Done,
            };
        }
        Progress::Done
    }

    fn record(&mut self, segment: Segment<'_>, start: usize, walk: &mut Walk, taken: &mut Taken<'_>) -> Read {
        let Segment { text, origin, last, .. } = segment;
        let offset = origin + start as u64;
        taken.offset = offset;
        if text.as_bytes()[start] != b'{' {
            return match value_at(text, start) {
                // A number at the text's end may go on.
                Ok((_, end)) if end == text.len() && !last => Read::More,
                Ok((value, end)) => {
                    self.open(value, offset, taken, |inner, taken| open(value, inner, taken));
                    Read::Passed(end)
                }
                Err(Fault { kind: FaultKind::Truncated, .. }) if !last => Read::More,
                Err(fault) => Read::Broken(fault),
            };
        }
        let read = self
            .outer
            .read(text, start, |record, half| taken.offer(record, half.map(|half| offset + half as u64)));
        match read {
            Ok((end, Class::Event)) => {
                repaired(segment, start..end, taken);
                return Read::Passed(end);
            }
            Ok((end, Class::NotEvent(_))) => return Read::Passed(end),
            Ok((_, Class::Other)) | Err(_) => {}
        }
        let end = match read {
            Ok((end, _)) => end,
            // Perhaps it is no record but a document, and only one of its records is broken.
            Err(fault) => {
                return match find_list(text, start, false) {
                    List::Opens(first) if !walk.in_list() => {
                        walk.enter();
                        Read::Entered(first)
                    }
                    _ if fault.kind == FaultKind::Truncated && !last => Read::More,
                    _ => Read::Broken(fault),
                };
            }
        };
        let members: Vec<Member<'_>> = Members::of(&text[start..end]).collect();
        if !walk.in_list()
            && let Some(list) = members.iter().find(|member| is_list(member))
        {
            walk.enter();
            return Read::Entered(start + list.start + 1);
        }
        let events = taken.events;
        let value = Raw::Object(&text[start..end]);
        self.open(value, offset, taken, |inner, taken| open_object(&members, inner, taken));
        if taken.events > events {
            repaired(segment, start..end, taken);
        }
        Read::Passed(end)
    }

    /// Notes a broken record, behind which `walk` goes on.
    #[cold]
    fn broken(
        &mut self,
        segment: Segment<'_>,
        start: usize,
        fault: Fault,
        walk: &Walk,
        taken: &mut Taken<'_>,
    ) {
        match fault.kind {
            FaultKind::Truncated if walk.is_lost() => {
                let number = taken.number;
                let whole = self.take_without_end(&segment.text[start..], taken);
                let what =
                    if whole { "a record, which was read but for its closing brace" } else { "a record" };
                cut(segment, start, what, Some(number), taken);
                if whole {
                    return;
                }
            }
            FaultKind::Truncated => {
                let offset = segment.origin + start as u64;
                taken.damage(SkipKind::BadJson, "expected an end of the record".to_owned(), offset);
            }
            _ => taken.damage(kind(fault.kind), in_words(fault.kind), segment.origin + fault.at as u64),
        }
        taken.count();
    }

    /// Takes an event of which, as far as can be told, only the closing brace is missing: what CloudTrail writes late
    /// in a record is there. `false` if there is none.
    fn take_without_end(&mut self, text: &str, taken: &mut Taken<'_>) -> bool {
        const LATE: [FieldId; 4] =
            [field::EVENT_ID, field::EVENT_TYPE, field::RECIPIENT, field::IDENTITY_TYPE];
        let closed = format!("{}}}", text.trim_end());
        let mut read = |look: &mut dyn FnMut(&Record<'_>) -> bool| {
            self.inner.leave_text();
            self.inner.read(&closed, 0, |record, _| look(record)).is_ok_and(|(_, seen)| seen)
        };
        read(&mut |record| LATE.iter().all(|field| record.first(*field).is_some()))
            && read(&mut |record| taken.offer(record, None) == Class::Event)
    }

    /// Takes what a value that is no event wraps.
    #[cold]
    fn open(
        &mut self,
        value: Raw<'_>,
        offset: u64,
        taken: &mut Taken<'_>,
        open: impl FnOnce(&mut Records<'_>, &mut Taken<'_>) -> Opened,
    ) {
        let before = taken.number;
        let opened = open(&mut self.inner, taken);
        if let Some(fault) = opened.fault {
            let reason = format!("in a text within the record: {}", in_words(fault.kind));
            taken.notes.damage(kind(fault.kind), reason, offset, Some(before), taken.events);
            if taken.number == before {
                taken.count();
            }
        } else if taken.number == before {
            match taken_apart(value) {
                Some(how) => {
                    taken.other(SkipKind::Unsupported, offset, || format!("{}: {how}", describe(value)));
                }
                None => taken.other(SkipKind::NotCloudtrail, offset, || describe(value)),
            }
        }
    }
}

/// Notes that the text ends in the middle. If the file does, that is told already.
#[cold]
fn cut(segment: Segment<'_>, at: usize, what: &str, record: Option<RecordNumber>, taken: &mut Taken<'_>) {
    if segment.faults.is_empty() {
        let reason = format!("the text ends before the end of {what}");
        taken.notes.at(SkipKind::Truncated, reason, segment.origin + at as u64, record);
    } else {
        taken.cut = record;
    }
}

/// Notes what stands where a record was expected.
#[cold]
fn stray(segment: Segment<'_>, at: usize, expected: &'static str, taken: &mut Taken<'_>) {
    let offset = segment.origin + at as u64;
    taken.notes.damage(SkipKind::BadJson, format!("expected {expected}"), offset, None, taken.events);
}

/// Gives up on what does not fit into the largest segment.
#[cold]
fn give_up(segment: Segment<'_>, walk: &mut Walk, taken: &mut Taken<'_>) -> usize {
    let reason = format!("more than {} MiB without an end", segment.text.len() >> 20);
    taken.damage(SkipKind::TooLarge, reason, segment.origin);
    taken.count();
    walk.give_up(segment.text, 0)
}

/// Notes that the event read last has been repaired, if it has.
fn repaired(segment: Segment<'_>, record: Range<usize>, taken: &mut Taken<'_>) {
    let place = segment.repaired.iter().find(|place| place.start < record.end && place.end > record.start);
    if let Some(place) = place {
        let reason = "bytes that are no UTF-8, each shown as a question mark".to_owned();
        let number = taken.number.checked_sub(1);
        taken.notes.at(SkipKind::Repaired, reason, segment.origin + place.start as u64, number);
    }
}

fn kind(fault: FaultKind) -> SkipKind {
    match fault {
        FaultKind::TooDeep => SkipKind::TooDeep,
        FaultKind::Truncated | FaultKind::Expected(_) | FaultKind::Odd => SkipKind::BadJson,
    }
}

fn in_words(fault: FaultKind) -> String {
    match fault {
        FaultKind::TooDeep => "nested deeper than any event".to_owned(),
        FaultKind::Truncated => "it ends in the middle".to_owned(),
        FaultKind::Expected(what) => format!("expected {what}"),
        FaultKind::Odd => "keys that come twice".to_owned(),
    }
}
