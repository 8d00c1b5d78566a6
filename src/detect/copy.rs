//! One copy of an event, while it is looked at.

use super::hits::{Hit, Location};
use crate::event::{EventId, Record, digest};
use crate::time::Timestamp;

/// The copy of an event at hand, of which a reference may be kept.
pub(super) struct Copy<'r> {
    pub(super) record: Record<'r>,
    pub(super) time: Option<Timestamp>,
    pub(super) id: EventId,
    pub(super) at: Location,
    /// Tells differing copies apart; only computed once a reference is kept.
    pub(super) digest: Option<u64>,
}

impl Copy<'_> {
    pub(super) fn hit(&mut self) -> Hit {
        let record = &self.record;
        let digest = *self.digest.get_or_insert_with(|| digest::of(record) as u64);
        Hit { time: self.time.unwrap_or(Timestamp::MIN), id: self.id, digest, at: self.at }
    }
}
