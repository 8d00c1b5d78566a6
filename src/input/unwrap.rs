//! Events within other records: the wrappers of exports, pipelines and queues, opened until an event is found.

use super::records::{Class, Records, Taken};
use crate::event::Raw;
use crate::event::json::{Fault, FaultKind, Members, container_end, raw, skip_space, value_end};
use crate::event::text::unescape;

/// How many wrappers may lie one in another.
const MOST_WRAPPERS: u8 = 8;

/// The members that events are wrapped in, tried in this order: the original event goes before what was made of it.
const WRAPPERS: [&str; 30] = [
    // `aws cloudtrail lookup-events`
    "CloudTrailEvent",
    // CloudTrail Lake
    "eventJson",
    "eventData",
    // EventBridge
    "detail",
    // Elastic Common Schema
    "event.original",
    "original",
    "aws.cloudtrail",
    "cloudtrail",
    "event",
    "aws",
    // documents with lists, within others
    "Records",
    "Events",
    "events",
    "logEvents",
    "QueryResultRows",
    "Messages",
    // Elasticsearch and OpenSearch
    "_source",
    "hits",
    // Splunk and Cribl
    "_raw",
    "result",
    // CloudWatch Logs, Logstash, SNS, SQS, container logs, OpenTelemetry
    "message",
    "@message",
    "Message",
    "body",
    "Body",
    "log",
    // hand-made
    "data",
    "record",
    "records",
    "payload",
];

/// What opening a value came to.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Whether an event was in it, or something known to be none.
    pub(super) found: bool,
    /// The first thing that could not be read in a text within it.
    pub(super) fault: Option<Fault>,
}

/// Takes all events in a value: itself, its elements, or what its members wrap.
pub(super) fn open(value: Raw<'_>, records: &mut Records<'_>, taken: &mut Taken<'_>) -> Opened {
    let mut opened = Opened::default();
    open_value(value, MOST_WRAPPERS, records, taken, &mut opened);
    opened
}

fn open_value(
    value: Raw<'_>,
    levels: u8,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
    opened: &mut Opened,
) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match value {
        Raw::Object(text) => open_object(text, levels, records, taken, opened),
        Raw::Array(_) => {
            value.elements().for_each(|element| open_value(element, levels, records, taken, opened))
        }
        Raw::Text(text) => open_text(text, levels, records, taken, opened),
        Raw::Escaped(text) => open_text(&unescape(text), levels, records, taken, opened),
        Raw::Null | Raw::Bool(_) | Raw::Number(_) => {}
    }
}

/// A text may hold an event, or several.
fn open_text(text: &str, levels: u8, records: &mut Records<'_>, taken: &mut Taken<'_>, opened: &mut Opened) {
    if !text.trim_start().starts_with(['{', '[']) {
        return;
    }
    let mut at = skip_space(text.as_bytes(), 0);
    while let Some(b'{' | b'[') = text.as_bytes().get(at) {
        match container_end(text, at) {
            Ok(end) => {
                if let Some(value) = raw(text, at, end) {
                    open_value(value, levels, records, taken, opened);
                }
                at = skip_space(text.as_bytes(), end);
            }
            Err(fault) => {
                opened.fault.get_or_insert(fault);
                return;
            }
        }
    }
}

fn open_object(
    text: &str,
    levels: u8,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
    opened: &mut Opened,
) {
    records.leave_text();
    // Where in the file's text it stands, cannot be told: it may have been unescaped.
    let offset = taken.offset;
    match records.read(text, 0, |record, half| taken.offer(record, half.map(|_| offset))) {
        Ok((_, Class::Event | Class::NotEvent(_))) => {
            opened.found = true;
            return;
        }
        Ok((_, Class::Other)) => {}
        Err(fault) => {
            opened.fault.get_or_insert(fault);
            return;
        }
    }
    let members: Vec<(String, Raw<'_>)> =
        Members::of(text).map(|(key, value)| (unescape(key).into_owned(), value)).collect();
    for wrapper in WRAPPERS {
        for (_, value) in members.iter().filter(|(key, _)| key == wrapper) {
            let mut inner = Opened::default();
            open_value(*value, levels, records, taken, &mut inner);
            opened.fault = opened.fault.or(inner.fault);
            if inner.found {
                opened.found = true;
                return;
            }
        }
    }
    if let Some(name) = known(&members) {
        taken.not_event(name);
        opened.found = true;
    }
}

/// What of AWS an object is that wraps no event, by the members it has.
fn known(members: &[(String, Raw<'_>)]) -> Option<&'static str> {
    let get = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    let has = |name: &str| get(name).is_some();
    let is = |name: &str, text: &str| get(name) == Some(Raw::Text(text));
    let starts =
        |name: &str, start: &str| matches!(get(name), Some(Raw::Text(text)) if text.starts_with(start));
    Some(match () {
        () if has("digestStartTime") && has("digestEndTime") => "digest",
        () if has("insightDetails") => "insight",
        () if is("Service", "Amazon S3") && starts("Event", "s3:") => "s3_notification",
        () if has("s3Bucket") && has("s3ObjectKey") => "delivery_notification",
        () if has("TopicArn") && has("Type") => "sns_notification",
        () if is("eventSource", "aws:sqs") || (has("MessageId") && has("ReceiptHandle")) => "sqs_message",
        () if starts("eventSource", "aws:") || starts("EventSource", "aws:") => "notification",
        () if is("messageType", "CONTROL_MESSAGE") || starts("message", "CWL CONTROL MESSAGE") => {
            "control_message"
        }
        () if has("detail-type") && has("source") => "eventbridge_event",
        () => return None,
    })
}

/// What a value looks like that nothing could be made of, in words; and whether it holds an event's fields, but not the
/// event.
pub(super) fn describe(value: Raw<'_>) -> (bool, String) {
    let text = match value {
        Raw::Object(text) => text,
        Raw::Array(_) => return (false, "an array".to_owned()),
        Raw::Text(_) | Raw::Escaped(_) => return (false, "a text".to_owned()),
        Raw::Number(_) => return (false, "a number".to_owned()),
        Raw::Bool(_) | Raw::Null => return (false, "true, false or null".to_owned()),
    };
    let keys: Vec<String> = Members::of(text).map(|(key, _)| unescape(key).into_owned()).collect();
    if keys.is_empty() {
        return (false, "an empty object".to_owned());
    }
    let apart = keys.iter().any(|key| key.starts_with("aws.cloudtrail."))
        || Members::of(text).any(|(key, value)| key == "aws" && has_member(value, "cloudtrail"));
    let shown: Vec<String> =
        keys.iter().take(6).map(|key| format!("`{}`", key.chars().take(32).collect::<String>())).collect();
    let more = if keys.len() > 6 { " and others" } else { "" };
    (apart, format!("an object with the keys {}{more}", shown.join(", ")))
}

fn has_member(value: Raw<'_>, name: &str) -> bool {
    matches!(value, Raw::Object(text) if Members::of(text).any(|(key, _)| key == name))
}

/// The value at `at` of a text, and its end.
pub(super) fn value_at(text: &str, at: usize) -> Result<(Raw<'_>, usize), Fault> {
    let expected = Fault { at, kind: FaultKind::Expected("a JSON value") };
    let end = match text.as_bytes().get(at) {
        Some(b'{' | b'[') => container_end(text, at)?,
        _ => {
            let end = value_end(text.as_bytes(), at)?;
            serde_json::from_str::<serde::de::IgnoredAny>(&text[at..end]).map_err(|_| expected)?;
            end
        }
    };
    Ok((raw(text, at, end).ok_or(expected)?, end))
}
