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

/// What is hashed before a text.
const TAG: &[u8] = b"eventID\0";

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
        if let Some(bits) = record.plain(field::EVENT_ID).and_then(uuid) {
            return EventId(bits);
        }
        match record.text(field::EVENT_ID) {
            Some(id) if !id.is_empty() => EventId::of_text(&id),
            _ => EventId(canonical(record.json())),
        }
    }

    /// The identity of the event with a non-empty `eventID`.
    pub fn of_text(id: &str) -> EventId {
        EventId(uuid(id.as_bytes()).unwrap_or_else(|| {
            // The tag keeps texts apart from records: see `canonical`.
            first_bits(Sha256::new_with_prefix(TAG).chain_update(id).finalize().as_slice())
        }))
    }

    /// As [`EventId::of_text`], of several texts with a null between two of them.
    pub(crate) fn of_parts(parts: &[&str]) -> EventId {
        let mut hash = Sha256::new_with_prefix(TAG);
        for (at, part) in parts.iter().enumerate() {
            hash.update(if at == 0 { "" } else { "\0" });
            hash.update(part);
        }
        EventId(first_bits(hash.finalize().as_slice()))
    }
}

/// The bits of a UUID written as AWS writes them: 8-4-4-4-12 hexadecimal digits, lower case. Other spellings are
/// other ids, as they are to AWS.
fn uuid(text: &[u8]) -> Option<u128> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let [a, b, c, d, e, f, g, h, _, i, j, k, l, _, m, n, o, p, _, q, r, s, t, _, rest @ ..] = text;
    let [u, v, w, x, last @ ..] = rest;
    let dashes = [text[8], text[13], text[18], text[23]];
    let words = [
        word([*a, *b, *c, *d, *e, *f, *g, *h])?,
        word([*i, *j, *k, *l, *m, *n, *o, *p])?,
        word([*q, *r, *s, *t, *u, *v, *w, *x])?,
        word(*last)?,
    ];
    let bits = words.into_iter().fold(0u128, |bits, word| bits << 32 | u128::from(word));
    (dashes == [b'-'; 4]).then_some(bits)
}

/// The number that eight hexadecimal digits write, lower case; all of them are looked at together.
fn word(digits: [u8; 8]) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let digits = u64::from_be_bytes(digits);
    if digits & HIGH != 0 {
        return None;
    }
    // Whether each byte, none of which has its high bit set, is no smaller than this one, in its high bit.
    let from = |least: u8| digits + (0x80 - u64::from(least)) * EACH;
    let figures = from(b'0') & !from(b'9' + 1) & HIGH;
    let letters = from(b'a') & !from(b'f' + 1) & HIGH;
    if figures | letters != HIGH {
        return None;
    }
    // The low half of each byte, and nine more for letters.
    let values = (digits & (0x0f * EACH)) + (letters >> 7) * 9;
    // Two neighbours become one, three times.
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    Some((fours | fours >> 16) as u32)
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
    fn a_word_is_what_it_reads() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut digits = *b"0189afbc";
                digits[at] = byte;
                let text = std::str::from_utf8(&digits).ok();
                let lower = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                let expected = text.filter(|_| lower).and_then(|text| u32::from_str_radix(text, 16).ok());
                assert_eq!(word(digits), expected, "{digits:?}");
            }
        }
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
