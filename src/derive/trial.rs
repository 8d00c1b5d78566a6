//! For tests: the values of one field for one record.

use std::sync::Arc;

use super::{Derived, Deriver, Values};
use crate::event::{Layout, Record, Slots, scanner};
use crate::known::Known;

/// The values of a field for a record, pending ones as they are kept.
pub(super) fn derived(field: Derived, json: &str) -> Vec<String> {
    derived_by(Known::default(), field, json)
}

/// The same, by what is configured.
pub(super) fn derived_by(known: Known, field: Derived, json: &str) -> Vec<String> {
    let layout = Layout::new(field.inputs().iter().copied());
    let mut slots = Slots::new(layout.len());
    let end = scanner::read(json, 0, &layout, &mut slots).unwrap();
    let deriver = Deriver::new(&layout, Arc::new(known));
    let mut values = Values::new(Derived::ALL.len());
    deriver.compute(&Record::new(json, 0, end, &slots), field, &mut values);
    values.get(field as usize).map(str::to_owned).collect()
}
