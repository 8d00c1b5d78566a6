//! Parts of an event that an export wrote as texts, put back: `"requestParameters": "{\"userName\":\"jane\"}"`.

use std::borrow::Cow;

use super::pairs;
use crate::event::json::{Member, container_end};
use crate::event::text::unescape;
use crate::event::{FieldId, PARTS, Raw, Record, field};

/// Whether a part is a text.
pub(super) fn has_texts(record: &Record<'_>) -> bool {
    PARTS.iter().any(|(_, field)| matches!(record.first(*field), Some(Raw::Text(_) | Raw::Escaped(_))))
}

/// Whether one of them is a text that holds an object.
pub(super) fn holds_object(record: &Record<'_>) -> bool {
    let took = taking(|_, field| record.first(field));
    PARTS.iter().any(|(_, field)| record.first(*field).and_then(|value| object(value, took)).is_some())
}

/// Those of them that are texts in which nothing can be found, and the texts.
pub(super) fn unread<'r>(record: &Record<'r>) -> impl Iterator<Item = (&'static str, Cow<'r, str>)> {
    PARTS.iter().filter_map(|(name, field)| {
        let text = text(record.first(*field)?)?;
        // So exports write what is not there.
        (!matches!(text.trim(), "" | "null")).then_some((*name, text))
    })
}

/// An object in which those texts are objects again; `None` if it has no such text.
pub(super) fn restored(members: &[Member<'_>]) -> Option<String> {
    let took = taking(|key, _| members.iter().find(|member| member.key == key).map(|member| member.value));
    members.iter().find_map(|member| part(member, took))?;
    let one = |member: &Member<'_>| {
        let value = part(member, took).unwrap_or_else(|| written(member.value));
        format!("\"{}\":{value}", member.key)
    };
    Some(format!("{{{}}}", members.iter().map(one).collect::<Vec<_>>().join(",")))
}

/// The service that was called, if it did not refuse the call.
fn taking<'t>(first: impl Fn(&str, FieldId) -> Option<Raw<'t>>) -> Option<&'t str> {
    match (first("eventSource", field::EVENT_SOURCE), first("errorCode", field::ERROR_CODE)) {
        (Some(Raw::Text(source)), None | Some(Raw::Null | Raw::Text(""))) => Some(source),
        _ => None,
    }
}

/// The object that a member holds as a text, where it should be one.
fn part<'m>(member: &Member<'m>, took: Option<&str>) -> Option<Cow<'m, str>> {
    let is_part = PARTS.iter().any(|(name, _)| *name == member.key);
    is_part.then(|| object(member.value, took)).flatten()
}

/// The object that a text holds, and nothing else.
fn object<'t>(value: Raw<'t>, took: Option<&str>) -> Option<Cow<'t, str>> {
    let text = text(value)?;
    let held = text.trim();
    if held.starts_with('{') && container_end(held, 0) == Ok(held.len()) {
        return Some(text);
    }
    pairs::object(held, took).map(Cow::Owned)
}

fn text(value: Raw<'_>) -> Option<Cow<'_, str>> {
    match value {
        Raw::Text(text) => Some(Cow::Borrowed(text)),
        Raw::Escaped(text) => Some(unescape(text)),
        _ => None,
    }
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
        for same in ["null", "{}", "7", "\"{a=b, c=d}\"", "\"{\"", "\"{} {}\"", "\"[]\"", "\"\""] {
            assert_eq!(put_back(&event(same)), None, "{same}");
        }
        assert_eq!(put_back(&event("\"{}\"")), Some(event("{}")));
        assert_eq!(put_back(&event(r#"" {\"a\":\"\\\"\"} ""#)), Some(event(r#" {"a":"\""} "#)));
        assert!(put_back(&event("null").replace("\"x\":null", r#""userIdentity":"{\"x\":{}}""#)).is_some());
    }
}
