//! Which rules can match an event at all, by the few fields that tell most events apart.

use std::hash::BuildHasher;
use std::rc::Rc;

use hashbrown::HashTable;

use super::field::{Event, FieldRef};
use super::issuing;
use super::plan::Plan;
use super::predicate::Truth;
use crate::event::{FieldId, Raw, field};

/// The fields whose values decide: few distinct combinations of them occur in any log.
const KEY: [FieldId; 4] = [field::EVENT_SOURCE, field::EVENT_NAME, field::IDENTITY_TYPE, field::ERROR_CODE];

/// More combinations than this are an attack on memory: start over.
const MOST: usize = 50_000;

/// What is decided for a combination.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    /// The detections, by number, whose condition is not already false.
    pub(crate) detections: Rc<[u16]>,
    /// Which call that issues credentials this is.
    pub(crate) issues: Option<u8>,
}

/// A combination, and what is decided for it.
type Decided = (Box<[u8]>, Open);

/// A memory of what was decided for each combination.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    key: Vec<u8>,
    table: HashTable<Decided>,
    hasher: foldhash::fast::FixedState,
}

impl Candidates {
    /// What the key's fields say.
    pub(crate) fn of(&mut self, plan: &Plan, event: &mut Event<'_, '_>) -> Open {
        self.key.clear();
        for id in KEY {
            let (kind, text) = match event.record.first(id) {
                None => (0, ""),
                Some(Raw::Null) => (1, ""),
                Some(Raw::Text(text)) => (2, text),
                Some(Raw::Escaped(text)) => (3, text),
                Some(Raw::Bool(true)) => (4, ""),
                Some(Raw::Bool(false)) => (5, ""),
                Some(Raw::Number(text)) => (6, text),
                Some(Raw::Array(text) | Raw::Object(text)) => (7, text),
            };
            self.key.push(kind);
            self.key.extend_from_slice(text.as_bytes());
            self.key.push(0);
        }
        let hash = self.hasher.hash_one(&self.key);
        if let Some((_, found)) = self.table.find(hash, |(key, _)| **key == *self.key) {
            return found.clone();
        }
        let known = |field: FieldRef| match field {
            FieldRef::Raw(id) => KEY.contains(&id),
            FieldRef::Name => true,
            FieldRef::Derived(_) => false,
        };
        let open = plan.detections.iter().enumerate().filter(|(_, detection)| {
            detection.node.judge_by(event, &known) != Truth::False && !detection.feeds.is_empty()
        });
        let detections: Rc<[u16]> = open.filter_map(|(number, _)| u16::try_from(number).ok()).collect();
        let name = event.record.text(field::EVENT_NAME).unwrap_or_default();
        let source = event.record.text(field::EVENT_SOURCE).unwrap_or_default();
        let issuer = matches!(&*source, "sts.amazonaws.com" | "iam.amazonaws.com");
        let issues = issuing::call_of(&name).filter(|_| issuer);
        let decided = Open { detections, issues };
        if self.table.len() >= MOST {
            self.table.clear();
        }
        let hasher = &self.hasher;
        self.table
            .insert_unique(hash, (self.key.clone().into(), decided.clone()), |(key, _)| hasher.hash_one(key));
        decided
    }
}
