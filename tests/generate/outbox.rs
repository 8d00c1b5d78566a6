//! What happened but is not delivered yet. CloudTrail is late, keeps no order, and sends some records twice.

use std::io;
use std::net::Ipv4Addr;

use crate::clock::{HOUR, MINUTE, Secs};
use crate::event::{Call, Kind, is_global};
use crate::files::{Files, Stream};
use crate::ids::Uuid;
use crate::org::{HOME_REGION, Org, PROD, SECOND_REGION};
use crate::rng::{Rng, tag};

/// CloudTrail collects records for five minutes.
const SLOT: Secs = 5 * MINUTE;

/// A record on its way.
struct Pending {
    stream: Stream,
    /// When it is delivered, as precisely as order is kept, or without disorder the moment it happened.
    slot: Secs,
    tie: u32,
    deliver: Secs,
    start: usize,
    len: usize,
}

/// Calls that come again, so that there are more events of the same callers, sessions, credentials, addresses and
/// resources.
pub(crate) struct Repeats {
    rng: Rng,
    /// So many events there shall be ...
    events: u64,
    /// ... for so many that are not repetitions.
    first_told: u64,
    /// What is still to be added, in parts of an event.
    owed: u64,
}

impl Repeats {
    pub(crate) fn new(seed: u64, events: u64, first_told: u64) -> Repeats {
        Repeats { rng: Rng::keyed(seed, &[tag("again")]), events, first_told, owed: 0 }
    }

    /// How often this call comes again. Calls that cannot are made up for by those that can.
    fn due(&mut self, call: &Call<'_>) -> u64 {
        self.owed += self.events - self.first_told;
        if !call.is_repeatable() {
            return 0;
        }
        let due = self.owed / self.first_told;
        self.owed %= self.first_told;
        due
    }
}

/// Takes the records of all actors and hands them to the files when their time has come.
pub(crate) struct Outbox<'o> {
    org: &'o Org,
    rng: Rng,
    /// Within so many seconds no order is kept.
    mixed: Option<Secs>,
    text: String,
    pending: Vec<Pending>,
    /// When somebody stops production's own trail.
    pub(crate) second_trail_until: Secs,
    /// What comes again, if anything does.
    pub(crate) repeats: Option<Repeats>,
    /// Whether every call from a public address comes from one of its own.
    pub(crate) scattered: bool,
    /// Distinct events so far, but for repetitions.
    pub(crate) distinct: u64,
    /// Repetitions: events of their own, too.
    pub(crate) repeated: u64,
    /// Records beyond them.
    pub(crate) copies: u64,
}

impl<'o> Outbox<'o> {
    /// An empty one that keeps no order within `mixed` seconds, or delivers at once and in order.
    pub(crate) fn new(org: &'o Org, mixed: Option<Secs>) -> Outbox<'o> {
        Outbox {
            org,
            rng: Rng::keyed(org.seed, &[tag("delivery")]),
            mixed,
            text: String::new(),
            pending: Vec::new(),
            second_trail_until: Secs::MAX,
            repeats: None,
            scattered: false,
            distinct: 0,
            repeated: 0,
            copies: 0,
        }
    }

    /// Writes the record down. `rng` is the actor's own, and gives the ids.
    pub(crate) fn send(&mut self, call: &Call<'_>, rng: &mut Rng) -> Uuid {
        let id = self.note(call, rng);
        self.distinct += 1;
        // Not by the actor's own numbers: what is first told stays as it is.
        if let Some(mut repeats) = self.repeats.take() {
            for _ in 0..repeats.due(call) {
                // Anywhere in the hour, which is what a session lasts at least.
                let at = call.at + repeats.rng.below(HOUR);
                let again = call.again(at, &mut repeats.rng);
                self.note(&again, &mut repeats.rng);
                self.repeated += 1;
            }
            self.repeats = Some(repeats);
        }
        id
    }

    fn note(&mut self, call: &Call<'_>, rng: &mut Rng) -> Uuid {
        let account = &self.org.accounts[call.account];
        let start = self.text.len();
        let id = call.write(&account.id, rng, &mut self.text);
        if self.scattered {
            self.scatter(start, id);
        }
        let len = self.text.len() - start;
        let stream =
            Stream { account: call.account, second_region: call.region != HOME_REGION, second_trail: false };
        self.push(stream, call.at, start, len);
        // CloudTrail promises to deliver at least once.
        if self.rng.chance(98) {
            self.copies += 1;
            let later = call.at + if self.mixed.is_some() { self.rng.below(10 * MINUTE) } else { 0 };
            self.push(stream, later, start, len);
        }
        if account.second_trail && self.is_copied(call) {
            self.copies += 1;
            let stream = Stream { account: call.account, second_region: true, second_trail: true };
            self.push(stream, call.at, start, len);
        }
        id
    }

    /// Gives the record an address of its own, if it has a public one: of the range for documentation that is large enough.
    fn scatter(&mut self, start: usize, id: Uuid) {
        const KEY: &str = r#""sourceIPAddress":""#;
        let Some(at) = self.text[start..].find(KEY).map(|at| start + at + KEY.len()) else { return };
        let end = self.text[at..].find('"').map_or(at, |len| at + len);
        if self.text[at..end].parse().is_ok_and(|ip: Ipv4Addr| !ip.is_private()) {
            let [network, subnet, host] = [id.0 >> 112 & 0xffff, id.0 >> 96 & 0xffff, id.0 & 0xffff];
            self.text.replace_range(at..end, &format!("2001:db8:{network:x}:{subnet:x}::{host:x}"));
        }
    }

    /// The trail of an account's own lives in the second Region and includes the events of global services.
    fn is_copied(&self, call: &Call<'_>) -> bool {
        let global = is_global(call.source) || matches!(call.source, "sts" | "signin");
        let stopped = call.account == PROD && call.at > self.second_trail_until;
        let day = self.org.calendar.day_of(call.at);
        // What a small organization's second Region would get on an idle day is left out: it would be a file of its
        // own for a record or two.
        call.kind != Kind::Service
            && !stopped
            && (call.region == SECOND_REGION || global)
            && self.org.is_awake(call.account, SECOND_REGION, day)
    }

    fn push(&mut self, stream: Stream, at: Secs, start: usize, len: usize) {
        let mut deliver = at + MINUTE + self.rng.below(12 * MINUTE);
        // Every thirtieth record is much later than those around it.
        if self.rng.chance(33) {
            deliver += self.rng.between(12, 20) * MINUTE;
        }
        let (slot, tie) = if let Some(mixed) = self.mixed {
            (deliver / mixed, u32::try_from(self.rng.next() >> 32).unwrap_or(0))
        } else {
            deliver = at;
            (at, 0)
        };
        self.pending.push(Pending { stream, slot, tie, deliver, start, len });
    }

    /// Hands over everything that is due before `until`.
    pub(crate) fn deliver(&mut self, until: Secs, files: &mut Files<'_>) -> io::Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable_by_key(|p| (p.stream, p.slot, p.tie, p.start));
        let mut rest = String::new();
        for mut record in pending {
            let text = &self.text[record.start..record.start + record.len];
            if record.deliver < until {
                files.add(record.stream, record.deliver / SLOT * SLOT, text)?;
            } else {
                record.start = rest.len();
                rest.push_str(text);
                self.pending.push(record);
            }
        }
        self.text = rest;
        Ok(())
    }

    /// Forgets everything: for counting only.
    pub(crate) fn discard(&mut self) {
        self.pending.clear();
        self.text.clear();
    }
}
