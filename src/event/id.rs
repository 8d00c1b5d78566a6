//! Which event a record tells of: copies of one event share the identity, whatever file they lie in.

use sha2::{Digest, Sha256};

use super::canonical::{canonical, first_bits};
use super::{Record, field};

/// The identity of an event.
///
/// CloudTrail's own `eventID` where there is one: a UUID in its canonical lower-case form by its bits, any other
/// text by its hash. Without one, what the record says identifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// The identity with these bits, as [`EventId::bits`] gave them.
    pub const fn from_bits(bits: u128) -> EventId {
        EventId(bits)
    }

    /// The identity as a number, to be stored.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The identity of the event that `record` tells of.
    pub fn of(record: &Record<'_>) -> EventId {
        match record.text(field::EVENT_ID) {
            Some(id) if !id.is_empty() => EventId::of_text(&id),
            _ => EventId(canonical(record.json())),
        }
    }

    /// The identity of the event with a non-empty `eventID`.
    pub fn of_text(id: &str) -> EventId {
        EventId(uuid(id.as_bytes()).unwrap_or_else(|| {
            // The tag keeps texts apart from records: see `canonical`.
            first_bits(Sha256::new_with_prefix(b"eventID\0").chain_update(id).finalize().as_slice())
        }))
    }
}

/// The bits of a UUID written as AWS writes them: 8-4-4-4-12 hexadecimal digits, lower case. Other spellings are
/// other ids, as they are to AWS.
fn uuid(text: &[u8]) -> Option<u128> {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let text: &[u8; 36] = text.try_into().ok()?;
    let mut digits = [0; 32];
    let mut at = 0;
    for part in [0..8, 9..13, 14..18, 19..23, 24..36] {
        let length = part.len();
        digits[at..at + length].copy_from_slice(&text[part]);
        at += length;
    }
    // Without a branch or a table, all of them at once.
    let mut right = true;
    for digit in &mut digits {
        let (figure, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        right &= (figure < 10) | (letter < 6);
        *digit = if figure < 10 { figure } else { letter.wrapping_add(10) };
    }
    let mut bytes = [0; 16];
    for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
        *byte = high << 4 | low;
    }
    (right && DASHES.iter().all(|at| text[*at] == b'-')).then_some(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Layout, Slots, scanner};

    fn id(json: &str) -> EventId {
        let layout = Layout::new([]);
        let mut slots = Slots::new(layout.len());
        let end = scanner::read(json, 0, &layout, &mut slots).unwrap();
        EventId::of(&Record::new(json, 0, end, &slots))
    }

    #[test]
    fn a_uuid_is_its_bits() {
        let expected = EventId::from_bits(0x0828_c0d2_3589_4390_b954_c78b_4a7d_f44b);
        assert_eq!(EventId::of_text("0828c0d2-3589-4390-b954-c78b4a7df44b"), expected);
        assert_eq!(id(r#"{"eventID":"0828c0d2-3589-4390-b954-c78b4a7df44\u0062"}"#), expected);
    }

    #[test]
    fn other_spellings_are_other_ids() {
        let spellings = [
            "0828c0d2-3589-4390-b954-c78b4a7df44b",
            "0828C0D2-3589-4390-B954-C78B4A7DF44B",
            "0828c0d235894390b954c78b4a7df44b",
            "0828c0d2-3589-4390-b954-c78b4a7df44g",
            "0828c0d2-3589-4390-b954-c78b4a7df44-",
            "8d5840cf-6ne3-4947-be6b-cb5147856719",
            "0828c0d2-3589-4390-b954_c78b4a7df44b",
            "x",
        ];
        let ids: std::collections::BTreeSet<EventId> =
            spellings.iter().map(|id| EventId::of_text(id)).collect();
        assert_eq!(ids.len(), spellings.len());
    }

    #[test]
    fn without_an_id_the_record_is_it() {
        let record = r#"{"eventName":"a","eventID":null}"#;
        assert_eq!(id(record).bits(), canonical(record));
        assert_ne!(id(r#"{"eventName":"a","eventID":""}"#), id(r#"{"eventName":"b","eventID":""}"#));
        assert_eq!(id(r#"{"eventName":"a", "x":1}"#), id(r#"{"x":1,"eventName":"a"}"#));
    }
}
