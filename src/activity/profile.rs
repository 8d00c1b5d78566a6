//! What is kept of one actor: sets, first and last moments, and counts of distinct events.

use super::{Calls, Names};
use crate::event::EventId;
use crate::time::{Period, Timestamp};

/// One call, as far as profiles go.
#[derive(Debug)]
pub(super) struct Call<'r> {
    pub(super) time: Option<Timestamp>,
    pub(super) id: EventId,
    pub(super) denied: bool,
    pub(super) principal: Option<&'r str>,
    pub(super) principal_kind: Option<&'r str>,
    pub(super) account: Option<&'r str>,
    pub(super) service: Option<&'r str>,
    pub(super) action: Option<&'r str>,
    pub(super) region: Option<&'r str>,
    pub(super) network: Option<&'r str>,
    pub(super) agent: Option<&'r str>,
}

/// One actor's activity.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(super) seen: Period,
    pub(super) calls: Calls,
    pub(super) denied: Calls,
    pub(super) principals: Names,
    pub(super) principal_kinds: Names,
    pub(super) accounts: Names,
    pub(super) services: Names,
    pub(super) actions: Names,
    pub(super) regions: Names,
    pub(super) networks: Names,
    pub(super) agents: Names,
    /// The hours since 1970 in which there was a call, in order.
    pub(super) hours: Vec<u32>,
}

impl Profile {
    pub(super) fn see(&mut self, call: &Call<'_>) {
        if let Some(time) = call.time {
            self.seen.see(time);
            self.be_active(time.hour());
        }
        self.calls.see(call.id);
        if call.denied {
            self.denied.see(call.id);
        }
        for (names, value) in [
            (&mut self.principals, call.principal),
            (&mut self.principal_kinds, call.principal_kind),
            (&mut self.accounts, call.account),
            (&mut self.services, call.service),
            (&mut self.actions, call.action),
            (&mut self.regions, call.region),
            (&mut self.networks, call.network),
            (&mut self.agents, call.agent),
        ] {
            if let Some(value) = value {
                names.see(value);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Profile) {
        self.seen.join(other.seen);
        self.calls.merge(other.calls);
        self.denied.merge(other.denied);
        for (mine, theirs) in [
            (&mut self.principals, other.principals),
            (&mut self.principal_kinds, other.principal_kinds),
            (&mut self.accounts, other.accounts),
            (&mut self.services, other.services),
            (&mut self.actions, other.actions),
            (&mut self.regions, other.regions),
            (&mut self.networks, other.networks),
            (&mut self.agents, other.agents),
        ] {
            mine.merge(theirs);
        }
        other.hours.into_iter().for_each(|hour| self.be_active(hour));
    }

    fn be_active(&mut self, hour: u32) {
        // Logs come roughly in order: nearly always it is the last one.
        if self.hours.last() == Some(&hour) {
            return;
        }
        if let Err(place) = self.hours.binary_search(&hour) {
            self.hours.insert(place, hour);
        }
    }
}
