//! Fields as rules name them, and their values in one event.

use std::borrow::Cow;

use super::value::compact;
use crate::derive::without_version;
use crate::derive::{Derived, Deriver, Values};
use crate::event::{FieldId, Layout, Raw, Record, field};

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum FieldRef {
    /// A path of the record.
    Raw(FieldId),
    /// `eventName`: its values are the name as it stands and the name without an API version, so that a rule for
    /// `AddPermission` sees `AddPermission20150331v2` and a rule for the latter does too.
    Name,
    /// A derived field.
    Derived(Derived),
}

/// The paths that must be read to evaluate a field.
pub(crate) fn paths(name: &str) -> Vec<&str> {
    match Derived::find(name) {
        Some(derived) => derived.inputs().to_vec(),
        None => vec![name],
    }
}

impl FieldRef {
    pub(crate) fn find(name: &str, layout: &Layout) -> FieldRef {
        if name == "eventName" {
            return FieldRef::Name;
        }
        match Derived::find(name) {
            Some(derived) => FieldRef::Derived(derived),
            // The layout was made from the same rules: every path is in it.
            None => FieldRef::Raw(layout.id(name).unwrap_or(field::EVENT_NAME)),
        }
    }

    pub(crate) fn needs_facts(self) -> bool {
        matches!(self, FieldRef::Derived(derived) if derived.needs_facts())
    }
}

/// One event while rules look at it.
pub(crate) struct Event<'r, 'w> {
    pub(crate) record: Record<'r>,
    pub(crate) deriver: &'w Deriver,
    pub(crate) values: &'w mut Values,
    /// Whether what is known of own accounts already may be used.
    pub(crate) early: bool,
}

impl Event<'_, '_> {
    /// Calls `f` with each value of a field as text until it returns true; whether it did. Arrays give each element,
    /// objects their compact JSON; nulls give nothing.
    pub(crate) fn any_text(&mut self, field: FieldRef, mut f: impl FnMut(&str) -> bool) -> bool {
        match field {
            FieldRef::Raw(id) => match self.record.only(id) {
                Some(raw) => raw.is_some_and(|raw| any_element(raw, &mut f)),
                None => self.record.all(id).any(|raw| any_element(raw, &mut f)),
            },
            FieldRef::Name => match self.record.first(field::EVENT_NAME) {
                Some(Raw::Text(name)) => {
                    let plain = without_version(name);
                    f(name) || (plain.len() != name.len() && f(plain))
                }
                Some(raw) => any_element(raw, &mut f),
                None => false,
            },
            FieldRef::Derived(derived) => {
                self.deriver.compute(&self.record, derived, self.values);
                self.values.get(derived as usize).any(f)
            }
        }
    }

    /// Whether the field waits for the facts of the whole data set.
    pub(crate) fn is_pending(&mut self, field: FieldRef) -> bool {
        match field {
            FieldRef::Derived(derived) if derived.needs_facts() => {
                self.deriver.compute(&self.record, derived, self.values);
                self.values.is_pending(derived as usize)
            }
            _ => false,
        }
    }

    /// Whether the key is there, even as null.
    pub(crate) fn exists(&mut self, field: FieldRef) -> bool {
        match field {
            FieldRef::Raw(id) => self.record.first(id).is_some(),
            FieldRef::Name => self.record.first(field::EVENT_NAME).is_some(),
            FieldRef::Derived(_) => self.any_text(field, |_| true),
        }
    }

    /// Whether the field is absent or null: some value is null, or there is none.
    pub(crate) fn is_null(&mut self, field: FieldRef) -> bool {
        match field {
            FieldRef::Raw(id) => {
                let mut values = self.record.all(id).peekable();
                values.peek().is_none() || values.any(|raw| raw.elements().any(|raw| raw == Raw::Null))
            }
            FieldRef::Name => matches!(self.record.first(field::EVENT_NAME), None | Some(Raw::Null)),
            FieldRef::Derived(_) => !self.any_text(field, |_| true),
        }
    }

    /// Whether a value is a number for which `f` holds.
    pub(crate) fn any_number(&mut self, field: FieldRef, mut f: impl FnMut(f64) -> bool) -> bool {
        self.any_text(field, |text| text.trim().parse::<f64>().is_ok_and(&mut f))
    }

    /// The one value that stands for a field in a group key: the first that is not null.
    pub(crate) fn key_value(&mut self, field: FieldRef, out: &mut Vec<u8>) -> bool {
        match field {
            // Of the two spellings of a name, the plain one: versions come and go.
            FieldRef::Name => match self.record.text(field::EVENT_NAME) {
                Some(name) => {
                    out.extend_from_slice(without_version(&name).as_bytes());
                    true
                }
                None => false,
            },
            _ => self.any_text(field, |text| {
                out.extend_from_slice(text.as_bytes());
                true
            }),
        }
    }
}

fn any_element(raw: Raw<'_>, f: &mut impl FnMut(&str) -> bool) -> bool {
    match raw {
        Raw::Text(text) | Raw::Number(text) => f(text),
        Raw::Null => false,
        Raw::Array(_) => raw.elements().any(|element| match element_text(element) {
            Some(text) => f(&text),
            None => false,
        }),
        other => element_text(other).is_some_and(|text| f(&text)),
    }
}

fn element_text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match raw {
        Raw::Object(json) => Some(Cow::Owned(compact(json))),
        other => other.scalar(),
    }
}
