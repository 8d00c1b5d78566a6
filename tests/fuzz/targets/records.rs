//! The record scanner against serde_json: what one finds, the other finds, and what one refuses, so does the other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use trailsift::event::json::FaultKind;
use trailsift::event::{FieldId, Layout, Raw, Record, Slots, naive, scanner};

/// Paths of every kind: plain, nested, through arrays, with dots in their keys, one within another.
const PATHS: [&str; 12] = [
    "a",
    "a.b",
    "a.b.c",
    "b",
    "b.c",
    "c.d.e",
    "requestParameters",
    "requestParameters.items.x",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "errorMessage",
    "x.y",
    "é",
];

fn value(raw: Raw<'_>) -> Value {
    match raw {
        Raw::Array(text) | Raw::Object(text) | Raw::Number(text) => {
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
        }
        Raw::Bool(value) => value.into(),
        Raw::Null => Value::Null,
        Raw::Text(_) | Raw::Escaped(_) => raw.scalar().map(|text| text.into_owned()).into(),
    }
}

fn values(record: &Record<'_>, field: FieldId) -> Vec<Value> {
    record.all(field).map(value).collect()
}

fn out_of_range(text: &str) -> bool {
    let read = serde_json::Deserializer::from_str(text).into_iter::<Value>().next();
    read.is_some_and(|read| read.is_err_and(|error| error.to_string().starts_with("number out of range")))
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let layout = Layout::new(PATHS);
    let (mut slots, mut naive_slots) = (Slots::new(layout.len()), Slots::new(layout.len()));
    let scanned = scanner::read(text, 0, &layout, &mut slots);
    match (scanned, naive::read(text, 0, &layout, &mut naive_slots)) {
        (Ok(end), Ok(naive)) => {
            assert_eq!(end, naive.end);
            let scanned = Record::new(text, 0, end, &slots);
            let naive = Record::new(&naive.text, 0, end, &naive_slots);
            for (field, name) in layout.names() {
                assert_eq!(values(&scanned, field), values(&naive, field), "{name}");
            }
        }
        // The scanner asks the other reader about what is merely unusual.
        (Err(fault), Ok(_)) => assert_eq!(fault.kind, FaultKind::Odd),
        // It lets halves of surrogate pairs and numbers too large to compute with pass.
        (Ok(_), Err(fault)) => assert!(text.contains("\\u") || out_of_range(text), "{fault:?}"),
        (Err(_), Err(_)) => {}
    }
});
