//! The parameters of a call as one value, however they were written.

use serde_json::Value;

use super::call::without_version;
use super::{Deriver, field};
use crate::event::json::Members;
use crate::event::naive::opened;
use crate::event::{Raw, Record};

/// Parameters longer than this are left alone: no call that shares something comes near.
const LONGEST: usize = 256 << 10;

/// The name of the call and its parameters, where they are an object.
pub(super) fn parameters(deriver: &Deriver, record: &Record<'_>, wanted: &[&str]) -> Option<(String, Value)> {
    let field::Inputs { event_name, parameters, .. } = deriver.inputs;
    let name = deriver.text(record, event_name)?;
    let name = without_version(&name);
    if !wanted.contains(&name) {
        return None;
    }
    let parameters = match record.first(parameters?) {
        Some(Raw::Object(json)) if json.len() <= LONGEST => serde_json::from_str(json).ok()?,
        None if record.json().len() <= LONGEST => put_together(record.json())?,
        _ => return None,
    };
    // A policy document is a text by nature.
    let opened = opened(&parameters, &|text| text.contains("\"Statement\""));
    Some((name.to_owned(), opened.unwrap_or(parameters)))
}

/// The parameters of an event that was written flat: `{"requestParameters.attributes.Policy": ...}`.
fn put_together(event: &str) -> Option<Value> {
    let mut parameters = Value::Null;
    for member in Members::of(event) {
        let Some(path) = member.key.strip_prefix("requestParameters.") else { continue };
        let mut at = &mut parameters;
        for key in path.split('.') {
            if !at.is_object() {
                *at = Value::Object(serde_json::Map::new());
            }
            at = &mut at[key];
        }
        *at = serde_json::Deserializer::from_str(&event[member.start..]).into_iter().next()?.ok()?;
    }
    parameters.is_object().then_some(parameters)
}
