//! What makes two records the same event.

/// The identity of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// The id with these bits.
    pub const fn from_bits(bits: u128) -> EventId {
        EventId(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u128 {
        self.0
    }
}

impl EventId {
    /// The identity of a record.
    pub fn of(record: &super::Record<'_>) -> EventId {
        let text = record.text(super::field::EVENT_ID).unwrap_or_default();
        EventId::of_text(&text)
    }

    /// The identity made from a text that is no UUID.
    pub fn of_text(text: &str) -> EventId {
        EventId(text.bytes().fold(7, |hash: u128, byte| {
            hash.wrapping_mul(0x1000000000000000000013b).wrapping_add(byte.into())
        }))
    }
}
