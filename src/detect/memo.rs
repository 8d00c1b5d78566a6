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
//! Nothing is guessed: a field whose values hardly repeat (see `VOLATILE` in [`super::parts`]) makes its detection be
//! judged each time, and where too few behaviours come back, remembering stops. Values that are only counted, the names
//! of secrets say, are part of a behaviour as long as they come back; where too many are new, they are counted each
//! time instead. Behaviours are told apart by 128 bits of a hash that starts from a secret (see [`super::candidates`]).
//! There are at most [`MOST`] of them in each worker. Where the shape of the record is known, the fields are taken in
//! as the few stretches of text that hold them (see [`Spelled`]), and a behaviour that records of two shapes spell in
//! two ways is two: states do not mind.

use std::rc::Rc;

use hashbrown::{HashMap, HashTable};
use smallvec::SmallVec;

use super::candidates::{Known, Open, low};
use super::deeds::{Deeds, Wait};
use super::dependence::{Bundle, Spelled};
use super::field::Event;
use super::judgements::Judgements;
use super::plan::Plan;
use super::shard::Shard;

/// More behaviours than this are not remembered: start over.
const MOST: usize = 1 << 16;

/// After so many look-ups of one combination it is asked whether they were of use.
const TRIAL: u32 = 2_000;

/// After so many it is asked whether values that are only counted should tell behaviours apart: not where more than one
/// of so many was new.
const COUNT: u32 = 512;
const NEW: u32 = 8;

/// All that one worker remembers.
#[derive(Default)]
pub(crate) struct Memo<'p> {
    /// By number of the combination of [`super::candidates`].
    bundles: Vec<Option<Rc<Bundle<'p>>>>,
    judgements: Judgements<'p>,
    trials: Vec<Trial>,
    /// By number of the shape, how its records spell what the bundle depends on.
    spelled: Vec<Option<Spelled>>,
    /// The number of each way to spell it.
    ways: HashMap<Vec<u8>, u64, foldhash::fast::FixedState>,
    /// The number of each behaviour's deeds.
    table: HashTable<(u128, u32)>,
    deeds: Vec<Deeds>,
}

/// How useful it is to remember what is found of one combination.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trial {
    asked: u32,
    /// How often the answer was known.
    pub(crate) known: u32,
}

impl Trial {
    /// Whether to ask once more: after so many times, only where every other answer was known.
    pub(crate) fn ask(&mut self, after: u32) -> bool {
        if self.asked >= after && self.known < self.asked / 2 {
            return false;
        }
        self.asked = self.asked.saturating_add(1);
        true
    }
}

/// What is known of the event at hand.
pub(crate) enum Recall {
    /// Its behaviour is known by this number.
    Known(usize),
    /// It is not, and may be noted under this hash.
    New(u128),
    /// It is of no use to remember it.
    Never,
}

impl<'p> Memo<'p> {
    /// What of the open detections can be remembered, and by which fields.
    pub(crate) fn bundle(
        &mut self,
        plan: &'p Plan,
        Open { number, detections, .. }: &Open,
        event: &mut Event<'_, '_>,
    ) -> Rc<Bundle<'p>> {
        let number = *number;
        if self.bundles.len() <= number {
            self.bundles.resize(number + 1, None);
            self.trials.resize(number + 1, Trial::default());
        }
        let trial = &self.trials[number];
        let shall_count = trial.asked == COUNT && trial.known < COUNT - COUNT / NEW;
        match &mut self.bundles[number] {
            Some(bundle) if !(shall_count && bundle.may_count) => bundle.clone(),
            other => {
                let counts = other.is_some();
                if counts {
                    self.spelled.clear();
                }
                other.insert(Rc::new(Bundle::of(plan, detections, counts, event))).clone()
            }
        }
    }

    /// Whether the behaviour of the event is known. `state` tells what bears on feeding besides the fields.
    pub(crate) fn recall(
        &mut self,
        Known { open, shape, .. }: Known<'_>,
        bundle: &Bundle<'_>,
        state: u8,
        event: &mut Event<'_, '_>,
    ) -> Recall {
        if bundle.steady.is_empty() || !self.trials[open.number].ask(TRIAL) {
            return Recall::Never;
        }
        // Behaviours that are told apart by more or by less never meet.
        let mix = open.mix.byte(state | u8::from(bundle.counts) << 2);
        let hash = match shape {
            Some(shape) => self.spelled(shape, bundle, event).mix(mix, event),
            None => bundle.parts.iter().fold(mix, |mix, part| part.mix(event, mix)),
        };
        let hash = hash.value();
        match self.table.find(low(hash), |(key, _)| *key == hash) {
            Some((_, at)) => {
                self.trials[open.number].known += 1;
                Recall::Known(*at as usize)
            }
            None => Recall::New(hash),
        }
    }

    /// Which detections of the bundle whose outcome can be remembered the event matches.
    pub(crate) fn matched(
        &mut self,
        plan: &'p Plan,
        Open { number, mix, .. }: &Open,
        bundle: &Bundle<'p>,
        event: &mut Event<'_, '_>,
    ) -> Rc<[u16]> {
        self.judgements.of(plan, (*number, *mix), (&bundle.steady, &bundle.asks), event)
    }

    /// How records of the event's shape spell what the bundle depends on.
    #[inline]
    fn spelled(&mut self, shape: usize, bundle: &Bundle<'_>, event: &Event<'_, '_>) -> &Spelled {
        if self.spelled.len() <= shape {
            self.spelled.resize_with(shape + 1, || None);
        }
        let Memo { spelled, ways, .. } = self;
        spelled[shape].get_or_insert_with(|| {
            let mut spelled = Spelled::of(bundle, event);
            let next = ways.len() as u64;
            spelled.way = *ways.entry(std::mem::take(&mut spelled.description)).or_insert(next);
            spelled
        })
    }

    /// What was found of a behaviour.
    pub(crate) fn deeds(&mut self, at: usize) -> &mut Deeds {
        &mut self.deeds[at]
    }

    /// Remembers what was found of the event that was last asked about. Gives its number.
    pub(crate) fn note(&mut self, hash: u128, deeds: Deeds, shard: &mut Shard) -> usize {
        if self.deeds.len() >= MOST {
            self.settle(shard);
        }
        let at = self.deeds.len();
        self.deeds.push(deeds);
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        self.table.insert_unique(low(hash), (hash, number), |(key, _)| low(*key));
        at
    }

    /// Takes what was held back to the states, and forgets everything.
    pub(crate) fn settle(&mut self, shard: &mut Shard) {
        self.table.clear();
        // What is known of own accounts bears on them.
        self.judgements.clear();
        for mut deeds in self.deeds.drain(..) {
            deeds.settle(shard);
        }
    }

    /// As [`Memo::settle`]; the numbers of combinations begin anew.
    pub(crate) fn restart(&mut self, shard: &mut Shard) {
        self.settle(shard);
        self.judgements.restart();
        self.bundles.clear();
        self.trials.clear();
        self.spelled.clear();
        self.ways.clear();
    }
}

/// The sightings that are held back for one width.
pub(crate) type Waits = SmallVec<[Wait; 2]>;
