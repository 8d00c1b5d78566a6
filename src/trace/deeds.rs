//! What the traced credentials did: the second pass.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::inputs::{Caller, SHARED, derived};
use super::told::total;
use crate::derive::{Derived, Deriver, Values};
use crate::detect::{Distinct, Location, Plan, time_of};
use crate::event::{EventId, FieldId, Record};
use crate::outcome::Outcome;
use crate::scan::{Join, Onlooker};
use crate::time::Period;

type Calls = Distinct<10_000, 12>;

/// One kind of call of one credential.
#[derive(Clone, Debug, Default)]
struct Deed {
    succeeded: Calls,
    denied: Calls,
    failed: Calls,
    seen: Period,
}

impl Deed {
    fn merge(&mut self, other: Deed) {
        self.succeeded.merge(other.succeeded);
        self.denied.merge(other.denied);
        self.failed.merge(other.failed);
        self.seen.join(other.seen);
    }

    fn told(&self, action: &str) -> Action {
        Action {
            action: action.to_owned(),
            succeeded: self.succeeded.count().0,
            denied: self.denied.count().0,
            failed: self.failed.count().0,
            first_seen: self.seen.first,
            last_seen: self.seen.last,
        }
    }
}

/// By credential and call.
#[derive(Clone, Debug, Default)]
pub struct Deeds(BTreeMap<String, BTreeMap<String, Deed>>);

/// One worker's look.
#[derive(Debug)]
pub struct Collect<'p> {
    deriver: &'p Deriver,
    caller: Caller,
    /// What the records of one call across accounts share.
    shared: Option<FieldId>,
    wanted: &'p BTreeSet<String>,
    values: Values,
    seen: Deeds,
}

impl<'p> Collect<'p> {
    /// A look at these credentials, with a plan that was made with [`super::FIELDS`].
    pub fn new(plan: &'p Plan, wanted: &'p BTreeSet<String>) -> Collect<'p> {
        let values = Values::new(Derived::ALL.len());
        Collect {
            deriver: plan.deriver(),
            caller: Caller::find(plan.layout()),
            shared: plan.layout().id(SHARED),
            wanted,
            values,
            seen: Deeds::default(),
        }
    }
}

impl Onlooker for Collect<'_> {
    type Seen = Deeds;

    fn see(&mut self, record: &Record<'_>, _: Location) {
        self.values.clear();
        let Collect { deriver, caller, shared, values, .. } = self;
        let Some((by, _)) = caller.credential(deriver, record, values) else { return };
        if !self.wanted.contains(&by) {
            return;
        }
        let action =
            derived(deriver, record, values, Derived::Action).unwrap_or_else(|| "unknown".to_owned());
        let deed = self.seen.0.entry(by).or_default().entry(action).or_default();
        let shared = shared.and_then(|field| record.text(field)).filter(|shared| !shared.is_empty());
        // Both sides of a call across accounts record it, each as an event of its own: it is one call.
        let id = match shared {
            Some(shared) => EventId::of_parts(&["shared", &shared]),
            None => EventId::of(record),
        };
        match deriver.outcome(record) {
            Outcome::Success => deed.succeeded.see(id),
            Outcome::Denied => deed.denied.see(id),
            Outcome::Failed => deed.failed.see(id),
        }
        if let Some(time) = time_of(record) {
            deed.seen.see(time);
        }
    }

    fn seen(self) -> Deeds {
        self.seen
    }
}

impl Join for Deeds {
    fn join(&mut self, other: Deeds) {
        for (credential, theirs) in other.0 {
            let mine = self.0.entry(credential).or_default();
            for (action, deed) in theirs {
                mine.entry(action).or_default().merge(deed);
            }
        }
    }
}

impl Deeds {
    /// What one credential did, the most frequent first.
    pub(super) fn of(&self, credential: &str) -> Vec<Action> {
        self.0.get(credential).map(sorted).unwrap_or_default()
    }

    /// What several did together.
    pub(super) fn together<'c>(&self, credentials: impl Iterator<Item = &'c str>) -> Vec<Action> {
        let mut all: BTreeMap<String, Deed> = BTreeMap::new();
        for (action, deed) in credentials.filter_map(|credential| self.0.get(credential)).flatten() {
            all.entry(action.clone()).or_default().merge(deed.clone());
        }
        sorted(&all)
    }
}

fn sorted(deeds: &BTreeMap<String, Deed>) -> Vec<Action> {
    let mut actions: Vec<Action> = deeds.iter().map(|(action, deed)| deed.told(action)).collect();
    actions.sort_by(|a, b| total(b).cmp(&total(a)).then_with(|| a.action.cmp(&b.action)));
    actions
}
