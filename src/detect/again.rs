//! Feeding what a behaviour that is known feeds each time, without finding out again what stays the same.

use super::deeds::{Fed, Group, Piece};
use super::dependence::{Each, Steady};
use super::feeder::Feeder;
use super::field::{Event, FieldRef};
use super::intern::KeyId;
use super::key::Value;
use super::plan::{Detection, Feed, Tuple, What};

impl Feeder<'_, '_, '_> {
    /// What will be the same whenever the behaviour at hand is seen again.
    pub(super) fn foretold(
        &mut self,
        detection: &Detection,
        feed: &Feed,
        each: &Each,
        event: &mut Event<'_, '_>,
    ) -> Fed {
        let group = match &each.group {
            Steady::All => Group::Known(self.group(detection, feed, event)),
            Steady::Fields(steady) => {
                let piece = |(field, steady): (&FieldRef, &bool)| match steady {
                    true => Piece::Known(Value::new(|out| event.key_value(*field, out))),
                    false => Piece::Field(*field),
                };
                Group::Parts(self.plan.keys[feed.group].iter().zip(steady).map(piece).collect())
            }
            Steady::Nothing => Group::Unknown,
        };
        let values = match &feed.what {
            What::Count { values, .. } if each.values => Some(self.counted(values, event)),
            _ => None,
        };
        Fed { which: each.which, group, values }
    }

    fn counted(&mut self, values: &[Tuple], event: &mut Event<'_, '_>) -> Box<[(u16, KeyId)]> {
        let mut counted = Vec::new();
        let interner = &mut self.shard.interner;
        for (limit, tuple) in (0u16..).zip(values) {
            counted.extend(self.terms.of(tuple, event, interner).iter().map(|value| (limit, *value)));
        }
        counted.into()
    }

    /// As [`Feeder::fed`], of a behaviour that is known.
    pub(super) fn again(&mut self, fed: &Fed, event: &mut Event<'_, '_>) {
        let detection = &self.plan.detections[usize::from(fed.which.0)];
        let feed = &detection.feeds[usize::from(fed.which.1)];
        self.fed(detection, feed, (&fed.group, fed.values.as_deref()), event);
    }

    /// The key of a group, put together.
    pub(super) fn assembled(
        &mut self,
        feed: &Feed,
        pieces: &[Piece],
        event: &mut Event<'_, '_>,
    ) -> Option<KeyId> {
        self.builder.start();
        let mut whole = true;
        for piece in pieces {
            whole &= match piece {
                Piece::Known(value) => self.builder.again(value),
                Piece::Field(field) => self.builder.value(|out| event.key_value(*field, out)),
            };
        }
        (whole || !feed.whole_group).then(|| self.shard.interner.intern(self.builder.bytes()))
    }
}
