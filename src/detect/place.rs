//! Whose records lie at hand, and in which hours of which days.

use super::shard::Shard;
use crate::time::Timestamp;

/// An account and region whose records are being read, and what the shard has not been told of them yet: records of
/// one file share all but the hour.
#[derive(Debug)]
pub(super) struct Place {
    account: String,
    region: String,
    day: u32,
    /// The hours of that day with an event, as bits.
    hours: u32,
}

impl Place {
    /// A place of which nothing was seen.
    pub(super) fn new(account: &str, region: &str) -> Place {
        Place { account: account.to_owned(), region: region.to_owned(), day: 0, hours: 0 }
    }

    /// Whether it is this one.
    #[inline]
    pub(super) fn is(&self, account: &str, region: &str) -> bool {
        self.account == account && self.region == region
    }

    /// Sees an event.
    #[inline]
    pub(super) fn see(&mut self, time: Timestamp, shard: &mut Shard, notes_hours: bool) {
        let hour = time.hour();
        if self.day != hour / 24 {
            self.settle(shard, notes_hours);
            self.day = hour / 24;
        }
        self.hours |= 1 << (hour % 24);
    }

    /// Tells the shard what was seen.
    pub(super) fn settle(&mut self, shard: &mut Shard, notes_hours: bool) {
        let hours = std::mem::take(&mut self.hours);
        if hours == 0 {
            return;
        }
        let place = (self.account.clone(), self.region.clone());
        if notes_hours {
            *shard.hours.entry(place.clone()).or_default().entry(self.day).or_default() |= hours;
        }
        shard.days.entry(place).or_default().insert(self.day);
    }
}
