//! What the policy document that a call carries would allow.

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;

pub(super) fn question(_: &Deriver, _: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, None::<&str>);
}

pub(super) fn external_accounts(_: &Deriver, _: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, None::<&str>);
}

pub(super) fn subject(_: &Deriver, _: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, None::<&str>);
}
