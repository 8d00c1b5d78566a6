//! Credentials issued before `since`: how long they matter, and how baseline files keep them.

use super::hits::Hit;
use super::issued::{Handle, Issue, Issued};
use super::issuing::call_of;
use super::key;
use super::shard::Shard;
use crate::event::EventId;
use crate::time::{Timespan, Timestamp};

/// How long before `since` a session may have been issued that still matters. AWS lets none live longer than 36 hours, but
/// sessions are made out of sessions.
const REACH: Timespan = Timespan::from_days(3);

/// The call whose credentials live until somebody deletes them.
const LASTING: &str = "CreateAccessKey";

/// While learning, more than this are looked through for those that are too old.
const MANY: usize = 10_000;

/// A credential that was issued, and who asked for it. Credentials are known by a hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handed {
    /// The credential.
    pub handle: u64,
    /// The caller's access key; 0 when it is not known.
    pub by: u64,
    /// The caller's session; 0 when it is none of a role.
    pub by_session: u64,
    /// The call.
    pub call: String,
    /// When it was.
    pub time: Timestamp,
    /// The event.
    pub event: u128,
    /// The caller: principal, kind, account, session name, role, access key, address.
    pub who: Vec<Option<String>>,
    /// The role that was assumed.
    pub role: Option<String>,
}

impl Handed {
    /// Whether it may still matter at that time.
    pub fn matters(&self, at: Timestamp) -> bool {
        matters(&self.call, self.time, at)
    }

    /// Of two records of one issue the smaller is kept, as in one run.
    pub fn preference(&self) -> impl Ord + use<> {
        (self.by == 0, self.time, self.event)
    }
}

/// Whether what a call issued may still matter at that time.
fn matters(call: &str, issued: Timestamp, at: Timestamp) -> bool {
    call == LASTING || issued >= at.back(REACH)
}

/// Whether what this call issued at that time is worth noting, when only what comes after `since` is told.
pub(super) fn worth_noting(call: u8, time: Timestamp, since: Timestamp) -> bool {
    since == Timestamp::MAX || matters(super::issuing::CALLS[usize::from(call)], time, since)
}

impl Issued {
    /// Leaves out now and then what no longer matters at `last`, while a baseline is learnt.
    pub(super) fn tidy(&mut self, last: Timestamp) {
        if self.len() >= MANY.max(self.tidied.saturating_mul(2)) {
            self.keep_if(|issue| matters(issue.call(), issue.hit.time, last));
            self.tidied = self.len();
        }
    }

    /// Leaves out what no longer mattered at `since`, or lies before `horizon`. What is left of before `since` is known as a
    /// baseline file knows it.
    pub(super) fn settle(&mut self, since: Timestamp, horizon: Timestamp) {
        self.keep_if(|issue| {
            let time = issue.hit.time;
            time >= since || time >= horizon && matters(issue.call(), time, since)
        });
        for issue in self.issues_mut().filter(|issue| issue.hit.time < since) {
            issue.hit = Hit::remembered(issue.hit.time, issue.hit.id);
        }
    }
}

impl Shard {
    /// The credentials that were issued, in no order.
    pub fn handed(&self) -> impl Iterator<Item = Handed> {
        let values = |id| key::split(self.interner.get(id)).0;
        self.issued.iter().map(move |(handle, issue)| Handed {
            handle,
            by: issue.by,
            by_session: issue.by_session,
            call: issue.call().to_owned(),
            time: issue.hit.time,
            event: issue.hit.id.bits(),
            who: values(issue.who),
            role: values(issue.role).pop().flatten(),
        })
    }

    /// Puts a credential back; false when its call is not known.
    pub fn learn_handed(&mut self, handed: &Handed) -> bool {
        let Some(call) = call_of(&handed.call) else { return false };
        let who: Vec<Option<&str>> = handed.who.iter().map(Option::as_deref).collect();
        let who = self.interner.intern(&key::of(&who));
        let role = self.interner.intern(&key::of(&[handed.role.as_deref()]));
        let hit = Hit::remembered(handed.time, EventId::from_bits(handed.event));
        let (by, by_session): (Handle, Handle) = (handed.by, handed.by_session);
        self.issued.insert(handed.handle, Issue { hit, by, by_session, who, role, call });
        true
    }
}
