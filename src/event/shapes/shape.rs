//! Where the fields of one shape's records lie.

use std::cell::{Cell, OnceCell};

use super::super::digest::Place;
use super::Bits;
use crate::event::FieldId;
use crate::event::slots::Kind;

/// Where a value lies, told by the runs of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The run it starts in or behind, and so many bytes behind the start of that.
    pub(super) from: u8,
    pub(super) skip: u16,
    /// The run it ends in or before, and so many bytes behind the start of that.
    pub(super) to: u8,
    pub(super) keep: u16,
    pub(super) kind: Kind,
    /// Whether it is a hole, so that whether it holds escapes is another matter each time.
    pub(super) hole: bool,
    /// Whether the field has further values.
    pub(super) more: bool,
}

/// A shape.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// By number of the field, its first value's place in `slots`, from 1 on; 0 for a field that is not there.
    pub(super) places: Box<[u8]>,
    pub(super) slots: Box<[Slot]>,
    /// Values of fields behind their first, in their order.
    pub(super) more: Box<[(FieldId, Slot)]>,
    /// The length of each run and of each value that belongs to the shape.
    pub(super) lengths: Box<[u16]>,
    /// Those that holes follow, and their lengths.
    pub(super) holes: Box<[(u8, u16)]>,
    /// Of the runs, by a bit each, whether paths go on in the text behind it if that holds an object or an array.
    pub(super) goes_on: Bits,
    pub(super) notes: Notes,
    /// Made when a digest is first asked for; `None` if none can be made this way.
    pub(super) sums: OnceCell<Option<Sums>>,
}

/// What makes up the digests of a shape's records.
#[derive(Debug)]
pub(super) struct Sums {
    /// What is the same in all of them.
    pub(super) same: u128,
    /// The holes, in their order.
    pub(super) places: Box<[Place]>,
}

/// What those who see the records note about their shapes: whatever follows from the runs and from the values that
/// belong to the shape.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The reader's own.
    pub(crate) class: Cell<u8>,
    /// Who wrote the other note, and the note; nobody is 0.
    pub(crate) judge: Cell<(u32, u32)>,
}
