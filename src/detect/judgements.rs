//! Which conditions a new behaviour fulfils, judged once for all that answer alike what the conditions ask.
//!
//! Behaviours are told apart by all that they feed (see [`super::memo`]), such as the name of a secret, and many are met
//! once only. Conditions ask less: of what kind the caller is, whether an address is the cloud's own, whether a user
//! agent names a certain tool. Few combinations of answers occur, and each is judged once.

use std::collections::BTreeMap;
use std::rc::Rc;

use hashbrown::HashTable;

use super::candidates::low;
use super::classes::Classes;
use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use super::memo::Trial;
use super::parts::Part;
use super::plan::{Detection, Plan};
use super::predicate::Truth;
use crate::event::Mix;

/// More judgements than this are not remembered: start over.
const MOST: usize = 1 << 14;

/// After so many questions about one combination it is asked whether the answers were of use.
const TRIAL: u32 = 64;

/// A field of which so many tests are made, or fewer, is known by their outcomes; else by the class of its value.
const FEW: usize = 2;

/// A question that conditions ask of an event.
#[derive(Debug)]
pub(crate) enum Ask<'p> {
    /// What it says of this.
    Part(Part),
    /// Whether a field passes a test.
    Test(FieldRef, &'p Matcher),
    /// The class of a field's value, see [`Classes`].
    Class(FieldRef),
}

impl<'p> Ask<'p> {
    /// All that the conditions of some detections ask of an event whose key fields are as those of this one.
    pub(crate) fn all(
        plan: &'p Plan,
        detections: impl Iterator<Item = &'p Detection>,
        event: &mut Event<'_, '_>,
    ) -> Vec<Ask<'p>> {
        let known = |field| plan.key.tell(field);
        let mut parts = Vec::new();
        let mut tests: BTreeMap<FieldRef, Vec<Option<&'p Matcher>>> = BTreeMap::new();
        for detection in detections {
            let asks = &mut |field, matcher: Option<&'p Matcher>| match (field, matcher) {
                (FieldRef::Raw(id), Some(Matcher::Exists(_))) => parts.push(Part::There(id)),
                (FieldRef::Derived(derived), _) if derived.needs_facts() => {
                    parts.push(Part::Derived(derived))
                }
                (FieldRef::Name, _) => {}
                (field, matcher) => tests.entry(field).or_default().push(matcher),
            };
            detection.node.open_fields(event, &known, asks);
        }
        let mut asks = Vec::new();
        for (field, tests) in tests {
            match tests.iter().copied().collect::<Option<Vec<&Matcher>>>() {
                Some(tests) if tests.len() <= FEW => {
                    asks.extend(tests.into_iter().map(|test| Ask::Test(field, test)));
                }
                Some(_) => asks.push(Ask::Class(field)),
                // It is held against another field.
                None => parts.extend(Part::of(field)),
            }
        }
        parts.sort_unstable();
        parts.dedup();
        asks.extend(parts.into_iter().map(Ask::Part));
        asks
    }

    /// Takes in what the event answers.
    fn mix(&self, classes: &mut Classes<'p>, plan: &'p Plan, event: &mut Event<'_, '_>, mix: Mix) -> Mix {
        match self {
            Ask::Part(part) => part.mix(event, mix),
            Ask::Test(field, test) => mix.byte(u8::from(test.holds(event, *field))),
            Ask::Class(field) => {
                let class = classes.of(plan, *field, event);
                mix.pair(class as u64, (class >> 64) as u64)
            }
        }
    }
}

/// Whether an event matches a detection, as far as can be told.
pub(crate) fn matches(detection: &Detection, event: &mut Event<'_, '_>) -> bool {
    event.early = detection.forgets;
    detection.node.judge(event) != Truth::False
}

fn judge(plan: &Plan, detections: &[u16], event: &mut Event<'_, '_>) -> Rc<[u16]> {
    let matches = |number: &u16| matches(&plan.detections[usize::from(*number)], event);
    detections.iter().copied().filter(matches).collect()
}

/// All that one worker remembers of them.
#[derive(Debug, Default)]
pub(crate) struct Judgements<'p> {
    classes: Classes<'p>,
    /// The number of each combination of answers.
    table: HashTable<(u128, u32)>,
    /// The detections that match it.
    matched: Vec<Rc<[u16]>>,
    /// By number of the combination of key fields.
    trials: Vec<Trial>,
}

impl<'p> Judgements<'p> {
    /// Which of the `steady` detections of the combination with this number the event matches. `mix` is what its key
    /// fields leave behind.
    pub(crate) fn of(
        &mut self,
        plan: &'p Plan,
        (number, mix): (usize, Mix),
        (steady, asks): (&[u16], &[Ask<'p>]),
        event: &mut Event<'_, '_>,
    ) -> Rc<[u16]> {
        if self.trials.len() <= number {
            self.trials.resize(number + 1, Trial::default());
        }
        let trial = &mut self.trials[number];
        if !trial.ask(TRIAL) {
            return judge(plan, steady, event);
        }
        let classes = &mut self.classes;
        let hash = asks.iter().fold(mix, |mix, ask| ask.mix(classes, plan, event, mix)).value();
        if let Some((_, at)) = self.table.find(low(hash), |(key, _)| *key == hash) {
            trial.known += 1;
            return self.matched[*at as usize].clone();
        }
        let matched = judge(plan, steady, event);
        if self.matched.len() >= MOST {
            self.clear();
        }
        // No more than `MOST`.
        let at = self.matched.len() as u32;
        self.matched.push(matched.clone());
        self.table.insert_unique(low(hash), (hash, at), |(key, _)| low(*key));
        matched
    }

    /// Forgets all judgements.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.matched.clear();
    }

    /// As [`Judgements::clear`]; the numbers of combinations begin anew.
    pub(crate) fn restart(&mut self) {
        self.clear();
        self.trials.clear();
    }
}
