//! Classes of values: those of a field that pass the same tests, of all that rules make of it.
//!
//! A scanner's user agent is a value of its own, but few tests tell it from another one's: what is judged by classes
//! is judged once for all the agents, addresses and names that come and go.

use std::collections::HashMap;

use hashbrown::HashTable;

use super::candidates::low;
use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use super::parts::Part;
use super::plan::Plan;
use crate::event::Mix;

/// More values than this are not remembered: start over.
const MOST: usize = 1 << 16;

/// What one worker remembers of them.
#[derive(Debug)]
pub(crate) struct Classes<'p> {
    secret: Mix,
    /// The tests of each field that are of it alone.
    tests: HashMap<FieldRef, Vec<&'p Matcher>>,
    /// The class of each value, both as hashes.
    table: HashTable<(u128, u128)>,
}

impl Default for Classes<'_> {
    fn default() -> Self {
        Classes { secret: Mix::secret(), tests: HashMap::new(), table: HashTable::new() }
    }
}

impl<'p> Classes<'p> {
    /// The class of the value that a field has in an event.
    pub(crate) fn of(&mut self, plan: &'p Plan, field: FieldRef, event: &mut Event<'_, '_>) -> u128 {
        let start = match field {
            FieldRef::Derived(derived) => self.secret.pair(derived as u64, 1),
            FieldRef::Raw(_) | FieldRef::Name => self.secret,
        };
        let value = Part::of(field).map_or(start, |part| part.mix(event, start)).value();
        if let Some((_, class)) = self.table.find(low(value), |(other, _)| *other == value) {
            return *class;
        }
        if self.tests.is_empty() {
            for detection in &plan.detections {
                detection.node.fields(&mut |field, test| self.tests.entry(field).or_default().extend(test));
            }
        }
        let tests = self.tests.get(&field).into_iter().flatten();
        let class = tests.fold(self.secret, |mix, test| mix.byte(u8::from(test.holds(event, field)))).value();
        if self.table.len() >= MOST {
            self.table.clear();
        }
        self.table.insert_unique(low(value), (value, class), |(value, _)| low(*value));
        class
    }
}
