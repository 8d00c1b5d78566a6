//! Every credential used, and every one issued.

use std::collections::{BTreeMap, BTreeSet};

use super::Issuance;
use super::inputs::{Inputs, derived, text};
use super::kept::Kept;
use super::meant::is_called;
use crate::derive::{Derived, Deriver, Values};
use crate::detect::{ISSUING, Location, Plan, time_of};
use crate::event::{EventId, Record, field};
use crate::outcome::Outcome;
use crate::scan::{Join, Onlooker};
use crate::time::{Period, Timestamp};

/// What is known of a credential that made calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    pub(super) principal: Kept,
    pub(super) kind: Kept,
    pub(super) arns: Kept,
    pub(super) sessions: Kept,
    pub(super) roles: Kept,
    pub(super) accounts: Kept,
    pub(super) addresses: Kept,
    pub(super) networks: Kept,
    /// The session, for issues that were recorded without the key: see [`session_handle`].
    pub(super) session_handles: Kept,
    pub(super) seen: Period,
    /// The files that tell of it.
    pub(super) files: BTreeSet<u32>,
}

/// An issue: who asked, and for what.
#[derive(Clone, Debug)]
pub(super) struct Issue {
    /// The credential that asked.
    pub(super) by: String,
    /// Whether that is an access key. Of the two sides of a call across accounts only one names it.
    pub(super) by_key: bool,
    /// The name of the session that was asked for.
    pub(super) session: Option<String>,
    /// The account that asked. A key is only ever made for a user of the same one.
    pub(super) account: Option<String>,
    pub(super) issuance: Issuance,
    id: EventId,
}

impl Issue {
    fn preference(&self) -> impl Ord + '_ {
        let Issue { by, by_key, session, account, issuance, id } = self;
        (
            !by_key,
            issuance.time,
            id,
            by,
            &issuance.subject,
            &issuance.address,
            account,
            session,
            &issuance.call,
        )
    }
}

/// Everything that was used and issued.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub(super) used: BTreeMap<String, Used>,
    pub(super) issued: BTreeMap<String, Issue>,
    /// The accounts whose trails were read.
    pub(super) own: BTreeSet<String>,
}

/// Stands between the parts of a session's handle, and in no key that AWS issues.
const BETWEEN: char = '\0';

/// How a session is found whose issue was recorded without the key.
fn session_handle(role: &str, session: &str, made: Timestamp) -> String {
    format!("{role}{BETWEEN}{session}{BETWEEN}{made}")
}

/// Whether a handle is of a session whose key was not recorded.
pub(super) fn is_keyless(handle: &str) -> bool {
    handle.contains(BETWEEN)
}

/// A credential as readers are told of it: a session whose key was not recorded bears what is known of it.
pub(super) fn shown(handle: &str) -> String {
    handle.replace(BETWEEN, " ")
}

/// One worker's pen.
#[derive(Debug)]
pub struct Write<'p> {
    deriver: &'p Deriver,
    inputs: Inputs,
    /// What is traced: it is kept however many others there are.
    asked: &'p str,
    values: Values,
    seen: Ledger,
}

impl<'p> Write<'p> {
    /// For records read with a plan that was made with [`FIELDS`](super::FIELDS), when this is asked for.
    pub fn new(plan: &'p Plan, asked: &'p str) -> Write<'p> {
        Write {
            deriver: plan.deriver(),
            inputs: Inputs::find(plan.layout()),
            asked,
            values: Values::new(Derived::ALL.len()),
            seen: Ledger::default(),
        }
    }
}

impl Onlooker for Write<'_> {
    type Seen = Ledger;

    fn see(&mut self, record: &Record<'_>, at: Location) {
        self.values.clear();
        let Write { deriver, inputs, asked, values, seen } = self;
        let Some((by, by_key)) = inputs.caller.credential(deriver, record, values) else { return };
        let text = |field| text(record, field);
        let mut of = |field: Derived| derived(deriver, record, values, field);
        let time = time_of(record);
        if let Some(account) = record.text(field::RECIPIENT).filter(|account| !seen.own.contains(&**account))
        {
            seen.own.insert(account.into_owned());
        }
        let used = seen.used.entry(by.clone()).or_default();
        if let Some(time) = time {
            used.seen.see(time);
        }
        used.files.insert(at.file);
        let service = of(Derived::SourceClass).is_some_and(|class| class.starts_with("aws-"));
        let address = text(inputs.caller.address).filter(|_| !service);
        let (session_name, caller_role) = (of(Derived::SessionName), of(Derived::CallerRole));
        let account = of(Derived::CallerAccount);
        let made = text(inputs.session_made).and_then(|text| Timestamp::parse(&text));
        let note = |kept: &mut Kept, value: Option<String>| {
            if let Some(value) = value.filter(|value| !kept.contains(value)) {
                let asked = is_called(&value, asked);
                kept.note(value, asked);
            }
        };
        if let (Some(role), Some(session), Some(made)) = (&caller_role, &session_name, made) {
            note(&mut used.session_handles, Some(session_handle(role, session, made)));
        }
        note(&mut used.principal, of(Derived::Principal));
        note(&mut used.kind, of(Derived::PrincipalKind));
        note(&mut used.arns, record.text(field::IDENTITY_ARN).map(|text| text.into_owned()));
        note(&mut used.accounts, account.clone());
        note(&mut used.networks, of(Derived::SourceNetwork));
        note(&mut used.sessions, session_name);
        note(&mut used.roles, caller_role);
        note(&mut used.addresses, address.clone());
        let name = record.text(field::EVENT_NAME).unwrap_or_default();
        let (Some(call), Some(time)) = (ISSUING.iter().find(|call| **call == name), time) else { return };
        if deriver.outcome(record) != Outcome::Success {
            return;
        }
        let role = text(inputs.asked_role);
        let session = text(inputs.asked_session);
        let handle = inputs
            .issued
            .into_iter()
            .find_map(text)
            .or_else(|| Some(session_handle(role.as_deref()?, session.as_deref()?, time)));
        let Some(handle) = handle else { return };
        let event_id = record.text(field::EVENT_ID).unwrap_or_default().into_owned();
        let issuance = Issuance {
            time,
            call: (*call).to_owned(),
            subject: role.or_else(|| text(inputs.user)),
            address,
            event_id,
        };
        let issue = Issue { by, by_key, session, account, issuance, id: EventId::of(record) };
        seen.issue(handle, issue);
    }

    fn seen(self) -> Ledger {
        self.seen
    }
}

impl Ledger {
    fn issue(&mut self, handle: String, issue: Issue) {
        match self.issued.get_mut(&handle) {
            Some(kept) if issue.preference() < kept.preference() => *kept = issue,
            Some(_) => {}
            None => drop(self.issued.insert(handle, issue)),
        }
    }

    /// The issue of a credential.
    pub(super) fn issue_of(&self, credential: &str) -> Option<&Issue> {
        let by_session = || {
            let handles = &self.used.get(credential)?.session_handles;
            handles.iter().find_map(|handle| self.issued.get(handle))
        };
        self.issued.get(credential).or_else(by_session)
    }

    /// Sessions that were issued without their key being recorded, and that no key was used of.
    pub(super) fn keyless(&self) -> impl Iterator<Item = &str> {
        let known: BTreeSet<&String> =
            self.used.values().flat_map(|used| used.session_handles.iter()).collect();
        // Of the records of one issue, another may tell the key.
        let what =
            |issue: &Issue| (issue.issuance.subject.clone(), issue.session.clone(), issue.issuance.time);
        let with_key = self.issued.iter().filter(|(handle, _)| !is_keyless(handle));
        let with_key: BTreeSet<_> = with_key.map(|(_, issue)| what(issue)).collect();
        let keyless = self.issued.iter().filter(|(handle, _)| is_keyless(handle));
        let keyless = keyless
            .filter(move |(handle, issue)| !known.contains(handle) && !with_key.contains(&what(issue)));
        keyless.map(|(handle, _)| handle.as_str())
    }

    /// The files that tell of some credentials.
    pub fn files<'c>(&self, credentials: impl Iterator<Item = &'c str>) -> BTreeSet<u32> {
        credentials
            .filter_map(|credential| self.used.get(credential))
            .flat_map(|used| used.files.iter().copied())
            .collect()
    }
}

impl Join for Ledger {
    fn join(&mut self, other: Ledger) {
        self.own.extend(other.own);
        for (credential, theirs) in other.used {
            let mine = self.used.entry(credential).or_default();
            for (mine, theirs) in [
                (&mut mine.principal, theirs.principal),
                (&mut mine.kind, theirs.kind),
                (&mut mine.arns, theirs.arns),
                (&mut mine.sessions, theirs.sessions),
                (&mut mine.roles, theirs.roles),
                (&mut mine.accounts, theirs.accounts),
                (&mut mine.addresses, theirs.addresses),
                (&mut mine.networks, theirs.networks),
                (&mut mine.session_handles, theirs.session_handles),
            ] {
                mine.join(theirs);
            }
            mine.seen.join(theirs.seen);
            mine.files.extend(theirs.files);
        }
        for (handle, issue) in other.issued {
            self.issue(handle, issue);
        }
    }
}
