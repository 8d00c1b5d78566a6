//! Derived fields: what a record means beyond its own keys.
//!
//! Each is computed at most once a record, and only when a rule that may still match asks for it. Fields that need
//! facts of the whole data set (whose account is this?) are *pending* while records are read: what they depend on is
//! kept, and they are resolved in the end by [`Facts`].

mod agent;
mod call;
mod document;
mod facts;
mod federation;
mod field;
mod identity;
mod once;
mod opening;
mod parameters;
mod passed;
mod policy_places;
#[cfg(test)]
mod record_tests;
mod session;
mod sharing;
#[cfg(test)]
mod sharing_tests;
mod source;
mod target;
mod trail;
#[cfg(test)]
mod trial;
mod values;

pub(crate) use call::without_version;
pub use facts::Facts;
pub use field::{Derived, FIELDS};
pub(crate) use source::coordinates;
pub use values::Values;

use std::borrow::Cow;
use std::sync::Arc;

use crate::event::{FieldId, Layout, Record};
use crate::known::Known;

/// Computes derived fields.
#[derive(Debug)]
pub struct Deriver {
    known: Arc<Known>,
    inputs: field::Inputs,
}

impl Deriver {
    /// A deriver for records read with `layout`, which must include [`Derived::inputs`] of every field asked for.
    pub fn new(layout: &Layout, known: Arc<Known>) -> Deriver {
        Deriver { known, inputs: field::Inputs::find(layout) }
    }

    /// What is configured.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Computes `field` of `record` into `values`, unless it is there already.
    pub fn compute(&self, record: &Record<'_>, field: Derived, values: &mut Values) {
        if !values.is_known(field as usize) {
            field::compute(self, record, field, values);
        }
    }

    /// The text of an input, `None` when absent, null, empty or not read.
    fn text<'r>(&self, record: &Record<'r>, input: Option<FieldId>) -> Option<Cow<'r, str>> {
        record.text(input?).filter(|text| !text.is_empty())
    }
}
