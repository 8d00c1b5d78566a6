//! Events of a file, copied so that another thread can read them while this one goes on with the file.

use super::reader::Reader;
use super::records::Records;
use super::report::RecordNumber;
use crate::event::Record;

/// The texts of some events of one file, and the number that each has there. An event is its text: whoever reads it
/// again finds the same fields, whatever it was wrapped in.
#[derive(Debug, Default)]
pub struct Batch {
    text: String,
    /// Where each one starts.
    events: Vec<(u32, RecordNumber)>,
}

impl Batch {
    /// An empty one with room for this much text.
    pub fn of_size(size: usize) -> Batch {
        Batch { text: String::with_capacity(size), events: Vec::new() }
    }

    /// Copies an event.
    pub fn push(&mut self, record: &Record<'_>, number: RecordNumber) {
        // Whoever fills a batch stops far below 4 GiB.
        self.events.push((u32::try_from(self.text.len()).unwrap_or(u32::MAX), number));
        self.text.push_str(record.json());
    }

    /// How many bytes of text there are.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// Forgets all events, but keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.events.clear();
    }

    /// Reads the events and hands them over. Returns the numbers of those that could not be read, of which there are
    /// none unless a reader contradicts itself.
    fn read(
        &self,
        records: &mut Records<'_>,
        sink: &mut dyn FnMut(&Record<'_>, RecordNumber),
    ) -> Vec<RecordNumber> {
        records.leave_text();
        let mut unread = Vec::new();
        for (start, number) in &self.events {
            if records.read(&self.text, *start as usize, |record, _| sink(record, *number)).is_err() {
                unread.push(*number);
            }
        }
        unread
    }
}

impl Reader<'_> {
    /// Reads events that were copied out of a file, and hands them over under the numbers they have there. Returns the
    /// numbers of those that could not be read.
    pub fn read_batch(
        &mut self,
        batch: &Batch,
        sink: &mut dyn FnMut(&Record<'_>, RecordNumber),
    ) -> Vec<RecordNumber> {
        batch.read(&mut self.hands.outer, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::{PATHS, record, records_alike};
    use crate::event::{EventId, Layout, Slots, digest};
    use proptest::prelude::*;

    /// All that can be asked of a record.
    fn told(record: &Record<'_>, number: RecordNumber, layout: &Layout) -> String {
        let values: Vec<String> =
            layout.names().map(|(field, _)| format!("{:?}", record.all(field).collect::<Vec<_>>())).collect();
        let (id, digest) = (EventId::of(record), digest::of(record));
        format!("{number} {id:?} {digest} {values:?} {}", record.json())
    }

    proptest! {
        #[test]
        fn what_is_read_again_is_the_same(
            odd in proptest::collection::vec(record(), 0..6), alike in records_alike(), naive: bool, behind in 0usize..3,
        ) {
            // Surrogates by halves, and keys that come twice, are read another way.
            let half = r#"{"a":"\ud800","a":1,"b":"\ud83d\ude00\udead"}"#.to_owned();
            let texts: Vec<String> = odd.into_iter().chain(alike).chain([half.clone(), half]).collect();
            let layout = Layout::new(PATHS);
            let (mut first, mut second) = (Records::new(&layout, naive), Records::new(&layout, naive));
            let (mut expected, mut got) = (Vec::new(), Vec::new());
            let mut batch = Batch::default();
            for (number, text) in texts.iter().enumerate() {
                first.leave_text();
                let read = first.read(text, 0, |record, _| {
                    expected.push(told(record, number as u32, &layout));
                    batch.push(record, number as u32);
                });
                prop_assert!(read.is_ok(), "{}", text);
                if number % 3 == behind {
                    let unread = batch.read(&mut second, &mut |record, number| got.push(told(record, number, &layout)));
                    prop_assert!(unread.is_empty());
                    batch.clear();
                }
            }
            batch.read(&mut second, &mut |record, number| got.push(told(record, number, &layout)));
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_again_is_told() {
        let layout = Layout::new([]);
        let (text, slots) = (r#"{"a":1}{"b"}{"c":2}"#, Slots::new(layout.len()));
        let mut batch = Batch::default();
        for (number, (start, end)) in [(0, 7), (7, 12), (12, 19)].into_iter().enumerate() {
            batch.push(&Record::new(text, start, end, &slots), number as u32);
        }
        assert_eq!(batch.size(), text.len());
        let mut seen = Vec::new();
        let mut reader = Reader::new(&layout);
        let unread =
            reader.read_batch(&batch, &mut |record, number| seen.push((number, record.json().to_owned())));
        assert_eq!(unread, [1]);
        assert_eq!(seen, [(0, r#"{"a":1}"#.to_owned()), (2, r#"{"c":2}"#.to_owned())]);
    }
}
