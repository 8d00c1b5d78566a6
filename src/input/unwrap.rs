//! Events within other records: the wrappers of exports, pipelines and queues, opened until an event is found.

use super::apart::is_packed;
use super::records::{Class, Records, Taken};
use super::texts::restored;
use crate::event::Raw;
use crate::event::json::{Fault, FaultKind, Member, Members, container_end, raw, skip_space, value_end};
use crate::event::text::unescape;

/// How many wrappers may lie one in another.
const MOST_WRAPPERS: u8 = 8;

/// The members that events are wrapped in, tried in this order: the original event goes before what was made of it.
const WRAPPERS: [&str; 34] = [
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
    // CloudWatch Logs, Logstash, SNS and SQS with and without Lambda, container logs, OpenTelemetry
    "message",
    "@message",
    "Message",
    "body",
    "Body",
    "Sns",
    "log",
    // queries of CloudWatch Logs Insights
    "results",
    "value",
    // S3 Select
    "_1",
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

/// Takes all events that the members of an object wrap, which is no event itself.
pub(super) fn open_object(
    members: &[Member<'_>],
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
) -> Opened {
    let mut opened = Opened::default();
    open_wrappers(members, MOST_WRAPPERS, records, taken, &mut opened);
    opened
}

/// Takes all events in a value that is no object.
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
        Raw::Object(text) => drop(open_at(text, 0, levels, records, taken, opened)),
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
    let mut at = skip_space(text.as_bytes(), 0);
    loop {
        let end = match text.as_bytes().get(at) {
            Some(b'{') => open_at(text, at, levels, records, taken, opened),
            Some(b'[') => {
                let end = container_end(text, at);
                if let Ok(end) = end {
                    open_value(Raw::Array(&text[at..end]), levels, records, taken, opened);
                }
                end
            }
            _ => return,
        };
        match end {
            Ok(end) => at = skip_space(text.as_bytes(), end),
            Err(fault) => {
                opened.fault.get_or_insert(fault);
                return;
            }
        }
    }
}

/// Takes the object at `at` if it is an event, or else what it wraps. Returns the first byte behind it.
fn open_at(
    text: &str,
    at: usize,
    levels: u8,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
    opened: &mut Opened,
) -> Result<usize, Fault> {
    let (end, class) = take(text, at, records, taken)?;
    match class {
        Class::Event | Class::NotEvent(_) => opened.found = true,
        Class::Other => open_members(&text[at..end], levels, records, taken, opened),
    }
    Ok(end)
}

/// Takes the object at `at` if it is an event. Returns the first byte behind it, and what it is.
fn take(
    text: &str,
    at: usize,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
) -> Result<(usize, Class), Fault> {
    // Where in the file's text it stands, cannot be told: it may have been unescaped.
    let offset = taken.offset;
    records.leave_text();
    records.read(text, at, |record, half| taken.offer(record, half.map(|_| offset)))
}

fn open_members(
    text: &str,
    levels: u8,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
    opened: &mut Opened,
) {
    let members: Vec<Member<'_>> = Members::of(text).collect();
    open_wrappers(&members, levels, records, taken, opened);
}

/// Opens the members that may wrap events, until one does.
fn open_wrappers(
    members: &[Member<'_>],
    levels: u8,
    records: &mut Records<'_>,
    taken: &mut Taken<'_>,
    opened: &mut Opened,
) {
    if let Some(event) = restored(members)
        && let Ok((_, Class::Event | Class::NotEvent(_))) = take(&event, 0, records, taken)
    {
        opened.found = true;
        return;
    }
    let rank = |member: &Member<'_>| {
        let key = unescape(member.key);
        WRAPPERS.iter().position(|wrapper| *wrapper == key)
    };
    let mut wrappers: Vec<(usize, Raw<'_>)> =
        members.iter().filter_map(|member| Some((rank(member)?, member.value))).collect();
    wrappers.sort_by_key(|(rank, _)| *rank);
    for (_, value) in wrappers {
        let mut inner = Opened::default();
        open_value(value, levels, records, taken, &mut inner);
        opened.fault = opened.fault.or(inner.fault);
        if inner.found {
            opened.found = true;
            return;
        }
    }
    // A notification may bring events in a form that is not read, and that is for the reader of the record to tell.
    if let Some(name) =
        known(members).filter(|name| *name != "notification" || !members.iter().any(is_packed))
    {
        taken.not_event(name);
        opened.found = true;
    }
}

/// What of AWS an object is that wraps no event, by the members it has.
fn known(members: &[Member<'_>]) -> Option<&'static str> {
    let get = |name: &str| members.iter().find(|member| member.key == name).map(|member| member.value);
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

/// What a value looks like that nothing could be made of, in words.
pub(super) fn describe(value: Raw<'_>) -> String {
    let text = match value {
        Raw::Object(text) => text,
        Raw::Array(_) => return "an array".to_owned(),
        Raw::Text(_) | Raw::Escaped(_) => return "a text".to_owned(),
        Raw::Number(_) => return "a number".to_owned(),
        Raw::Bool(_) | Raw::Null => return "true, false or null".to_owned(),
    };
    let shown = |key: &str| format!("`{}`", unescape(key).chars().take(32).collect::<String>());
    let keys: Vec<String> = Members::of(text).take(6).map(|member| shown(member.key)).collect();
    let more = if Members::of(text).nth(6).is_some() { " and others" } else { "" };
    match keys.is_empty() {
        true => "an empty object".to_owned(),
        false => format!("an object with the keys {}{more}", keys.join(", ")),
    }
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
