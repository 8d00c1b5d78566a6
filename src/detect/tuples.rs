//! The values of several fields of one event as terms.

use smallvec::SmallVec;

use super::field::{Event, FieldRef};
use super::intern::{Interner, KeyId};
use super::key::KeyBuilder;
use super::plan::Tuple;

/// More combinations than this of one event's values are not looked at: a record that carries hundreds of values in
/// each of several fields would otherwise multiply.
const MOST_TUPLES: usize = 100;

/// The terms of the event at hand, each list of them put together once: many rules take the same values.
#[derive(Debug)]
pub(crate) struct Terms {
    /// By number of the tuple: for which event it was asked last, and its terms.
    known: Vec<(u32, SmallVec<[KeyId; 1]>)>,
    event: u32,
    builder: KeyBuilder,
}

impl Terms {
    /// For so many tuples.
    pub(crate) fn new(tuples: usize) -> Terms {
        Terms { known: vec![(0, SmallVec::new()); tuples], event: 1, builder: KeyBuilder::default() }
    }

    /// Another event is at hand.
    pub(crate) fn forget(&mut self) {
        self.event = self.event.checked_add(1).unwrap_or_else(|| {
            self.known.iter_mut().for_each(|(event, _)| *event = 0);
            1
        });
    }

    /// The terms that the event has for a tuple.
    pub(crate) fn of(
        &mut self,
        tuple: &Tuple,
        event: &mut Event<'_, '_>,
        interner: &mut Interner,
    ) -> &[KeyId] {
        let (asked, terms) = &mut self.known[tuple.number];
        if *asked != self.event {
            *asked = self.event;
            terms.clear();
            tuples(&tuple.fields, event, &mut self.builder, &mut |term| terms.push(interner.intern(term)));
        }
        terms
    }
}

/// Calls `f` with every combination of the fields' values; with none when some field has no value.
pub(crate) fn tuples(
    fields: &[FieldRef],
    event: &mut Event<'_, '_>,
    builder: &mut KeyBuilder,
    f: &mut dyn FnMut(&[u8]),
) {
    // Nearly always each field has one value.
    builder.start();
    let mut most = 0;
    for field in fields {
        let mut count = 0;
        let there = match field {
            FieldRef::Name => builder.value(|out| event.key_value(FieldRef::Name, out)),
            _ => builder.value(|out| {
                event.any_text(*field, |text| {
                    if count == 0 {
                        out.extend_from_slice(text.as_bytes());
                    }
                    count += 1;
                    count > 1
                });
                count > 0
            }),
        };
        if !there {
            return;
        }
        most = most.max(count);
    }
    if most <= 1 {
        return f(builder.bytes());
    }
    combinations(fields, event, builder, f);
}

/// [`tuples`] of fields of which one has several values.
fn combinations(
    fields: &[FieldRef],
    event: &mut Event<'_, '_>,
    builder: &mut KeyBuilder,
    f: &mut dyn FnMut(&[u8]),
) {
    let mut lists: Vec<Vec<String>> = Vec::new();
    for field in fields {
        let mut list = Vec::new();
        match field {
            FieldRef::Name => {
                let mut bytes = Vec::new();
                if event.key_value(FieldRef::Name, &mut bytes) {
                    list.push(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            _ => {
                event.any_text(*field, |text| {
                    list.push(text.to_owned());
                    list.len() >= MOST_TUPLES
                });
            }
        }
        lists.push(list);
    }
    let total: usize = lists.iter().map(Vec::len).product();
    for number in 0..total.min(MOST_TUPLES) {
        builder.start();
        let mut rest = number;
        for list in &lists {
            builder.text(Some(&list[rest % list.len()]));
            rest /= list.len();
        }
        f(builder.bytes());
    }
}
