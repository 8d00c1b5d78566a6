//! Who was active: per principal, access key, account, address and role when, how much, with what, and what is unusual.
//!
//! While records are read an [`Activity`] is kept: sets and sketches, which join in any order and count copies of an
//! event once. In the end it becomes an [`Overview`], rows in an order that is stated and always the same.

mod bars;
mod csv;
mod names;
mod overview;
mod picture;
mod profile;
pub mod render;
mod table;

use std::collections::BTreeMap;

use crate::derive::{Derived, Deriver, Values};
use crate::detect::{Distinct, Location, Plan, time_of};
use crate::event::{EventId, FieldId, Record, field};
use crate::named::serialized_by_name;
use crate::scan::{Join, Onlooker};
use crate::time::Timestamp;

pub use names::Names;
pub use overview::{Bin, Group, Overview, Row, Unusual};
pub use profile::Profile;

use profile::Call;

/// By what activity is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The identity that outlives a session: `derived.principal`.
    Principal,
    /// The access key that signed the call.
    Key,
    /// The account whose trail tells of the call.
    Account,
    /// The address the call came from; the names of AWS services are none.
    Address,
    /// The role whose session the caller was.
    Role,
}

serialized_by_name!(Kind);

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 5] = [Kind::Principal, Kind::Key, Kind::Account, Kind::Address, Kind::Role];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Principal => "principal",
            Kind::Key => "key",
            Kind::Account => "account",
            Kind::Address => "address",
            Kind::Role => "role",
        }
    }
}

/// A count of distinct events: exact up to ten thousand, beyond that an estimate with a standard error of 1.6 %.
pub type Calls = Distinct<10_000, 12>;

/// What a run must read besides what its rules ask for.
pub const FIELDS: [&str; 15] = [
    "userIdentity.accessKeyId",
    "sourceIPAddress",
    "awsRegion",
    "derived.principal",
    "derived.principal_kind",
    "derived.account",
    "derived.caller_role",
    "derived.action",
    "derived.denied",
    "derived.source_class",
    "derived.source_ip",
    "derived.source_network",
    "derived.user_agent_family",
    "eventSource",
    "eventName",
];

/// What was seen of everybody.
#[derive(Debug, Default)]
pub struct Activity {
    profiles: BTreeMap<Kind, BTreeMap<String, Profile>>,
    /// By hour since 1970: the calls, and the refused ones.
    hours: BTreeMap<u32, (Calls, Calls)>,
}

/// One worker's eye on everybody.
#[derive(Debug)]
pub struct Watch<'p> {
    deriver: &'p Deriver,
    key: Option<FieldId>,
    source: Option<FieldId>,
    values: Values,
    since: Option<Timestamp>,
    seen: Activity,
}

impl<'p> Watch<'p> {
    /// For records read with a plan that was made with [`FIELDS`]. Of what lies before `since` rules learn; it is no
    /// activity that was asked for.
    pub fn new(plan: &'p Plan, since: Option<Timestamp>) -> Watch<'p> {
        Watch {
            deriver: plan.deriver(),
            key: plan.layout().id("userIdentity.accessKeyId"),
            source: plan.layout().id("sourceIPAddress"),
            values: Values::new(Derived::ALL.len()),
            since,
            seen: Activity::default(),
        }
    }
}

/// The derived fields looked at.
const DERIVED: [Derived; 10] = [
    Derived::Principal,
    Derived::PrincipalKind,
    Derived::Account,
    Derived::CallerRole,
    Derived::Action,
    Derived::Denied,
    Derived::SourceClass,
    Derived::SourceIp,
    Derived::SourceNetwork,
    Derived::UserAgentFamily,
];

impl Onlooker for Watch<'_> {
    type Seen = Activity;

    fn see(&mut self, record: &Record<'_>, _: Location) {
        let time = time_of(record);
        if time.zip(self.since).is_some_and(|(time, since)| time < since) {
            return;
        }
        self.values.clear();
        for field in DERIVED {
            self.deriver.compute(record, field, &mut self.values);
        }
        let values = &self.values;
        let derived = |field: Derived| values.get(field as usize).next().filter(|text| !text.is_empty());
        let text = |field: Option<FieldId>| {
            field.and_then(|field| record.text(field)).filter(|text| !text.is_empty())
        };
        let key = text(self.key);
        let source = text(self.source);
        let service = record.text(field::EVENT_SOURCE);
        let region = record.text(field::REGION);
        let class = derived(Derived::SourceClass);
        let outside = class.filter(|class| !matches!(*class, "aws-service" | "aws-internal"));
        let call = Call {
            time,
            id: EventId::of(record),
            denied: derived(Derived::Denied) == Some("true"),
            principal: derived(Derived::Principal),
            principal_kind: derived(Derived::PrincipalKind),
            account: derived(Derived::Account),
            service: service.as_deref().filter(|text| !text.is_empty()),
            action: derived(Derived::Action),
            region: region.as_deref().filter(|text| !text.is_empty()),
            network: derived(Derived::SourceNetwork).or(outside),
            agent: derived(Derived::UserAgentFamily),
        };
        if let Some(time) = time {
            let (calls, denied) = self.seen.hours.entry(time.hour()).or_default();
            calls.see(call.id);
            if call.denied {
                denied.see(call.id);
            }
        }
        let address = outside.and(derived(Derived::SourceIp).or(source.as_deref()));
        let who = [
            (Kind::Principal, call.principal),
            (Kind::Key, key.as_deref()),
            (Kind::Account, call.account),
            (Kind::Address, address),
            (Kind::Role, derived(Derived::CallerRole)),
        ];
        for (kind, id) in who {
            let Some(id) = id else { continue };
            let profiles = self.seen.profiles.entry(kind).or_default();
            match profiles.get_mut(id) {
                Some(profile) => profile.see(&call),
                None => profiles.entry(id.to_owned()).or_default().see(&call),
            }
        }
    }

    fn seen(self) -> Activity {
        self.seen
    }
}

impl Join for Activity {
    fn join(&mut self, other: Self) {
        for (kind, theirs) in other.profiles {
            let mine = self.profiles.entry(kind).or_default();
            for (id, profile) in theirs {
                mine.entry(id).or_default().merge(profile);
            }
        }
        for (hour, (calls, denied)) in other.hours {
            let mine = self.hours.entry(hour).or_default();
            mine.0.merge(calls);
            mine.1.merge(denied);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_read() {
        assert!(DERIVED.iter().all(|field| FIELDS.contains(&field.name())));
    }
}
