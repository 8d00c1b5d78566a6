//! Values that hold events, or their fields, in a form that is not read: what it is, and what to do.

use crate::event::Raw;
use crate::event::json::{Member, Members};

const LAKE: &str = "a row of a query of CloudTrail Lake, each column an object of its own; make events of the rows \
                    first: jq -c '.QueryResultRows[] | add | map_values(select(. != \"\"))'";
const INSIGHTS: &str =
    "columns of a query of CloudWatch Logs Insights, without the events; ask for `fields @message`";
const BASE64: &str = "records in Base64, as Firehose and Lambda get them; decode `data` first, and read that";

/// What became of an event whose fields a value holds, but not as the event.
pub(super) fn taken_apart(value: Raw<'_>) -> Option<&'static str> {
    let text = match value {
        Raw::Object(text) => text,
        Raw::Array(_) => return is_row(value).then_some(LAKE),
        Raw::Text(_) | Raw::Escaped(_) | Raw::Number(_) | Raw::Bool(_) | Raw::Null => return None,
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
    let packed = has(&|Member { key, value, .. }| match *key {
        "records" => value.elements().any(is_packed),
        "awslogs" => is_packed(*value),
        _ => false,
    });
    packed.then_some(BASE64)
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

/// Whether an object's `data` is Base64 of JSON, or of what gzip makes.
fn is_packed(record: Raw<'_>) -> bool {
    let Some(Raw::Text(data)) = member(record, "data") else { return false };
    ["H4sI", "eyJ", "eyA", "W3s"].iter().any(|start| data.starts_with(start))
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
