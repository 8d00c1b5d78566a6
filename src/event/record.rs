//! One record and the values of its fields, as they stand in its text.

use std::borrow::Cow;

use super::json::Elements;
use super::layout::FieldId;
use super::mix::Mix;
use super::shapes::{Notes, Span, Spelling};
use super::slots::{Kind, Slot, Slots};
use super::text;

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

    /// Takes all values of a field in as they stand, so that no two lists of values leave the same behind.
    #[inline]
    pub(crate) fn mix(&self, field: FieldId, mix: Mix) -> Mix {
        let first = self.slots.first(field);
        if first.kind == Kind::Absent {
            return mix;
        }
        let mix = self.mix_slot(field, first, mix);
        if first.more {
            return self.slots.all(field).skip(1).fold(mix, |mix, slot| self.mix_slot(field, slot, mix));
        }
        mix
    }

    #[inline(always)]
    fn mix_slot(&self, field: FieldId, slot: Slot, mix: Mix) -> Mix {
        // What is absent leaves nothing behind: hence the field's number.
        let (start, end) = (slot.start as usize, slot.end as usize);
        let mix = mix.pair(u64::from(field.0) | (slot.kind as u64) << 16, (end - start) as u64);
        mix.blocks(self.text.as_bytes(), start, end)
    }

    /// The record's digest, where its shape is known.
    pub(super) fn digest_by_shape(&self) -> Option<u128> {
        self.slots.shapes.digest(self.slots.shape?, self.text)
    }

    /// What is noted about the shape of the record, if that is known: it holds for all records of the shape.
    pub(crate) fn notes(&self) -> Option<&'a Notes> {
        self.slots.shape.map(|shape| self.slots.shapes.notes(shape))
    }

    /// How records of this one's shape, if that is known, spell the values of some fields.
    pub(crate) fn spelling(&self, fields: impl Iterator<Item = FieldId>) -> Option<Spelling> {
        Some(self.slots.shapes.spelling(self.slots.shape?, fields))
    }

    /// Takes in stretches that the record's shape told of.
    #[inline]
    pub(crate) fn mix_spans(&self, spans: &[Span], mix: Mix) -> Mix {
        self.slots.shapes.mix(self.text.as_bytes(), spans, mix)
    }

    /// The value of a field that has no more than one; `None` if it has several.
    #[inline]
    pub(crate) fn only(&self, field: FieldId) -> Option<Option<Raw<'a>>> {
        let slot = self.slots.first(field);
        (!slot.more).then(|| self.raw(slot))
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

    /// The bytes of the first value, if it is a string without escapes.
    #[inline]
    pub(crate) fn plain(&self, field: FieldId) -> Option<&'a [u8]> {
        let Slot { start, end, kind, .. } = self.slots.first(field);
        if kind != Kind::Text {
            return None;
        }
        self.text.as_bytes().get(start as usize..end as usize)
    }

    #[inline]
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
