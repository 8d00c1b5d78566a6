//! Which rules can match an event at all, by the few fields that tell most events apart.

use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashTable;

use super::field::{Event, FieldRef};
use super::issuing;
use super::plan::Plan;
use super::predicate::Truth;
use crate::derive::Derived;
use crate::event::{FieldId, Layout, Mix, field};

/// The fields of the key in a layout, and which derived fields depend on them alone.
#[derive(Debug)]
pub(crate) struct KeyFields {
    pub(crate) raw: Vec<FieldId>,
    /// By number of the field, whether it is one of them.
    told: Vec<bool>,
    derived: Vec<bool>,
}

impl KeyFields {
    pub(crate) fn of(layout: &Layout) -> KeyFields {
        let raw = layout.telling().to_vec();
        let known = |path: &&str| layout.id(path).is_none_or(|id| raw.contains(&id));
        let derived =
            Derived::ALL.iter().map(|field| !field.needs_facts() && field.inputs().iter().all(&known));
        let derived = derived.collect();
        let told = layout.names().map(|(field, _)| raw.contains(&field)).collect();
        KeyFields { raw, told, derived }
    }

    /// Whether the key tells a field's values.
    pub(crate) fn tell(&self, field: FieldRef) -> bool {
        match field {
            FieldRef::Raw(id) => self.told[id.index()],
            FieldRef::Name => true,
            FieldRef::Derived(derived) => self.derived[derived as usize],
        }
    }
}

/// More combinations than this are an attack on memory: start over.
const MOST: usize = 50_000;

/// What is decided for a combination.
#[derive(Debug)]
pub(crate) struct Open {
    /// The combination's number; combinations are numbered anew in every generation.
    pub(crate) number: usize,
    /// What the key's fields leave behind in a hash.
    pub(crate) mix: Mix,
    /// The detections, by number, whose condition is not already false.
    pub(crate) detections: Box<[u16]>,
    /// Which call that issues credentials this is.
    pub(crate) issues: Option<u8>,
    /// Whether it may show the bucket of a trail.
    pub(crate) shows_buckets: bool,
}

/// What is known of the event at hand.
#[derive(Clone, Copy)]
pub(crate) struct Known<'c> {
    pub(crate) open: &'c Open,
    /// The number of its shape, if it has one: as combinations', it is of one generation.
    pub(crate) shape: Option<usize>,
    /// How often the numbers began anew.
    pub(crate) generation: u32,
}

/// A memory of what was decided for each combination. Combinations are told apart by 128 bits of a hash that starts
/// from a secret: nobody can write logs in which two of them meet. A shape of records has one combination, and is
/// asked for it.
#[derive(Debug)]
pub(crate) struct Candidates {
    secret: Mix,
    table: HashTable<(u128, u32)>,
    open: Vec<Open>,
    /// By what is noted about shapes: the combination of each.
    shapes: Vec<u32>,
    /// How often the numbers of combinations began anew.
    generation: u32,
    /// What this memory signs its notes about shapes with, in this generation.
    signature: u32,
}

/// The next signature. No two memories sign alike before there were four billion of them.
static SIGNATURE: AtomicU32 = AtomicU32::new(1);

fn signature() -> u32 {
    SIGNATURE.fetch_add(1, Ordering::Relaxed).max(1)
}

impl Default for Candidates {
    fn default() -> Self {
        Candidates {
            secret: Mix::secret(),
            table: HashTable::new(),
            open: Vec::new(),
            shapes: Vec::new(),
            generation: 0,
            signature: signature(),
        }
    }
}

/// Of a hash, the bits a table goes by.
pub(crate) fn low(hash: u128) -> u64 {
    hash as u64
}

impl Candidates {
    /// What the key's fields say.
    pub(crate) fn of(&mut self, plan: &Plan, event: &mut Event<'_, '_>) -> Known<'_> {
        let notes = event.record.notes();
        if let Some((signature, shape)) = notes.map(|notes| notes.judge.get())
            && signature == self.signature
        {
            return self.known(self.shapes[shape as usize], Some(shape));
        }
        let mix = plan.key.raw.iter().fold(self.secret, |mix, id| event.record.mix(*id, mix));
        let hash = mix.value();
        let found = self.table.find(low(hash), |(key, _)| *key == hash).map(|(_, number)| *number);
        let number = found.unwrap_or_else(|| self.decide(plan, event, mix));
        let Some(notes) = notes else { return self.known(number, None) };
        if self.shapes.len() >= 4 * MOST {
            return self.known(number, None);
        }
        let shape = self.shapes.len() as u32;
        self.shapes.push(number);
        notes.judge.set((self.signature, shape));
        self.known(number, Some(shape))
    }

    fn known(&self, number: u32, shape: Option<u32>) -> Known<'_> {
        let shape = shape.map(|shape| shape as usize);
        Known { open: &self.open[number as usize], shape, generation: self.generation }
    }

    /// Decides for a new combination. Gives its number.
    fn decide(&mut self, plan: &Plan, event: &mut Event<'_, '_>, mix: Mix) -> u32 {
        let known = |field: FieldRef| plan.key.tell(field);
        let open = plan.detections.iter().enumerate().filter(|(_, detection)| {
            detection.node.judge_by(event, &known) != Truth::False && !detection.feeds.is_empty()
        });
        let detections = open.filter_map(|(number, _)| u16::try_from(number).ok()).collect();
        let name = event.record.text(field::EVENT_NAME).unwrap_or_default();
        let source = event.record.text(field::EVENT_SOURCE).unwrap_or_default();
        let issuer = matches!(&*source, "sts.amazonaws.com" | "iam.amazonaws.com");
        let issues = issuing::call_of(&name).filter(|_| issuer);
        let shows_buckets = plan.deriver.may_show_trail_bucket(&event.record);
        if self.open.len() >= MOST {
            self.table.clear();
            self.open.clear();
            self.shapes.clear();
            self.generation += 1;
            self.signature = signature();
        }
        // No more than `MOST`.
        let number = self.open.len() as u32;
        self.open.push(Open { number: self.open.len(), mix, detections, issues, shows_buckets });
        let hash = mix.value();
        self.table.insert_unique(low(hash), (hash, number), |(key, _)| low(*key));
        number
    }
}
