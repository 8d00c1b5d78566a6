//! Which rules can match an event at all, by the few fields that tell most events apart.

use std::rc::Rc;

use hashbrown::HashTable;

use super::field::{Event, FieldRef};
use super::issuing;
use super::plan::Plan;
use super::predicate::Truth;
use crate::derive::Derived;
use crate::event::{FieldId, Layout, Mix, field};

/// The fields whose values decide: few distinct combinations of them occur in any log. Of those that not every
/// layout has, these.
const KEY: [FieldId; 4] = [field::EVENT_SOURCE, field::EVENT_NAME, field::IDENTITY_TYPE, field::ERROR_CODE];
const FURTHER: [&str; 9] = [
    "readOnly",
    "eventType",
    "userIdentity.invokedBy",
    "sessionCredentialFromConsole",
    "responseElements.ConsoleLogin",
    "responseElements.SwitchRole",
    "responseElements.CheckMfa",
    "responseElements.ExternalIdPDirectoryLogin",
    "serviceEventDetails.CredentialVerification",
];

/// The fields of the key in a layout, and which derived fields depend on them alone.
#[derive(Debug)]
pub(crate) struct KeyFields {
    pub(crate) raw: Vec<FieldId>,
    derived: Vec<bool>,
}

impl KeyFields {
    pub(crate) fn of(layout: &Layout) -> KeyFields {
        let further = FURTHER.iter().filter_map(|path| layout.id(path));
        let mut raw: Vec<FieldId> = KEY.into_iter().chain(further).collect();
        raw.sort_unstable();
        raw.dedup();
        let known = |path: &&str| layout.id(path).is_none_or(|id| raw.contains(&id));
        let derived =
            Derived::ALL.iter().map(|field| !field.needs_facts() && field.inputs().iter().all(&known));
        let derived = derived.collect();
        KeyFields { raw, derived }
    }

    /// Whether the key tells a field's values.
    pub(crate) fn tell(&self, field: FieldRef) -> bool {
        match field {
            FieldRef::Raw(id) => self.raw.contains(&id),
            FieldRef::Name => true,
            FieldRef::Derived(derived) => self.derived[derived as usize],
        }
    }
}

/// More combinations than this are an attack on memory: start over.
const MOST: usize = 50_000;

/// What is decided for a combination.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    /// The combination's number; combinations are numbered anew in every generation.
    pub(crate) number: usize,
    /// The detections, by number, whose condition is not already false.
    pub(crate) detections: Rc<[u16]>,
    /// Which call that issues credentials this is.
    pub(crate) issues: Option<u8>,
}

/// A memory of what was decided for each combination. Combinations are told apart by 128 bits of a hash that starts
/// from a secret: nobody can write logs in which two of them meet.
#[derive(Debug)]
pub(crate) struct Candidates {
    secret: Mix,
    table: HashTable<(u128, Open)>,
    /// How often the numbers of combinations began anew.
    pub(crate) generation: u32,
}

impl Default for Candidates {
    fn default() -> Self {
        Candidates { secret: Mix::secret(), table: HashTable::new(), generation: 0 }
    }
}

/// Of a hash, the bits a table goes by.
pub(crate) fn low(hash: u128) -> u64 {
    hash as u64
}

impl Candidates {
    /// What the key's fields say, and what they leave behind in a hash.
    pub(crate) fn of(&mut self, plan: &Plan, event: &mut Event<'_, '_>) -> (Open, Mix) {
        let mix = plan.key.raw.iter().fold(self.secret, |mix, id| event.record.mix(*id, mix));
        let hash = mix.value();
        if let Some((_, found)) = self.table.find(low(hash), |(key, _)| *key == hash) {
            return (found.clone(), mix);
        }
        let known = |field: FieldRef| plan.key.tell(field);
        let open = plan.detections.iter().enumerate().filter(|(_, detection)| {
            detection.node.judge_by(event, &known) != Truth::False && !detection.feeds.is_empty()
        });
        let detections: Rc<[u16]> = open.filter_map(|(number, _)| u16::try_from(number).ok()).collect();
        let name = event.record.text(field::EVENT_NAME).unwrap_or_default();
        let source = event.record.text(field::EVENT_SOURCE).unwrap_or_default();
        let issuer = matches!(&*source, "sts.amazonaws.com" | "iam.amazonaws.com");
        let issues = issuing::call_of(&name).filter(|_| issuer);
        if self.table.len() >= MOST {
            self.table.clear();
            self.generation += 1;
        }
        let decided = Open { number: self.table.len(), detections, issues };
        self.table.insert_unique(low(hash), (hash, decided.clone()), |(key, _)| low(*key));
        (decided, mix)
    }
}
