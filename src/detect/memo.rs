//! What was found of one behaviour holds for the next event of it: judged once, then remembered.
//!
//! Most events repeat one another but for their ids and times: the same caller, tool and address make the same call
//! again. Two events that agree in all fields on which the open detections and their groups depend match the same
//! rules and feed the same groups and terms. So the matches of the first are kept as [`Deeds`], under the values of
//! those fields (the *behaviour*), and what follows costs one look-up, however many rules there are.
//!
//! Sightings are not even taken to the states one by one: as long as they lie no further apart than the width of a
//! state's spans, they are one span there, and [`Wait`] holds it back. Everything else is fed as if it had been
//! judged.
//!
//! Nothing is guessed: a field whose values hardly repeat (see `VOLATILE`) makes its detection be judged each time, and
//! where too few behaviours come back, remembering stops. A behaviour costs about 400 bytes; there are at most
//! [`MOST`] of them in each worker.

use std::hash::BuildHasher;
use std::rc::Rc;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::deeds::{Deeds, Wait};
use super::dependence::{Bundle, Part, append};
use super::field::Event;
use super::plan::Plan;
use super::shard::Shard;

/// More behaviours than this are not remembered: start over.
const MOST: usize = 1 << 16;

/// After so many look-ups of one combination it is asked whether they were of use.
const TRIAL: u32 = 2_000;

/// What is remembered of one behaviour.
struct Entry {
    key: Box<[u8]>,
    deeds: Deeds,
}

/// All that one worker remembers.
#[derive(Default)]
pub(crate) struct Memo {
    /// By number of the combination of [`super::candidates`].
    bundles: Vec<Option<Rc<Bundle>>>,
    trials: Vec<Trial>,
    table: HashTable<u32>,
    entries: Vec<Entry>,
    hasher: foldhash::fast::FixedState,
    key: Vec<u8>,
}

/// How useful it is to remember the behaviours of one combination.
#[derive(Clone, Copy, Debug, Default)]
struct Trial {
    asked: u32,
    known: u32,
}

/// What is known of the event at hand.
pub(crate) enum Recall {
    /// Its behaviour is known by this number.
    Known(usize),
    /// It is not, and may be noted under this hash.
    New(u64),
    /// It is of no use to remember it.
    Never,
}

impl Memo {
    /// What of the open detections can be remembered, and by which fields.
    pub(crate) fn bundle(
        &mut self,
        plan: &Plan,
        number: usize,
        open: &[u16],
        event: &mut Event<'_, '_>,
    ) -> Rc<Bundle> {
        if self.bundles.len() <= number {
            self.bundles.resize(number + 1, None);
            self.trials.resize(number + 1, Trial::default());
        }
        self.bundles[number].get_or_insert_with(|| Rc::new(Bundle::of(plan, open, event))).clone()
    }

    /// Whether the behaviour of the event is known. `state` tells apart what bears on feeding besides the fields.
    pub(crate) fn recall(
        &mut self,
        number: usize,
        bundle: &Bundle,
        state: u8,
        event: &mut Event<'_, '_>,
    ) -> Recall {
        let trial = &mut self.trials[number];
        if bundle.steady.is_empty() || (trial.asked >= TRIAL && trial.known < trial.asked / 2) {
            return Recall::Never;
        }
        trial.asked = trial.asked.saturating_add(1);
        self.key.clear();
        self.key.push(state);
        self.key.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        for part in &bundle.parts {
            match part {
                Part::Raw(field) => append(&event.record, *field, &mut self.key),
                Part::Derived(field) => {
                    event.deriver.compute(&event.record, *field, event.values);
                    self.key.push(u8::from(event.values.is_pending(*field as usize)));
                    let count = event.values.get(*field as usize).count();
                    self.key.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
                    for value in event.values.get(*field as usize) {
                        self.key
                            .extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
                        self.key.extend_from_slice(value.as_bytes());
                    }
                }
            }
        }
        let hash = self.hasher.hash_one(&self.key[..]);
        match self.table.find(hash, |at| *self.entries[*at as usize].key == *self.key) {
            Some(at) => {
                trial.known += 1;
                Recall::Known(*at as usize)
            }
            None => Recall::New(hash),
        }
    }

    /// What was found of a behaviour.
    pub(crate) fn deeds(&mut self, at: usize) -> &mut Deeds {
        &mut self.entries[at].deeds
    }

    /// Remembers what was found of the event that was last asked about. Gives its number.
    pub(crate) fn note(&mut self, hash: u64, deeds: Deeds, shard: &mut Shard) -> usize {
        if self.entries.len() >= MOST {
            self.settle(shard);
        }
        let at = self.entries.len();
        self.entries.push(Entry { key: self.key.as_slice().into(), deeds });
        let (entries, hasher) = (&self.entries, &self.hasher);
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        self.table.insert_unique(hash, number, |at| hasher.hash_one(&*entries[*at as usize].key));
        at
    }

    /// Takes what was held back to the states, and forgets everything.
    pub(crate) fn settle(&mut self, shard: &mut Shard) {
        self.table.clear();
        for mut entry in self.entries.drain(..) {
            entry.deeds.settle(shard);
        }
    }

    /// As [`Memo::settle`]; the numbers of combinations begin anew.
    pub(crate) fn restart(&mut self, shard: &mut Shard) {
        self.settle(shard);
        self.bundles.clear();
        self.trials.clear();
    }
}

/// The sightings that are held back for one width.
pub(crate) type Waits = SmallVec<[Wait; 2]>;
