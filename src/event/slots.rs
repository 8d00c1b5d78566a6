//! What was found of each field of one record: offsets into the text, not values.

use super::layout::FieldId;
use super::quotes::{Passed, Quotes};
use super::shapes::Shapes;
use super::trie::Leaf;

/// What stands at an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The key is not there.
    #[default]
    Absent,
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number, kept as its text.
    Number,
    /// A string without escapes; the offsets exclude the quotes.
    Text,
    /// A string with at least one escape; the offsets exclude the quotes.
    Escaped,
    /// An array; the offsets include the brackets.
    Array,
    /// An object; the offsets include the braces.
    Object,
}

/// Where one value of a field lies in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// First byte.
    pub start: u32,
    /// First byte behind the value.
    pub end: u32,
    /// What it is.
    pub kind: Kind,
    /// See `Leaf::rank` in the layout: of two spellings of one path, the more literal wins.
    pub(crate) rank: u8,
    /// Whether further values of this field wait in the overflow list.
    pub(crate) more: bool,
    /// The object it was found in, by the number [`Slots::enter`] gave; of a field's first value, the object that
    /// the last one was found in. A slot of an earlier record is absent.
    pub(crate) object: u32,
}

/// The slots of one record, by field number; reused from record to record.
#[derive(Debug, Default)]
pub struct Slots {
    first: Vec<Slot>,
    more: Vec<(FieldId, Slot)>,
    /// By number of the layout's keys, of those no path ends at: the object in which the key was met last.
    met: Vec<u32>,
    /// The number of the record's first object, and of the one entered last. They go on from record to record.
    record: u32,
    object: u32,
    /// The scanner's containers left open and its index of quotes, kept here for their memory.
    pub(crate) open: Vec<Open>,
    pub(super) quotes: Quotes,
    pub(super) passed: Passed,
    /// The shapes of records read before, and that of the record at hand if it has one of them: then they, and not the
    /// lists above, tell where its fields lie.
    pub(super) shapes: Shapes,
    pub(super) shape: Option<u32>,
}

/// A container the scanner has entered and must come back from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    /// Where it starts.
    pub(crate) start: u32,
    /// The field it is the value of.
    pub(crate) leaf: Option<Leaf>,
    /// The node, the number and the closing bracket of the container around it.
    pub(crate) node: u32,
    /// See above.
    pub(crate) object: u32,
    /// See above.
    pub(crate) close: u8,
}

impl Slots {
    /// Room for `fields` fields, all absent.
    pub fn new(fields: usize) -> Slots {
        Slots {
            first: vec![Slot::default(); fields],
            more: Vec::new(),
            met: Vec::new(),
            record: 1,
            object: 1,
            open: Vec::new(),
            quotes: Quotes::default(),
            passed: 0,
            shapes: Shapes::default(),
            shape: None,
        }
    }

    /// Makes every field absent again.
    pub fn clear(&mut self) {
        self.more.clear();
        self.shape = None;
        // A text has less than half as many objects as there are numbers.
        if self.object >= u32::MAX / 2 {
            self.first.fill(Slot::default());
            self.met.fill(0);
            self.object = 0;
        }
        self.object += 1;
        self.record = self.object;
    }

    /// Forgets the text read last, so that nothing known of it is taken to hold for another one.
    pub fn leave_text(&mut self) {
        self.passed = 0;
    }

    /// Whether an escaped surrogate may stand in the record read last, or between it and where reading started.
    pub(crate) fn surrogates(&self) -> bool {
        match self.shape {
            Some(_) => self.shapes.suspicious,
            None => self.quotes.surrogates(),
        }
    }

    /// Notes a value of `field`. A second value (the path went through an array) is kept beside the first; a value
    /// found under a more literal spelling of the path replaces those of a less literal one.
    ///
    /// `false` if the field has a value in the same object already, and so its key came twice.
    #[inline(always)]
    pub(crate) fn add(&mut self, field: FieldId, slot: Slot) -> bool {
        let Slot { start, end, kind, rank, object, .. } = slot;
        let first = &mut self.first[field.index()];
        if first.object >= self.record {
            return self.add_further(field, start, end, kind, rank, object);
        }
        // Part by part: put together beside first, it would be read before it is written through.
        (first.start, first.end, first.object) = (start, end, object);
        (first.kind, first.rank, first.more) = (kind, rank, false);
        true
    }

    #[inline(never)]
    fn add_further(
        &mut self,
        field: FieldId,
        start: u32,
        end: u32,
        kind: Kind,
        rank: u8,
        object: u32,
    ) -> bool {
        let slot = Slot { start, end, kind, rank, more: false, object };
        let first = &mut self.first[field.index()];
        // Values kept together were found under one spelling, hence in objects that follow one another.
        let repeated = object == first.object;
        if rank < first.rank {
            *first = slot;
            self.more.retain(|(other, _)| *other != field);
        } else if rank == first.rank {
            first.more = true;
            first.object = object;
            self.more.push((field, slot));
        }
        !repeated
    }

    /// Makes room to tell which of a layout's `keys` were met.
    pub(crate) fn expect_keys(&mut self, keys: usize) {
        if self.met.len() < keys {
            self.met.resize(keys, 0);
        }
    }

    /// A number for an object about to be read.
    pub(crate) fn enter(&mut self) -> u32 {
        self.object += 1;
        self.object
    }

    /// Notes that `object` has the key with number `key`. `false` if it has been met in this object before.
    #[inline(always)]
    pub(crate) fn meet(&mut self, key: u32, object: u32) -> bool {
        std::mem::replace(&mut self.met[key as usize], object) != object
    }

    /// The first value's slot.
    #[inline]
    pub(crate) fn first(&self, field: FieldId) -> Slot {
        if let Some(shape) = self.shape {
            return self.shapes.first(shape, field);
        }
        let first = self.first[field.index()];
        if first.object >= self.record { first } else { Slot::default() }
    }

    /// Every value's slot; none when absent.
    pub(crate) fn all(&self, field: FieldId) -> impl Iterator<Item = Slot> + '_ {
        let first = self.first(field);
        let of_shape = self.shape.filter(|_| first.more);
        let rest = if first.more && of_shape.is_none() { self.more.as_slice() } else { &[] };
        (first.kind != Kind::Absent)
            .then_some(first)
            .into_iter()
            .chain(rest.iter().filter(move |(other, _)| *other == field).map(|(_, slot)| *slot))
            .chain(of_shape.into_iter().flat_map(move |shape| self.shapes.further(shape, field)))
    }
}
