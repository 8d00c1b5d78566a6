//! Values that hold events, or their fields, in a form that is not read: what it is, and what to do.

use crate::event::Raw;
use crate::event::json::{Member, Members};

const LAKE: &str = "a row of a query of CloudTrail Lake, each column an object of its own; make events of the rows \
                    first: jq -c '.QueryResultRows[] | add | map_values(select(. != \"\"))'";
const INSIGHTS: &str =
    "columns of a query of CloudWatch Logs Insights, without the events; ask for `fields @message`";
const BASE64: &str = "records in Base64, as Firehose and Lambda get them; decode `data` first, and read that";
const OCSF: &str =
    "an event as Security Lake writes it, in OCSF, which no rule can see into; read CloudTrail's own logs";
const DEEP: &str = "an event's fields within it, in a form that is not known";

/// How the names of AWS's services end.
const OF_AWS: &str = ".amazonaws.com";

/// What became of an event whose fields a value holds, but not as the event.
pub(super) fn taken_apart(value: Raw<'_>) -> Option<&'static str> {
    let text = match value {
        Raw::Object(text) => text,
        Raw::Array(_) if is_row(value) => return Some(LAKE),
        Raw::Array(text) | Raw::Escaped(text) => return names_a_source(text).then_some(DEEP),
        Raw::Text(text) => return is_base64(text).then_some("Base64; decode it first, and read that"),
        Raw::Number(_) | Raw::Bool(_) | Raw::Null => return None,
    };
    let has = |is: &dyn Fn(&Member<'_>) -> bool| Members::of(text).any(|member| is(&member));
    if has(&|Member { key, value, .. }| {
        key.starts_with("aws.cloudtrail.") || *key == "aws" && member(*value, "cloudtrail").is_some()
    }) {
        return Some("an event's fields taken apart, without the event");
    }
    // Columns of a table, as Athena and Glue name them.
    if has(&|member| is_called(member.key, "eventName"))
        && has(&|member| is_called(member.key, "eventSource"))
    {
        return Some("an event's fields under other names");
    }
    if has(&|member| member.key == "results" && member.value.elements().any(is_asked_for)) {
        return Some(INSIGHTS);
    }
    if has(&|member| is_packed(member)) {
        return Some(BASE64);
    }
    if is_ocsf(value) {
        return Some(OCSF);
    }
    names_a_source(text).then_some(DEEP)
}

/// Whether a member of an object brings records in Base64: Firehose, subscriptions of CloudWatch Logs, Kinesis, Kafka.
pub(super) fn is_packed(of: &Member<'_>) -> bool {
    let is_text = |value: Option<Raw<'_>>| matches!(value, Some(Raw::Text(data)) if is_base64(data));
    match of.key {
        "awslogs" | "kinesis" => is_text(member(of.value, "data")),
        "records" => match of.value {
            // By topic.
            Raw::Object(text) => Members::of(text)
                .any(|topic| topic.value.elements().any(|record| is_text(member(record, "value")))),
            records => records.elements().any(|record| is_text(member(record, "data"))),
        },
        _ => false,
    }
}

/// Whether an object is what Security Lake makes of an event: it says so, or its service is one of AWS.
fn is_ocsf(value: Raw<'_>) -> bool {
    let at = |path: &[&str]| path.iter().try_fold(value, |value, name| member(value, name));
    let text = |path: &[&str]| match at(path) {
        Some(Raw::Text(text)) => text,
        _ => "",
    };
    text(&["metadata", "product", "name"]).eq_ignore_ascii_case("CloudTrail")
        || (at(&["class_uid"]) == Some(Raw::Number("6003"))
            && text(&["api", "service", "name"]).ends_with(OF_AWS))
}

/// Whether somewhere in a text, in objects or in texts within it, an event's source is named, as JSON names it.
fn names_a_source(text: &str) -> bool {
    text.match_indices("eventSource").any(|(at, key)| {
        let value = text[at + key.len()..].trim_start_matches(['\\', '"', ':', ' ']);
        value.find(['\\', '"']).is_some_and(|end| value[..end].ends_with(OF_AWS))
    })
}

/// Whether an array is a row of a table of events, in which each column is an object with one member.
fn is_row(row: Raw<'_>) -> bool {
    let names = row.elements().map(|column| {
        let Raw::Object(text) = column else { return None };
        let mut members = Members::of(text);
        members.next().filter(|_| members.next().is_none()).map(|member| member.key)
    });
    let names: Option<Vec<&str>> = names.collect();
    names.is_some_and(|names| names.into_iter().any(is_of_event))
}

/// Whether a row of Logs Insights has a column of an event.
fn is_asked_for(row: Raw<'_>) -> bool {
    row.elements().any(|column| matches!(member(column, "field"), Some(Raw::Text(name)) if is_of_event(name)))
}

/// Whether a text is Base64 of JSON, or of what gzip or zstd make.
pub(super) fn is_base64(text: &str) -> bool {
    const STARTS: [&str; 8] = ["H4sI", "KLUv", "eyJ", "eyA", "ewo", "ew0", "W3s", "Wwo"];
    let of_it = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    STARTS.iter().any(|start| text.starts_with(start))
        && text.len() >= 12
        && text.bytes().all(|byte| of_it(byte) || matches!(byte, b'\r' | b'\n'))
}

/// Whether no other table than one of events is likely to have a column of this name.
fn is_of_event(name: &str) -> bool {
    ["eventName", "eventSource", "eventID"].into_iter().any(|known| is_called(name, known))
}

fn is_called(key: &str, name: &str) -> bool {
    key.replace('_', "").eq_ignore_ascii_case(name)
}

fn member<'t>(value: Raw<'t>, name: &str) -> Option<Raw<'t>> {
    let Raw::Object(text) = value else { return None };
    Members::of(text).find(|member| member.key == name).map(|member| member.value)
}
