//! What was found of each field of one record: offsets into the text, not values.

use super::json::Elements;
use super::layout::FieldId;
use super::text;
use std::borrow::Cow;

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
}

/// The slots of one record, by field number; reused from record to record.
#[derive(Debug, Default)]
pub struct Slots {
    first: Vec<Slot>,
    touched: Vec<FieldId>,
    more: Vec<(FieldId, Slot)>,
    /// By number of the layout's keys: the object in which the key was met last.
    met: Vec<u32>,
    /// The number of the object entered last, never used again until numbers run out.
    object: u32,
}

impl Slots {
    /// Room for `fields` fields, all absent.
    pub fn new(fields: usize) -> Slots {
        Slots {
            first: vec![Slot::default(); fields],
            touched: Vec::with_capacity(fields),
            more: Vec::new(),
            met: Vec::new(),
            object: 0,
        }
    }

    /// Makes every field absent again.
    pub fn clear(&mut self) {
        for field in self.touched.drain(..) {
            self.first[field.index()] = Slot::default();
        }
        self.more.clear();
    }

    /// Notes a value of `field`. A second value (the path went through an array) is kept beside the first; a value
    /// found under a more literal spelling of the path replaces those of a less literal one.
    pub(crate) fn add(&mut self, field: FieldId, slot: Slot) {
        let first = &mut self.first[field.index()];
        if first.kind == Kind::Absent {
            *first = slot;
            self.touched.push(field);
        } else if slot.rank < first.rank {
            *first = slot;
            self.more.retain(|(other, _)| *other != field);
        } else if slot.rank == first.rank {
            first.more = true;
            self.more.push((field, slot));
        }
    }

    /// Makes room to tell which of a layout's `keys` were met.
    pub(crate) fn expect_keys(&mut self, keys: usize) {
        if self.met.len() < keys {
            self.met.resize(keys, 0);
        }
    }

    /// A number for an object about to be read.
    pub(crate) fn enter(&mut self) -> u32 {
        self.object = self.object.wrapping_add(1);
        if self.object == 0 {
            // Once in four milliards of objects; those still open then would only miss a repeated key.
            self.met.fill(0);
            self.object = 1;
        }
        self.object
    }

    /// Notes that `object` has the key with number `key`. `false` if it has been met in this object before.
    #[inline(always)]
    pub(crate) fn meet(&mut self, key: u32, object: u32) -> bool {
        std::mem::replace(&mut self.met[key as usize], object) != object
    }

    /// The first value's slot.
    pub(crate) fn first(&self, field: FieldId) -> Slot {
        self.first[field.index()]
    }

    /// Every value's slot; none when absent.
    pub(crate) fn all(&self, field: FieldId) -> impl Iterator<Item = Slot> + '_ {
        let first = self.first[field.index()];
        let rest = if first.more { self.more.as_slice() } else { &[] };
        (first.kind != Kind::Absent)
            .then_some(first)
            .into_iter()
            .chain(rest.iter().filter(move |(other, _)| *other == field).map(|(_, slot)| *slot))
    }
}

/// A value as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's text.
    Number(&'a str),
    /// A string without escapes, without its quotes.
    Text(&'a str),
    /// A string with escapes still in it, without its quotes.
    Escaped(&'a str),
    /// An array with its brackets.
    Array(&'a str),
    /// An object with its braces.
    Object(&'a str),
}

impl<'a> Raw<'a> {
    /// A scalar's text: strings unescaped, numbers and booleans as written. `None` for null, arrays and objects.
    pub fn scalar(self) -> Option<Cow<'a, str>> {
        match self {
            Raw::Text(text) | Raw::Number(text) => Some(Cow::Borrowed(text)),
            Raw::Escaped(text) => Some(text::unescape(text)),
            Raw::Bool(true) => Some(Cow::Borrowed("true")),
            Raw::Bool(false) => Some(Cow::Borrowed("false")),
            Raw::Null | Raw::Array(_) | Raw::Object(_) => None,
        }
    }

    /// The elements of an array; for anything else the value itself.
    pub fn elements(self) -> Elements<'a> {
        Elements::of(self)
    }
}

/// One record with the fields of a layout found in it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    text: &'a str,
    start: u32,
    end: u32,
    slots: &'a Slots,
}

impl<'a> Record<'a> {
    /// A record whose `slots` point into `text`, of which it spans `start..end`.
    pub fn new(text: &'a str, start: usize, end: usize, slots: &'a Slots) -> Record<'a> {
        // Readers hand over segments far below 4 GiB.
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Record { text, start: at(start), end: at(end), slots }
    }

    /// The record's JSON as it was written.
    pub fn json(&self) -> &'a str {
        &self.text[self.start as usize..self.end as usize]
    }

    /// The first value of a field; `None` when the key is absent.
    pub fn first(&self, field: FieldId) -> Option<Raw<'a>> {
        self.raw(self.slots.first(field))
    }

    /// Every value of a field, as paths through arrays of objects have several. Arrays at the path's end come as
    /// one value: see [`Raw::elements`].
    pub fn all(&self, field: FieldId) -> impl Iterator<Item = Raw<'a>> + '_ {
        self.slots.all(field).filter_map(|slot| self.raw(slot))
    }

    /// The first value as text, if it is a string, number or boolean.
    pub fn text(&self, field: FieldId) -> Option<Cow<'a, str>> {
        self.first(field)?.scalar()
    }

    fn raw(&self, slot: Slot) -> Option<Raw<'a>> {
        let text = |slot: Slot| &self.text[slot.start as usize..slot.end as usize];
        Some(match slot.kind {
            Kind::Absent => return None,
            Kind::Null => Raw::Null,
            Kind::True => Raw::Bool(true),
            Kind::False => Raw::Bool(false),
            Kind::Number => Raw::Number(text(slot)),
            Kind::Text => Raw::Text(text(slot)),
            Kind::Escaped => Raw::Escaped(text(slot)),
            Kind::Array => Raw::Array(text(slot)),
            Kind::Object => Raw::Object(text(slot)),
        })
    }
}
