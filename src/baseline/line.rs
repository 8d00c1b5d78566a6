//! A row as a line of the file, and back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Row;
use crate::detect::{Handed, Phase, Remembered};
use crate::text::{hex, unhex};
use crate::time::Timestamp;

/// Runs of days as `[first, last]`.
pub(super) fn ranges(days: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => ranges.push((*day, *day)),
        }
    }
    ranges
}

pub(super) fn row_value(rule: &str, row: &Row) -> Value {
    let mut value = json!({"of": rule, "group": row.group});
    let mut set = |key: &str, entry: Value| value[key] = entry;
    if let Some((detection, kept)) = &row.kept {
        set("kept", json!([detection, hex(kept)]));
    }
    match &row.seen {
        Remembered::Term { term, first, last } => {
            set("term", json!(term));
            set("first", json!(first));
            set("last", json!(last));
        }
        Remembered::Scope { first, last } => {
            set("first", json!(first));
            set("last", json!(last));
        }
        Remembered::Days(days) => set("days", json!(ranges(days))),
        Remembered::Bucket { bucket, events } => {
            set("bucket", json!(bucket));
            set("events", json!(events.iter().map(|id| format!("{id:016x}")).collect::<Vec<_>>()));
        }
        Remembered::Value { limit, value, first, last } => {
            set("limit", json!(limit));
            set("value", json!(value));
            set("first", json!(first));
            set("last", json!(last));
        }
        Remembered::Event { step, time, event } => {
            if let Some(step) = step {
                set("step", json!(step));
            }
            set("time", json!(time));
            set("event", json!(format!("{event:032x}")));
        }
        Remembered::Phase { phase, time, event, values } => {
            set("phase", json!(phase.name()));
            set("time", json!(time));
            set("event", json!(format!("{event:032x}")));
            set("values", json!(values));
        }
        Remembered::Document { time, event, text } => {
            set("time", json!(time));
            set("event", json!(format!("{event:032x}")));
            set("document", json!(text));
        }
    }
    value
}

fn hash(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?, 16).ok()
}

pub(super) fn credential_value(handed: &Handed) -> Value {
    let hash = |of: u64| format!("{of:016x}");
    json!({
        "credential": hash(handed.handle),
        "call": handed.call,
        "time": handed.time,
        "event": format!("{:032x}", handed.event),
        "by": hash(handed.by),
        "by_session": hash(handed.by_session),
        "who": handed.who,
        "role": handed.role,
    })
}

pub(super) fn credential(value: &Value) -> Option<Handed> {
    Some(Handed {
        handle: hash(&value["credential"])?,
        by: hash(&value["by"])?,
        by_session: hash(&value["by_session"])?,
        call: value["call"].as_str()?.to_owned(),
        time: time(&value["time"])?,
        event: u128::from_str_radix(value["event"].as_str()?, 16).ok()?,
        who: maybe_texts(&value["who"])?,
        role: value["role"].as_str().map(str::to_owned),
    })
}

pub(super) fn days(value: &Value) -> Option<BTreeSet<u32>> {
    let mut days = BTreeSet::new();
    for range in value.as_array()? {
        let (first, last) = (number(&range[0])?, number(&range[1])?);
        // No log spans more than the years from 1970 on.
        days.extend(first..=last.min(first.saturating_add(60_000)));
    }
    Some(days)
}

pub(super) fn row(value: &Value) -> Option<Row> {
    let group = maybe_texts(&value["group"])?;
    let kept = match &value["kept"] {
        Value::Null => None,
        kept => Some((kept[0].as_str()?.to_owned(), unhex(kept[1].as_str()?)?)),
    };
    let seen = if let Some(event) = value["event"].as_str() {
        let (time, event) = (time(&value["time"])?, u128::from_str_radix(event, 16).ok()?);
        match (value["document"].as_str(), value["phase"].as_str()) {
            (Some(text), _) => Remembered::Document { time, event, text: text.to_owned() },
            (None, Some(phase)) => {
                let values = maybe_texts(&value["values"])?;
                Remembered::Phase { phase: Phase::named(phase)?, time, event, values }
            }
            _ if value["step"].is_null() => Remembered::Event { step: None, time, event },
            _ => Remembered::Event { step: Some(number(&value["step"])?.try_into().ok()?), time, event },
        }
    } else if !value["days"].is_null() {
        Remembered::Days(days(&value["days"])?)
    } else if !value["bucket"].is_null() {
        let ids = texts(&value["events"])?;
        let events =
            ids.iter().map(|id| u64::from_str_radix(id, 16).ok()).collect::<Option<BTreeSet<u64>>>()?;
        Remembered::Bucket { bucket: number(&value["bucket"])?, events }
    } else {
        let (first, last) = (time(&value["first"])?, time(&value["last"])?);
        match &value["term"] {
            Value::Null if !value["value"].is_null() => {
                let limit = number(&value["limit"])?.try_into().ok()?;
                Remembered::Value { limit, value: texts(&value["value"])?, first, last }
            }
            Value::Null => Remembered::Scope { first, last },
            term => Remembered::Term { term: texts(term)?, first, last },
        }
    };
    Some(Row { group, kept, seen })
}

pub(super) fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::parse(value.as_str()?)
}

pub(super) fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

/// A list of texts and nulls.
pub(super) fn maybe_texts(value: &Value) -> Option<Vec<Option<String>>> {
    Some(value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect())
}

pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect()
}
