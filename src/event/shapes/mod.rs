//! Shapes: what records have in common that differ in their values only, so that one which has been read tells where
//! the fields of the next one lie.
//!
//! CloudTrail writes the same call the same way each time: the same keys in the same order, with the same punctuation
//! between them. A record that was read is kept as *runs*, the bytes between its values, and *holes*, the values. Where
//! a further record has the same runs, and in the holes what may stand there, it is right because that one was, and
//! its fields lie in the same holes. All shapes are one tree: what records have in common from the start is compared
//! once, and no guess has to be made which shape comes next.
//!
//! The values of a few fields, those that tell most events apart ([`super::Layout::telling`]), belong to the shape:
//! they are the same in all its records. So do some strings of which there are few, as part of a run.

mod learn;
mod shape;
mod spelling;
mod sums;
#[cfg(test)]
mod tests;
mod walk;

use hashbrown::HashTable;

use super::slots::{Kind, Slot};
use shape::Shape;

pub(super) use learn::learn;
pub(crate) use shape::Notes;
pub(crate) use spelling::{Span, Spelling};

/// Records with more holes than this are read the usual way.
const MOST_RUNS: usize = 200;

/// More nodes than this are not kept, nor more bytes of runs: start over.
const MOST_NODES: usize = 1 << 16;
const MOST_BYTES: usize = 4 << 20;

/// Records whose text is longer than this make no shape.
const LONGEST: usize = 32 << 10;

/// So many records are asked about before it is judged whether that was of use; where it was not, so many are read
/// without asking.
const TRIAL: u32 = 4096;
const PAUSE: u32 = 8 * TRIAL;

/// No node.
const NONE: u32 = u32::MAX;

/// A bit for each run of a record.
type Bits = [u64; MOST_RUNS.div_ceil(64)];

/// What follows a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    /// A string without the quotes, which belong to the runs around it.
    Text,
    /// A string whose value belongs to the shape: each value is a node of its own.
    Telling,
    /// A number.
    Number,
    /// Nothing: the run's last byte is the record's.
    End,
}

/// A run, or a value that belongs to the shape, and what comes after it.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Where its bytes lie.
    start: u32,
    length: u32,
    /// Of the block of bytes there, those that are not its own.
    beyond: u64,
    follows: Follows,
    /// The first of the nodes that may come next, the one met last; at the end of a record, the number of the shape.
    child: u32,
    /// The next of the nodes that may stand here instead.
    sibling: u32,
}

/// As many as a byte can tell apart, so that no bound need be checked.
#[derive(Debug)]
struct Starts(Box<[u32; 256]>);

impl Default for Starts {
    fn default() -> Self {
        Starts(Box::new([0; 256]))
    }
}

impl std::ops::Index<u8> for Starts {
    type Output = u32;

    #[inline(always)]
    fn index(&self, run: u8) -> &u32 {
        &self.0[usize::from(run)]
    }
}

impl std::ops::IndexMut<u8> for Starts {
    #[inline(always)]
    fn index_mut(&mut self, run: u8) -> &mut u32 {
        &mut self.0[usize::from(run)]
    }
}

/// The shapes met so far, and where the runs of the record at hand lie.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// The first one has no bytes: the records' first runs are its children.
    nodes: Vec<Node>,
    /// The runs' bytes, and behind the last one room to look at a block from any.
    bytes: Vec<u8>,
    /// Where each distinct run lies in them, and how long it is.
    runs: HashTable<(u32, u32)>,
    /// The values that belong to shapes, by the run before them.
    values: HashTable<u32>,
    hasher: foldhash::fast::FixedState,
    shapes: Vec<Shape>,
    /// Where the runs of the record at hand start, and behind them its end.
    starts: Starts,
    /// Whether there is an escape in the hole behind each run.
    escaped: Bits,
    /// Whether there is any, so that half a surrogate pair may be among them.
    pub(super) suspicious: bool,
    asked: u32,
    known: u32,
    /// So many records are read without asking.
    pause: u32,
}

impl Shapes {
    /// Whether it is worth while to ask about the next record.
    #[inline]
    pub(super) fn wanted(&mut self) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        if self.asked >= TRIAL {
            if self.known < self.asked / 4 * 3 {
                self.pause = PAUSE;
            }
            (self.asked, self.known) = (0, 0);
        }
        self.asked += 1;
        true
    }

    /// The first value of a field in the record at hand, whose shape is `number`.
    #[inline]
    pub(super) fn first(&self, number: u32, field: super::FieldId) -> Slot {
        let shape = &self.shapes[number as usize];
        match shape.places.get(field.index()) {
            Some(place) if *place > 0 => self.slot(shape.slots[usize::from(*place) - 1]),
            _ => Slot::default(),
        }
    }

    /// The values of a field behind the first.
    pub(super) fn further(&self, number: u32, field: super::FieldId) -> impl Iterator<Item = Slot> + '_ {
        let more = &self.shapes[number as usize].more;
        more.iter().filter(move |(other, _)| *other == field).map(|(_, slot)| self.slot(*slot))
    }

    #[inline(always)]
    fn slot(&self, slot: shape::Slot) -> Slot {
        let start = self.starts[slot.from] + u32::from(slot.skip);
        let end = self.starts[slot.to] + u32::from(slot.keep);
        let kind = match slot.kind {
            Kind::Text if slot.hole && self.is_escaped(slot.from) => Kind::Escaped,
            kind => kind,
        };
        Slot { start, end, kind, more: slot.more, ..Slot::default() }
    }

    /// Whether there is an escape in the hole behind a run.
    #[inline(always)]
    fn is_escaped(&self, run: u8) -> bool {
        let run = usize::from(run);
        self.escaped[run / 64] >> (run % 64) & 1 != 0
    }

    /// What is noted about a shape.
    pub(super) fn notes(&self, number: u32) -> &Notes {
        &self.shapes[number as usize].notes
    }

    /// Forgets all shapes.
    fn restart(&mut self) {
        self.nodes.clear();
        self.bytes.clear();
        self.runs.clear();
        self.values.clear();
        self.shapes.clear();
    }
}

/// The bytes at a place, told by its start and length.
fn stretch(bytes: &[u8], (start, length): (u32, u32)) -> &[u8] {
    &bytes[start as usize..(start + length) as usize]
}
