//! Parts of an event that an export wrote as texts, put back: `"requestParameters": "{\"userName\":\"jane\"}"`.

use std::borrow::Cow;

use crate::event::json::{Member, container_end};
use crate::event::text::unescape;
use crate::event::{FieldId, Raw, Record, field};

/// Where CloudTrail writes an object, or null.
const PARTS: [(&str, FieldId); 4] = [
    ("userIdentity", field::IDENTITY),
    ("requestParameters", field::REQUEST),
    ("responseElements", field::RESPONSE),
    ("additionalEventData", field::ADDITIONAL),
];

/// Whether one of them is a text.
pub(super) fn has_texts(record: &Record<'_>) -> bool {
    PARTS.iter().any(|(_, field)| matches!(record.first(*field), Some(Raw::Text(_) | Raw::Escaped(_))))
}

/// Whether one of them is a text that holds an object.
pub(super) fn holds_object(record: &Record<'_>) -> bool {
    PARTS.iter().any(|(_, field)| record.first(*field).and_then(object).is_some())
}

/// An object in which those texts are objects again; `None` if it has no such text.
pub(super) fn restored(members: &[Member<'_>]) -> Option<String> {
    members.iter().find_map(part)?;
    let one = |member: &Member<'_>| {
        let value = part(member).unwrap_or_else(|| written(member.value));
        format!("\"{}\":{value}", member.key)
    };
    Some(format!("{{{}}}", members.iter().map(one).collect::<Vec<_>>().join(",")))
}

/// The object that a member holds as a text, where it should be one.
fn part<'m>(member: &Member<'m>) -> Option<Cow<'m, str>> {
    let is_part = PARTS.iter().any(|(name, _)| *name == member.key);
    is_part.then(|| object(member.value)).flatten()
}

/// The object that a text holds, and nothing else.
fn object(value: Raw<'_>) -> Option<Cow<'_, str>> {
    let text = match value {
        Raw::Text(text) => Cow::Borrowed(text),
        Raw::Escaped(text) => unescape(text),
        _ => return None,
    };
    let held = text.trim();
    let whole = held.starts_with('{') && container_end(held, 0) == Ok(held.len());
    whole.then_some(text)
}

/// A value as it was written.
fn written(value: Raw<'_>) -> Cow<'_, str> {
    match value {
        Raw::Text(text) | Raw::Escaped(text) => Cow::Owned(format!("\"{text}\"")),
        Raw::Number(text) | Raw::Array(text) | Raw::Object(text) => Cow::Borrowed(text),
        Raw::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Raw::Null => Cow::Borrowed("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::json::Members;

    fn put_back(event: &str) -> Option<String> {
        restored(&Members::of(event).collect::<Vec<_>>())
    }

    #[test]
    fn only_texts_that_hold_an_object_are_put_back() {
        let event = |part: &str| {
            format!("{{\"eventName\":\"é\\\"\",\"n\":[1,{{}}],\"requestParameters\":{part},\"x\":null}}")
        };
        for same in ["null", "{}", "7", "\"{a=b}\"", "\"{\"", "\"{} {}\"", "\"[]\"", "\"\""] {
            assert_eq!(put_back(&event(same)), None, "{same}");
        }
        assert_eq!(put_back(&event("\"{}\"")), Some(event("{}")));
        assert_eq!(put_back(&event(r#"" {\"a\":\"\\\"\"} ""#)), Some(event(r#" {"a":"\""} "#)));
        assert!(put_back(&event("null").replace("\"x\":null", r#""userIdentity":"{\"x\":{}}""#)).is_some());
    }
}
